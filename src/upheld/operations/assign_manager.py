"""Assign somebody to serve a person or a group: whoever is named, or whom the rules of assignment choose.

Open promises go to the new employee in the same transaction (JOIN-12, KEY-25, CARE-40). One assignment of a kind holds
at a time: the one before ends on the day on which the new one begins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from upheld.operations.audit_trail import refusals_noted, write_entry
from upheld.operations.move_promises import change_who_serves, move_promises, who_answers
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.which_edition import edition_for
from upheld.operations.who_may import job_may
from upheld.policy.assignments import Choice, Reason, ServedBy, choose, limits
from upheld.records.people.models import Group, Person
from upheld.records.periods import on_day
from upheld.records.staff.choices import AssignmentKind
from upheld.records.staff.load import RegionTree, candidates_for
from upheld.records.staff.models import Assignment, Employee
from upheld.records.staff.queries import is_in_region_of, serves_group, serves_person, team_of

JOB_OF = {
    AssignmentKind.ACCOUNT_MANAGER.value: "account_manager",
    AssignmentKind.PHONE_MANAGER.value: "phone_manager",
    AssignmentKind.CHIEF_REPRESENTATIVE.value: "chief_representative",
}
"""Of which job the rules choose somebody for a way of serving."""


@dataclass(frozen=True)
class Assigned:
    """Who serves now, why, and whether anything was changed; `moved` counts the promises that changed hands."""

    employee_id: int
    reasons: tuple[Reason, ...] = ()
    is_new: bool = True
    moved: int = 0
    before_id: int | None = field(default=None)


def assign_manager(
    *,
    person: Person | int | None = None,
    group: Group | int | None = None,
    kind: str,
    by: Employee | None,
    day: date,
    employee: Employee | int | None = None,
    why: str = "",
) -> Assigned:
    """Let an employee serve a person or a group from a day on, as `kind` says; return who it is and why.

    Without `employee` the rules choose by region, language and load; done again, whoever serves already stays. `by`
    None is the system. Raises ActRefused (`nobody_to_choose`, `wrong_job`, `gone`, `to_whom`), NotAllowed for another
    team's customer or colleague.
    """
    if (person is None) == (group is None) or kind not in JOB_OF:
        raise ActRefused("to_whom", "name one person or one group, and a kind of assignment")
    column, subject_id = ("person", _pk(person)) if person is not None else ("group", _pk(group))
    noted = refusals_noted(act="assign_manager", by=by, subject_kind=column, subject_id=subject_id)
    with noted, transaction.atomic():
        change_who_serves()
        _lock_subject(column, subject_id)
        _allow(by, column, subject_id, day)
        return _assign(column, subject_id, kind=kind, by=by, day=day, employee=employee, why=why)


def _pk(one: Any) -> int:
    return int(getattr(one, "pk", one))


def _lock_subject(column: str, subject_id: int) -> None:
    model: Any = Person if column == "person" else Group
    if model.objects.select_for_update(no_key=True).filter(pk=subject_id).first() is None:
        raise ActRefused("no_such_customer", f"there is no {column} {subject_id}")


def _allow(by: Employee | None, column: str, subject_id: int, day: date) -> None:
    if by is None or job_may(by, "assign_manager_of_any_team"):
        return
    if not job_may(by, "assign_manager"):
        raise NotAllowed("not_a_lead", "only a team lead or above says who serves whom")
    team = list(team_of(by).values_list("pk", flat=True))
    if column == "person":
        ours = serves_person(team, subject_id, day=day)
        here = is_in_region_of(by, person_id=subject_id, group_id=None, day=day)
    else:
        ours = serves_group(team, subject_id, day=day)
        here = is_in_region_of(by, person_id=None, group_id=subject_id, day=day)
    if not (ours or here):
        raise NotAllowed("other_team", "the customer is another team's")


def _assign(
    column: str,
    subject_id: int,
    *,
    kind: str,
    by: Employee | None,
    day: date,
    employee: Employee | int | None,
    why: str,
) -> Assigned:
    held = Assignment.objects.filter(on_day(day), kind=kind, **{f"{column}_id": subject_id}).first()
    if employee is not None:
        chosen = _named(_pk(employee), kind, by)
        choice = Choice(chosen, (Reason("named", {}),), 0)
    elif held is not None and held.employee.is_active:
        return Assigned(held.employee_id, (Reason("serves_already", {}),), is_new=False)
    else:
        choice = _chosen(column, subject_id, kind=kind, by=by, day=day)
    if held is not None and held.employee_id == choice.employee_id:
        return Assigned(choice.employee_id, (Reason("serves_already", {}),), is_new=False)
    before = who_answers(
        person_ids=[subject_id] if column == "person" else [],
        group_ids=[subject_id] if column == "group" else [],
        day=day,
    )
    put_in_place({subject_id: choice.employee_id}, column=column, kind=kind, day=day)
    moved = sum(move_promises(before).values())
    detail = {
        "kind": kind,
        "employee": choice.employee_id,
        "before": held.employee_id if held else None,
        "from": day.isoformat(),
        "because": [reason.as_json() for reason in choice.reasons],
        "why": why[:500],
        "promises_moved": moved,
    }
    write_entry(act="assign_manager", by=by, subject_kind=column, subject_id=subject_id, detail=detail)
    return Assigned(
        choice.employee_id, choice.reasons, moved=moved, before_id=held.employee_id if held else None
    )


def _named(employee_id: int, kind: str, by: Employee | None) -> int:
    found = Employee.objects.filter(pk=employee_id).first()
    if found is None or not found.is_active:
        raise ActRefused("gone", "nobody of that number works here")
    if found.job not in (JOB_OF[kind], "team_lead"):
        raise ActRefused("wrong_job", f"{found.name} is no {kind.replace('_', ' ')}")
    of_any = by is None or job_may(by, "assign_manager_of_any_team")
    if by is not None and not of_any and not team_of(by).filter(pk=employee_id).exists():
        raise NotAllowed("other_team", "the employee is of another team")
    return found.pk


def _chosen(column: str, subject_id: int, *, kind: str, by: Employee | None, day: date) -> Choice:
    within = None
    if by is not None and not job_may(by, "assign_manager_of_any_team"):
        within = list(team_of(by).values_list("pk", flat=True))
    chosen = choose_for(column, [subject_id], kind=kind, day=day, within=within)
    if subject_id not in chosen:
        raise ActRefused("nobody_to_choose", f"there is no {kind.replace('_', ' ')} to choose")
    return chosen[subject_id]


def choose_for(
    column: str,
    subject_ids: Collection[int],
    *,
    kind: str,
    day: date,
    within: Collection[int] | None = None,
    without: Collection[int] = (),
    added: Counter[int] | None = None,
) -> dict[int, Choice]:
    """Choose somebody for each of some persons or groups, in the order of their ids, each choice adding to a load.

    `within` narrows the employees to choose from, `without` leaves some out (a leaver); `added` is what each was given
    already in this way, and is added to. Nothing is written.
    """
    model: Any = Person if column == "person" else Group
    rows = (
        model.objects.filter(pk__in=subject_ids)
        .order_by("pk")
        .values_list("pk", "region_id", "wished_language")
    )
    tree, limit = RegionTree(), _limit(kind, day)
    added = Counter() if added is None else added
    pools: dict[int | None, list[Any]] = {}
    chosen: dict[int, Choice] = {}
    for pk, region, wish in rows:
        if region not in pools:
            found = candidates_for(
                kind=kind, job=JOB_OF[kind], region_id=region, day=day, within=within, tree=tree
            )
            pools[region] = [one for one in found if one.employee_id not in without]
        pool = [one._replace(load=one.load + added[one.employee_id]) for one in pools[region]]
        choice = choose(kind=kind, candidates=pool, wish=wish, limit=limit)
        if choice is not None:
            chosen[pk] = choice
            added[choice.employee_id] += 1
    return chosen


def _limit(kind: str, day: date) -> ServedBy | None:
    try:
        _, rules = edition_for(day)
    except ActRefused:  # without a standard in force nobody has said how many are too many
        return None
    return limits(edition=rules, as_of=day).get(kind)


def put_in_place(employee_of: dict[int, int], *, column: str, kind: str, day: date) -> None:
    """Write assignments from a day on: what held ends that day, and what was to begin later bounds the new ones."""
    subject = f"{column}_id"
    rows = Assignment.objects.filter(**{f"{subject}__in": list(employee_of)}, kind=kind)
    rows.filter(on_day(day)).update(until_date=day)
    later: dict[int, date] = {}
    for pk, begins in rows.filter(Q(from_date__gt=day)).values_list(subject, "from_date"):
        if pk is not None:
            later[pk] = min(begins, later.get(pk, begins))
    Assignment.objects.bulk_create(
        [
            Assignment(
                **{subject: pk}, employee_id=employee, kind=kind, from_date=day, until_date=later.get(pk)
            )
            for pk, employee in sorted(employee_of.items())
        ],
        batch_size=2_000,
    )
