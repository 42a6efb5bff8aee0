"""What the coverage figures of phone and account managers count (CARE-41), and what the trial reached.

Served is every customer that somebody answers for. Contacted is who was tried at least so often within the months,
reached who was really reached so often (a reading of the clause). Satisfaction is of the answers given in that time;
recommendations are offers made in talks about key moments. Shares are exact fractions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.surveys import HIGHEST, SATISFIED_FROM


class CareTerms(NamedTuple):
    """How many contacts within how many months; what the trial reached, in percent, and its recommendations."""

    contacts: int
    within_months: int
    trial_reached_percent: int
    trial_satisfied_percent: int
    trial_very_satisfied_percent: int
    trial_recommendations: int


USUAL = CareTerms(2, 3, 65, 100, 68, 318)


def care_terms(edition: Edition) -> CareTerms:
    """Return the terms of an edition."""
    return CareTerms(
        *(edition.parameters.get(f"care_{name}", usual) for name, usual in USUAL._asdict().items())
    )


def first_day_counted(until_date: date, *, months: int) -> date:
    """Return the first day of the months that end with a day: so many months back, the day after the same day.

    Where that month has no such day, its last day stands in, as in the Civil Code's way of counting months.
    """
    count = until_date.year * 12 + until_date.month - 1 - months
    year, month = count // 12, count % 12 + 1
    for day in range(until_date.day, 0, -1):
        try:
            return date.fromordinal(date(year, month, day).toordinal() + 1)
        except ValueError:
            continue
    raise ValueError(f"no month {month} of {year}")


class CareOfOne(NamedTuple):
    """What happened to one served customer in the months: tries, contacts that reached, scores given, offers."""

    tries: int
    reached: int
    scores: tuple[int, ...] = ()
    recommended: int = 0
    accepted: int = 0


@dataclass(frozen=True)
class CareFigures:
    """The counts of a manager, a class, a unit; they add up."""

    served: int = 0
    contacted: int = 0
    reached: int = 0
    answers: int = 0
    satisfied: int = 0
    very_satisfied: int = 0
    recommended: int = 0
    accepted: int = 0

    def __add__(self, other: CareFigures) -> CareFigures:
        return CareFigures(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(CareFigures))
        )

    @property
    def contacted_share(self) -> Fraction | None:
        """Return the share of the served who were tried often enough; None where nobody is served."""
        return _share(self.contacted, self.served)

    @property
    def reached_share(self) -> Fraction | None:
        """Return the share of the served who were reached often enough."""
        return _share(self.reached, self.served)

    @property
    def satisfied_share(self) -> Fraction | None:
        """Return the share of the satisfied (4 and 5) among the answers."""
        return _share(self.satisfied, self.answers)

    @property
    def very_satisfied_share(self) -> Fraction | None:
        """Return the share of the very satisfied (5) among the answers."""
        return _share(self.very_satisfied, self.answers)


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def figures_of(customers: Iterable[CareOfOne], *, contacts: int) -> CareFigures:
    """Count customers, who are given once each."""
    total = CareFigures()
    for one in customers:
        total += CareFigures(
            served=1,
            contacted=one.tries >= contacts,
            reached=one.reached >= contacts,
            answers=len(one.scores),
            satisfied=sum(score >= SATISFIED_FROM for score in one.scores),
            very_satisfied=sum(score == HIGHEST for score in one.scores),
            recommended=one.recommended,
            accepted=one.accepted,
        )
    return total
