"""Turn rule rows into nested CASE expressions that test every shared fact once.

Written one row after another, forty rows test `group_class` forty times for every customer. Here rows that share a fact
become branches under one test of it, as somebody writing the SQL by hand would do; equal branches are merged, and the
bounds of amounts become one ascending staircase.

Two ways of combining the rows that match: the highest code wins (a code carries the rank of an answer and, within a
rank, the order of the rows, so that a maximum is at once the answer and its clause), or all codes are added up (each a
bit of a mask, so that the sum says which rows matched).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from upheld.batch.columns import Base, day_or_number, exact, is_one_of
from upheld.policy.facts import FACTS
from upheld.policy.tables import Condition

Coded = tuple[frozenset[Condition], int]
"""The conditions that are still to be tested, and the code that they give."""

_PLACE = {fact: place for place, fact in enumerate(FACTS)}


def highest_code(
    *, base: Base, rows: Sequence[tuple[Sequence[Condition], int]], as_of: date
) -> ir.IntegerValue | None:
    """Write the highest code (from 1, two bytes) of the rows whose conditions all hold, else 0.

    Returns None where no row can match because the base lacks the facts. Bounds of `AS_OF` become the day.
    """
    return _Highest(base, as_of, "int16").write(_known(base, rows))


def sum_of_codes(
    *, base: Base, rows: Sequence[tuple[Sequence[Condition], int]], as_of: date
) -> ir.IntegerValue | None:
    """Write the sum of the codes (eight bytes) of all rows whose conditions all hold, else 0; None as above."""
    return _Sum(base, as_of, "int64").write(_known(base, rows))


def first_match(
    *, base: Base, rows: Sequence[tuple[Sequence[Condition], ir.Value]], as_of: date, otherwise: ir.Value
) -> ir.Value:
    """Write the answer of the first row whose conditions all hold, else `otherwise`."""
    branches = [
        (base.all_hold(conditions, as_of), answer) for conditions, answer in rows if base.knows(conditions)
    ]
    return ibis.cases(*branches, else_=otherwise) if branches else otherwise


def _known(base: Base, rows: Iterable[tuple[Sequence[Condition], int]]) -> frozenset[Coded]:
    return frozenset((frozenset(conditions), code) for conditions, code in rows if base.knows(conditions))


@dataclass(frozen=True)
class _Tree:
    """What both ways of combining share: choose a fact, branch on its values or bounds, go on below."""

    base: Base
    as_of: date
    code_type: str

    def write(self, rows: frozenset[Coded]) -> ir.IntegerValue | None:
        """Write the combined code of the rows that match; None where there are no rows."""
        rows = self.worth_testing(rows)
        if not rows:
            return None
        fact, by_value = _most_shared(rows)
        if fact is None:
            return self.code(self.constant(rows))
        asking = frozenset(row for row in rows if any(_asks(c, fact, by_value) for c in row[0]))
        if len(asking) == 1:
            return self.one_after_another(rows)
        tested = self.by_value(fact, asking) if by_value else self.by_bounds(fact, asking)
        others = self.write(rows - asking)
        return tested if others is None else self.combine(tested, others)

    def by_value(self, fact: str, rows: frozenset[Coded]) -> ir.IntegerValue:
        """Branch on the value of a fact that every one of the rows tests by equality."""
        column, domain = self.base.fact(fact), FACTS[fact].values
        groups: dict[frozenset[Coded], list[Any]] = {}
        for value in _values(fact, rows):
            left = frozenset(
                (row[0] - {c}, row[1])
                for row in rows
                for c in row[0]
                if _asks(c, fact, True) and value in (c.one_of or ())
            )
            groups.setdefault(left, []).append(value)
        ordered = sorted(groups.items(), key=lambda group: len(group[1]))
        every_value_named = bool(domain) and set(domain) <= {
            value for values in groups.values() for value in values
        }
        branches = []
        for left, values in ordered:
            # Once every other value has its branch, the last needs no comparison: it only has to be known.
            last = every_value_named and left == ordered[-1][0]
            branches.append(
                (column.notnull() if last else is_one_of(column, values, domain), self.below(left))
            )
        return ibis.cases(*branches, else_=self.code(0))

    def by_bounds(self, fact: str, rows: frozenset[Coded]) -> ir.IntegerValue:
        """Branch on the bounds of a fact that every one of the rows tests by bounds: a staircase from below."""
        column = self.base.fact(fact)
        tests = [(row, next(c for c in row[0] if _asks(c, fact, False))) for row in rows]
        stairs = sorted(
            {day_or_number(b, self.as_of) for _, c in tests for b in (c.minimum, c.below) if b is not None}
        )
        steps: list[
            tuple[Any, frozenset[Coded]]
        ] = []  # the end of a step (None: no end), the rows that hold on it
        for start, end in zip([None, *stairs], [*stairs, None], strict=True):
            left = frozenset((row[0] - {c}, row[1]) for row, c in tests if self.holds_on(c, start, end))
            if steps and steps[-1][1] == left:
                steps[-1] = (end, left)
            else:
                steps.append((end, left))
        branches = [
            (column.notnull() if end is None else column < exact(end), self.below(left))
            for end, left in steps
        ]
        return ibis.cases(*branches, else_=self.code(0))

    def holds_on(self, condition: Condition, start: Any, end: Any) -> bool:
        """Say whether a condition holds on the whole step [start, end); None is no bound."""
        minimum, below = (day_or_number(b, self.as_of) for b in (condition.minimum, condition.below))
        from_start = minimum is None or (start is not None and minimum <= start)
        return from_start and (below is None or (end is not None and end <= below))

    def below(self, rows: frozenset[Coded]) -> ir.IntegerValue:
        """Write a branch, 0 where no row is left in it."""
        written = self.write(rows)
        return self.code(0) if written is None else written

    def code(self, number: int) -> ir.IntegerValue:
        # Without the cast an engine would take a small number for four bytes.
        return ibis.literal(number, type="int64").cast(self.code_type)

    def worth_testing(self, rows: frozenset[Coded]) -> frozenset[Coded]:
        return rows

    def constant(self, rows: Iterable[Coded]) -> int:
        """Combine the codes of rows that need no test any more."""
        raise NotImplementedError

    def combine(self, one: ir.IntegerValue, other: ir.IntegerValue) -> ir.IntegerValue:
        raise NotImplementedError

    def one_after_another(self, rows: frozenset[Coded]) -> ir.IntegerValue:
        """Write rows that share no fact with each other."""
        raise NotImplementedError


class _Highest(_Tree):
    def worth_testing(self, rows: frozenset[Coded]) -> frozenset[Coded]:
        """Leave out rows that another beats wherever they match: no more conditions, and a higher code."""
        return frozenset(
            row
            for row in rows
            if not any(other[0] <= row[0] and other[1] >= row[1] for other in rows if other != row)
        )

    def constant(self, rows: Iterable[Coded]) -> int:
        return max(code for _, code in rows)

    def combine(self, one: ir.IntegerValue, other: ir.IntegerValue) -> ir.IntegerValue:
        return ibis.greatest(one, other)

    def one_after_another(self, rows: frozenset[Coded]) -> ir.IntegerValue:
        ordered = sorted(rows, key=lambda row: -row[1])
        tests = [
            (self.base.all_hold(_in_order(held), self.as_of), self.code(code))
            for held, code in ordered
            if held
        ]
        rest = max((code for held, code in ordered if not held), default=0)
        return ibis.cases(*tests, else_=self.code(rest))


class _Sum(_Tree):
    def constant(self, rows: Iterable[Coded]) -> int:
        return sum(code for _, code in rows)

    def combine(self, one: ir.IntegerValue, other: ir.IntegerValue) -> ir.IntegerValue:
        return one + other

    def one_after_another(self, rows: frozenset[Coded]) -> ir.IntegerValue:
        total = self.code(self.constant(row for row in rows if not row[0]))
        for held, code in sorted((row for row in rows if row[0]), key=lambda row: row[1]):
            test = self.base.all_hold(_in_order(held), self.as_of)
            total = total + ibis.cases((test, self.code(code)), else_=self.code(0))
        return total


def _asks(condition: Condition, fact: str, by_value: bool) -> bool:
    return condition.fact == fact and (condition.one_of is not None) is by_value


def _most_shared(rows: frozenset[Coded]) -> tuple[str | None, bool]:
    """Return the fact to branch on and whether by value: the one that most rows test, values before bounds."""
    for by_value in (True, False):
        counts: dict[str, int] = {}
        for held, _ in rows:
            for condition in held:
                if (condition.one_of is not None) is by_value:
                    counts[condition.fact] = counts.get(condition.fact, 0) + 1
        if counts:
            return max(counts, key=lambda fact: (counts[fact], -_PLACE[fact])), by_value
    return None, False


def _values(fact: str, rows: frozenset[Coded]) -> list[Any]:
    """List the values that the rows name, in the order in which the fact declares them."""
    named = {value for row in rows for c in row[0] if c.fact == fact for value in c.one_of or ()}
    declared = [value for value in FACTS[fact].values if value in named]
    return declared + sorted(named - set(declared), key=str)


def _in_order(conditions: frozenset[Condition]) -> list[Condition]:
    """Order conditions as the facts are declared, so that the same rows always give the same query."""
    return sorted(conditions, key=lambda condition: _PLACE[condition.fact])
