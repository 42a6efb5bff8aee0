"""Queue the messages that promises ask for by themselves: greetings of festivals and birthdays, the weekend SMS.

Which promises these are the standard says: those that an SMS keeps and that belong to a day. One person gets one
message for one occasion, however many clauses owe it; the delivered message keeps all that the standard lets it keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.policy.contacts import channels_keeping
from upheld.records.messages.models import Message
from upheld.records.promises.models import Promise
from upheld.records.standards.queries import loaded_edition

TEMPLATE_OF = {
    "birthday": "greeting_birthday",
    "new_year": "greeting_new_year",
    "spring_festival": "greeting_spring_festival",
    "dragon_boat": "greeting_dragon_boat",
    "mid_autumn": "greeting_mid_autumn",
    "weekend": "weekend_greeting",
}
"""Which wording an occasion takes."""
ACTIONS = ("greeting", "sms")
CHUNK = 500


@dataclass
class Promised:
    """How many messages were queued anew by template, how many were there before, and why others were not."""

    queued: Counter[str] = field(default_factory=Counter)
    before: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def queue_promised_messages(*, day: date | None = None, at: datetime | None = None) -> Promised:
    """Queue a message for every open promise of a day that an SMS keeps; run as often as one likes, each goes once.

    On the first day of a weekend's or a festival's window. What has its message already is not looked at again.
    Clauses: KEY-5, KEY-6, KEY-7, CT-42.
    """
    now = at or timezone.now()
    day = day or timezone.localdate(now)
    done = Promised()
    owed = owed_by_message(day=day, actions=ACTIONS).filter(person__isnull=False, on_occasion__in=TEMPLATE_OF)
    for promise in one_by_one(owed.select_related("person", "edition")):
        _queue(promise, now, done)
    return done


def owed_by_message(*, day: date, actions: tuple[str, ...]) -> QuerySet[Promise]:
    """Find the open promises whose time has come on a day, and for which no message was queued yet.

    Those planned ahead are not read: `promise_to_be_told` knows by which day their time comes.
    """
    waiting = Promise.objects.filter(
        state="open", action__in=actions, case__isnull=True, from_date__lte=day, due_date__gte=day
    )
    return waiting.filter(~Exists(Message.objects.filter(promise=OuterRef("pk"))))


def one_by_one(owed: QuerySet[Promise]) -> Iterator[Promise]:
    """Give promises with their editions, a chunk in memory at a time."""
    yield from owed.defer("edition__content").iterator(chunk_size=CHUNK)


def window_of_promise(promise: Promise, now: datetime) -> tuple[datetime, datetime]:
    """Return from when on a message for a promise may go, and when it is too late."""
    zone = ZoneInfo(loaded_edition(promise.edition).standard(promise.standard).time_zone)
    begins = datetime.combine(promise.from_date, time(), zone)
    return max(begins, now), datetime.combine(promise.due_date + timedelta(days=1), time(), zone)


def by_sms(promise: Promise) -> bool:
    """Tell whether an SMS keeps a promise, as its standard has it."""
    edition = loaded_edition(promise.edition)
    return "sms" in channels_keeping(edition=edition, clause=promise.clause, action=promise.action)


def _queue(promise: Promise, now: datetime, done: Promised) -> None:
    if not by_sms(promise):
        return
    assert promise.person is not None
    assert promise.on_occasion is not None
    begins, ends = window_of_promise(promise, now)
    template = TEMPLATE_OF[promise.on_occasion]
    try:
        queued = queue_message(
            template=template,
            to=promise.person,
            source=promise.source,
            key=f"occasion:{promise.person_id}:{promise.on_occasion}:{promise.from_date}",
            clause=promise.clause,
            promise=promise,
            not_before=begins,
            expires_at=ends,
            at=now,
        )
    except ActRefused as refused:
        done.refused[refused.code] += 1
        return
    if queued.is_new:
        done.queued[template] += 1
    else:
        done.before += 1
