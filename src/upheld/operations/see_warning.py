"""Take note of warnings: an employee has seen them, and the bell is quiet until the next one."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.sql import warnings as sql
from upheld.records.promises.warnings import Reader, reaching
from upheld.records.staff.choices import Job
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import units_below


def reader_of(employee: Employee) -> Reader:
    """Say on which ways warnings reach an employee: a lead hears of the units below, the department of everything."""
    units: tuple[int, ...] = ()
    team: tuple[int, ...] = ()
    if employee.job == Job.TEAM_LEAD and employee.unit_id is not None:
        units = tuple(units_below(employee.unit_id))
        led = Employee.objects.filter(unit_id__in=units).exclude(pk=employee.pk)
        team = tuple(led.order_by().values_list("pk", flat=True))
    is_department = employee.job == Job.SERVICE_DEPARTMENT
    return Reader(employee_id=employee.pk, leads_units=units, leads=team, is_department=is_department)


@transaction.atomic
def see_warnings(*, by: Employee, warnings: Collection[int] | None = None) -> int:
    """Note that an employee has seen some warnings, with the earlier ones of their promises, or all; return how many.

    Warnings that do not reach the employee, or were seen before, are passed over; a second click stores nothing.
    """
    unseen = reaching(reader_of(by), now=timezone.now(), warning_ids=warnings)
    if not unseen:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.ADD_SEEN, [sorted(unseen), by.pk])
        added = int(cursor.rowcount)
    if added:
        write_entry(act="see_warnings", by=by, subject_kind="warning", detail={"seen": added})
    return added
