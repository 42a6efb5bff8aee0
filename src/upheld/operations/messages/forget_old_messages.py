"""Blank the content of old messages, once the law lets it go: that they were sent stays, what they said does not."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import CHUNK, turn_over_chunks
from upheld.records.audit.queries import entries
from upheld.records.messages.choices import MessageState
from upheld.records.messages.models import Message
from upheld.records.staff.models import Employee

LEAST_MONTHS = 6
"""What the law asks for (LAW-7); the database refuses less as well."""
ACT = "forget_old_messages"
STILL_NEEDED = (MessageState.WAITING, MessageState.HELD, MessageState.SENDING, MessageState.DOUBTFUL)
"""What may still go out has to say something."""


def forget_old_messages(*, months: int, by: Employee | None, at: datetime | None = None) -> int:
    """Blank the content of messages older than so many months, and say how many; ActRefused for less than six.

    Proof of consent is never forgotten here, and no row is ever deleted. It goes on where it ended the last time.
    """
    if months < LEAST_MONTHS:
        raise ActRefused("kept_by_law", f"content is kept for {LEAST_MONTHS} months at least (LAW-7)")
    now = at or timezone.now()
    with turn_over_chunks(ACT):
        before = _before(now, months)
        last = begun = _done_until()
        kept: int | None = None
        forgotten = 0
        while True:
            with transaction.atomic():
                # In the order of their ids, which is that of time: what is younger than all of a chunk ends the work.
                found = Message.objects.filter(pk__gt=last).order_by("pk")
                rows = list(found.values_list("pk", "created_at", "state")[:CHUNK])
                old = [pk for pk, created_at, _ in rows if created_at < before]
                if not old:
                    break
                free = {pk for pk, made_at, state in rows if made_at < before and state not in STILL_NEEDED}
                kept = kept or next((pk for pk, *_ in rows if pk <= old[-1] and pk not in free), None)
                number = (
                    Message.objects.filter(pk__in=free)
                    .exclude(state__in=STILL_NEEDED)
                    .exclude(content="")
                    .update(content="")
                )
                forgotten += number
                last = old[-1]
                detail = {"months": months, "messages": number, "until_id": kept - 1 if kept else last}
                if number or (kept is None and last != begun):
                    write_entry(act=ACT, by=by, subject_kind="messages", detail=detail)
        return forgotten


def _before(now: datetime, months: int) -> datetime:
    """Return before when content is old; by the clock of the database where ours is ahead, for it has the last word."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT least(%s::timestamptz, now()) - make_interval(months => %s)", [now, months])
        found: datetime = cursor.fetchone()[0]
        return found


def _done_until() -> int:
    last = entries(subject_kind="messages", subject_id="", act=ACT, limit=1)
    return int(last[0].detail.get("until_id", 0)) if last else 0
