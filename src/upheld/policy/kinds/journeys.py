"""The kinds of `rules/journeys.yaml`."""

from __future__ import annotations

from typing import Any

from upheld.policy.kinds.forms import Kind, Reader, list_of, one_of, same, text, whole

ANCHORS = ("joined_date", "rated_date", "assigned_date")
"""The days that a step may be counted from; while nobody is assigned, `assigned_date` is the day that is due by."""

WAYS = ("guide", "sms", "staff")


def _two_windows_for_one_step(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say that both rows give one step, to a customer rated on the same day."""
    late = max(row.get("rated_after_day", -1) for row in (one, other))
    by = min((row["rated_by_day"] for row in (one, other) if "rated_by_day" in row), default=None)
    return bool(one["step"] == other["step"]) and (by is None or late < by)


KINDS = {
    "step": Kind(
        {"step": text, "from_day": whole, "due_day": whole},
        {
            "after": one_of(ANCHORS),
            "not_before": one_of(ANCHORS),
            "rated_by_day": whole,
            "rated_after_day": whole,
        },
        takes=("all", "first"),
        contradicts=_two_windows_for_one_step,
    ),
    "delivery": Kind({"step": text, "ways": list_of(one_of(WAYS))}, {}, contradicts=same("step"), tests=()),
}


def _day_of_month(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 28:
        raise ValueError(f"'{value}' is not a day of every month, from 1 to 28")
    return value


PARAMETERS: dict[str, Reader] = {"bill_day": _day_of_month}
"""Parameters that no row names."""
