"""Rule tables as policy carries them out: conditions, dated rows, and finding the rows that match a subject.

A table's rows join by OR, the conditions of a row by AND. Rows arrive here with readings and parameters resolved, so
policy and batch see the same plain values: amounts in fen, dates, or `AS_OF` where a bound is the day asked about.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from upheld.policy.facts import FACTS, Subject


class _AsOf:
    """Stand for the day asked about, as a bound of a date condition."""

    def __repr__(self) -> str:
        return "as_of"


AS_OF: Final = _AsOf()


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one fact: `one_of` values, or `minimum` <= fact < `below` (either bound may be None)."""

    fact: str
    one_of: tuple[Any, ...] | None = None
    minimum: Any = None
    below: Any = None

    def __str__(self) -> str:
        if self.one_of is not None:
            return f"{self.fact} = {' | '.join(str(value) for value in self.one_of)}"
        bounds = [f">= {self.minimum}"] if self.minimum is not None else []
        bounds += [f"< {self.below}"] if self.below is not None else []
        return f"{self.fact} {' and '.join(bounds)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a rule table, with its clause, its dates (half-open) and its place in the file."""

    clause: str
    conditions: tuple[Condition, ...]
    answer: dict[str, Any]
    from_date: date
    until_date: date | None
    file: str
    line: int
    order: int
    confidence: str = "stated"

    def in_force(self, day: date) -> bool:
        """Say whether the row holds on a day."""
        return self.from_date <= day and (self.until_date is None or day < self.until_date)

    def matches(self, subject: Subject, as_of: date) -> bool:
        """Say whether every condition holds for the subject; an unknown fact fails its condition."""
        # One flat loop, no call for each condition: this is the innermost work of every answer.
        for condition in self.conditions:
            value = subject.get(condition.fact)
            if value is None:
                return False
            one_of = condition.one_of
            if one_of is not None:
                if value not in one_of:
                    return False
                continue
            minimum, below = condition.minimum, condition.below
            if minimum is not None and value < (as_of if minimum is AS_OF else minimum):
                return False
            if below is not None and value >= (as_of if below is AS_OF else below):
                return False
        return True


_Index = tuple[str | None, dict[Any, tuple[Row, ...]]]


@dataclass(slots=True)
class Table:
    """A rule table of one kind. `take` says how several matching rows combine: first, highest or all."""

    name: str
    noun: str
    kind: str
    take: str
    standard: str
    rows: tuple[Row, ...]
    clause: str | None = None
    owed_to: str | None = None
    covers: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    file: str = ""
    line: int = 0
    from_date: date = date.min
    until_date: date | None = None
    faulty: bool = False
    """Some of its rows could not be read: what they would have covered is not known."""
    _starts: list[date] = field(default_factory=list)
    _indexes: list[_Index] = field(default_factory=list)

    def __post_init__(self) -> None:
        changes = {row.from_date for row in self.rows}
        changes |= {row.until_date for row in self.rows if row.until_date is not None}
        self._starts = sorted(changes)
        self._indexes = [_index([row for row in self.rows if row.in_force(day)]) for day in self._starts]

    def candidates(self, subject: Subject, as_of: date) -> tuple[Row, ...]:
        """Return the rows in force that the subject's value of the table's leading fact does not rule out."""
        place = bisect_right(self._starts, as_of) - 1
        if place < 0:
            return ()
        fact, rows = self._indexes[place]
        return rows.get(None if fact is None else subject.get(fact), ())

    def matching(self, subject: Subject, as_of: date) -> list[Row]:
        """Return the rows in force on `as_of` that match, in the order of the file."""
        return [row for row in self.candidates(subject, as_of) if row.matches(subject, as_of)]


def _index(rows: list[Row]) -> _Index:
    """Group rows by one fact that all of them test by equality, so that one look-up skips the others.

    Of several such facts the one with the most declared values rules out the most.
    """
    counts: dict[str, int] = {}
    for row in rows:
        for condition in row.conditions:
            if condition.one_of is not None:
                counts[condition.fact] = counts.get(condition.fact, 0) + 1
    shared = [name for name, count in counts.items() if count == len(rows)]
    if not shared:
        return None, {None: tuple(rows)}
    fact = max(shared, key=lambda name: len(FACTS[name].values))
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        leading = next(c for c in row.conditions if c.fact == fact and c.one_of is not None)
        for value in leading.one_of or ():
            groups.setdefault(value, []).append(row)
    return fact, {value: tuple(found) for value, found in groups.items()}
