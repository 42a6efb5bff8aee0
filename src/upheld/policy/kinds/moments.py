"""The parameters of key moments: how many actions a manager is sent, how long a signal holds, what an action costs."""

from __future__ import annotations

from typing import Any

from upheld.policy.kinds.forms import Reader


def _whole(least: int, most: int) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"'{value}' is not a whole number from {least} to {most}")
        return value

    return read


PARAMETERS: dict[str, Reader] = {
    "moment_actions_a_day": _whole(0, 1_000),
    "moment_actions_a_week": _whole(0, 5_000),
    "moment_again_after_days": _whole(0, 3_660),
    "moment_signals_hold_days": _whole(1, 366),
    "moment_contact_cost_fen": _whole(0, 1_000_000),
    "moment_offer_cost_fen": _whole(0, 10_000_000),
}
"""Parameters that no row names; an edition without them goes by `moments.USUAL`."""
