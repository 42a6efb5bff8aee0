"""Which key moments a customer is in and by which facts, when their warnings are due, and who gets how many.

The rows are those of `rules/churn.yaml`; what `upheld ask churn` answers stands in `churn.py`. Here is what sending
people out asks besides: the reasons in facts, the period of a dispatch, and how a day's actions are shared out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from upheld.policy.churn import LAST_RANK, dispatch_of, ranks_of
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.kinds.churn import DISPATCHES, URGENCIES

ACTION = "call"
"""What a key moment owes: somebody speaks with the customer."""

Reasons = tuple[tuple[str, Any], ...]


class MomentFound(NamedTuple):
    """A key moment with its clause and standard, its urgency, its rank, and the facts it was found by."""

    moment: str
    clause: str
    standard: str
    urgency: str
    dispatch: str
    rank: int
    reasons: Reasons


class MomentTerms(NamedTuple):
    """How much a manager is sent a day and a week, how long a moment rests and a signal holds, what an action costs."""

    a_day: int
    a_week: int
    again_after_days: int
    signals_hold_days: int
    contact_cost_fen: int
    offer_cost_fen: int


USUAL = MomentTerms(12, 40, 30, 31, 0, 0)
"""The terms where no standard says any."""


def moment_terms(edition: Edition) -> MomentTerms:
    """Return the terms of an edition (CARE-33, CARE-38)."""
    return MomentTerms(
        *(
            edition.parameters.get(f"moment_{'actions_' if name.startswith('a_') else ''}{name}", usual)
            for name, usual in USUAL._asdict().items()
        )
    )


def moments_found(*, edition: Edition, subject: Subject, as_of: date) -> tuple[MomentFound, ...]:
    """Return the moments of one customer on a day, the one to act on first, one of a name.

    Raises `OutsideDates`. Clauses: CARE-30, CARE-33, CARE-35, LAW-3.
    """
    edition.require_day(as_of)
    ranks = ranks_of(edition, subject, as_of)
    found: dict[str, MomentFound] = {}
    rows = [
        (table.standard, row)
        for table in edition.tables("churn", "moment")
        for row in table.matching(subject, as_of)
    ]
    for standard, row in sorted(rows, key=lambda one: ranks.get(one[1].answer["moment"], LAST_RANK)):
        name, urgency = row.answer["moment"], row.answer["urgency"]
        reasons = tuple((condition.fact, subject[condition.fact]) for condition in row.conditions)
        found.setdefault(
            name,
            MomentFound(
                name,
                row.clause,
                standard,
                urgency,
                dispatch_of(edition, urgency, as_of),
                ranks.get(name, LAST_RANK),
                reasons,
            ),
        )
    return tuple(found.values())


def screen_of(*, edition: Edition, as_of: date, known: Collection[str]) -> Callable[[Subject], bool]:
    """Return a quick test: may a customer be in a moment at all, as far as the `known` facts tell?

    Where it says no, the other facts need not be fetched: of each row the conditions on other facts are taken as met.
    """
    rows = [
        replace(row, conditions=tuple(one for one in row.conditions if one.fact in known))
        for table in edition.tables("churn", "moment")
        for row in table.rows
        if row.in_force(as_of)
    ]
    return lambda subject: any(row.matches(subject, as_of) for row in rows)


def period_of(dispatch: str, day: date) -> tuple[date, date]:
    """Return the first and the last day of the day, week (from Monday) or month that a day lies in (CARE-33)."""
    if dispatch not in DISPATCHES:
        raise ValueError(f"{dispatch!r} is not one of {', '.join(DISPATCHES)}")
    if dispatch == "day":
        return day, day
    if dispatch == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Waiting:
    """An action that waits to be sent to somebody; `employee` is None where nobody serves the customer."""

    id: int
    employee: int | None
    urgency: str
    rank: int
    found_on: date
    score: int = 0
    """The leaving-risk score in tenths; 0 where it is not known."""

    @property
    def place(self) -> tuple[int, int, date, int, int]:
        """Say how it is sorted: the most urgent first, then by rank, by waiting time, by risk."""
        return URGENCIES.index(self.urgency), self.rank, self.found_on, -self.score, self.id


def shared_out(
    waiting: Iterable[Waiting],
    *,
    terms: MomentTerms,
    sent_today: Mapping[int, int],
    sent_this_week: Mapping[int, int],
) -> list[Waiting]:
    """Return who is sent what today, the most urgent first, up to what each can do a day and a week.

    What is not returned waits; nothing is dropped.
    """
    today, week = Counter(sent_today), Counter(sent_this_week)
    sent = []
    for one in sorted(waiting, key=lambda one: one.place):
        if one.employee is None:
            continue
        if today[one.employee] < terms.a_day and week[one.employee] < terms.a_week:
            today[one.employee] += 1
            week[one.employee] += 1
            sent.append(one)
    return sent
