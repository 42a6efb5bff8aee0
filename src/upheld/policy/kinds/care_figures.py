"""The parameters of the coverage figures: how many contacts within how many months, and what the trial reached."""

from __future__ import annotations

from typing import Any

from upheld.policy.kinds.forms import Reader, percent


def _whole(least: int, most: int) -> Reader:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"'{value}' is not a whole number from {least} to {most}")
        return value

    return read


PARAMETERS: dict[str, Reader] = {
    "care_contacts": _whole(1, 100),
    "care_within_months": _whole(1, 24),
    "care_trial_reached_percent": percent,
    "care_trial_satisfied_percent": percent,
    "care_trial_very_satisfied_percent": percent,
    "care_trial_recommendations": _whole(0, 1_000_000),
}
"""Parameters that no row names."""
