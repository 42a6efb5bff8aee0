"""Compose the coverage figures: against the trial, by manager, class and unit, with a way down to each manager."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from upheld.faces.book import Book
from upheld.faces.wording import employee_name
from upheld.policy.care_figures import CareFigures, CareTerms, care_terms, first_day_counted
from upheld.policy.editions import Edition
from upheld.records.care_figures import CareRow, care_figures
from upheld.records.staff.points import employees_with_ids

NO_GROUP = "-"
FEWEST = 10
"""Below so many customers, or answers, a share says nothing, and only the numbers are shown."""


@dataclass(frozen=True)
class Line:
    """The figures of a manager, a class or a unit."""

    code: str
    name: str
    figures: CareFigures
    unit: str = ""

    @property
    def shares(self) -> list[str]:
        """Write the four shares; a dash where there are too few."""
        one = self.figures
        return [
            percent_of(one.contacted_share, one.served),
            percent_of(one.reached_share, one.served),
            percent_of(one.satisfied_share, one.answers),
            percent_of(one.very_satisfied_share, one.answers),
        ]


def percent_of(share: Fraction | None, whole: int) -> str:
    """Write a share with one decimal, a dash where it is of too few."""
    return f"{float(share) * 100:.1f} %" if share is not None and whole >= FEWEST else "–"


@dataclass(frozen=True)
class CoveragePage:
    """What the page shows, and what is downloaded."""

    terms: CareTerms
    first_day: date
    day: date
    rows: list[CareRow]
    total: CareFigures
    managers: list[Line]
    classes: list[Line]
    units: list[Line]
    shown: Any
    group_class: str

    @property
    def against(self) -> list[dict[str, Any]]:
        """Set the whole against what the trial reached."""
        total, terms = self.total, self.terms
        told = (
            (gettext("Reached often enough"), total.reached_share, total.served, terms.trial_reached_percent),
            (gettext("Satisfied"), total.satisfied_share, total.answers, terms.trial_satisfied_percent),
            (
                gettext("Very satisfied"),
                total.very_satisfied_share,
                total.answers,
                terms.trial_very_satisfied_percent,
            ),
        )
        return [
            {
                "name": name,
                "percent": None if share is None or whole < FEWEST else round(float(share) * 100, 1),
                "words": percent_of(share, whole),
                "trial": trial,
                "reaches": share is not None and share * 100 >= trial,
            }
            for name, share, whole, trial in told
        ]

    @property
    def chart(self) -> dict[str, Any]:
        """Lay out two bars for each figure: here, and in the trial."""
        told = self.against
        return {
            "labels": [one["name"] for one in told],
            "series": [
                {"name": gettext("here"), "tone": "accent", "data": [one["percent"] for one in told]},
                {"name": gettext("in the trial"), "tone": "open", "data": [one["trial"] for one in told]},
            ],
            "unit": " %",
            "max": 100,
            "beside": True,
        }

    @property
    def managers_chart(self) -> dict[str, Any]:
        """Lay out the share reached by manager, with the trial's share as a mark."""
        bars = [one for one in self.managers if one.figures.served >= FEWEST][:40]
        return {
            "labels": [one.name for one in bars],
            "series": [
                {
                    "name": gettext("Reached often enough"),
                    "tone": "accent",
                    "data": [round(float(one.figures.reached_share or 0) * 100, 1) for one in bars],
                }
            ],
            "unit": " %",
            "max": 100,
            "mark": self.terms.trial_reached_percent,
        }


def coverage_page(asked: Mapping[str, str], *, book: Book, edition: Edition, day: date) -> CoveragePage:
    """Count for the reader's reach; `manager` and `class` of the request narrow it."""
    terms = care_terms(edition)
    first = first_day_counted(day, months=terms.within_months)
    people = {one.pk: one for one in employees_with_ids(book.employee_ids)}
    shown = next((one for one in people.values() if one.code == asked.get("manager")), None)
    rows = care_figures(
        first_day=first,
        day=day,
        contacts=terms.contacts,
        time_zone=settings.TIME_ZONE,
        employee_ids=[shown.pk] if shown is not None else book.employee_ids,
    )
    known = {row.group_class or NO_GROUP for row in rows}
    group_class = asked.get("class", "") if asked.get("class", "") in known else ""
    if group_class:
        rows = [row for row in rows if (row.group_class or NO_GROUP) == group_class]
    return CoveragePage(
        terms=terms,
        first_day=first,
        day=day,
        rows=rows,
        total=sum((row.figures for row in rows), CareFigures()),
        managers=_lines(rows, lambda row: row.employee_id, lambda pk: _manager(people.get(pk))),
        classes=_lines(rows, lambda row: row.group_class or NO_GROUP, _class),
        units=_lines(rows, lambda row: _unit_of(people.get(row.employee_id)), _unit),
        shown=shown,
        group_class=group_class,
    )


def _lines(rows: Iterable[CareRow], key: Any, words: Any) -> list[Line]:
    sums: dict[Any, CareFigures] = defaultdict(CareFigures)
    for row in rows:
        sums[key(row)] += row.figures
    found = []
    for of, figures in sums.items():
        code, name, unit = words(of)
        found.append(Line(code, name, figures, unit))
    return sorted(found, key=lambda line: (line.unit, line.code))


def _manager(employee: Any) -> tuple[str, str, str]:
    if employee is None:
        return "", gettext("somebody else"), ""
    return employee.code, employee_name(employee), employee.unit.name if employee.unit_id else ""


def _class(group_class: str) -> tuple[str, str, str]:
    if group_class == NO_GROUP:
        return NO_GROUP, gettext("of no group"), ""
    return group_class, gettext("Class %(name)s") % {"name": group_class}, ""


def _unit_of(employee: Any) -> tuple[str, str]:
    return (employee.unit.code, employee.unit.name) if employee is not None and employee.unit_id else ("", "")


def _unit(unit: tuple[str, str]) -> tuple[str, str, str]:
    return unit[0], unit[1] or gettext("no unit"), ""
