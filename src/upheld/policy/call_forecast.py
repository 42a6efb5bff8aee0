"""How many calls to expect in each half hour of a day to come, from the days that were like it.

A day is like others by the official calendar: a holiday is like the holidays before it, and where there are none like
Sundays; a weekend day that is worked is like working days; any other day is like its own weekday, holidays and such
working weekends left out. Beyond the announced years nobody knows the holidays: a day is then taken by its weekday,
and the forecast says that it is provisional. Of a day without any call nothing was handed over: it counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from upheld.policy.calendars import OfficialCalendar

SLOTS = 48
"""The half hours of a day."""

SLOT_SECONDS = 1800
WEEKS = 8
"""How many of the latest like days a forecast rests on, unless somebody says otherwise."""

HOLIDAYS_BACK_DAYS = 400
"""Earlier holidays count for a little over a year: last year's festival is among them."""

FEW_TALKS = 20
"""Of fewer talks than these the mean of a half hour says little; the day's is taken."""


@dataclass(frozen=True)
class DayOfCalls:
    """What a past day had, by half hour: calls that asked, talks, and their seconds in sum."""

    asked: Sequence[int]
    talks: Sequence[int]
    talk_seconds: Sequence[float]


@dataclass(frozen=True)
class Forecast:
    """Expected calls and mean seconds of talk for each half hour (None where nobody ever talked).

    `basis`: weekday, working_day, holiday, sunday (for want of holidays), or nothing. `days` are those it rests on.
    """

    day: date
    basis: str
    days: tuple[date, ...]
    calls: tuple[float, ...]
    talk_seconds: tuple[float | None, ...]
    is_provisional: bool

    @property
    def total(self) -> float:
        """Return the calls of the whole day."""
        return sum(self.calls)


def days_that_may_count(*, day: date, calendar: OfficialCalendar, weeks: int = WEEKS) -> tuple[date, ...]:
    """Return the past days that a forecast of a day may rest on, so that no others need to be counted."""
    past = (date.fromordinal(day.toordinal() - back) for back in range(1, HOLIDAYS_BACK_DAYS + 1))
    wanted = _kind(day, calendar)
    first = day.toordinal() - 7 * weeks

    def may_count(other: date) -> bool:
        if wanted == "holiday" and _kind(other, calendar) == "holiday":
            return True
        if other.toordinal() < first:
            return False
        weekdays = {"holiday": (6,), "worked_weekend": range(5)}.get(wanted, (day.weekday(),))
        return other.weekday() in weekdays

    return tuple(other for other in past if may_count(other))


def forecast_of(
    *, day: date, history: Mapping[date, DayOfCalls], calendar: OfficialCalendar, weeks: int = WEEKS
) -> Forecast:
    """Expect of a day the mean of the latest `weeks` days that were like it, half hour by half hour.

    `history` holds past days; only those before `day` count, and not those without a call.
    """
    known = sorted(past for past, calls in history.items() if past < day and any(calls.asked))
    basis, like = _like(day, known, calendar, weeks)
    days = tuple(sorted(like))
    asked = [[history[past].asked[slot] for past in days] for slot in range(SLOTS)]
    return Forecast(
        day=day,
        basis=basis if days else "nothing",
        days=days,
        calls=tuple(sum(counts) / len(days) if days else 0.0 for counts in asked),
        talk_seconds=_talks([history[past] for past in days]),
        is_provisional=not calendar.first_year <= day.year <= calendar.last_year,
    )


def _like(
    day: date, known: Sequence[date], calendar: OfficialCalendar, weeks: int
) -> tuple[str, Sequence[date]]:
    """Return what the day is taken for, and the latest days of that kind."""
    kind = _kind(day, calendar)
    ordinary = [past for past in known if _kind(past, calendar) == "ordinary"]
    if kind == "holiday":
        holidays = [past for past in known if _kind(past, calendar) == "holiday"]
        if holidays:
            return "holiday", holidays[-weeks:]
        return "sunday", _within(day, ordinary, weeks, lambda past: past.weekday() == 6)
    if kind == "worked_weekend":
        return "working_day", _within(day, ordinary, weeks, lambda past: past.weekday() < 5)
    return "weekday", _within(day, ordinary, weeks, lambda past: past.weekday() == day.weekday())


def _within(day: date, known: Iterable[date], weeks: int, is_like: Callable[[date], bool]) -> list[date]:
    """Return the known days of the last `weeks` weeks that are like the day."""
    first = day.toordinal() - 7 * weeks
    return [past for past in known if past.toordinal() >= first and is_like(past)]


def _kind(day: date, calendar: OfficialCalendar) -> str:
    ordinal = day.toordinal()
    if ordinal in calendar.days_off:
        return "holiday"
    if ordinal in calendar.days_worked and day.weekday() >= 5:
        return "worked_weekend"
    return "ordinary"


def _talks(days: Sequence[DayOfCalls]) -> tuple[float | None, ...]:
    talks = [sum(day.talks[slot] for day in days) for slot in range(SLOTS)]
    seconds = [sum(day.talk_seconds[slot] for day in days) for slot in range(SLOTS)]
    if not sum(talks):
        return (None,) * SLOTS
    overall = sum(seconds) / sum(talks)
    return tuple(
        seconds[slot] / talks[slot] if talks[slot] >= FEW_TALKS else overall for slot in range(SLOTS)
    )
