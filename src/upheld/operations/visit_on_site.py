"""What an engineer does at the customer's: arrive, find nobody, repair; one tap each, sent again it counts once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from upheld.operations.audit_trail import write_entry
from upheld.operations.cases.acting import act_on
from upheld.operations.cases.dated_promises import end_as_done
from upheld.operations.cases.reach_event import reach_event
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import resume_case, wait_for
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.policy.facts import FACTS
from upheld.records.cases.models import Case, CaseStep
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

CAUSES = FACTS["fault_cause"].values


def arrive_on_site(
    *, case: Case | int, by: Employee, key: str, note: str = "", at: datetime | None = None
) -> CaseStep:
    """Write down that the engineer is with the customer: clocks of arrival stop, the time agreed is kept or was missed.

    A case that waited goes on. Coming a second time is a note, for the clocks of arrival were stopped the first time.
    """
    pk = case.pk if isinstance(case, Case) else case
    require_job(by, "work_case", act="arrive_on_site", subject_kind="case", subject_id=pk)
    with transaction.atomic():
        done = _done_before(pk, key)
        if done is not None:
            return done
        _go_on(pk, by, key, at)
        step = _reach(pk, by, "onsite_arrival", "arrived_again", note, key, at)
        _end_appointments(pk, step.at, by)
        return step


def nobody_there(
    *, case: Case | int, by: Employee, key: str, note: str, at: datetime | None = None
) -> CaseStep:
    """Write down that the customer was not there: the time agreed is kept, and the case waits for the customer.

    A case that waits already goes on waiting, and its clocks stand as they stood: a second empty visit is a note.
    """
    pk = case.pk if isinstance(case, Case) else case
    require_job(by, "work_case", act="nobody_there", subject_kind="case", subject_id=pk)
    with transaction.atomic():
        done = _done_before(pk, key)
        if done is not None:
            return done
        if Case.objects.filter(pk=pk, state="waiting").exists():
            if not note.strip():
                raise ActRefused("no_reason", "say in a few words what was found")
            step = _note(pk, by, "nobody_there_again", note, key, at)
        else:
            step = wait_for(case=pk, by=by, waiting_for="customer", note=note, key=key, at=at)
        _end_appointments(pk, step.at, by)
        return step


def repair_done(
    *,
    case: Case | int,
    by: Employee,
    key: str,
    cause: str,
    note: str,
    settled: bool = False,
    pressed_at: datetime | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Write down that it works again and what it came from; `settled`: the customer tried it and was told.

    `pressed_at`: when the tap was made, where a later step of the case dates it otherwise; it is kept with the cause.
    Raises ActRefused for an unknown cause or nothing said of what was done.
    """
    pk = case.pk if isinstance(case, Case) else case
    if cause not in CAUSES:
        raise ActRefused("unknown_cause", f"{cause!r} is not one of {', '.join(CAUSES)}")
    if not note.strip():
        raise ActRefused("no_outcome", "say in a few words what was done")
    require_job(by, "work_case", act="repair_done", subject_kind="case", subject_id=pk)
    with transaction.atomic():
        done = _done_before(pk, key)
        if done is not None:
            return done
        _go_on(pk, by, key, at)
        with act_on(pk, by=by, key=f"{key}:cause", at=at) as act:
            if act.done is None:
                pressed = {"pressed_at": pressed_at.isoformat()} if pressed_at else {}
                act.step("note", note="", detail={"fault_cause": cause, **pressed})
                act.save()
        step = _reach(pk, by, "repaired", "repaired_again", note.strip(), key, at)
        _end_appointments(pk, step.at, by)
        if settled:
            settle_case(case=pk, by=by, outcome=note.strip(), key=f"{key}:settled", at=at)
        return step


def cause_of(case_id: int) -> str | None:
    """Return what the fault of a case came from, as last written down; None where nobody has said."""
    said = CaseStep.objects.filter(case_id=case_id, detail__has_key="fault_cause").order_by("-pk").first()
    return said.detail["fault_cause"] if said is not None else None


def _reach(
    case_id: int, by: Employee, event: str, again: str, note: str, key: str, at: datetime | None
) -> CaseStep:
    """Reach an event; where its clocks were stopped before, and none runs again, it is a note of the case."""
    try:
        with transaction.atomic():
            return reach_event(case=case_id, by=by, event=event, note=note, key=key, at=at)
    except ActRefused as refused:
        if refused.code != "already_reached":
            raise
    return _note(case_id, by, again, note, key, at)


def _note(case_id: int, by: Employee, again: str, note: str, key: str, at: datetime | None) -> CaseStep:
    with act_on(case_id, by=by, key=key, at=at) as act:
        step: CaseStep = act.done or act.step("note", note=note, detail={again: True})
        if act.done is None:
            act.save()
        return step


def _done_before(case_id: int, key: str) -> CaseStep | None:
    """Lock the case and look up the step of a tap that was sent before: what happened since must stay as it is."""
    Case.objects.select_for_update(no_key=True).filter(pk=case_id).first()
    return CaseStep.objects.filter(case_id=case_id, key=key).first()


def _go_on(case_id: int, by: Employee, key: str, at: datetime | None) -> None:
    if Case.objects.filter(pk=case_id, state="waiting").exists():
        resume_case(case=case_id, by=by, key=f"{key}:resumed", at=at)


def _end_appointments(case_id: int, arrived_at: datetime, by: Employee) -> None:
    """End the times agreed: kept by arriving in time, else broken and done late."""
    owed = Promise.objects.filter(case_id=case_id, action="onsite_arrival", source="appointment").exclude(
        state__in=["kept", "waived", "cancelled"]
    )
    for one in owed.order_by("pk").select_for_update(no_key=True):
        if one.state == "broken" and one.late:
            continue
        end_as_done(one, arrived_at)
        detail = {"case": case_id, "state": one.state, "late": one.late}
        write_entry(act="end_appointment", by=by, subject_kind="promise", subject_id=one.pk, detail=detail)
