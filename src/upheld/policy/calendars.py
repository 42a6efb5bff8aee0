"""Official working days by year: which weekdays are holidays and which weekend days are worked to make up for them.

The tables are data (`standards/_calendars/<name>/<year>.yaml`), one file for each year that has been announced. A year
without a table is never taken for known: what is counted over it is marked provisional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from upheld.policy import loader
from upheld.policy.problems import Problem
from upheld.policy.standards import Sources, Words, shipped_folder

DEFAULT_CALENDAR = "china"


@dataclass(frozen=True)
class OfficialCalendar:
    """The announced years of one calendar, without a gap: weekdays off and weekend days worked, as day ordinals."""

    name: str
    first_year: int
    last_year: int
    days_off: frozenset[int]
    days_worked: frozenset[int]

    def is_working(self, ordinal: int) -> bool:
        """Say whether a day is worked; outside the announced years only weekends are assumed to be free."""
        if (ordinal - 1) % 7 < 5:
            return ordinal not in self.days_off
        return ordinal in self.days_worked


def read_calendars(sources: Sources, problems: list[Problem]) -> Mapping[str, OfficialCalendar]:
    """Read every named calendar of a standards folder, and the shipped ones that it does not bring itself."""
    found = _read(_texts(sources), problems)
    for name, calendar in _shipped().items():
        found.setdefault(name, calendar)
    return found


def _texts(sources: Sources) -> tuple[tuple[str, str], ...]:
    return tuple(
        (path, text)
        for path, text in sorted(sources.items())
        if path.startswith("_calendars/") and path.count("/") == 2
    )


def _read(texts: tuple[tuple[str, str], ...], problems: list[Problem]) -> dict[str, OfficialCalendar]:
    calendars, faults = _parsed(texts)
    problems += faults
    return dict(calendars)


@lru_cache(maxsize=1)
def _shipped() -> dict[str, OfficialCalendar]:
    folder = shipped_folder()
    texts = tuple(
        (path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("_calendars/*/*.yaml"))
    )
    return _read(texts, [])


@lru_cache(maxsize=4)
def _parsed(
    texts: tuple[tuple[str, str], ...],
) -> tuple[Mapping[str, OfficialCalendar], tuple[Problem, ...]]:
    """Parse year tables. Kept by their text: editions turned by a reading or two share one calendar."""
    problems: list[Problem] = []
    years: dict[str, dict[int, tuple[set[int], set[int]]]] = {}
    for path, text in texts:
        name, file = path.split("/")[1:]
        year = _year(path, file.removesuffix(".yaml"), text, problems)
        if year is not None:
            years.setdefault(name, {})[year[0]] = year[1:]
    found = {}
    for name, tables in years.items():
        first, last = min(tables), max(tables)
        for year_number in range(first, last):
            if year_number not in tables:
                message = f"calendar '{name}' has no year {year_number} between {first} and {last}."
                path = f"_calendars/{name}/{year_number}.yaml"
                problems.append(Problem(path, 0, message, "add the year's table."))
        found[name] = OfficialCalendar(
            name,
            first,
            last,
            frozenset().union(*(off for off, _ in tables.values())),
            frozenset().union(*(worked for _, worked in tables.values())),
        )
    return found, tuple(problems)


def _year(path: str, name: str, text: str, problems: list[Problem]) -> tuple[int, set[int], set[int]] | None:
    words = Words(loader.read_source(text, path, problems), problems, path, 1)
    year = words.take("year", int, word="a year")
    words.take("source", str, None)
    ranges = words.take("days_off", list, [], "a list of {from: day, until: day, holiday: text}")
    worked = words.take("make_up_workdays", list, [], "a list of days")
    words.close()
    if year is None:
        return None
    if str(year) != name:
        words.fault(f"the file '{name}.yaml' holds the year {year}.", "name the file after its year.", "year")
    off: set[int] = set()
    for raw in ranges:
        off |= _days_off(Words(raw, problems, path, words.line), year)
    made_up = {day.toordinal() for day in worked if isinstance(day, date) and day.year == year}
    if len(made_up) != len(worked):
        words.fault(
            f"'make_up_workdays' holds what is not a day of {year}, or a day twice.",
            "write each day of this year once, as YYYY-MM-DD.",
            "make_up_workdays",
        )
    for day in sorted(off & made_up):
        message = f"{date.fromordinal(day)} is both a day off and a make-up workday."
        words.fault(message, "keep one of the two.", "make_up_workdays")
    return year, off, made_up


def _days_off(words: Words, year: int) -> set[int]:
    start = words.take("from", date, word="a day")
    end = words.take("until", date, word="a day")
    words.both("holiday", {})
    words.close()
    if start is None or end is None:
        return set()
    last = end - timedelta(days=1)
    if start >= end or start.year != year or last.year != year:
        words.fault(
            f"'from' {start} until {end} is not a stretch of days of {year}.",
            "write the first day off as `from` and the day after the last as `until`, both of this year's table.",
            "from",
        )
        return set()
    return set(range(start.toordinal(), end.toordinal()))
