"""Queue the messages that promises ask for by themselves: greetings of festivals and birthdays, the weekend SMS.

Which promises these are the standard says: those that an SMS keeps and that belong to a day. One person gets one
message for one occasion, however many clauses owe it; the delivered message keeps all that the standard lets it keep.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.policy.contacts import channels_keeping
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

    On the first day of a weekend's or a festival's window. Clauses: KEY-5, KEY-6, KEY-7, CT-42.
    """
    now = at or timezone.now()
    day = day or timezone.localdate(now)
    done = Promised()
    last = 0
    owed = Promise.objects.filter(
        state="open", person__isnull=False, action__in=ACTIONS, on_occasion__in=TEMPLATE_OF,
        from_date__lte=day, due_date__gte=day, case__isnull=True,
    )  # fmt: skip
    while True:
        some = owed.filter(pk__gt=last).select_related("person", "edition").defer("edition__content")
        promises = list(some.order_by("pk")[:CHUNK])
        if not promises:
            return done
        last = promises[-1].pk
        for promise in promises:
            _queue(promise, now, done)


def _queue(promise: Promise, now: datetime, done: Promised) -> None:
    edition = loaded_edition(promise.edition)
    if "sms" not in channels_keeping(edition=edition, clause=promise.clause, action=promise.action):
        return
    assert promise.person is not None
    assert promise.on_occasion is not None
    zone = ZoneInfo(edition.standard(promise.standard).time_zone)
    begins = datetime.combine(promise.from_date, time(), zone)
    ends = datetime.combine(promise.due_date + timedelta(days=1), time(), zone)
    template = TEMPLATE_OF[promise.on_occasion]
    try:
        queued = queue_message(
            template=template,
            to=promise.person,
            source=promise.source,
            key=f"occasion:{promise.person_id}:{promise.on_occasion}:{promise.from_date}",
            clause=promise.clause,
            promise=promise,
            not_before=max(begins, now),
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
