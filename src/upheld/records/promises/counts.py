"""Count promises for the dashboard: by clause, by employee, by month, each in one query that aggregates.

A promise counts on its due date. Cancelled ones were never owed in the end and are counted nowhere but in
their own column.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from upheld.records.promises.choices import PromiseState
from upheld.records.promises.models import Promise


@dataclass(frozen=True)
class Counts:
    """How many promises of a range of due dates stand how. `late` are among the kept."""

    owed: int
    kept: int
    late: int
    broken: int
    waived: int
    open: int
    cancelled: int

    @property
    def decided(self) -> int:
        """The denominator of the rate.

        What was kept or broken. Open and waived promises say nothing yet, or nothing.
        """
        return self.kept + self.broken

    @property
    def rate(self) -> float | None:
        """The share kept of those decided, 0 to 1.

        None where nothing is decided, for that is no rate at all.
        """
        return self.kept / self.decided if self.decided else None


@dataclass(frozen=True)
class ClauseCount(Counts):
    """The counts of one clause of a standard."""

    standard: str
    clause: str


@dataclass(frozen=True)
class EmployeeCount(Counts):
    """The counts of one employee; id and name are None for what nobody was assigned to."""

    employee_id: int | None
    employee_name: str | None


@dataclass(frozen=True)
class MonthCount(Counts):
    """The counts of the promises due in one month, named by its first day."""

    month: date


_COLUMNS = {
    "owed": Count("pk", filter=~Q(state=PromiseState.CANCELLED)),
    "kept": Count("pk", filter=Q(state=PromiseState.KEPT)),
    "late": Count("pk", filter=Q(state=PromiseState.KEPT, late=True)),
    "broken": Count("pk", filter=Q(state=PromiseState.BROKEN)),
    "waived": Count("pk", filter=Q(state=PromiseState.WAIVED)),
    "open": Count("pk", filter=Q(state=PromiseState.OPEN)),
    "cancelled": Count("pk", filter=Q(state=PromiseState.CANCELLED)),
}


def counts_by_clause(
    *,
    due_from: date,
    due_until: date,
    unit_ids: Collection[int] | None = None,
    employee_ids: Collection[int] | None = None,
    clause: str | None = None,
) -> list[ClauseCount]:
    """Count by standard and clause, in that order, what falls due from `due_from` until before `due_until`.

    `unit_ids` (a unit and all below it: `staff.queries.units_below`) and `employee_ids` keep those
    responsible.
    """
    rows = _due(due_from, due_until, unit_ids, employee_ids, clause)
    counted: QuerySet[Any] = rows.values("standard", "clause").annotate(**_COLUMNS)
    return [ClauseCount(**row) for row in counted.order_by("standard", "clause")]


def counts_by_employee(
    *,
    due_from: date,
    due_until: date,
    unit_ids: Collection[int] | None = None,
    employee_ids: Collection[int] | None = None,
    clause: str | None = None,
) -> list[EmployeeCount]:
    """Count by responsible employee, by name.

    What nobody has comes last. Bounds and filters as `counts_by_clause`.
    """
    rows = _due(due_from, due_until, unit_ids, employee_ids, clause)
    counted = rows.values_list("responsible_id", "responsible__name").annotate(**_COLUMNS)
    names = tuple(_COLUMNS)
    return [
        EmployeeCount(employee_id=employee, employee_name=name, **dict(zip(names, numbers, strict=True)))
        for employee, name, *numbers in counted.order_by("responsible__name", "responsible_id")
    ]


def counts_by_month(
    *,
    due_from: date,
    due_until: date,
    unit_ids: Collection[int] | None = None,
    employee_ids: Collection[int] | None = None,
    clause: str | None = None,
) -> list[MonthCount]:
    """Count by the month of the due date, in order.

    Months without promises are left out. Filters as `counts_by_clause`.
    """
    rows = _due(due_from, due_until, unit_ids, employee_ids, clause)
    counted: QuerySet[Any] = rows.annotate(month=TruncMonth("due_date")).values("month").annotate(**_COLUMNS)
    return [MonthCount(**row) for row in counted.order_by("month")]


def _due(
    due_from: date,
    due_until: date,
    unit_ids: Collection[int] | None,
    employee_ids: Collection[int] | None,
    clause: str | None,
) -> QuerySet[Promise]:
    rows = Promise.objects.filter(due_date__gte=due_from, due_date__lt=due_until)
    if unit_ids is not None:
        rows = rows.filter(responsible__unit_id__in=list(unit_ids))
    if employee_ids is not None:
        rows = rows.filter(responsible_id__in=list(employee_ids))
    if clause is not None:
        rows = rows.filter(clause=clause)
    return rows
