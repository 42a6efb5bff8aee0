"""Give a case to somebody: take it oneself, take it over from another, hand it to a colleague or a unit's queue.

Who was asked first stays named until the case is closed (CT-8); what the case still owes goes to whoever works on it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.db.models import Q

from upheld.operations.audit_trail import refusals_noted
from upheld.operations.cases.acting import Act, act_on
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.who_may import job_may
from upheld.records.cases.models import Case, CaseStep
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee, Unit
from upheld.records.staff.queries import team_of


def take_case(
    *, case: Case | int, by: Employee, key: str | None = None, note: str = "", at: datetime | None = None
) -> CaseStep:
    """Take a case out of the queue; a case that a colleague has is taken over by the lead of the team alone.

    Raises ActRefused where somebody else took it first (`taken`), NotAllowed where it is not one's to take over.
    """
    with _refusals_noted("take_case", case, by), act_on(case, by=by, key=key, at=at) as act:
        if act.done is not None:
            return act.done
        if act.case.handler_id == by.pk:
            raise ActRefused("already_yours", "the case is yours already")
        taken_over = act.case.handler_id is not None
        if taken_over:
            _refuse_takeover(act, by)
        return _give(act, "taken_over" if taken_over else "assigned", by, act.case.unit_id, note)


def hand_over(
    *,
    case: Case | int,
    by: Employee,
    to_employee: Employee | int | None = None,
    to_unit: Unit | int | None = None,
    note: str = "",
    key: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Hand a case to a colleague, who then works on it, or to a unit, in whose queue it waits to be taken.

    A colleague's case is handed on by the lead of the team alone. Raises ActRefused for nobody or both, for a
    colleague who is not there or does not work on cases, for a case that somebody else has (`taken`).
    """
    with _refusals_noted("hand_over_case", case, by), act_on(case, by=by, key=key, at=at) as act:
        if act.done is not None:
            return act.done
        if act.case.handler_id not in (None, by.pk):
            _refuse_takeover(act, by)
        if to_unit is not None and to_employee is None:
            unit_id = to_unit.pk if isinstance(to_unit, Unit) else to_unit
            unit = Unit.objects.filter(pk=unit_id).first()
            if unit is None:
                raise ActRefused("no_such_unit", "there is no such unit")
            return _give(act, "handed_over", None, unit.pk, note)
        if to_employee is None or to_unit is not None:
            raise ActRefused("to_whom", "name a colleague or a unit")
        pk = to_employee.pk if isinstance(to_employee, Employee) else to_employee
        colleague = Employee.objects.filter(pk=pk).first()
        if colleague is None or not job_may(colleague, "work_case"):
            raise ActRefused("no_such_colleague", "nobody of that name works on cases")
        return _give(act, "handed_over", colleague, colleague.unit_id or act.case.unit_id, note)


def give_case(
    *, case: Case | int, to: Employee, by: Employee | None, permission: str, note: str = ""
) -> CaseStep | None:
    """Give somebody's open case to a colleague as a part of a whole book; None where it was closed meanwhile.

    Who may give the book away is asked by the act on the book, whose `permission` this is.
    """
    try:
        with act_on(case, by=by, permission=permission) as act:
            return _give(act, "handed_over", to, to.unit_id or act.case.unit_id, note)
    except ActRefused as refused:
        if refused.code == "wrong_state":
            return None
        raise


def _refusals_noted(act: str, case: Case | int, by: Employee) -> AbstractContextManager[None]:
    """Refuse another job, and note whatever else is refused after it has been rolled back."""
    pk = case.pk if isinstance(case, Case) else case
    require_job(by, "work_case", act="work_case", subject_kind="case", subject_id=pk)
    return refusals_noted(act=act, by=by, subject_kind="case", subject_id=pk)


def _refuse_takeover(act: Act, by: Employee) -> None:
    holder = act.case.handler_id
    if not job_may(by, "lead_cases"):
        raise ActRefused("taken", "somebody else works on the case; ask for it to be handed over")
    if by.job == "team_lead" and not team_of(by).filter(pk__in=[holder]).exists():
        raise NotAllowed("other_team", "the case is another team's")


def _give(act: Act, what: str, handler: Employee | None, unit_id: int | None, note: str) -> CaseStep:
    """Write down who has the case now; its open promises are theirs."""
    case = act.case
    detail: dict[str, Any] = {"from": case.handler_id, "to": handler.pk if handler else None, "unit": unit_id}
    step = act.step(what, note=note, detail=detail)
    changed: dict[str, Any] = {"handler_id": handler.pk if handler else None, "unit_id": unit_id}
    if case.state in ("open", "assigned", "reopened"):
        changed["state"] = "assigned" if handler else "open"
    # What has run out counts against whoever had it then; a call-back that is late is still to be made.
    to_do = Q(state="open") | Q(state="broken", late=False, action="call_back")
    owed = Promise.objects.filter(to_do, case=case).order_by("pk").select_for_update(no_key=True)
    Promise.objects.filter(pk__in=[one.pk for one in owed]).update(responsible=handler)
    act.save(**changed)
    return step
