"""The wording lists of a standard (`wording/*.yaml`): what is never said, what is prescribed, what is listened for.

Rows of `rules/speech.yaml` name these lists. They are read with the standard, so that a phrase that nobody can
read is a fault of the standard and not of a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from upheld.policy import agent_lines, message_templates
from upheld.policy.problems import Problem, nearest
from upheld.policy.speech_phrases import Entry, Phrase
from upheld.policy.standards import Sources, Standard, Words, entries
from upheld.policy.tables import Table


@dataclass(frozen=True)
class WordList:
    """One list: its entries, each a rule of its own where it is numbered; `prescribed` wording wins over offences."""

    name: str
    standard: str
    clause: str
    title: Mapping[str, str]
    prescribed: bool
    entries: tuple[Entry, ...]
    file: str
    line: int

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """Return every phrase of the list."""
        return tuple(phrase for entry in self.entries for phrase in entry.says)


NOT_LISTS = (agent_lines.FILE, message_templates.FILE)
"""What lies beside the lists and is read by others."""

Wording = Mapping[tuple[str, str], WordList]
"""Every word list of an edition, by standard and name."""


def read_wording(sources: Sources, standards: Sequence[Standard], problems: list[Problem]) -> Wording:
    """Read `wording/*.yaml` of every standard; faults go to `problems` with file and line."""
    found: dict[tuple[str, str], WordList] = {}
    for standard in standards:
        prefix = f"{standard.folder}/wording/"
        for file in sorted(
            path for path in sources if path.startswith(prefix) and not path.endswith(NOT_LISTS)
        ):
            for raw in entries(sources, file, problems):
                words = _read_list(raw, standard, file, problems)
                if words is None:
                    continue
                key = (standard.id, words.name)
                if key in found:
                    message = f"the word list '{words.name}' stands twice (also in {found[key].file})."
                    problems.append(Problem(file, words.line, message, "give each list its own name."))
                found[key] = words
    return found


def _read_list(raw: Any, standard: Standard, file: str, problems: list[Problem]) -> WordList | None:
    words = Words(raw, problems, file, 1)
    name = words.take("words", str, word="the name of the list")
    clause = words.cited(standard.clauses)
    title = words.both("title")
    exact = words.take("exact", bool, False, "true or false")
    prescribed = words.take("prescribed", bool, False, "true or false")
    items = words.take("entries", list, [], "a list of {says: [phrases]}")
    words.close()
    if name is None or clause is None:
        return None
    read = tuple(_read_entry(item, name, standard.id, exact, prescribed, words) for item in items)
    if not any(entry.says for entry in read):
        words.fault(f"the word list '{name}' has no phrase.", "add `- {says: [phrase]}` to its entries.")
    return WordList(name, standard.id, clause, title, prescribed, read, file, words.line)


def _read_entry(raw: Any, name: str, standard: str, exact: bool, prescribed: bool, around: Words) -> Entry:
    words = Words(raw, around.problems, around.file, around.line, around.clause)
    number = words.take("number", int, None, "a whole number")
    says = [
        *words.take("says", list, [], "a list of phrases"),
        *words.take("also", list, [], "a list of phrases"),
    ]
    unless = words.take("unless", list, [], "a list of phrases")
    words.close()
    rule = name if number is None else f"{name}-{number}"
    return Entry(
        f"{standard}/{name}",
        rule,
        tuple(_phrases(says, exact, words)),
        tuple(_phrases(unless, False, words)),
        yields=not (exact or prescribed),
    )


def _phrases(raw: Iterable[Any], exact: bool, words: Words) -> Iterable[Phrase]:
    for text in raw:
        try:
            yield Phrase(str(text), exact)
        except ValueError as error:
            words.fault(f"{error}.", "mend the phrase; see docs/standard/speech.md.")


def missing_lists(tables: Iterable[Table], wording: Wording) -> Iterable[Problem]:
    """Find rows that name a word list which their standard does not have."""
    for table in tables:
        if table.noun != "speech":
            continue
        known = [name for standard, name in wording if standard == table.standard]
        for row in table.rows:
            for name in lists_named(row.answer):
                if name not in known:
                    message = f"the word list '{name}' does not exist{nearest(name, known) or '.'}"
                    yield Problem(row.file, row.line, message, "name a list of wording/.", row.clause)


LIST_KEYS = (
    "words",
    "says",
    "after",
    "about",
    "marks",
    "unless_heard",
    "not_within",
    "promised",
    "not_promised",
)
"""The keys of a row that name word lists."""


def lists_named(answer: Mapping[str, Any]) -> list[str]:
    """Name the word lists that the answer of a row speaks of."""
    return [name for key in LIST_KEYS for name in answer.get(key, ())]
