"""Read the chief customer representatives: executives, and how many groups each keeps the tie with (KEY-40)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from upheld.records.people.models import Group
from upheld.records.periods import on_day
from upheld.records.staff.choices import AssignmentKind, Job
from upheld.records.staff.models import Assignment, Employee


def chief_with_code(code: str) -> Employee | None:
    """Give an active executive by staff number, or None."""
    rows = Employee.objects.filter(job=Job.CHIEF_REPRESENTATIVE, is_active=True, code=code)
    return rows.select_related("unit").first()


@dataclass(frozen=True)
class GroupsAlike:
    """The groups of one class and kind, which no standard tells apart: how many, and how many have an executive."""

    group_class: str
    group_kind: str | None
    population: int
    covered: int


def groups_by_class_and_kind(*, day: date) -> list[GroupsAlike]:
    """Count the groups by class and kind, and those of them with an executive on a day (KEY-40). One query."""
    rows = (
        Group.objects.annotate(has_chief=Exists(_chief_of_group(day)))
        .values_list("group_class", "group_kind")
        .annotate(population=Count("pk"), covered=Count("pk", filter=Q(has_chief=True)))
        .order_by("group_class", "group_kind")
    )
    return [GroupsAlike(*row) for row in rows]


def groups_without_chief(alike: Collection[GroupsAlike], *, day: date, most: int) -> list[Group]:
    """Give the first groups of some classes and kinds without an executive, the higher class first. One query."""
    if not alike:
        return []
    wanted = Q()
    for one in alike:
        wanted |= Q(group_class=one.group_class, group_kind=one.group_kind)
    rows = Group.objects.filter(wanted & ~Exists(_chief_of_group(day))).select_related("region")
    return list(rows.defer("bigrams", "pinyin_key").order_by("group_class", "region__code", "code")[:most])


def _chief_of_group(day: date) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        on_day(day),
        group_id=OuterRef("pk"),
        kind=AssignmentKind.CHIEF_REPRESENTATIVE,
        employee__is_active=True,
    )


def groups_of_chiefs(*, day: date) -> list[tuple[Employee, int]]:
    """Give every active executive with the number of groups assigned on a day, the most first. Two queries."""
    counted = dict(
        Assignment.objects.filter(on_day(day), kind=AssignmentKind.CHIEF_REPRESENTATIVE, group__isnull=False)
        .values_list("employee_id")
        .annotate(number=Count("pk"))
    )
    rows = Employee.objects.filter(job=Job.CHIEF_REPRESENTATIVE, is_active=True).select_related("unit")
    return sorted(((one, counted.get(one.pk, 0)) for one in rows), key=lambda pair: (-pair[1], pair[0].code))
