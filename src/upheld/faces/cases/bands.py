"""Put the clocks of a case into bands: one for each thing owed, from its first start to its end, as known at a moment.

A recount ends a clock and begins another that keeps its used time, and a reopening lets one run again; either way the
customer was owed one thing, so they are one band with several stretches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext

from upheld.faces import case_words, why, wording
from upheld.faces.addresses import instant_in
from upheld.faces.clock_lines import ClockLine, line_from
from upheld.faces.standards.answers_in_words import limit_in_words
from upheld.policy.clocks import ENDED, ClockState


@dataclass(frozen=True)
class Stretch:
    """A part of a band: `run`, `over` (past its due time) or `pause` with what was waited for."""

    kind: str
    from_at: datetime
    until_at: datetime
    says: str


@dataclass(frozen=True)
class EventLine:
    """One moment in the life of a clock, for reading: what, when, used and left by then, and why."""

    at: datetime
    what: str
    used: str
    left: str
    due_at: datetime | None
    reason: str


@dataclass
class Band:
    """One clock through all its recounts, as a moment knows it."""

    line: ClockLine
    title: str
    public: bool
    confidence: str
    provisional: bool
    waiting_for: str
    counted: str
    started_at: datetime
    until_at: datetime
    stretches: list[Stretch] = field(default_factory=list)
    events: list[EventLine] = field(default_factory=list)
    warnings: list[tuple[datetime, str]] = field(default_factory=list)


def bands_of(
    found: Sequence[tuple[Any, ClockState]], *, warnings: Iterable[Any], at: datetime, now: datetime
) -> list[Band]:
    """Give the bands of a case at a moment; `found` are its clocks with their states then, `warnings` those given."""
    by_id = {one.clock.pk: (one, state) for one, state in found}
    carried = {one.clock.carries_id for one, _state in found if one.clock.carries_id}
    of_promise: dict[int, list[Any]] = {}
    for warning in warnings:
        if warning.at <= at:
            of_promise.setdefault(warning.promise_id, []).append(warning)
    bands = []
    for one, _state in found:
        if one.clock.pk in carried:
            continue
        chain = [one]
        while (before := chain[0].clock.carries_id) in by_id:
            chain.insert(0, by_id[before][0])
        bands.append(_band(chain, by_id[one.clock.pk][1], of_promise, at=at, now=now))
    bands.sort(key=lambda band: (band.started_at, band.line.due_at, band.line.clause))
    return bands


def _band(
    chain: list[Any], state: ClockState, of_promise: dict[int, list[Any]], *, at: datetime, now: datetime
) -> Band:
    last = chain[-1]
    clock = last.clock
    line = _line(last, state, at=at, now=now)
    band = Band(
        line=line,
        title=why.title_of(action=clock.stops_at, on_occasion=None),
        public=clock.public,
        confidence=clock.confidence,
        provisional=state.provisional,
        waiting_for=state.waiting_for,
        counted=_counted(clock, state),
        started_at=chain[0].events[0].at,
        until_at=at,
    )
    for one in chain:
        _add_life(band, one, at)
    told = [gone for one in chain for gone in of_promise.get(one.promise.pk, ())]
    band.warnings = [(instant, _warning_says(group)) for instant, group in _by_instant(told)]
    if state.ended:
        band.until_at = max(event.at for event in band.events)
    return band


def _counted(clock: Any, state: ClockState) -> str:
    """Write the limit and what of it is used and left: `2 hours: 0 h 30 min used, 1 h 30 min left`."""
    limit = limit_in_words(SimpleNamespace(unit=clock.limit_unit, amount=clock.limit_amount))
    used = case_words.amount(state.used, clock.measure_unit, _a_day(clock))
    left = case_words.amount(abs(state.left), clock.measure_unit, _a_day(clock))
    told = {"limit": limit, "used": used, "left": left}
    if state.left < timedelta():
        return gettext("%(limit)s: %(used)s used, %(left)s too much") % told
    if state.ended:
        return gettext("%(limit)s: %(used)s used") % told
    return gettext("%(limit)s: %(used)s used, %(left)s left") % told


def _line(one: Any, state: ClockState, *, at: datetime, now: datetime) -> ClockLine:
    """Write the line of a clock at a moment; only the present one counts down."""
    promise = one.promise
    dues = [event.due_at for event in one.events if event.at <= at and event.due_at is not None]
    # Of a clock that stands still or has ended: when it was due until then.
    due_at = state.due_at or (dues[-1] if dues else promise.due_at)
    stored, paused_at, late = promise.state, None, promise.late
    if at < now:
        # As it stood: what came later is not known yet.
        if state.ended:
            stopped = next(event.what for event in reversed(one.events) if event.at <= at)
            stored = {"stopped": "broken" if state.late else "kept"}.get(stopped, promise.state)
        else:
            stored, late = "open", False
    if not state.running and not state.ended:
        paused_at = at
    return line_from(
        promise_id=promise.pk,
        clause=promise.clause,
        action=promise.action,
        state=stored,
        late=late,
        due_at=due_at,
        paused_at=paused_at,
        warn_ats=promise.warn_ats,
        now=at if at < now else now,
        live=at >= now,
    )


def _add_life(band: Band, one: Any, at: datetime) -> None:
    """Add the stretches and the events of one clock of the chain, until a moment."""
    clock = one.clock
    known = [event for event in one.events if event.at <= at]
    ends = [*(event.at for event in known[1:]), at]
    a_day = _a_day(clock)
    for event, until in zip(known, ends, strict=True):
        band.events.append(
            EventLine(
                at=event.at,
                what=wording.word(case_words.CLOCK_EVENTS, event.what),
                used=case_words.amount(event.used, clock.measure_unit, a_day),
                left=case_words.amount(clock.whole - event.used, clock.measure_unit, a_day),
                due_at=event.due_at,
                reason=reason_of_event(event),
            )
        )
        if event.what in ENDED or until <= event.at:
            continue
        if event.due_at is None:
            says = gettext("stands still: %(why)s") % {"why": reason_of_event(event)}
            band.stretches.append(Stretch("pause", event.at, until, _said(band, says, event.at, until)))
            continue
        due_at = max(min(event.due_at, until), event.at)
        if due_at > event.at:
            runs = _said(band, gettext("runs"), event.at, due_at)
            band.stretches.append(Stretch("run", event.at, due_at, runs))
        if due_at < until:
            over = _said(band, gettext("runs past its due time"), due_at, until)
            band.stretches.append(Stretch("over", due_at, until, over))


def reason_of_event(event: Any) -> str:
    """Say why: what was waited for, or the word that came with the event."""
    if event.what == "paused" or (event.due_at is None and event.reason in case_words.WAITING_FOR):
        return wording.word(case_words.WAITING_FOR, event.reason)
    return wording.word(case_words.REASONS, event.reason)


def _said(band: Band, words: str, from_at: datetime, until_at: datetime) -> str:
    return gettext("%(clock)s %(clause)s %(does)s, %(from)s – %(until)s (%(span)s)") % {
        "clock": band.title,
        "clause": band.line.clause,
        "does": words,
        "from": case_words.moment(from_at),
        "until": case_words.moment(until_at),
        "span": case_words.span(until_at - from_at),
    }


def _by_instant(told: list[Any]) -> list[tuple[datetime, list[Any]]]:
    found: dict[datetime, list[Any]] = {}
    for warning in told:
        found.setdefault(warning.at, []).append(warning)
    return sorted(found.items())


def _warning_says(given: list[Any]) -> str:
    who = gettext(", ").join(wording.word(case_words.WARNED, one.to) for one in given)
    return gettext("Warning %(stage)s at %(when)s to %(who)s") % {
        "stage": wording.word(case_words.STAGES, given[0].stage),
        "when": case_words.moment(given[0].at),
        "who": who,
    }


def _a_day(clock: Any) -> timedelta | None:
    """Give how long one working day of a clock is, as its business hours say."""
    if clock.measure_unit != "working_days" or not clock.limit_amount:
        return None
    return clock.whole / clock.limit_amount


def as_of(asked: str | None, *, now: datetime, first: datetime) -> datetime | None:
    """Read the moment of an address, between the opening and now; None where none, or nonsense, is asked for."""
    at = instant_in(asked or "")
    return max(at, first) if at is not None and at < now else None
