"""The kinds of `rules/churn.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from upheld.policy.facts import FACTS
from upheld.policy.kinds.forms import Kind, list_of, never, one_of, same, text, whole

RATES = tuple(fact.name for fact in FACTS.values() if fact.kind == "rate")
URGENCIES = ("at_once", "soon", "in_time")
DISPATCHES = ("day", "week", "month")
INDICES = ("brand_and_plan", "business", "service", "calling_circle")
HEALTH = ("good", "watch", "poor")
"""States of a health index, from best to worst."""

UNKNOWN_RATES = ("adds_nothing", "shared_among_known")
SEGMENT_FACTS = ("brand", "segment", "card", "papers", "organisation_kind", "group_class", "group_kind", "area",
                 "strategic", "plan_monthly_yuan", "annual_spend_yuan")  # fmt: skip
"""What a customer's segment may be told by: an offer looks at nothing else but the moment it answers."""


def _weight(value: Any) -> Decimal:
    """Read a weight from 0 to 1, to six decimals."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 <= value <= 1:
        raise ValueError(f"'{value}' is not a weight from 0 to 1")
    exact = Decimal(value)
    if exact * 1_000_000 != int(exact * 1_000_000):
        raise ValueError(f"'{value}' has more than six decimals")
    return exact


def _score(value: Any) -> Decimal:
    """Read a score from 0 to 100, to one decimal."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 <= value <= 100:
        raise ValueError(f"'{value}' is not a score from 0 to 100")
    exact = Decimal(value)
    if exact * 10 != int(exact * 10):
        raise ValueError(f"'{value}' has more than one decimal")
    return exact


def _weights_sum_to_one(answers: Sequence[dict[str, Any]]) -> str | None:
    total = sum(answer["weight"] for answer in answers)
    return None if total == 1 else f"the weights of the score sum to {total} and not to 1."


def _bands_begin_at_nought(answers: Sequence[dict[str, Any]]) -> str | None:
    lowest = min(answer["from_score"] for answer in answers)
    return None if lowest == 0 else f"scores below {lowest} have no band."


KINDS = {
    "term": Kind(
        {"rate": one_of(RATES), "weight": _weight}, {}, contradicts=same("rate"), together=_weights_sum_to_one
    ),
    "unknown": Kind({"unknown_rates": one_of(UNKNOWN_RATES)}, {}, takes=("first",)),
    "band": Kind(
        {"band": text, "from_score": _score},
        {},
        contradicts=same("from_score"),
        together=_bands_begin_at_nought,
        tests=(),
    ),
    "moment": Kind({"moment": text, "urgency": one_of(URGENCIES)}, {}, contradicts=same("moment")),
    "dispatch": Kind(
        {"urgency": one_of(URGENCIES), "dispatch": one_of(DISPATCHES)}, {}, takes=("first",), tests=()
    ),
    "rank": Kind({"moment": text, "rank": whole}, {}, contradicts=same("moment")),
    "suppress": Kind({}, {}, contradicts=never),
    "health": Kind({"index": one_of(INDICES), "health": one_of(HEALTH)}, {}, contradicts=never),
    "offer": Kind(
        {"offer": text, "family": text},
        {"moments": list_of(text)},
        contradicts=same("offer"),
        tests=SEGMENT_FACTS,
    ),
}
