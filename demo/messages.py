"""Give the demo its messages: yesterday's greetings with receipts, one in doubt, what is held or stopped, and consents.

Everything carries a key with its day, so that a day may be walked again and is found as it was.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from upheld.operations.messages.business_information import write_bulletin
from upheld.operations.messages.claim_messages import claim_messages
from upheld.operations.messages.consent import note_consent
from upheld.operations.messages.queue_message import queue_message
from upheld.operations.messages.sender_numbers import set_sender_number
from upheld.operations.messages.settle_messages import Receipt
from upheld.operations.messages.store_results import PartAnswer, Result, store_results
from upheld.records.messages.models import Message
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee

ZONE = ZoneInfo("Asia/Shanghai")
SERVICE_NUMBER, COMMERCIAL_NUMBER = "106900010086", "106900010099"
OFFER = {"offer": "合作商户九折优惠", "until": "月底"}


def live_messages(*, now: datetime) -> None:
    """Queue and send what went out yesterday, and leave what waits today to the sender beside the pages."""
    set_sender_number(number=SERVICE_NUMBER, line="service", by=None)
    set_sender_number(number=COMMERCIAL_NUMBER, line="commercial", by=None)
    day = now.astimezone(ZONE).date() - timedelta(days=1)
    if Message.objects.filter(key=f"demo:{day}:0").exists():
        return
    # Those whom the account managers of the guides serve come first, so that their pages show something.
    people = list(
        Person.objects.filter(phone__isnull=False, group_roles__role__isnull=False).order_by("pk")[:40]
    )
    if len(people) < 12:
        return
    ten = datetime.combine(day, time(10, 20), ZONE)
    for number, person in enumerate(people[:18]):
        if number % 3:
            note_consent(
                person=person, kind="given", way="paper", proof=f"入网登记表 {person.code}",
                key=f"demo:consent:{person.code}", at=ten - timedelta(days=90), now=ten,
            )  # fmt: skip
    note_consent(
        person=people[1], kind="refused", way="hotline", key=f"demo:refused:{people[1].code}",
        at=ten - timedelta(days=3), now=ten,
    )  # fmt: skip
    for number, person in enumerate(people):
        _queue(number, person, day=f"demo:{day}", at=ten)
    _send(at=ten)
    month = day.replace(day=1)
    write_bulletin(
        zh="集团套餐说明和故障报修流程已更新", en="the group plan sheet and the fault procedure were renewed",
        promotes=False, from_date=month, until_date=month + timedelta(days=60), by=_department(),
        key=f"demo:bulletin:{month:%Y-%m}", at=ten,
    )  # fmt: skip
    evening = datetime.combine(day, time(20, 40), ZONE)
    for number, person in enumerate(people[:4]):
        queue_message(
            template="tier_raised", to=person, source="rating", key=f"demo:{day}:late:{number}",
            variables={"day": f"{day.month}月{day.day}日", "old_card": "银卡", "card": "金卡"}, at=evening,
        )  # fmt: skip
    claim_messages(worker="demo", limit=200, at=evening)


def _queue(number: int, person: Person, *, day: str, at: datetime) -> None:
    """Queue something for one customer: greetings mostly, some notices, some offers."""
    key = f"{day}:{number}"
    if number % 5 == 1:
        queue_message(template="club_offer", to=person, source="campaign", key=key, variables=OFFER, at=at)
    elif number % 5 == 2:
        words = {"day": f"{at.month}月{at.day}日", "balance": f"{number}.50", "line": "20"}
        queue_message(template="low_balance", to=person, source="feed", key=key, variables=words, at=at)
    elif number % 5 == 3:
        queue_message(template="weekend_greeting", to=person, source="contact_plan", key=key, at=at)
    else:
        queue_message(template="greeting_birthday", to=person, source="contact_plan", key=key, at=at)


def _send(*, at: datetime) -> None:
    """Send what may go, as a centre would have answered: one never answered, one turned down, the others delivered."""
    results, receipts = [], []
    for place, one in enumerate(claim_messages(worker="demo", limit=500, at=at).claimed):
        centre_id = f"d{one.attempt_id:x}"
        if place == 4:
            part = PartAnswer(1, 1, "unanswered", error="the session ended")
            results.append(
                Result(one.message_id, one.attempt_id, "unanswered", (part,), why="the session ended")
            )
            continue
        if place == 9:
            part = PartAnswer(1, 1, "refused", error="command_status 0x0b")
            results.append(Result(one.message_id, one.attempt_id, "refused", (part,), why=part.error))
            continue
        part = PartAnswer(1, 1, "accepted", centre_id)
        results.append(
            Result(
                one.message_id, one.attempt_id, "accepted", (part,), receipt_to_come=True, address=one.address
            )
        )
        receipts.append(Receipt(centre_id, one.address, "DELIVRD", at + timedelta(seconds=9), "000"))
    store_results(results=results, receipts=receipts, at=at + timedelta(seconds=10))


def _department() -> Employee:
    return Employee.objects.filter(job="service_department").order_by("pk")[0]
