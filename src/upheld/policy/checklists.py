"""The check lists of a standard (`checklists.yaml`): conduct that no rule checks, put before people at work.

A list belongs to an occasion and a moment (before, during, after); every item cites its clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from upheld.policy.problems import Problem
from upheld.policy.standards import Sources, Standard, Words, entries

OCCASIONS = ("visit", "call", "hotline", "store", "meeting", "negotiation", "month_end", "public")
"""Where a list is used; `public` lists what the company promises to everyone."""

MOMENTS = ("before", "during", "after")


@dataclass(frozen=True)
class CheckItem:
    """One line to tick: its words and its clause."""

    clause: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class CheckList:
    """A check list: its occasion and moment (None: at any time), for which step of a journey (None: any), its items."""

    name: str
    standard: str
    title: Mapping[str, str]
    occasion: str
    moment: str | None
    step: str | None
    items: tuple[CheckItem, ...]
    file: str
    line: int


def read_checklists(
    sources: Sources, standards: Iterable[Standard], problems: list[Problem]
) -> tuple[CheckList, ...]:
    """Read `checklists.yaml` of every standard, in their order; faults go to `problems` with file and line."""
    found: dict[str, CheckList] = {}
    for standard in standards:
        file = f"{standard.folder}/checklists.yaml"
        for raw in entries(sources, file, problems):
            words = Words(raw, problems, file, 1)
            name = words.take("list", str, word="the name of the list")
            title = words.both("title")
            occasion = words.choice("occasion", OCCASIONS)
            moment = words.choice("moment", MOMENTS, None)
            step = words.take("step", str, None, "a step of a journey")
            items = words.take("items", list, [], "a list of {clause: , zh: , en: }")
            words.close()
            if name in found:
                words.fault(f"the check list '{name}' stands twice.", "give each list its own name.", "list")
            if not items:
                words.fault("the check list has no item.", "add `items:`.", "items")
            read = tuple(item for raw_item in items if (item := _item(raw_item, standard, words)))
            if name is not None and occasion is not None:
                found[name] = CheckList(
                    name, standard.id, title, occasion, moment, step, read, file, words.line
                )
    return tuple(found.values())


def _item(raw: Any, standard: Standard, list_words: Words) -> CheckItem | None:
    words = Words(raw, list_words.problems, list_words.file, list_words.line)
    text = {language: words.take(language, str) for language in ("zh", "en")}
    clause = words.cited(standard.clauses)
    words.close()
    return CheckItem(clause, text) if clause is not None and all(text.values()) else None


def checklists_for(
    checklists: Sequence[CheckList], *, occasion: str, moment: str | None = None, step: str | None = None
) -> tuple[CheckList, ...]:
    """Return the lists for an occasion, at a moment where one is named; those of a step only where it is named."""
    return tuple(
        found
        for found in checklists
        if found.occasion == occasion
        and (moment is None or found.moment in (None, moment))
        and found.step in (None, step)
    )
