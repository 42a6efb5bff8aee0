"""Find appointments of one employee that lie in the same time, as they do after a book was handed over.

Nobody is in two places at once: such appointments are kept, both of them, until somebody settles with a customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import combinations
from typing import NamedTuple

from django.db.models import Q

from upheld.records.promises.choices import Source
from upheld.records.promises.models import Promise
from upheld.records.promises.planned import hours_agreed


class Agreed(NamedTuple):
    """One appointment: its promise, who goes or calls, from when until when."""

    promise_id: int
    employee_id: int
    begins_at: datetime
    until_at: datetime


class Clash(NamedTuple):
    """Two appointments of one employee in the same time, the earlier first."""

    employee_id: int
    first_id: int
    second_id: int


def appointments_of(
    employee_ids: Collection[int], *, from_date: date, also: Collection[int] = ()
) -> list[Agreed]:
    """Give the open appointments of some employees from a day on, and those named besides. Two queries."""
    rows = Promise.objects.filter(
        Q(responsible_id__in=employee_ids) | Q(pk__in=also),
        source=Source.APPOINTMENT,
        state="open",
        case__isnull=True,
        due_date__gte=from_date,
    )
    columns = ("pk", "responsible_id", "due_at")
    found = {pk: (who, until) for pk, who, until in rows.values_list(*columns) if who and until}
    return [
        Agreed(pk, found[pk][0], begins_at, found[pk][1])
        for pk, begins_at in sorted(hours_agreed(found).items())
    ]


def clashes_among(appointments: Iterable[Agreed]) -> list[Clash]:
    """Give each two appointments of one employee that lie in the same time, in the order of their hours."""
    of_employee: dict[int, list[Agreed]] = defaultdict(list)
    for one in sorted(appointments, key=lambda one: (one.begins_at, one.promise_id)):
        of_employee[one.employee_id].append(one)
    return [
        Clash(employee, first.promise_id, second.promise_id)
        for employee, agreed in of_employee.items()
        for first, second in combinations(agreed, 2)
        if second.begins_at < first.until_at and first.begins_at < second.until_at
    ]


def clashes_of(employee_ids: Collection[int], *, from_date: date) -> list[Clash]:
    """Give the appointments of some employees that lie in the same time, from a day on, and are to be settled."""
    return clashes_among(appointments_of(employee_ids, from_date=from_date))
