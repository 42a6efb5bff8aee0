"""Judge the rows of one file: every fault of a row at once, and never a guess.

The rows come out as tuples in the order of the kind's declared columns, ready for COPY. References to
other kinds (a member's group) can only be judged with the database in hand; `operations/import_feed.py`
does that and asks `FeedFile.raw_rows` for the rows as they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from upheld.gateways.feeds.cells import BadCell, Birthday, cell_text, check_birthday, mapped_text, parser_of
from upheld.gateways.feeds.formats import FileProblem, FileRefused, RawRow, RawTable, open_table
from upheld.gateways.feeds.rejects import Reject
from upheld.policy.feed_columns import FEEDS, ColumnSource, Feed, FeedColumn, FeedMapping, nearest

__all__ = ["FeedFile", "FileProblem", "FileRefused", "open_feed"]

Values = tuple[Any, ...]


def open_feed(path: Path, *, kind: str, mapping: FeedMapping | None = None) -> FeedFile:
    """Open a file of `kind` (a key of FEEDS) and judge it as a whole.

    Raise FileRefused with every reason at once: cut off, wrong encoding, missing columns (with the
    nearest names found).
    """
    path = Path(path)
    mapping = mapping or FeedMapping()
    table = open_table(path, mapping)
    problems = _header_problems(FEEDS[kind], table.header, mapping)
    if problems:
        raise FileRefused(path, problems)
    return FeedFile(path, FEEDS[kind], mapping, table)


def _header_problems(feed: Feed, header: tuple[str, ...], mapping: FeedMapping) -> list[FileProblem]:
    """Find repeated names, missing required columns, and columns that the mapping names in vain."""
    problems = [
        FileProblem(1, f"the column {name!r} stands there {count} times", "keep one of them")
        for name, count in Counter(header).items()
        if count > 1 and name
    ]
    for column in feed.columns:
        source = mapping.source(column.name)
        if source.value is not None or source.column in header:
            continue
        if not (column.required or column.name in mapping.columns):
            continue
        near = nearest(source.column, header)
        wanted = f"{source.column!r}" + (f" (for {column.name})" if source.column != column.name else "")
        remedy = f"is it {near!r}? then rename it or map it" if near else "add it, or name it in the mapping"
        problems.append(FileProblem(1, f"the column {wanted} is missing", remedy))
    return problems


class FeedFile:
    """Hold one file that is whole and has its columns; walk its rows with `good_rows`."""

    def __init__(self, path: Path, feed: Feed, mapping: FeedMapping, table: RawTable) -> None:
        self.path = path
        self.feed = feed
        self._table = table
        self._readers = [
            _reader(column, mapping.source(column.name), table.header) for column in feed.columns
        ]
        read = {mapping.source(column.name).column for column in feed.columns}
        self.unread_columns = tuple(name for name in table.header if name and name not in read)
        """Columns of the file that nothing is done with."""
        self.given_columns = frozenset(
            column.name
            for column in feed.columns
            if mapping.source(column.name).column in table.header
            or mapping.source(column.name).value is not None
        )
        """Our columns that the file speaks of; the others are left as they are in the database."""

    def good_rows(self, on_reject: Callable[[Reject], object]) -> Iterator[tuple[int, Values]]:
        """Yield (line, values in the order of the declared columns) for each good row.

        Every fault of a bad row goes to `on_reject`. Of rows with the same key the first stays.
        """
        columns = self.feed.columns
        key_places = [self.feed.names.index(name) for name in self.feed.key]
        seen: dict[object, int] = {}
        width = len(self._table.header)
        for raw in self._table.rows():
            if raw.fault or len(raw.cells) != width:
                on_reject(_misshapen(raw, self._table.header))
                continue
            values: list[Any] = []
            faults: list[tuple[str, str, str, str]] = []
            for column, reader in zip(columns, self._readers, strict=True):
                values.append(_read_cell(column, reader, raw, faults))
            if not faults:
                faults = _row_faults(self.feed, values)
            key = (
                tuple(values[place] for place in key_places) if len(key_places) > 1 else values[key_places[0]]
            )
            if not faults and (first := seen.setdefault(key, raw.line)) != raw.line:
                written = ", ".join(str(values[place]) for place in key_places if values[place] is not None)
                key_words = " and ".join(self.feed.key)
                reason = f"the same {key_words} stands on line {first}; line {raw.line} is left out"
                faults = [(self.feed.key[0], written, reason, "remove one of the two")]
            if faults:
                row = _as_text(raw)
                for fault in faults:
                    on_reject(Reject(raw.line, *fault, row))
                continue
            yield raw.line, tuple(values)

    def raw_rows(self, lines: Collection[int]) -> dict[int, tuple[str, ...]]:
        """Return the cells of these lines as they stand in the file."""
        return {raw.line: _as_text(raw) for raw in self._table.rows() if raw.line in lines}


def _reader(column: FeedColumn, source: ColumnSource, header: tuple[str, ...]) -> Callable[[RawRow], Any]:
    """Return the function that reads one column of a row: place, mapping and type are settled once."""
    parse = parser_of(column)
    place = header.index(source.column) if source.column in header else None
    plain = source.times is None and not source.values and source.otherwise is None

    def read(raw: RawRow) -> Any:
        if place is None:
            text = source.value or None
        else:
            text = cell_text(raw.cells[place])
            if not plain:
                text = mapped_text(text, source)
        if text is None:
            if column.required:
                raise BadCell("it is empty", f"write {TYPE_WORDS[column.type]}")
            return None
        return parse(text)

    read.place = place  # type: ignore[attr-defined]
    return read


TYPE_WORDS = {
    "text": "a text",
    "integer": "a whole number",
    "amount": "an amount in yuan, such as 1280.50",
    "date": "a date, such as 2026-03-01",
    "month": "a month, such as 2026-03",
    "birthday": "a birthday, such as 1980-05-04",
    "boolean": "true or false",
    "ratio": "a number, such as 0.4",
    "rate": "a number from 0 to 1, such as 0.25",
    "choice": "one of the listed values",
}


def _read_cell(
    column: FeedColumn, reader: Callable[[RawRow], Any], raw: RawRow, faults: list[tuple[str, str, str, str]]
) -> Any:
    try:
        return reader(raw)
    except BadCell as bad:
        place = reader.place  # type: ignore[attr-defined]
        value = "" if place is None else (cell_text(raw.cells[place]) or "")
        faults.append((column.name, value, bad.reason, bad.remedy))
        return None


def _row_faults(feed: Feed, values: list[Any]) -> list[tuple[str, str, str, str]]:
    """Judge what two columns say together."""
    row = dict(zip(feed.names, values, strict=True))
    faults = []
    birthday = row.get("birthday")
    if isinstance(birthday, Birthday):
        try:
            check_birthday(birthday, row["birthday_calendar"])
        except BadCell as bad:
            faults.append(
                ("birthday", "-".join(str(part or "") for part in birthday), bad.reason, bad.remedy)
            )
    from_date, until_date = row.get("from_date"), row.get("until_date")
    if from_date and until_date and until_date <= from_date:
        reason = f"{until_date} is not after from_date {from_date}"
        faults.append(("until_date", str(until_date), reason, "write the first day it no longer holds"))
    if feed.kind == "staff":
        faults.extend(_unit_faults(row))
    if row.get("override_card") and not row["override_approved_by"]:
        reason = "a card kept by hand needs the name of who approved it (CT-36)"
        faults.append(("override_approved_by", "", reason, "write who approved it, or empty override_card"))
    if feed.either and sum(row[name] is not None for name in feed.either) != 1:
        names = " and ".join(feed.either)
        faults.append(
            (feed.either[0], "", f"exactly one of {names} is to be filled", "fill one, leave the other empty")
        )
    return faults


LONGEST_UNIT_PATH = 64


def _unit_faults(row: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Judge the names of province, city and team, which together name a unit."""
    faults = [
        (level, row[level], "a unit's name holds a slash", "write the name without /")
        for level in ("province", "city", "team")
        if row[level] and "/" in row[level]
    ]
    if row["team"] and not row["city"]:
        faults.append(("city", "", "a team stands in a city", "write the city too"))
    path = "/".join(row[level] for level in ("province", "city", "team") if row[level])
    if len(path) > LONGEST_UNIT_PATH:
        reason = f"province, city and team are {len(path)} characters together"
        faults.append(("team", path, reason, f"write at most {LONGEST_UNIT_PATH} together"))
    return faults


def _misshapen(raw: RawRow, header: tuple[str, ...]) -> Reject:
    row = _as_text(raw)
    whole = len(row) == len(header)
    reason = raw.fault or f"{len(row)} cells instead of {len(header)}"
    # A row that is all there, as far as anybody can see, is doubted for its last cell.
    column, value = (header[-1], row[-1]) if raw.fault and whole else ("", "")
    return Reject(raw.line, column, value, reason, raw.remedy, raw.text or row)


def _as_text(raw: RawRow) -> tuple[str, ...]:
    return tuple(
        "" if cell is None else cell if isinstance(cell, str) else (cell_text(cell) or "")
        for cell in raw.cells
    )
