"""Read how many days the staff is there in a range: the supply side of whether a staff is enough."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import NamedTuple

from upheld.records.staff.absences import absences_from
from upheld.records.staff.models import Employee


class Days(NamedTuple):
    """How many employees of a job a unit has, and how many days they are there in all."""

    unit_id: int
    unit: str
    job: str
    employees: int
    days: int


def days_of_staff(
    *,
    from_date: date,
    until_date: date,
    jobs: Collection[str],
    is_working: Callable[[int], bool],
    unit_ids: Collection[int] | None = None,
) -> list[Days]:
    """Count the working days of the active employees of some jobs in [from_date, until_date), absences taken off."""
    worked = [day for day in range(from_date.toordinal(), until_date.toordinal()) if is_working(day)]
    away = absences_from(from_date)
    employees = Employee.objects.filter(job__in=jobs, is_active=True, unit__isnull=False)
    if unit_ids is not None:
        employees = employees.filter(unit_id__in=unit_ids)
    found: dict[tuple[int, str], Days] = {}
    for pk, unit, name, job in employees.order_by("unit__code", "code").values_list(
        "pk", "unit_id", "unit__name", "job"
    ):
        gone = [(one.from_date.toordinal(), one.until_date.toordinal()) for one in away.get(pk, ())]
        there = sum(not any(begins <= day < ends for begins, ends in gone) for day in worked)
        known = found.get((unit or 0, job), Days(unit or 0, name or "", job, 0, 0))
        found[unit or 0, job] = known._replace(employees=known.employees + 1, days=known.days + there)
    return list(found.values())
