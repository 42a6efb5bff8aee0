"""Read the service guide that is handed to new customers (`guide.yaml`): its chapters, each for a step of the journey.

The guide is one of the three ways in which a step reaches the customer (JOIN-2). A chapter without a step belongs to
everybody's guide and tells nothing that is owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from upheld.policy.editions import Edition
from upheld.policy.problems import Problem
from upheld.policy.standards import Sources, Standard, Words, entries

FILE = "guide.yaml"


@dataclass(frozen=True)
class Chapter:
    """One chapter: its title and lines in both languages, its clause, and the step that it tells (None: none)."""

    name: str
    clause: str
    title: Mapping[str, str]
    step: str | None
    lines: tuple[Mapping[str, str], ...]


def guide_of(edition: Edition) -> tuple[Chapter, ...]:
    """Return the chapters of an edition's guide, in the order of the files; none where no standard has one."""
    if edition.content_hash not in _KNOWN:
        _KNOWN[edition.content_hash] = read_guide(edition.sources, edition.standards, [])
    return _KNOWN[edition.content_hash]


_KNOWN: dict[str, tuple[Chapter, ...]] = {}
"""What was read already, by the hash of the edition's content, which never changes."""


def read_guide(
    sources: Sources, standards: Iterable[Standard], problems: list[Problem]
) -> tuple[Chapter, ...]:
    """Read `guide.yaml` of every standard; faults go to `problems` with file and line."""
    found: dict[str, Chapter] = {}
    for standard in standards:
        file = f"{standard.folder}/{FILE}"
        for raw in entries(sources, file, problems):
            words = Words(raw, problems, file, 1)
            name = words.take("chapter", str, word="the name of the chapter")
            clause = words.cited(standard.clauses)
            title = words.both("title")
            step = words.take("step", str, None, "a step of the journey")
            items = words.take("lines", list, [], "a list of {zh: , en: }")
            words.close()
            if not items:
                words.fault("the chapter has no line.", "add `lines:`.", "lines")
            if name in found:
                words.fault(f"the chapter '{name}' stands twice.", "give each its own name.", "chapter")
            lines = tuple(line for item in items if (line := _line(item, words)))
            if name is not None and clause is not None:
                found.setdefault(name, Chapter(name, clause, title, step, lines))
    return tuple(found.values())


def _line(raw: Any, around: Words) -> Mapping[str, str]:
    words = Words(raw, around.problems, around.file, around.line)
    text = {language: words.take(language, str) for language in ("zh", "en")}
    words.close()
    return text if all(text.values()) else {}
