"""The parameters of surveys after a case: how often one is asked, which score is low, and how soon somebody calls."""

from __future__ import annotations

from upheld.policy.kinds.forms import Reader, whole_between

PARAMETERS: dict[str, Reader] = {
    "survey_every_days": whole_between(0, 3660),
    "survey_low_score": whole_between(0, 5),
    "survey_call_back_working_hours": whole_between(1, 400),
}
"""Parameters that no row names. A low score of 0 means that no answer calls for a call-back."""
