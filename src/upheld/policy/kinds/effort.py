"""The parameters of effort: how many minutes an action takes, and how many minutes of a day are there for customers.

They are the company's own numbers; no clause names them (`policy/feasibility.py`).
"""

from __future__ import annotations

from upheld.policy.kinds.forms import Reader, whole_between

ACTIONS = ("visit", "call", "sms", "return_visit", "greeting", "gift", "event", "training", "information",
           "care_day", "lecture")  # fmt: skip
PREFIX = "effort_"

_minutes_of_a_day = whole_between(0, 24 * 60)

PARAMETERS: dict[str, Reader] = {
    **{f"{PREFIX}{action}_minutes": _minutes_of_a_day for action in ACTIONS},
    f"{PREFIX}other_minutes": _minutes_of_a_day,
    f"{PREFIX}travel_minutes": _minutes_of_a_day,
    f"{PREFIX}day_minutes": _minutes_of_a_day,
    f"{PREFIX}customers_percent": whole_between(1, 100),
}
"""Parameters that no row names; an edition without them goes by `feasibility.USUAL`."""
