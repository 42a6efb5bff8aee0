"""Senders are killed, centres die, clocks are set, two do the same thing at once: no customer gets a message twice."""

from __future__ import annotations

import signal
from datetime import timedelta
from types import SimpleNamespace

import pytest
import smpp34
from django.db import connection
from tests.gateways.sms_centre import wait_until
from tests.operations.conftest import at, at_once
from tests.operations.messages.conftest import (
    MONDAY,
    message,
    offered,
    person,
    queued,
    sender,
    victim,
    wait_for,
)

from upheld.gateways.sms.told import read_delivery
from upheld.operations.messages.claim_messages import claim_messages
from upheld.operations.messages.consent import note_consent
from upheld.operations.messages.decide_doubt import decide_doubt
from upheld.operations.messages.doubt_abandoned import doubt_abandoned
from upheld.operations.messages.store_results import MOST_TRIES, PartAnswer, Result, store_results
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.messages.models import Message, MessageReceipt, MessageStep
from upheld.records.staff.models import Employee

pytestmark = pytest.mark.django_db(transaction=True)


def lead() -> Employee:
    return Employee.objects.get(code="E3")


def test_a_sender_killed_in_the_middle_leaves_a_doubt_that_people_decide(numbers, centre, settings):
    settings.MESSAGES_DOUBTED_AFTER_SECONDS = 0
    centre.tell("mode", answer="silent", receipts="none")
    pk = queued()
    process = victim(centre)
    wait_until(lambda: centre.received)  # the centre has it, and has not answered
    process.send_signal(signal.SIGKILL)
    process.wait()
    centre.tell("mode", answer="ok", receipts="after")
    later = MONDAY + timedelta(minutes=5)
    wait_until(lambda: doubt_abandoned(at=later))
    row = message(pk)
    assert (row.state, row.because) == ("doubtful", "sender_died")
    with sender(lambda: later, centre=centre.address()):
        wait_for(queued("other", to="P3", when=later), "delivered")
        assert message(pk).state == "doubtful"
        assert len(centre.received) == 2, "nobody sent it again by itself"
        with pytest.raises(NotAllowed):
            decide_doubt(message=pk, what="resend", by=Employee.objects.get(code="E1"))
        decide_doubt(message=pk, what="resend", by=lead(), note="the customer had none", at=later)
        wait_for(pk, "delivered")
    assert [got["to"] for got in centre.received].count("13800000002") == 2
    assert list(MessageStep.objects.filter(message=pk).values_list("what", flat=True)) == [
        "doubted",
        "resent",
    ]


def test_a_doubt_is_settled_by_a_receipt_that_gives_our_own_reference_back(numbers, centre, settings):
    settings.MESSAGES_DOUBTED_AFTER_SECONDS = 0
    centre.tell("mode", answer="silent", receipts="none")
    pk = queued()
    process = victim(centre)
    (got,) = wait_until(lambda: centre.received)
    process.send_signal(signal.SIGKILL)
    process.wait()
    later = MONDAY + timedelta(minutes=1)
    wait_until(lambda: doubt_abandoned(at=later))
    with sender(lambda: later, centre=centre.address()):
        wait_until(lambda: len(centre.tell("binds")) == 2)
        centre.tell(
            "deliver", source_addr="13800000002", destination_addr="10690001", esm_class=4,
            short_message=f"id:{got['id']} stat:DELIVRD err:000", user_message_reference=got["reference"],
        )  # fmt: skip
        wait_for(pk, "delivered")
    assert MessageStep.objects.filter(message=pk, what="settled").exists()


def test_a_message_left_in_doubt_stays_as_it_is_and_deciding_twice_changes_nothing(numbers):
    pk = queued()
    (claimed,) = claim_messages(worker="gone", limit=10, at=MONDAY).claimed
    store_results(
        results=[
            Result(pk, claimed.attempt_id, "unanswered", (PartAnswer(1, 1, "unanswered"),), why="no answer")
        ],
        at=MONDAY,
    )
    for _ in range(2):
        assert decide_doubt(message=pk, what="leave", by=lead(), at=MONDAY).state == "failed"
    with pytest.raises(ActRefused, match="not in doubt"):
        decide_doubt(message=pk, what="resend", by=lead(), at=MONDAY)
    assert MessageStep.objects.filter(message=pk, what="left").count() == 1


def test_when_the_session_breaks_what_was_under_way_is_in_doubt_and_the_rest_goes_on(numbers, centre):
    centre.tell("mode", drop=4, receipts="none")
    for n in range(8):
        queued(f"k{n}", to=f"P{1 + n % 5}", template="channels_told")
    with sender(centre=centre.address(window=2, receipts=False)):
        wait_until(lambda: Message.objects.filter(state__in=["accepted", "doubtful"]).count() == 8)
    doubtful = Message.objects.filter(state="doubtful").count()
    assert 1 <= doubtful <= 2, "no more than the window"
    sent = [(got["to"], got["text"]) for got in centre.received]
    assert Message.objects.filter(state="accepted").count() <= len(sent) <= 8


def test_a_centre_that_falls_silent_is_bound_anew_and_what_it_owes_an_answer_for_is_in_doubt(
    numbers, centre, monkeypatch
):
    monkeypatch.setattr("upheld.gateways.sms.link.ANSWER_SECONDS", 0.2)
    centre.tell("mode", answer="silent", receipts="none")
    pk = queued()
    with sender(centre=centre.address()):
        row = wait_for(pk, "doubtful")
        assert row.because.startswith("part 1 of 1: no answer within")
        centre.tell("mode", answer="ok", receipts="after")
        wait_for(queued("next", to="P3"), "delivered")
    assert len(centre.tell("binds")) == 2
    assert len(centre.received) == 2


def test_two_senders_at_once_send_everything_once_and_exceed_no_cap(numbers, centre):
    for number in range(1, 6):
        note_consent(
            person=person(f"P{number}"),
            kind="given",
            way="paper",
            proof="form",
            key=f"c{number}",
            at=MONDAY,
            now=MONDAY,
        )
        for n in range(4):
            offered(f"{number}-{n}", to=f"P{number}", channel="sms")
    with sender(centre=centre.address(), batch=3), sender(centre=centre.address(), batch=3):
        wait_until(lambda: not Message.objects.filter(state__in=["waiting", "sending", "accepted"]).exists())
    assert sorted(got["to"] for got in centre.received) == [f"1380000000{n}" for n in range(1, 6)]
    assert Message.objects.filter(state="held", because="LAW-7").count() == 15


def test_claims_at_one_instant_give_every_message_to_one_sender(numbers):
    for n in range(10):
        queued(f"k{n}", to=f"P{1 + n % 5}", template="channels_told")

    def claims(worker):
        return lambda: claim_messages(worker=worker, limit=6, at=MONDAY).claimed

    results = at_once(claims("a"), claims("b"), claims("c"))
    ids = [one.message_id for claimed in results for one in claimed]
    assert len(ids) == len(set(ids)) == 10


def test_what_is_given_back_twice_takes_nothing_from_the_sender_that_has_it_now(numbers):
    pk = queued(template="channels_told")
    (first,) = claim_messages(worker="a", limit=1, at=MONDAY).claimed
    back = [Result(pk, first.attempt_id, "not_sent", again_at=MONDAY)]
    store_results(results=back, at=MONDAY)
    (second,) = claim_messages(worker="b", limit=1, at=MONDAY).claimed
    store_results(results=back, at=MONDAY)  # its answer was lost, so it is told again
    assert message(pk).state == "sending"
    assert claim_messages(worker="c", limit=1, at=MONDAY).claimed == []
    store_results(results=[Result(pk, second.attempt_id, "not_sent", again_at=MONDAY)], at=MONDAY)
    assert message(pk).state == "waiting"


def test_only_what_the_centre_turned_away_counts_as_a_try(numbers):
    pk = queued(template="channels_told")

    def given_back(times, why):
        for _ in range(times):
            (claimed,) = claim_messages(worker="a", limit=1, at=MONDAY).claimed
            store_results(
                results=[Result(pk, claimed.attempt_id, "not_sent", why=why, again_at=MONDAY)], at=MONDAY
            )

    given_back(MOST_TRIES, "")  # a slow queue, a broken session
    given_back(MOST_TRIES - 1, "command_status 0x58")
    assert message(pk).state == "waiting"
    given_back(1, "command_status 0x58")
    assert message(pk).state == "failed"


def test_a_receipt_with_a_reference_that_is_none_of_ours_is_read_all_the_same():
    def told(reference):
        event = SimpleNamespace(
            tlvs=[smpp34.Tlv(0x0204, reference)], short_message=b"id:7 stat:DELIVRD err:000", data_coding=0,
            esm_class=4, source_addr="13800000002", destination_addr="10690001",
        )  # fmt: skip
        return read_delivery(event)

    assert (told(b"\xff\xff\xff\xff").centre_id, told(b"\xff\xff\xff\xff").reference) == ("7", None)
    assert told(b"\xff\xfe").reference == 65_534


def test_a_receipt_with_octets_that_no_column_holds_stops_nothing(numbers, centre):
    pk = queued()
    with sender(centre=centre.address()):
        wait_until(lambda: centre.tell("binds"))
        centre.tell(
            "deliver", source_addr="13800000002", destination_addr="10690001", esm_class=4,
            short_message="stat:DELIVRD err:000", receipted_message_id="a\x00b",
        )  # fmt: skip
        wait_until(lambda: centre.tell("acknowledged") >= 1)
        wait_for(pk, "delivered")
    assert MessageReceipt.objects.filter(centre_id="a").count() == 1


def test_a_refusal_between_queueing_and_sending_stops_the_offer_at_once(numbers, centre):
    note_consent(person=person(), kind="given", way="paper", proof="form", key="1", at=MONDAY, now=MONDAY)
    pk = offered()
    note_consent(person=person(), kind="refused", way="hotline", key="2", at=MONDAY, now=MONDAY)
    assert (message(pk).state, message(pk).because) == ("stopped", "LAW-7, LAW-8")
    with sender(centre=centre.address()):
        wait_for(queued("service", template="channels_told"), "delivered")
    assert len(centre.received) == 1


def test_an_old_consent_that_arrives_late_undoes_no_refusal(numbers, centre):
    note_consent(person=person(), kind="refused", way="hotline", key="1", at=MONDAY, now=MONDAY)
    before = MONDAY - timedelta(days=30)
    note_consent(person=person(), kind="given", way="feed", proof="f.csv", key="2", at=before, now=MONDAY)
    pk = offered()
    with sender(centre=centre.address()):
        wait_for(pk, "stopped")


def test_a_clock_set_back_lets_nothing_out_that_its_own_hour_forbids_and_forgets_no_cap(numbers, centre):
    note_consent(person=person(), kind="given", way="paper", proof="form", key="1", at=MONDAY, now=MONDAY)
    now = [MONDAY]
    with sender(lambda: now[0], centre=centre.address()):
        wait_for(offered("first"), "delivered")
        now[0] = at("2026-08-03", 6)
        service = queued("service", when=now[0], template="channels_told")
        assert wait_for(service, "held").because == "CT-22"
        now[0] = at("2026-08-03", 9)
        second = offered("second", when=now[0])
        assert wait_for(second, "held").next_at == MONDAY + timedelta(days=1)
    assert [got["from"] for got in centre.received].count("10690002") == 1


def test_the_database_going_away_for_a_moment_loses_and_doubles_nothing(numbers, centre):
    pks = [queued(f"k{n}", to=f"P{1 + n % 5}", template="channels_told") for n in range(20)]
    with sender(centre=centre.address(), batch=4):
        wait_until(lambda: centre.tell("count") >= 4)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        for pk in pks:
            wait_for(pk, "delivered", "doubtful")
    assert len(centre.received) == len(pks)
