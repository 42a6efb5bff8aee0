"""Say who may arrange when a promise is done: whoever owes it, the lead of their team, and who oversees all."""

from __future__ import annotations

from contextlib import AbstractContextManager

from upheld.operations import audit_trail
from upheld.operations.refusals import NotAllowed
from upheld.operations.waive_promise import is_of_team
from upheld.operations.who_may import job_may
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee


def may_arrange(owed: Promise, by: Employee) -> bool:
    """Tell whether somebody may set the day of a promise, or the hour of an appointment."""
    if not job_may(by, "arrange_days"):
        return False
    if owed.responsible_id == by.pk or job_may(by, "waive_promise_of_any_team"):
        return True
    return job_may(by, "waive_promise") and is_of_team(owed, by)


def refusals_noted(owed_id: int, by: Employee, *, act: str) -> AbstractContextManager[None]:
    """Note in the audit trail who was refused a promise of somebody else's, after the act has been rolled back."""
    return audit_trail.refusals_noted(act=act, by=by, subject_kind="promise", subject_id=owed_id)


def require_own(owed: Promise, by: Employee) -> None:
    """Raise NotAllowed unless somebody may arrange the promise."""
    if not may_arrange(owed, by):
        raise NotAllowed("not_yours_to_arrange", "this promise is somebody else's to arrange")
