"""Working days and working hours, counted over an official calendar by look-up and not by walking.

A working day: the day of opening is not counted, and the limit ends at the close of business of the last day counted
(Civil Code, articles 201 and 203). A working hour runs within business hours alone. How much business lies between two
instants, and when so much more has passed, is told to the microsecond. Everything is counted in one zone, +08:00, which
has had no summer time since 1991. After the last announced year only weekends are assumed to be free, and the answer
says that it is provisional.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import cached_property, lru_cache
from itertools import accumulate

from upheld.policy.calendars import OfficialCalendar
from upheld.policy.day_spans import DAY_SECONDS, Span, read_spans
from upheld.policy.problems import OutsideDates

BEIJING = timezone(timedelta(hours=8))
MICROSECOND, SECOND = timedelta(microseconds=1), 1_000_000
BUSINESS_HOURS = "08:30-12:00, 13:30-18:00"
"""Business hours where no standard of the edition says its own."""


@lru_cache(maxsize=16)
def working_time(calendar: OfficialCalendar, hours: str = BUSINESS_HOURS) -> WorkingTime:
    """Return the working time of a calendar and its business hours; the tables are made once."""
    return WorkingTime(calendar, read_spans(hours))


class WorkingTime:
    """Look-up tables over the announced years of one calendar: count of working days by day, and the days by count."""

    def __init__(self, calendar: OfficialCalendar, spans: tuple[Span, ...]) -> None:
        self.calendar, self.spans = calendar, spans
        self.first = datetime(calendar.first_year, 1, 1, tzinfo=BEIJING).toordinal()
        self.last = datetime(calendar.last_year, 12, 31, tzinfo=BEIJING).toordinal()
        every_day = range(self.first, self.last + 1)
        self.days = [ordinal for ordinal in every_day if calendar.is_working(ordinal)]
        """Every working day of the announced years, as ordinals."""
        self.counted = list(accumulate(map(set(self.days).__contains__, every_day)))
        """For each day from `first`: how many working days there are up to and with it."""
        self.close = timedelta(seconds=spans[-1][1])
        self.seconds_a_day = sum(end - start for start, end in spans)
        # Whole answers, ready to hand out, made when first asked for: the close of business of each working day.
        self._closes: list[tuple[datetime, bool]] = []

    def after_days(self, opened_at: datetime, days: int) -> tuple[datetime, bool]:
        """Return the close of business of the Nth working day after the day of opening, and whether it is provisional.

        `opened_at` carries an offset. Raises `OutsideDates` before the first announced year, OverflowError past the
        year 9999.
        """
        if opened_at.tzinfo != BEIJING:
            opened_at = opened_at.astimezone(BEIJING)
        place = opened_at.toordinal() - self.first
        if place >= 0:
            try:
                return self._closes[self.counted[place] + days - 1]
            except IndexError:
                if len(self._closes) < len(self.days):
                    self._make_closes()
                    return self.after_days(opened_at, days)
        return _midnight(self._nth(place + self.first, days)) + self.close, True

    def after_hours(self, opened_at: datetime, hours: int) -> tuple[datetime, bool]:
        """Return the instant at which so many hours of business have passed, and whether it is provisional.

        The opening day counts from the opening on. Raises as `after_days` does.
        """
        if opened_at.tzinfo != BEIJING:
            opened_at = opened_at.astimezone(BEIJING)
        passed, ends = self._seconds
        ordinal = opened_at.toordinal()
        second = opened_at.hour * 3600 + opened_at.minute * 60 + opened_at.second
        total, begun, rests = hours * 3600, 0, 1
        if self._works(ordinal):
            total += passed[second]
            # A second of business that has only begun: it begins again at the end of the limit.
            if opened_at.microsecond and passed[second + 1] > passed[second]:
                begun = opened_at.microsecond
            rests = 0
        full, rest = divmod(total if begun else total - 1, self.seconds_a_day)
        end = ends[rest] - 1 if begun else ends[rest]
        place, steps = ordinal - self.first, full + rests
        if place < len(self.counted) and (found := self.counted[place] + steps - 1) < len(self.days):
            closes = self._closes or self._make_closes()
            return closes[found][0] + self._from_close(end, begun), False
        day = self._nth(ordinal, steps) if steps else ordinal
        return _midnight(day) + timedelta(seconds=end, microseconds=begun), day > self.last

    def business_between(self, from_at: datetime, until_at: datetime) -> timedelta:
        """Return how much business lies between two instants; below zero when the second is the earlier one.

        Instants carry an offset. Raises `OutsideDates` before the first announced year.
        """
        return timedelta(microseconds=self._business_before(until_at) - self._business_before(from_at))

    def after_business(self, at: datetime, more: timedelta) -> tuple[datetime, bool]:
        """Return the first instant by which so much more business has passed, and whether it is provisional.

        What ends exactly at a close of business ends there, and not at the next opening. Nothing more ends at `at`.
        Raises as `after_days` does.
        """
        at = at.astimezone(BEIJING)
        if more <= timedelta():
            return at, at.toordinal() > self.last
        days, rest = divmod(self._business_before(at) + more // MICROSECOND - 1, self.seconds_a_day * SECOND)
        ordinal = (
            self.days[days] if days < len(self.days) else self._nth(self.last, days + 1 - len(self.days))
        )
        second, microsecond = divmod(rest, SECOND)
        end = timedelta(seconds=self._seconds[1][second] - 1, microseconds=microsecond + 1)
        return _midnight(ordinal) + end, ordinal > self.last

    def longest(self, days: int) -> timedelta:
        """Return the longest time that a limit of so many working days has ever run over the announced years."""
        runs = zip(self.days[:-days], self.days[days:], strict=True) if days < len(self.days) else ()
        widest = max((end - start for start, end in runs), default=3 * days)
        return timedelta(days=widest) + self.close

    def _make_closes(self) -> list[tuple[datetime, bool]]:
        self._closes = [(_midnight(day) + self.close, False) for day in self.days]
        return self._closes

    @cached_property
    def _seconds(self) -> tuple[list[int], list[int]]:
        """Return how much business has passed at each second of a day, and when each second of business ends."""
        passed = [0]
        ends: list[int] = []
        for start, end in self.spans:
            passed += [passed[-1]] * (start - len(passed) + 1)
            passed += range(passed[-1] + 1, passed[-1] + 1 + end - start)
            ends += range(start + 1, end + 1)
        return passed + [passed[-1]] * (DAY_SECONDS + 1 - len(passed)), ends

    def _business_before(self, at: datetime) -> int:
        """Return the business of the calendar from its first day until an instant, in microseconds."""
        at = at.astimezone(BEIJING)
        ordinal, passed = at.toordinal(), self._seconds[0]
        today = 0
        if works := self._works(ordinal):
            second = at.hour * 3600 + at.minute * 60 + at.second
            today = passed[second] * SECOND + (at.microsecond if passed[second + 1] > passed[second] else 0)
        return (self._days_until(ordinal) - works) * self.seconds_a_day * SECOND + today

    def _days_until(self, ordinal: int) -> int:
        """Return how many working days there are from the first day up to and with a day."""
        if ordinal <= self.last:
            return self.counted[ordinal - self.first]
        return len(self.days) + _weekdays_until(ordinal) - _weekdays_until(self.last)

    def _from_close(self, second: int, microsecond: int) -> timedelta:
        return timedelta(seconds=second - self.spans[-1][1], microseconds=microsecond)

    def _works(self, ordinal: int) -> bool:
        place = ordinal - self.first
        if place < 0:
            raise self._too_early()
        return self.calendar.is_working(ordinal)

    def _nth(self, ordinal: int, days: int) -> int:
        """Return the Nth working day after a day; past the announced years by arithmetic on weekdays."""
        if ordinal < self.first:
            raise self._too_early()
        if ordinal <= self.last:
            place = self.counted[ordinal - self.first] + days - 1
            if place < len(self.days):
                return self.days[place]
            ordinal, days = self.last, place - len(self.days) + 1
        weekday = (ordinal - 1) % 7
        if weekday > 4:
            ordinal, weekday = ordinal - (weekday - 4), 4
        weeks, rest = divmod(days, 5)
        return ordinal + weeks * 7 + rest + (2 if weekday + rest > 4 else 0)

    def _too_early(self) -> OutsideDates:
        return OutsideDates(f"calendar '{self.calendar.name}' begins with {self.calendar.first_year}")


def _weekdays_until(ordinal: int) -> int:
    """Return how many days from Monday to Friday there are from day 1, a Monday, up to and with a day."""
    weeks, rest = divmod(ordinal, 7)
    return weeks * 5 + min(rest, 5)


def _midnight(ordinal: int) -> datetime:
    try:
        return datetime.fromordinal(ordinal).replace(tzinfo=BEIJING)
    except ValueError:
        raise OverflowError(f"day {ordinal} is past the last year of the calendar") from None
