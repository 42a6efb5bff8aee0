"""Tell a customer in advance that the visit will be late, and why (CT-49): written down with whether it was in time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from upheld.operations.cases.acting import act_on
from upheld.operations.dispatch_fault import appoint, appointments_of
from upheld.operations.job_required import require_job
from upheld.operations.messages.tell_customers import tell_delay
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import Case, CaseStep
from upheld.records.staff.models import Employee

REASONS = ("weather", "traffic", "earlier_visit", "parts", "other")
CLAUSE = "CT-49"


def notify_delay(
    *,
    case: Case | int,
    by: Employee,
    reason: str,
    key: str,
    note: str = "",
    new_at: datetime | None = None,
    pressed_at: datetime | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Write down that the customer was told of a delay; the step says whether that was before the visit was due.

    The due time is the earliest of what is open or was broken and not done: the time agreed and the clocks of arrival.
    `pressed_at`: when the tap was made, where a later step of the case dates it otherwise.
    A new time is a promise of its own; the first one stays what it was. Raises ActRefused for an unknown reason,
    `other` without words, a new time that is over.
    """
    if reason not in REASONS:
        raise ActRefused("unknown_reason", f"{reason!r} is not one of {', '.join(REASONS)}")
    if reason == "other" and not note.strip():
        raise ActRefused("no_reason", "say why it will be late, in a few words")
    pk = case.pk if isinstance(case, Case) else case
    require_job(by, "work_case", act="notify_delay", subject_kind="case", subject_id=pk)
    with transaction.atomic():
        with act_on(pk, by=by, key=key, at=at) as act:
            if act.done is not None:
                return act.done
            due_at = _due_at(pk)
            step = act.step(
                "delay_notice",
                note=note.strip(),
                detail={
                    "reason": reason,
                    "clause": CLAUSE,
                    "due_at": due_at.isoformat() if due_at else None,
                    "new_at": new_at.isoformat() if new_at else None,
                    **({"pressed_at": pressed_at.isoformat()} if pressed_at else {}),
                    "in_advance": due_at is None or act.at <= due_at,
                },
            )
            act.save()
            tell_delay(case_id=pk, key=key, reason=reason, due_at=due_at, new_at=new_at, at=act.at)
        if new_at is not None:
            appoint(case=pk, by=by, due_at=new_at, key=f"{key}:appointment", at=at)
        return step


def _due_at(case_id: int) -> datetime | None:
    owed = appointments_of(case_id).filter(state__in=["open", "broken"], late=False, paused_at__isnull=True)
    return owed.order_by("due_at").values_list("due_at", flat=True).first()
