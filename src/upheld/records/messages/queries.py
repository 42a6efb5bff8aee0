"""Read the messages: one with its life, those of a person, lists by state, consent, and the doubts to decide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import F, QuerySet

from upheld.records.messages.choices import ConsentKind, MessageState
from upheld.records.messages.models import (
    Address,
    Bulletin,
    ConsentEvent,
    Message,
    MessageAttempt,
    MessagePart,
    MessageReceipt,
    MessageStep,
    SenderNumber,
)

TO_LOOK_AT = ("doubtful", "held", "failed", "stopped", "expired")
"""The states that people look at; how many there are is known without reading the whole outbox."""

SPAN = 20_000
"""How many messages one look goes through at most."""
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class MessageLife:
    """A message with all that befell it: steps, attempts with their parts, receipts of those parts."""

    message: Message
    steps: list[MessageStep] = field(default_factory=list)
    attempts: list[MessageAttempt] = field(default_factory=list)
    parts: list[MessagePart] = field(default_factory=list)
    receipts: list[MessageReceipt] = field(default_factory=list)


def messages_of_person(person_id: int, *, limit: int = 20) -> list[Message]:
    """Give a person's messages, the latest first."""
    return list(Message.objects.filter(person_id=person_id).order_by("-pk")[:limit])


@dataclass(frozen=True)
class Found:
    """A page of messages, the latest first, and before which id the next look begins (None: nothing is older)."""

    messages: list[Message]
    next_before: int | None = None


def latest_messages(
    *,
    state: str = "",
    purpose: str = "",
    people: QuerySet | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Found:
    """Give messages with their persons, the latest first; of a state and a purpose, before an id, within `people`.

    One look goes through SPAN messages at most (of the state, where people look at it), however few of them fit: the
    page then says where the next look begins.
    """
    looked_at = Message.objects.filter(state=state) if state in TO_LOOK_AT else Message.objects.all()
    if before is not None:
        looked_at = looked_at.filter(pk__lt=before)
    ends = looked_at.order_by("-pk").values_list("pk", flat=True)[SPAN - 1 : SPAN].first()
    found = looked_at.select_related("person", "employee").order_by("-pk")
    if ends is not None:
        found = found.filter(pk__gte=ends)
    if state and state not in TO_LOOK_AT:
        found = found.filter(state=state)
    if purpose:
        found = found.filter(purpose=purpose)
    if people is not None:
        found = found.filter(person__in=people)
    rows = list(found[: limit + 1])
    if len(rows) > limit:
        return Found(rows[:limit], rows[limit - 1].pk)
    return Found(rows, ends)


def counts_to_look_at(*, people: QuerySet | None = None) -> dict[str, int]:
    """Count what people look at by state, among the latest MOST_COUNTED of each, within `people` (None: all)."""
    counts = {}
    for state in TO_LOOK_AT:
        latest = Message.objects.filter(state=state).order_by("-pk").values("pk")[:MOST_COUNTED]
        found = Message.objects.filter(pk__in=latest)
        counts[state] = (found if people is None else found.filter(person__in=people)).count()
    return counts


def message_with_id(message_id: int) -> Message | None:
    """Give a message with its person and employee, or None."""
    rows = Message.objects.select_related("person", "employee", "queued_by")
    return rows.filter(pk=message_id).first()


def life_of_message(message: Message) -> MessageLife:
    """Give what befell a message, each list in the order of time."""
    attempts = list(MessageAttempt.objects.filter(message=message).order_by("number"))
    parts = list(MessagePart.objects.filter(attempt__in=attempts).order_by("attempt_id", "part"))
    ids = [part.centre_id for part in parts if part.centre_id]
    receipts = MessageReceipt.objects.filter(centre_id__in=ids) if ids else MessageReceipt.objects.none()
    return MessageLife(
        message=message,
        steps=list(MessageStep.objects.filter(message=message).select_related("by").order_by("pk")),
        attempts=attempts,
        parts=parts,
        receipts=[one for one in receipts.order_by("pk") if one.address[-8:] == message.address[-8:]],
    )


def consents_of_person(person_id: int) -> list[ConsentEvent]:
    """Give what a person said to commercial messages, the latest first: the first one holds."""
    said = ConsentEvent.objects.filter(person_id=person_id).select_related("by")
    return list(said.order_by("-at", "-pk"))


def agrees(consents: Collection[ConsentEvent]) -> bool | None:
    """Tell whether the latest of a person's consents agrees; None where nothing was ever said."""
    first = next(iter(consents), None)
    return None if first is None else first.kind == ConsentKind.GIVEN


def messages_of_promise(promise_id: int) -> list[Message]:
    """Give the messages that were queued to keep a promise."""
    return list(Message.objects.filter(promise_id=promise_id).order_by("pk"))


def sender_numbers() -> list[SenderNumber]:
    """Give the numbers that messages go out from, by line, those in use first."""
    return list(SenderNumber.objects.order_by("line", F("in_use").desc(), "number"))


def is_doubtful(message: Message) -> bool:
    """Tell whether nobody knows if the message went out."""
    return message.state == MessageState.DOUBTFUL


def bulletin_of(day: date) -> Bulletin | None:
    """Give the business information of a day, the one written last; None where there is none (KEY-21)."""
    return Bulletin.objects.filter(from_date__lte=day, until_date__gte=day).order_by("-pk").first()


def latest_bulletins(*, limit: int = 10) -> list[Bulletin]:
    """Give what was written as business information, the latest first."""
    return list(Bulletin.objects.select_related("by").order_by("-pk")[:limit])


def addresses_of_person(person_id: int) -> list[Address]:
    """Give where a customer is reached by mail and messengers."""
    return list(Address.objects.filter(person_id=person_id).order_by("channel"))


def addresses_of_employee(employee_id: int) -> list[Address]:
    """Give where an employee is reached."""
    return list(Address.objects.filter(employee_id=employee_id).order_by("channel"))
