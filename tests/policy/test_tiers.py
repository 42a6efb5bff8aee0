"""Rating agrees with the registers' tables written down a second time, by hand, for thousands of random people."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.editions import shipped_edition
from upheld.policy.facts import FACTS
from upheld.policy.tiers import tier_of

DAY = date(2026, 3, 1)
RANK = {None: 0, "silver": 1, "gold": 2, "diamond": 3}
KEY_PERSON = {
    "A": {
        "top_decision_maker": "diamond",
        "contact": "gold",
        "telecom_manager": "gold",
        "influencer": "gold",
    },
    "B1": {
        "top_decision_maker": "gold",
        "contact": "silver",
        "telecom_manager": "silver",
        "influencer": "silver",
    },
    "C": {"top_decision_maker": "silver", "contact": "silver", "telecom_manager": "silver"},
    "D": {"top_decision_maker": "silver", "contact": "silver"},
}
KEY_PERSON["B2"] = KEY_PERSON["B1"]
SPEND = {"e_home": (1080, 2160, 3360), "tianyi": (1032, 2160, 3360)}
EDGES = [0, 1032, 1080, 1200, 2160, 2400, 3360, 3600, 50_000, 100_000, 300_000]


def by_steps(fen, steps):
    return [None, "silver", "gold", "diamond"][sum(fen >= step * 100 for step in steps)]


def rated_by_hand(s):
    """Return the highest card of register A and C, read off the printed tables."""
    cards = [None]
    if "group_class" in s:
        cards.append(KEY_PERSON[s["group_class"]].get(s.get("role")))
        if s.get("rank") == "division":
            cards.append("gold")
    if s.get("papers") == "organisation":
        if s.get("organisation_kind") == "government":
            cards.append({"bureau": "diamond", "division": "gold", "section": "silver"}.get(s.get("rank")))
        if s.get("organisation_kind") in ("finance", "large_enterprise", "high_end_cluster"):
            cards.append(by_steps(s.get("group_revenue_yuan", 0), (50_000, 100_000, 300_000)))
            if s.get("strategic"):
                cards.append("diamond")
    if s.get("papers") == "personal" and "brand" in s:
        cards.append(by_steps(s.get("annual_spend_yuan", 0), SPEND.get(s["brand"], (1200, 2400, 3600))))
    card = max(cards, key=RANK.__getitem__)
    kept = s.get("override_card")
    if s.get("override_approved_by") and kept and kept == s.get("previous_card") and RANK[kept] > RANK[card]:
        card = kept
    return card


def state_by_hand(s, card):
    expired = s.get("card_valid_until", DAY) < DAY
    unpaid = s.get("arrears_months", 0) > 3 and s.get("dunning_failed")
    if s.get("status") == "closed" or expired or unpaid or s.get("cancel_requested") or s.get("serious_harm"):
        return "cancelled"
    if s.get("arrears_months", 0) > 0:
        return "frozen"
    if card:
        return "active"
    return "provisional" if s.get("plan_monthly_yuan", 0) >= 8_000 else "none"


def amounts(edges):
    return st.builds(lambda edge, near: max(0, edge * 100 + near), st.sampled_from(edges), st.integers(-2, 2))


def maybe(values):
    return st.none() | values


SUBJECTS = st.fixed_dictionaries(
    {name: maybe(st.sampled_from(FACTS[name].values))
     for name in ("papers", "organisation_kind", "rank", "brand", "group_class", "role", "previous_card",
                  "override_card", "status")}
    | {name: maybe(st.booleans()) for name in ("strategic", "cancel_requested", "serious_harm", "dunning_failed")}
    | {
        "annual_spend_yuan": maybe(amounts(EDGES)),
        "group_revenue_yuan": maybe(amounts(EDGES)),
        "plan_monthly_yuan": maybe(amounts([0, 79, 80, 180, 200, 280, 300])),
        "arrears_months": maybe(st.integers(0, 5)),
        "override_approved_by": maybe(st.just("省市场部")),
        "card_valid_until": maybe(st.integers(-2, 2).map(lambda days: DAY + timedelta(days=days))),
    }
).map(lambda found: {name: value for name, value in found.items() if value is not None})  # fmt: skip


@given(subject=SUBJECTS)
@settings(max_examples=1500, deadline=None)
def test_rating_agrees_with_the_printed_tables(subject):
    answer = tier_of(edition=shipped_edition(), subject=subject, as_of=DAY)
    card = rated_by_hand(subject)
    state = state_by_hand(subject, card)
    assert answer.state == state
    assert answer.card == (None if state == "cancelled" else card)
    assert bool(answer.because) == (state != "none")
    if state == "provisional":
        assert answer.provisional_card is not None
    for reason in answer.because:
        assert shipped_edition().clause(reason.clause).status == "executable"
