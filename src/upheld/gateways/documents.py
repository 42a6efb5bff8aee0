"""Read a standard that is a Word file: its headings, the text under them and its tables, each with its place.

Nothing is interpreted here. A merged cell gives its text to every place it covers, and says so; a heading is a
paragraph in a heading style, or a short one that begins with a chapter's or section's number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

OLD_WORD = b"\xd0\xcf\x11\xe0"
LONGEST_HEADING = 60
_STYLE = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_CHINESE = "一二三四五六七八九十百零〇"
_NUMBERED = (
    (1, re.compile(rf"第\s*[{_CHINESE}\d]+\s*(?:章|篇|部分)")),
    (2, re.compile(rf"第\s*[{_CHINESE}\d]+\s*节")),
    (3, re.compile(rf"第\s*[{_CHINESE}\d]+\s*条")),
    (3, re.compile(rf"[{_CHINESE}]+\s*、")),
    (4, re.compile(rf"[（(]\s*[{_CHINESE}]+\s*[)）]")),
)
_DOTTED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)(?:[.、．]|\s)")


class DocumentRefused(Exception):
    """Refuse a file that cannot be read as a Word document; `remedy` says what to do."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"{path.name}: {reason}. Remedy: {remedy}.")
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True)
class Section:
    """A heading with the paragraphs right under it; its `path` is the headings above and itself."""

    path: tuple[str, ...]
    text: tuple[str, ...]
    paragraph: int

    @property
    def place(self) -> str:
        """Say where the section stands, as a locator."""
        return f"{' > '.join(self.path) or 'before the first heading'}; paragraph {self.paragraph}"


@dataclass(frozen=True)
class TableRow:
    """One row: its number in the table (from 1, heads counted), its texts, and the columns that a merge covers."""

    number: int
    cells: tuple[str, ...]
    merged: tuple[int, ...] = ()


@dataclass(frozen=True)
class DocumentTable:
    """One table: its number in the document (from 1), the headings it stands under, its columns and rows."""

    number: int
    path: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]

    def place(self, row: TableRow) -> str:
        """Say where a row stands, as a locator."""
        under = f" ({' > '.join(self.path)})" if self.path else ""
        return f"table {self.number} row {row.number}{under}"


@dataclass
class Document:
    """What a Word file holds, in its order, and what could not be taken from it."""

    name: str
    parts: list[Section | DocumentTable] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def read_document(path: Path) -> Document:
    """Read a .docx file; raises `DocumentRefused` naming the file where it is none, or is damaged."""
    opened = _open(path)
    found = Document(path.name)
    path_now: list[tuple[int, str]] = []
    text: list[str] = []
    began = paragraph = tables = 0

    def close_section() -> None:
        if path_now or text:
            found.parts.append(Section(tuple(title for _, title in path_now), tuple(text), max(began, 1)))
        text.clear()

    seen_text = False
    for block in opened.iter_inner_content():
        if hasattr(block, "rows"):
            if text or (path_now and not seen_text):
                close_section()
                seen_text = True
            tables += 1
            table = _table(block, tables, tuple(title for _, title in path_now), found)
            if table is not None:
                found.parts.append(table)
            continue
        paragraph += 1
        words = " ".join(block.text.split())
        if not words:
            continue
        level = _level(block, words)
        if level is None:
            if not text:
                began = began if path_now and not seen_text else paragraph
            text.append(words)
            continue
        if text or (path_now and not seen_text):
            close_section()
        path_now = [*(entry for entry in path_now if entry[0] < level), (level, words)]
        began, seen_text = paragraph, False
    if text or (path_now and not seen_text):
        close_section()
    _notice(opened, found)
    return found


def _open(path: Path) -> Any:
    from docx import Document as open_word

    if not path.is_file():
        raise DocumentRefused(path, "there is no such file", "check the folder and the name")
    with path.open("rb") as raw:
        start = raw.read(4)
    if not start:
        raise DocumentRefused(path, "the file is empty", "hand it over again")
    if start == OLD_WORD:
        raise DocumentRefused(
            path, "it is an old .doc, or has a password", "save it in Word as .docx, without one"
        )
    try:
        with ZipFile(path) as packed:
            broken = packed.testzip()
        if broken is not None:
            raise BadZipFile(broken)
        opened = open_word(str(path))
        opened.styles  # noqa: B018 - read with the first paragraph otherwise, where a damaged one would surprise
        return opened
    except (
        Exception
    ) as error:  # the libraries below raise many kinds for a damaged file, and all mean this one thing
        why = "it is not a Word document, or it is cut off or damaged"
        raise DocumentRefused(path, f"{why} ({type(error).__name__})", "save it again as .docx") from None


def _level(paragraph: Any, words: str) -> int | None:
    """Return the level of a heading, from 1; None for other text."""
    style = _STYLE.match(paragraph.style.name or "") if paragraph.style is not None else None
    if style:
        return int(style[1])
    if len(words) > LONGEST_HEADING or words[-1] in "。；;，,：:":
        return None
    for level, pattern in _NUMBERED:
        if pattern.match(words):
            return level
    dotted = _DOTTED.match(words)
    return 4 + dotted[1].count(".") if dotted else None


def _table(table: Any, number: int, path: tuple[str, ...], found: Document) -> DocumentTable | None:
    try:
        grid = [list(_cells(row)) for row in table.rows]
    except Exception as error:  # a merge that leads nowhere breaks the library in several ways
        found.notices.append(
            f"table {number} could not be read ({type(error).__name__}): mend its merged cells in Word"
        )
        return None
    width = max((len(row) for row in grid), default=0)
    if not width:
        found.notices.append(f"table {number} is empty")
        return None
    if any(cell is not None and cell.tables for row in grid for cell in row):
        found.notices.append(
            f"table {number} holds a table within a cell, which was not taken: copy it out by hand"
        )
    heads = _head_rows(table, grid)
    columns = _columns(grid[:heads], width)
    rows = []
    for place, row in enumerate(grid[heads:], heads + 1):
        above = grid[place - 2] if place >= 2 else []
        merged = [
            n for n, cell in enumerate(row)
            if cell is not None and (_same(cell, above, n) or (n > 0 and _same(cell, row, n - 1)))
        ]  # fmt: skip
        texts = [_text(cell) for cell in row] + [""] * (width - len(row))
        if any(texts):
            rows.append(TableRow(place, tuple(texts), tuple(merged)))
    return DocumentTable(number, path, columns, tuple(rows))


def _cells(row: Any) -> Iterator[Any]:
    """Give the cell at each place of the grid; None where a row begins late or ends early."""
    yield from [None] * row.grid_cols_before
    yield from row.cells
    yield from [None] * row.grid_cols_after


def _same(cell: Any, others: list[Any], place: int) -> bool:
    return place < len(others) and others[place] is not None and others[place]._tc is cell._tc


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    lines = (" ".join(paragraph.text.split()) for paragraph in cell.paragraphs)
    return " / ".join(line for line in lines if line)


def _head_rows(table: Any, grid: list[list[Any]]) -> int:
    """Count the rows that name the columns: those that Word repeats on each page, else the first, down its merges."""
    marked = 0
    for row in table.rows:
        if row._tr.trPr is None or not row._tr.trPr.xpath("./w:tblHeader"):
            break
        marked += 1
    if marked:
        return min(marked, len(grid))
    last = 1
    while last < len(grid) and any(
        _same(cell, grid[last - 1], n) for n, cell in enumerate(grid[last]) if cell
    ):
        last += 1
    return last if last < len(grid) else 1


def _columns(heads: list[list[Any]], width: int) -> tuple[str, ...]:
    """Name each column by its head cells from above down; an empty or repeated name gets its number."""
    names: list[str] = []
    for place in range(width):
        said = [_text(row[place]) for row in heads if place < len(row)]
        name = " / ".join(dict.fromkeys(word for word in said if word)) or f"column {place + 1}"
        names.append(name if name not in names else f"{name} ({place + 1})")
    return tuple(names)


def _notice(opened: Any, found: Document) -> None:
    """Say what stands in the file and was not taken."""
    body = opened.element.body
    for path, message in (
        (
            ".//w:ins | .//w:del",
            "the file has tracked changes: accept or reject them in Word, then draft again",
        ),
        (".//w:txbxContent", "text in boxes and shapes was not taken"),
        (".//w:drawing | .//w:pict", "pictures were not taken; a table that is a picture must be typed"),
        (
            ".//w:pPr/w:numPr",
            "numbers that Word gives to lists by itself are not part of the text, and so not of the draft",
        ),
    ):
        if body.xpath(path):
            found.notices.append(message)
    if not any(isinstance(part, DocumentTable) for part in found.parts):
        found.notices.append("no table was found")
