"""Read whom nobody serves who should be served, and how the employees of some units stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from upheld.records.people.models import Group, GroupRole, Person
from upheld.records.periods import on_day
from upheld.records.staff.models import Assignment, Employee


@dataclass(frozen=True)
class Unserved:
    """A group or a person whom nobody serves in one way; `group_class` is empty for a person."""

    column: str
    id: int
    code: str
    name: str
    group_class: str
    region: str
    kind: str
    clause: str | None


def kinds_of_groups() -> list[tuple[str, str | None]]:
    """Give the classes and kinds of groups that there are. One query."""
    return list(Group.objects.values_list("group_class", "group_kind").distinct().order_by())


def groups_without(
    kind: str,
    *,
    of: Collection[tuple[str, str | None]],
    clause: str | None,
    day: date,
    region_ids: Collection[int] | None = None,
    limit: int = 500,
) -> list[Unserved]:
    """Give the groups of some classes and kinds whom no active employee serves in one way, the higher class first."""
    served = Assignment.objects.filter(
        on_day(day), kind=kind, group_id=OuterRef("pk"), employee__is_active=True
    )
    wanted = Q(pk__in=[])
    for group_class, group_kind in of:
        wanted |= Q(group_class=group_class, group_kind=group_kind)
    found = Group.objects.filter(wanted).filter(~Exists(served))
    if region_ids is not None:
        found = found.filter(region_id__in=region_ids)
    rows = found.order_by("group_class", "code").values_list(
        "pk", "code", "name", "group_class", "region__name"
    )
    return [
        Unserved("group", pk, code, name, group_class, region or "", kind, clause)
        for pk, code, name, group_class, region in rows[:limit]
    ]


def people_owed_by_nobody(
    kind: str, *, day: date, region_ids: Collection[int] | None = None, limit: int = 500
) -> list[Unserved]:
    """Give the persons who are owed something by nobody, and whom nobody serves themselves or through a group."""
    own = Assignment.objects.filter(on_day(day), person_id=OuterRef("pk"), employee__is_active=True)
    # By name only: the organisation knows nothing of promises, but the database has the link.
    owed = Person.objects.filter(promises__state="open", promises__responsible__isnull=True)
    found = Person.objects.filter(pk__in=owed.values("pk")).filter(~Exists(own)).filter(~_in_a_group(day))
    if region_ids is not None:
        found = found.filter(region_id__in=region_ids)
    rows = found.order_by("code").values_list("pk", "code", "name", "region__name")
    return [
        Unserved("person", pk, code, name, "", region or "", kind, None)
        for pk, code, name, region in rows[:limit]
    ]


def _in_a_group(day: date) -> Exists:
    # A member of a group is served through the group, whose own manager is wanted.
    roles = GroupRole.objects.filter(on_day(day), person_id=OuterRef("pk"))
    return Exists(roles)


def employees_of(unit_ids: Sequence[int] | None, *, jobs: Collection[str]) -> list[Employee]:
    """Give the active employees of some jobs, of some units or of all, by unit and code."""
    found = Employee.objects.filter(job__in=jobs, is_active=True)
    if unit_ids is not None:
        found = found.filter(unit_id__in=unit_ids)
    return list(found.select_related("unit").order_by("unit__code", "code"))


def employee_with_code(code: str) -> Employee | None:
    """Give an employee with the unit by the operator's own number, or None; who left among them."""
    return Employee.objects.select_related("unit").filter(code=code).first()


def employees_named(employee_ids: Collection[int]) -> dict[int, Employee]:
    """Give employees with their units by id."""
    return Employee.objects.select_related("unit").in_bulk(list(employee_ids))
