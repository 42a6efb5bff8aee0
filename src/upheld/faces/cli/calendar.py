"""`upheld calendar`: which official years are loaded, and the one command that writes their tables.

The announced days come from the package `chinesecalendar`, which people keep up after each notice of the State
Council. The tables it leads to are Upheld's own: read, compared and kept like the rest of a standard.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from upheld.policy.calendars import DEFAULT_CALENDAR, read_calendars
from upheld.policy.problems import Problem
from upheld.policy.standards import shipped_folder

HEAD = """\
# Days off and make-up workdays of {year}, written by `upheld calendar --from-chinesecalendar`. `until` is outside.
year: {year}
source: chinesecalendar {version}, after the yearly notice of the State Council
"""


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld calendar`."""
    parser = subparsers.add_parser(
        "calendar", help="list the official years that are loaded, or write their tables"
    )
    parser.add_argument(
        "--from-chinesecalendar", action="store_true", help="write a table for each year the package knows"
    )
    parser.add_argument(
        "--into", type=Path, help="the folder of the tables; left out: those of the shipped standards"
    )
    parser.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    """List the loaded years, or write them; exit code 1 where the package is missing."""
    if not words.from_chinesecalendar:
        return list_years()
    try:
        tables = year_tables()
    except ImportError:
        print("the package chinesecalendar is missing: pip install chinesecalendar", file=sys.stderr)
        return 1
    folder = words.into or shipped_folder() / "_calendars" / DEFAULT_CALENDAR
    folder.mkdir(parents=True, exist_ok=True)
    changed = 0
    for year, text in tables.items():
        path = folder / f"{year}.yaml"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path)
            changed += 1
    print(f"{len(tables)} years known, {min(tables)} to {max(tables)}; {changed} table(s) written")
    return 0


def list_years() -> int:
    """Print each shipped calendar with its years, its days off and its make-up workdays."""
    problems: list[Problem] = []
    for calendar in read_calendars({}, problems).values():
        print(
            f"{calendar.name}: {calendar.first_year} to {calendar.last_year}, {len(calendar.days_off)} days off, "
            f"{len(calendar.days_worked)} make-up workdays; later years are provisional"
        )
    return 0


def year_tables() -> dict[int, str]:
    """Write the table of every year that `chinesecalendar` knows, by year; raises ImportError without the package."""
    from importlib.metadata import version

    from chinese_calendar import Holiday, constants

    chinese = {holiday.value: holiday.chinese for holiday in Holiday}
    off: dict[int, list[tuple[date, date, str]]] = defaultdict(list)
    for first, last, holiday in _stretches(constants.holidays.items()):
        off[first.year].append((first, last, holiday))
    worked: dict[int, list[date]] = defaultdict(list)
    for day in sorted(constants.workdays):
        worked[day.year].append(day)
    tables = {}
    for year in sorted(off):
        lines = [HEAD.format(year=year, version=version("chinesecalendar")), "days_off:\n"]
        for first, last, holiday in off[year]:
            names = f"{{zh: {chinese[holiday]}, en: {holiday}}}"
            lines.append(f"- {{from: {first}, until: {last + timedelta(days=1)}, holiday: {names}}}\n")
        days = ", ".join(str(day) for day in worked[year])
        lines.append(f"make_up_workdays: [{days}]\n")
        tables[year] = "".join(lines)
    return tables


def _stretches(days: Iterable[tuple[date, str]]) -> list[tuple[date, date, str]]:
    """Join days in a row of one year and one holiday into (first, last, holiday)."""
    found: list[tuple[date, date, str]] = []
    for day, holiday in sorted(days):
        if found:
            first, last, name = found[-1]
            if name == holiday and day == last + timedelta(days=1) and day.year == first.year:
                found[-1] = (first, day, name)
                continue
        found.append((day, day, holiday))
    return found
