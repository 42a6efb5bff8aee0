"""The kinds of `rules/points.yaml`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from upheld.policy.kinds.forms import Kind, count, never, one_of, text, true_or_false, whole

EARNINGS = ("bill", "bonus", "transfer_in")
SPENDINGS = ("redeem", "transfer_out")
EVENTS = (*EARNINGS, *SPENDINGS, "reverse")
EXPIRIES = ("end_of_nth_month", "end_of_nth_year", "end_of_cycle", "never")


def _number(value: Any) -> Decimal:
    """Read an exact number above 0."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or value <= 0:
        raise ValueError(f"'{value}' is not a number above 0")
    return Decimal(value)


def _value(value: Any) -> Decimal:
    """Read the exchange value of a point in yuan, to a hundredth of a fen."""
    exact = _number(value)
    if exact * 10_000 != int(exact * 10_000):
        raise ValueError(f"'{value}' has more than four decimals")
    return exact


def _month(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 12:
        raise ValueError(f"'{value}' is not a month, 1 to 12")
    return value


KINDS = {
    "earning": Kind(
        {"event": one_of(EARNINGS), "qualifies": true_or_false}, {"points_per_yuan": count}, takes=("first",)
    ),
    "exchange": Kind({"value_yuan": _value}, {}, takes=("first",)),
    "cycle": Kind({"begins_month": _month}, {}, takes=("first",)),
    "expiry": Kind(
        {"expires": one_of(EXPIRIES)},
        {"months": count, "years": count, "earning_month_counts": true_or_false, "notice_days": whole},
        takes=("first",),
    ),
    "eligibility": Kind({"above_points": whole}, {}, takes=("first",)),
    "freeze": Kind({}, {}, contradicts=never),
    "spending": Kind({"event": one_of(SPENDINGS)}, {"use": text}, takes=("first",)),
    "campaign": Kind({"campaign": text, "percent": _number}, {"months": count}, contradicts=never),
    "budget": Kind({"return_percent": _number, "cost_percent": _number}, {}, takes=("first",), tests=()),
}
