"""The closed list of table kinds, by noun, with what a row of each kind answers.

A standard cannot invent a kind: what is not here cannot be written, and what is here is carried out by the policy
module of the noun's name. A new noun is a module here, a module in policy, and a line in `KINDS` and in `questions.py`.
"""

from upheld.policy.facts import FACTS
from upheld.policy.kinds import (
    care_figures,
    churn,
    contacts,
    deadlines,
    effort,
    entitlements,
    journeys,
    moments,
    points,
    speech,
    staff_points,
    staffing,
    surveys,
    tiers,
    windows,
)
from upheld.policy.kinds.forms import Kind, Reader

KINDS: dict[str, dict[str, Kind]] = {
    "tiers": tiers.KINDS,
    "contacts": contacts.KINDS,
    "entitlements": entitlements.KINDS,
    "deadlines": deadlines.KINDS,
    "windows": windows.KINDS,
    "journeys": journeys.KINDS,
    "points": points.KINDS,
    "churn": churn.KINDS,
    "speech": speech.KINDS,
    "staffing": staffing.KINDS,
    "staff_points": staff_points.KINDS,
}
NOUNS = tuple(KINDS)
"""The nouns that rules are written for; each is a file `rules/<noun>.yaml` and `cases/<noun>.yaml`."""

PARAMETERS: dict[str, Reader] = {
    **deadlines.PARAMETERS,
    **surveys.PARAMETERS,
    **windows.PARAMETERS,
    **moments.PARAMETERS,
    **effort.PARAMETERS,
    **staff_points.PARAMETERS,
    **care_figures.PARAMETERS,
    **journeys.PARAMETERS,
}
"""Parameters that policy reads by their name and no row needs to name, each with what its value may be."""

OWED_TO = ("person", "group")
TAKES = ("first", "highest", "all")
CLAUSE_KINDS = ("rating", "role", "cadence", "entitlement", "target", "conduct", "vocabulary", "compliance", "window",
                "process", "journey", "channel", "segmentation", "points", "key_moment", "risk", "workbench",
                "retention", "privacy")  # fmt: skip
RESPONSIBLE = ("account_manager", "phone_manager", "chief_representative", "team_lead", "service_department",
               "administrator", "hotline_agent", "store_clerk", "contact_person", "company")  # fmt: skip
"""Who a duty falls to; `contact_person` is the group's own, `company` a duty of nobody in particular."""
SHOWN_ON = ("visit", "call", "hotline", "store", "contact_person")
"""Where a clause that no rule checks is put before people: check lists of work, or the page of a group's contact."""
STATUSES = ("executable", "guidance", "pending", "illegible")
CONFIDENCES = ("stated", "inferred", "unconfirmed", "statutory")
ORDERED_FACTS = tuple(
    fact.name
    for fact in FACTS.values()
    if fact.kind in ("amount", "count", "rate", "ratio", "whole", "date", "instant")
)
