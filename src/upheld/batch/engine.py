"""Run Ibis's queries by DuckDB: limits of memory and threads, look-up tables, COPY to Parquet, and how far it has got.

The query text comes from Ibis; DuckDB runs it by its own COPY, which never brings a row into Python. Look-up tables
hold their words as ENUMs: DuckDB then writes them to Parquet as dictionary pages without looking at a single text.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import ibis.expr.types as ir

from upheld.batch.compiler import sql_of

Progress = Callable[[float], None]
"""Told, a few times a second, which share (0 to 1) of the running query is done."""

_DUCKDB_TYPES = {"string": "VARCHAR", "boolean": "BOOLEAN", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT",
                 "date": "DATE", "timestamp": "TIMESTAMP", "decimal(9, 6)": "DECIMAL(9, 6)",
                 "decimal(18, 6)": "DECIMAL(18, 6)"}  # fmt: skip


class EngineFailed(Exception):
    """Say that a query could not be run to its end: memory, disk, or limits that DuckDB does not know."""


class DuckDB:
    """One DuckDB session in memory, spilling to a folder on disk; a context manager."""

    def __init__(
        self, *, threads: int | None = None, memory_limit: str | None = None, spill_folder: Path | None = None
    ) -> None:
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
        if threads is not None:
            settings["threads"] = threads
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        if spill_folder is not None:
            settings["temp_directory"] = str(spill_folder)
        try:
            self.connection = duckdb.connect(config=settings)
        except duckdb.Error as error:
            raise EngineFailed(str(error)) from None
        self.connection.execute("SET enable_progress_bar_print = false")
        self.connection.execute("SET enable_progress_bar = true")

    def __enter__(self) -> DuckDB:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        return self.connection.execute(sql, list(parameters)).fetchall()

    def fetch(self, expression: ir.Table) -> list[tuple[Any, ...]]:
        """Run a query of Ibis and return its rows."""
        return self.run(sql_of(expression))

    def lookup(
        self,
        name: str,
        columns: Mapping[str, str],
        rows: Iterable[Sequence[Any]],
        *,
        words: Mapping[str, Sequence[str | None]] | None = None,
    ) -> None:
        """Make a small table for a query to join.

        `words` lists, for a column, every text that it may hold: the column becomes an ENUM. Two tables whose rows come
        together in a union need the same list, or DuckDB turns both into plain text, which costs more than the join.
        """
        rows = [tuple(row) for row in rows]
        enums = {
            column: f"ENUM ({', '.join(literal(text) for text in dict.fromkeys(texts) if text is not None)})"
            for column, texts in (words or {}).items()
            if any(text is not None for text in texts)
        }
        types = [enums.get(column, _DUCKDB_TYPES[kind]) for column, kind in columns.items()]
        defined = ", ".join(f"{quoted(column)} {kind}" for column, kind in zip(columns, types, strict=True))
        self.run(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} ({defined})")
        if rows:
            # Whole columns as lists: no statement of thousands of values has to be parsed.
            given = [[row[place] for row in rows] for place in range(len(types))]
            unnested = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in types)
            self.run(f"INSERT INTO {quoted(name)} SELECT {unnested}", given)

    def copy(self, expression: ir.Table, target: Path, *, progress: Progress | None = None) -> None:
        """Write a query's rows to a Parquet file, which appears under its name only when it is whole."""
        passing = target.with_name(f".{target.name}.part")
        try:
            self._watched(self.copying(expression, passing), progress)
            passing.replace(target)
        except duckdb.Error as error:
            raise EngineFailed(f"{target.name} was not written: {error}") from None
        finally:
            passing.unlink(missing_ok=True)

    def copying(self, expression: ir.Table, target: Path) -> str:
        """Return the statement that writes a query's rows to a Parquet file."""
        return f"COPY ({sql_of(expression)}) TO {literal(str(target))} (FORMAT parquet)"

    def _watched(self, statement: str, progress: Progress | None) -> None:
        if progress is None:
            self.run(statement)
            return
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.2):
                percent = self.connection.query_progress()
                if percent >= 0:
                    progress(percent / 100)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            self.run(statement)
        finally:
            done.set()
            watcher.join()
        progress(1.0)


def quoted(name: str) -> str:
    """Quote the name of a table or column."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Write a value as SQL text."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"
