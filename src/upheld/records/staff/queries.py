"""Read the organisation.

Who stands below whom, whose customers are whose, and who answers for a customer on a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from upheld.records.among import among
from upheld.records.people.models import Group, GroupRole, Person
from upheld.records.people.queries import regions_below
from upheld.records.periods import on_day
from upheld.records.staff.choices import AssignmentKind, Job
from upheld.records.staff.models import Assignment, Employee, Unit

Instead = Mapping[tuple[str, str], Mapping[int, int]]
"""Who is to serve persons and groups in place of who does, by ("person" or "group", kind): a change not made yet."""


@dataclass(frozen=True)
class Book:
    """The customers somebody serves: queries over persons and groups, not yet run."""

    people: QuerySet[Person]
    groups: QuerySet[Group]


def units_below(unit: Unit | int) -> list[int]:
    """Give the ids of a unit and of every unit below it."""
    sql = """
        WITH RECURSIVE below AS (
            SELECT id FROM staff_unit WHERE id = %s
            UNION
            SELECT child.id FROM staff_unit child JOIN below ON child.parent_id = below.id
        ) SELECT id FROM below"""
    return [found.pk for found in Unit.objects.raw(sql, [unit.pk if isinstance(unit, Unit) else unit])]


def unit_tree() -> list[tuple[Unit, int]]:
    """Give every unit with its depth, each right before the units below it, sorted by code. One query."""
    below: dict[int | None, list[Unit]] = {}
    for unit in Unit.objects.select_related("region").order_by("code"):
        below.setdefault(unit.parent_id, []).append(unit)
    tree: list[tuple[Unit, int]] = []
    rest = [(unit, 0) for unit in reversed(below.get(None, []))]
    while rest:
        unit, depth = rest.pop()
        tree.append((unit, depth))
        rest += [(child, depth + 1) for child in reversed(below.get(unit.pk, []))]
    return tree


def team_of(team_lead: Employee) -> QuerySet[Employee]:
    """Select the employees of a lead's unit and of the units below, the lead included; who left comes last.

    Who left is among them, for what they still owe is the lead's to hand over. Without a unit, the lead.
    """
    if team_lead.unit_id is None:
        return Employee.objects.filter(pk=team_lead.pk)
    units = units_below(team_lead.unit_id)
    team = Employee.objects.filter(Q(unit_id__in=units) | Q(pk=team_lead.pk))
    return team.select_related("unit").order_by("-is_active", "unit__code", "code")


def employees_serving(unit_ids: Collection[int] | None = None) -> QuerySet[Employee]:
    """Select the account and phone managers, of the units or of all; who left comes last."""
    serving = Employee.objects.filter(job__in=[Job.ACCOUNT_MANAGER, Job.PHONE_MANAGER])
    if unit_ids is not None:
        serving = serving.filter(unit_id__in=unit_ids)
    return serving.select_related("unit").order_by("-is_active", "unit__code", "code")


def leavers() -> frozenset[int]:
    """Give the ids of the employees whose accounts are closed."""
    return frozenset(Employee.objects.filter(is_active=False).values_list("pk", flat=True))


def book_of(employee: Employee | int, *, day: date) -> Book:
    """Select whom an employee serves on a day.

    The groups assigned, their people, and the persons assigned alone.
    """
    return book_of_all([employee.pk if isinstance(employee, Employee) else employee], day=day)


def book_of_all(employee_ids: Iterable[int] | QuerySet, *, day: date) -> Book:
    """Select whom any of the employees serves on a day, such as a whole team."""
    ids = employee_ids if isinstance(employee_ids, QuerySet) else list(employee_ids)
    assigned = Assignment.objects.filter(on_day(day), employee_id__in=ids)
    group_ids = assigned.filter(group_id__isnull=False).values("group_id")
    through_groups = GroupRole.objects.filter(on_day(day), group_id__in=group_ids).values("person_id")
    alone = assigned.filter(person_id__isnull=False).values("person_id")
    return Book(
        people=Person.objects.filter(pk__in=alone.union(through_groups)),
        groups=Group.objects.filter(pk__in=group_ids),
    )


def serves_person(employee_ids: Iterable[int], person_id: int, *, day: date) -> bool:
    """Tell whether one of the employees serves the person on a day, alone or through a group."""
    return book_of_all(employee_ids, day=day).people.filter(pk=person_id).exists()


def serves_group(employee_ids: Iterable[int], group_id: int, *, day: date) -> bool:
    """Tell whether one of the employees serves the group on a day."""
    return book_of_all(employee_ids, day=day).groups.filter(pk=group_id).exists()


def is_in_region_of(employee: Employee, *, person_id: int | None, group_id: int | None, day: date) -> bool:
    """Tell whether a person or a group belongs to the region of the employee's unit, or to one below it.

    A person without a region is where the person's groups are on the day.
    """
    if employee.unit is None or employee.unit.region_id is None:
        return False
    regions = regions_below(employee.unit.region_id)
    if person_id is None:
        return Group.objects.filter(pk=group_id or 0, region_id__in=regions).exists()
    groups = GroupRole.objects.filter(on_day(day), group__region_id__in=regions).values("person_id")
    here = Q(region_id__in=regions) | Q(region_id=None, pk__in=groups)
    return Person.objects.filter(here, pk=person_id).exists()


def responsible_for(
    person_ids: Sequence[int], *, day: date, instead: Instead | None = None
) -> dict[int, int]:
    """Give the employee who answers for each person on a day; a person without one is left out. Two queries.

    A person's own account manager, else own phone manager, else the account manager of the person's group (of
    several groups, one where the person has a role, then the higher class). Employees who left answer for
    nobody. With `instead`, who would answer after that change.
    """
    answers = _assigned("person_id", person_ids, day, instead)
    rest = [person for person in person_ids if person not in answers]
    if not rest:
        return answers
    managers = Q(
        group__assignments__kind=AssignmentKind.ACCOUNT_MANAGER, group__assignments__employee__is_active=True
    )
    rows = GroupRole.objects.filter(
        among("person_id", rest), on_day(day), managers & on_day(day, "group__assignments__")
    ).values_list("person_id", "group__assignments__employee_id", "role", "group__group_class", "group_id")
    through = list(rows)
    changed = (instead or {}).get(("group", AssignmentKind.ACCOUNT_MANAGER.value), {})
    if changed:
        roles = GroupRole.objects.filter(among("person_id", rest), among("group_id", changed), on_day(day))
        through = [row for row in through if row[-1] not in changed] + [
            (person, changed[group], role, group_class, group)
            for person, role, group_class, group in roles.values_list(
                "person_id", "role", "group__group_class", "group_id"
            )
        ]
    best: dict[int, tuple[bool, str, int]] = {}
    for person, employee, role, group_class, group in through:
        strength = (role is None, group_class, group)
        if person not in best or strength < best[person]:
            best[person] = strength
            answers[person] = employee
    return answers


def responsible_for_groups(
    group_ids: Sequence[int], *, day: date, instead: Instead | None = None
) -> dict[int, int]:
    """Give the account manager, else the phone manager, who answers for each group on a day. One query."""
    return _assigned("group_id", group_ids, day, instead)


def chief_representatives(group_ids: Sequence[int], *, day: date) -> dict[int, int]:
    """Give the chief customer representative of each group that has one on a day (KEY-40). One query."""
    chiefs = Assignment.objects.filter(
        on_day(day),
        group_id__in=group_ids,
        kind=AssignmentKind.CHIEF_REPRESENTATIVE,
        employee__is_active=True,
    )
    return {group: employee for group, employee in chiefs.values_list("group_id", "employee_id") if group}


def assignments_of_person(person_id: int, *, day: date) -> list[Assignment]:
    """Give the assignments of a person and of the person's groups on a day, each with employee and group."""
    groups = GroupRole.objects.filter(on_day(day), person_id=person_id).values("group_id")
    assigned = Assignment.objects.filter(on_day(day)).filter(Q(person_id=person_id) | Q(group_id__in=groups))
    return list(assigned.select_related("employee", "employee__unit", "group").order_by("group_id", "kind"))


def assignments_of_group(group_id: int, *, day: date) -> list[Assignment]:
    """Give the group's assignments on a day, each with the employee."""
    assigned = Assignment.objects.filter(on_day(day), group_id=group_id)
    return list(assigned.select_related("employee", "employee__unit").order_by("kind"))


def _assigned(column: str, ids: Sequence[int], day: date, instead: Instead | None = None) -> dict[int, int]:
    """Give the assigned employee of each subject; an account manager comes before a phone manager."""
    kinds = [AssignmentKind.ACCOUNT_MANAGER, AssignmentKind.PHONE_MANAGER]
    assigned = Assignment.objects.filter(
        among(column, ids), on_day(day), kind__in=kinds, employee__is_active=True
    )
    of_kind: dict[str, dict[int, int]] = {kind.value: {} for kind in kinds}
    for subject, kind, employee in assigned.order_by("pk").values_list(column, "kind", "employee_id"):
        of_kind[kind].setdefault(subject, employee)
    for kind, found in of_kind.items():
        changed = (instead or {}).get((column.removesuffix("_id"), kind), {})
        found.update((subject, changed[subject]) for subject in ids if subject in changed)
    return of_kind["phone_manager"] | of_kind["account_manager"]
