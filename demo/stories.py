"""The few people whom the guides and tests speak of by name: each shows one rule that is easily got wrong.

Positions count within the customers of groups (the first persons of the first class A group come first) and
within the customers outside groups; both lists exist at every size of the demo.
"""

from __future__ import annotations

Row = dict[str, object]

IN_GOOD_STANDING: Row = {
    "cancel_requested": False, "serious_harm": False, "dunning_failed": False, "card_valid_until": None,
}  # fmt: skip

# The first group is of class A; its people come in the order top decision maker, contact, ...
SPECIAL_GROUP_PEOPLE: dict[int, Row] = {
    # Diamond by KEY-3's reading, and born on a day that some lunar months lack.
    0: {"name": "欧阳远山", "gender": "male", "birthday": "--12-30", "birthday_calendar": "lunar"},
    # The contact of the same group: gold by role, diamond by own spend, so KEY-4 lifts the card.
    1: {"name": "林静怡", "gender": "female", "papers": "personal", "brand": "global_pass",
        "annual_spend_yuan": "4800.00"},
}  # fmt: skip

OVERRIDDEN_CUSTOMER = "P500003"

SPECIAL_OUTSIDERS: dict[int, Row] = {
    # One fen short of silver.
    0: {"name": "陈一诚", "gender": "male", "papers": "personal", "brand": "e_home",
        "annual_spend_yuan": "1079.99", "organisation_kind": None, "rank": None, "group_revenue_yuan": None,
        "plan_monthly_yuan": "99.00"},
    # A bureau-level official: diamond by rank whatever the spend.
    1: {"name": "周明德", "gender": "male", "papers": "organisation", "organisation_kind": "government",
        "rank": "bureau", "brand": "business_navigator", "group_revenue_yuan": None},
    # Diamond by spend; the demo's re-rating lowers him, and an approved override keeps the card (CT-36).
    2: {"name": "梁宏博", "gender": "male", "papers": "personal", "brand": "tianyi",
        "annual_spend_yuan": "5200.00",
        "organisation_kind": None, "rank": None, "group_revenue_yuan": None},
    # Born on the 30th of the second lunar month.
    3: {"name": "苏雨薇", "gender": "female", "birthday": "--02-30", "birthday_calendar": "lunar"},
    # A division- and a section-level official, whatever the draw.
    4: {"papers": "organisation", "organisation_kind": "government", "rank": "division",
        "brand": "business_navigator"},
    5: {"papers": "organisation", "organisation_kind": "government", "rank": "section",
        "brand": "business_navigator"},
}  # fmt: skip
