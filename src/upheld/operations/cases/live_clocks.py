"""Carry the clocks of a case from one event to the next, as policy says, and write down what became of them.

Every function is called within the transaction of an act that holds the case. Clocks and promises are locked by id, as
every act locks promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.types.json import Jsonb

from upheld.operations.record_contact import KEPT_AFTER_ALL, NOT_IN_TIME
from upheld.operations.sql import cases as sql
from upheld.policy import clocks as policy
from upheld.policy.clocks import ClockEvent, Measure
from upheld.policy.deadlines import Clock
from upheld.policy.editions import Edition
from upheld.policy.kinds.deadlines import Limit
from upheld.records.cases.models import Case
from upheld.records.promises.models import Promise
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import loaded_edition

NOT_KEPT = NOT_IN_TIME
"""The end reason of a promise whose clock ran out."""


@dataclass(frozen=True)
class Live:
    """A stored clock with its promise's standing and its last event."""

    id: int
    promise_id: int
    clause: str
    stops_at: str
    starts_at: str
    limit_unit: str
    limit_amount: int
    measure: Measure
    pauses: tuple[str, ...]
    whole: timedelta
    started_at: datetime
    public: bool
    confidence: str
    provisional: bool
    state: str
    due_at: datetime
    warned: int
    turn: int
    edition_id: int
    last: ClockEvent

    @property
    def ended(self) -> bool:
        """Say whether its event was reached, or nothing is owed any more."""
        return self.last.what in policy.ENDED

    @property
    def as_given(self) -> Clock:
        """Give the clock as policy gave it, for one that goes on in its place."""
        return Clock(
            stops_at=self.stops_at,
            due_at=self.due_at,
            clause=self.clause,
            public=self.public,
            binding=False,
            provisional=self.provisional,
            started_at=self.started_at,
            limit=Limit(self.limit_unit, self.limit_amount),
            confidence=self.confidence,
            pauses=self.pauses,
            measure=self.measure,
            starts_at=self.starts_at,
        )

    @property
    def calendars(self) -> policy.Calendars:
        """Give the calendars of the edition by which it counts."""
        return edition_with_id(self.edition_id).calendars


def edition_with_id(edition_id: int) -> Edition:
    """Load an edition by the id of its record."""
    return loaded_edition(EditionRecord.objects.defer("content").get(pk=edition_id))


def clocks_of(case_id: int) -> list[Live]:
    """Read and lock every clock of a case, in the order of their promises."""
    with connection.cursor() as cursor:
        cursor.execute(sql.CLOCKS_OF_CASE, [case_id])
        return [
            Live(*row[:7], Measure(*row[7:10]), tuple(row[10]), *row[11:21], ClockEvent(*row[21:26]))  # type: ignore[call-arg]
            for row in cursor.fetchall()
        ]


@dataclass(frozen=True)
class Begun:
    """A clock to be stored: what policy gave, its first event, and the clock whose used time it keeps."""

    clock: Clock
    event: ClockEvent
    turn: int = 1
    carries: int | None = None


def begin_clocks(
    begun: Sequence[Begun], *, case: Case, edition: Edition, edition_id: int, step_id: int
) -> list[int]:
    """Store clocks with their promises and first events in one statement; return the promises' ids."""
    if not begun:
        return []
    values = {
        "person_id": case.person_id,
        "group_id": case.group_id,
        "handler_id": case.handler_id,
        "case_id": case.pk,
        "step_id": step_id,
        **columns_of(begun, edition=edition, edition_id=edition_id),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.ADD_CLOCKS, values)
        return [row[0] for row in cursor.fetchall()]


def columns_of(begun: Sequence[Begun], *, edition: Edition, edition_id: int) -> dict[str, Any]:
    """Give clocks as the statements take them, with the edition by which they run."""
    rows = [_row(one, edition) for one in begun]
    return {"clocks": Jsonb(rows), "edition_id": edition_id, "time_zone": settings.TIME_ZONE}


def counting_of(clock: Clock, edition: Edition) -> tuple[timedelta, dict[str, Any]]:
    """Give the whole time of a clock, and by what policy counts it: measure, calendars, the instant it started."""
    measure, calendars = policy.measure_of(clock), edition.calendars
    whole = policy.whole_time(clock.limit, measure, calendars=calendars)
    return whole, {"measure": measure, "calendars": calendars, "started_at": clock.started_at}


def _row(one: Begun, edition: Edition) -> dict[str, Any]:
    clock, event = one.clock, one.event
    whole, counting = counting_of(clock, edition)
    measure: Measure = counting["measure"]
    due_at = event.due_at
    if due_at is None:
        due_at, _ = policy.due_after(at=event.at, left=whole - event.used, **counting)
    before, _, after = policy.warning_instants(
        at=event.at, used=event.used, whole=whole, shares=policy.warning_shares(edition), **counting
    )
    return {
        "clause": clock.clause,
        "standard": edition.clause(clock.clause).standard,
        "stops_at": clock.stops_at,
        "starts_at": clock.starts_at,
        "turn": one.turn,
        "limit_unit": clock.limit.unit,
        "limit_amount": clock.limit.amount,
        "measure_unit": measure.unit,
        "calendar": measure.calendar,
        "business_hours": measure.hours,
        "pauses": clock.pauses,
        "whole": _interval(whole),
        "started_at": clock.started_at.isoformat(),
        "public": clock.public,
        "confidence": clock.confidence,
        "provisional": clock.provisional,
        "carries": one.carries,
        "what": event.what,
        "at": event.at.isoformat(),
        "used": _interval(event.used),
        "event_due_at": event.due_at and event.due_at.isoformat(),
        "reason": event.reason,
        "due_at": due_at.isoformat(),
        "paused_at": None if event.due_at is not None else event.at.isoformat(),
        "warn_before": before.isoformat(),
        "warn_after": after.isoformat(),
    }


def _interval(length: timedelta) -> str:
    return f"{length.days} days {length.seconds} seconds {length.microseconds} microseconds"


def pause_clocks(clocks: Iterable[Live], *, at: datetime, waiting_for: str, step_id: int) -> list[Live]:
    """Let those clocks stand still whose clause allows it for this reason; return them."""
    standing = [
        one
        for one in clocks
        if not one.ended and one.last.due_at is not None and policy.stands_still_for(one.pauses, waiting_for)
    ]
    _go_on(standing, partial(policy.pause, at=at, reason=waiting_for), step_id=step_id)
    for one in standing:
        # What had run out before anybody waited is broken by then; going on later must not put its due time off.
        if one.state == "open" and at > one.due_at:
            _end(one, state="broken", ended_at=one.due_at, end_reason=NOT_KEPT)
    Promise.objects.filter(pk__in=[one.promise_id for one in standing], state="open").update(
        paused_at=at, warn_at=None
    )
    return standing


def resume_clocks(clocks: Iterable[Live], *, at: datetime, step_id: int) -> list[Live]:
    """Let the clocks that stand still go on with what they have left; return them."""
    still = [one for one in clocks if not one.ended and one.last.due_at is None]
    events = [
        policy.resume(
            one.last,
            at=at,
            whole=one.whole,
            measure=one.measure,
            calendars=one.calendars,
            started_at=one.started_at,
        )
        for one in still
    ]
    _store(still, events, step_id=step_id)
    for one, event in zip(still, events, strict=True):
        if one.state == "open":
            _put_off(one, event)
    return still


def _put_off(one: Live, event: ClockEvent) -> None:
    """Write when a clock that goes on is due and what is still to be warned of."""
    edition = edition_with_id(one.edition_id)
    instants = policy.warning_instants(
        one.measure,
        calendars=edition.calendars,
        started_at=one.started_at,
        at=event.at,
        used=event.used,
        whole=one.whole,
        shares=policy.warning_shares(edition),
    )
    due_at = event.due_at
    assert due_at is not None
    warn_at = instants[one.warned] if one.warned < len(instants) else None
    Promise.objects.filter(pk=one.promise_id).update(
        paused_at=None,
        due_at=due_at,
        due_date=due_at.date(),
        warn_ats=list(instants),
        warn_at=warn_at,
    )


def stop_clocks(clocks: Iterable[Live], *, at: datetime, step_id: int, reason: str = "") -> list[int]:
    """Stop clocks whose event was reached; their promises are kept, or were broken when due and are done late.

    An event that lies before the due time keeps a promise that was broken only because it was written down late.

    What was waived stays so. Returns the ids of the promises that are kept by it.
    """
    ending = [one for one in clocks if not one.ended]
    _go_on(ending, partial(policy.stop, at=at, reason=reason), step_id=step_id)
    kept: list[int] = []
    for one in ending:
        stands_still = one.last.due_at is None
        if one.state == "open" and (stands_still or at <= one.due_at):
            kept.append(one.promise_id)
            _end(one, state="kept", ended_at=at, late=False, end_reason="")
        elif one.state == "open":
            _end(one, state="broken", ended_at=one.due_at, late=True, end_reason=NOT_KEPT)
        elif one.state == "broken" and not stands_still and at <= one.due_at:
            # Written down after the sweep had broken it: what counts is when it happened (docs/decisions/0010).
            kept.append(one.promise_id)
            _end(one, state="kept", ended_at=at, late=False, end_reason=KEPT_AFTER_ALL)
        elif one.state == "broken":
            _end(one, late=True)
        else:
            _end(one)
    return kept


def cancel_clocks(clocks: Iterable[Live], *, at: datetime, step_id: int, reason: str) -> list[Live]:
    """End clocks by which nothing is owed any more; promises still open are cancelled with the reason."""
    ending = [one for one in clocks if not one.ended]
    _go_on(ending, partial(policy.stop, at=at, what="cancelled", reason=reason), step_id=step_id)
    for one in ending:
        if one.state == "open" and one.last.due_at is not None and at > one.due_at:
            # Its time was over before anybody said that it is not owed.
            _end(one, state="broken", ended_at=one.due_at, late=False, end_reason=NOT_KEPT)
        elif one.state == "open":
            _end(one, state="cancelled", ended_at=at, end_reason=reason)
        else:
            _end(one)
    return ending


def _end(one: Live, **fields: Any) -> None:
    Promise.objects.filter(pk=one.promise_id).update(paused_at=None, warn_at=None, **fields)


def _go_on(clocks: Sequence[Live], to: Callable[..., ClockEvent], *, step_id: int) -> None:
    """Take clocks to their next event."""
    events = [
        to(one.last, measure=one.measure, calendars=one.calendars, started_at=one.started_at)
        for one in clocks
    ]
    _store(clocks, events, step_id=step_id)


def _store(clocks: Sequence[Live], events: Sequence[ClockEvent], *, step_id: int) -> None:
    if not clocks:
        return
    values: dict[str, Any] = {
        "step_id": step_id,
        "clock_ids": [one.id for one in clocks],
        "whats": [event.what for event in events],
        "ats": [event.at for event in events],
        "used": [event.used for event in events],
        "due_ats": [event.due_at for event in events],
        "reasons": [event.reason for event in events],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.ADD_EVENTS, values)
