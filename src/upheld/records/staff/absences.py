"""Read who is away and when, and what a deputy has of somebody else's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Count, F, Q

from upheld.policy.deputies import Away
from upheld.records.staff.models import Absence, Lent


def absences_from(day: date) -> dict[int, list[Away]]:
    """Give the absences that end after a day, by employee. One query; they are few."""
    found: dict[int, list[Away]] = defaultdict(list)
    rows = Absence.objects.filter(until_date__gt=day).exclude(until_date=F("from_date")).order_by("from_date")
    for employee, begins, ends, deputy in rows.values_list(
        "employee_id", "from_date", "until_date", "deputy_id"
    ):
        found[employee].append(Away(begins, ends, deputy))
    return dict(found)


def all_absences() -> dict[int, list[Away]]:
    """Give every absence by employee, those of the past among them: what was due then was the deputy's."""
    return absences_from(date.min)


def absence_with_id(absence_id: int) -> Absence | None:
    """Give an absence with its employee and deputy, or None."""
    return Absence.objects.select_related("employee__unit", "deputy").filter(pk=absence_id).first()


def absences_of(employee_ids: Iterable[int] | None, *, from_date: date, limit: int = 200) -> list[Absence]:
    """Give the absences that end after a day, of some employees or of all, each with how much is lent.

    `lent` counts promises and cases that are with the deputy still.
    """
    found = Absence.objects.filter(until_date__gt=from_date).exclude(until_date=F("from_date"))
    if employee_ids is not None:
        found = found.filter(Q(employee_id__in=list(employee_ids)))
    counted = found.annotate(lent_now=Count("lent", filter=Q(lent__back_at__isnull=True)))
    return list(
        counted.select_related("employee__unit", "deputy").order_by("from_date", "employee__code")[:limit]
    )


def lent_promises(promise_ids: Iterable[int]) -> dict[int, int]:
    """Give whose each promise is that a deputy has, by promise; the others are left out. One query."""
    lent = Lent.objects.filter(promise_id__in=list(promise_ids), back_at__isnull=True)
    return {pk: owner for pk, owner in lent.values_list("promise_id", "absence__employee_id") if pk}
