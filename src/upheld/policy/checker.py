"""Check rule tables as a reviewer would: two answers for one subject, subjects left out, clauses nobody carries out.

These checks look at whole tables; faults of a single row are found while it is read (`rows.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations, product
from typing import Any

from upheld.policy.kinds import KINDS, PARAMETERS
from upheld.policy.problems import Problem
from upheld.policy.rows import Choices
from upheld.policy.standards import Standard
from upheld.policy.tables import AS_OF, Condition, Row, Table


def check_tables(standards: Sequence[Standard], tables: Sequence[Table], choices: Choices) -> list[Problem]:
    """Return every error of the tables taken together.

    A clause whose rows are switched off by a reading, or have faults of their own, counts as carried out. A table
    with faulty rows is not searched for gaps: what those rows cover is not known.
    """
    problems: list[Problem] = []
    for table in tables:
        problems += _overlaps(table)
        if not table.faulty:
            problems += _gaps(table)
            problems += _gaps_in_time(table)
            problems += _uncovered(table)
            problems += _wrong_together(table)
    whole = [standard for standard in standards if standard.id not in choices.unread]
    problems += _not_carried_out(whole, tables, choices.cited)
    return problems


def check_parameters(standards: Sequence[Standard], choices: Choices) -> list[Problem]:
    """Return every error of the parameters that no row names, as a company has set them; they count as used."""
    problems: list[Problem] = []
    for standard in standards:
        for name, parameter in standard.parameters.items():
            read = PARAMETERS.get(name)
            if read is None:
                continue
            choices.used.add(name)
            try:
                read(choices.parameters.get(name, parameter.value))
            except ValueError as error:
                message = f"parameter '{name}': {error}."
                remedy = "write a number that it may have."
                problems.append(Problem(parameter.file, parameter.line, message, remedy, parameter.clause))
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
            if (
                one.clause == other.clause
                and contradict(one.answer, other.answer)
                and may_both_match(one, other)
            ):
                yield Problem(
                    other.file,
                    other.line,
                    f"overlaps the row in line {one.line}: one subject gets two answers.",
                    "mend the bounds or values of one row, or give the rows different dates.",
                    other.clause,
                )


def may_both_match(one: Row, other: Row) -> bool:
    """Say whether some subject on some day could match both rows: no fact that both test keeps them apart."""
    start = max(one.from_date, other.from_date)
    for end in (one.until_date, other.until_date):
        if end is not None and start >= end:
            return False
    tests = {condition.fact: condition for condition in other.conditions}
    return all(_share_a_value(c, tests[c.fact]) for c in one.conditions if c.fact in tests)


def _share_a_value(one: Condition, other: Condition) -> bool:
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


def _gaps_in_time(table: Table) -> Iterable[Problem]:
    """Find days between two rows for the same subjects, one ended and the next not yet begun."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in table.rows:
        alike = frozenset((c.fact, c.one_of) for c in row.conditions)  # ranges may change with the dates
        groups[row.clause, alike].append(row)
    for rows in groups.values():
        rows.sort(key=lambda row: row.from_date)
        reached = rows[0].until_date
        for row in rows[1:]:
            if reached is not None and row.from_date > reached:
                yield Problem(
                    row.file,
                    row.line,
                    f"leaves a gap: from {reached} to before {row.from_date} no row holds.",
                    "let `from` be the day that the row before has as `until`.",
                    row.clause,
                )
            reached = None if reached is None or row.until_date is None else max(reached, row.until_date)


def _uncovered(table: Table) -> Iterable[Problem]:
    """Find combinations of facts that the table says it covers and no row answers, on each day that rows change."""
    if not table.covers:
        return
    facts = list(table.covers)
    missing: dict[str, date] = {}
    for day in _days_of_change(table):
        rows = [row for row in table.rows if row.in_force(day)]
        for values in product(*table.covers.values()):
            subject = dict(zip(facts, values, strict=True))
            if not any(_could_match(row, subject) for row in rows):
                missing.setdefault(" ".join(str(value) for value in values), day)
    if missing:
        since = {words: f" (from {day})" if day != table.from_date else "" for words, day in missing.items()}
        yield Problem(
            table.file,
            table.line,
            f"table '{table.name}' leaves a gap: no row for {'; '.join(w + since[w] for w in missing)}.",
            "add the rows, or take the combination out of `covers` and record why.",
            table.clause,
        )


def _days_of_change(table: Table) -> list[date]:
    """Return the first day of the table and each day on which one of its rows begins or ends."""
    days = {table.from_date} | {row.from_date for row in table.rows}
    days |= {row.until_date for row in table.rows if row.until_date is not None}
    return sorted(day for day in days if table.until_date is None or day < table.until_date)


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
    standards: Sequence[Standard], tables: Sequence[Table], cited: set[str]
) -> Iterable[Problem]:
    carried = cited | {table.clause for table in tables if table.clause is not None}
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
