"""Read YAML strictly: every file of a standard comes in through here, and keeps its line numbers.

YAML's own rules turn 20:00 into 72000, 1.20 into 1.2 and `on` into true; a service manager means what was written.
So plain scalars become only: whole numbers, decimals (exact `Decimal`), ISO dates, true/false, null; all else is text.
Duplicate keys, anchors, aliases and tags are refused. This is the one module of policy that imports PyYAML.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import yaml

from upheld.policy.problems import Problem

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


class Mapping(dict[str, Any]):
    """A YAML mapping that knows where it stands: `file`, its own `line`, and `line_of(key)`."""

    file: str = ""
    line: int = 0
    lines: dict[str, int]
    faulty: frozenset[str] = frozenset()
    """Keys whose value could not be read: their fault is told already, they do not count as missing."""

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the mapping where the key is missing."""
        return self.lines.get(key, self.line)


class Sequence(list[Any]):
    """A YAML list that knows its `file` and `line`; items that are mappings know their own."""

    file: str = ""
    line: int = 0


def read_yaml(text: str, file: str, problems: list[Problem]) -> Any:
    """Read one YAML document into `Mapping`, `Sequence` and typed scalars.

    Faults are added to `problems` with `file` and line; what could be read is returned all the same, None when
    nothing could.
    """
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 1 if mark is not None else 0
        problems.append(
            Problem(
                file, line, f"not readable as YAML: {what}.", "mend the indentation, quotes or brackets here."
            )
        )
        return None
    return None if node is None else _Reader(text, file, problems).value(node)


def read_source(text: str, file: str, problems: list[Problem]) -> Any:
    """Read a file of a standard as `read_yaml` does, but each content once: what is returned must not be changed.

    An edition turned to other readings or parameters is made from the same files, and a run of the cases makes many.
    """
    value, faults = _read_once(text, file)
    problems += faults
    return value


@lru_cache(maxsize=256)
def _read_once(text: str, file: str) -> tuple[Any, tuple[Problem, ...]]:
    faults: list[Problem] = []
    return read_yaml(text, file, faults), tuple(faults)


def plain_value(text: str) -> Any:
    """Return what an unquoted scalar means; raises ValueError for one that looks like a day and is none."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if not (first.isdigit() or first == "-"):
        return text
    if _WHOLE.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return Decimal(text)
    if _DATE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"'{text}' is not a day of the calendar") from None
    return text


class _Reader:
    def __init__(self, text: str, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        self.seen: set[int] = set()
        # Anchors leave no trace in the node tree; an alias shows as a node met twice.
        self.may_alias = "&" in text and "*" in text

    def fault(self, node: yaml.Node, message: str, remedy: str) -> None:
        self.problems.append(Problem(self.file, node.start_mark.line + 1, message, remedy))

    def value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if self.may_alias:
            if id(node) in self.seen:
                self.fault(
                    node, "an alias (*name) repeats this part.", "write the part out where it is needed."
                )
                return None
            self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            items = Sequence(self.value(item) for item in node.value)
            items.file, items.line = self.file, node.start_mark.line + 1
            return items
        return self.mapping(node)

    def mapping(self, node: yaml.Node) -> Mapping:
        found = Mapping()
        found.file, found.line, found.lines = self.file, node.start_mark.line + 1, {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                self.fault(key_node, "a key is not a plain word.", "use a word as the key.")
                continue
            if key in found:
                first = found.lines[key]
                self.fault(
                    key_node, f"key '{key}' stands twice (first in line {first}).", "keep one of the two."
                )
                continue
            found.lines[key] = key_node.start_mark.line + 1
            faults = len(self.problems)
            found[key] = self.value(value_node)
            if found[key] is None and len(self.problems) > faults:
                found.faulty |= {key}
        return found

    def scalar(self, node: yaml.ScalarNode) -> Any:
        text = node.value
        if node.style:  # quoted or block text is text
            return text
        try:
            return plain_value(text)
        except ValueError as error:
            self.fault(node, f"{error}.", "write an existing day, or quote it as text.")
            return None
