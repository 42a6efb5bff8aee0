"""What is wrong with a standard or with facts, said all at once, each with its place and a remedy.

Modelled on beancount: nothing here stops at the first fault. Readers collect `Problem`s and raise once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WARNINGS = ("two-answers", "against-class", "gap-between-tables", "no-reason", "public-unconfirmed",
            "nobody-responsible", "does-not-follow", "unused")  # fmt: skip
"""What a reviewer may point out (`reviewer.py`); a reading says by `settles:` which of them it has dealt with."""


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of a standard: `file` relative to the standards folder, `line` from 1 (0 = the whole file).

    A warning has a `code` of WARNINGS, and the id of the `reading` that records it where there is one.
    """

    file: str
    line: int
    message: str
    remedy: str
    clause: str | None = None
    severity: str = "error"
    code: str = ""
    reading: str = ""

    def __str__(self) -> str:
        clause = f" [{self.clause}]" if self.clause else ""
        word = "" if self.severity == "error" else f" {self.severity}:"
        if self.reading:
            return (
                f"{self.file}:{self.line}:{word}{clause} {self.message} Recorded in reading {self.reading}."
            )
        return f"{self.file}:{self.line}:{word}{clause} {self.message} Remedy: {self.remedy}"


class StandardRefused(Exception):
    """Say why a standard cannot be used: `problems` holds every error that was found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"the standard is refused, {len(self.problems)} error(s):\n{lines}")


class BadFacts(ValueError):
    """Say which facts of a subject are bad: `messages` holds one sentence for each, `fact: what is wrong`."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages: tuple[str, ...] = tuple(messages)
        super().__init__("; ".join(self.messages))


class OutsideDates(ValueError):
    """Say that no standard of the edition is in force on the day asked about: a standard never guesses."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Name the known word most like `word`, as a clause of a sentence; empty when none is near."""
    found = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return f", did you mean {found[0]}?" if found else ""
