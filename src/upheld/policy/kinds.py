"""The closed list of table kinds, by noun, with what a row of each kind answers.

A standard cannot invent a kind: what is not here cannot be written, and what is here is carried out by the policy
module of the noun's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from upheld.policy.facts import CARDS, FACTS, fen_as_yuan, read_amount
from upheld.policy.problems import nearest

CHANNELS = ("visit", "call", "sms", "return_visit", "greeting", "gift", "event", "training", "information",
            "care_day", "lecture")  # fmt: skip
PERIODS = ("week", "month", "two_months", "quarter", "half_year", "year", "two_years", "on_demand")
FESTIVALS = ("new_year", "spring_festival", "dragon_boat", "mid_autumn")
OCCASIONS = (*FESTIVALS, "birthday", "weekend")
OWED_TO = ("person", "group")
TAKES = ("first", "highest", "all")

Reader = Callable[[Any], Any]


@dataclass(frozen=True)
class Kind:
    """What a row of a kind answers: keys with their readers; `optional` keys may be left out."""

    required: dict[str, Reader]
    optional: dict[str, Reader]
    takes: tuple[str, ...] = ("all",)
    owed_to: bool = False


def one_of(values: tuple[str, ...]) -> Reader:
    """Make a reader that accepts only the named words."""

    def read(value: Any) -> str:
        if value not in values:
            raise ValueError(f"'{value}' is not one of {', '.join(values)}{nearest(value, values)}")
        return str(value)

    return read


def list_of(read_item: Reader) -> Reader:
    """Make a reader of a list that is not empty; raises ValueError with every bad item."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError("a list is needed")
        return tuple(read_item(item) for item in value)

    return read


def _count(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"'{value}' is not a whole number from 1")
    return value


def _percent(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 100:
        raise ValueError(f"'{value}' is not a whole number from 0 to 100")
    return value


def _text(value: Any) -> str:
    if value is None or isinstance(value, (bool, list, dict)) or str(value).strip() == "":
        raise ValueError("a word is needed")
    return str(value)


def _yuan(value: Any) -> str:
    return fen_as_yuan(read_amount(value))


def _number_or_text(value: Any) -> int | str:
    return value if type(value) is int else _text(value)


def _owed(value: Any) -> dict[str, Any]:
    """Read one contact owed: channel, per, times (not with on_demand), and the occasion it is tied to."""
    if not isinstance(value, dict):
        raise ValueError("{channel: , times: , per: } is needed")
    unknown = [key for key in value if key not in ("channel", "times", "per", "on")]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]}{nearest(unknown[0], ('channel', 'times', 'per', 'on'))}")
    owed = {"channel": one_of(CHANNELS)(value.get("channel")), "per": one_of(PERIODS)(value.get("per"))}
    occasion = value.get("on")
    owed["on"] = None if occasion is None else one_of(OCCASIONS)(occasion)
    if owed["per"] == "on_demand":
        if value.get("times") is not None:
            raise ValueError("'on_demand' has no number of times")
        owed["times"] = None
    else:
        owed["times"] = _count(value.get("times"))
    if occasion == "weekend" and owed["per"] != "week":
        raise ValueError("'on: weekend' goes with 'per: week'")
    if occasion in (*FESTIVALS, "birthday") and owed["per"] != "year":
        raise ValueError(f"'on: {occasion}' goes with 'per: year'")
    return owed


_ACTION = one_of(CHANNELS)
_CARD = one_of(CARDS)

KINDS: dict[str, dict[str, Kind]] = {
    "tiers": {
        "card": Kind({"card": _CARD}, {}, takes=("highest",)),
        "provisional": Kind({"card": _CARD}, {}, takes=("highest",)),
        "cancel": Kind({}, {}),
        "freeze": Kind({}, {}),
        "override": Kind({}, {}),
        "customer_class": Kind(
            {"customer_class": one_of(("key_person", "global_pass_vip", "ordinary"))}, {}, takes=("first",)
        ),
    },
    "contacts": {
        "contact": Kind({"owed": list_of(_owed)}, {}, owed_to=True),
        "kept_by": Kind({"action": _ACTION, "channels": list_of(_ACTION)}, {}),
        "together": Kind({"clauses": list_of(_text), "action": _ACTION}, {"other_action": _ACTION}),
        "coverage": Kind(
            {
                "of": one_of(("groups", "people")),
                "measure": one_of(("chief_representative", "lecture")),
                "at_least_percent": _percent,
            },
            {"per": one_of(PERIODS)},
        ),
    },
    "entitlements": {
        "grant": Kind(
            {"entitlement": _text},
            {
                "times": _count,
                "per": one_of(("calendar_month", "year")),
                "each_max_days": _count,
                "amount_yuan": _yuan,
                "months": _count,
                "hours": _number_or_text,
                "how": _text,
            },
        ),
    },
}

CLAUSE_KINDS = ("rating", "role", "cadence", "entitlement", "target", "conduct", "vocabulary", "compliance", "window",
                "process", "journey", "channel", "segmentation", "points", "key_moment", "risk", "workbench",
                "retention", "privacy")  # fmt: skip
STATUSES = ("executable", "guidance", "pending", "illegible")
CONFIDENCES = ("stated", "inferred", "unconfirmed", "statutory")
ORDERED_FACTS = tuple(
    fact.name for fact in FACTS.values() if fact.kind in ("amount", "count", "rate", "date", "instant")
)
