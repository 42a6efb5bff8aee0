"""Measure how fast deadlines are counted over the Chinese working calendar, and how often libraries get them wrong.

    python bench/deadlines.py [--count 100000] [--repeats 7] [--small]

Working days and working hours, one by one and in bulk. Bare contestants: a cumulative table in plain Python, and
numpy `searchsorted` over the working days. Libraries: bizdays, businesstimedelta and pandas, given every holiday that
the calendar has; none of them can be told of a weekend day that is worked. Every answer is held against a walk that
knows the make-up workdays: day by day, and minute by minute within a day. CPU time, all in one run and in turn,
medians.

Marks: one by one at most 2 times the CPU of the bare table; in bulk at most 2 times searchsorted; at least 10 times
ahead of the best library; every deadline right.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from datetime import time as time_of_day
from typing import Any

import bizdays
import businesstimedelta
import chinese_calendar
import numpy as np
import pandas as pd
import pytz

from upheld.batch.deadlines import WorkingTimeArrays
from upheld.policy.calendars import read_calendars
from upheld.policy.working_time import working_time

ZONE = timezone(timedelta(hours=8))
FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
DAYS = (1, 2, 3, 5, 7, 12)
"""The working days that the standards give, those of a chain of stages added up."""
HOURS = (1, 2, 4, 8, 12)
BUSINESS = ((8 * 60 + 30, 12 * 60), (13 * 60 + 30, 18 * 60))
MOST_OF_BARE, TIMES_AHEAD = 2.0, 10.0

Deadline = tuple[datetime, int]
OneByOne = Callable[[datetime, int], datetime]


def main() -> int:
    """Run every contest and print the ratios; return 1 where a mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=100_000, help="deadlines of each kind")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument(
        "--small", action="store_true", help="10 000 deadlines, three times: does it run at all"
    )
    told = parser.parse_args()
    count, repeats = (10_000, 3) if told.small else (told.count, told.repeats)
    china = working_time(read_calendars({}, [])["china"])
    days, hours = deadlines(count, DAYS, 1), deadlines(count, HOURS, 2)
    missed = contest(
        f"{count:,} limits in working days",
        days,
        ours=china.after_days,
        bare=bare_days(),
        libraries={
            "bizdays": by_bizdays(),
            "businesstimedelta": by_business_days(),
            "pandas": by_pandas_days(),
        },
        walk=walk_days,
        repeats=repeats,
    )
    missed += contest(
        f"{count:,} limits in working hours",
        hours,
        ours=china.after_hours,
        bare=bare_hours(),
        libraries={"businesstimedelta": by_business_hours(), "pandas": by_pandas_hours()},
        walk=walk_hours,
        repeats=repeats,
    )
    missed += bulk_contest(days, WorkingTimeArrays(china), repeats)
    for line in missed:
        print(f"MISSED: {line}")
    return 1 if missed else 0


def deadlines(count: int, amounts: Sequence[int], seed: int) -> list[Deadline]:
    """Draw instants over every announced year, at any minute of any day, each with a limit; the last weeks left out."""
    source = random.Random(seed)
    span = (LAST - FIRST).days - 30
    found = []
    for _ in range(count):
        day = FIRST + timedelta(days=source.randrange(span))
        at = datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(minutes=source.randrange(1440))
        found.append((at, source.choice(amounts)))
    return found


# --- the walks -----------------------------------------------------------------------------------------

_WORKED = {
    FIRST + timedelta(days=place): chinese_calendar.is_workday(FIRST + timedelta(days=place))
    for place in range((LAST - FIRST).days + 1)
}


def walk_days(opened_at: datetime, days: int) -> datetime:
    """Walk day by day, make-up workdays and all."""
    day = opened_at.date()
    while days:
        day += timedelta(days=1)
        days -= _WORKED[day]
    return datetime(day.year, day.month, day.day, 18, tzinfo=ZONE)


def walk_hours(opened_at: datetime, hours: int) -> datetime:
    """Walk minute by minute through the business hours of each worked day."""
    day, minute, left = opened_at.date(), opened_at.hour * 60 + opened_at.minute, hours * 60
    while True:
        if _WORKED[day]:
            for start, end in BUSINESS:
                for passing in range(max(start, minute), end):
                    left -= 1
                    if not left:
                        midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
                        return midnight + timedelta(minutes=passing + 1)
        day, minute = day + timedelta(days=1), 0


# --- bare tables ---------------------------------------------------------------------------------------


def _tables() -> tuple[int, list[int], list[date]]:
    """Return the first ordinal, the working days up to each day, and the working days."""
    worked: list[date] = []
    counted = []
    for day, works in _WORKED.items():
        if works:
            worked.append(day)
        counted.append(len(worked))
    return FIRST.toordinal(), counted, worked


def bare_days() -> OneByOne:
    """Make the least that plain Python can do: two look-ups in lists, no zone, no bounds, nothing provisional."""
    first, counted, worked = _tables()
    closes = [datetime(day.year, day.month, day.day, 18, tzinfo=ZONE) for day in worked]

    def count(opened_at: datetime, days: int) -> datetime:
        return closes[counted[opened_at.toordinal() - first] + days - 1]

    return count


def bare_hours() -> OneByOne:
    """Make the same for hours: seconds of business up to each day, then the second of the day that is reached."""
    first, counted, worked = _tables()
    midnights = [datetime(day.year, day.month, day.day, tzinfo=ZONE) for day in worked]
    works = set(worked)
    (open_1, shut_1), (open_2, shut_2) = ((start * 60, end * 60) for start, end in BUSINESS)
    morning, long = shut_1 - open_1, shut_1 - open_1 + shut_2 - open_2

    def count(opened_at: datetime, hours: int) -> datetime:
        day = opened_at.date()
        total = counted[day.toordinal() - first] * long + hours * 3600 - 1
        if day in works:
            second = opened_at.hour * 3600 + opened_at.minute * 60 + opened_at.second
            total += (
                min(max(second - open_1, 0), morning) + min(max(second - open_2, 0), long - morning) - long
            )
        place, rest = divmod(total, long)
        rest += 1
        return midnights[place] + timedelta(
            seconds=open_1 + rest if rest <= morning else open_2 + rest - morning
        )

    return count


# --- libraries -----------------------------------------------------------------------------------------


def _holidays() -> list[date]:
    return sorted(day for day in chinese_calendar.constants.holidays if FIRST <= day <= LAST)


def by_bizdays() -> OneByOne:
    """Count working days with bizdays."""
    around = {"startdate": FIRST - timedelta(days=30), "enddate": LAST + timedelta(days=30)}
    calendar = bizdays.Calendar(_holidays(), ["Saturday", "Sunday"], name="China", **around)

    def count(opened_at: datetime, days: int) -> datetime:
        day = calendar.offset(calendar.preceding(opened_at.date()), days)
        return datetime(day.year, day.month, day.day, 18, tzinfo=ZONE)

    return count


def by_pandas_days() -> OneByOne:
    """Count working days with pandas' CustomBusinessDay."""
    offsets = {days: pd.offsets.CustomBusinessDay(days, holidays=_holidays()) for days in DAYS}
    close = timedelta(hours=18)

    def count(opened_at: datetime, days: int) -> datetime:
        due = pd.Timestamp(opened_at.date()) + offsets[days]
        return (due.to_pydatetime() + close).replace(tzinfo=ZONE)

    return count


def by_pandas_hours() -> OneByOne:
    """Count working hours with pandas' CustomBusinessHour."""
    hours = ["08:30", "13:30"], ["12:00", "18:00"]
    offsets = {
        amount: pd.offsets.CustomBusinessHour(amount, start=hours[0], end=hours[1], holidays=_holidays())
        for amount in HOURS
    }

    def count(opened_at: datetime, amount: int) -> datetime:
        due = pd.Timestamp(opened_at.replace(tzinfo=None)) + offsets[amount]
        return due.to_pydatetime().replace(tzinfo=ZONE)

    return count


def _business_rules() -> businesstimedelta.Rules:
    zone = pytz.timezone("Asia/Shanghai")  # the library asks for a zone of pytz
    lunch = businesstimedelta.LunchTimeRule(
        start_time=time_of_day(12), end_time=time_of_day(13, 30), working_days=[0, 1, 2, 3, 4], tz=zone
    )
    work = businesstimedelta.WorkDayRule(
        start_time=time_of_day(8, 30), end_time=time_of_day(18), working_days=[0, 1, 2, 3, 4], tz=zone
    )
    # It fails without a holiday to come, so one stands beyond the last deadline.
    holidays = businesstimedelta.HolidayRule({*_holidays(), LAST + timedelta(days=366)}, tz=zone)
    return businesstimedelta.Rules([work, lunch, holidays])


def by_business_hours() -> OneByOne:
    """Count working hours with businesstimedelta."""
    rules = _business_rules()

    def count(opened_at: datetime, hours: int) -> datetime:
        return (opened_at + businesstimedelta.BusinessTimeDelta(rules, hours=hours)).astimezone(ZONE)

    return count


def by_business_days() -> OneByOne:
    """Count working days with businesstimedelta: eight hours for each day, from the midnight after the opening."""
    rules = _business_rules()

    def count(opened_at: datetime, days: int) -> datetime:
        midnight = datetime(opened_at.year, opened_at.month, opened_at.day, tzinfo=ZONE) + timedelta(days=1)
        return (midnight + businesstimedelta.BusinessTimeDelta(rules, hours=8 * days)).astimezone(ZONE)

    return count


# --- the contests --------------------------------------------------------------------------------------


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that a piece of work takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def all_of(count: Callable[[datetime, int], Any], cases: Sequence[Deadline]) -> list[Any]:
    """Count every deadline, one by one."""
    return [count(opened_at, amount) for opened_at, amount in cases]


def contest(
    title: str,
    cases: list[Deadline],
    *,
    ours: Callable[[datetime, int], tuple[datetime, bool]],
    bare: OneByOne,
    libraries: dict[str, OneByOne],
    walk: OneByOne,
    repeats: int,
) -> list[str]:
    """Time the contestants in turn, compare their answers with the walk, print, and return the marks missed."""
    print(f"\n{title}, one by one")
    right = all_of(walk, cases)
    taken: dict[str, list[float]] = {"Upheld": [], "bare table": []}
    for _ in range(repeats):
        taken["Upheld"].append(cpu(lambda: all_of(ours, cases)))
        taken["bare table"].append(cpu(lambda: all_of(bare, cases)))
    # A library takes a thousand times as long: it runs once, over a part of the same deadlines.
    part = cases[: max(2_000, len(cases) // 10)]
    rate = {name: statistics.median(found) / len(cases) for name, found in taken.items()}
    rate |= {
        name: cpu(lambda count=count: all_of(count, part)) / len(part) for name, count in libraries.items()
    }
    wrong = {}
    alone = {"Upheld": lambda opened_at, amount: ours(opened_at, amount)[0], "bare table": bare}
    for name, count in {**alone, **libraries}.items():
        asked = part if name in libraries else cases
        answers = all_of(count, asked)
        wrong[name] = sum(given != due for given, due in zip(answers, right, strict=False)) / len(asked)
        print(f"  {name:18} {rate[name] * 1e6:9.3f} us each, {wrong[name]:7.2%} wrong")
    best = min(libraries, key=rate.__getitem__)
    of_bare, ahead = rate["Upheld"] / rate["bare table"], rate[best] / rate["Upheld"]
    print(f"  {of_bare:.2f} times the CPU of the bare table (mark: at most {MOST_OF_BARE})")
    print(f"  {ahead:.0f} times ahead of the best library, {best} (mark: at least {TIMES_AHEAD:.0f})")
    missed = [f"{title}: {of_bare:.2f} times the bare table"] if of_bare > MOST_OF_BARE else []
    missed += [f"{title}: {ahead:.1f} times ahead of {best}"] if ahead < TIMES_AHEAD else []
    return missed + ([f"{title}: {wrong['Upheld']:.2%} wrong"] if wrong["Upheld"] else [])


def bulk_contest(cases: list[Deadline], arrays: WorkingTimeArrays, repeats: int) -> list[str]:
    """Count all deadlines in working days at once: our tables, numpy's searchsorted, and what libraries offer."""
    print(f"\n{len(cases):,} limits in working days, in bulk")
    warnings.simplefilter("ignore", pd.errors.PerformanceWarning)  # it says itself that it goes one by one
    opened = np.array([opened_at.replace(tzinfo=None) for opened_at, _ in cases], dtype="datetime64[s]")
    amounts = np.array([amount for _, amount in cases])
    right = np.array([walk_days(*case).replace(tzinfo=None) for case in cases], dtype="datetime64[s]")
    worked = np.array(_tables()[2], dtype="datetime64[D]")
    closes = worked.astype("datetime64[s]") + np.timedelta64(18, "h")
    weekmask = np.busdaycalendar(holidays=np.array(_holidays(), dtype="datetime64[D]"))
    index = pd.DatetimeIndex(opened).normalize()

    def by_searchsorted() -> np.ndarray:
        days = opened.astype("datetime64[D]")
        return closes[np.searchsorted(worked, days, side="right") + amounts - 1]

    def by_busday() -> np.ndarray:
        days = opened.astype("datetime64[D]")
        before = np.busday_offset(days, 0, roll="backward", busdaycal=weekmask)
        return np.busday_offset(before, amounts, busdaycal=weekmask).astype("datetime64[s]") + np.timedelta64(
            18, "h"
        )

    def by_pandas() -> np.ndarray:
        due = np.empty(len(index), dtype="datetime64[s]")
        for days in DAYS:
            chosen = amounts == days
            due[chosen] = (
                index[chosen] + pd.offsets.CustomBusinessDay(days, holidays=_holidays())
            ).to_numpy()
        return due + np.timedelta64(18, "h")

    contestants: dict[str, Callable[[], np.ndarray]] = {
        "Upheld": lambda: arrays.after_days(opened, amounts)[0],
        "searchsorted": by_searchsorted,
        "numpy busday": by_busday,
    }
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    inner = max(1, 1_000_000 // len(cases))  # one pass is too short for the clock
    for _ in range(repeats):
        for name, count in contestants.items():
            taken[name].append(cpu(lambda count=count: [count() for _ in range(inner)]) / inner)
    rate = {name: statistics.median(found) for name, found in taken.items()}
    rate["pandas"] = cpu(by_pandas)
    wrong = {
        name: float(np.mean(count() != right)) for name, count in {**contestants, "pandas": by_pandas}.items()
    }
    for name, seconds in rate.items():
        print(f"  {name:18} {seconds * 1e3:9.2f} ms in all, {wrong[name]:7.2%} wrong")
    of_bare, ahead = rate["Upheld"] / rate["searchsorted"], rate["pandas"] / rate["Upheld"]
    print(f"  {of_bare:.2f} times the CPU of searchsorted (mark: at most {MOST_OF_BARE})")
    print(f"  {ahead:.0f} times ahead of pandas (mark: at least {TIMES_AHEAD:.0f})")
    missed = [f"in bulk: {of_bare:.2f} times searchsorted"] if of_bare > MOST_OF_BARE else []
    missed += [f"in bulk: {ahead:.1f} times ahead of pandas"] if ahead < TIMES_AHEAD else []
    return missed + ([f"in bulk: {wrong['Upheld']:.2%} wrong"] if wrong["Upheld"] else [])


if __name__ == "__main__":
    raise SystemExit(main())
