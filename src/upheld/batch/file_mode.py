"""Rate and plan a base from files to files, without any database: what `upheld rate` and `upheld plan` do.

Folder in, folder out: `tiers.parquet` or `promises.parquet`, `rejects.csv` where rows were left out, and a summary.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from upheld.batch import contacts, tiers
from upheld.batch.engine import DuckDB, Progress, literal
from upheld.batch.feed import CUSTOMERS, Feed, read_feed, write_rejects
from upheld.batch.source import FeedRefused
from upheld.policy.editions import Edition
from upheld.policy.feed_columns import FeedMapping

TIERS, PROMISES, REJECTS = "tiers.parquet", "promises.parquet", "rejects.csv"

Stage = Callable[[str], Progress]
"""Told the name of each stage as it begins; gives what is told how far it has got."""


@dataclass(frozen=True)
class Limits:
    """What a run may use of the machine; None leaves it to DuckDB (all cores, four fifths of the memory)."""

    threads: int | None = None
    memory: str | None = None
    spill_folder: Path | None = None


@dataclass(frozen=True)
class Done:
    """What a run has written: the file, how many rows, the feed that it came from, and counts for the summary.

    Each count is (words, number of rows); the words are card, state, change and clause, or action and clause.
    """

    target: Path
    rows: int
    feed: Feed
    rejects: Path | None
    counts: tuple[tuple[Any, ...], ...]


def rate_files(
    *,
    edition: Edition,
    feed: Path,
    as_of: date,
    out: Path,
    mapping: FeedMapping | None = None,
    changes_only: bool = False,
    limits: Limits = Limits(),
    stage: Stage | None = None,
) -> Done:
    """Rate the base of a folder on a day and write `tiers.parquet` to another.

    Columns: customer_id, card, state, clause, previous_card, change (see `tiers.CHANGES`); no order. Raises FeedRefused
    and `OutsideDates`, then leaving no new file.
    """
    edition.require_day(as_of)
    needed = _facts_tested(edition, "tiers", ("card", "provisional", "cancel", "freeze", "override"))
    needed |= {"previous_card", "override_card", "override_approved_by"}
    with _engine(limits) as engine:
        begun = stage or _silent
        begun("reading")(0.0)
        read = read_feed(engine, feed, needed=needed, mapping=mapping)
        out.mkdir(parents=True, exist_ok=True)
        rejects = out / REJECTS if write_rejects(engine, out / REJECTS) else None
        rating = tiers.rating(edition=edition, as_of=as_of, facts=read.facts, last_year_file=read.last_year_file,
                              changes_only=changes_only, id_type=read.id_type)  # fmt: skip
        tiers.put_answers(engine, rating)
        engine.copy(rating.expression, out / TIERS, progress=begun("rating"))
        counts = _counts(engine, out / TIERS, ("card", "state", "change", "clause"))
        rows = sum(count[-1] for count in counts)
        if not changes_only and rows != read.rows:
            raise AssertionError(f"{read.rows} customers were read, but {rows} were rated")
        return Done(out / TIERS, rows, read, rejects, counts)


def plan_files(
    *,
    edition: Edition,
    feed: Path,
    from_date: date,
    until_date: date,
    out: Path,
    mapping: FeedMapping | None = None,
    owed_to: str | None = None,
    cards: Path | None = None,
    limits: Limits = Limits(),
    stage: Stage | None = None,
) -> Done:
    """Plan the base of a folder for windows that begin in [from, until) and write `promises.parquet` to another.

    Columns, named as `upheld ask plan` answers: customer_id, action, from, due, clause, turn, on; no order. `cards` is
    a Parquet file (customer_id, card), such as `tiers.parquet`, where the base itself has no column card. Raises
    FeedRefused and `OutsideDates`.
    """
    edition.require_day(from_date)
    needed = _facts_tested(edition, "contacts", ("contact",)) | {"birthday", "birthday_calendar"}
    with _engine(limits) as engine:
        begun = stage or _silent
        begun("reading")(0.0)
        read = read_feed(engine, feed, needed=needed, mapping=mapping, last_year=False)
        out.mkdir(parents=True, exist_ok=True)
        rejects = out / REJECTS if write_rejects(engine, out / REJECTS) else None
        facts = read.facts
        if cards is not None:
            facts = _with_cards(engine, cards, facts)
        plan = contacts.plan(edition=edition, from_date=from_date, until_date=until_date, facts=facts, engine=engine,
                             owed_to=owed_to, id_type=read.id_type)  # fmt: skip
        named = plan.expression.rename({"from": "from_date", "due": "due_date", "on": "on_occasion"})
        engine.copy(named, out / PROMISES, progress=begun("planning"))
        counts = _counts(engine, out / PROMISES, ("action", "clause"))
        return Done(out / PROMISES, sum(count[-1] for count in counts), read, rejects, counts)


def _facts_tested(edition: Edition, noun: str, kinds: tuple[str, ...]) -> set[str]:
    return {
        condition.fact
        for kind in kinds
        for table in edition.tables(noun, kind)
        for row in table.rows
        for condition in row.conditions
    }


def _with_cards(engine: DuckDB, cards: Path, facts: tuple[str, ...]) -> tuple[str, ...]:
    """Put the card of another file beside each customer; raises FeedRefused where the base has cards of its own."""
    if "card" in facts:
        raise FeedRefused(
            [f"the base has a column 'card' and {cards.name} gives cards too; use one of the two"]
        )
    if not cards.is_file():
        raise FeedRefused([f"{cards}: there is no such file; name a Parquet file with customer_id and card"])
    held = f"SELECT CAST(customer_id AS VARCHAR) AS held_by, card FROM read_parquet({literal(str(cards))})"
    engine.run(f"ALTER VIEW {CUSTOMERS} RENAME TO customers_alone")
    engine.run(
        f"CREATE TEMP VIEW {CUSTOMERS} AS SELECT customers_alone.*, card FROM customers_alone "
        f"LEFT JOIN ({held}) ON CAST(customer_id AS VARCHAR) = held_by"
    )
    return (*facts, "card")


@contextmanager
def _engine(limits: Limits) -> Iterator[DuckDB]:
    """Open a DuckDB that spills beside nothing of the operator's: into a folder that goes with it."""
    with (
        tempfile.TemporaryDirectory(prefix="upheld-", dir=limits.spill_folder) as spill,
        DuckDB(threads=limits.threads, memory_limit=limits.memory, spill_folder=Path(spill)) as engine,
    ):
        yield engine


def _counts(engine: DuckDB, written: Path, columns: tuple[str, ...]) -> tuple[tuple[Any, ...], ...]:
    named = ", ".join(columns)
    return tuple(
        engine.run(
            f"SELECT {named}, count(*) FROM read_parquet({literal(str(written))}) GROUP BY ALL ORDER BY ALL"
        )
    )


def _silent(stage: str) -> Progress:
    return lambda share: None
