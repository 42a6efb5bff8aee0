"""Say key moments in words: why a customer is in one, how urgent it is, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from upheld.faces import rule_words, wording
from upheld.faces.standards.facts_in_words import fact_in_words
from upheld.operations.refusals import ActRefused

LISTS: dict[str, Lazy | str] = {
    "day": _("Today"),
    "week": _("This week"),
    "month": _("This month"),
    "waiting": pgettext_lazy("moments", "Waiting"),
}
FATES: dict[str, Lazy | str] = {
    "gone": _("the signal went before anybody was sent"),
    "gave_way": _("a more urgent moment took its place"),
}
OUTCOMES: dict[str, Lazy | str] = {
    "reached": _("Reached"),
    "not_reached": _("Not reached"),
    "refused": _("Refused to talk"),
}
DECISIONS: dict[str, Lazy | str] = {
    "stays": _("Stays"),
    "thinks": _("Thinks it over"),
    "leaves": _("Leaves"),
}
REFUSALS = {
    "other_book": _("This customer is served by somebody else."),
    "key_used": _("This form was already used. Open it again."),
    "no_consent": _("Tick that the customer agreed to hear offers; without it none is made."),
    "not_reached": _("Who was not spoken to decided nothing and was offered nothing."),
    "not_sent": _("Nobody was sent to this customer for this moment."),
    "not_your_job": _("This is not part of your job."),
    "offer_not_answered": _("Say whether the offer was accepted."),
    "offers_suppressed": _("No offer may be made to this customer."),
    "other_offer": _("This offer is not among what the customer may be offered."),
    "refused_offers": _("The customer refused commercial contact: make no offer."),
    "unknown_decision": _("Say what the customer means to do."),
    "unknown_outcome": _("Say whether the customer was reached."),
}


def refusal_in_words(refused: ActRefused) -> str:
    """Give the refusal in the reader's language; a kind without a translation keeps its English sentence."""
    return str(REFUSALS.get(refused.code, refused.message))


def reasons_in_words(reasons: Mapping[str, str]) -> list[str]:
    """Write the facts that a moment was found by, each as a sentence with its figure."""
    return [_reason(fact, value) for fact, value in reasons.items()]


def _reason(fact: str, value: str) -> str:
    number = _number(value)
    if fact == "calls_forwarded_to_rival" and value == "true":
        return gettext("calls are forwarded to a rival's number")
    if number is None:
        return fact_in_words(fact, value)
    if fact == "spend_drop_ratio":
        return gettext("spend fell by %(n)s %%") % {"n": _plain(number * 100)}
    if fact == "bill_over_mean_ratio":
        return gettext("the bill is %(n)s times the mean of the three months before") % {"n": _plain(number)}
    if fact == "plan_use_ratio":
        return gettext("%(n)s %% of the plan is used") % {"n": _plain(number * 100)}
    if fact == "contract_days_left":
        days = int(number)
        return ngettext("the contract ends in %(n)d day", "the contract ends in %(n)d days", days) % {
            "n": days
        }
    return fact_in_words(fact, value)


def _number(value: str) -> Decimal | None:
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _plain(number: Decimal) -> str:
    """Write a number with one decimal at most, and none where it is whole."""
    rounded = round(number, 1)
    return f"{rounded:f}".rstrip("0").rstrip(".") if "." in f"{rounded:f}" else f"{rounded:f}"


def name_of(moment: str) -> str:
    """Name a kind of moment."""
    return wording.word(rule_words.MOMENTS, moment)


def offers_in_words(offers: list[dict[str, Any]]) -> list[str]:
    """Name what may be offered."""
    return [wording.word(rule_words.OFFERS, one["offer"]) for one in offers]
