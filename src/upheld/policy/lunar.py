"""The Chinese lunar calendar, from a table of years: festivals and lunar birthdays on solar days.

The table is data (`standards/_calendars/lunar.yaml`); a year that it does not hold is refused, never computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from upheld.policy import loader
from upheld.policy.problems import OutsideDates, Problem

FESTIVAL_DAYS = {"spring_festival": (1, 1), "dragon_boat": (5, 5), "mid_autumn": (8, 15)}


@dataclass(frozen=True)
class LunarYear:
    """One lunar year: the solar day it begins on, the starts and lengths of its twelve ordinary months."""

    starts: tuple[date, ...]
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class LunarCalendar:
    """Lunar years by number."""

    years: dict[int, LunarYear]

    def solar_day(self, year: int, month: int, day: int) -> date:
        """Return the solar day of a lunar month and day in a lunar year.

        A day that the month lacks falls on the month's last day; leap months are not used: what falls in one is
        celebrated in the ordinary month. Raises `OutsideDates` for a year that the table does not hold.
        """
        found = self.years.get(year)
        if found is None:
            raise OutsideDates(f"the lunar calendar table has no year {year}")
        return found.starts[month - 1] + timedelta(days=min(day, found.lengths[month - 1]) - 1)

    def days_between(self, from_date: date, until_date: date, month: int, day: int) -> list[date]:
        """Return every solar day of a lunar month and day in [from, until)."""
        years = range(from_date.year - 1, until_date.year + 1)
        return [
            found for year in years if from_date <= (found := self.solar_day(year, month, day)) < until_date
        ]


def read_lunar(path_and_text: tuple[str, str], problems: list[Problem]) -> LunarCalendar:
    """Read the table of lunar years: {year, new_year, leap, months: lengths in order, the leap month after its own}."""
    path, text = path_and_text
    years: dict[int, LunarYear] = {}
    for raw in loader.read_source(text, path, problems) or []:
        lengths = [int(length) for length in raw["months"].split()]
        starts, day = [], raw["new_year"]
        for length in lengths:
            starts.append(day)
            day += timedelta(days=length)
        if raw.get("leap"):
            del starts[raw["leap"]], lengths[raw["leap"]]
        if len(starts) != 12:
            message = f"lunar year {raw['year']} has {len(starts)} ordinary months."
            problems.append(Problem(path, raw.line, message, "mend `months` or `leap`."))
            continue
        years[raw["year"]] = LunarYear(tuple(starts), tuple(lengths))
    return LunarCalendar(years)
