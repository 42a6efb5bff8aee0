"""Read what journeys promise: of some persons by person, and who is owed a step on a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import QuerySet

from upheld.records.promises.choices import Source
from upheld.records.promises.models import Promise


def promises_of_journeys(person_ids: Collection[int]) -> dict[int, list[Promise]]:
    """Give the promises of persons' journeys that were not cancelled, by person, the earliest due first."""
    rows = Promise.objects.filter(person_id__in=person_ids, source=Source.JOURNEY).exclude(state="cancelled")
    found: dict[int, list[Promise]] = {}
    for row in rows.select_related("responsible").order_by("due_date", "pk"):
        found.setdefault(row.person_id or 0, []).append(row)
    return found


def people_owed_steps(day: date) -> QuerySet:
    """Select the persons to whom a step is open whose window has begun by a day."""
    owed = Promise.objects.filter(source=Source.JOURNEY, state="open", from_date__lte=day)
    return owed.values("person_id")
