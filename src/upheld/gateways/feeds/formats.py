"""Open a CSV, Parquet or Excel file as a header and numbered rows, and refuse one that is not whole.

A file that was cut off while it was copied is refused whole: nobody can know which rows are missing. What
is wrong with a single row (too few cells, a stray quote) is that row's fault alone, and so is a last row
that no line end follows, for a cut that falls into a last cell looks like a whole row.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from upheld.policy.feed_columns import NO_LINE_END, FeedMapping

CSV_SUFFIXES = (".csv", ".txt")
SUFFIXES = (*CSV_SUFFIXES, ".parquet", ".xlsx")
PARQUET_CHUNK = 20_000


class FileProblem(NamedTuple):
    """Hold one reason why a whole file is refused; `line` is None where it is about the file."""

    line: int | None
    message: str
    remedy: str


class FileRefused(Exception):
    """Refuse a whole file; `problems` holds every reason found."""

    def __init__(self, path: Path, problems: list[FileProblem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return each problem as one line: file, line, message, remedy."""
        return [
            f"{self.path.name}{f', line {line}' if line else ''}: {message}; {remedy}"
            for line, message, remedy in self.problems
        ]


class RawRow(NamedTuple):
    """Hold one row as it stands in the file; `fault` says why its cells cannot be trusted."""

    line: int
    cells: tuple[object, ...]
    fault: str = ""
    remedy: str = "check the quotes and separators of the line"
    text: str = ""
    """The row as it stands in the file, where its cells could not be told apart."""


@dataclass(frozen=True)
class RawTable:
    """Hold a file's header and a way to walk through its rows, as often as needed."""

    header: tuple[str, ...]
    rows: Callable[[], Iterator[RawRow]]


def open_table(path: Path, mapping: FeedMapping) -> RawTable:
    """Open a file by the ending of its name. Raise FileRefused where it is not whole or not readable."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise FileRefused(path, [FileProblem(None, "there is no such file", "check the folder and the name")])
    if path.stat().st_size == 0:
        raise FileRefused(path, [FileProblem(None, "the file is empty", "hand it over again")])
    if suffix in CSV_SUFFIXES:
        return _open_csv(path, mapping)
    if suffix == ".parquet":
        return _open_parquet(path)
    if suffix == ".xlsx":
        return _open_excel(path, mapping)
    raise FileRefused(
        path, [FileProblem(None, f"{suffix!r} files are not read", f"hand over {', '.join(SUFFIXES)}")]
    )


# --- CSV ---


def _open_csv(path: Path, mapping: FeedMapping) -> RawTable:
    encoding = "gb18030" if mapping.encoding == "gb18030" else "utf-8-sig"
    _refuse_wrong_encoding(path, encoding)
    rows = _csv_records(path, encoding, mapping.delimiter)
    first = next(rows, None)
    if first is None:
        raise FileRefused(
            path, [FileProblem(None, "the file has no header", "the first line names the columns")]
        )
    if first.fault:
        message, remedy = ("the file looks cut off in its header", "hand it over again, whole")
        raise FileRefused(path, [FileProblem(1, message, remedy)])
    header = tuple(str(cell).strip() for cell in first.cells)
    last = first
    for last in rows:  # noqa: B007 - walks to the end: a file cut in the middle shows only there
        pass
    if last.fault == _CUT or (last is not first and len(last.cells) < len(header)):
        why = (
            "a quote is never closed"
            if last.fault == _CUT
            else f"{len(last.cells)} cells instead of {len(header)}"
        )
        raise FileRefused(
            path,
            [
                FileProblem(
                    last.line, f"the file looks cut off: {why} in its last row", "hand it over again, whole"
                )
            ],
        )

    def data() -> Iterator[RawRow]:
        records = _csv_records(path, encoding, mapping.delimiter)
        next(records, None)
        return records

    return RawTable(header, data)


_CUT = "cut"


def _csv_records(path: Path, encoding: str, delimiter: str) -> Iterator[RawRow]:
    """Yield each record with the line on which it begins; blank lines are passed over."""
    records = _as_they_stand(path, encoding, delimiter)
    if _ends_its_last_line(path):
        yield from records
        return
    last: RawRow | None = None
    for record in records:
        if last is not None:
            yield last
        last = record
    if last is not None:
        reason, remedy = NO_LINE_END
        yield last if last.fault else last._replace(fault=reason, remedy=remedy)


def _ends_its_last_line(path: Path) -> bool:
    """Tell whether a file, which is not empty, ends with a line end."""
    # No last byte of a longer character is a line end, in UTF-8 or in GB18030.
    with path.open("rb") as raw:
        raw.seek(-1, os.SEEK_END)
        return raw.read(1) in (b"\n", b"\r")


def _as_they_stand(path: Path, encoding: str, delimiter: str) -> Iterator[RawRow]:
    with path.open(encoding=encoding, newline="") as lines:
        taken: list[str] = []

        def remembered() -> Iterator[str]:
            for line in lines:
                taken.append(line)
                yield line

        reader = csv.reader(remembered(), delimiter=delimiter, strict=True)
        while True:
            taken.clear()
            begins = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as wrong:
                cut = "unexpected end" in str(wrong) or "field larger" in str(wrong)
                text = "".join(taken).rstrip("\r\n")
                yield RawRow(begins, (), _CUT if cut else "a quote stands in the wrong place", text=text)
                if cut:
                    return
                continue
            if cells and any(cells):
                yield RawRow(begins, tuple(cells))


def _refuse_wrong_encoding(path: Path, encoding: str) -> None:
    """Raise FileRefused, naming the line, where the bytes are not in `encoding`."""
    with path.open("rb") as raw:
        start = raw.read(2)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused(path, [FileProblem(1, "the text is UTF-16", "save it as 'CSV UTF-8'")])
    line = _first_undecodable_line(path, encoding)
    if line is None:
        return
    if encoding != "gb18030" and _first_undecodable_line(path, "gb18030") is None:
        message = "the text is GBK (GB18030), not UTF-8"
        remedy = "save it as UTF-8, or write `encoding: gb18030` in the mapping"
    else:
        message, remedy = f"the text is not {encoding.removesuffix('-sig').upper()}", "save it as UTF-8"
    raise FileRefused(path, [FileProblem(line, message, remedy)])


def _first_undecodable_line(path: Path, encoding: str) -> int | None:
    # By whole lines: no byte of a longer character is a line feed in UTF-8 or in GB18030.
    with path.open("rb") as raw:
        for number, line in enumerate(raw, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return None


# --- Parquet ---


def _open_parquet(path: Path) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    cut = FileProblem(None, "the Parquet file is damaged or cut off", "hand it over again, whole")
    try:
        with pq.ParquetFile(path) as file:
            header = tuple(file.schema_arrow.names)
    except (pa.ArrowException, OSError):
        raise FileRefused(path, [cut]) from None

    def data() -> Iterator[RawRow]:
        number = 0
        try:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=PARQUET_CHUNK):
                    for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                        number += 1
                        yield RawRow(number, cells)
        except (pa.ArrowException, OSError):
            raise FileRefused(path, [cut]) from None

    return RawTable(header, data)


# --- Excel ---


def _open_excel(path: Path, mapping: FeedMapping) -> RawTable:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        sheet = mapping.sheet or names[0]
        if sheet not in names:
            known = ", ".join(names)
            raise FileRefused(
                path, [FileProblem(None, f"there is no sheet {sheet!r}", f"its sheets are {known}")]
            )
        grid = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError):
        raise FileRefused(
            path, [FileProblem(None, "the workbook is damaged or cut off", "save and hand it over again")]
        ) from None
    if not grid:
        raise FileRefused(path, [FileProblem(None, "the sheet is empty", "its first row names the columns")])
    header = [str(cell).strip() for cell in grid[0]]
    while header and not header[-1]:
        header.pop()
    width = len(header)

    def data() -> Iterator[RawRow]:
        for number, cells in enumerate(grid[1:], 2):
            if any(cell not in ("", None) for cell in cells):
                yield RawRow(number, tuple(cells[:width]))

    return RawTable(tuple(header), data)
