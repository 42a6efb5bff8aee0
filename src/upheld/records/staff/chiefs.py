"""Read the chief customer representatives: executives, and how many groups each keeps the tie with (KEY-40)."""

from __future__ import annotations

from datetime import date

from django.db.models import Count

from upheld.records.periods import on_day
from upheld.records.staff.choices import AssignmentKind, Job
from upheld.records.staff.models import Assignment, Employee


def chief_with_code(code: str) -> Employee | None:
    """Give an active executive by staff number, or None."""
    rows = Employee.objects.filter(job=Job.CHIEF_REPRESENTATIVE, is_active=True, code=code)
    return rows.select_related("unit").first()


def groups_of_chiefs(*, day: date) -> list[tuple[Employee, int]]:
    """Give every active executive with the number of groups assigned on a day, the most first. Two queries."""
    counted = dict(
        Assignment.objects.filter(on_day(day), kind=AssignmentKind.CHIEF_REPRESENTATIVE, group__isnull=False)
        .values_list("employee_id")
        .annotate(number=Count("pk"))
    )
    rows = Employee.objects.filter(job=Job.CHIEF_REPRESENTATIVE, is_active=True).select_related("unit")
    return sorted(((one, counted.get(one.pk, 0)) for one in rows), key=lambda pair: (-pair[1], pair[0].code))
