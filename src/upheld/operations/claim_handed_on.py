"""Hand what was claimed on to whom the clause names: the hotline reopens (CT-46), the manager brings the card (CT-44).

Whoever takes the claim counts the quota; who carries it out gets a case, so that what was promised at one desk is not
forgotten at another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from upheld.operations.cases.open_case import open_case
from upheld.operations.who_may import MANAGING
from upheld.records.staff.choices import Job
from upheld.records.staff.models import Employee
from upheld.records.staff.near import nearest_unit_with
from upheld.records.staff.queries import responsible_for, responsible_for_groups

KIND = "order"
CHANNELS = {
    Job.HOTLINE_AGENT.value: "hotline", Job.STORE_CLERK.value: "store", Job.FIELD_ENGINEER.value: "field",
}  # fmt: skip


@dataclass(frozen=True)
class Taker:
    """Who carries a claim out: somebody, or whoever takes it out of the queue of a unit."""

    employee_id: int | None
    unit_id: int | None


def taker_of(
    carried_out_by: str | None,
    *,
    by: Employee | None,
    person_id: int | None,
    group_id: int | None,
    at: datetime,
) -> Taker | None:
    """Say to whom a claim is handed on; None where `by` (None: the system) does it, or nobody is there to take it."""
    if carried_out_by is None or by is None:
        return None
    if carried_out_by == "hotline":
        if by.job == Job.HOTLINE_AGENT:
            return None
        unit_id = nearest_unit_with(Job.HOTLINE_AGENT, unit_id=by.unit_id)
        leads_it = by.job == Job.TEAM_LEAD and unit_id == by.unit_id
        return None if unit_id is None or leads_it else Taker(None, unit_id)
    if by.job in MANAGING:
        return None
    day = timezone.localdate(at)
    if person_id is not None:
        manager_id = responsible_for([person_id], day=day).get(person_id)
    else:
        manager_id = responsible_for_groups([group_id or 0], day=day).get(group_id or 0)
    manager = Employee.objects.filter(pk=manager_id or 0).exclude(pk=by.pk).first()
    return Taker(manager.pk, manager.unit_id) if manager is not None else None


def hand_on(
    taker: Taker,
    *,
    by: Employee,
    key: str,
    summary: str,
    person_id: int | None,
    group_id: int | None,
    service_id: int | None,
    at: datetime,
) -> int:
    """Open the case by which the claim of a `key` reaches its taker, and return its number; once for a key."""
    opened = open_case(
        by=by, kind=KIND, key=f"hands on claim {key}", channel=CHANNELS.get(by.job, "manager"), summary=summary,
        person=person_id, group=group_id, service=service_id, handler=taker.employee_id, unit=taker.unit_id, at=at,
    )  # fmt: skip
    return opened.case_id
