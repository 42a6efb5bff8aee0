"""Say whose customers somebody reaches, and refuse an act on anybody else's, before its transaction begins.

An account manager reaches the own book, a team lead the team's, the others all: a caller, or who stands at the counter,
may be anybody's customer. The pages ask the same (`faces/book.py`) before they show a button.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.utils import timezone

from upheld.operations.audit_trail import note_refusal
from upheld.operations.refusals import NotAllowed
from upheld.records.staff.choices import Job
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import book_of_all, serves_group, serves_person, team_of

REACHING_ALL = frozenset(
    {
        Job.SERVICE_DEPARTMENT.value,
        Job.ADMINISTRATOR.value,
        Job.HOTLINE_AGENT.value,
        Job.STORE_CLERK.value,
        Job.FIELD_ENGINEER.value,
        Job.QUALITY_INSPECTOR.value,
    }
)


def employees_reached(by: Employee) -> tuple[int, ...] | None:
    """Give the employees whose customers somebody reaches; None for every customer."""
    if by.job in REACHING_ALL:
        return None
    if by.job == Job.TEAM_LEAD:
        return tuple(team_of(by).values_list("pk", flat=True))
    return (by.pk,)


def reaches(by: Employee, *, person_id: int | None, group_id: int | None, day: date | None = None) -> bool:
    """Tell whether a person, or a group, is within somebody's reach on a day (today)."""
    employees, day = employees_reached(by), day or timezone.localdate()
    if employees is None:
        return True
    if person_id is not None:
        return serves_person(employees, person_id, day=day)
    return group_id is not None and serves_group(employees, group_id, day=day)


def reaches_all(
    by: Employee, *, person_ids: Collection[int], group_ids: Collection[int], day: date | None = None
) -> bool:
    """Tell whether all of some persons and groups are within somebody's reach; two queries, however many they are."""
    employees = employees_reached(by)
    if employees is None:
        return True
    book = book_of_all(employees, day=day or timezone.localdate())
    people = book.people.filter(pk__in=person_ids).count() == len(set(person_ids))
    return people and book.groups.filter(pk__in=group_ids).count() == len(set(group_ids))


def refuse_reach(by: Employee, *, act: str, subject_kind: str, subject_id: object) -> NotAllowed:
    """Note that somebody asked for a customer of somebody else's, and give the refusal to raise."""
    why = "somebody else serves this customer"
    note_refusal(act=act, by=by, subject_kind=subject_kind, subject_id=subject_id, why=why)
    return NotAllowed("other_book", why)
