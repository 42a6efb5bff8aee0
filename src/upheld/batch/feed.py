"""Read a base from a folder of files: good rows become the tables that the questions ask, bad rows a list of faults.

`customers.parquet` or `.csv` has facts as columns, or any columns through a mapping; last year's card is its column
previous_card or a second file `cards` (customer_id, card). Nothing is guessed and nothing lost: a file that is not
whole or lacks a column is refused with all reasons, a row that is wrong is left out by name.
"""

from __future__ import annotations

import csv
import difflib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from upheld.batch import checks
from upheld.batch.checks import Fault, Reading
from upheld.batch.columns import SUBJECT_ID
from upheld.batch.engine import DuckDB, literal, quoted
from upheld.batch.source import LINE, FeedRefused, Reject, Source, find, open_source
from upheld.policy.facts import FACTS
from upheld.policy.feed_columns import FEEDS, ColumnSource, FeedMapping, nearest

CUSTOMERS, CARDS = "customers", "cards"
NAMES = tuple(dict.fromkeys((SUBJECT_ID, *FACTS, *FEEDS[CUSTOMERS].names)))
"""The columns that a mapping may name: the id, every declared fact, and whatever else a feed of customers has."""

_NEAR = 0.84
_REJECTS = "rejected rows"


@dataclass
class Feed:
    """A base that has been read: its tables are views `customers` and perhaps `cards` in the engine.

    `facts` have columns; `rows` counts good rows of `customers`, `rejected` bad ones, `faults` what is wrong with them.
    """

    facts: tuple[str, ...]
    id_type: str
    last_year_file: bool
    rows: int = 0
    rejected: int = 0
    faults: int = 0
    warnings: list[str] = field(default_factory=list)


def read_feed(
    engine: DuckDB,
    folder: Path,
    *,
    needed: Iterable[str],
    mapping: FeedMapping | None = None,
    last_year: bool = True,
) -> Feed:
    """Read a folder into the views `customers` and `cards`.

    `needed` are the facts that the question asks about; others are passed over. Faults of rows go to the engine (see
    `write_rejects`). Raises FeedRefused with every reason for which the whole feed cannot be used.
    """
    mapping = mapping or FeedMapping()
    path = find(folder, CUSTOMERS)
    if path is None:
        raise FeedRefused([f"{folder}: has no customers.parquet or customers.csv; put the base there"])
    source = open_source(engine, path, mapping, "customers as given")
    readings = _readings(source, mapping, needed)
    cards_path = find(folder, CARDS) if last_year else None
    if cards_path is not None and any(reading.fact == "previous_card" for reading in readings):
        raise FeedRefused(
            [
                f"{folder}: last year's card stands in {path.name} (previous_card) and in {cards_path.name}; keep one"
            ]
        )
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {quoted(_REJECTS)} "
        "(file VARCHAR, line BIGINT, column_name VARCHAR, value VARCHAR, reason VARCHAR, remedy VARCHAR)"
    )
    id_type = _id_type(source, mapping)
    feed = Feed(tuple(reading.fact for reading in readings), id_type, cards_path is not None)
    feed.warnings += _warnings(engine, source, readings)
    _judge(engine, source, mapping, readings)
    _make_view(
        engine,
        CUSTOMERS,
        source,
        mapping,
        [(c, sql) for r in readings for c, sql in r.values.items()],
        id_type,
    )
    if cards_path is not None:
        _read_cards(engine, cards_path, mapping, id_type)
        ((lost,),) = engine.run(f"SELECT count(*) FROM {CARDS} ANTI JOIN {CUSTOMERS} USING ({SUBJECT_ID})")
        if lost:
            feed.warnings.append(
                f"{cards_path.name}: {lost:,} holders of a card are not in {path.name} and are not rated"
            )
    ((feed.rows,),) = engine.run(f"SELECT count(*) FROM {CUSTOMERS}")
    ((feed.rejected, feed.faults),) = engine.run(
        f"SELECT count(DISTINCT (file, line)), count(*) FROM {quoted(_REJECTS)}"
    )
    return feed


def write_rejects(engine: DuckDB, target: Path) -> bool:
    """Write every fault to a CSV, by file and line; with none, remove an older one. Returns whether there were any.

    UTF-8 with a byte order mark, which spreadsheets need to show Chinese.
    """
    rows = engine.run(f"SELECT * FROM {quoted(_REJECTS)} ORDER BY file DESC, line, column_name")
    if not rows:
        target.unlink(missing_ok=True)
        return False
    # Customers' data: readable by its owner alone.
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    passing = Path(name)
    with os.fdopen(number, "w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(Reject._fields)
        writer.writerows(rows)
    passing.replace(target)
    return True


def _readings(source: Source, mapping: FeedMapping, needed: Iterable[str]) -> list[Reading]:
    """Say how each needed fact of the file is read; raises FeedRefused with every column in the way."""
    header, problems = source.columns, _misnamed(source, mapping)
    wanted = mapping.source(SUBJECT_ID).column
    if wanted is not None and wanted not in header:
        problems.append(_missing(source, SUBJECT_ID, wanted))
    readings = []
    for name in (name for name in FACTS if name in set(needed)):
        given = mapping.source(name)
        if given.value is not None:
            readings.append(checks.reading_of(name, given, None))
        elif given.column in header:
            readings.append(checks.reading_of(name, given, header[given.column]))
        elif name in mapping.columns:
            problems.append(_missing(source, name, str(given.column)))
        elif name.endswith("_yuan") and (fen := f"{name.removesuffix('_yuan')}_fen") in header:
            readings.append(checks.reading_of(name, ColumnSource(column=fen), header[fen], also_fen=True))
    if not readings and not problems:
        problems.append(
            f"{source.path.name}: has none of the facts that are asked about ({', '.join(sorted(needed))}); "
            "rename its columns or write a mapping"
        )
    if problems:
        raise FeedRefused(problems)
    born = next((reading for reading in readings if reading.fact == "birthday"), None)
    if born is not None:
        kind = next(
            (r.values["birthday_calendar"] for r in readings if r.fact == "birthday_calendar"), "'solar'"
        )
        beyond = checks.day_beyond_month(born, kind)
        readings[readings.index(born)] = Reading(
            born.fact, born.column, born.values, born.shown, (*born.faults, beyond), born.warning
        )
    return readings


def _misnamed(source: Source, mapping: FeedMapping) -> list[str]:
    """Refuse columns that are nearly a fact: passed over in silence, they would give wrong answers."""
    used = {given.column for given in mapping.columns.values()}
    fen = {f"{name.removesuffix('_yuan')}_fen" for name in FACTS if name.endswith("_yuan")}
    known = {*NAMES, *fen}
    problems = []
    for name in source.columns:
        if name in used or name in known:
            continue
        near = difflib.get_close_matches(name.strip().lower(), (SUBJECT_ID, *FACTS), n=1, cutoff=_NEAR)
        if near and near[0] not in source.columns and near[0] not in mapping.columns:
            problems.append(
                f"{source.path.name}: the column {name!r} is no fact; did you mean {near[0]!r}? Rename it, or "
                "name it in a mapping if it is something else"
            )
    return problems


def _missing(source: Source, name: str, column: str) -> str:
    near = nearest(column, source.columns)
    wanted = f"{column!r}" + (f" (for {name})" if name != column else "")
    remedy = f"is it {near!r}? then rename it or map it" if near else "add it, or name it in a mapping"
    return f"{source.path.name}: the column {wanted} is missing; {remedy}"


def _id_type(source: Source, mapping: FeedMapping) -> str:
    kind = source.columns[str(mapping.source(SUBJECT_ID).column)]
    return "int64" if kind in checks.WHOLE_TYPES else "string"


def _id_sql(source: Source, mapping: FeedMapping, id_type: str) -> str:
    column = quoted(str(mapping.source(SUBJECT_ID).column))
    if id_type == "int64" and source.columns[str(mapping.source(SUBJECT_ID).column)] in checks.WHOLE_TYPES:
        return column
    return f"nullif(trim(CAST({column} AS VARCHAR)), '')"


def _judge(engine: DuckDB, source: Source, mapping: FeedMapping, readings: list[Reading]) -> None:
    """Put every fault of every row into the table of rejected rows."""
    for reject in source.misshapen:
        engine.run(f"INSERT INTO {quoted(_REJECTS)} VALUES (?, ?, ?, ?, ?, ?)", reject)
    found = [(reading, fault) for reading in readings for fault in reading.faults]
    if found:
        # One walk over the base says which faults there are at all; usually none.
        counts = ", ".join(f"count(*) FILTER ({fault.holds})" for _, fault in found)
        (numbers,) = engine.run(f"SELECT {counts} FROM {quoted(source.relation)}")
        for (reading, fault), number in zip(found, numbers, strict=True):
            if number:
                _reject(engine, source, reading.column, reading.shown, fault)
    identity = _id_sql(source, mapping, _id_type(source, mapping))
    column = str(mapping.source(SUBJECT_ID).column)
    _reject(
        engine,
        source,
        column,
        identity,
        Fault(f"{identity} IS NULL", "is empty", "give every row its own id"),
    )
    _reject_twice(engine, source, column, identity)


def _reject(engine: DuckDB, source: Source, column: str, shown: str, fault: Fault) -> None:
    remedy = literal(fault.remedy)
    if fault.remedy == "write one of these":
        remedy = _did_you_mean(engine, source, shown, fault)
    reason = f"coalesce('''' || {shown} || ''' ', 'it ') || {literal(fault.reason)}"
    engine.run(
        f"INSERT INTO {quoted(_REJECTS)} SELECT {literal(source.path.name)}, {quoted(LINE)}, {literal(column)}, "
        f"{shown}, {reason}, {remedy} FROM {quoted(source.relation)} WHERE {fault.holds}"
    )


def _did_you_mean(engine: DuckDB, source: Source, shown: str, fault: Fault) -> str:
    """Write the remedy for words that are not listed: the nearest listed word, for the commonest misspellings."""
    listed = fault.reason.removeprefix("is not one of ").split(", ")
    wrong = engine.run(
        f"SELECT {shown} AS word, count(*) FROM {quoted(source.relation)} WHERE {fault.holds} "
        "GROUP BY word ORDER BY 2 DESC LIMIT 100"
    )
    near = [(word, found) for word, _ in wrong if (found := nearest(word, listed))]
    if not near:
        return literal(fault.remedy)
    cases = " ".join(f"WHEN {literal(word)} THEN {literal(f'did you mean {found}?')}" for word, found in near)
    return f"CASE {shown} {cases} ELSE {literal(fault.remedy)} END"


def _reject_twice(engine: DuckDB, source: Source, column: str, identity: str) -> None:
    """Reject every row whose id stands on an earlier line: of rows with the same id the first stays."""
    line, relation = quoted(LINE), quoted(source.relation)
    twice = (
        f"SELECT {identity} AS id FROM {relation} WHERE {identity} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
    )
    (some,) = engine.run(f"SELECT EXISTS ({twice})")
    if not some[0]:
        return
    among = f"{identity} IN (SELECT id FROM ({twice}))"
    first = f"min({line}) OVER (PARTITION BY {identity})"
    reason = "'the same id stands on line ' || first || '; this row is left out'"
    engine.run(
        f"INSERT INTO {quoted(_REJECTS)} SELECT {literal(source.path.name)}, line, {literal(column)}, "
        f"CAST(id AS VARCHAR), {reason}, 'remove one of the two' FROM "
        f"(SELECT {line} AS line, {identity} AS id, {first} AS first FROM {relation} WHERE {among}) WHERE line > first"
    )


def _make_view(
    engine: DuckDB,
    name: str,
    source: Source,
    mapping: FeedMapping,
    columns: list[tuple[str, str]],
    id_type: str,
) -> None:
    """Make the view of the good rows; with none rejected, it is the file itself."""
    (bad,) = engine.run(f"SELECT count(*) FROM {quoted(_REJECTS)} WHERE file = ?", [source.path.name])
    selected = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in columns)
    where = ""
    if bad[0]:
        lines = f"SELECT line FROM {quoted(_REJECTS)} WHERE file = {literal(source.path.name)}"
        where = f" WHERE {quoted(LINE)} NOT IN ({lines})"
    engine.run(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {_id_sql(source, mapping, id_type)} AS {SUBJECT_ID}, "
        f"{selected} FROM {quoted(source.relation)}{where}"
    )


def _warnings(engine: DuckDB, source: Source, readings: list[Reading]) -> list[str]:
    found = []
    for reading in readings:
        if reading.warning is not None:
            ((number,),) = engine.run(
                f"SELECT count(*) FILTER ({reading.warning}) FROM {quoted(source.relation)}"
            )
            if number:
                found.append(
                    f"{source.path.name}: {number:,} values of {reading.column} have more than two decimals and were "
                    "rounded to the fen; hand amounts over as decimals"
                )
    return found


def _read_cards(engine: DuckDB, path: Path, mapping: FeedMapping, id_type: str) -> None:
    """Make the view `cards` (customer_id, card) of last year's cards; rows without a card are passed over."""
    plain = FeedMapping(encoding=mapping.encoding, delimiter=mapping.delimiter)
    source = open_source(engine, path, plain, "cards as given")
    problems = [_missing(source, name, name) for name in (SUBJECT_ID, "card") if name not in source.columns]
    if problems:
        raise FeedRefused(problems)
    reading = checks.reading_of("card", ColumnSource(column="card"), source.columns["card"])
    own_type = _id_type(source, plain)
    _judge(engine, source, plain, [reading])
    if own_type != id_type:
        # Numbers in one file and text in the other: both are read as text where the other has text.
        identity = "CAST" if id_type == "string" else "TRY_CAST"
        kind = "VARCHAR" if id_type == "string" else "BIGINT"
        _make_view(engine, "cards_as_read", source, plain, list(reading.values.items()), own_type)
        engine.run(
            f"CREATE OR REPLACE TEMP VIEW {CARDS} AS SELECT {identity}({SUBJECT_ID} AS {kind}) AS {SUBJECT_ID}, card "
            "FROM cards_as_read"
        )
        return
    _make_view(engine, CARDS, source, plain, list(reading.values.items()), id_type)
