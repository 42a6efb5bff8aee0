"""Let a case wait, and go on: only the clocks whose clause allows it stand still meanwhile."""

from __future__ import annotations

from datetime import datetime

from upheld.operations.cases.acting import OPEN_STATES, Act, act_on
from upheld.operations.cases.live_clocks import pause_clocks, resume_clocks
from upheld.operations.cases.reach_event import ANSWERS
from upheld.operations.refusals import ActRefused
from upheld.records.cases.choices import WaitingFor
from upheld.records.cases.models import Case, CaseStep
from upheld.records.staff.models import Employee


def wait_for(
    *,
    case: Case | int,
    by: Employee | None,
    waiting_for: str,
    note: str = "",
    key: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Let a case wait for the customer, a third party or a force majeure; which clocks stand still is in the step.

    Raises ActRefused for another reason, or where it waits already.
    """
    with act_on(case, by=by, key=key, at=at, states=OPEN_STATES - {"waiting"}) as act:
        if act.done is not None:
            return act.done
        if waiting_for not in WaitingFor.values:
            raise ActRefused(
                "unknown_reason", f"{waiting_for!r} is not one of {', '.join(WaitingFor.values)}"
            )
        if not note.strip():
            raise ActRefused("no_reason", "say what the case waits for, in a few words")
        standing = [
            one
            for one in act.clocks
            if not one.ended and one.last.due_at is not None and waiting_for in one.pauses
        ]
        detail = {"was": act.case.state, "standing": [one.promise_id for one in standing]}
        step = act.step("waiting", note=note, waiting_for=waiting_for, detail=detail)
        pause_clocks(act.clocks, at=act.at, waiting_for=waiting_for, step_id=step.pk)
        act.save(state="waiting", waiting_for=waiting_for)
        return step


def resume_case(
    *,
    case: Case | int,
    by: Employee | None,
    note: str = "",
    key: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Let a waiting case go on; the clocks that stood still run on with what they had left."""
    with act_on(case, by=by, key=key, at=at, states={"waiting"}) as act:
        if act.done is not None:
            return act.done
        step = act.step("resumed", note=note)
        resume_clocks(act.clocks, at=act.at, step_id=step.pk)
        act.save(state=state_before_waiting(act), waiting_for=None)
        return step


def state_before_waiting(act: Act) -> str:
    """Tell how a waiting case stood before; an answer that was given meanwhile counts, and who took or lost it."""
    waited = CaseStep.objects.filter(case=act.case, what="waiting").order_by("-pk").first()
    if (
        waited is not None
        and CaseStep.objects.filter(case=act.case, pk__gt=waited.pk, event__in=ANSWERS).exists()
    ):
        return "answered"
    was = str(waited.detail["was"]) if waited is not None else "open"
    if was in ("open", "assigned"):
        return "assigned" if act.case.handler_id else "open"
    return was
