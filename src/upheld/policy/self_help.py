"""Guided self-help (`self_help.yaml`): what a customer can try before anybody is sent, step by step, with its clause.

A guide belongs to kinds of services, in the words of the feed. Its steps are tried in their order; one of them may name
what, once seen, needs somebody on the spot, so that nobody is made to try the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from upheld.policy.problems import Problem
from upheld.policy.standards import Sources, Standard, Words, entries

FILE = "self_help.yaml"


@dataclass(frozen=True)
class HelpStep:
    """One step: what the customer does, and what, once seen, needs an engineer (empty: nothing does)."""

    name: str
    do: Mapping[str, str]
    sends_out: Mapping[str, str]


@dataclass(frozen=True)
class Guide:
    """The steps for some kinds of services; `kinds` empty: for any other."""

    name: str
    clause: str
    title: Mapping[str, str]
    kinds: tuple[str, ...]
    steps: tuple[HelpStep, ...]
    file: str
    line: int

    def step(self, name: str) -> HelpStep | None:
        """Return a step by its name, None where there is none."""
        return next((one for one in self.steps if one.name == name), None)


def read_self_help(
    sources: Sources, standards: Iterable[Standard], problems: list[Problem]
) -> tuple[Guide, ...]:
    """Read `self_help.yaml` of every standard, in their order; faults go to `problems` with file and line."""
    found: dict[str, Guide] = {}
    served: dict[str, str] = {}
    for standard in standards:
        file = f"{standard.folder}/{FILE}"
        for raw in entries(sources, file, problems):
            words = Words(raw, problems, file, 1)
            name = words.take("guide", str, word="the name of the guide")
            clause = words.cited(standard.clauses)
            title = words.both("title")
            kinds = tuple(str(one) for one in words.take("kinds", list, [], "a list of kinds of services"))
            items = words.take("steps", list, [], "a list of {step: , do: {zh: , en: }}")
            words.close()
            steps = tuple(step for item in items if (step := _step(item, words)) is not None)
            if not items:
                words.fault("the guide has no step.", "add `steps:`.", "steps")
            if name in found:
                words.fault(f"the guide '{name}' stands twice.", "give each guide its own name.", "guide")
            if len({step.name for step in steps}) < len(steps):
                words.fault("two steps have one name.", "give each step its own name.", "steps")
            for kind in kinds or ("",):
                if kind in served:
                    message = f"two guides are for {kind or 'any other service'} (also {served[kind]})."
                    words.fault(message, "keep one of them.", "kinds")
                served.setdefault(kind, name or "")
            if name is not None and clause is not None:
                found.setdefault(name, Guide(name, clause, title, kinds, steps, file, words.line))
    return tuple(found.values())


def _step(raw: Any, around: Words) -> HelpStep | None:
    words = Words(raw, around.problems, around.file, around.line, around.clause)
    name = words.take("step", str, word="the name of the step")
    do = words.both("do")
    sends_out = words.both("sends_out", {})
    words.close()
    return HelpStep(name, do, sends_out) if name is not None and do else None


def guide_for(guides: Sequence[Guide], *, service_kind: str | None) -> Guide | None:
    """Return the guide for a kind of service, in the feed's word; else the one for any other, else None."""
    known = (service_kind or "").strip().lower()
    other = None
    for guide in guides:
        if known and known in guide.kinds:
            return guide
        if not guide.kinds:
            other = guide
    return other
