"""A refusal that comes at the last moment, a sender killed before it stored what it heard, and faults of our own."""

from __future__ import annotations

import asyncio
import signal
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections, transaction
from tests.gateways.sms_centre import wait_until
from tests.operations.conftest import at_once, wait_until_somebody_waits_for_a_lock
from tests.operations.messages.conftest import MONDAY, offered, person, queued, sender, victim, wait_for

from upheld.config.message_sender import MessageSender
from upheld.gateways.sms.link import SmsLink
from upheld.operations.messages.consent import note_consent
from upheld.operations.messages.last_word import agreeing
from upheld.operations.turns import wait_for_turn
from upheld.policy import sms_parts as encodings
from upheld.records.messages.models import ConsentEvent, IncomingMessage, MessageReceipt

pytestmark = pytest.mark.django_db(transaction=True)


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
