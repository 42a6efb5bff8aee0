"""The parameters of the coverage figures: how many contacts within how many months, and what the trial reached."""

from __future__ import annotations

from upheld.policy.kinds.forms import Reader, percent, whole_between

PARAMETERS: dict[str, Reader] = {
    "care_contacts": whole_between(1, 100),
    "care_within_months": whole_between(1, 24),
    "care_trial_reached_percent": percent,
    "care_trial_satisfied_percent": percent,
    "care_trial_very_satisfied_percent": percent,
    "care_trial_recommendations": whole_between(0, 1_000_000),
}
"""Parameters that no row names."""
