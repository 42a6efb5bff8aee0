"""Change what a case is, or count its clocks anew: used time is kept, only what is left is counted again.

A clock that another edition, calendar, card, area or kind of case gives otherwise is ended, and another goes on in its
place with the time used so far. What was written before stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from upheld.operations.cases.acting import Act, act_on
from upheld.operations.cases.case_facts import as_stored, priority_of, who_asks
from upheld.operations.cases.clock_facts import happened_in, ran_between
from upheld.operations.cases.live_clocks import Begun, Live, begin_clocks, cancel_clocks, counting_of
from upheld.operations.refusals import ActRefused
from upheld.policy import clocks as policy
from upheld.policy.deadlines import Clock, clocks_of
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.kinds.deadlines import OPENED
from upheld.policy.problems import OutsideDates
from upheld.records.cases.choices import Area, CaseKind
from upheld.records.cases.models import Case, CaseClock, CaseStep, ClockEvent
from upheld.records.people.models import Service
from upheld.records.staff.models import Employee

RECOUNTED = "counted anew"
"""Why a clock's promise is cancelled in whose place another goes on."""
NO_LONGER_GIVEN = "no longer given"
"""Why a clock's promise is cancelled that the standard does not give the case any more."""


def change_case(
    *,
    case: Case | int,
    by: Employee | None,
    kind: str | None = None,
    area: str | None = None,
    service: Service | int | None = None,
    address: str | None = None,
    note: str = "",
    key: str | None = None,
    at: datetime | None = None,
) -> CaseStep:
    """Change the kind, area, service or address of a case (None: as it is) and count its clocks anew.

    Raises ActRefused for an unknown kind or area, or where nothing would change.
    """
    with act_on(case, by=by, key=key, at=at) as act:
        if act.done is not None:
            return act.done
        _check(kind, area)
        service_id = service.pk if isinstance(service, Service) else service
        given = {"kind": kind, "area": area, "service_id": service_id, "address": address}
        changed = {
            name: value
            for name, value in given.items()
            if value is not None and value != getattr(act.case, name)
        }
        if not changed:
            raise ActRefused("nothing_changed", "nothing would change")
        was = {name: getattr(act.case, name) for name in changed}
        for name, value in changed.items():
            setattr(act.case, name, value)
        step = _recount(act, "changed", note, {"was": was, "is": changed}, always=True)
        assert step is not None
        act.save(**changed, facts=act.case.facts, priority=act.case.priority)
        return step


def recount_case(
    *, case: Case | int, by: Employee | None, why: str, at: datetime | None = None
) -> CaseStep | None:
    """Count the clocks of a case anew by the edition in force and the customer's facts as they are now.

    Returns the step, or None where no clock changes and nothing is written.
    """
    with act_on(case, by=by, at=at) as act:
        step = _recount(act, "recounted", why, {}, always=False)
        if step is not None:
            act.save(facts=act.case.facts, priority=act.case.priority)
        return step


def _check(kind: str | None, area: str | None) -> None:
    faults = [
        f"{value!r} is not one of {', '.join(choices.values)}"
        for value, choices in ((kind, CaseKind), (area, Area))
        if value is not None and value not in choices.values
    ]
    if faults:
        raise ActRefused("bad_case", "; ".join(faults))


def _recount(act: Act, what: str, note: str, detail: dict[str, Any], *, always: bool) -> CaseStep | None:
    case = act.case
    asking = who_asks(
        day=timezone.localdate(act.at),
        person_id=case.person_id,
        group_id=case.group_id,
        service_id=case.service_id,
    )
    edition = asking.edition
    subject = asking.subject(kind=case.kind, opened_at=case.opened_at, area=case.area)
    running = [one for one in act.clocks if not one.ended]
    pairs, new = _paired(running, _still_owed(act, _given_now(act, edition, subject)))
    # What has run out is broken, whatever the standard says from now on; it stays as it is until its event is reached.
    pairs = [(one, clock) for one, clock in pairs if one.state == "open" and not _has_run_out(one, act.at)]
    begun = [_begun_anew(act, clock, edition) for clock in new]
    ending: list[Live] = []
    for one, clock in pairs:
        if clock is None:
            continue
        carried = _carried_on(act, one, clock, edition)
        if carried is not None:
            begun.append(carried)
            ending.append(one)
    dropped = [one for one, clock in pairs if clock is None]
    if not (begun or dropped or always):
        return None
    told = {"edition": edition.name, "ended": [one.promise_id for one in (*ending, *dropped)]}
    step = act.step(what, note=note, detail={**detail, **told})
    cancel_clocks(ending, at=act.at, step_id=step.pk, reason=RECOUNTED)
    cancel_clocks(dropped, at=act.at, step_id=step.pk, reason=NO_LONGER_GIVEN)
    begin_clocks(begun, case=act.case, edition=edition, edition_id=asking.edition_id, step_id=step.pk)
    case.facts, case.priority = as_stored(subject), priority_of(subject)
    return step


def _given_now(act: Act, edition: Edition, subject: Subject) -> list[Clock]:
    """Ask policy for the clocks of the case as it is now: those begun, whose event was not reached yet."""
    happened = happened_in(act)
    day = timezone.localdate(act.at)
    try:
        clocks = clocks_of(edition=edition, subject=subject, as_of=day, happened=happened)
    except (OutsideDates, OverflowError) as error:
        raise ActRefused("outside_dates", str(error)) from error
    return [
        clock
        for clock in clocks
        if clock.stops_at not in happened and (clock.starts_at == OPENED or clock.starts_at in happened)
    ]


def _still_owed(act: Act, given: Iterable[Clock]) -> list[Clock]:
    """Leave out what was waived, and what ran out and was ended: neither is owed a second time."""
    newest = {(one.clause, one.stops_at): one for one in sorted(act.clocks, key=lambda one: one.id)}
    done_with = {name for name, one in newest.items() if one.ended and one.state in ("waived", "broken")}
    return [clock for clock in given if (clock.clause, clock.stops_at) not in done_with]


def _has_run_out(one: Live, at: datetime) -> bool:
    return one.last.due_at is not None and at > one.due_at


def _paired(
    running: Sequence[Live], given: Iterable[Clock]
) -> tuple[list[tuple[Live, Clock | None]], list[Clock]]:
    """Find for each running clock the one that goes on in its place: of its clause and event, else of its event."""
    left = list(given)
    pairs: list[tuple[Live, Clock | None]] = []
    alone: list[Live] = []
    for one in running:
        same = next((c for c in left if (c.clause, c.stops_at) == (one.clause, one.stops_at)), None)
        if same is None:
            alone.append(one)
        else:
            left.remove(same)
            pairs.append((one, same))
    for one in alone:
        other = next((c for c in left if c.stops_at == one.stops_at), None)
        if other is not None:
            left.remove(other)
        pairs.append((one, other))
    return pairs, left


def _carried_on(act: Act, one: Live, clock: Clock, edition: Edition) -> Begun | None:
    """Give the clock that goes on with the used time of another; None where it would be the same."""
    measure = policy.measure_of(clock)
    whole = policy.whole_time(clock.limit, measure, calendars=edition.calendars)
    event = policy.recount(
        one.last,
        at=act.at,
        new_whole=whole,
        new_measure=measure,
        old_measure=one.measure,
        past=_ran(act, one),
        calendars=edition.calendars,
        started_at=one.started_at,
        old_calendars=one.calendars,
        reason=clock.clause,
    )
    same = (one.clause, one.whole, one.measure, one.pauses, one.public, one.confidence) == (
        clock.clause, whole, measure, clock.pauses, clock.public, clock.confidence,
    )  # fmt: skip
    if same and (
        event.due_at == one.due_at if event.due_at is not None else one.calendars == edition.calendars
    ):
        return None
    turn = one.turn if clock.clause == one.clause else _next_turn(act, clock)
    clock = clock._replace(started_at=one.started_at)
    return Begun(clock, _as_the_case_stands(act, clock, event, edition), turn=turn, carries=one.id)


def _as_the_case_stands(
    act: Act, clock: Clock, event: policy.ClockEvent, edition: Edition
) -> policy.ClockEvent:
    """Let a clock that begins while its case waits stand still, or run, as its own row says."""
    waiting_for = act.case.waiting_for
    if waiting_for and policy.stands_still_for(clock.pauses, waiting_for):
        return event._replace(due_at=None, reason=waiting_for)
    if event.due_at is not None:
        return event
    whole, counting = counting_of(clock, edition)
    due_at, _ = policy.due_after(at=event.at, left=whole - event.used, **counting)
    return event._replace(due_at=due_at, reason=clock.clause)


def _ran(act: Act, one: Live) -> tuple[tuple[datetime, datetime], ...]:
    """Give the stretches in which a clock ran, with those whose time it keeps: of other clocks, or before it began."""
    events: list[policy.ClockEvent] = []
    clock_id: int | None = one.id
    while clock_id is not None:
        columns = ("what", "at", "used", "due_at", "reason")
        rows = ClockEvent.objects.filter(clock_id=clock_id).order_by("pk")
        events = [policy.ClockEvent(*row) for row in rows.values_list(*columns)] + events
        first = CaseClock.objects.get(pk=clock_id)
        clock_id = first.carries_id
    spans = policy.running_spans(events, until=act.at)
    began_at = events[0].at
    if began_at == first.started_at:
        return spans
    pauses = tuple(first.pauses)
    return (*ran_between(act.case, from_at=first.started_at, until_at=began_at, pauses=pauses), *spans)


def _begun_anew(act: Act, clock: Clock, edition: Edition) -> Begun:
    """Begin a clock that the case did not have: time since its start counts as used, yet it is not due before now."""
    whole, counting = counting_of(clock, edition)
    used = timedelta()
    if clock.started_at < act.at:
        for from_at, until_at in ran_between(
            act.case, from_at=clock.started_at, until_at=act.at, pauses=clock.pauses
        ):
            used += policy.counted(from_at=from_at, until_at=until_at, **counting)
    at = max(act.at, clock.started_at)
    event = policy.start(whole=whole, at=at, used=used, **counting)
    event = _as_the_case_stands(act, clock, event, edition)
    return Begun(clock, event, turn=_next_turn(act, clock))


def _next_turn(act: Act, clock: Clock) -> int:
    """Give the turn of a new promise: the same clause may have been kept, or broken, in this case before."""
    turns = [
        one.turn
        for one in act.clocks
        if (one.clause, one.stops_at) == (clock.clause, clock.stops_at) and one.state != "cancelled"
    ]
    return max(turns, default=0) + 1
