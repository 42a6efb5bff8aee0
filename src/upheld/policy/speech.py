"""How an agent spoke in a call: every rule that was broken with its clause, what was measured, and a score out of 100.

Facts are a transcript with times. What is looked for, and how much it counts, are the rows of `rules/speech.yaml`; the
checks that carry each kind of row out are in `speech_checks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from upheld.policy.derived import with_derived
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, read_subject
from upheld.policy.speech_checks import CHECKS, Check
from upheld.policy.speech_listening import Call, listener_of
from upheld.policy.tables import Row
from upheld.policy.transcripts import Turn

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


class _Rulebook:
    """The rows of an edition on a day, found once for every kind of call."""

    def __init__(self, edition: Edition, as_of: date) -> None:
        self.edition, self.as_of = edition, as_of
        self._facts = sorted(
            {c.fact for table in edition.tables("speech") for row in table.rows for c in row.conditions}
        )
        self._kept: dict[tuple[Any, ...], tuple[list[_Checked], frozenset[str]]] = {}

    def rows_for(self, subject: Subject) -> tuple[list[_Checked], frozenset[str]]:
        """Return the checks with the rows that hold for a call, and the rules that are spared."""
        key = tuple([subject.get(fact) for fact in self._facts])
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= 10_000:
                self._kept.clear()
            found = self._kept[key] = self._find(subject)
        return found

    def _find(self, subject: Subject) -> tuple[list[_Checked], frozenset[str]]:
        spared = [
            rule
            for table in self.edition.tables("speech", "spare")
            for row in table.matching(subject, self.as_of)
            for rule in row.answer["rules"]
        ]
        checks = [
            _Checked(kind, check, rows, table.standard)
            for kind, check in CHECKS.items()
            for table in self.edition.tables("speech", kind)
            if (rows := table.matching(subject, self.as_of))
        ]
        return checks, frozenset(spared)


_RULEBOOKS: dict[tuple[str, date], _Rulebook] = {}


def _rulebook_of(edition: Edition, as_of: date) -> _Rulebook:
    key = (edition.content_hash, as_of)
    found = _RULEBOOKS.get(key)
    if found is None:
        if len(_RULEBOOKS) >= 8:
            _RULEBOOKS.clear()
        found = _RULEBOOKS[key] = _Rulebook(edition, as_of)
    return found


class _Checked(NamedTuple):
    kind: str
    check: Check
    rows: list[Row]
    standard: str


def speech_of(*, edition: Edition, subject: Subject, as_of: date) -> SpeechAnswer:
    """Judge one call. Raises `OutsideDates`. Clauses: CT-1 to CT-18, LAW-12."""
    return speeches_of(edition=edition, subjects=[subject], as_of=as_of)[0]


def speeches_of(*, edition: Edition, subjects: Sequence[Subject], as_of: date) -> list[SpeechAnswer]:
    """Judge many calls, all listened to at once; the answers of `speech_of`, in order. Raises `OutsideDates`."""
    edition.require_day(as_of)
    rulebook = _rulebook_of(edition, as_of)
    listener = listener_of(edition)
    heard = listener.hear([subject.get("turns", ()) for subject in subjects])
    calls = [
        Call(edition=edition, subject=with_derived(subject), as_of=as_of, listener=listener, heard=words)
        for subject, words in zip(subjects, heard, strict=True)
    ]
    return [_judge(rulebook, call) for call in calls]


def _judge(rulebook: _Rulebook, call: Call) -> SpeechAnswer:
    checks, spared = rulebook.rows_for(call.subject)
    found: list[tuple[int, int, Finding]] = []
    lost: dict[int, int] = {}
    for kind, check, rows, standard in checks:
        # Wrong words in the place of the right ones are not missing ones too.
        before = {finding.rule for _, _, finding in found} if kind == "required" else ()
        for row, rule, turn, text in check(call, rows, standard):
            if rule in spared or rule in before:
                continue
            finding = Finding(row.clause, rule, turn, text, row.answer["severity"])
            found.append((len(call.turns) if turn is None else turn, row.order, finding))
            off = lost.get(row.order, 0) + row.answer["points_off"]
            lost[row.order] = min(off, row.answer.get("at_most", FULL_SCORE))
    found.sort(key=lambda one: one[:2])
    findings = tuple([finding for _, _, finding in found])
    return SpeechAnswer(findings, call.measures(), max(0, FULL_SCORE - sum(lost.values())))


def phrase_findings(
    *, edition: Edition, calls: Sequence[Sequence[Turn]], as_of: date, words: str = "forbidden"
) -> list[list[Finding]]:
    """Return, for each of many calls, the findings of one list of forbidden words: the fast first look at a day.

    They are those that `speech_of` gives for that list. Raises `OutsideDates`.
    """
    edition.require_day(as_of)
    listener = listener_of(edition, words)
    found: list[list[Finding]] = []
    for turns, heard in zip(calls, listener.hear(calls), strict=True):
        findings: list[Finding] = []
        if heard:
            subject = {"turns": turns}
            call = Call(edition=edition, subject=subject, as_of=as_of, listener=listener, heard=heard)
            for table in edition.tables("speech", "forbidden"):
                rows = [row for row in table.matching(call.subject, as_of) if words in row.answer["words"]]
                for row, rule, turn, text in CHECKS["forbidden"](call, rows, table.standard):
                    findings.append(Finding(row.clause, rule, turn, text, row.answer["severity"]))
        found.append(findings)
    return found


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask speech`."""
    return speech_of(edition=edition, subject=read_subject(raw), as_of=as_of).as_json()
