"""Business information for groups, doubts about what is over, words that the law lets go, and lists that stay quick."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from tests.operations.conftest import at
from tests.operations.messages.conftest import MONDAY, message, offered, person, queued

from upheld.operations.messages.business_information import queue_business_information, write_bulletin
from upheld.operations.messages.claim_messages import claim_messages
from upheld.operations.messages.consent import note_consent
from upheld.operations.messages.decide_doubt import decide_doubt
from upheld.operations.messages.forget_old_messages import forget_old_messages
from upheld.operations.messages.queue_promised_messages import (
    ACTIONS,
    owed_by_message,
    queue_promised_messages,
)
from upheld.operations.messages.store_results import PartAnswer, Result, store_results
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.messages import queries
from upheld.records.messages.models import Bulletin, Message, SenderNumber
from upheld.records.messages.queries import counts_to_look_at, latest_messages
from upheld.records.people.models import GroupRole, Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

pytestmark = pytest.mark.django_db

DAY = MONDAY.date()
OFFER = {"template": "club_offer", "variables": {"offer": "合作商户九折", "until": "8月31日"}}


def service() -> Employee:
    return Employee.objects.get(code="E5")


def bulletin(**changes):
    """Write business information for August, or something else."""
    told = {
        "zh": "集团套餐说明已更新", "en": "the group plan sheet was renewed", "promotes": False,
        "from_date": date(2026, 8, 1), "until_date": date(2026, 8, 31), "by": service(), "key": "k",
        "at": MONDAY, **changes,
    }  # fmt: skip
    return write_bulletin(**told)


@pytest.fixture
def planned(numbers):
    plan_contacts(from_date=date(2026, 8, 1), until_date=date(2026, 10, 1), by=None)
    return numbers


def information(group="G1"):
    return Promise.objects.filter(group__code=group, clause="KEY-21").earliest("from_date")


# --- business information ---------------------------------------------------------------------------------------------


def test_the_contact_of_a_group_is_sent_the_months_business_information_once(planned):
    assert not queue_business_information(at=MONDAY).queued, "nothing was written for these days"
    for _ in range(2):
        bulletin()
    assert Bulletin.objects.count() == 1
    assert queue_business_information(at=MONDAY).queued == {"business_information": 1}
    assert not queue_business_information(at=MONDAY + timedelta(days=1)).queued
    row = Message.objects.get()
    assert (row.person.code, row.purpose, row.clause) == ("P2", "service", "KEY-21")
    assert (row.promise, row.expires_at) == (information(), at("2026-09-01", 0))
    assert "集团套餐说明已更新" in row.content


def test_what_has_no_end_in_sight_is_sent_until_the_end_of_each_window(planned):
    bulletin(until_date=date.max)
    assert queue_business_information(at=MONDAY).queued == {"business_information": 1}
    assert Message.objects.get().expires_at == at("2026-09-01", 0)


def test_what_is_over_before_the_window_is_not_sent_any_later(planned):
    bulletin(until_date=date(2026, 8, 10))
    queue_business_information(at=MONDAY)
    assert Message.objects.get().expires_at == at("2026-08-11", 0)


def test_a_form_sent_again_with_other_words_is_refused_and_not_lost_in_silence(planned):
    bulletin()
    with pytest.raises(ActRefused) as refused:
        bulletin(zh="新的故障报修流程")
    assert refused.value.code == "key_used"
    assert Bulletin.objects.get().zh == "集团套餐说明已更新"


def test_the_next_window_brings_the_next_information_and_a_later_one_takes_an_earlier_ones_place(planned):
    bulletin()
    queue_business_information(at=MONDAY)
    bulletin(until_date=date(2026, 9, 30), zh="新的故障报修流程", en="a new fault procedure", key="later")
    assert not queue_business_information(at=MONDAY).queued, "August has been told"
    assert queue_business_information(at=at("2026-09-02")).queued == {"business_information": 1}
    assert "新的故障报修流程" in Message.objects.latest("pk").content


def test_a_group_without_a_contact_has_its_other_key_persons_told_in_their_language(planned):
    GroupRole.objects.filter(person__code="P2").update(role=None)
    Person.objects.filter(code="P1").update(wished_language="en")
    bulletin()
    queue_business_information(at=MONDAY)
    row = Message.objects.get()
    assert row.person.code == "P1"
    assert "the group plan sheet was renewed" in row.content


def test_what_recommends_something_is_commercial_and_goes_to_those_alone_who_agreed(planned):
    bulletin(promotes=True)
    assert queue_business_information(at=MONDAY).queued == {"business_information_offer": 1}
    row = Message.objects.get()
    assert row.content.endswith("拒收请回复R")
    assert not claim_messages(worker="w", limit=5, at=MONDAY).claimed
    row.refresh_from_db()
    assert (row.state, row.because) == ("stopped", "LAW-7, LAW-8")


def test_business_information_counts_with_the_offers_of_the_day(planned):
    note_consent(person=person(), kind="given", way="paper", proof="form", key="1", at=MONDAY, now=MONDAY)
    offered()
    (first,) = claim_messages(worker="w", limit=5, at=MONDAY).claimed
    part = PartAnswer(1, 1, "accepted", centre_id="c1")
    store_results(results=[Result(first.message_id, first.attempt_id, "accepted", (part,))], at=MONDAY)
    bulletin(promotes=True)
    queue_business_information(at=MONDAY)
    assert not claim_messages(worker="w", limit=5, at=MONDAY).claimed
    held = Message.objects.get(template="business_information_offer")
    assert (held.state, held.because, held.next_at) == ("held", "LAW-7", MONDAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"zh": "  "}, "nothing_said"),
        ({"en": "x" * 121}, "bad_variables"),
        ({"zh": "套\x00餐"}, "bad_variables"),
        ({"until_date": date(2026, 7, 31)}, "ends_before"),
        ({"from_date": date(2026, 7, 1), "until_date": date(2026, 8, 2)}, "is_over"),
    ],
)
def test_what_could_not_be_sent_is_refused_while_it_is_written(planned, changes, code):
    with pytest.raises(ActRefused) as refused:
        bulletin(**changes)
    assert refused.value.code == code
    assert not Bulletin.objects.exists()


def test_business_information_is_written_by_the_service_department(planned):
    with pytest.raises(NotAllowed):
        bulletin(by=Employee.objects.get(code="E1"))
    assert Entry.objects.filter(act="write_bulletin", allowed=False).count() == 1


def test_the_hourly_work_queues_it_without_anybody_asking(numbers):
    from upheld.config.jobs import queue_messages

    today = timezone.localdate()
    plan_contacts(from_date=today.replace(day=1), until_date=today + timedelta(days=100), by=None)
    bulletin(from_date=today, until_date=today, at=timezone.now())
    for _ in range(2):
        queue_messages(timestamp=0)
    row = Message.objects.get(template="business_information")
    assert (row.person.code, row.promise.clause) == ("P2", "KEY-21")


# --- doubts -----------------------------------------------------------------------------------------------------------


def doubtful(**told):
    SenderNumber.objects.get_or_create(number="10690001", line="service")
    words = {"template": "visit_reminder", "variables": {"time": "8月3日 14:30"}}
    pk = queued(**(words | told))
    (claimed,) = claim_messages(worker="w", limit=5, at=MONDAY).claimed
    part = PartAnswer(1, 1, "unanswered")
    store_results(results=[Result(pk, claimed.attempt_id, "unanswered", (part,), why="x")], at=MONDAY)
    return pk


def test_a_reminder_of_a_visit_that_is_over_is_not_sent_again(operator):
    visit = MONDAY + timedelta(hours=4)
    pk = doubtful(expires_at=visit)
    lead = Employee.objects.get(code="E3")
    with pytest.raises(ActRefused, match="was over at 2026-08-03 14:00"):
        decide_doubt(message=pk, what="resend", by=lead, at=visit)
    assert message(pk).state == "doubtful"
    assert decide_doubt(message=pk, what="leave", by=lead, at=visit).state == "failed"


def test_sent_again_in_time_it_keeps_its_own_end(operator):
    visit = MONDAY + timedelta(hours=4)
    pk = doubtful(expires_at=visit)
    row = decide_doubt(message=pk, what="resend", by=Employee.objects.get(code="E3"), at=MONDAY)
    assert (row.state, row.expires_at) == ("waiting", visit)


def test_what_has_no_end_of_its_own_gets_our_usual_time_once_more(operator):
    pk = doubtful(template="channels_told", variables={})
    later = MONDAY + timedelta(days=5)
    row = decide_doubt(message=pk, what="resend", by=Employee.objects.get(code="E3"), at=later)
    assert (row.state, row.expires_at) == ("waiting", later + timedelta(days=3))


def test_an_offer_that_may_have_arrived_counts_although_it_is_to_be_sent_again(numbers):
    note_consent(person=person(), kind="given", way="paper", proof="form", key="1", at=MONDAY, now=MONDAY)
    pk = doubtful(**OFFER)
    lead = Employee.objects.get(code="E3")
    soon = MONDAY + timedelta(hours=1)
    row = decide_doubt(message=pk, what="resend", by=lead, at=soon)
    assert row.sent_at == MONDAY
    assert not claim_messages(worker="w", limit=5, at=soon).claimed
    row = message(pk)
    assert (row.state, row.because, row.next_at) == ("held", "LAW-7", MONDAY + timedelta(days=1))
    (claimed,) = claim_messages(worker="w", limit=5, at=row.next_at).claimed
    back = [Result(pk, claimed.attempt_id, "not_sent", again_at=row.next_at)]
    store_results(results=back, at=row.next_at)
    assert message(pk).sent_at is not None, "given back, it still may have arrived"
    note_consent(person=person(), kind="refused", way="hotline", key="2", at=row.next_at, now=row.next_at)
    assert message(pk).state == "stopped"
    assert message(pk).sent_at is not None, "stopped, it still may have arrived"


def test_what_was_never_doubted_counts_no_more_once_it_is_given_back(numbers):
    pk = queued(template="channels_told")
    (claimed,) = claim_messages(worker="w", limit=5, at=MONDAY).claimed
    store_results(results=[Result(pk, claimed.attempt_id, "not_sent", again_at=MONDAY)], at=MONDAY)
    assert message(pk).sent_at is None


# --- words that are let go --------------------------------------------------------------------------------------------


def old(key, **changes):
    """Queue a message of eight months ago that stands as told, or was delivered."""
    long_ago = timezone.now() - timedelta(days=240)
    stands = {"state": "delivered", "ended_at": long_ago, **changes}
    row = Message.objects.get(pk=queued(key, when=long_ago))
    Message.objects.filter(pk=row.pk).update(**stands)
    return row.pk


def test_the_night_forgets_what_old_messages_said_and_nothing_that_may_still_be_needed(operator):
    first = old("first")
    doubt = old("doubt", state="doubtful", ended_at=None)
    # A messenger gives no receipts: it stays with the centre for ever, and is forgotten all the same.
    second, third = old("second"), old("mail", state="accepted", ended_at=None)
    young = queued("young", when=timezone.now())
    assert forget_old_messages(months=6, by=None) == 3
    said = dict(Message.objects.values_list("pk", "content"))
    assert [said[pk] for pk in (first, second, third)] == ["", "", ""]
    assert said[doubt]
    assert said[young]
    assert forget_old_messages(months=6, by=None) == 0
    Message.objects.filter(pk=doubt).update(state="failed", ended_at=timezone.now())
    assert forget_old_messages(months=6, by=None) == 1, "it is come back to"
    entry = Entry.objects.filter(act="forget_old_messages").latest("pk")
    assert entry.detail == {"months": 6, "messages": 1, "until_id": third}


def test_where_the_law_has_not_let_go_nothing_is_forgotten_whatever_our_clock_says(operator):
    queued("k", when=timezone.now())
    assert forget_old_messages(months=6, by=None, at=timezone.now() + timedelta(days=400)) == 0


def test_forgetting_is_a_command_and_a_part_of_the_night(operator, settings, capsys, monkeypatch):
    from upheld.config import message_commands
    from upheld.config.main import main
    from upheld.config.nightly import work_of_a_night

    monkeypatch.setattr(message_commands, "bring_up", lambda quiet: True)
    old("first")
    assert main(["forget-messages", "--months", "5"]) == 1
    assert "6 months at least" in capsys.readouterr().err
    assert main(["forget-messages"]) == 0
    assert "The words of 1 messages" in capsys.readouterr().out
    old("second")
    reports, refusals = work_of_a_night(as_of=timezone.localdate(), progress_of=lambda _: lambda *_: None)
    assert reports["Words of messages kept for 6 months"] == {"forgotten": 1}
    settings.MESSAGES_KEPT_MONTHS = 3
    _, refusals = work_of_a_night(as_of=timezone.localdate(), progress_of=lambda _: lambda *_: None)
    assert "6 months" in refusals["Forgetting the words of old messages"]


# --- lists that stay quick --------------------------------------------------------------------------------------------


def plan_of(act):
    """Return how the database goes about the first query of an act."""
    plans = []

    def explained(execute, sql, params, many, context):
        with connection.cursor() as cursor:
            cursor.cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.cursor.execute("EXPLAIN " + sql, params)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        act()
    return plans[0]


def test_of_all_that_is_planned_ahead_only_what_has_come_is_looked_at(planned):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO promises_promise (person_id, edition_id, action, clause, standard, from_date, due_date,"
            " source, turn, state, on_occasion) SELECT person_id, edition_id, 'greeting', 'KEY-6', 'KEY',"
            " date '2026-11-01' + day, date '2026-11-02' + day, source, 1, 'open', 'weekend'"
            " FROM promises_promise, generate_series(1, 2000) day"
            " WHERE id = (SELECT min(id) FROM promises_promise WHERE person_id IS NOT NULL)"
        )
        cursor.execute("ANALYZE promises_promise")
    owed = owed_by_message(day=DAY, actions=ACTIONS)
    found = plan_of(lambda: list(owed))
    # Of so few rows the index of a customer's promises or of what is due may be as cheap as the one made for it.
    assert re.search(r"promise_(to_be_told|open_due|count)", found), found
    assert not owed.filter(from_date__gt=DAY).exists()


def test_what_has_its_message_is_not_looked_at_again(planned):
    first = queue_promised_messages(at=at("2026-08-08", 9))
    assert sum(first.queued.values()) > 0
    told = Message.objects.exclude(promise=None).values_list("promise_id", flat=True)
    assert not owed_by_message(day=date(2026, 8, 8), actions=ACTIONS).filter(pk__in=list(told)).exists()


def test_one_look_at_the_outbox_goes_through_no_more_than_a_span_and_says_where_the_next_begins(
    operator, monkeypatch
):
    monkeypatch.setattr(queries, "SPAN", 4)
    pks = [queued(f"k{n}", template="channels_told") for n in range(10)]
    Message.objects.filter(pk__in=pks[:2]).update(state="delivered", ended_at=MONDAY)
    seen, before, looks = [], None, 0
    while True:
        found = latest_messages(state="delivered", before=before, limit=2)
        seen += [row.pk for row in found.messages]
        before, looks = found.next_before, looks + 1
        if before is None:
            break
    assert (seen, looks) == ([pks[1], pks[0]], 3)
    everything, before = [], None
    while True:
        found = latest_messages(before=before, limit=3)
        everything += [row.pk for row in found.messages]
        before = found.next_before
        if before is None:
            break
    assert everything == pks[::-1]


def test_a_state_that_people_look_at_is_found_by_its_own_index_however_far_back(operator, monkeypatch):
    monkeypatch.setattr(queries, "SPAN", 4)
    pks = [queued(f"k{n}", template="channels_told") for n in range(10)]
    Message.objects.filter(pk=pks[0]).update(state="failed", ended_at=MONDAY)
    found = latest_messages(state="failed")
    assert ([row.pk for row in found.messages], found.next_before) == ([pks[0]], None)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_message (key, person_id, template, language, purpose, rank, channel, source,"
            " clause, content, segments, next_at, expires_at, state, ended_at) SELECT 'many' || n, person_id,"
            " template, language, purpose, rank, channel, source, clause, content, 1, next_at, expires_at,"
            " 'delivered', now()"
            " FROM messaging_message, generate_series(1, 3000) n WHERE id = %s",
            [pks[0]],
        )
        cursor.execute("ANALYZE messaging_message")
    plan = plan_of(lambda: latest_messages(state="failed"))
    assert re.search("message_in_state|messaging_message_pkey", plan), plan
    plan = plan_of(lambda: latest_messages(purpose="commercial"))
    assert "messaging_message_pkey" in plan, plan


def test_counts_stop_where_nobody_counts_any_more(operator, monkeypatch):
    monkeypatch.setattr(queries, "MOST_COUNTED", 3)
    pks = [queued(f"k{n}", template="channels_told") for n in range(5)]
    Message.objects.filter(pk__in=pks).update(state="failed", ended_at=MONDAY)
    assert counts_to_look_at()["failed"] == 3
    assert counts_to_look_at(people=Person.objects.filter(code="P1"))["failed"] == 0
