"""Put changed rows into the YAML text of a rule file, leaving every other line, and its comments, as it stands.

A row that stays the same keeps its own lines. A row that changed is written anew, so comments inside it are lost; the
comments above it stay. After every change the text is read again and must mean exactly what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from upheld.gateways.sheet_cells import flow_of
from upheld.policy import loader
from upheld.policy.problems import Problem

LONGEST_LINE = 118
ROW_KEYS = ("clause", "from", "until", "confidence", "if_reading", "when")
HEAD_KEYS = ("table", "kind", "clause", "take", "owed_to", "from", "until", "covers", "note")


class TextRefused(ValueError):
    """Say why a rule file cannot be changed; `remedy` says what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


@dataclass
class RuleText:
    """The new text, the line of each row of the changed table (from 1), and how many rows are new or changed.

    `rows_end` is the line after the last row.
    """

    text: str
    row_lines: list[int] = field(default_factory=list)
    rows_end: int = 0
    changed: int = 0
    removed: int = 0
    lost_comments: int = 0


def tables_of(text: str, file: str) -> list[loader.Mapping]:
    """Return the tables of a rule file; raises `TextRefused` where it is not a list of tables."""
    problems: list[Problem] = []
    found = loader.read_yaml(text, file, problems)
    if problems:
        raise TextRefused(str(problems[0]), "mend the file first.")
    tables = loader.Sequence() if found is None else found
    if not isinstance(tables, loader.Sequence) or not all(isinstance(t, loader.Mapping) for t in tables):
        raise TextRefused(f"{file}: a list of tables is needed.", "begin every table with `- table:`.")
    return list(tables)


def meaning(value: Any) -> Any:
    """Return a value in a form that is equal only for the same meaning: types told apart, keys in one order."""
    if isinstance(value, Mapping):
        return ("map", tuple(sorted((str(key), meaning(item)) for key, item in value.items())))
    if isinstance(value, (list, tuple)):
        return ("list", tuple(meaning(item) for item in value))
    return (type(value).__name__, str(value))


def row_meaning(row: Any) -> Any:
    """Return the meaning of a row; an empty `when` or `if_reading` means none."""
    if not isinstance(row, Mapping):
        return meaning(row)
    return meaning({k: v for k, v in row.items() if not (k in ("when", "if_reading") and v in (None, {}))})


def put_table(
    text: str, file: str, *, head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> RuleText:
    """Put a table, found by its name in `head`, into a rule file; a table that is not there is added at the end.

    Raises `TextRefused`. The text of everything else stays byte for byte.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    before = tables_of(text, file)
    place = next((n for n, table in enumerate(before) if table.get("table") == head["table"]), None)
    lines = text.replace("\r\n", "\n").splitlines()
    if place is None:
        found = _appended(lines, head, rows)
        wanted = [*before, {**head, "rows": list(rows)}]
    else:
        found = _replaced(lines, before, place, head, rows)
        wanted = [*before[:place], {**head, "rows": list(rows)}, *before[place + 1 :]]
    _must_mean(found.text, wanted, file)
    found.text = found.text.replace("\n", newline)
    return found


def _must_mean(text: str, wanted: Sequence[Mapping[str, Any]], file: str) -> None:
    def whole(tables: Sequence[Mapping[str, Any]]) -> list[Any]:
        return [
            (
                meaning({k: v for k, v in table.items() if k != "rows"}),
                [row_meaning(r) for r in table["rows"] or []],
            )
            if "rows" in table
            else meaning(table)
            for table in tables
        ]

    if whole(tables_of(text, file)) != whole(wanted):
        raise TextRefused(f"{file}: its layout cannot be changed safely.", "lay it out as in the template.")


def _appended(lines: list[str], head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> RuleText:
    if [line.strip() for line in lines if line.strip()] == ["[]"]:
        lines = []
    new = [*lines, *([""] if lines and lines[-1].strip() else []), *_head_lines(head, ""), "  rows:"]
    if not rows:
        new[-1] += " []"
    row_lines = []
    for row in rows:
        row_lines.append(len(new) + 1)
        new += row_text(row, "  ")
    return RuleText("\n".join(new) + "\n", row_lines, len(new) + 1, changed=len(rows))


def _replaced(
    lines: list[str],
    tables: Sequence[loader.Mapping],
    place: int,
    head: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> RuleText:
    table = tables[place]
    next_table = tables[place + 1].line if place + 1 < len(tables) else len(lines) + 1
    rows_line = table.lines.get("rows")
    if rows_line is None:
        raise TextRefused(f"table '{head['table']}' has no `rows:`.", "add `rows:` to it.")
    later = [line for line in table.lines.values() if line > rows_line]
    end = _content_end(lines, rows_line, min([next_table, *later]))
    old = table["rows"] if isinstance(table["rows"], loader.Sequence) else loader.Sequence()
    result = RuleText("")
    body = _row_lines(lines, old, rows_line, end, rows, result)
    start = table.line
    top = lines[start - 1 : rows_line - 1]
    rest = {key: value for key, value in table.items() if key != "rows"}
    after = lines[end - 1 :]
    if meaning(rest) != meaning(dict(head)):
        indent = lines[start - 1][: len(lines[start - 1]) - len(lines[start - 1].lstrip())]
        result.lost_comments += sum(1 for line in top if _has_comment(line))
        top = _head_lines(head, indent)
        after = [*lines[end - 1 : min([end, *later])], *lines[next_table - 1 :]] if later else after
    above = [*lines[: start - 1], *top]
    result.row_lines = [line + len(above) for line in result.row_lines]
    result.rows_end = len(above) + len(body) + 1
    result.text = "\n".join([*above, *body, *after]) + "\n"
    return result


def _content_end(lines: list[str], first: int, end: int) -> int:
    """Return the line after the last one that is neither blank nor a comment, between two lines (from 1)."""
    while end - 1 > first and (not lines[end - 2].strip() or lines[end - 2].lstrip().startswith("#")):
        end -= 1
    return end


def _row_lines(
    lines: list[str],
    old: loader.Sequence,
    rows_line: int,
    end: int,
    rows: Sequence[Mapping[str, Any]],
    result: RuleText,
) -> list[str]:
    """Return the lines from `rows:` on, keeping those of unchanged rows; row lines are counted from this list."""
    same = [row_meaning(row) for row in old], [row_meaning(row) for row in rows]
    if same[0] == same[1]:
        result.row_lines = [row.line - rows_line + 1 for row in old]
        return lines[rows_line - 1 : end - 1]
    key_indent = re.match(r"[ -]*", lines[rows_line - 1])
    indent = " " * len(key_indent[0] if key_indent else "  ")
    chunks = _chunks(lines, old, rows_line, end)
    opening = lines[rows_line - 1 : rows_line] if chunks else [f"{indent}rows:"]
    if chunks:
        indent = re.match(r" *", chunks[0][1][0])[0]  # type: ignore[index]
    if not rows:
        opening = [f"{indent}rows: []"]
    body = list(opening)
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, *same, autojunk=False).get_opcodes():
        if kind == "equal":
            for offset in range(a1 - a0):
                lead, own = chunks[a0 + offset] if chunks else ([], row_text(rows[b0 + offset], indent))
                result.row_lines.append(len(body) + len(lead) + 1)
                body += [*lead, *own]
            continue
        for offset in range(max(a1 - a0, b1 - b0)):
            lead, own = chunks[a0 + offset] if chunks and offset < a1 - a0 else ([], [])
            result.lost_comments += sum(1 for line in own if _has_comment(line))
            body += lead
            if offset < b1 - b0:
                result.row_lines.append(len(body) + 1)
                body += row_text(rows[b0 + offset], indent)
        result.changed += b1 - b0
        result.removed += max(0, (a1 - a0) - (b1 - b0))
    return body


def _chunks(
    lines: list[str], old: loader.Sequence, rows_line: int, end: int
) -> list[tuple[list[str], list[str]]]:
    """Part the lines of the rows into (comments above, own lines) for each row; empty where the layout is another."""
    starts = [getattr(row, "line", 0) for row in old]
    tidy = starts == sorted(set(starts)) and all(start > rows_line for start in starts)
    if not starts or not tidy or any(not lines[start - 1].lstrip().startswith("- ") for start in starts):
        return []
    if len({lines[start - 1].index("-") for start in starts}) > 1:
        return []
    found, reached = [], rows_line + 1
    for start, following in zip(starts, [*starts[1:], end], strict=True):
        own_end = _content_end(lines, start, following)
        found.append((lines[reached - 1 : start - 1], lines[start - 1 : own_end - 1]))
        reached = own_end
    return found


def _has_comment(line: str) -> bool:
    return bool(re.search(r"(^|\s)#", line))


def _head_lines(head: Mapping[str, Any], indent: str) -> list[str]:
    keys = [*(key for key in HEAD_KEYS if key in head), *(key for key in head if key not in HEAD_KEYS)]
    lines = [f"{indent}  {key}: {flow_of(head[key])}" for key in keys]
    lines[0] = f"{indent}- {lines[0].lstrip()}"
    return lines


def row_text(row: Mapping[str, Any], indent: str) -> list[str]:
    """Write one row as the lines of a YAML list: on one line where it fits, else a key a line."""
    keys = [*(key for key in ROW_KEYS if key in row), *(key for key in row if key not in ROW_KEYS)]
    ordered = {key: row[key] for key in keys}
    line = f"{indent}- {flow_of(ordered)}"
    if len(line) <= LONGEST_LINE:
        return [line]
    lines = []
    for key, value in ordered.items():
        if isinstance(value, (list, tuple)) and len(value) > 1 and all(isinstance(v, dict) for v in value):
            lines.append(f"{indent}  {key}:")
            lines += [f"{indent}  - {flow_of(item)}" for item in value]
        else:
            lines.append(f"{indent}  {key}: {flow_of(value)}")
    lines[0] = f"{indent}- {lines[0].lstrip()}"
    return lines
