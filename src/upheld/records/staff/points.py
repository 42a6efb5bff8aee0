"""Read who is counted in points: the people of one job, and those whom a lead reads by name."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from upheld.records.staff.models import Employee


def employees_of_job(job: str) -> QuerySet[Employee]:
    """Select the people of a job who are still here, among whom places are given."""
    return Employee.objects.filter(job=job, is_active=True).select_related("unit").order_by("code")


def employees_with_ids(employee_ids: Collection[int] | None) -> QuerySet[Employee]:
    """Select employees by id (None: all), each with the unit."""
    found = Employee.objects.filter(is_active=True)
    if employee_ids is not None:
        found = found.filter(pk__in=employee_ids)
    return found.select_related("unit").order_by("unit__code", "code")
