"""How an agent spoke in a call: every rule that was broken with its clause, what was measured, and a score out of 100.

Facts are a transcript with times. What is looked for, and how much it counts, are the rows of `rules/speech.yaml`; the
checks that carry each kind of row out are in `speech_checks.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from upheld.policy.derived import with_derived
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, read_subject
from upheld.policy.speech_calls import Calls
from upheld.policy.speech_checks import CHECKS, Broken, Check
from upheld.policy.speech_listening import listener_of
from upheld.policy.tables import Row
from upheld.policy.transcripts import Turn

FULL_SCORE = 100
_AT_ONCE = 500
"""How many calls are judged together: enough to be fast, few enough that they stay in the processor's cache."""


class Finding(NamedTuple):
    """One rule broken: `turn` counts from 0 (None: the call as a whole), `text` is what was said or measured."""

    clause: str
    rule: str
    turn: int | None
    text: str
    severity: str


_finding: Callable[[tuple[str, str, int | None, str, str]], Finding] = partial(tuple.__new__, Finding)
"""Make a finding by the shortest way: a day of calls gives ten thousand."""


class SpeechAnswer(NamedTuple):
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


_answer: Callable[[tuple[tuple[Finding, ...], Mapping[str, int | float | None], int]], SpeechAnswer] = (
    partial(tuple.__new__, SpeechAnswer)
)
"""Make an answer by the shortest way."""


class _Rulebook:
    """The rows of an edition on a day, found once for every kind of call."""

    def __init__(self, edition: Edition, as_of: date) -> None:
        self.edition, self.as_of = edition, as_of
        self._facts = sorted(
            {c.fact for table in edition.tables("speech") for row in table.rows for c in row.conditions}
        )
        self._kept: dict[tuple[Any, ...], tuple[list[_Checked], frozenset[str]]] = {}

    def key(self, subject: Subject) -> tuple[Any, ...]:
        """Return the facts that rows ask for: for calls in which they are the same, the same rows hold."""
        return tuple(map(subject.get, self._facts))

    def rows_for(self, key: tuple[Any, ...], subject: Subject) -> tuple[list[_Checked], frozenset[str]]:
        """Return the checks with the rows that hold for a call with that key, and the rules that are spared."""
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
    answers: list[SpeechAnswer] = []
    for start in range(0, len(subjects), _AT_ONCE):
        answers += _judge(edition, subjects[start : start + _AT_ONCE], as_of)
    return answers


def _judge(edition: Edition, subjects: Sequence[Subject], as_of: date) -> list[SpeechAnswer]:
    rulebook = _rulebook_of(edition, as_of)
    derived = [with_derived(subject) for subject in subjects]
    calls = Calls(edition=edition, subjects=derived, as_of=as_of, listener=listener_of(edition))
    alike: dict[tuple[Any, ...], list[int]] = {}
    for number, subject in enumerate(derived):
        alike.setdefault(rulebook.key(subject), []).append(number)
    found = _Found(calls)
    for key, numbers in alike.items():
        checks, spared = rulebook.rows_for(key, derived[numbers[0]])
        for kind, check, rows, standard in checks:
            # Wrong words in the place of the right ones are not missing ones too.
            found.take(check(calls, numbers, rows, standard), spared, once=kind == "required")
    return found.answers()


class _Found:
    """What was found in some calls, and the points that it costs."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._findings: dict[int, list[tuple[int, int, int, Finding, Row]]] = {}

    def take(self, broken: Iterable[Broken], spared: Collection[str], *, once: bool) -> None:
        """Note what one check gave, without the rules that are spared, nor, `once`, any that was broken already."""
        first, findings = self._calls.first, self._findings
        before: dict[int, set[str]] = {}
        for number, row, rule, place, text in broken:
            if rule in spared:
                continue
            found = findings.get(number)
            if found is None:
                found = findings[number] = []
            if once:
                if number not in before:
                    before[number] = {one[3].rule for one in found}
                if rule in before[number]:
                    continue
            at, turn = (first[number + 1], None) if place is None else (place, place - first[number])
            finding = _finding((row.clause, rule, turn, text, row.answer["severity"]))
            found.append((at, row.order, len(found), finding, row))  # what is found first comes first

    def answers(self) -> list[SpeechAnswer]:
        """Return the answers, in the order of the calls."""
        answers = []
        scores: dict[tuple[int, ...], int] = {}
        for number, measures in enumerate(self._calls.measures()):
            found = self._findings.get(number)
            if found is None:
                answers.append(_answer(((), measures, FULL_SCORE)))
                continue
            if len(found) > 1:
                found.sort()
            _, broken, _, findings, rows = zip(*found, strict=True)
            score = scores.get(broken)
            if score is None:  # the same rules are broken in many calls
                score = scores[broken] = _score(rows)
            answers.append(_answer((findings, measures, score)))
        return answers


def _score(rows: Iterable[Row]) -> int:
    """Return what is left of the full score, a row for each finding."""
    lost: dict[int, int] = {}
    for row in rows:
        off = lost.get(row.order, 0) + row.answer["points_off"]
        lost[row.order] = min(off, row.answer.get("at_most", FULL_SCORE))
    return max(0, FULL_SCORE - sum(lost.values()))


def phrase_findings(
    *, edition: Edition, calls: Sequence[Sequence[Turn]], as_of: date, words: str = "forbidden"
) -> list[list[Finding]]:
    """Return, for each of many calls, the findings of one list of forbidden words: the fast first look at a day.

    They are those that `speech_of` gives for that list. Raises `OutsideDates`.
    """
    edition.require_day(as_of)
    subjects: list[Subject] = [{"turns": turns} for turns in calls]
    heard = Calls(edition=edition, subjects=subjects, as_of=as_of, listener=listener_of(edition, words))
    found: list[list[Finding]] = [[] for _ in calls]
    for table in edition.tables("speech", "forbidden"):
        rows = [row for row in table.matching({}, as_of) if words in row.answer["words"]]
        for number, row, rule, place, text in CHECKS["forbidden"](
            heard, range(len(calls)), rows, table.standard
        ):
            turn = None if place is None else place - heard.first[number]
            found[number].append(Finding(row.clause, rule, turn, text, row.answer["severity"]))
    return found


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask speech`."""
    return speech_of(edition=edition, subject=read_subject(raw), as_of=as_of).as_json()
