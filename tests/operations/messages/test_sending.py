"""Messages reach customers through a real SMS centre, each once, at the right moment or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.gateways.sms_centre import SmsCentre, wait_until
from tests.operations.conftest import at
from tests.operations.messages.conftest import MONDAY, message, offered, person, queued, sender, wait_for

from upheld.operations.messages.consent import note_consent
from upheld.records.evidence.models import Interaction
from upheld.records.messages.models import (
    ConsentEvent,
    IncomingMessage,
    Message,
    MessageAttempt,
    MessagePart,
    MessageReceipt,
)
from upheld.records.people.models import Person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_greeting_goes_out_once_and_its_receipt_comes_back(numbers, centre):
    pk = queued()
    with sender(centre=centre.address()):
        row = wait_for(pk, "delivered")
    (got,) = centre.received
    assert (got["from"], got["to"]) == ("10690001", "13800000002")
    assert got["text"] == "林静怡，新年好！祝您新的一年平安顺遂，事事如意。"
    assert (got["data_coding"], got["registered"]) == (8, 1)
    assert row.sent_at == MONDAY
    attempt = MessageAttempt.objects.get(message=row)
    part = MessagePart.objects.get(attempt=attempt)
    assert (part.part, part.parts, part.result, part.centre_id) == (1, 1, "accepted", got["id"])
    receipt = MessageReceipt.objects.get()
    assert (receipt.centre_id, receipt.stat, receipt.reference) == (got["id"], "DELIVRD", attempt.pk % 65536)


def test_a_long_chinese_message_is_put_together_again_by_the_phone(numbers, centre):
    words = {
        "day": "8月3日",
        "item": "视频会员和云空间年度套餐（含家庭共享）",
        "period": "月",
        "amount": "15.00",
    }
    pk = queued(template="new_charge", variables=words)
    with sender(centre=centre.address()):
        row = wait_for(pk, "delivered")
    parts = centre.received
    assert row.segments == len(parts) == 2
    assert "".join(part["text"] for part in parts) == row.content
    headers = [part["udh"] for part in parts]
    assert [header[0][-4:] for header in headers] == ["0201", "0202"]
    assert len({part["reference"] for part in parts}) == 1


def test_a_centre_that_wants_it_whole_gets_it_as_payload(numbers, centre):
    pk = queued(template="business_information", variables={"summary": "🎉" + "集团套餐说明更新" * 14})
    with sender(centre=centre.address(long_by="payload")):
        row = wait_for(pk, "delivered")
    (got,) = centre.received
    assert got["payload"]
    assert got["text"] == row.content


def test_in_quiet_hours_a_message_waits_and_says_until_when_and_by_which_clause(numbers, centre):
    evening = at("2026-08-03", 21)
    pk = queued(when=evening)
    with sender(lambda: evening, centre=centre.address()):
        row = wait_for(pk, "held")
    assert row.because == "CT-22"
    assert row.next_at == at("2026-08-04", 8)
    step = row.steps.get()
    assert (step.what, step.because, step.until_at) == ("held", "CT-22", row.next_at)
    assert centre.received == []
    with sender(lambda: row.next_at, centre=centre.address()):
        wait_for(pk, "delivered")


def test_offers_and_service_messages_never_share_a_number(numbers, centre):
    note_consent(person=person(), kind="given", way="paper", proof="form 12", key="c", at=MONDAY, now=MONDAY)
    service, offer = queued(), offered()
    with sender(centre=centre.address()):
        wait_for(service, "delivered")
        wait_for(offer, "delivered")
    by_number = {got["from"]: got["text"] for got in centre.received}
    assert by_number["10690001"].endswith("事事如意。")
    assert by_number["10690002"].endswith("拒收请回复R")


def test_an_offer_without_consent_is_stopped_with_the_law_that_says_so(numbers, centre):
    pk = offered()
    with sender(centre=centre.address()):
        row = wait_for(pk, "stopped")
    assert row.because == "LAW-7, LAW-8"
    assert centre.received == []


def test_a_customer_who_replies_r_gets_no_offer_any_more_and_is_told_so(numbers, centre):
    note_consent(person=person(), kind="given", way="web", proof="click 7", key="c", at=MONDAY, now=MONDAY)
    later = offered("later", not_before=MONDAY + timedelta(hours=2))
    with sender(lambda: MONDAY + timedelta(minutes=1), centre=centre.address()):
        wait_until(lambda: centre.tell("binds"))
        wait_until(
            lambda: centre.tell(
                "deliver", source_addr="8613800000002", destination_addr="10690002", short_message=" r。"
            )
        )
        wait_for(later, "stopped")
        told = wait_until(lambda: Message.objects.filter(template="refusal_confirmed").first())
        wait_for(told.pk, "delivered")
    event = ConsentEvent.objects.get(kind="refused")
    assert (event.person, event.way) == (person(), "sms_reply")
    assert IncomingMessage.objects.get().took_as == "refused"
    assert [got["text"][:8] for got in centre.received] == ["已按您的要求停止"]


def test_who_is_gone_or_cannot_be_reached_is_sent_nothing(numbers, centre):
    Person.objects.filter(code="P4").update(phone=None)
    person("P5").services.update(status="closed")
    nowhere, gone, old = (
        queued("a", to="P4"),
        queued("b", to="P5"),
        queued("c", expires_at=MONDAY + timedelta(1)),
    )
    with sender(lambda: MONDAY + timedelta(days=1), centre=centre.address()):
        assert wait_for(nowhere, "stopped").because == "no_address"
        assert wait_for(gone, "stopped").because == "gone"
        assert wait_for(old, "expired").because == "expired"
    assert centre.received == []


def test_without_a_number_for_its_line_a_message_waits_for_one(operator, centre):
    pk = queued()
    with sender(centre=centre.address()):
        assert wait_for(pk, "held").because == "no_sender"
    assert centre.received == []


def test_what_the_centre_refuses_has_failed_and_does_not_count_for_any_cap(numbers, centre):
    centre.tell("mode", answer=0x0B)
    pk = queued()
    with sender(centre=centre.address()):
        row = wait_for(pk, "failed")
    assert row.because == "part 1 of 1: command_status 0x0b"
    assert row.sent_at is None


def test_a_throttled_sender_goes_slower_and_everything_arrives_once(numbers, centre):
    pks = [queued(f"k{n}", to=f"P{1 + n % 5}", template="channels_told") for n in range(12)]
    centre.tell("mode", throttle=5)
    now = [MONDAY]
    with sender(lambda: now[0], centre=centre.address()):
        wait_until(lambda: Message.objects.filter(state="delivered").count() == 7)
        now[0] = MONDAY + timedelta(minutes=5)
        for pk in pks:
            wait_for(pk, "delivered")
    assert len(centre.received) == 12


def test_a_centre_that_keeps_one_waiting_carries_nothing_into_the_quiet_hours(numbers, centre, monkeypatch):
    now = [at("2026-08-03", 20)]
    pk = queued(when=now[0], template="channels_told")

    async def until_night(_):
        now[0] = at("2026-08-03", 21)

    monkeypatch.setattr("upheld.gateways.sms.link.SmsLink._keep_pace", until_night)
    with sender(lambda: now[0], centre=centre.address()):
        row = wait_for(pk, "held")
    assert (row.because, row.sent_at) == ("CT-22", None)
    assert centre.received == []


def test_a_receipt_may_come_before_its_answer_twice_or_for_an_id_that_nobody_knows(numbers, centre):
    centre.tell("mode", receipts="before")
    first = queued("first")
    with sender(centre=centre.address()):
        wait_for(first, "delivered")
        centre.tell("mode", receipts="twice")
        second = queued("second")
        wait_for(second, "delivered")
        centre.tell(
            "deliver", source_addr="13800000002", destination_addr="10690001", esm_class=4,
            short_message="id:never-heard-of sub:001 dlvrd:001 stat:DELIVRD err:000 text:",
        )  # fmt: skip
        wait_until(lambda: MessageReceipt.objects.count() == 4)
    assert sorted(MessageReceipt.objects.values_list("centre_id", flat=True))[-1] == "never-heard-of"


def test_a_message_that_never_arrives_has_failed_and_says_why(numbers, centre):
    centre.tell("mode", stat="UNDELIV")
    pk = queued()
    with sender(centre=centre.address()):
        row = wait_for(pk, "failed")
    assert row.because == "UNDELIV 000"


def test_a_greeting_that_arrived_keeps_the_promise_it_was_sent_for(numbers, centre):
    from upheld.operations.messages.queue_promised_messages import queue_promised_messages
    from upheld.operations.plan_contacts import plan_contacts
    from upheld.records.promises.models import Promise

    plan_contacts(
        from_date=at("2026-05-01").date(),
        until_date=at("2026-06-01").date(),
        by=None,
    )
    birthday = at("2026-05-04", 9)
    done = queue_promised_messages(at=birthday)
    again = queue_promised_messages(at=birthday)
    assert done.queued["greeting_birthday"] == 1
    assert (sum(again.queued.values()), again.before) == (0, done.before)
    assert Message.objects.count() == sum(done.queued.values())
    pk = Message.objects.get(template="greeting_birthday").pk
    with sender(lambda: birthday, centre=centre.address()):
        wait_for(pk, "delivered")
        promise = wait_until(lambda: Promise.objects.filter(pk=message(pk).promise_id, state="kept").first())
    contact = Interaction.objects.get(key=f"message:{pk}")
    assert (contact.channel, contact.employee, contact.person) == ("sms", None, person("P1"))
    assert promise.ended_at == birthday
    assert promise.evidence.get().interaction == contact


def test_the_link_is_bound_again_when_the_centre_comes_back(numbers):
    first = SmsCentre()
    port = first.port
    with sender(centre=first.address()):
        wait_for(queued("before"), "delivered")
        first.die()
        pk = queued("meanwhile")
        second = SmsCentre(port=port)
        try:
            wait_for(pk, "delivered")
            assert [got["to"] for got in second.received] == ["13800000002"]
        finally:
            first.close()
    second.close()
