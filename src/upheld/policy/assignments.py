"""Who is to serve a group or a person, and whom of the staff to choose: by job, region, language and load.

Which way of serving somebody is owed, and how many customers one employee has, stands in rows of kind `served_by`. Whom
of several employees to choose is our own rule and stands here, so that the same question always has the same answer:

1. who is not away and has room left, by the number of the standard, comes before who has not;
2. for somebody who visits, the nearer region comes before the language; for a phone manager the language comes first,
   for a call knows no distance;
3. then who serves fewer, and last the lower staff number, so that nothing is left to chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject

FAR = 99
"""The distance to a region that nobody knows."""


class ServedBy(NamedTuple):
    """One way of being served that a standard names; `serves` is how many one employee has, `goal` is to have."""

    by: str
    serves: int | None
    goal: int | None
    clause: str

    def as_json(self) -> dict[str, Any]:
        """Return the way in the shape of the answer; numbers that the standard does not name are left out."""
        numbers = {
            name: value for name, value in (("serves", self.serves), ("goal", self.goal)) if value is not None
        }
        return {"by": self.by, **numbers, "clause": self.clause}


class Candidate(NamedTuple):
    """An employee who could be chosen; `distance` counts the steps between the regions in their tree."""

    employee_id: int
    code: str
    distance: int
    speaks: frozenset[str]
    load: int
    away: bool


class Reason(NamedTuple):
    """One reason of a choice: a word that the faces translate, the numbers that belong to it, the clause if any."""

    code: str
    values: Mapping[str, Any]
    clause: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the reason as JSON can hold it."""
        found: dict[str, Any] = {"code": self.code, **self.values}
        return found | ({"clause": self.clause} if self.clause else {})


@dataclass(frozen=True)
class Choice:
    """Who was chosen, and why; `others` is how many could have been."""

    employee_id: int
    reasons: tuple[Reason, ...]
    others: int


def served_by(
    *, edition: Edition, subject: Subject, as_of: date, owed_to: str | None = None
) -> tuple[ServedBy, ...]:
    """Return in which ways a group or a person is to be served on a day (KEY-25, CARE-40, JOIN-12).

    `owed_to` ("person" or "group") keeps only what is said of that kind of subject. Raises `OutsideDates`.
    """
    edition.require_day(as_of)
    return tuple(
        ServedBy(row.answer["by"], row.answer.get("serves"), row.answer.get("goal"), row.clause)
        for table in edition.tables("staffing", "served_by")
        if owed_to in (None, table.owed_to)
        for row in table.matching(subject, as_of)
    )


def limits(*, edition: Edition, as_of: date) -> dict[str, ServedBy]:
    """Return the tightest row of each way of serving that names a number, by the way; of customers of any class."""
    edition.require_day(as_of)
    found: dict[str, ServedBy] = {}
    for table in edition.tables("staffing", "served_by"):
        for row in table.rows:
            serves = row.answer.get("serves")
            if serves is None or not row.in_force(as_of):
                continue
            by = row.answer["by"]
            if by not in found or serves < (found[by].serves or serves):
                found[by] = ServedBy(by, serves, row.answer.get("goal"), row.clause)
    return found


def most_of(limit: ServedBy | None) -> int | None:
    """Return how many one employee has at the very most: the goal where there is one, else the number (CARE-40)."""
    return None if limit is None else limit.goal or limit.serves


def choose(
    *, kind: str, candidates: Iterable[Candidate], wish: str | None, limit: ServedBy | None
) -> Choice | None:
    """Choose who is to serve a subject; None where there is nobody to choose from.

    `wish` is the language the customer wishes, `limit` the row that says how many one employee has.
    """
    ranked = sorted(candidates, key=lambda one: _rank(one, kind, wish, limit))
    if not ranked:
        return None
    best = ranked[0]
    return Choice(best.employee_id, tuple(_reasons(best, ranked, kind, wish, limit)), len(ranked) - 1)


def _rank(one: Candidate, kind: str, wish: str | None, limit: ServedBy | None) -> tuple[Any, ...]:
    foreign = wish is not None and wish not in one.speaks
    near = (foreign, one.distance) if kind == "phone_manager" else (one.distance, foreign)
    most = most_of(limit)
    full = most is not None and one.load >= most
    return (one.away, full, *near, one.load, one.code)


def _reasons(
    best: Candidate, ranked: Sequence[Candidate], kind: str, wish: str | None, limit: ServedBy | None
) -> Iterable[Reason]:
    clause = limit.clause if limit else None
    if best.away:
        yield Reason("everybody_is_away", {})
    if len(ranked) == 1:
        yield Reason("only_one", {})
    if best.distance == 0:
        yield Reason("same_region", {})
    elif best.distance < FAR:
        yield Reason("nearest_region", {"steps": best.distance})
    if wish is not None:
        yield Reason("speaks" if wish in best.speaks else "nobody_speaks", {"language": wish})
    most = most_of(limit)
    if most is not None and best.load >= most:
        yield Reason("over_limit", {"load": best.load, "most": most}, clause)
    elif most is not None:
        yield Reason("has_room", {"load": best.load, "most": most}, clause)
    lightest = all(best.load <= one.load for one in ranked if one.distance == best.distance and not one.away)
    if len(ranked) > 1 and lightest:
        yield Reason("lightest_load", {"load": best.load})
