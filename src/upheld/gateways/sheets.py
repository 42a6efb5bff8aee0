"""Rule tables as Excel sheets: a row of a table is one line, or one line for each item that it owes.

The first row names the columns, the two below explain them. `when.<fact>` holds values, `when.<fact>.from` and
`.below` a range, `if_reading.<id>` an option, and every other column an answer of the table's kind. How a single value
is written is told in `sheet_cells.py`; `sheet_reading.py` reads the workbook back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from upheld.gateways.sheet_cells import cell_of
from upheld.gateways.sheet_words import (
    FIRST_DATA_LINE,
    FIXED,
    HEAD,
    HELP_MARKS,
    ROWS,
    TABLE,
    WORDS,
    help_for,
    holds_lists,
    words_for,
)
from upheld.policy.kinds import KINDS, Kind
from upheld.policy.kinds.forms import parts_of, reads_a_list


def write_table(table: Mapping[str, Any], *, noun: str, clauses: Sequence[str], into: Path) -> int:
    """Write one raw table of a rule file as a workbook; return how many rows it has.

    `clauses` are offered in the column of clauses. Raises KeyError for a kind that the noun does not have.
    """
    kind = KINDS[noun][table["kind"]]
    rows = list(table.get("rows") or [])
    flat = [_flat(row, kind) for row in rows]
    columns = _columns([line for lines in flat for line in lines], kind)
    book = Workbook()
    sheet = book.active
    sheet.title = ROWS
    _write_head(sheet, columns, kind)
    line = FIRST_DATA_LINE
    for number, lines in enumerate(flat, 1):
        for offset, cells in enumerate(lines):
            _write_line(
                sheet, line + offset, columns, {**cells, "row": number} if offset == 0 else cells, kind
            )
        if len(lines) > 1:
            _merge_row(sheet, columns, line, line + len(lines) - 1, lines)
        line += len(lines)
    _write_table_sheet(book.create_sheet(TABLE), table, noun)
    _offer_words(book, sheet, columns, kind, clauses)
    book.save(into)
    return len(rows)


def _flat(row: Mapping[str, Any], kind: Kind) -> list[dict[str, Any]]:
    """Lay one row out as lines of column -> value; only a list of mappings needs more than one line."""
    first: dict[str, Any] = {}
    items: dict[str, list[Mapping[str, Any]]] = {}
    readers = {**kind.required, **kind.optional}
    for key, value in row.items():
        reader = readers.get(key)
        if key in ("when", "if_reading") and isinstance(value, Mapping):
            for name, test in value.items():
                if key == "when" and isinstance(test, Mapping) and test and set(test) <= {"min", "below"}:
                    first |= {f"when.{name}.{_BOUNDS[bound]}": limit for bound, limit in test.items()}
                else:
                    first[f"{key}.{name}"] = test
        elif reader is not None and reads_a_list(reader) and parts_of(reader) and _are_items(value):
            items[key] = value
        elif reader is not None and not reads_a_list(reader) and _is_parted(value):
            first |= {f"{key}.{part}": inner for part, inner in value.items()}
        else:
            first[key] = value
    lines = [first, *({} for _ in range(max([len(found) for found in items.values()], default=1) - 1))]
    for key, found in items.items():
        for line, item in zip(lines, found, strict=False):
            line |= {f"{key}.{part}": inner for part, inner in item.items()}
    return lines


_BOUNDS = {"min": "from", "below": "below"}


def _is_parted(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and "parameter" not in value
        and all("." not in key for key in value)
    )


def _are_items(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(_is_parted(item) for item in value)


def _columns(lines: Iterable[Mapping[str, Any]], kind: Kind) -> list[str]:
    """Order the columns: number, clause and dates, readings, conditions, then every answer of the kind."""
    found = list(dict.fromkeys(key for line in lines for key in line))
    answers = []
    for name, reader in {**kind.required, **kind.optional}.items():
        used = [key for key in found if key == name or key.startswith(f"{name}.")]
        parts = [f"{name}.{part}" for part in parts_of(reader)]
        answers += list(dict.fromkeys([*parts, *used])) or [name]
    fixed = list(FIXED)
    tests = [key for key in found if key.startswith("if_reading.")]
    tests += _paired([key for key in found if key.startswith("when.")])
    rest = [key for key in found if key not in {*fixed, *tests, *answers}]
    return [*fixed, *tests, *answers, *rest]


def _paired(keys: list[str]) -> list[str]:
    """Put `from` before `below` of the same fact, and give every range both columns."""
    found: list[str] = []
    for key in keys:
        name = key.removesuffix(".from").removesuffix(".below")
        found += [f"{name}.from", f"{name}.below"] if name != key else [key]
    return list(dict.fromkeys(found))


def _write_head(sheet: Worksheet, columns: list[str], kind: Kind) -> None:
    for place, key in enumerate(columns, 1):
        words = help_for(key, kind)
        for line, text in ((1, key), (2, words[0]), (3, words[1])):
            cell = sheet.cell(line, place, text)
            cell.font = Font(bold=line == 1, italic=line > 1, color="000000" if line == 1 else "666666")
            cell.fill = PatternFill("solid", fgColor="E8EEF7")
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(place)].width = max(12, min(28, len(key) + 2))
    for line, mark in zip((2, 3), HELP_MARKS, strict=True):
        sheet.cell(line, 1, f"{mark}: {sheet.cell(line, 1).value}")
    sheet.freeze_panes = f"C{FIRST_DATA_LINE}"


def _write_line(
    sheet: Worksheet, line: int, columns: list[str], cells: Mapping[str, Any], kind: Kind
) -> None:
    for place, key in enumerate(columns, 1):
        if key in cells:
            closed = bool(words_for(key, kind))
            _write_cell(sheet, line, place, cell_of(cells[key], many=holds_lists(key, kind), closed=closed))


def _write_cell(sheet: Worksheet, line: int, place: int, shown: object) -> None:
    cell = sheet.cell(line, place, shown)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(shown, str):
        cell.data_type = "s"
        cell.number_format = "@"
    elif not isinstance(shown, int):
        cell.number_format = "yyyy-mm-dd"


def _merge_row(
    sheet: Worksheet, columns: list[str], first: int, last: int, lines: list[dict[str, Any]]
) -> None:
    """Merge what a row says once over all of its lines."""
    several = {key for line in lines[1:] for key in line}
    several |= {key for key in columns if key.split(".")[0] in {name.split(".")[0] for name in several}}
    for place, key in enumerate(columns, 1):
        if key not in several:
            sheet.merge_cells(start_row=first, end_row=last, start_column=place, end_column=place)


def _write_table_sheet(sheet: Worksheet, table: Mapping[str, Any], noun: str) -> None:
    head = {"noun": noun, **{key: value for key, value in table.items() if key != "rows"}}
    for line, (key, value) in enumerate(head.items(), 1):
        sheet.cell(line, 1, key).font = Font(bold=True)
        _write_cell(sheet, line, 2, cell_of(value))
        for place, text in enumerate(HEAD.get(key, FIXED.get(key, ("", ""))), 3):
            sheet.cell(line, place, text)
    for letter, width in (("A", 14), ("B", 60), ("C", 26), ("D", 44)):
        sheet.column_dimensions[letter].width = width


def _offer_words(
    book: Workbook, sheet: Worksheet, columns: list[str], kind: Kind, clauses: Sequence[str]
) -> None:
    """Give every column of closed words a drop-down list; several words in one cell stay possible."""
    lists = book.create_sheet(WORDS)
    lists.sheet_state = "hidden"
    used = 0
    for place, key in enumerate(columns, 1):
        words = tuple(clauses) if key == "clause" else words_for(key, kind)
        if not words:
            continue
        used += 1
        for line, word in enumerate(words, 1):
            lists.cell(line, used, word)
        letter = get_column_letter(used)
        rule = DataValidation(
            "list", formula1=f"={WORDS}!${letter}$1:${letter}${len(words)}", allow_blank=True
        )
        several = holds_lists(key, kind) or key.startswith("when.")
        rule.showErrorMessage = not several
        rule.errorTitle, rule.error = "Upheld", f"请从列表中选择。 Choose a word of the list ({key})."
        sheet.add_data_validation(rule)
        rule.add(
            f"{get_column_letter(place)}{FIRST_DATA_LINE}:{get_column_letter(place)}{FIRST_DATA_LINE + 999}"
        )
