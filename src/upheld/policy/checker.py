"""Check rule tables as a reviewer would: two answers for one subject, subjects left out, clauses nobody carries out.

These checks look at whole tables; faults of a single row are found while it is read (`rows.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Any

from upheld.policy.kinds import KINDS
from upheld.policy.problems import Problem
from upheld.policy.standards import Standard
from upheld.policy.tables import AS_OF, Condition, Row, Table


def check_tables(
    standards: Sequence[Standard], tables: Sequence[Table], cited_off: set[str]
) -> list[Problem]:
    """Return every error of the tables taken together.

    `cited_off` names clauses whose rows exist but are switched off by a reading: those are carried out.
    """
    problems: list[Problem] = []
    for table in tables:
        problems += _overlaps(table)
        problems += _gaps(table)
        problems += _uncovered(table)
        problems += _wrong_together(table)
    problems += _not_carried_out(standards, tables, cited_off)
    return problems


def _overlaps(table: Table) -> Iterable[Problem]:
    """Find rows of one table that give one subject two answers: same facts tested, all tests meeting, same days.

    A table that takes `first` is ordered on purpose; rows of different shape meet on purpose under `highest`.
    """
    if table.take == "first":
        return
    contradict = KINDS[table.noun][table.kind].contradicts
    by_shape: dict[frozenset[str], list[Row]] = defaultdict(list)
    for row in table.rows:
        by_shape[frozenset(condition.fact for condition in row.conditions)].append(row)
    for rows in by_shape.values():
        for one, other in combinations(rows, 2):
            if one.clause == other.clause and contradict(one.answer, other.answer) and _meet(one, other):
                yield Problem(
                    other.file,
                    other.line,
                    f"overlaps the row in line {one.line}: one subject gets two answers.",
                    "mend the bounds or values of one row, or give the rows different dates.",
                    other.clause,
                )


def _meet(one: Row, other: Row) -> bool:
    """Say whether some subject on some day matches both rows, which test the same facts."""
    start = max(one.from_date, other.from_date)
    for end in (one.until_date, other.until_date):
        if end is not None and start >= end:
            return False
    tests = {condition.fact: condition for condition in other.conditions}
    return all(share_a_value(condition, tests[condition.fact]) for condition in one.conditions)


def share_a_value(one: Condition, other: Condition) -> bool:
    """Say whether some value of a fact meets both conditions."""
    if one.one_of is not None and other.one_of is not None:
        return bool(set(one.one_of) & set(other.one_of))
    if one.one_of is not None or other.one_of is not None:
        values, bounds = (one, other) if one.one_of is not None else (other, one)
        return any(_inside(value, bounds) for value in values.one_of or ())
    return _reaches(one.below, other.minimum) and _reaches(other.below, one.minimum)


def _inside(value: Any, bounds: Condition) -> bool:
    if AS_OF in (bounds.minimum, bounds.below):
        return True
    return (bounds.minimum is None or value >= bounds.minimum) and (
        bounds.below is None or value < bounds.below
    )


def _reaches(below: Any, minimum: Any) -> bool:
    return below is None or minimum is None or AS_OF in (below, minimum) or below > minimum


def _gaps(table: Table) -> Iterable[Problem]:
    """Find holes between the ranges of rows that are alike but for one range."""
    groups: dict[Any, list[tuple[Any, Any, Row]]] = defaultdict(list)
    for row in table.rows:
        ranges = [condition for condition in row.conditions if condition.one_of is None]
        if len(ranges) != 1 or AS_OF in (ranges[0].minimum, ranges[0].below):
            continue
        rest = frozenset((c.fact, c.one_of) for c in row.conditions if c.one_of is not None)
        key = (row.clause, ranges[0].fact, rest, row.from_date, row.until_date)
        groups[key].append((ranges[0].minimum, ranges[0].below, row))
    for (_, fact, *_), found in groups.items():
        found = sorted(found, key=lambda item: (item[0] is not None, item[0] if item[0] is not None else 0))
        reached = found[0][1]
        for minimum, below, row in found[1:]:
            if reached is not None and minimum is not None and minimum > reached:
                yield Problem(
                    row.file,
                    row.line,
                    f"leaves a gap: {fact} from {_shown(fact, reached)} to below {_shown(fact, minimum)} has no row.",
                    "let one row begin where the one before ends.",
                    row.clause,
                )
            reached = None if reached is None or below is None else max(reached, below)


def _shown(fact: str, value: Any) -> str:
    return f"{value // 100}.{value % 100:02d}" if fact.endswith("_yuan") else str(value)


def _uncovered(table: Table) -> Iterable[Problem]:
    """Find combinations of facts that the table says it covers and no row answers."""
    if not table.covers:
        return
    facts = list(table.covers)
    missing = []
    for values in product(*table.covers.values()):
        subject = dict(zip(facts, values, strict=True))
        if not any(_could_match(row, subject) for row in table.rows):
            missing.append(" ".join(str(value) for value in values))
    if missing:
        yield Problem(
            table.file,
            table.line,
            f"table '{table.name}' leaves a gap: no row for {'; '.join(missing)}.",
            "add the rows, or take the combination out of `covers` and record why.",
            table.clause,
        )


def _wrong_together(table: Table) -> Iterable[Problem]:
    """Find what is wrong with rows that stand together: the same conditions and dates, one subject gets them all."""
    together = KINDS[table.noun][table.kind].together
    if together is None:
        return
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in table.rows:
        groups[row.conditions, row.from_date, row.until_date].append(row)
    for rows in groups.values():
        fault = together([row.answer for row in rows])
        if fault is not None:
            remedy = "mend the values of these rows, or the parameters that they name."
            yield Problem(table.file, rows[0].line, fault, remedy, rows[0].clause)


def _could_match(row: Row, subject: dict[str, Any]) -> bool:
    return all(
        condition.fact not in subject
        or (condition.one_of is not None and subject[condition.fact] in condition.one_of)
        or (condition.one_of is None and _inside(subject[condition.fact], condition))
        for condition in row.conditions
    )


def _not_carried_out(
    standards: Sequence[Standard], tables: Sequence[Table], cited_off: set[str]
) -> Iterable[Problem]:
    carried = {row.clause for table in tables for row in table.rows} | cited_off
    carried |= {table.clause for table in tables if table.clause is not None}
    for standard in standards:
        for clause in standard.clauses.values():
            if clause.status == "executable" and clause.id not in carried:
                yield Problem(
                    clause.file,
                    clause.line,
                    "the clause is executable but no row carries it out.",
                    "write its rows, or give it the status guidance or pending.",
                    clause.id,
                )
