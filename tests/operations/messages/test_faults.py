"""Senders are killed, centres die, clocks are set, two do the same thing at once: no customer gets a message twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
import smpp34
from django.db import OperationalError, connection, connections, transaction
from tests.gateways.sms_centre import SmsCentre, wait_until
from tests.operations.conftest import at, at_once, wait_until_somebody_waits_for_a_lock
from tests.operations.messages.conftest import MONDAY, message, offered, person, queued, sender, wait_for

from upheld.config.message_sender import MessageSender
from upheld.gateways.sms.link import SmsLink
from upheld.gateways.sms.told import read_delivery
from upheld.operations.messages.claim_messages import claim_messages
from upheld.operations.messages.consent import note_consent
from upheld.operations.messages.decide_doubt import decide_doubt
from upheld.operations.messages.doubt_abandoned import doubt_abandoned
from upheld.operations.messages.last_word import agreeing
from upheld.operations.messages.store_results import MOST_TRIES, PartAnswer, Result, store_results
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.turns import wait_for_turn
from upheld.policy import sms_parts as encodings
from upheld.records.messages.models import (
    ConsentEvent,
    IncomingMessage,
    Message,
    MessageReceipt,
    MessageStep,
)
from upheld.records.staff.models import Employee

pytestmark = pytest.mark.django_db(transaction=True)

VICTIM = """
import asyncio, os, django
django.setup()
from upheld.config.message_sender import MessageSender
from upheld.config.messages_command import centre_from
from datetime import datetime
sender = MessageSender(centre=centre_from(os.environ), clock=lambda: datetime.fromisoformat(os.environ["NOW"]))
asyncio.run(sender.run(asyncio.Event()))
"""


def victim(centre: SmsCentre, *command: str) -> subprocess.Popen[bytes]:
    """Run a sender as a process of its own on this test's database."""
    told = connection.settings_dict
    name, host, port = told["NAME"], told["HOST"], told["PORT"]
    words = {
        "DJANGO_SETTINGS_MODULE": "upheld.config.settings",
        "UPHELD_DATABASE_URL": _url(told, name, host, port),
        "UPHELD_SMS_HOST": "127.0.0.1",
        "UPHELD_SMS_PORT": str(centre.port),
        "UPHELD_SMS_SYSTEM_ID": "upheld",
        "UPHELD_SMS_PASSWORD": "secret",
        "NOW": MONDAY.isoformat(),
    }
    return subprocess.Popen([sys.executable, *(command or ("-c", VICTIM))], env={**os.environ, **words})


def _url(told: dict, name: str, host: str, port: object) -> str:
    url = os.environ["UPHELD_DATABASE_URL"]
    head, _, tail = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")


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


def test_a_refusal_is_acknowledged_once_it_is_stored_so_a_sender_killed_before_that_loses_none(
    numbers, centre
):
    note_consent(person=person(), kind="given", way="paper", proof="form", key="1", at=MONDAY, now=MONDAY)
    later = offered(not_before=MONDAY + timedelta(hours=2))
    process = victim(centre)
    wait_until(lambda: centre.tell("binds"))
    with transaction.atomic():
        wait_for_turn("claim_messages")  # whoever stores a refusal waits for us
        centre.tell(
            "deliver", source_addr="13800000002", destination_addr="10690002", short_message="R"
        )  # it has come, and cannot be stored
        wait_until(_somebody_takes_it_in)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (centre.tell("acknowledged"), centre.tell("owed")) == (0, 1)
    assert not IncomingMessage.objects.exists()
    with sender(centre=centre.address()):
        assert wait_for(later, "stopped").because == "LAW-7, LAW-8"
        wait_until(lambda: centre.tell("acknowledged") == 1)
    assert ConsentEvent.objects.filter(kind="refused", way="sms_reply").count() == 1
    assert centre.tell("owed") == 0


def _somebody_takes_it_in() -> bool:
    """Say whether a sender waits to write a refusal down: not the one that waits for its turn to claim."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] >= 2


def test_a_receipt_is_acknowledged_once_it_is_stored_so_a_sender_killed_before_that_loses_none(
    numbers, centre, settings
):
    centre.tell("mode", receipts="none")
    pk = queued()
    process = victim(centre)
    row = wait_for(pk, "accepted")
    (got,) = centre.received
    with transaction.atomic():
        wait_for_turn("settle_messages")
        centre.tell(
            "deliver", source_addr="13800000002", destination_addr="10690001", esm_class=4,
            short_message=f"id:{got['id']} stat:DELIVRD err:000",
        )  # fmt: skip
        wait_until_somebody_waits_for_a_lock()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (centre.tell("acknowledged"), centre.tell("owed")) == (0, 1)
    assert row.state == "accepted"
    assert not MessageReceipt.objects.exists()
    with sender(centre=centre.address()):
        wait_for(pk, "delivered")
        wait_until(lambda: centre.tell("acknowledged") == 1)
    assert MessageReceipt.objects.count() == 1
    assert len(centre.received) == 1


def test_what_cannot_be_taken_in_is_handed_back_to_the_centre_and_stops_nothing_else(
    numbers, centre, monkeypatch
):
    def stumble(**_):
        raise ValueError("a fault of ours")

    monkeypatch.setattr("upheld.config.message_sender.take_incoming", stumble)
    with sender(centre=centre.address()):
        wait_until(lambda: centre.tell("binds"))
        centre.tell("deliver", source_addr="13800000002", destination_addr="10690002", short_message="R")
        wait_for(queued(), "delivered")
    assert centre.tell("owed") == 1, "the centre still has it"


def test_a_message_that_we_stumble_over_is_in_doubt_and_the_others_go(numbers, centre, monkeypatch):
    real = encodings.short_messages

    def stumble(content, **said):
        if "Hopper" in content:
            raise ValueError("a fault of ours")
        return real(content, **said)

    monkeypatch.setattr("upheld.config.message_sender.short_messages", stumble)
    odd, other = queued("a", to="P4"), queued("b", to="P2")
    with sender(centre=centre.address()):
        assert wait_for(odd, "doubtful").because == "ValueError"
        wait_for(other, "delivered")


def test_a_part_of_the_work_that_cannot_go_on_ends_the_sender_for_all_to_see(numbers, centre, monkeypatch):
    def stumble(**_):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("upheld.config.message_sender.store_results", stumble)
    queued()
    with pytest.raises(RuntimeError, match="a fault of ours"):
        asyncio.run(
            asyncio.wait_for(
                MessageSender(clock=lambda: MONDAY, centre=centre.address()).run(asyncio.Event()), 60
            )
        )


def test_a_refusal_that_comes_while_an_offer_waits_for_its_turn_at_the_centre_stops_it(
    numbers, centre, monkeypatch
):
    note_consent(person=person(), kind="given", way="paper", proof="form", key="1", at=MONDAY, now=MONDAY)
    pk = offered()
    real, said = SmsLink._keep_pace, []

    def refuse():
        try:
            note_consent(person=person(), kind="refused", way="hotline", key="2", at=MONDAY, now=MONDAY)
        finally:
            connections.close_all()

    async def while_it_waits(link):
        if not said:
            said.append("refused")
            await asyncio.to_thread(refuse)
        await real(link)

    monkeypatch.setattr(SmsLink, "_keep_pace", while_it_waits)
    with sender(centre=centre.address()):
        row = wait_for(pk, "stopped")
    assert (row.because, row.sent_at) == ("LAW-7, LAW-8", None)
    assert centre.received == []


def test_a_refusal_waits_for_what_is_leaving_this_instant_and_what_comes_after_sees_it(numbers):
    for code in ("P1", "P2"):
        note_consent(
            person=person(code), kind="given", way="paper", proof="form", key=code, at=MONDAY, now=MONDAY
        )
    people = {person("P1").pk, person("P2").pk, person("P3").pk}
    looked, order = threading.Event(), []

    def leave():
        with transaction.atomic():
            assert agreeing(people) == people - {person("P3").pk}
            looked.set()
            wait_until_somebody_waits_for_a_lock()
            order.append("left")

    def refuse():
        looked.wait(20)
        note_consent(person=person(), kind="refused", way="hotline", key="r", at=MONDAY, now=MONDAY)
        order.append("refused")

    results = at_once(leave, refuse)
    assert results == [None, None], results
    assert order == ["left", "refused"]
    with transaction.atomic():
        assert agreeing(people) == {person("P1").pk}


def test_an_offer_that_nobody_can_be_asked_about_does_not_go(numbers, centre, monkeypatch):
    note_consent(person=person(), kind="given", way="paper", proof="form", key="1", at=MONDAY, now=MONDAY)
    asked = threading.Event()

    def fail(_):
        asked.set()
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("upheld.config.last_looks.agreeing", fail)
    pk = offered()
    with sender(centre=centre.address()):
        assert asked.wait(20)
        monkeypatch.undo()
        wait_for(pk, "delivered")
    assert len(centre.received) == 1


def test_told_to_stop_the_sender_takes_leave_of_the_centre_and_ends_by_itself(numbers, centre):
    process = victim(centre, "-m", "upheld.config.main", "messages")
    try:
        wait_until(lambda: centre.tell("sessions"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert centre.tell("sessions") == 0
    finally:
        process.kill()
        process.wait()
