"""Close a case once nothing more is owed for it, or because the customer took it back; who was served is asked how."""

from __future__ import annotations

from datetime import datetime

from upheld.operations.ask_survey import ask_survey
from upheld.operations.cases.acting import OPEN_STATES, Act, act_on
from upheld.operations.cases.dated_promises import end_as_not_owed
from upheld.operations.cases.live_clocks import cancel_clocks
from upheld.operations.cases.settle_case import WITHOUT_VISIT, cancel_appointments
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import Case, CaseStep
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

WITHDRAWN = "withdrawn by the customer"
"""Why the promises of a case are cancelled that its customer took back."""


def close_case(
    *,
    case: Case | int,
    by: Employee | None,
    withdrawn: bool = False,
    note: str = "",
    key: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Close a case.

    Raises ActRefused (`still_owed`) while a clock runs or a call-back is open, unless the customer took the case back:
    then what is open is cancelled, and the note says what the customer said.
    """
    with act_on(case, by=by, key=key, at=at, states=OPEN_STATES | {"settled"}) as act:
        if act.done is not None:
            return act.done
        if withdrawn and not note.strip():
            raise ActRefused("no_reason", "write down what the customer said when taking it back")
        if not withdrawn:
            _refuse_while_owed(act)
        step = act.step("closed", note=note, detail={"withdrawn": withdrawn})
        if withdrawn:
            cancel_clocks(act.clocks, at=act.at, step_id=step.pk, reason=WITHDRAWN)
            # What has no clock, such as a call-back, may have run out as well before anybody took anything back.
            still_open = Promise.objects.filter(case=act.case, state="open")
            for one in still_open.order_by("pk").select_for_update(no_key=True):
                end_as_not_owed(one, act.at, reason=WITHDRAWN)
        else:
            cancel_appointments(act, reason=WITHOUT_VISIT)
        act.save(state="closed", waiting_for=None, closed_at=act.at)
        ask_survey(case=act.case, by=by, at=act.at)
        return step


def _refuse_while_owed(act: Act) -> None:
    owed = [f"{one.clause} {one.stops_at}" for one in act.clocks if not one.ended]
    owed += list(
        Promise.objects.filter(case=act.case, state="open", source="call_back").values_list(
            "action", flat=True
        )
    )
    if owed:
        raise ActRefused("still_owed", f"still owed: {', '.join(owed)}; settle the case first")
