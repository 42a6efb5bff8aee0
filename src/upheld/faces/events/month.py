"""Lay the events of a month out as weeks, as a calendar on a wall shows them; a phone shows the days that have some."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from upheld.faces.events.lines import EventLine, event_line
from upheld.faces.months import in_address, month_after, month_before
from upheld.records.events.queries import Seats, events_between, seats_of


@dataclass(frozen=True)
class Day:
    """One day of the calendar."""

    day: date
    inside: bool
    is_today: bool
    events: list[EventLine]


@dataclass(frozen=True)
class Month:
    """A month with its weeks, and the months before and after it."""

    first: date
    weeks: list[list[Day]]
    before: str
    after: str
    number: int
    not_closed: list[EventLine]
    """Events that are over and whose list nobody has closed."""


def month_of(first: date, *, now: datetime) -> Month:
    """Fetch the events of a month and of the days that fill its first and last week. Two queries."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    begin, end = weeks[0][0], weeks[-1][-1] + timedelta(days=1)
    zone = timezone.get_default_timezone()
    rows = events_between(datetime.combine(begin, time(), zone), datetime.combine(end, time(), zone))
    seats = seats_of([one.pk for one in rows])
    by_day: dict[date, list[EventLine]] = {}
    open_lists = []
    for row in rows:
        line = event_line(row, seats.get(row.pk, Seats()))
        by_day.setdefault(line.starts_at.date(), []).append(line)
        if row.state == "planned" and row.ends_at < now:
            open_lists.append(line)
    today = timezone.localdate(now)
    return Month(
        first=first,
        weeks=[
            [Day(day, day.month == first.month, day == today, by_day.get(day, [])) for day in week]
            for week in weeks
        ],
        before=in_address(month_before(first)),
        after=in_address(month_after(first)),
        number=sum(len(found) for day, found in by_day.items() if day.month == first.month),
        not_closed=open_lists,
    )
