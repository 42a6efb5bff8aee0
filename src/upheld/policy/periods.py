"""The windows in which a promise is to be kept: calendar periods, weekends, festivals and birthdays.

A window is its first and last day. Only windows that begin within the asked range [from, until) are given.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from upheld.policy.facts import MonthDay
from upheld.policy.lunar import FESTIVAL_DAYS, LunarCalendar

MONTHS = {"month": 1, "two_months": 2, "quarter": 3, "half_year": 6, "year": 12, "two_years": 24}


class Window(NamedTuple):
    """First day, last day, and which of several promises in the same window this is (from 1)."""

    from_date: date
    due_date: date
    turn: int = 1


def weekends(from_date: date, until_date: date) -> Iterator[Window]:
    """Give every Saturday-to-Sunday window that begins in [from, until)."""
    for saturday in _weekly(from_date, until_date, calendar.SATURDAY):
        yield Window(saturday, saturday + timedelta(days=1))


def weeks(from_date: date, until_date: date, times: int) -> Iterator[Window]:
    """Give every Monday-to-Sunday window that begins in [from, until), once for each time owed."""
    for monday in _weekly(from_date, until_date, calendar.MONDAY):
        yield from _turns(monday, monday + timedelta(days=6), times)


def calendar_periods(per: str, times: int, from_date: date, until_date: date) -> Iterator[Window]:
    """Give the calendar periods that begin in [from, until).

    Two times a month split the month into 1-15 and 16-end; otherwise there is one window for each time owed.
    Two-year periods are counted from 2005, the year from which the default edition is in force.
    """
    length = MONTHS[per]
    month = _first_month(from_date, length)
    while (start := _first_day(month)) < until_date:
        end = _first_day(month + length) - timedelta(days=1)
        if per == "month" and times == 2:
            windows = [Window(start, start.replace(day=15)), Window(start.replace(day=16), end)]
        else:
            windows = list(_turns(start, end, times))
        yield from (window for window in windows if from_date <= window.from_date < until_date)
        month += length


def festival(name: str, lunar: LunarCalendar, from_date: date, until_date: date) -> Iterator[Window]:
    """Give the day of a festival in every year of [from, until)."""
    if name == "new_year":
        days = _solar_days(1, 1, from_date, until_date)
    else:
        days = lunar.days_between(from_date, until_date, *FESTIVAL_DAYS[name])
    yield from (Window(day, day) for day in days)


def birthday(
    born: MonthDay, in_calendar: str, lunar: LunarCalendar, from_date: date, until_date: date
) -> Iterator[Window]:
    """Give the birthdays in [from, until); a day that the month lacks falls on the month's last day."""
    if in_calendar == "lunar":
        days = lunar.days_between(from_date, until_date, born.month, born.day)
    else:
        days = _solar_days(born.month, born.day, from_date, until_date)
    yield from (Window(day, day) for day in days)


def _weekly(from_date: date, until_date: date, weekday: int) -> Iterator[date]:
    day = from_date + timedelta(days=(weekday - from_date.weekday()) % 7)
    while day < until_date:
        yield day
        day += timedelta(days=7)


def _turns(start: date, end: date, times: int) -> Iterator[Window]:
    for turn in range(1, times + 1):
        yield Window(start, end, turn)


def _first_month(day: date, length: int) -> int:
    """Number the first month of the period that holds a day; months are counted from January 2005."""
    month = (day.year - 2005) * 12 + day.month - 1
    return month - month % length


def _first_day(month: int) -> date:
    return date(2005 + month // 12, month % 12 + 1, 1)


def _solar_days(month: int, day: int, from_date: date, until_date: date) -> list[date]:
    found = []
    for year in range(from_date.year, until_date.year + 1):
        on = date(year, month, min(day, calendar.monthrange(year, month)[1]))
        if from_date <= on < until_date:
            found.append(on)
    return found
