"""Settle a case: what the customer wanted is done and the customer was told; every clock that still runs stops."""

from __future__ import annotations

from datetime import datetime

from upheld.operations.cases.acting import act_on
from upheld.operations.cases.live_clocks import stop_clocks
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import Case, CaseStep
from upheld.records.staff.models import Employee


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
        act.save(state="settled", waiting_for=None, outcome=outcome.strip())
        return step
