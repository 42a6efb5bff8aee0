"""Plan a whole base: every promise of a range of days, for every subject, as one query.

Three steps: each subject's set of matching rows as a mask (masks.py); for each different mask its windows, made by
policy/contacts.py; and one join of subjects to windows. Birthdays join by calendar, month and day to the days on which
they are celebrated, again made by policy.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir

from upheld.batch.columns import SUBJECT_ID, Base
from upheld.batch.engine import DuckDB
from upheld.batch.masks import Mask, RowMasks, matching_rows, rows_in_force
from upheld.policy.contacts import ContactOwed, promises_of
from upheld.policy.editions import Edition
from upheld.policy.facts import MonthDay
from upheld.policy.kinds.contacts import OCCASIONS
from upheld.policy.tables import Row

WINDOWS, BIRTHDAYS, BIRTHDAY_DAYS = "planned_windows", "planned_birthdays", "birthday_days"
_PROMISE = {"action": "string", "from_date": "date", "due_date": "date", "clause": "string", "turn": "int16",
            "on_occasion": "string"}  # fmt: skip

Words = dict[str, list[str]]
"""Every text that each column of words may hold."""


class _Item(NamedTuple):
    """One contact that a row owes, with the part of the range of days in which the row is in force."""

    owed: ContactOwed
    start: date
    end: date


@dataclass(frozen=True)
class Plan:
    """The plan of a base as a query: one row a promise.

    `expression` has the columns customer_id, action, from_date, due_date, clause, turn, on_occasion, in no order.
    `masks` counts the different sets of rows that occur in the base.
    """

    expression: ir.Table
    masks: int


def plan(
    *,
    edition: Edition,
    from_date: date,
    until_date: date,
    facts: Collection[str],
    engine: DuckDB,
    owed_to: str | None = None,
    id_type: str = "string",
) -> Plan:
    """Write the plan of a base for windows that begin in [from, until).

    `engine` must have the table `customers` with the columns of `facts`; it is asked once for the different masks, and
    given the tables of windows. `owed_to` ("person" or "group") keeps what is owed to such subjects. Raises
    `OutsideDates`. Clauses: those of the standards' contact tables.
    """
    edition.require_day(from_date)
    rows = [
        row
        for table in edition.tables("contacts", "contact")
        if owed_to in (None, table.owed_to)
        for row in table.rows
        if max(from_date, row.from_date) < min(until_date, row.until_date or until_date)
        and any(owed["times"] is not None for owed in row.answer["owed"])
    ]
    base = Base(facts, id_type=id_type)
    masks = RowMasks(base, rows, from_date)
    found: list[Mask] = engine.fetch(base.table.select(**masks.columns).distinct())
    items = [_items(row, from_date, until_date) for row in rows]
    kept = {mask: [item for place in masks.places(mask) for item in items[place]] for mask in found}
    words = _words(item for row in items for item in row)
    _make_windows(engine, edition, masks, kept, words)
    expression = _join_windows(base, masks)
    if "birthday" in base.facts:
        _make_birthdays(engine, edition, masks, kept, words)
        expression = ibis.union(expression, _join_birthdays(base, masks), distinct=False)
    return Plan(expression, len(found))


def contacts_owed(
    *, edition: Edition, as_of: date, facts: Collection[str], engine: DuckDB, id_type: str = "string"
) -> Iterator[tuple[Any, tuple[ContactOwed, ...]]]:
    """Give each subject of the table `customers` with every contact owed to it, in the order of the standards."""
    edition.require_day(as_of)
    rows = rows_in_force(edition.tables("contacts", "contact"), as_of)
    made = [
        [ContactOwed(o["channel"], o["times"], o["per"], o["on"], r.clause) for o in r.answer["owed"]]
        for r in rows
    ]
    for subject, places in matching_rows(rows=rows, as_of=as_of, facts=facts, engine=engine, id_type=id_type):
        yield subject, tuple(owed for place in places for owed in made[place])


def _items(row: Row, from_date: date, until_date: date) -> list[_Item]:
    """List what a row owes by number, not on demand, with the days on which it is in force in the range."""
    start, end = max(from_date, row.from_date), min(until_date, row.until_date or until_date)
    return [
        _Item(ContactOwed(owed["channel"], owed["times"], owed["per"], owed["on"], row.clause), start, end)
        for owed in row.answer["owed"]
        if owed["times"] is not None
    ]


def _words(items: Iterable[_Item]) -> Words:
    """List the texts of every column of words: the same for windows and birthdays, which become one table."""
    owed = [item.owed for item in items]
    return {
        "action": sorted({one.channel for one in owed}),
        "clause": sorted({one.clause for one in owed}),
        "on_occasion": list(OCCASIONS),
    }


def _make_windows(
    engine: DuckDB, edition: Edition, masks: RowMasks, kept: dict[Mask, list[_Item]], words: Words
) -> None:
    made: dict[_Item, list[tuple[Any, ...]]] = {}
    for item in {item for items in kept.values() for item in items if item.owed.on != "birthday"}:
        promises = promises_of(edition, item.owed, {}, item.start, item.end)
        made[item] = [(p.action, p.from_date, p.due_date, p.clause, p.turn, p.on) for p in promises]
    rows = [
        (*mask, *window) for mask, items in kept.items() for item in items for window in made.get(item, ())
    ]
    engine.lookup(WINDOWS, {**masks.types, **_PROMISE}, rows, words=words)


def _join_windows(base: Base, masks: RowMasks) -> ir.Table:
    windows = ibis.table({**masks.types, **_PROMISE}, name=WINDOWS)
    subjects = base.table.select(base.subject_id, **masks.columns)
    return subjects.join(windows, list(masks.columns)).select(SUBJECT_ID, *_PROMISE)


def _make_birthdays(
    engine: DuckDB, edition: Edition, masks: RowMasks, kept: dict[Mask, list[_Item]], words: Words
) -> None:
    """Make two tables: which birthday promises a mask holds, and on which days each birthday is celebrated."""
    owed = [(mask, item) for mask, items in kept.items() for item in items if item.owed.on == "birthday"]
    ranges = {
        days: number for number, days in enumerate(dict.fromkeys((item.start, item.end) for _, item in owed))
    }
    rows = [(*mask, i.owed.channel, i.owed.clause, ranges[i.start, i.end]) for mask, i in owed]
    columns = {**masks.types, "action": "string", "clause": "string", "days": "int16"}
    engine.lookup(BIRTHDAYS, columns, rows, words={name: words[name] for name in ("action", "clause")})
    some = ContactOwed("greeting", 1, "year", "birthday", "")
    days = [
        (number, kind, born.month, born.day, promise.from_date, promise.due_date, promise.turn, promise.on)
        for (start, end), number in ranges.items()
        for kind, born in every_birthday()
        for promise in promises_of(edition, some, {"birthday": born, "birthday_calendar": kind}, start, end)
    ]
    engine.lookup(BIRTHDAY_DAYS, _BIRTHDAY_DAYS, days, words={"on_occasion": words["on_occasion"]})


_BIRTHDAY_DAYS = {"days": "int16", "birthday_calendar": "string", "month": "int64", "day": "int64", "from_date": "date",
                  "due_date": "date", "turn": "int16", "on_occasion": "string"}  # fmt: skip


def every_birthday() -> Iterator[tuple[str, MonthDay]]:
    """Give every possible birthday of both calendars, by calendar, month and day."""
    for month in range(1, 13):
        for day in range(
            1, calendar.monthrange(2024, month)[1] + 1
        ):  # a leap year: 29 February is a birthday
            yield "solar", MonthDay(month, day)
        for day in range(1, 31):
            yield "lunar", MonthDay(month, day)


def _join_birthdays(base: Base, masks: RowMasks) -> ir.Table:
    held = ibis.table(
        {**masks.types, "action": "string", "clause": "string", "days": "int16"}, name=BIRTHDAYS
    )
    celebrated = ibis.table(_BIRTHDAY_DAYS, name=BIRTHDAY_DAYS)
    kind: ir.StringValue = ibis.literal("solar")
    if "birthday_calendar" in base.facts:
        kind = ibis.coalesce(base.fact("birthday_calendar"), "solar")
    born = base.table.filter(base.table.birthday_month.notnull())
    subjects = born.select(
        SUBJECT_ID, **masks.columns, birthday_calendar=kind, month=born.birthday_month, day=born.birthday_day
    )
    joined = subjects.join(held, list(masks.columns))
    joined = joined.join(celebrated, ["days", "birthday_calendar", "month", "day"])
    return joined.select(SUBJECT_ID, *_PROMISE)
