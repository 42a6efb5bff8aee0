"""One value of a rule as one cell of a sheet, and back, without losing anything.

A person writes words, numbers and days as they are. What a cell could not tell apart is written out: a text that looks
like a number stands in double quotes, several values are joined by `|`, and anything deeper is written as in YAML,
in `{}` or `[]`.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from upheld.policy import loader
from upheld.policy.problems import Problem

JOIN = " | "
LARGEST_EXACT = 2**53
FIRST_YEAR = 1900
"""Sheets count their days from 1900, and that year wrongly; older days are written as text."""
_PLAIN = re.compile(r"[^\W_][\w.+/-]*(?: [\w.+/-]+)*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")


class BadCell(ValueError):
    """Refuse a cell; `reason` says what is wrong, `remedy` what to write instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


EMPTY = object()
"""What an empty cell holds; `null` is written out."""


def cell_of(value: Any, *, many: bool = False, closed: bool = False) -> object:
    """Return what a cell shows for a value: a number, a day, or a text that `value_of` reads back as the same value.

    `many` says that the column holds lists, so that one value alone still means a list; `closed` that its words come
    from a closed list, so that commas part them too.
    """
    if isinstance(value, (list, tuple)):
        items = list(value)
        if not items or any(isinstance(item, (list, tuple, dict)) for item in items):
            return flow_of(items)
        words = [_word(item, closed) for item in items]
        return JOIN.join(words) if many or len(items) > 1 else f"[{flow_of(items[0])}]"
    if isinstance(value, dict):
        return flow_of(value)
    if many:
        return flow_of(value)
    if type(value) is int and abs(value) < LARGEST_EXACT:
        return value
    if isinstance(value, date) and value.year > FIRST_YEAR:
        return value
    return _word(value, closed)


def _word(value: Any, closed: bool) -> str:
    if not isinstance(value, str):
        return flow_of(value)
    try:
        if (
            not _CONTROL.search(value)
            and not value.startswith("=")
            and _from_text(value, False, closed) == value
        ):
            return value
    except BadCell:
        pass
    return _quoted(value)


def _quoted(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    return _CONTROL.sub(lambda found: "".join(f"\\u{ord(letter):04x}" for letter in found[0]), written)


def value_of(cell: object, *, many: bool = False, closed: bool = False) -> Any:
    """Return the value that a cell holds, `EMPTY` for an empty one; raises `BadCell` with reason and remedy."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return EMPTY
    value = _from_text(cell.strip(), many, closed) if isinstance(cell, str) else _from_typed(cell)
    if many and not isinstance(value, (list, dict)):
        return [value]
    return value


def _from_typed(cell: object) -> Any:
    if isinstance(cell, (bool, int)):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else Decimal(repr(cell))
    if isinstance(cell, datetime):
        if cell.time() != time(0):
            raise BadCell(f"{cell} is a day with an hour", "write the day alone, such as 2026-03-01")
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, time):
        return cell.strftime("%H:%M" if not cell.second else "%H:%M:%S")
    raise BadCell(f"{cell!r} is neither text, number nor day", "write it as text")


def _from_text(text: str, many: bool, closed: bool) -> Any:
    if text.startswith("#") and text.endswith(("!", "?", "/A")):
        raise BadCell(f"{text} is an error of the sheet", "write the value itself")
    if text[:1] in ("{", "["):
        return _from_flow(text)
    parts = _split(text, closed)
    if len(parts) > 1:
        if any(not part for part in parts):
            raise BadCell(
                "between two separators nothing is written", "write a value, or take one separator out"
            )
        return [_scalar(part) for part in parts]
    return _scalar(parts[0])


def _split(text: str, closed: bool) -> list[str]:
    """Part a text at its separators, but not within double quotes."""
    separators = "|｜,，、;；" if closed else "|｜"
    parts, part, quoted, place = [], "", False, 0
    while place < len(text):
        letter = text[place]
        if quoted and letter == "\\":
            part += text[place : place + 2]
            place += 2
            continue
        if letter == '"' and (quoted or not part.strip()):
            quoted = not quoted
        if letter in separators and not quoted:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
        place += 1
    return [*parts, part.strip()]


def _scalar(text: str) -> Any:
    if text.startswith('"'):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, str):
            raise BadCell(f"{text} is not closed by a double quote", 'write "..." around the whole text')
        return found
    try:
        return loader.plain_value(text)
    except ValueError as error:
        raise BadCell(f"{error}", "write an existing day, or put it in double quotes as text") from None


def _from_flow(text: str) -> Any:
    problems: list[Problem] = []
    value = loader.read_yaml(text, "cell", problems)
    if problems or not isinstance(value, (dict, list)):
        why = problems[0].message if problems else "it is neither a list nor a mapping"
        raise BadCell(f"{text} is not readable: {why}", "write {key: value} or [value, value]")
    return value


def flow_of(value: Any) -> str:
    """Write a value as YAML on one line, in such a way that the strict loader reads the same value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow_of(str(key))}: {flow_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow_of(item) for item in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, date)):
        return str(value)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text if "." in text else f"{text}.0"
    text = str(value)
    if _PLAIN.match(text) and _means_itself(text):
        return text
    return _quoted(text)


def _means_itself(text: str) -> bool:
    try:
        return bool(loader.plain_value(text) == text)
    except ValueError:
        return False
