"""The pages count calls in SQL as policy counts them one by one."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from upheld.policy.queued_calls import QueuedCall
from upheld.policy.staffing import merge_stays, tally_of
from upheld.records.telephony import queries
from upheld.records.telephony.models import Call

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZONE)


def stay(
    call_id: str, at: datetime, wait: float, end: str = "answered", *, talk: float = 60, queue: str = "10000"
) -> Call:
    answered = at + timedelta(seconds=wait) if end == "answered" else None
    over = at + timedelta(seconds=wait + (talk if answered else 0))
    return Call(
        source="asterisk", call_id=call_id, queue=queue, entered_at=at, answered_at=answered, ended_at=over, end=end,
        wait_ms=round(wait * 1000), talk_ms=round(talk * 1000) if answered else None, file="f", line=1,
    )  # fmt: skip


def a_day_by_chance(seed: int) -> list[Call]:
    """Calls over midnight on both sides, some handed on, some sent from queue to queue."""
    chance = random.Random(seed)
    found = []
    for number in range(300):
        at = MIDNIGHT + timedelta(
            seconds=chance.randint(-7_200, 86_400 + 7_200), milliseconds=chance.randint(0, 999)
        )
        for queue in chance.choice([["10000"], ["10000", "vip"], ["vip", "10000", "vip"]]):
            end = chance.choice(["answered", "answered", "abandoned", "left_queue"])
            wait = chance.choice([0, 5, 14.999, 15, 20, 20.001, chance.uniform(0, 90)])
            found.append(
                stay(f"{number}.1", at, round(wait, 3), end, talk=chance.randint(1, 200), queue=queue)
            )
            if end == "abandoned":
                break
            at = found[-1].ended_at + timedelta(seconds=chance.randint(0, 3))
    return found


def as_facts(calls: list[Call]) -> list[QueuedCall]:
    return [QueuedCall(call.call_id, call.entered_at, call.wait_ms, call.end) for call in calls]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("queue", [None, "vip"])
@pytest.mark.parametrize("once", [True, False])
def test_a_day_is_counted_as_policy_counts_it(seed: int, queue: str | None, once: bool) -> None:
    calls = a_day_by_chance(seed)
    Call.objects.bulk_create(calls)
    facts = as_facts([call for call in calls if queue in (None, call.queue)])
    facts = merge_stays(facts) if once else facts
    of_day = [call for call in facts if call.entered_at.astimezone(ZONE).date() == DAY]
    found = queries.day_of_calls(DAY, queue=queue, limits=[15, 20], counts_once=once)
    assert found is not None
    for limit in (15, 20):
        tally = tally_of(of_day, limit)
        assert (found.whole.asked, *found.whole.within[limit]) == tally
        for counted in found.slots:
            begins = MIDNIGHT + timedelta(minutes=30 * (counted.slot or 0))
            in_slot = [c for c in of_day if begins <= c.entered_at < begins + timedelta(minutes=30)]
            assert (counted.asked, *counted.within[limit]) == tally_of(in_slot, limit)
    waits = sorted(call.waited_ms for call in of_day)
    assert found.whole.median_wait_ms == waits[(len(waits) + 1) // 2 - 1]
    ends = [call.end for call in of_day]
    assert found.whole.answered == ends.count("answered")
    assert (found.whole.abandoned, found.whole.left) == (ends.count("abandoned"), ends.count("left_queue"))
    assert sum(counted.asked for counted in found.slots) == len(of_day)


def test_a_day_without_calls_is_none_and_queues_are_told_once() -> None:
    assert queries.day_of_calls(DAY, queue=None, limits=[20], counts_once=True) is None
    assert queries.queues() == []
    assert queries.latest_day() is None
    Call.objects.bulk_create(a_day_by_chance(1))
    assert queries.queues() == ["10000", "vip"]
    assert queries.latest_day() == date(2026, 3, 3)


def test_the_work_of_past_days_is_told_by_half_hour_and_queue() -> None:
    Call.objects.bulk_create(
        [
            stay("1.1", MIDNIGHT + timedelta(hours=9), 5, talk=100),
            stay("1.1", MIDNIGHT + timedelta(hours=9, minutes=29, seconds=59), 5, talk=50, queue="vip"),
            stay("2.1", MIDNIGHT + timedelta(hours=9, minutes=30), 30, "abandoned"),
            stay("3.1", MIDNIGHT + timedelta(days=1), 1, talk=10),
        ]
    )
    days = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    found = {(past.day, past.slot): past for past in queries.work_of_days(days, queue=None)}
    assert {key: (past.asked, past.talks, past.talk_seconds) for key, past in found.items()} == {
        (DAY, 18): (2, 2, 150.0),
        (DAY, 19): (1, 0, 0.0),
        (DAY + timedelta(days=1), 0): (1, 1, 10.0),
    }
    assert [past.asked for past in queries.work_of_days(days, queue="vip")] == [1]
    assert queries.work_of_days([], queue=None) == []


def test_patience_is_all_waiting_over_those_who_gave_up() -> None:
    since, until = MIDNIGHT, MIDNIGHT + timedelta(days=1)
    assert queries.measured_patience(since=since, until=until, queue=None) is None
    gave_up = [stay(f"{n}.1", MIDNIGHT, 60, "abandoned") for n in range(20)]
    Call.objects.bulk_create([stay("x.1", MIDNIGHT, 600), *gave_up[:-1]])
    assert queries.measured_patience(since=since, until=until, queue=None) is None  # too few to tell
    gave_up[-1].save()
    assert queries.measured_patience(since=since, until=until, queue=None) == 90
    assert queries.measured_patience(since=since, until=until, queue="vip") is None


def test_a_stay_is_known_by_its_end_and_never_changed() -> None:
    stay("1.1", MIDNIGHT, 5).save()
    same_end = stay("1.1", MIDNIGHT + timedelta(seconds=1), 4)
    for wrong in (same_end.save, lambda: Call.objects.update(wait_ms=1), lambda: Call.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    stay("1.1", MIDNIGHT + timedelta(hours=1), 5).save()  # the same caller, back in the same queue


def test_a_call_that_ends_before_it_begins_is_refused() -> None:
    wrong = stay("1.1", MIDNIGHT, 5, "abandoned")
    wrong.ended_at = MIDNIGHT - timedelta(seconds=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong.save()
    assert not connection.needs_rollback
