"""Lead through the steps that a customer tries (CT-15), one at a time, with what came of those before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from upheld.faces import wording
from upheld.faces.field import words
from upheld.faces.templatetags.shown import in_language
from upheld.operations.self_help import guide_of_case
from upheld.policy.editions import Edition
from upheld.records.cases.queries import steps_of


@dataclass(frozen=True)
class StepLine:
    """One step of the guide: what to do, what would need an engineer, and what came of it (empty: not tried yet)."""

    name: str
    do: str
    sends_out: str
    answer: str
    answer_words: str


@dataclass(frozen=True)
class Guiding:
    """A guide as it stands for one case; `now` is the step to try, None once all were."""

    name: str
    clause: str
    title: str
    steps: Sequence[StepLine]
    now: StepLine | None


def guiding_of(case: Any, *, edition: Edition) -> Guiding | None:
    """Give the guide of a case with what was tried since it was opened last; None where the standard has none."""
    guide = guide_of_case(case, edition=edition)
    if guide is None:
        return None
    answers: dict[str, str] = {}
    for step in steps_of(case.pk):
        if step.what == "reopened":
            answers.clear()
        elif step.detail.get("guide") == guide.name:
            answers[step.detail["step"]] = step.detail["answer"]
    lines = [
        StepLine(
            one.name,
            in_language(one.do),
            in_language(one.sends_out) if one.sends_out else "",
            answers.get(one.name, ""),
            wording.word(words.ANSWERS, answers.get(one.name)),
        )
        for one in guide.steps
    ]
    sent = any(line.answer == "seen" for line in lines)
    now = None if sent else next((line for line in lines if not line.answer), None)
    return Guiding(guide.name, guide.clause, in_language(guide.title), lines, now)
