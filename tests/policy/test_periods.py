"""Windows agree with a walk over every day of the range, and the lunar table with an independent almanac."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lunar_python import Lunar, LunarMonth, Solar

from upheld.policy import periods
from upheld.policy.editions import shipped_edition
from upheld.policy.facts import MonthDay
from upheld.policy.problems import OutsideDates

DAYS = st.dates(date(2005, 1, 1), date(2058, 12, 31))
LUNAR = shipped_edition().lunar


def every_day(start: date, until: date):
    day = start
    while day < until:
        yield day
        day += timedelta(days=1)


def begins(per: str, day: date) -> bool:
    """Say by the calendar alone whether a period begins on a day."""
    months = {"month": 1, "two_months": 2, "quarter": 3, "half_year": 6, "year": 12}
    if per == "two_years":
        return (day.month, day.day) == (1, 1) and day.year % 2 == 1
    return day.day == 1 and (day.month - 1) % months[per] == 0


@given(
    start=DAYS,
    length=st.integers(0, 900),
    per=st.sampled_from(sorted(periods.MONTHS)),
    times=st.integers(1, 3),
)
@settings(max_examples=150, deadline=None)
def test_calendar_periods_agree_with_a_walk_over_every_day(start, length, per, times):
    until = start + timedelta(days=length)
    found = list(periods.calendar_periods(per, times, start, until))
    if per == "month" and times == 2:
        walked = [day for day in every_day(start, until) if day.day in (1, 16)]
        assert [w.from_date for w in found] == walked
        assert all(
            w.due_date.day
            == (15 if w.from_date.day == 1 else calendar.monthrange(*w.from_date.timetuple()[:2])[1])
            for w in found
        )
        return
    walked = [day for day in every_day(start, until) if begins(per, day)]
    assert [(w.from_date, w.turn) for w in found] == [
        (day, turn) for day in walked for turn in range(1, times + 1)
    ]
    for window in found:
        inside = list(every_day(window.from_date + timedelta(days=1), window.due_date + timedelta(days=1)))
        assert not any(begins(per, day) for day in inside)
        assert begins(per, window.due_date + timedelta(days=1))


@given(start=DAYS, length=st.integers(0, 400))
@settings(max_examples=80, deadline=None)
def test_weekends_agree_with_a_walk(start, length):
    until = start + timedelta(days=length)
    found = list(periods.weekends(start, until))
    assert [w.from_date for w in found] == [day for day in every_day(start, until) if day.weekday() == 5]
    assert all(w.due_date.weekday() == 6 and (w.due_date - w.from_date).days == 1 for w in found)


def test_the_lunar_table_agrees_with_an_independent_almanac_on_every_month():
    for year in range(2004, 2061):
        for month in range(1, 13):
            length = LunarMonth.fromYm(year, month).getDayCount()
            for day in (1, 15, length):
                solar = Lunar.fromYmd(year, month, day).getSolar().toYmd()
                assert LUNAR.solar_day(year, month, day).isoformat() == solar


def test_a_lunar_day_that_the_month_lacks_falls_on_its_last_day():
    short = next(y for y in range(2010, 2060) if LunarMonth.fromYm(y, 12).getDayCount() == 29)
    assert LUNAR.solar_day(short, 12, 30) == LUNAR.solar_day(short, 12, 29)


@given(start=DAYS, length=st.integers(0, 800), month=st.integers(1, 12), day=st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_lunar_birthdays_agree_with_asking_the_almanac_of_every_day(start, length, month, day):
    until = start + timedelta(days=length)
    found = [w.from_date for w in periods.birthday(MonthDay(month, day), "lunar", LUNAR, start, until)]
    walked = []
    for candidate in every_day(start, until):
        lunar = Lunar.fromSolar(Solar.fromYmd(candidate.year, candidate.month, candidate.day))
        if lunar.getMonth() != month:
            continue
        length_of_month = LunarMonth.fromYm(lunar.getYear(), month).getDayCount()
        if lunar.getDay() == min(day, length_of_month):
            walked.append(candidate)
    assert found == walked


def test_a_birthday_on_29_february_is_kept_on_the_last_day_in_other_years():
    found = list(periods.birthday(MonthDay(2, 29), "solar", LUNAR, date(2027, 1, 1), date(2029, 1, 1)))
    assert [w.from_date for w in found] == [date(2027, 2, 28), date(2028, 2, 29)]


def test_a_lunar_year_beyond_the_table_is_refused():
    with pytest.raises(OutsideDates):
        LUNAR.solar_day(2061, 1, 1)
