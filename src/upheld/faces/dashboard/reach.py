"""Say of whom a standard asks that a share be reached, and how far it is (KEY-40, KEY-43).

These clauses promise nothing to one customer; they set a target for a whole population, so they stand apart from the
counts of promises.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from upheld.faces import wording
from upheld.faces.editions import clause_title
from upheld.faces.standards.rows_in_words import condition_in_words
from upheld.faces.templatetags.shown import in_language
from upheld.operations.measure_coverage import Coverage, measure_coverage
from upheld.operations.refusals import ActRefused
from upheld.policy.contacts import CoverageTarget, coverage_targets
from upheld.policy.editions import Edition


@dataclass(frozen=True)
class Reached:
    """One target and where it stands."""

    title: str
    of_words: str
    measured: Coverage

    @property
    def rate(self) -> float | None:
        """Give the share reached, 0 to 1; None where there is nobody to reach."""
        share = self.measured.percent
        return None if share is None else share / 100


def reached_by(*, edition: Edition, day: date, clauses: Collection[str] | None = None) -> list[Reached]:
    """Give every target of the edition in force, or of some clauses, with what is reached on a day.

    None where no edition is in force.
    """
    try:
        measured = measure_coverage(as_of=day, clauses=clauses)
    except ActRefused:
        return []
    targets = [
        one
        for one in coverage_targets(edition=edition, as_of=day)
        if clauses is None or one.clause in clauses
    ]
    return [
        Reached(in_language(clause_title(edition, one.clause)), of_words(target), one)
        for target, one in zip(targets, measured, strict=True)
    ]


def of_words(target: CoverageTarget) -> str:
    """Write of whom: `groups · class A · government`; all four roles together are the key persons."""
    parts = [wording.word(wording.POPULATIONS, target.of)]
    for condition in target.conditions:
        if condition.fact == "role" and len(condition.one_of or ()) == len(wording.ROLES):
            parts.append(gettext("key persons"))
        elif condition.fact == "group_class":
            parts.append(gettext("class %(class)s") % {"class": condition_in_words(condition)})
        else:
            parts.append(condition_in_words(condition))
    return " · ".join(parts)
