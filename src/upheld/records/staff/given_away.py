"""Read who served a customer and does so no more: what a page showed a moment ago may be somebody else's by now."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from upheld.records.people.models import GroupRole
from upheld.records.periods import on_day
from upheld.records.staff.models import Assignment


def gave_away(employee_id: int, *, person_id: int | None, group_id: int | None, day: date) -> bool:
    """Tell whether an employee served a customer, alone or through a group, and does so no more on a day."""
    if person_id is not None:
        groups = GroupRole.objects.filter(on_day(day), person_id=person_id).values("group_id")
        theirs = Q(person_id=person_id) | Q(group_id__in=groups)
    else:
        theirs = Q(group_id=group_id)
    held = Assignment.objects.filter(theirs, employee_id=employee_id)
    return held.filter(until_date__lte=day).exists() and not held.filter(on_day(day)).exists()
