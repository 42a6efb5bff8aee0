"""Settle a case: what the customer wanted is done and the customer was told; every clock that still runs stops."""

from __future__ import annotations

from datetime import datetime

from upheld.operations.audit_trail import write_entry
from upheld.operations.cases.acting import Act, act_on
from upheld.operations.cases.dated_promises import end_as_not_owed
from upheld.operations.cases.live_clocks import stop_clocks
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import Case, CaseStep
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

WITHOUT_VISIT = "settled without the visit"
"""Why an agreed visit is cancelled whose case was settled before anybody went."""


def settle_case(
    *,
    case: Case | int,
    by: Employee | None,
    outcome: str,
    key: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Write down the outcome, as the customer was told it; answer, repair and settlement are reached by then.

    Raises ActRefused without an outcome.
    """
    with act_on(case, by=by, key=key, at=at) as act:
        if act.done is not None:
            return act.done
        if not outcome.strip():
            raise ActRefused("no_outcome", "write down how it was settled, as the customer was told")
        stopped = [one.promise_id for one in act.clocks if not one.ended]
        step = act.step("settled", event="settled", note=outcome.strip(), detail={"stopped": stopped})
        stop_clocks(act.clocks, at=act.at, step_id=step.pk)
        cancel_appointments(act, reason=WITHOUT_VISIT)
        act.save(state="settled", waiting_for=None, outcome=outcome.strip())
        return step


def cancel_appointments(act: Act, *, reason: str) -> None:
    """End the visits agreed for a case that nobody makes any more; one whose time is over already was not kept."""
    owed = Promise.objects.filter(case=act.case, source="appointment", state="open")
    for one in owed.order_by("pk").select_for_update(no_key=True):
        end_as_not_owed(one, act.at, reason=reason)
        detail = {"case": act.case.pk, "state": one.state, "reason": one.end_reason}
        write_entry(
            act="cancel_appointment", by=act.by, subject_kind="promise", subject_id=one.pk, detail=detail
        )
