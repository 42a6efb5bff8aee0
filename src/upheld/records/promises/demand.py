"""Read how much is owed in a range of days, by who does it: the demand side of whether a staff is enough."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db.models import Count

from upheld.records.promises.models import Promise


class OwedInWindow(NamedTuple):
    """How many open promises of one clause, action and window are with the employees of a job in a unit, or nobody."""

    unit_id: int | None
    job: str | None
    clause: str
    action: str
    from_date: date
    due_date: date
    number: int


def owed_by_window(
    *, from_date: date, until_date: date, unit_ids: Collection[int] | None = None
) -> list[OwedInWindow]:
    """Count the open promises whose windows reach into [from_date, until_date), by unit, job, clause and window.

    Cases are left out: nobody knows a month ahead what customers will ask. `unit_ids` narrows to some units, and
    leaves out what nobody has. One query.
    """
    owed = Promise.objects.filter(
        state="open", case__isnull=True, due_date__gte=from_date, from_date__lt=until_date
    )
    if unit_ids is not None:
        owed = owed.filter(responsible__unit_id__in=unit_ids)
    rows = owed.values_list(
        "responsible__unit_id", "responsible__job", "clause", "action", "from_date", "due_date"
    )
    return [OwedInWindow(*row) for row in rows.annotate(Count("pk")).order_by()]
