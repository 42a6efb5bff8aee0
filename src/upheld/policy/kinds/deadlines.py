"""The kinds of `rules/deadlines.yaml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from upheld.policy.day_spans import read_spans
from upheld.policy.facts import FACTS
from upheld.policy.kinds.forms import (
    Kind,
    Reader,
    count,
    list_of,
    one_of,
    percent,
    same,
    text,
    true_or_false,
    whole_between,
)
from upheld.policy.problems import nearest

STOPS = ("first_answer", "outcome_reply", "legal_answer", "remote_support", "onsite_arrival", "repaired",
         "in_force", "pre_accepted", "user_opened", "server_configured", "settled")  # fmt: skip
"""The events that stop a clock."""

OPENED = "opened"
STARTS = (OPENED, *STOPS)
"""The events that start a clock: the opening of the case, or the stop of the stage before."""

PAUSES = ("customer", "third_party", "force_majeure")
"""What a case may wait for; a clock stands still only for the reasons that its row names."""

MISSED = ("own_clock", "published")
PAYS = ("rent", "fee")
COUNTED_FROM = ("start", "due")
"""From where the days are counted that are paid for: the start of the broken clock, or its due time."""

UNITS = ("minutes", "hours", "days", "working_days", "working_hours")


@dataclass(frozen=True, slots=True)
class Limit:
    """A typed length of time: minutes, hours and days run on without a break, working days and hours by a calendar."""

    unit: str
    amount: int

    @property
    def continuous(self) -> timedelta | None:
        """Return the exact length of a limit that runs without a break; None where a calendar decides."""
        if self.unit in ("working_days", "working_hours"):
            return None
        return timedelta(**{self.unit: self.amount})

    def __str__(self) -> str:
        words = self.unit.replace("_", " ")
        return f"{self.amount} {words if self.amount != 1 else words.removesuffix('s')}"


def limit(value: Any) -> Limit:
    """Read `{hours: 2}`: one unit with a whole number from 1."""
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"one unit with its number is needed, such as {{hours: 2}}, of {', '.join(UNITS)}")
    ((unit, amount),) = value.items()
    if unit not in UNITS:
        raise ValueError(f"'{unit}' is not one of {', '.join(UNITS)}{nearest(unit, UNITS)}")
    return Limit(unit, count(amount))


def business_hours(value: Any) -> str:
    """Read `08:30-12:00, 13:30-18:00`; returns it as written."""
    read_spans(value)
    return str(value)


def _shares_are_whole(answers: Sequence[dict[str, Any]]) -> str | None:
    needed = {"rent": "month_days", "fee": "percent"}
    lacking = [a for a in answers if needed[a["pays"]] not in a]
    if not lacking:
        return None
    return f"a share of the {lacking[0]['pays']} needs '{needed[lacking[0]['pays']]}'."


KINDS = {
    "clock": Kind(
        {"stops_at": one_of(STOPS), "limit": limit},
        {
            "starts_at": one_of(STARTS),
            "calendar": text,
            "public": true_or_false,
            "pauses": list_of(one_of(PAUSES)),
            "floor_for": list_of(one_of(STOPS)),
        },
        contradicts=same("stops_at"),
    ),
    # What a customer gets when a clock was broken: the rent of the outage, or a share of the fee for each day too late.
    # `missed`: the clock of the row's own clause, or any that was told to the customer. Rounded up to the whole fen.
    "compensation": Kind(
        {
            "stops_at": one_of(STOPS),
            "missed": one_of(MISSED),
            "pays": one_of(PAYS),
            "counted_from": one_of(COUNTED_FROM),
        },
        {"percent": percent, "month_days": count, "not_for": list_of(one_of(FACTS["fault_cause"].values))},
        contradicts=same("stops_at"),
        together=_shares_are_whole,
    ),
    "business_hours": Kind({"hours": business_hours}, {"calendar": text}, takes=("first",)),
}


PARAMETERS: dict[str, Reader] = {
    "warn_before_percent": whole_between(1, 99),
    "warn_after_percent": whole_between(101, 1000),
}
"""Parameters that no row names: the warnings of every clock are read by them. The due time itself is 100."""
