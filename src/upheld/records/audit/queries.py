"""Read the audit trail, newest first: of one subject, of one employee, or only what was refused."""

from __future__ import annotations

from datetime import datetime

from upheld.records.audit.models import Entry


def entries(
    *,
    subject_kind: str | None = None,
    subject_id: str | int | None = None,
    actor_id: int | None = None,
    act: str | None = None,
    refused_only: bool = False,
    before: datetime | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Give the latest entries that fit everything asked for, each with its actor.

    `before` pages further back.
    """
    asked = {"subject_kind": subject_kind, "actor_id": actor_id, "act": act, "at__lt": before}
    rows = Entry.objects.filter(**{name: value for name, value in asked.items() if value is not None})
    if subject_id is not None:
        rows = rows.filter(subject_id=str(subject_id))
    if refused_only:
        rows = rows.filter(allowed=False)
    return list(rows.select_related("actor").order_by("-at", "-pk")[:limit])
