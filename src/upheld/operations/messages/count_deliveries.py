"""Let delivered messages keep what they were sent for: each becomes evidence, a contact done by a system.

A message that keeps a promise says so when it is delivered; here that is carried out, each once, however often it is
begun. A contact dates from when the centre took the message over: what was sent in its window was in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.messages.add_steps import Step, add_steps
from upheld.operations.record_contact import record_contact
from upheld.operations.record_contacts import Contact, record_contacts
from upheld.operations.refusals import ActRefused
from upheld.records.messages.choices import Channel
from upheld.records.messages.models import Message

EVIDENCE_CHANNEL = {Channel.SMS.value: "sms", Channel.MAIL.value: "mail"}
"""As which contact a message counts; a messenger's as `message`."""
NOT_COUNTED = "not_counted"


def count_deliveries(*, limit: int = 500, at: datetime | None = None) -> int:
    """Write delivered messages down as contacts and close their promises; return how many were dealt with.

    What a promise does not take, because it ended or begins later, is noted in the message's story and left.
    """
    now = at or timezone.now()
    with transaction.atomic():
        owed = Message.objects.filter(counts_for_promise=True, person__isnull=False, sent_at__lte=now)
        rows = list(owed.order_by("pk").select_for_update(no_key=True, skip_locked=True)[:limit])
        if not rows:
            return 0
        try:
            with transaction.atomic():
                record_contacts(contacts=[_contact(row) for row in rows], by=None, now=now)
        except ActRefused:
            _one_by_one(rows, now)
        Message.objects.filter(pk__in=[row.pk for row in rows]).update(counts_for_promise=False)
        return len(rows)


def _contact(row: Message) -> Contact:
    assert row.sent_at is not None
    return Contact(
        channel=EVIDENCE_CHANNEL.get(row.channel, "message"),
        happened_at=row.sent_at,
        key=f"message:{row.pk}",
        person_id=row.person_id,
        promise_id=row.promise_id,
        report=row.subject,
    )


def _one_by_one(rows: Sequence[Message], now: datetime) -> None:
    """Record each by itself, so that one that cannot count keeps none of the others from it."""
    for row in rows:
        contact = _contact(row)
        try:
            with transaction.atomic():
                record_contact(
                    by=None,
                    channel=contact.channel,
                    happened_at=contact.happened_at,
                    key=contact.key,
                    person=contact.person_id,
                    promise=contact.promise_id,
                    report=contact.report,
                    now=now,
                )
        except ActRefused as refused:
            add_steps([Step(row.pk, "settled", f"{NOT_COUNTED}: {refused.code}"[:200])], at=now)
