"""The life of one clock: what it has used, what is left, and when it is due after pauses, restarts and recounts.

`deadlines.py` says which clocks a case gets; here each goes on from its last event to the next. Every event keeps the
time used by then, so that the events alone tell the clock at any past moment and nothing is ever worked out anew.
Time counts exactly, to the microsecond: after a pause a limit of working days ends when its business time is used up,
not at a close of business (docs/decisions/0012-how-a-paused-clock-counts.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from upheld.policy.calendars import OfficialCalendar
from upheld.policy.kinds.deadlines import PARAMETERS, Limit
from upheld.policy.working_time import BEIJING, WorkingTime, working_time

if TYPE_CHECKING:  # both stand above this module: a clock is begun by what they say
    from upheld.policy.deadlines import Clock
    from upheld.policy.editions import Edition

Calendars = Mapping[str, OfficialCalendar]
"""The calendars of an edition, by name."""

ENDED = ("stopped", "cancelled")
NOTHING = timedelta()
WARN_BEFORE_PERCENT, WARN_AFTER_PERCENT = 75, 150
"""When to warn where no standard of the edition says it: shares of the whole time, before and after the due time."""


class Measure(NamedTuple):
    """How time counts for a clock.

    `unit`: continuous, working_hours or working_days. `calendar`: its name in the edition; `hours`: the business hours
    as written, "08:30-12:00, 13:30-18:00". Both are empty for continuous time.
    """

    unit: str
    calendar: str = ""
    hours: str = ""


CONTINUOUS = Measure("continuous")


class ClockEvent(NamedTuple):
    """One moment in the life of a clock: the time used by then, and when it is due from then on.

    `what`: started, paused, resumed, stopped, restarted, recounted or cancelled. `due_at` is None while the clock
    stands still or has ended. `reason` of a clock that stands still: what the case waits for.
    """

    what: str
    at: datetime
    used: timedelta
    due_at: datetime | None
    reason: str = ""


class ClockState(NamedTuple):
    """A clock at one moment: neither running nor ended means that it stands still and waits for `waiting_for`.

    `left` falls below zero once more than the whole time is used. `late`: its due time has passed; a recount
    set another one. `provisional`: `due_at` lies in a year whose official calendar is not out.
    """

    running: bool
    ended: bool
    used: timedelta
    left: timedelta
    due_at: datetime | None
    waiting_for: str
    late: bool
    provisional: bool = False


def measure_of(clock: Clock) -> Measure:
    """Return how time counts for a clock that `clocks_of` gave."""
    return clock.measure


def whole_time(limit: Limit, measure: Measure, *, calendars: Calendars) -> timedelta:
    """Return the whole time of a limit as its measure counts it: a working day is the business hours of one day."""
    length = limit.continuous
    if length is not None:
        return length
    if limit.unit == "working_hours":
        return timedelta(hours=limit.amount)
    return timedelta(seconds=limit.amount * _time(measure, calendars).seconds_a_day)


def counted(
    measure: Measure, *, calendars: Calendars, started_at: datetime, from_at: datetime, until_at: datetime
) -> timedelta:
    """Return how much counts between two instants for a clock that began at `started_at`.

    Of working days nothing counts on the day of the beginning (in +08:00). Raises ValueError where `until_at` is
    before `from_at` or an instant has no offset, `OutsideDates` before the first announced year.
    """
    from_at, until_at = _local(from_at), _local(until_at)
    if until_at < from_at:
        raise ValueError(f"{until_at} is before {from_at}: time does not count backwards")
    if measure.unit == CONTINUOUS.unit:
        return until_at - from_at
    if measure.unit == "working_days":
        counts_from = _day_after(started_at)
        from_at, until_at = max(from_at, counts_from), max(until_at, counts_from)
    return _time(measure, calendars).business_between(from_at, until_at)


def due_after(
    measure: Measure, *, calendars: Calendars, started_at: datetime, at: datetime, left: timedelta
) -> tuple[datetime, bool]:
    """Return the instant at which `left` more has counted from `at`, in +08:00, and whether that is provisional.

    Nothing left is due at `at`. Raises as `counted` does, OverflowError past the year 9999.
    """
    at = _local(at)
    if measure.unit == CONTINUOUS.unit:
        return at + max(left, NOTHING), False
    if measure.unit == "working_days" and left > NOTHING:
        at = max(at, _day_after(started_at))
    return _time(measure, calendars).after_business(at, left)


def stands_still_for(clock_pauses: Sequence[str], waiting_for: str) -> bool:
    """Say whether a clock stands still while its case waits for this: only where its row names it."""
    return waiting_for in clock_pauses


def start(
    *,
    whole: timedelta,
    measure: Measure,
    calendars: Calendars,
    started_at: datetime,
    at: datetime | None = None,
    used: timedelta = NOTHING,
    reason: str = "",
) -> ClockEvent:
    """Begin a clock at `started_at`, or later at `at` with what has been `used` before."""
    at = _local(started_at if at is None else at)
    return _running("started", at, used, whole, measure, calendars, started_at, reason)


def pause(
    last: ClockEvent,
    *,
    at: datetime,
    measure: Measure,
    calendars: Calendars,
    started_at: datetime,
    reason: str,
) -> ClockEvent:
    """Let a clock stand still with the time used so far; `reason` says what the case waits for.

    One that stands still already keeps its time under the new reason. Raises ValueError for an ended clock or an
    instant before the last event.
    """
    _refuse_ended(last, "pauses")
    used = _used_at(last, at, measure, calendars, started_at)
    return ClockEvent("paused", _local(at), used, None, reason)


def resume(
    last: ClockEvent,
    *,
    at: datetime,
    whole: timedelta,
    measure: Measure,
    calendars: Calendars,
    started_at: datetime,
    reason: str = "",
) -> ClockEvent:
    """Let a clock that stands still go on; one that had ended is restarted with what it had left.

    With nothing left it is due at once. Raises ValueError for a running clock or an instant before the last event.
    """
    if last.due_at is not None:
        raise ValueError("a running clock cannot go on: it has not stood still")
    _refuse_backwards(last, at)
    what = "restarted" if last.what in ENDED else "resumed"
    return _running(what, _local(at), last.used, whole, measure, calendars, started_at, reason)


def stop(
    last: ClockEvent,
    *,
    at: datetime,
    measure: Measure,
    calendars: Calendars,
    started_at: datetime,
    what: str = "stopped",
    reason: str = "",
) -> ClockEvent:
    """End a clock: its event was reached (`stopped`), or nothing is owed any more (`cancelled`).

    Raises ValueError for a clock that has ended or an instant before the last event.
    """
    if what not in ENDED:
        raise ValueError(f"a clock ends as one of {', '.join(ENDED)}, not as '{what}'")
    _refuse_ended(last, "ends")
    return ClockEvent(what, _local(at), _used_at(last, at, measure, calendars, started_at), None, reason)


def recount(
    last: ClockEvent,
    *,
    at: datetime,
    new_whole: timedelta,
    new_measure: Measure,
    old_measure: Measure,
    past: Sequence[tuple[datetime, datetime]],
    calendars: Calendars,
    started_at: datetime,
    old_calendars: Calendars | None = None,
    reason: str = "",
) -> ClockEvent:
    """Let a clock go on under another limit, calendar or business hours: only what is left is counted anew.

    Time used stays as it was counted while both measures are continuous or both are working time. From one to the
    other the stretches in which the clock ran, `past` (`running_spans` gives them, the present one included), are
    counted by the new measure. `old_calendars`: those of the edition before, where they are not the same. The clock is
    never due before `at`. One that stands still goes on standing still, for the same reason. Raises ValueError for an
    ended clock, an instant before the last event, or stretches that are not in order and over by `at`.
    """
    _refuse_ended(last, "is counted anew")
    _refuse_backwards(last, at)
    if (old_measure.unit == CONTINUOUS.unit) == (new_measure.unit == CONTINUOUS.unit):
        used = _used_at(last, at, old_measure, old_calendars or calendars, started_at)
    else:
        used, reached = NOTHING, None
        for from_at, until_at in past:
            if until_at > at or (reached is not None and from_at < reached):
                raise ValueError(
                    f"the stretch from {from_at} to {until_at} is not in order, or not over by {at}"
                )
            reached = until_at
            used += counted(
                new_measure, calendars=calendars, started_at=started_at, from_at=from_at, until_at=until_at
            )
    if last.due_at is None:
        return ClockEvent("recounted", _local(at), used, None, last.reason)
    return _running("recounted", _local(at), used, new_whole, new_measure, calendars, started_at, reason)


def running_spans(events: Sequence[ClockEvent], *, until: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Return the stretches in which a clock ran, in order; the last one goes to `until` when it still runs then.

    Events of clocks that one recount after another carried on may be given as one sequence; those after `until` are
    ignored.
    """
    known = [event for event in events if event.at <= until]
    return tuple(
        (event.at, following.at if following else until)
        for event, following in zip_longest(known, known[1:])
        if event.due_at is not None
    )


def replay(
    events: Sequence[ClockEvent],
    *,
    whole: timedelta,
    measure: Measure,
    calendars: Calendars,
    started_at: datetime,
    at: datetime,
) -> ClockState | None:
    """Return the state of a clock at any moment; None before its first event.

    `events` are in order, of one whole time and measure: what a recount carried on begins with its `recounted`. Of
    several events at one instant the last holds.
    """
    last: ClockEvent | None = None
    late = False
    for event in events:
        if event.at > at:
            break
        # Late stays late through pauses and ends.
        late = late or event.used > whole or bool(last and last.due_at and event.at > last.due_at)
        last = event
    if last is None:
        return None
    used = _used_at(last, at, measure, calendars, started_at)
    running, ended = last.due_at is not None, last.what in ENDED
    return ClockState(
        running=running,
        ended=ended,
        used=used,
        left=whole - used,
        due_at=last.due_at,
        waiting_for="" if running or ended else last.reason,
        late=late or (last.due_at is not None and at > last.due_at),
        provisional=last.due_at is not None
        and due_after(
            measure, calendars=calendars, started_at=started_at, at=last.at, left=whole - last.used
        )[1],
    )


def warning_instants(
    measure: Measure,
    *,
    calendars: Calendars,
    started_at: datetime,
    at: datetime,
    used: timedelta,
    whole: timedelta,
    shares: Sequence[Fraction],
) -> tuple[datetime, ...]:
    """Return when these shares of the whole time will have been used by a clock that runs from `at` with `used`.

    A share above 1 lies after the due time; one that is used up already gives `at`. Rounded up to the microsecond.
    """
    return tuple(
        due_after(
            measure,
            calendars=calendars,
            started_at=started_at,
            at=at,
            left=-(-whole * share.numerator // share.denominator) - used,
        )[0]
        for share in shares
    )


def warning_shares(edition: Edition) -> tuple[Fraction, Fraction, Fraction]:
    """Return the shares of a clock's whole time at which people are warned: before it is due, when due, and after.

    From the parameters `warn_before_percent` and `warn_after_percent`, where the edition has them. Raises ValueError
    for a share that makes no warning; loading an edition refuses it first.
    """
    before, after = (
        Fraction(PARAMETERS[name](edition.parameters.get(name, without)), 100)
        for name, without in (
            ("warn_before_percent", WARN_BEFORE_PERCENT),
            ("warn_after_percent", WARN_AFTER_PERCENT),
        )
    )
    return before, Fraction(1), after


def _running(
    what: str,
    at: datetime,
    used: timedelta,
    whole: timedelta,
    measure: Measure,
    calendars: Calendars,
    started_at: datetime,
    reason: str,
) -> ClockEvent:
    """Make the event from which a clock runs with what is left of its whole time."""
    due_at, _ = due_after(measure, calendars=calendars, started_at=started_at, at=at, left=whole - used)
    return ClockEvent(what, at, used, due_at, reason)


def _used_at(
    last: ClockEvent, at: datetime, measure: Measure, calendars: Calendars, started_at: datetime
) -> timedelta:
    """Return the time used by an instant, counted on from the last event while the clock runs."""
    _refuse_backwards(last, at)
    if last.due_at is None:
        return last.used
    return last.used + counted(
        measure, calendars=calendars, started_at=started_at, from_at=last.at, until_at=at
    )


def _refuse_backwards(last: ClockEvent, at: datetime) -> None:
    if at < last.at:
        raise ValueError(f"{at} is before the last event of the clock, at {last.at}")


def _refuse_ended(last: ClockEvent, does: str) -> None:
    if last.what in ENDED:
        raise ValueError(f"a clock that was {last.what} no longer {does}")


def _time(measure: Measure, calendars: Calendars) -> WorkingTime:
    return working_time(calendars[measure.calendar], measure.hours)


def _local(at: datetime) -> datetime:
    """Bring an instant to +08:00, where no day is longer than another."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset")
    return at if at.tzinfo is BEIJING else at.astimezone(BEIJING)


def _day_after(started_at: datetime) -> datetime:
    """Return the midnight from which working days count: the day of the beginning does not."""
    local = _local(started_at)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
