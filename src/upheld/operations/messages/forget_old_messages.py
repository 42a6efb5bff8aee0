"""Blank the content of old messages, once the law lets it go: that they were sent stays, what they said does not."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import CHUNK
from upheld.records.messages.models import Message
from upheld.records.staff.models import Employee

LEAST_MONTHS = 6
"""What the law asks for (LAW-7); the database refuses less as well."""


def forget_old_messages(*, months: int, by: Employee | None, at: datetime | None = None) -> int:
    """Blank the content of messages older than so many months, and say how many; ActRefused for less than six.

    Proof of consent is never forgotten here, and no row is ever deleted.
    """
    if months < LEAST_MONTHS:
        raise ActRefused("kept_by_law", f"content is kept for {LEAST_MONTHS} months at least (LAW-7)")
    now = at or timezone.now()
    forgotten = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s::timestamptz - make_interval(months => %s)", [now, months])
            before = cursor.fetchone()[0]
            old = Message.objects.filter(created_at__lt=before, ended_at__isnull=False).exclude(content="")
            ids = list(old.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)[:CHUNK])
            if not ids:
                return forgotten
            Message.objects.filter(pk__in=ids).update(content="")
            forgotten += len(ids)
            detail = {"months": months, "messages": len(ids)}
            write_entry(act="forget_old_messages", by=by, subject_kind="messages", detail=detail)
