"""The kinds of `rules/staff_points.yaml`: how many points an act of an employee earns."""

from __future__ import annotations

from typing import Any

from upheld.policy.kinds.forms import Kind, Reader, list_of, one_of, text, whole_between

GROUPS: dict[str, tuple[str, ...]] = {
    "promise": ("kept", "kept_late", "broken"),
    "survey": ("very_satisfied", "satisfied", "so_so", "dissatisfied"),
    "moment": ("stays", "thinks", "leaves", "not_reached"),
    "offer": ("accepted", "declined"),
}
"""How an act may end, by what it is about: of one act, one of its group's events comes true."""

EVENTS = tuple(event for events in GROUPS.values() for event in events)
MOST_POINTS = 1_000


def _two_answers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two rows answer for the same act; a row that names actions goes before one that names none."""
    if one["event"] != other["event"] or ("actions" in one) != ("actions" in other):
        return False
    return "actions" not in one or bool(set(one["actions"]) & set(other["actions"]))


KINDS = {
    "award": Kind(
        {"event": one_of(EVENTS), "points": whole_between(-MOST_POINTS, MOST_POINTS)},
        {"actions": list_of(text)},
        contradicts=_two_answers,
        tests=(),
    ),
}

PARAMETERS: dict[str, Reader] = {"staff_points_fewest_acts": whole_between(1, 10_000)}
"""Parameters that no row names."""
