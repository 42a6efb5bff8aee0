"""The parameters of key moments: how many actions a manager is sent, how long a signal holds, what an action costs."""

from __future__ import annotations

from upheld.policy.kinds.forms import Reader, whole_between

PARAMETERS: dict[str, Reader] = {
    "moment_actions_a_day": whole_between(0, 1_000),
    "moment_actions_a_week": whole_between(0, 5_000),
    "moment_again_after_days": whole_between(0, 3_660),
    "moment_signals_hold_days": whole_between(1, 366),
    "moment_contact_cost_fen": whole_between(0, 1_000_000),
    "moment_offer_cost_fen": whole_between(0, 10_000_000),
}
"""Parameters that no row names; an edition without them goes by `moments.USUAL`."""
