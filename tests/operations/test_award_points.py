"""The ledger of points: counted once, put right by new rows, objected to, and always what an oracle counts by hand."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import Sum
from tests.operations.conftest import at, at_once

from upheld.operations.award_points import award_points, first_day_to_count
from upheld.operations.dispatch_moments import dispatch_moments
from upheld.operations.object_to_points import answer_objection, object_to_points
from upheld.operations.record_moment import record_moment
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.sql import staff_points as sql
from upheld.policy.kinds.staff_points import GROUPS
from upheld.records.audit.models import Entry
from upheld.records.moments.models import Moment
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.staff_points.models import PointsRow
from upheld.records.staff_points.queries import rows_of, tallies
from upheld.records.standards.models import EditionRecord

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
ZONE = ZoneInfo("Asia/Shanghai")
TABLE = {("kept", False): 4, ("kept", True): 1, ("broken", False): -2, ("broken", True): -2}


def run(first: date = FIRST, last: date = LAST):
    return award_points(from_date=first, until_date=last, by=None, today=LAST)


def employee(username: str) -> Employee:
    return Employee.objects.get(username=username)


def promise(who: str = "li", state: str = "kept", day: date = date(2026, 3, 10), **fields) -> Promise:
    number = Promise.objects.count() + 1
    given = {
        "person": Person.objects.get(code="P3"), "action": "call", "clause": "KEY-5", "standard": "KEY",
        "from_date": FIRST, "due_date": LAST, "turn": number, "edition": EditionRecord.objects.get(),
        "responsible": employee(who), "state": state, "ended_at": None if state == "open" else at(day),
    }  # fmt: skip
    return Promise.objects.create(**{**given, **fields})


def net(who: str) -> tuple[int, int]:
    sums = PointsRow.objects.filter(employee__username=who).aggregate(p=Sum("points"), m=Sum("possible"))
    return sums["p"] or 0, sums["m"] or 0


def test_what_was_kept_late_and_broken_counts_and_what_was_waived_does_not(operator) -> None:
    promise()
    promise(late=True)
    promise(state="broken")
    promise(state="cancelled", end_reason="no longer owed")
    promise(state="waived", end_reason="ill", approved_by=employee("wang"))
    promise(state="open")
    promise(who="zhang", action="visit")
    done = run()
    assert (done.added, done.taken_back) == (4, 0)
    assert net("li") == (4 + 1 - 2, 12)
    assert net("zhang") == (10, 10)
    assert {row.clause for row in PointsRow.objects.all()} == {"CARE-42"}


def test_the_same_days_again_write_nothing(operator) -> None:
    promise()
    run()
    for _ in range(2):
        again = run()
        assert (again.added, again.taken_back) == (0, 0)
    assert PointsRow.objects.count() == 1


def test_a_promise_kept_after_all_and_one_taken_back_are_put_right_by_new_rows(operator) -> None:
    broken, kept = promise(state="broken"), promise(day=date(2026, 3, 12))
    run()
    assert net("li") == (2, 8)
    Promise.objects.filter(pk=broken.pk).update(state="kept", ended_at=at(date(2026, 3, 9)))
    Promise.objects.filter(pk=kept.pk).update(state="open", ended_at=None)
    done = run()
    assert (done.added, done.taken_back) == (1, 2)
    assert net("li") == (4, 4)
    assert PointsRow.objects.count() == 5
    (tally,) = tallies(from_date=FIRST, until_date=LAST)
    assert (tally.points, tally.possible, tally.acts) == (4, 4, 1)
    assert [row.event for row in rows_of(employee_id=tally.employee, from_date=FIRST, until_date=LAST)] == [
        "kept"
    ]


def test_an_act_is_of_the_day_in_beijing_and_outside_the_days_it_is_left_alone(operator) -> None:
    promise(ended_at=datetime(2026, 3, 31, 23, 59, tzinfo=ZONE))
    promise(ended_at=datetime(2026, 3, 1, 0, 0, tzinfo=ZONE))
    promise(ended_at=datetime(2026, 2, 28, 23, 59, tzinfo=ZONE))
    assert run().added == 2
    assert run(first=date(2026, 2, 1)).added == 1
    with pytest.raises(ActRefused):
        award_points(from_date=FIRST, until_date=LAST, by=None, today=LAST - timedelta(days=1))


def test_nothing_of_the_ledger_can_be_changed(operator) -> None:
    promise()
    run()
    for change in (lambda: PointsRow.objects.update(points=99), PointsRow.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_one_objects_to_ones_own_row_once_with_a_reason(operator) -> None:
    promise(state="broken")
    run()
    row = PointsRow.objects.get()
    with pytest.raises(NotAllowed):
        object_to_points(row=row, by=employee("zhang"), reason="不是我的")
    refused = Entry.objects.get(act="object_to_points", allowed=False)
    assert (refused.actor, refused.subject_id) == (employee("zhang"), str(row.pk))
    with pytest.raises(ActRefused, match="says why"):
        object_to_points(row=row, by=employee("li"), reason="  ")
    object_to_points(row=row, by=employee("li"), reason="客户住院，已报备")
    with pytest.raises(ActRefused, match="before"):
        object_to_points(row=row, by=employee("li"), reason="再来一次")


@pytest.mark.parametrize(
    ("accepted", "in_full", "left"), [(False, False, (-2, 4)), (True, False, (0, 0)), (True, True, (4, 4))]
)
def test_the_lead_decides_and_no_later_night_undoes_it(operator, accepted, in_full, left) -> None:
    owed = promise(state="broken")
    run()
    objection = object_to_points(row=PointsRow.objects.get(), by=employee("li"), reason="客户住院")
    answer_objection(
        objection=objection, by=employee("wang"), accepted=accepted, counts_in_full=in_full, words="核实过"
    )
    assert net("li") == left
    if accepted:
        Promise.objects.filter(pk=owed.pk).update(late=True)
    assert (run().added, net("li")) == (0, left)
    with pytest.raises(ActRefused, match="before"):
        answer_objection(objection=objection, by=employee("wang"), accepted=True, words="又想了想")


def test_nobody_answers_the_own_objection_or_another_teams(operator) -> None:
    promise(who="wang", state="broken")
    promise(who="chen", state="broken")
    run()
    own = object_to_points(
        row=PointsRow.objects.get(employee__username="wang"), by=employee("wang"), reason="x"
    )
    other = object_to_points(
        row=PointsRow.objects.get(employee__username="chen"), by=employee("chen"), reason="x"
    )
    for objection, by in ((own, "wang"), (other, "wang"), (other, "li")):
        with pytest.raises(NotAllowed):
            answer_objection(objection=objection, by=employee(by), accepted=True, words="x")
    refused = Entry.objects.filter(act="answer_objection", allowed=False).order_by("pk")
    assert [(one.actor, one.subject_id) for one in refused] == [
        (employee("wang"), str(own.pk)),
        (employee("wang"), str(other.pk)),
        (employee("li"), str(other.pk)),
    ]
    assert answer_objection(objection=own, by=employee("zhao"), accepted=True, words="x").accepted


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_in_whatever_order_the_ledger_is_what_is_counted_by_hand(operator, seed) -> None:
    """Promises are kept, broken, kept after all, reopened, waived and moved; runs come at any time, over any days."""
    chance = random.Random(seed)
    lead = employee("wang")
    owed = [promise(who=chance.choice(("li", "zhang")), state="open") for _ in range(6)]
    settled: dict[int, tuple[int, int]] = {}
    for _ in range(30):
        one = chance.choice(owed)
        state = chance.choice(("open", "kept", "broken", "kept", "waived"))
        day = FIRST + timedelta(days=chance.randrange(31))
        Promise.objects.filter(pk=one.pk).update(
            state=state,
            late=state in ("kept", "broken") and chance.random() < 0.3,
            ended_at=None if state == "open" else at(day),
            end_reason="ill" if state == "waived" else "",
            approved_by=lead if state == "waived" else None,
        )
        if chance.random() < 0.4:
            first = FIRST + timedelta(days=chance.randrange(31))
            run(first, first + timedelta(days=chance.randrange((LAST - first).days + 1)))
        if chance.random() < 0.15:
            standing = [
                row for who in ("li", "zhang")
                for row in rows_of(employee_id=employee(who).pk, from_date=FIRST, until_date=LAST)
                if row.promise_id not in settled and not hasattr(row, "objected")
            ]  # fmt: skip
            if standing:
                row = chance.choice(standing)
                objection = object_to_points(row=row, by=row.employee, reason="x")
                in_full = chance.random() < 0.5
                answer_objection(
                    objection=objection, by=lead, accepted=True, counts_in_full=in_full, words="y"
                )
                settled[row.promise_id] = (row.possible, row.possible) if in_full else (0, 0)
    run()
    counted: Counter[int] = Counter()
    for row in PointsRow.objects.all():
        counted[row.promise_id] += row.points
    for one in Promise.objects.filter(pk__in=[one.pk for one in owed]):
        by_hand = TABLE.get((one.state, one.late), 0)
        assert counted[one.pk] == settled.get(one.pk, (by_hand, 4))[0], one
    assert (run().added, run().taken_back) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_one_instant_count_an_act_once(operator) -> None:
    promise()
    promise(state="broken")
    at_once(run, run, run)
    connections["default"].close()
    assert PointsRow.objects.count() == 2
    assert net("li") == (2, 8)


def test_a_night_counts_from_the_month_before() -> None:
    assert first_day_to_count(date(2026, 3, 31)) == date(2026, 2, 1)
    assert first_day_to_count(date(2026, 1, 1)) == date(2025, 12, 1)


def test_a_talk_an_offer_and_a_customers_word_count_and_what_is_heard_later_puts_them_right(operator) -> None:
    operator.write("signals", "customer_id,day,spend_drop_ratio\nP3,2026-03-03,0.4\nP4,2026-03-03,0.5\n")
    assert operator.bring("signals").is_clean
    dispatch_moments(as_of=date(2026, 3, 4), by=None, today=date(2026, 3, 4))
    qian = employee("qian")
    of_p3 = Moment.objects.get(person__code="P3")
    record_moment(
        moment=of_p3,
        by=qian,
        outcome="not_reached",
        key="a",
        happened_at=at("2026-03-05"),
        now=at("2026-03-06"),
    )
    run()
    assert net("qian") == (0, 6)
    record_moment(
        moment=of_p3, by=qian, outcome="reached", decision="stays", offer="monthly_credit", accepted=True,
        agreed_to_offers=True, key="b", happened_at=at("2026-03-06"), now=at("2026-03-07"),
    )  # fmt: skip
    done = run()
    # The talk (6 of 6, in place of 0 of 6), the offer (3 of 3) and the promise of a call kept in time (4 of 4).
    assert (done.taken_back, net("qian")) == (1, (13, 13))
    handed = Moment.objects.get(person__code="P4")
    record_moment(
        moment=handed,
        by=qian,
        outcome="reached",
        decision="leaves",
        key="c",
        happened_at=at("2026-03-06"),
        now=at("2026-03-07"),
    )
    Promise.objects.filter(moment__moment=handed).update(responsible=employee("li"))
    run()
    assert net("li") == (1 + 4, 6 + 4)


@pytest.mark.parametrize("about", list(GROUPS))
def test_what_the_ledger_says_of_an_act_is_found_by_index_and_not_by_reading_the_ledger(about):
    rules = {name: [] for name in ("events", "actions", "points", "possible", "clauses")}
    days = {"first": date(2026, 1, 1), "last": date(2026, 1, 31), "about": about, "zone": "Asia/Shanghai"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql.add(about)}", {**days, **rules, "edition": 1})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"points_row_once_{about}" in plan
    assert "Seq Scan on staff_points_pointsrow" not in plan
