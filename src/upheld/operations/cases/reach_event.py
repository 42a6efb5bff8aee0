"""Reach an event of a case, such as the first answer: its clocks stop, and the next stage of a chain begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from upheld.operations.cases.acting import Act, act_on
from upheld.operations.cases.clock_facts import happened_in, stored_subject
from upheld.operations.cases.live_clocks import (
    Begun,
    Live,
    begin_clocks,
    edition_with_id,
    pause_clocks,
    stop_clocks,
)
from upheld.operations.cases.open_case import first_event
from upheld.operations.refusals import ActRefused
from upheld.policy.deadlines import clocks_of
from upheld.policy.kinds.deadlines import STOPS
from upheld.records.cases.models import Case, CaseStep
from upheld.records.staff.models import Employee

REACHED = tuple(stop for stop in STOPS if stop != "settled")
"""The events that are reached one by one; a case is settled by an act of its own."""

ANSWERS = ("first_answer", "outcome_reply", "legal_answer")
"""The events by which a customer has been answered."""


def reach_event(
    *,
    case: Case | int,
    by: Employee | None,
    event: str,
    note: str = "",
    key: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Write down that an event was reached, which stops its clocks; the step names the promises it kept.

    The stage of a chain that this event starts begins at that instant. Raises ActRefused for an unknown event, and for
    one that was reached before.
    """
    with act_on(case, by=by, key=key, at=at) as act:
        if act.done is not None:
            return act.done
        if event not in REACHED:
            raise ActRefused("unknown_event", f"{event!r} is not one of {', '.join(REACHED)}")
        clocks = [one for one in act.clocks if one.stops_at == event and not one.ended]
        if not clocks and event in happened_in(act):
            raise ActRefused("already_reached", f"{event} was reached before")
        stopped = [one.promise_id for one in clocks]
        step = act.step("reached", event=event, note=note, detail={"stopped": stopped})
        stop_clocks(clocks, at=act.at, step_id=step.pk)
        _begin_next_stage(act, event, step)
        if event in ANSWERS and act.case.state != "waiting":
            act.save(state="answered")
        else:
            act.save()
        return step


def _begin_next_stage(act: Act, event: str, step: CaseStep) -> None:
    """Start the clocks that this event starts, as the edition that gave the case its clocks says."""
    newest = max(act.clocks, key=_newest, default=None)
    if newest is None:
        return
    edition = edition_with_id(newest.edition_id)
    happened = {**happened_in(act), event: act.at}
    subject = stored_subject(act.case)
    given = clocks_of(edition=edition, subject=subject, as_of=subject["opened_at"].date(), happened=happened)
    there = {(one.clause, one.stops_at) for one in act.clocks}
    begun = [
        Begun(clock, first_event(clock, edition))
        for clock in given
        if clock.starts_at == event
        and clock.stops_at not in happened
        and (clock.clause, clock.stops_at) not in there
    ]
    begin_clocks(begun, case=act.case, edition=edition, edition_id=newest.edition_id, step_id=step.pk)
    if act.case.state == "waiting" and act.case.waiting_for:
        pause_new_clocks(act, [(one.clock.clause, one.clock.stops_at) for one in begun], step)


def pause_new_clocks(act: Act, begun: Iterable[tuple[str, str]], step: CaseStep) -> None:
    """Let clocks that begin while the case waits stand still at once, where their clause allows it."""
    from upheld.operations.cases.live_clocks import clocks_of as stored_clocks

    new = set(begun)
    fresh = [one for one in stored_clocks(act.case.pk) if (one.clause, one.stops_at) in new]
    pause_clocks(fresh, at=act.at, waiting_for=act.case.waiting_for or "", step_id=step.pk)


def _newest(one: Live) -> int:
    return one.id
