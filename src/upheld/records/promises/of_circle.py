"""Read what a few customers are and were owed, persons and groups together: the circle of somebody who serves few."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from upheld.records.promises.models import Promise
from upheld.records.promises.queries import with_subjects


def owed_to_circle(
    *, person_ids: Collection[int], group_ids: Collection[int], from_date: date, until_date: date
) -> list[Promise]:
    """Give the open promises that can be kept between two days, the second left out, the earliest due first."""
    rows = Promise.objects.filter(
        _theirs(person_ids, group_ids), state="open", from_date__lt=until_date, due_date__gte=from_date
    )
    return list(with_subjects(rows).order_by("due_date", "pk"))


def broken_to_circle(
    *, person_ids: Collection[int], group_ids: Collection[int], since: date
) -> list[Promise]:
    """Give what was due since a day and broke, the latest first, the clocks of cases among it."""
    rows = Promise.objects.filter(_theirs(person_ids, group_ids), state="broken", due_date__gte=since)
    return list(with_subjects(rows).order_by("-due_date", "-pk"))


def _theirs(person_ids: Collection[int], group_ids: Collection[int]) -> Q:
    return Q(person_id__in=person_ids) | Q(group_id__in=group_ids)
