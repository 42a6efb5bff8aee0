"""Read a rule table back from its workbook, naming every fault with its cell.

A merged cell holds for each of its lines; lines with one number are one row. Nothing is guessed: what cannot be read
is a fault, and the caller writes nothing then. The layout is told in `sheets.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from upheld.gateways.sheet_cells import EMPTY, BadCell, value_of
from upheld.gateways.sheet_words import (
    FIRST_DATA_LINE,
    FIXED,
    HELP_MARKS,
    ROWS,
    TABLE,
    holds_lists,
    words_for,
)
from upheld.policy.kinds import KINDS, Kind
from upheld.policy.kinds.forms import reads_a_list
from upheld.policy.problems import nearest

LONGEST, WIDEST = 20_000, 500
"""Lines and columns that a sheet may have: far more than any standard's table, and few enough to read whole."""


@dataclass(frozen=True, order=True)
class CellProblem:
    """One fault of a workbook: sheet, cell such as B7 (empty: the whole sheet), what is wrong, what to do."""

    sheet: str
    cell: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"sheet {self.sheet}, cell {self.cell}" if self.cell else f"sheet {self.sheet}"
        return f"{place if self.sheet else 'workbook'}: {self.message}. Remedy: {self.remedy}."


class SheetRefused(Exception):
    """Refuse a workbook that cannot be read as a table at all; `problems` holds every reason."""

    def __init__(self, problems: Iterable[CellProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class SheetTable:
    """A table as read from a workbook: its noun, its head, its rows, and the lines of each row on the sheet."""

    noun: str
    head: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: list[list[int]] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    cells: dict[tuple[int, str], Any] = field(default_factory=dict)
    """What was read, by line and column; `EMPTY` where a cell could not be read."""

    def cell_about(self, row: int, message: str) -> str | None:
        """Name the cell of a row (from 0) that a fault speaks of; None where its cell is already named as unreadable.

        It is the first column that the message names, and of several parts the one that holds the quoted value.
        """
        quoted = re.findall(r"'([^']*)'", message)
        for word in re.findall(r"[\w-]+", message):
            names = (word, f"when.{word}", f"if_reading.{word}")
            keys = [
                key for key in self.columns if key in names or key.startswith(tuple(f"{n}." for n in names))
            ]
            if keys:
                spots = [(line, key) for line in self.lines[row] for key in keys]
                if any(self.cells.get(spot) is EMPTY for spot in spots):
                    return None
                held = (spot for spot in spots if str(self.cells.get(spot, "")) in quoted)
                return self._name(*next(held, spots[0]))
        return self._name(
            self.lines[row][0], "clause" if "clause" in self.columns else next(iter(self.columns))
        )

    def _name(self, line: int, key: str) -> str:
        return f"{get_column_letter(self.columns[key])}{line}"


def read_table(path: Path) -> SheetTable:
    """Read a workbook as a table; every fault of a cell is in `problems`, and its row holds what could be read.

    Raises `SheetRefused` where the workbook, its sheets or its kind of table cannot be made out.
    """
    book = _open(path)
    missing = [name for name in (ROWS, TABLE) if name not in book.sheetnames]
    if missing:
        known = ", ".join(book.sheetnames)
        raise SheetRefused(
            CellProblem(
                "", "", f"there is no sheet '{name}' (there are {known})", "begin from an exported workbook"
            )
            for name in missing
        )
    problems: list[CellProblem] = []
    head = _read_head(book[TABLE], problems)
    noun, kind_name = head.pop("noun", None), head.get("kind")
    if noun not in KINDS:
        problems.append(
            CellProblem(TABLE, "B1", f"noun '{noun}' is not one of {', '.join(KINDS)}", "mend it")
        )
    elif kind_name not in KINDS[noun]:
        known = ", ".join(KINDS[noun])
        problems.append(
            CellProblem(TABLE, "", f"kind '{kind_name}' of {noun} is not one of {known}", "mend it")
        )
    if not isinstance(head.get("table"), str):
        problems.append(CellProblem(TABLE, "", "the line 'table' with the table's name is missing", "add it"))
    if problems:
        raise SheetRefused(problems)
    found = SheetTable(str(noun), head)
    _Reader(book[ROWS], KINDS[str(noun)][str(kind_name)], found).read()
    return found


def _open(path: Path) -> Workbook:
    if not path.is_file():
        raise SheetRefused([CellProblem("", "", f"there is no file {path}", "check the folder and the name")])
    try:
        return load_workbook(BytesIO(path.read_bytes()))
    except (
        Exception
    ) as error:  # the libraries below raise many kinds for a damaged file, and all mean this one thing
        why = f"{path.name} is damaged or not .xlsx ({type(error).__name__})"
        remedy = "save it again as an Excel workbook (.xlsx) without a password"
        raise SheetRefused([CellProblem("", "", why, remedy)]) from None


def _read_head(sheet: Worksheet, problems: list[CellProblem]) -> dict[str, Any]:
    head: dict[str, Any] = {}
    for line in range(1, min(sheet.max_row, LONGEST) + 1):
        key = sheet.cell(line, 1).value
        if key is None:
            continue
        try:
            value = value_of(sheet.cell(line, 2).value)
        except BadCell as bad:
            problems.append(CellProblem(TABLE, f"B{line}", bad.reason, bad.remedy))
            continue
        if str(key) in head:
            problems.append(CellProblem(TABLE, f"A{line}", f"'{key}' stands twice", "keep one"))
        elif value is not EMPTY:
            head[str(key).strip()] = value
    return head


class _Reader:
    """Read the lines of the sheet `rows` into rows; faults go to the table's problems."""

    def __init__(self, sheet: Worksheet, kind: Kind, found: SheetTable) -> None:
        self.sheet, self.kind, self.found = sheet, kind, found
        self.merged = {
            (line, area.min_col): (area.min_row, area.min_col)
            for area in sheet.merged_cells.ranges
            if area.min_col == area.max_col
            for line in range(area.min_row, min(area.max_row, LONGEST) + 1)
        }

    def fault(self, line: int, place: int, message: str, remedy: str) -> None:
        cell = f"{get_column_letter(place)}{line}"
        problem = CellProblem(ROWS, cell, message, remedy)
        if problem not in self.found.problems:
            self.found.problems.append(problem)

    def cell(self, line: int, place: int) -> object:
        return self.sheet.cell(*self.merged.get((line, place), (line, place))).value

    def read(self) -> None:
        if self.sheet.max_row > LONGEST or self.sheet.max_column > WIDEST:
            message = f"the sheet has more than {LONGEST} lines or {WIDEST} columns"
            self.fault(1, 1, message, "delete the empty lines below the table and the columns beside it")
            return
        self.read_columns()
        for number, lines in self.groups():
            values = [self.line_values(line) for line in lines]
            row = self.row_of(lines, values)
            if row or number is not None:
                self.found.rows.append(row)
                self.found.lines.append(lines)

    def read_columns(self) -> None:
        for area in self.sheet.merged_cells.ranges:
            if area.min_col != area.max_col and area.max_row >= FIRST_DATA_LINE:
                self.fault(area.min_row, area.min_col, f"cells {area.coord} of several columns are merged",
                           "merge cells of one column only")  # fmt: skip
        answers = {**self.kind.required, **self.kind.optional}
        known = [*FIXED, *answers, "when", "if_reading"]
        for place in range(1, self.sheet.max_column + 1):
            key = self.cell(1, place)
            if key is None or not str(key).strip():
                used = next(
                    (n for n in range(2, self.sheet.max_row + 1) if self.sheet.cell(n, place).value), None
                )
                if used is not None:
                    self.fault(
                        1, place, f"the column has no name, but line {used} has a value", "name the column"
                    )
                continue
            key = str(key).strip()
            name = key.split(".")[0]
            if key in self.found.columns:
                self.fault(1, place, f"column '{key}' stands twice", "keep one")
            elif (
                name not in known
                or (name in ("when", "if_reading") and key == name)
                or (name in FIXED and key != name and name not in answers)
            ):
                self.fault(
                    1, place, f"unknown column '{key}'{nearest(name, known)}", "mend its name, or take it out"
                )
            else:
                self.found.columns[key] = place

    def groups(self) -> Iterable[tuple[int | None, list[int]]]:
        """Give the lines of each row: lines that follow each other with one number belong together."""
        place = self.found.columns.get("row")
        seen: set[object] = set()
        current: tuple[Any, list[int]] | None = None
        for line in range(2, self.sheet.max_row + 1):
            number = self.cell(line, place) if place is not None else None
            if isinstance(number, str) and number.strip().startswith(HELP_MARKS):
                continue
            if isinstance(number, str):
                number = number.strip() or None
            places = [p for p in self.found.columns.values() if p != place]
            empty = all(self.sheet.cell(line, p).value is None for p in places)
            if empty and (number is None or (line, place) not in self.merged):
                continue
            if current is not None and number is not None and current[0] == number:
                current[1].append(line)
                continue
            if current is not None:
                yield current
            if number is not None and number in seen:
                self.fault(
                    line,
                    place or 1,
                    f"row {number} also stands further up",
                    "put its lines together, or renumber",
                )
            seen.add(number)
            current = (number, [line])
        if current is not None:
            yield current

    def line_values(self, line: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, place in self.found.columns.items():
            if key == "row":
                continue
            top = self.merged.get((line, place), (line, place))
            cell = self.sheet.cell(*top)
            try:
                if cell.data_type == "f":
                    raise BadCell(f"holds a formula, {cell.value}", "write the value itself")
                if cell.data_type == "e":
                    raise BadCell(f"holds {cell.value}, an error of the sheet", "write the value itself")
                closed = bool(words_for(key, self.kind))
                value = value_of(cell.value, many=holds_lists(key, self.kind), closed=closed)
            except BadCell as bad:
                self.fault(*top, bad.reason, bad.remedy)
                self.found.cells[line, key] = EMPTY
                continue
            if value is not EMPTY:
                values[key] = self.found.cells[line, key] = value
        return values

    def row_of(self, lines: list[int], values: list[dict[str, Any]]) -> dict[str, Any]:
        """Put the lines of one row together: each gives one item of a list, and everything else is said once."""
        row: dict[str, Any] = {}
        items: dict[str, list[dict[str, Any]]] = {}
        said: dict[str, Any] = {}
        readers = {**self.kind.required, **self.kind.optional}
        for line, found in zip(lines, values, strict=True):
            item: dict[str, dict[str, Any]] = {}
            for key, value in found.items():
                name, _, part = key.partition(".")
                if part and name in readers and reads_a_list(readers[name]):
                    item.setdefault(name, {})[part] = value
                elif key in said and said[key] != value:
                    message = f"{key} differs from line {lines[0]}, which is the same row"
                    self.fault(
                        line,
                        self.found.columns[key],
                        message,
                        "write it once, or give the line another number",
                    )
                elif key not in said:
                    said[key] = value
            for name, parts in item.items():
                items.setdefault(name, []).append(parts)
        for key, value in said.items():
            self.put(row, key, value, lines[0])
        for name, found_items in items.items():
            if name in row:
                self.fault(
                    lines[0], self.found.columns[name], f"{name} is given twice", "empty one of its columns"
                )
            row[name] = found_items
        return row

    def put(self, row: dict[str, Any], key: str, value: Any, line: int) -> None:
        name, _, rest = key.partition(".")
        if not rest:
            row[name] = value
            return
        inner = row.setdefault(name, {})
        if not isinstance(inner, dict) or "parameter" in inner:
            self.fault(line, self.found.columns[key], f"{name} is given twice", "empty one of its columns")
            return
        fact, _, bound = rest.rpartition(".")
        if name != "when" or bound not in ("from", "below"):
            inner[rest] = value
            return
        test = inner.setdefault(fact, {})
        if not isinstance(test, dict) or "parameter" in test:
            self.fault(
                line, self.found.columns[key], f"{fact} has values and a range", "empty one of its columns"
            )
            return
        test["min" if bound == "from" else "below"] = value
