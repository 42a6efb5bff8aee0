"""Compose the page of the coverage by chief representatives: targets as bars, who is missing, who has how many."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from upheld.faces import wording
from upheld.faces.dashboard.reach import of_words
from upheld.faces.editions import clause_title, edition_in_force
from upheld.faces.templatetags.shown import in_language
from upheld.operations.chief_coverage import ChiefTarget, chief_targets
from upheld.operations.refusals import ActRefused
from upheld.records.staff.chiefs import groups_of_chiefs


@dataclass(frozen=True)
class TargetLine:
    """One target: its figures, its bar in thousandths, the groups that are missing."""

    measured: ChiefTarget
    title: str
    of_words: str
    width: int
    mark: int

    @property
    def percent(self) -> str:
        """Write the share reached, without decimals."""
        whole = self.measured.population
        return f"{100 * self.measured.covered // whole} %" if whole else "–"

    @property
    def not_shown(self) -> int:
        """Count the missing groups that the page does not list."""
        return self.measured.population - self.measured.covered - len(self.measured.missing)


@dataclass(frozen=True)
class Executive:
    """An executive and how many groups the executive has."""

    id: int
    code: str
    name: str
    unit: str
    groups: int


@dataclass
class CoveragePage:
    """The page."""

    targets: list[TargetLine] = field(default_factory=list)
    executives: list[Executive] = field(default_factory=list)


def coverage_page(*, day: date) -> CoveragePage:
    """Measure the targets of chief representatives on a day; none where no edition is in force."""
    edition = edition_in_force(day=day).edition
    try:
        found = chief_targets(as_of=day)
    except ActRefused:
        found = []
    return CoveragePage(
        targets=[_line(one, edition) for one in found],
        executives=[
            Executive(one.pk, one.code, wording.employee_name(one), one.unit.name if one.unit else "", number)
            for one, number in groups_of_chiefs(day=day)
        ],
    )


def _line(one: ChiefTarget, edition: Any) -> TargetLine:
    return TargetLine(
        measured=one,
        title=in_language(clause_title(edition, one.target.clause)),
        of_words=of_words(one.target),
        width=round(1000 * one.covered / one.population) if one.population else 0,
        mark=one.target.at_least_percent * 10,
    )
