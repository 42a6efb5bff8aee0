"""The kinds of `rules/entitlements.yaml`: what is granted, and how it is claimed."""

from typing import Any

from upheld.policy.kinds.forms import (
    Kind,
    count,
    list_of,
    number_or_text,
    one_of,
    same,
    text,
    true_or_false,
    yuan,
)

FORMS = ("use", "loan", "trial")
"""A use is over when it is over; what is lent comes back; a trial is had once for each product."""
OF = ("person", "group")
PURPOSES = (
    "reopen", "delay_suspension", "suspend", "roam", "phone_lost", "phone_faulty", "replace", "upgrade",
    "replacement_card", "other_business",
)  # fmt: skip
WAYS = ("home", "store", "delivered")
ASKS = ("amount", "place", "product", "item")
AMOUNT_TESTS = ("at_least", "above")
CARRIED_OUT_BY = ("hotline", "manager")
ANY_LINE = "any"


def words(value: Any) -> tuple[str, ...]:
    """Read words parted by commas, or a list of them; each counts once."""
    given = value if isinstance(value, list) else str(value).split(",")
    found = tuple(dict.fromkeys(word for one in given if (word := str(one).strip())))
    if not found or isinstance(value, (bool, dict)):
        raise ValueError("words parted by commas are needed")
    return found


KINDS = {
    "grant": Kind(
        {"entitlement": text},
        {
            "times": count,
            "per": one_of(("calendar_month", "year")),
            "each_max_days": count,
            "amount_yuan": yuan,
            "months": count,
            "hours": number_or_text,
            "how": text,
        },
        contradicts=same("entitlement"),
    ),
    # How a grant of the same clause and name is claimed; without such a row only what has a quota is.
    "claim": Kind(
        {"entitlement": text, "form": one_of(FORMS)},
        {
            "of": list_of(one_of(OF)),
            "purposes": list_of(one_of(PURPOSES)),
            "limited": list_of(one_of(PURPOSES)),
            "ways": list_of(one_of(WAYS)),
            "line": words,
            "asks": list_of(one_of(ASKS)),
            "amount": one_of(AMOUNT_TESTS),
            "places": words,
            "opens": one_of(("home_appointment",)),
            "while_frozen": true_or_false,
            "carried_out_by": one_of(CARRIED_OUT_BY),
        },
        contradicts=same("entitlement"),
    ),
}
