"""How an agent spoke in a call: every rule that was broken with its clause, what was measured, and a score out of 100.

Facts are a transcript with times. What is looked for, and how much it counts, are the rows of `rules/speech.yaml`; the
checks that carry each kind of row out are in `speech_checks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from upheld.policy.derived import with_derived
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, read_subject
from upheld.policy.speech_checks import CHECKS
from upheld.policy.speech_listening import Call

FULL_SCORE = 100


class Finding(NamedTuple):
    """One rule broken: `turn` counts from 0 (None: the call as a whole), `text` is what was said or measured."""

    clause: str
    rule: str
    turn: int | None
    text: str
    severity: str


@dataclass(frozen=True, slots=True)
class SpeechAnswer:
    """What was found in a call, in the order of its turns; measures in seconds and characters a minute; the score."""

    findings: tuple[Finding, ...]
    measures: Mapping[str, int | float | None]
    score: int

    def as_json(self) -> dict[str, Any]:
        """Return the answer in the shape of the ask contract."""
        return {
            "findings": [finding._asdict() for finding in self.findings],
            "measures": dict(self.measures),
            "score": self.score,
        }


def speech_of(*, edition: Edition, subject: Subject, as_of: date) -> SpeechAnswer:
    """Judge one call. Raises `OutsideDates`. Clauses: CT-1 to CT-18, LAW-12."""
    edition.require_day(as_of)
    subject = with_derived(subject)
    call = Call(edition=edition, subject=subject, as_of=as_of)
    spared = {
        rule
        for table in edition.tables("speech", "spare")
        for row in table.matching(subject, as_of)
        for rule in row.answer["rules"]
    }
    found: list[tuple[int, int, Finding]] = []
    lost: dict[int, int] = {}
    broken_rules: set[str] = set()
    for kind, check in CHECKS.items():
        before = frozenset(broken_rules) if kind == "required" else ()
        for table in edition.tables("speech", kind):
            for row, rule, turn, text in check(call, table.matching(subject, as_of), table.standard):
                if rule in spared or rule in before:
                    continue
                broken_rules.add(rule)
                finding = Finding(row.clause, rule, turn, text, row.answer["severity"])
                found.append((len(call.turns) if turn is None else turn, row.order, finding))
                off = lost.get(row.order, 0) + row.answer["points_off"]
                lost[row.order] = min(off, row.answer.get("at_most", FULL_SCORE))
    found.sort(key=lambda one: one[:2])
    findings = tuple(finding for _, _, finding in found)
    return SpeechAnswer(findings, call.measures(), max(0, FULL_SCORE - sum(lost.values())))


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask speech`."""
    return speech_of(edition=edition, subject=read_subject(raw), as_of=as_of).as_json()
