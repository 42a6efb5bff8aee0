"""Working days and hours by look-up agree with a walk minute by minute over days that another package announces."""

import random
from datetime import date, datetime, timedelta, timezone
from functools import cache

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.faces.cli.calendar import year_tables
from upheld.policy.calendars import read_calendars
from upheld.policy.day_spans import read_span, read_spans
from upheld.policy.problems import OutsideDates
from upheld.policy.standards import shipped_folder
from upheld.policy.working_time import BEIJING, WorkingTime, working_time

CHINA = read_calendars({}, [])["china"]
TIME = working_time(CHINA)
BUSINESS_MINUTES = frozenset([*range(8 * 60 + 30, 12 * 60), *range(13 * 60 + 30, 18 * 60)])
EPOCH = datetime(2003, 1, 1, tzinfo=BEIJING)


@cache
def worked(day: int) -> bool:
    """Say whether the day so many days after the epoch is worked, as the package announces it."""
    when = EPOCH.date() + timedelta(days=day)
    if when.year > 2026:
        return when.weekday() < 5
    return chinese_calendar.is_workday(when)


def minutes_from_epoch(instant: datetime) -> int:
    return int((instant - EPOCH).total_seconds() // 60)


def as_instant(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


START = minutes_from_epoch(datetime(2004, 1, 1, tzinfo=BEIJING))


def walk_days(opened_at: datetime, days: int) -> datetime:
    """Walk minute by minute: a new working day is counted at its midnight, and the last one ends at 18:00."""
    minute, counted = minutes_from_epoch(opened_at), 0
    while True:
        minute += 1
        if minute % 1440 == 0 and worked(minute // 1440):
            counted += 1
        if counted == days and minute % 1440 == 18 * 60:
            return as_instant(minute)


def walk_hours(opened_at: datetime, hours: int) -> datetime:
    """Walk minute by minute: a minute is counted when it lies in business hours of a worked day."""
    minute, left = minutes_from_epoch(opened_at), hours * 60
    while left:
        if minute % 1440 in BUSINESS_MINUTES and worked(minute // 1440):
            left -= 1
        minute += 1
    return as_instant(minute)


def turning_days() -> list[date]:
    """Name the days around which counting goes wrong: festivals, make-up workdays and the ends of years."""
    days = {*chinese_calendar.constants.holidays, *chinese_calendar.constants.workdays}
    days |= {date(year, 12, 31) for year in range(2004, 2027)}
    return sorted(days)


def random_instants(count: int, seed: int) -> list[datetime]:
    source, turning = random.Random(seed), turning_days()
    found = []
    for place in range(count):
        if place % 2:
            day = source.choice(turning) + timedelta(days=source.randint(-4, 2))
        else:
            day = date(2004, 1, 1) + timedelta(days=source.randrange(8400))
        day = max(day, date(2004, 1, 1))
        midnight = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
        zone = timezone(timedelta(hours=source.choice([8, 8, 0, -5, 6])))
        found.append((midnight + timedelta(minutes=source.randrange(1440))).astimezone(zone))
    return found


def test_thousands_of_working_days_agree_with_a_walk_minute_by_minute():
    source = random.Random(3)
    for opened_at in random_instants(3000, seed=1):
        days = source.choice([1, 1, 2, 2, 3, 5])
        due_at, provisional = TIME.after_days(opened_at, days)
        assert due_at == walk_days(opened_at, days), (opened_at, days)
        assert provisional == (due_at.year > 2026)
        assert due_at.utcoffset() == timedelta(hours=8)


def test_thousands_of_working_hours_agree_with_a_walk_minute_by_minute():
    source = random.Random(4)
    for opened_at in random_instants(3000, seed=2):
        hours = source.choice([1, 2, 3, 4, 8, 9, 16, 20])
        due_at, provisional = TIME.after_hours(opened_at, hours)
        assert due_at == walk_hours(opened_at, hours), (opened_at, hours)
        assert provisional == (due_at.year > 2026)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(START, minutes_from_epoch(datetime(2029, 6, 1, tzinfo=BEIJING))).map(as_instant),
    st.integers(1, 12),
)
def test_any_minute_agrees_with_the_walk_beyond_the_announced_years_too(opened_at, amount):
    assert TIME.after_days(opened_at, amount)[0] == walk_days(opened_at, amount)
    assert TIME.after_hours(opened_at, amount)[0] == walk_hours(opened_at, amount)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(START, minutes_from_epoch(datetime(2027, 6, 1, tzinfo=BEIJING))).map(as_instant),
    st.integers(0, 59_999_999),
    st.integers(1, 40),
)
def test_seconds_move_a_working_hour_as_they_move_its_opening(whole, microseconds, hours):
    beyond = timedelta(microseconds=microseconds)
    due_at = TIME.after_hours(whole + beyond, hours)[0]
    inside = minutes_from_epoch(whole) % 1440 in BUSINESS_MINUTES and worked(
        minutes_from_epoch(whole) // 1440
    )
    if not inside:
        assert due_at == walk_hours(whole, hours)
        return
    # The part of the first minute that is not used is used up at the end, in whatever minute comes next.
    last = walk_hours(whole, hours)
    if beyond and minutes_from_epoch(last) % 1440 not in BUSINESS_MINUTES:
        last = walk_hours(last, 1) - timedelta(hours=1)
    assert due_at == last + beyond


@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        ("2026-02-13T23:59:59", 1, "2026-02-14T18:00:00"),  # the Saturday made up for Spring Festival
        ("2026-02-14T08:00:00", 1, "2026-02-24T18:00:00"),  # nine days off
        ("2026-09-30T12:00:00", 1, "2026-10-08T18:00:00"),
        ("2026-10-09T12:00:00", 1, "2026-10-10T18:00:00"),  # the Saturday made up for National Day
        ("2026-10-04T12:00:00", 1, "2026-10-08T18:00:00"),  # opened on a holiday
        ("2025-12-31T17:59:59", 1, "2026-01-04T18:00:00"),  # over the end of the year, on a make-up Sunday
        ("2008-01-25T09:00:00", 5, "2008-02-01T18:00:00"),
    ],
)
def test_working_days_known_by_hand(opened, days, due):
    opened_at = datetime.fromisoformat(opened).replace(tzinfo=BEIJING)
    assert TIME.after_days(opened_at, days) == (datetime.fromisoformat(due).replace(tzinfo=BEIJING), False)


@pytest.mark.parametrize(
    ("opened", "hours", "due"),
    [
        ("2026-03-02T10:00:00", 2, "2026-03-02T12:00:00"),  # ends with the morning, not after lunch
        ("2026-03-02T10:00:30", 2, "2026-03-02T13:30:30"),
        ("2026-03-02T12:30:00", 1, "2026-03-02T14:30:00"),
        ("2026-03-06T17:30:00", 1, "2026-03-09T09:00:00"),
        ("2026-03-07T10:00:00", 8, "2026-03-09T18:00:00"),
        ("2026-03-02T18:00:00", 8, "2026-03-03T18:00:00"),
        ("2026-03-02T08:29:59", 8, "2026-03-02T18:00:00"),
    ],
)
def test_working_hours_known_by_hand(opened, hours, due):
    opened_at = datetime.fromisoformat(opened).replace(tzinfo=BEIJING)
    assert TIME.after_hours(opened_at, hours) == (datetime.fromisoformat(due).replace(tzinfo=BEIJING), False)


def test_a_day_before_the_first_announced_year_is_refused():
    early = datetime(2003, 12, 31, 12, tzinfo=BEIJING)
    for count in (TIME.after_days, TIME.after_hours):
        with pytest.raises(OutsideDates, match="begins with 2004"):
            count(early, 1)


def test_the_end_of_time_overflows_and_is_not_wrapped_around():
    late = datetime(9999, 12, 30, 12, tzinfo=BEIJING)
    for count in (TIME.after_days, TIME.after_hours):
        with pytest.raises(OverflowError):
            count(late, 100)


def test_the_longest_limit_is_the_widest_run_of_days_off():
    assert TIME.longest(1) == timedelta(
        days=11, hours=18
    )  # Spring Festival of 2020, made longer in an epidemic
    assert TIME.longest(100_000) > timedelta(days=100_000)


def test_business_without_a_break_counts_too():
    time = WorkingTime(CHINA, read_spans("00:00-24:00"))
    opened_at = datetime(2026, 3, 6, 23, tzinfo=BEIJING)
    assert time.after_hours(opened_at, 2) == (datetime(2026, 3, 9, 1, tzinfo=BEIJING), False)
    assert time.after_days(opened_at, 1) == (datetime(2026, 3, 10, tzinfo=BEIJING), False)


@pytest.mark.parametrize(
    "wrong", ["", "8-12", "12:00-08:00", "08:00-12:00, 11:00-18:00", "08:60-12:00", "08:00-25:00"]
)
def test_stretches_that_make_no_business_day_are_refused(wrong):
    with pytest.raises(ValueError, match=r"stretch|written as"):
        read_spans(wrong)


def test_a_stretch_may_pass_midnight_where_a_night_is_meant():
    assert read_span("20:00-08:00") == (72_000, 28_800)
    with pytest.raises(ValueError, match="stretch"):
        read_span("08:00-08:00")


def test_every_announced_day_is_the_one_that_the_package_announces():
    day = date(2004, 1, 1)
    while day.year <= 2026:
        assert CHINA.is_working(day.toordinal()) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)
    assert (CHINA.first_year, CHINA.last_year) == (2004, 2026)


def test_the_kept_tables_are_what_the_command_writes():
    folder = shipped_folder() / "_calendars" / "china"
    kept = {int(path.stem): path.read_text("utf-8") for path in folder.glob("*.yaml")}
    assert kept == year_tables()


def test_a_faulty_year_table_names_every_fault():
    problems = []
    read_calendars(
        {
            "_calendars/moon/2020.yaml": "year: 2021\ndays_off: []\n",
            "_calendars/moon/2022.yaml": (
                "year: 2022\ndays_off:\n- {from: 2022-01-03, until: 2022-01-02}\n"
                "- {from: 2022-05-01, until: 2022-05-03}\n"
                "make_up_workdays: [2022-05-02, 2023-01-01, tomorrow]\nextra: 1\n"
            ),
            "_calendars/moon/2024.yaml": "year: 2024\n",
        },
        problems,
    )
    said = "\n".join(map(str, problems))
    for words in ("holds the year 2021", "stretch of days of 2022", "both a day off and", "unknown key 'extra'",
                  "not a day of 2022", "no year 2023"):  # fmt: skip
        assert words in said
    assert all(problem.remedy for problem in problems)
