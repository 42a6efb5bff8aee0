"""Open the files of a base for DuckDB, and refuse whole files that are cut off, misnamed or in another encoding.

Parquet is read where it lies. CSV is read as text, cell by cell, so that no amount passes through a floating number;
rows of the wrong shape are that row's fault alone. `line` counts records with the header as 1: the line of a text
editor wherever no cell holds a line break.
"""

from __future__ import annotations

import codecs
import csv
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb

from upheld.batch.engine import DuckDB, literal, quoted
from upheld.policy.feed_columns import NO_LINE_END, FeedMapping

LINE = "line of the file"
"""The column that numbers the rows of an opened file; no operator's column is called so."""

SUFFIXES = (".parquet", ".csv")


class FeedRefused(Exception):
    """Refuse a feed as a whole; `problems` holds every reason with its remedy."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class Reject(NamedTuple):
    """One fault of one row: where, what stands there, why it cannot be used, and what to write instead."""

    file: str
    line: int
    column: str
    value: str | None
    reason: str
    remedy: str


@dataclass(frozen=True)
class Source:
    """An opened file: the DuckDB relation that holds it, its columns with their types, its misshapen rows."""

    path: Path
    relation: str
    columns: dict[str, str]
    misshapen: list[Reject] = field(default_factory=list)


def find(folder: Path, name: str) -> Path | None:
    """Return `<folder>/<name>.parquet` or `.csv`, None where there is neither. Raises FeedRefused where both are."""
    found = [folder / f"{name}{suffix}" for suffix in SUFFIXES if (folder / f"{name}{suffix}").is_file()]
    if len(found) > 1:
        raise FeedRefused(
            [f"{folder}: holds both {found[0].name} and {found[1].name}; keep the one that is meant"]
        )
    return found[0] if found else None


def open_source(engine: DuckDB, path: Path, mapping: FeedMapping, relation: str) -> Source:
    """Open a file under the name of a DuckDB relation. Raises FeedRefused where the file is not whole."""
    if path.stat().st_size == 0:
        raise FeedRefused([f"{path.name}: the file is empty; hand it over again"])
    opened = _open_parquet if path.suffix == ".parquet" else _open_csv
    misshapen = opened(engine, path, mapping, relation)
    described = engine.run(f"DESCRIBE {quoted(relation)}")
    return Source(path, relation, {row[0]: row[1] for row in described if row[0] != LINE}, misshapen)


def _open_parquet(engine: DuckDB, path: Path, mapping: FeedMapping, relation: str) -> list[Reject]:
    read = f"read_parquet({literal(str(path))}, file_row_number = true)"
    try:
        engine.run(
            f"CREATE OR REPLACE TEMP VIEW {quoted(relation)} AS "
            f"SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {quoted(LINE)} FROM {read}"
        )
        engine.run(f"SELECT count(*) FROM {quoted(relation)}")
    except duckdb.Error as error:
        why = str(error).splitlines()[0]
        raise FeedRefused(
            [f"{path.name}: not a whole Parquet file ({why}); it was probably cut off, hand it over again"]
        ) from None
    return []


def _open_csv(engine: DuckDB, path: Path, mapping: FeedMapping, relation: str) -> list[Reject]:
    _refuse_wrong_encoding(path, mapping.encoding)
    with tempfile.TemporaryDirectory(prefix="upheld-") as folder:
        readable = path
        if mapping.encoding == "gb18030":
            readable = Path(folder) / path.name
            _as_utf8(path, readable)
        header = _header(path, mapping)
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
        read = (
            f"read_csv({literal(str(readable))}, auto_detect = false, header = true, all_varchar = true, quote = '\"', "
            f"escape = '\"', delim = {literal(mapping.delimiter)}, columns = {{{columns}}}, strict_mode = true, "
            "store_rejects = true, rejects_limit = 0)"
        )
        engine.run("SET preserve_insertion_order = true")  # rows are numbered as they stand in the file
        try:
            engine.run(
                f"CREATE OR REPLACE TEMP TABLE {quoted(relation)} AS "
                f"SELECT *, row_number() OVER () + 1 AS {quoted(LINE)} FROM {read}"
            )
        except duckdb.Error as error:
            raise FeedRefused([f"{path.name}: cannot be read as CSV: {str(error).splitlines()[0]}"]) from None
        finally:
            engine.run("SET preserve_insertion_order = false")
        misshapen = _misshapen(engine, path, readable.stat().st_size)
    _number_as_in_the_file(engine, relation, sorted({reject.line for reject in misshapen}))
    if not _ends_its_last_line(path):
        misshapen += _doubt_last_row(engine, path, relation, header[-1], misshapen)
    return misshapen


def _ends_its_last_line(path: Path) -> bool:
    with path.open("rb") as raw:
        raw.seek(-1, os.SEEK_END)
        return raw.read(1) in (b"\n", b"\r")


def _doubt_last_row(
    engine: DuckDB, path: Path, relation: str, column: str, misshapen: list[Reject]
) -> list[Reject]:
    """Leave out the last row of a file that ends inside it, since a cut in a last cell looks like a whole row."""
    line = quoted(LINE)
    last = engine.run(f"SELECT {line}, {quoted(column)} FROM {quoted(relation)} ORDER BY {line} DESC LIMIT 1")
    if not last:
        raise FeedRefused([f"{path.name}: the file looks cut off in its header; hand it over again, whole"])
    ((number, value),) = last
    if any(reject.line > number for reject in misshapen):
        return []
    engine.run(f"DELETE FROM {quoted(relation)} WHERE {line} = {number}")
    return [Reject(path.name, number, column, value, *NO_LINE_END)]


def _misshapen(engine: DuckDB, path: Path, size: int) -> list[Reject]:
    """List the rows of the wrong shape; raises FeedRefused where the last row of the file is one: it was cut off."""
    found = engine.run(
        "SELECT line, line_byte_position, any_value(csv_line), any_value(error_type::VARCHAR), "
        "any_value(error_message) FROM reject_errors GROUP BY ALL ORDER BY line"
    )
    engine.run("DROP TABLE IF EXISTS reject_errors")
    engine.run("DROP TABLE IF EXISTS reject_scans")
    rejects = []
    for line, start, text, kind, message in found:
        if start + len(text.encode()) >= size - 2 and kind in ("MISSING COLUMNS", "UNQUOTED VALUE"):
            raise FeedRefused(
                [
                    f"{path.name}, line {line}: the file looks cut off in its last row; hand it over again, whole"
                ]
            )
        reason = {"MISSING COLUMNS": "too few cells", "TOO MANY COLUMNS": "too many cells"}.get(
            kind, "a quote stands in the wrong place" if kind == "UNQUOTED VALUE" else message
        )
        remedy = "put cells that hold the delimiter or a quote in quotes, and give every column a cell"
        rejects.append(Reject(path.name, line, "", text, reason, remedy))
    return rejects


def _number_as_in_the_file(engine: DuckDB, relation: str, left_out: list[int]) -> None:
    """Turn the running number of the rows that were read into their line, past the rows that were left out."""
    if not left_out:
        return
    # The n-th left-out line stands before every row whose running number has reached it, less those left out before.
    starts = [(left - number,) for number, left in enumerate(left_out)]
    engine.lookup("lines left out", {"start": "int64"}, starts)
    line = quoted(LINE)
    before = f'(SELECT count(*) FROM "lines left out" WHERE "start" <= {line})'
    engine.run(f"UPDATE {quoted(relation)} SET {line} = {line} + {before}")


def _header(path: Path, mapping: FeedMapping) -> list[str]:
    encoding = "gb18030" if mapping.encoding == "gb18030" else "utf-8-sig"
    with path.open(encoding=encoding, newline="") as lines:
        header = [cell.strip() for cell in next(csv.reader(lines, delimiter=mapping.delimiter), [])]
    if not any(header):
        raise FeedRefused([f"{path.name}: the file has no header; its first line must name the columns"])
    lowered = [name.lower() for name in header]
    twice = sorted({name for name in header if lowered.count(name.lower()) > 1})
    if twice:
        raise FeedRefused(
            [f"{path.name}, line 1: the column {name!r} stands there twice; keep one" for name in twice]
        )
    return header


def _refuse_wrong_encoding(path: Path, encoding: str) -> None:
    """Raise FeedRefused, naming the line, where the bytes are not in the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for block in _blocks(path):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            line += block[: error.start].count(b"\n")
            other = "gb18030" if encoding == "utf-8" else "utf-8"
            remedy = f"write `encoding: {other}` in the mapping if it is that, or save it as UTF-8"
            raise FeedRefused([f"{path.name}, line {line}: not {encoding.upper()} text; {remedy}"]) from None
        line += block.count(b"\n")


def _as_utf8(path: Path, target: Path) -> None:
    decoder = codecs.getincrementaldecoder("gb18030")()
    with target.open("wb") as out:
        for block in _blocks(path):
            out.write(decoder.decode(block).encode())
        out.write(decoder.decode(b"", final=True).encode())


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as raw:
        while block := raw.read(1 << 22):
            yield block
