"""Lives of clocks agree with a walk minute by minute over the calendar's own days, and nothing rewrites history.

The walk below knows the days off and worked of a calendar and nothing else of how Upheld counts.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from upheld.policy import clocks
from upheld.policy.calendars import OfficialCalendar, read_calendars
from upheld.policy.clocks import CONTINUOUS, ClockEvent, Measure
from upheld.policy.kinds.deadlines import Limit

BEIJING = timezone(timedelta(hours=8))
MINUTE = 60_000_000
"""Microseconds of a minute, in which the walk counts."""
EPOCH = datetime(2000, 1, 1, tzinfo=BEIJING)
FIRST_DAY = EPOCH.toordinal()

CHINA = read_calendars({}, [])["china"]
# Free on Wednesdays of every third week, worked on the Sunday after; announced for fewer years than China's.
ISLAND = OfficialCalendar(
    "island",
    2020,
    2025,
    frozenset(range(date(2020, 1, 1).toordinal(), date(2025, 12, 31).toordinal(), 21)),
    frozenset(range(date(2020, 1, 5).toordinal(), date(2025, 12, 28).toordinal(), 21)),
)
CALENDARS = {"china": CHINA, "island": ISLAND}
HOURS = (
    "08:30-12:00, 13:30-18:00",
    "09:00-17:00",
    "00:00-24:00",
    "08:00-11:45, 14:00-18:00, 19:10-21:00",
)
SHARES = (Fraction(3, 4), Fraction(1), Fraction(3, 2))
WAITS = ("customer", "third_party", "force_majeure")
LIVES = 3200
ALL, NONE = bytes([1]) * 1440, bytes(1440)


# --- the walk ----------------------------------------------------------------------------------------


@cache
def minutes_open(hours: str) -> bytes:
    """Say of each minute of a day whether business is open."""
    found = bytearray(1440)
    for stretch in hours.split(","):
        (hour, minute), (last_hour, last_minute) = (
            map(int, moment.split(":")) for moment in stretch.split("-")
        )
        for place in range(hour * 60 + minute, last_hour * 60 + last_minute):
            found[place] = 1
    return bytes(found)


def minutes_of(measure: Measure, started_at: datetime) -> Callable[[int], bytes]:
    """Give a function that says, of a day after the epoch, which of its minutes count."""
    if measure.unit == "continuous":
        return lambda day: ALL
    calendar, open_minutes = CALENDARS[measure.calendar], minutes_open(measure.hours)
    begun = (started_at - EPOCH).days if measure.unit == "working_days" else None

    def minutes(day: int) -> bytes:
        ordinal = FIRST_DAY + day
        weekend = date.fromordinal(ordinal).weekday() >= 5
        worked = ordinal in calendar.days_worked if weekend else ordinal not in calendar.days_off
        return open_minutes if worked and day != begun else NONE

    return minutes


def ticks(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant_of(tick: int) -> datetime:
    return EPOCH + timedelta(microseconds=tick)


def walk(minutes: Callable[[int], bytes], from_at: datetime, until_at: datetime) -> timedelta:
    """Go from one instant to another minute by minute and add up what counts."""
    begin, end, total = ticks(from_at), ticks(until_at), 0
    minute = begin // MINUTE
    while minute * MINUTE < end:
        for counts in minutes(minute // 1440)[minute % 1440 :]:
            if counts:
                total += max(0, min(minute * MINUTE + MINUTE, end) - max(minute * MINUTE, begin))
            minute += 1
    return timedelta(microseconds=total)


def walk_on(minutes: Callable[[int], bytes], at: datetime, left: timedelta) -> datetime:
    """Go on minute by minute until so much has counted."""
    begin, missing = ticks(at), left // timedelta(microseconds=1)
    if missing <= 0:
        return at
    minute = begin // MINUTE
    while True:
        for counts in minutes(minute // 1440)[minute % 1440 :]:
            if counts:
                start = max(minute * MINUTE, begin)
                if minute * MINUTE + MINUTE - start >= missing:
                    return instant_of(start + missing)
                missing -= minute * MINUTE + MINUTE - start
            minute += 1


# --- random lives ------------------------------------------------------------------------------------


def turning_days() -> list[int]:
    """Name the days around which counting goes wrong: festivals, make-up workdays and the ends of years."""
    days = {
        *CHINA.days_off,
        *CHINA.days_worked,
        *(date(year, 12, 31).toordinal() for year in range(2020, 2030)),
    }
    return sorted(day for day in days if day >= date(2020, 1, 8).toordinal())


TURNING = turning_days()


def some_instant(source: random.Random) -> datetime:
    if source.random() < 0.7:
        day = source.choice(TURNING) + source.randint(-4, 2)
    else:
        day = date(2020, 1, 8).toordinal() + source.randrange(8 * 365)
    tick = (day - FIRST_DAY) * 1440 * MINUTE
    exact = source.choice([0, 510, 720, 810, 1080, 1439]) * MINUTE  # on the edges of business
    return instant_of(
        tick + source.choice([exact, source.randrange(1440) * MINUTE, source.randrange(1440 * MINUTE)])
    )


def some_limit(source: random.Random) -> tuple[Limit, Measure]:
    unit = source.choice(
        ["minutes", "hours", "days", "working_days", "working_days", "working_hours", "working_hours"]
    )
    amount = source.randint(1, {"minutes": 600, "hours": 60, "working_hours": 20}.get(unit, 3))
    if not unit.startswith("working"):
        return Limit(unit, amount), CONTINUOUS
    return Limit(unit, amount), Measure(unit, source.choice(list(CALENDARS)), source.choice(HOURS))


def whole_of(limit: Limit, measure: Measure) -> timedelta:
    if limit.unit == "working_days":
        return limit.amount * timedelta(minutes=sum(minutes_open(measure.hours)))
    return timedelta(**{limit.unit.removeprefix("working_"): limit.amount})


@dataclass
class Life:
    """A clock as the walk sees it, beside the events that the policy gave for it."""

    started_at: datetime
    whole: timedelta
    measure: Measure
    events: list[ClockEvent] = field(default_factory=list)
    parts: list[tuple[int, timedelta, Measure]] = field(default_factory=list)
    """Where a recount began another part: the place of its first event, the whole time and the measure from there."""
    seen: list[tuple[timedelta, bool]] = field(default_factory=list)
    """For each event: what the walk has used by then, and whether it was late."""

    def told(self) -> dict[str, Any]:
        """What every function of the policy is told."""
        return {"measure": self.measure, "calendars": CALENDARS, "started_at": self.started_at}

    def stand(self, place: int, at: datetime) -> tuple[timedelta, bool]:
        """Walk from an event to an instant: the time used by then, and whether it is late."""
        event, (used, late) = self.events[place], self.seen[place]
        if event.due_at is None:
            return used, late
        _, whole, measure = [part for part in self.parts if part[0] <= place][-1]
        minutes = minutes_of(measure, self.started_at)
        return used + walk(minutes, event.at, at), late or at > walk_on(minutes, event.at, whole - used)

    def lives_on(
        self, event: ClockEvent, what: str, at: datetime, used: timedelta, late: bool, runs: bool
    ) -> None:
        """Hold an event of the policy against the walk, and go on from it."""
        minutes = minutes_of(self.measure, self.started_at)
        due_at = walk_on(minutes, at, self.whole - used) if runs else None
        assert event[:4] == (what, at, used, due_at), self
        assert due_at is None or due_at >= at
        if what in ("started", "recounted"):
            self.parts.append((len(self.events), self.whole, self.measure))
        self.events.append(event)
        self.seen.append((used, late))


def step(life: Life, source: random.Random) -> bool:
    """Let one random thing happen to a clock; False where its life is over."""
    last = life.events[-1]
    gap = timedelta(
        microseconds=source.choice([0, source.randrange(180) * MINUTE, source.randrange(4000 * MINUTE)])
    )
    at = last.at + gap
    if last.due_at is not None and source.random() < 0.2:
        at = last.due_at + timedelta(microseconds=source.choice([-1, 0, 0, 1])) * (last.due_at > last.at)
    used, late = life.stand(len(life.events) - 1, at)
    abroad = at.astimezone(timezone(timedelta(hours=source.choice([8, 0, -7]))))
    same, runs = life.told(), last.due_at is not None
    if last.what in ("stopped", "cancelled"):
        if source.random() < 0.5:
            return False
        event = clocks.resume(last, at=abroad, whole=life.whole, **same)
        life.lives_on(event, "restarted", at, used, late, True)
        return True
    act = source.choice(
        ["pause", "pause", "recount", "end"]
        if runs
        else ["resume", "resume", "resume", "pause", "recount", "end"]
    )
    if act == "pause":
        life.lives_on(
            clocks.pause(last, at=abroad, reason=source.choice(WAITS), **same),
            "paused",
            at,
            used,
            late,
            False,
        )
    elif act == "resume":
        life.lives_on(
            clocks.resume(last, at=abroad, whole=life.whole, **same), "resumed", at, used, late, True
        )
    elif act == "end":
        what = source.choice(["stopped", "cancelled"])
        life.lives_on(clocks.stop(last, at=abroad, what=what, **same), what, at, used, late, False)
    else:
        recount(life, source, at, used)
    return True


def recount(life: Life, source: random.Random, at: datetime, used: timedelta) -> None:
    """Change limit, calendar, hours or unit; used time stays, but from working time to continuous or back."""
    last, old = life.events[-1], life.measure
    limit, life.measure = some_limit(source)
    if source.random() < 0.3 and old.unit != "continuous":  # the calendar alone, or the hours alone
        life.measure = source.choice(
            [old._replace(calendar="island"), old._replace(hours=source.choice(HOURS))]
        )
        limit = Limit(old.unit, limit.amount % 3 + 1)
    life.whole = whole_of(limit, life.measure)
    past = clocks.running_spans(life.events, until=at)
    if (old.unit == "continuous") != (life.measure.unit == "continuous"):
        minutes = minutes_of(life.measure, life.started_at)
        ends = [event.at for event in life.events[1:]] + [at]
        used = sum(
            (walk(minutes, e.at, end) for e, end in zip(life.events, ends, strict=True) if e.due_at),
            timedelta(),
        )
    event = clocks.recount(
        last, at=at, new_whole=life.whole, new_measure=life.measure, old_measure=old, past=past,
        calendars=CALENDARS, started_at=life.started_at,
    )  # fmt: skip
    life.lives_on(event, "recounted", at, used, used > life.whole, last.due_at is not None)
    assert event.reason == ("" if last.due_at is not None else last.reason)


def some_life(source: random.Random) -> Life:
    limit, measure = some_limit(source)
    life = Life(some_instant(source), whole_of(limit, measure), measure)
    assert clocks.whole_time(limit, measure, calendars=CALENDARS) == life.whole
    event = clocks.start(whole=life.whole, **life.told())
    life.lives_on(event, "started", life.started_at, timedelta(), False, True)
    for _ in range(source.randrange(9)):
        if not step(life, source):
            break
    return life


def replayed(life: Life, place: int, at: datetime) -> clocks.ClockState | None:
    """Replay the part of a life that an event belongs to."""
    number = max(n for n, part in enumerate(life.parts) if part[0] <= place)
    first, whole, measure = life.parts[number]
    until = life.parts[number + 1][0] if number + 1 < len(life.parts) else None
    return clocks.replay(
        life.events[first:until],
        whole=whole,
        measure=measure,
        calendars=CALENDARS,
        started_at=life.started_at,
        at=at,
    )


def hold_past_moment(life: Life, at: datetime) -> None:
    """Hold the state of a clock at one moment against the walk to that moment."""
    known = [place for place, event in enumerate(life.events) if event.at <= at]
    if not known:
        assert replayed(life, 0, at) is None
        return
    place = known[-1]
    event = life.events[place]
    used, late = life.stand(place, at)
    _, whole, measure = [part for part in life.parts if part[0] <= place][-1]
    state = replayed(life, place, at)
    assert state is not None
    assert (state.used, state.left, state.due_at) == (used, whole - used, event.due_at)
    assert (state.running, state.ended) == (event.due_at is not None, event.what in ("stopped", "cancelled"))
    assert state.waiting_for == (event.reason if event.due_at is None and not state.ended else "")
    assert state.late == late, (life, at)
    announced = {"china": 2026, "island": 2025}.get(measure.calendar, 9999)
    nearly = event.due_at and (event.due_at - timedelta(microseconds=event.due_at > event.at))
    assert state.provisional == (nearly is not None and nearly.year > announced)


@pytest.mark.parametrize("seed", range(8))
def test_thousands_of_lives_agree_with_a_walk_minute_by_minute(seed: int) -> None:
    source = random.Random(seed)
    happened = set()
    for _ in range(LIVES // 8):
        life = some_life(source)
        happened |= {event.what for event in life.events}
        span = (life.events[-1].at - life.started_at) // timedelta(microseconds=1)
        for _ in range(3):
            offset = source.randint(-10 * MINUTE, span + 2000 * MINUTE)
            hold_past_moment(life, life.started_at + timedelta(microseconds=offset))
        hold_past_moment(life, source.choice(life.events).at)
    assert happened == {"started", "paused", "resumed", "stopped", "restarted", "recounted", "cancelled"}


def test_warnings_come_when_their_share_has_been_used_as_the_walk_uses_it() -> None:
    source = random.Random(99)
    for _ in range(400):
        life = some_life(source)
        last, (used, _) = life.events[-1], life.seen[-1]
        found = clocks.warning_instants(
            life.measure, calendars=CALENDARS, started_at=life.started_at, at=last.at, used=used, whole=life.whole,
            shares=SHARES,
        )  # fmt: skip
        minutes = minutes_of(life.measure, life.started_at)
        assert found == tuple(
            walk_on(minutes, last.at, life.whole * share.numerator / share.denominator - used)
            for share in SHARES
        )
        assert list(found) == sorted(found)
        assert last.due_at in (None, found[1])
