"""The kinds of `rules/contacts.yaml`."""

from __future__ import annotations

from typing import Any

from upheld.policy.kinds.forms import Kind, count, list_of, never, of_parts, one_of, percent, same, text
from upheld.policy.problems import nearest

CHANNELS = ("visit", "call", "sms", "return_visit", "greeting", "gift", "event", "training", "information",
            "care_day", "lecture")  # fmt: skip
PERIODS = ("week", "month", "two_months", "quarter", "half_year", "year", "two_years", "on_demand")
FESTIVALS = ("new_year", "spring_festival", "dragon_boat", "mid_autumn")
OCCASIONS = (*FESTIVALS, "birthday", "weekend")


@of_parts(channel=one_of(CHANNELS), times=count, per=one_of(PERIODS), on=one_of(OCCASIONS))
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
        owed["times"] = count(value.get("times"))
    if occasion == "weekend" and owed["per"] != "week":
        raise ValueError("'on: weekend' goes with 'per: week'")
    if occasion in (*FESTIVALS, "birthday") and owed["per"] != "year":
        raise ValueError(f"'on: {occasion}' goes with 'per: year'")
    return owed


def _owe_the_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    owed = [{(item["channel"], item["on"]) for item in answer["owed"]} for answer in (one, other)]
    return bool(owed[0] & owed[1])


_ACTION = one_of(CHANNELS)

KINDS = {
    "contact": Kind({"owed": list_of(_owed)}, {}, owed_to=True, contradicts=_owe_the_same),
    "kept_by": Kind({"action": _ACTION, "channels": list_of(_ACTION)}, {}, contradicts=same("action")),
    "together": Kind(
        {"clauses": list_of(text), "action": _ACTION}, {"other_action": _ACTION}, contradicts=never
    ),
    "coverage": Kind(
        {
            "of": one_of(("groups", "people")),
            "measure": one_of(("chief_representative", "lecture")),
            "at_least_percent": percent,
        },
        {"per": one_of(PERIODS)},
        contradicts=never,
    ),
}
