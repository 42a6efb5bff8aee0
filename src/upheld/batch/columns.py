"""How the facts of a base stand in columns: names, types, and one table expression that every question starts from.

Amounts are bigint fen, so that no comparison ever meets a rounding; a birthday is two small numbers. A fact that the
feed does not have has no column, and rows that need it are left out when the query is written, not when it runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from upheld.policy.facts import CARDS, FACTS, Subject
from upheld.policy.tables import AS_OF, Condition

SUBJECT_ID = "customer_id"
"""The column that names a subject, in every file that batch reads or writes."""

_IBIS_TYPES = {
    "choice": "string",
    "text": "string",
    "flag": "boolean",
    "amount": "int64",
    "count": "int64",
    "rate": "decimal(9, 6)",
    "ratio": "decimal(18, 6)",
    "whole": "int64",
    "date": "date",
    "instant": "timestamp",
}


def fact_columns(fact: str) -> dict[str, str]:
    """Return the columns that hold a fact, with their Ibis types.

    An amount `x_yuan` stands in `x_fen`; a `month_day` in `x_month` and `x_day`; any other fact in its own name.
    """
    kind = FACTS[fact].kind
    if kind == "month_day":
        return {f"{fact}_month": "int64", f"{fact}_day": "int64"}
    name = f"{fact.removesuffix('_yuan')}_fen" if kind == "amount" else fact
    return {name: _IBIS_TYPES[kind]}


def columns_of(facts: Iterable[str], id_type: str = "string") -> dict[str, str]:
    """Return the columns of a base with these facts, the subject's id first, with their Ibis types."""
    columns = {SUBJECT_ID: id_type}
    for fact in facts:
        columns.update(fact_columns(fact))
    return columns


def row_of(subject_id: Any, subject: Subject, facts: Iterable[str]) -> tuple[Any, ...]:
    """Return a subject of policy as a row in the columns of `columns_of`."""
    row = [subject_id]
    for fact in facts:
        value = subject.get(fact)
        if FACTS[fact].kind == "month_day":
            row += (None, None) if value is None else (value.month, value.day)
        else:
            row.append(value)
    return tuple(row)


class Base:
    """A base of subjects as an Ibis table with one column (or two) for each fact that the feed has."""

    def __init__(self, facts: Collection[str], *, name: str = "customers", id_type: str = "string") -> None:
        self.facts = frozenset(facts)
        self.id_type = id_type
        self.table: ir.Table = ibis.table(columns_of(facts, id_type), name=name)

    @property
    def subject_id(self) -> ir.Value:
        """Return the column that names the subject."""
        return self.table[SUBJECT_ID]

    def fact(self, fact: str) -> ir.Value:
        """Return the column of a fact of one column; raises KeyError where the feed does not have it."""
        if fact not in self.facts:
            raise KeyError(fact)
        return self.table[next(iter(fact_columns(fact)))]

    def knows(self, conditions: Iterable[Condition]) -> bool:
        """Say whether the feed has every fact that the conditions test; a row that needs another never matches."""
        return all(condition.fact in self.facts for condition in conditions)

    def holds(self, condition: Condition, as_of: date) -> ir.BooleanValue:
        """Write one condition as a comparison: null (unknown) or false where it does not hold."""
        column = self.fact(condition.fact)
        if condition.one_of is not None:
            return is_one_of(column, condition.one_of, FACTS[condition.fact].values)
        tests = []
        if condition.minimum is not None:
            tests.append(column >= exact(day_or_number(condition.minimum, as_of)))
        if condition.below is not None:
            tests.append(column < exact(day_or_number(condition.below, as_of)))
        return both(tests)

    def all_hold(self, conditions: Iterable[Condition], as_of: date) -> ir.BooleanValue:
        """Write conditions joined by AND; without any, true."""
        return both([self.holds(condition, as_of) for condition in conditions])


def day_or_number(bound: Any, as_of: date) -> Any:
    """Put the day asked about where a bound stands for it."""
    return as_of if bound is AS_OF else bound


def exact(bound: Any) -> Any:
    """Write a decimal bound with all its decimals: left to itself, Ibis keeps three."""
    return ibis.literal(bound, type=_IBIS_TYPES["ratio"]) if isinstance(bound, Decimal) else bound


def both(tests: list[ir.BooleanValue]) -> ir.BooleanValue:
    """Join tests by AND; without any, true."""
    if not tests:
        return ibis.literal(True)
    joined = tests[0]
    for test in tests[1:]:
        joined = joined & test
    return joined


def is_one_of(column: ir.Value, values: Iterable[Any], domain: tuple[str, ...] = ()) -> ir.BooleanValue:
    """Write 'one of' as equalities joined by OR, which an engine runs on dictionary pages; IN lists it unpacks first.

    Where the values are all that the fact can have, being known is enough.
    """
    values = tuple(values)
    if domain and set(domain) <= set(values):
        return column.notnull()
    if len(values) == 1 and isinstance(values[0], bool):
        return column if values[0] else ~column
    test = column == exact(values[0])
    for value in values[1:]:
        test = test | (column == exact(value))
    return test


def small(number: int) -> ir.IntegerValue:
    """Write a small whole number: answers are coded in two bytes, which keeps joins and comparisons narrow."""
    return ibis.literal(number, type="int32").cast("int16")


def card_rank(column: ir.StringValue) -> ir.IntegerValue:
    """Write the rank of a card column: 1 silver, 2 gold, 3 diamond, 0 none."""
    return ibis.cases(*((column == card, small(rank)) for rank, card in enumerate(CARDS, 1)), else_=small(0))
