"""The kinds of `rules/speech.yaml`: what is looked for in a call, and how much it counts.

Every kind but `spare` gives findings: `rule` names what was broken, `points_off` goes off a score of 100, and `at_most`
limits what one row may take off. Keys in the plural name word lists of `wording/`.
"""

from __future__ import annotations

from typing import Any

from upheld.policy.facts import FACTS
from upheld.policy.kinds.forms import Kind, Reader, count, list_of, never, one_of, percent, same, text

SEVERITIES = ("minor", "major", "critical")
SPEAKERS = ("agent", "customer")


def seconds(value: Any) -> int:
    """Read seconds, whole or with up to three decimals; returns whole milliseconds."""
    try:
        exact = value * 1000
        if isinstance(value, bool) or exact != int(exact) or exact < 0:
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError(f"'{value}' is not a number of seconds") from None
    return int(exact)


_lists = list_of(text)
_counted: dict[str, Reader] = {"severity": one_of(SEVERITIES), "points_off": percent}
_named: dict[str, Reader] = {"rule": text, **_counted}
_optional: dict[str, Reader] = {"at_most": percent}

KINDS = {
    # The words of a list are said. Each numbered entry is a rule of its own, named list-number.
    "forbidden": Kind(
        {"words": _lists, **_counted},
        {"rule": text, "who": one_of(SPEAKERS), "not_within": _lists, **_optional},
        contradicts=same("words"),
    ),
    # The words of none of the lists are said where they belong. `from_turns`: only where the agent has so many turns.
    "required": Kind(
        {"says": _lists, "where": one_of(("opening", "ending", "anywhere")), **_named},
        {"turns": count, "from_turns": count, **_optional},
        contradicts=same("rule"),
    ),
    # The customer says one thing, and the agent's next turns (`turns` of them; left out: any later one) lack the other.
    "reply": Kind(
        {"after": _lists, "says": _lists, **_named}, {"turns": count, **_optional}, contradicts=same("rule")
    ),
    "interruption": Kind(
        {"longer_than_seconds": seconds, **_named}, {"unless_heard": _lists, **_optional}, contradicts=same("rule")
    ),
    "rate": Kind(
        _named, {"below": count, "above": count, "from_characters": count, **_optional}, contradicts=same("rule")
    ),
    "hold": Kind(
        {"check": one_of(("asked", "thanked", "silence", "length")), **_named},
        {"longer_than_seconds": seconds, "unless_heard": _lists, **_optional},
        contradicts=same("rule"),
    ),
    "closing": Kind({"sooner_than_seconds": seconds, **_named}, _optional, contradicts=same("rule")),
    # `marks`: what an agent or a customer says in such a call; the fact `nuisance` marks it as well.
    "call_length": Kind(
        {"longer_than_seconds": seconds, **_named}, {"marks": _lists, **_optional}, contradicts=same("rule")
    ),
    # A time limit told to the caller is longer than the clock of `rules/deadlines.yaml` that the row's clause runs.
    "promise": Kind(
        {"about": _lists, "case": one_of(FACTS["case"].values), "promised": _lists, **_named},
        {"not_promised": _lists, **_optional},
        contradicts=same("case"),
    ),
    # Findings of these rules are not given for such a customer.
    "spare": Kind({"rules": list_of(text)}, {}, contradicts=never),
}  # fmt: skip
