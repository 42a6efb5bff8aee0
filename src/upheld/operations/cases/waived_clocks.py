"""End the clock of a waived promise: the case goes on, and its record shows by whose word this clock stopped."""

from __future__ import annotations

from datetime import datetime

from upheld.operations.cases.live_clocks import cancel_clocks, clocks_of
from upheld.records.cases.models import Case, CaseStep
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee


def end_waived_clock(case: Case, waived: Promise, *, by: Employee, reason: str, at: datetime) -> None:
    """Stop the clock of a promise within the act that waives it; the caller holds the case and writes the promise."""
    at = max(at, case.last_step_at)
    clocks = [one for one in clocks_of(case.pk) if one.promise_id == waived.pk and not one.ended]
    detail = {"waived": waived.pk, "clause": waived.clause}
    step = CaseStep.objects.create(case=case, what="note", at=at, by=by, note=reason, detail=detail)
    cancel_clocks(clocks, at=at, step_id=step.pk, reason="waived")
    case.last_step_at = at
    case.save(update_fields=["last_step_at"])
