"""Read who serves how many: the load of each employee by class, and who could be given one more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Count

from upheld.policy.assignments import FAR, Candidate
from upheld.records.people.models import Region
from upheld.records.periods import on_day
from upheld.records.staff.absences import absences_from
from upheld.records.staff.models import Absence, Assignment, Employee

__all__ = [
    "RegionTree",
    "candidates_for",
    "loads",
    "loads_by_class",
]


class RegionTree:
    """The regions with their way up; two queries less for each question about a distance."""

    def __init__(self) -> None:
        self._above = dict(Region.objects.values_list("pk", "parent_id"))

    def way_up(self, region_id: int | None) -> list[int]:
        """Give a region and those above it, the nearest first; empty where it is not known."""
        way: list[int] = []
        while region_id is not None and region_id not in way and region_id in self._above:
            way.append(region_id)
            region_id = self._above[region_id]
        return way

    def distance(self, one: int | None, other: int | None) -> int:
        """Count the steps from one region to another over the nearest above both; FAR where there is none."""
        ups, downs = self.way_up(one), self.way_up(other)
        for steps, region in enumerate(ups):
            if region in downs:
                return steps + downs.index(region)
        return FAR


def loads(*, kind: str, day: date, employee_ids: Collection[int] | None = None) -> Counter[int]:
    """Count the persons and groups that each employee serves in one way on a day. One query."""
    found = Assignment.objects.filter(on_day(day), kind=kind)
    if employee_ids is not None:
        found = found.filter(employee_id__in=employee_ids)
    return Counter(dict(found.values_list("employee_id").annotate(Count("pk"))))


def loads_by_class(*, day: date, employee_ids: Collection[int] | None = None) -> dict[int, Counter[str]]:
    """Count whom each employee serves on a day by class of group; persons of their own count as `person`."""
    found = Assignment.objects.filter(on_day(day))
    if employee_ids is not None:
        found = found.filter(employee_id__in=employee_ids)
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    rows = found.values_list("employee_id", "group__group_class").annotate(n=Count("pk"))
    for employee, group_class, number in rows:
        counted[employee][group_class or "person"] += number
    return dict(counted)


def candidates_for(
    *,
    kind: str,
    job: str,
    region_id: int | None,
    day: date,
    within: Iterable[int] | None = None,
    tree: RegionTree | None = None,
    load: Counter[int] | None = None,
) -> list[Candidate]:
    """Give the active employees of a job who could serve somebody in a region, with distance, languages and load.

    `tree` and `load` may be given by whoever asks for many. Who knows no languages is taken to speak Mandarin.
    """
    employees = Employee.objects.filter(job=job, is_active=True)
    if within is not None:
        employees = employees.filter(pk__in=list(within))
    tree, load = tree or RegionTree(), load if load is not None else loads(kind=kind, day=day)
    away = absences_from(day)
    rows = employees.order_by("code").values_list("pk", "code", "unit__region_id", "speaks")
    return [
        Candidate(
            pk,
            code,
            tree.distance(region_id, region) if region is not None else FAR,
            frozenset(speaks or ["zh"]),
            load.get(pk, 0),
            any(one.from_date <= day < one.until_date for one in away.get(pk, ())),
        )
        for pk, code, region, speaks in rows
    ]


def is_absent(employee_id: int, *, day: date) -> bool:
    """Tell whether an employee is away on a day."""
    return Absence.objects.filter(employee_id=employee_id, from_date__lte=day, until_date__gt=day).exists()
