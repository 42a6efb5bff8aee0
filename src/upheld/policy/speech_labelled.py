"""How well the wording finds what it should: precision and recall over lines that people labelled.

`cases/labelled/speech*.yaml` of a standard hold lines of agents: `offends` must be found under the entry's clause, in
`fine` nothing may be found. The wording is never changed to suit a file whose name ends in `_held_out`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from upheld.policy.editions import Edition
from upheld.policy.problems import Problem
from upheld.policy.speech import speech_of
from upheld.policy.standards import Words, entries
from upheld.policy.transcripts import Turn


@dataclass(frozen=True)
class LabelledLine:
    """One line with its label; `offends` false means a near miss."""

    text: str
    rule: str
    clause: str
    offends: bool
    file: str


@dataclass
class Quality:
    """What was found in the lines of one file, and every line that came out wrong."""

    file: str
    offending: int = 0
    near_misses: int = 0
    missed: list[LabelledLine] = field(default_factory=list)
    false_alarms: list[LabelledLine] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Return the share of lines found that do offend."""
        found = self.offending - len(self.missed)
        return found / (found + len(self.false_alarms)) if found else 0.0

    @property
    def recall(self) -> float:
        """Return the share of offending lines that are found."""
        return (self.offending - len(self.missed)) / self.offending if self.offending else 0.0

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.offending} offending lines and {self.near_misses} near misses, "
            f"precision {self.precision:.3f}, recall {self.recall:.3f}"
        )


def read_labelled(edition: Edition, problems: list[Problem]) -> list[LabelledLine]:
    """Read every labelled line of an edition's standards; faults go to `problems`."""
    known = {clause.id for clause in edition.clauses()}
    found: list[LabelledLine] = []
    for file in sorted(path for path in edition.sources if "/cases/labelled/speech" in path):
        for raw in entries(edition.sources, file, problems):
            words = Words(raw, problems, file, 1)
            rule = words.take("rule", str) or ""
            clause = words.take("clause", str, word="a clause id") or ""
            if clause not in known:
                words.fault(f"clause '{clause}' does not exist.", "name a clause of clauses.yaml.", "clause")
            for key, offends in (("offends", True), ("fine", False)):
                lines = words.take(key, list, [], "a list of lines")
                found += [LabelledLine(str(line), rule, clause, offends, file) for line in lines]
            words.close()
    return found


def quality_of(edition: Edition, lines: Iterable[LabelledLine], as_of: date | None = None) -> list[Quality]:
    """Judge every line by itself, as an agent's turn, and count what came out; one `Quality` for each file.

    `as_of` left out: the first day on which every standard of the edition is in force.
    """
    lines = list(lines)
    day = as_of or max([edition.active_from, *(standard.in_force_from for standard in edition.standards)])
    labelled = {line.clause for line in lines}
    by_file: dict[str, Quality] = {}
    for line in lines:
        quality = by_file.setdefault(line.file, Quality(line.file))
        turn = Turn("agent", 0, 250 * len(line.text), line.text)
        answer = speech_of(edition=edition, subject={"turns": (turn,)}, as_of=day)
        clauses = {finding.clause for finding in answer.findings}
        if line.offends:
            quality.offending += 1
            if line.clause not in clauses:
                quality.missed.append(line)
        else:
            quality.near_misses += 1
            if clauses & labelled:
                quality.false_alarms.append(line)
    return list(by_file.values())
