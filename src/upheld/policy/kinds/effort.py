"""The parameters of effort: how many minutes an action takes, and how many minutes of a day are there for customers.

They are the company's own numbers; no clause names them (`policy/feasibility.py`).
"""

from __future__ import annotations

from typing import Any

from upheld.policy.kinds.forms import Reader

ACTIONS = ("visit", "call", "sms", "return_visit", "greeting", "gift", "event", "training", "information",
           "care_day", "lecture")  # fmt: skip
PREFIX = "effort_"


def _minutes(most: int) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int or not 0 <= value <= most:
            raise ValueError(f"'{value}' is not a whole number of minutes from 0 to {most}")
        return value

    return read


def _percent(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 100:
        raise ValueError(f"'{value}' is not a percentage from 1 to 100")
    return value


PARAMETERS: dict[str, Reader] = {
    **{f"{PREFIX}{action}_minutes": _minutes(24 * 60) for action in ACTIONS},
    f"{PREFIX}other_minutes": _minutes(24 * 60),
    f"{PREFIX}travel_minutes": _minutes(24 * 60),
    f"{PREFIX}day_minutes": _minutes(24 * 60),
    f"{PREFIX}customers_percent": _percent,
}
"""Parameters that no row names; an edition without them goes by `feasibility.USUAL`."""
