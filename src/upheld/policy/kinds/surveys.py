"""The parameters of surveys after a case: how often one is asked, which score is low, and how soon somebody calls."""

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
    "survey_every_days": _whole(0, 3660),
    "survey_low_score": _whole(0, 5),
    "survey_call_back_working_hours": _whole(1, 400),
}
"""Parameters that no row names. A low score of 0 means that no answer calls for a call-back."""
