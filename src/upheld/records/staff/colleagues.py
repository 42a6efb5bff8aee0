"""Read the colleagues of other units: whom one department may ask for something (KEY-28)."""

from __future__ import annotations

from django.db.models import QuerySet

from upheld.records.staff.models import Employee

MOST = 300


def colleagues_elsewhere(employee: Employee) -> QuerySet[Employee]:
    """Select the active employees of other units, by job and staff number, at most MOST."""
    rows = Employee.objects.filter(is_active=True).exclude(pk=employee.pk)
    if employee.unit_id is not None:
        rows = rows.exclude(unit_id=employee.unit_id)
    return rows.order_by("job", "code")[:MOST]
