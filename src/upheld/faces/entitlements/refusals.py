"""Say in the reader's language why a claim, a take-back or a return was refused."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces import wording
from upheld.faces.entitlements.panel import day_in_words, moment_in_words
from upheld.operations.claim_entitlement import ClaimRefused
from upheld.operations.refusals import ActRefused

REFUSALS = {
    "no_such_customer": _("This customer is not there any more."),
    "no_edition": _("No standard is in force on this day."),
    "outside_dates": _("No standard is in force on this day."),
    "not_your_job": _("Claiming entitlements is not part of your job."),
    "key_used": _("This form was already used for another claim. Open it again."),
    "in_the_future": _("This time lies in the future."),
    "too_long_ago": _("This claim is too long ago to be written down."),
    "too_long": _("This text is too long."),
    "bad_amount": _("Write an amount in yuan, such as 300 or 300.50."),
    "other_line": _("This entitlement is not for this line."),
    "line_closed": _("This line is closed."),
    "no_such_line": _("This line is not there any more."),
    "other_case": _("This case is somebody else's."),
    "no_such_claim": _("This claim is not there any more."),
    "is_reversal": _("What takes a claim back is not taken back itself; claim anew."),
    "already_returned": _("What was lent has come back already."),
    "not_yours": _("This claim was entered by somebody else."),
    "time_is_over": _("Its time is over, so a team lead has to take it back."),
    "no_reason": _("Say what happened."),
    "unknown_state": _("This state is not one of the list."),
    "no_such_loan": _("Nothing was lent here."),
    "before_it_was_lent": _("It was lent later than that."),
    "taken_back": _("This claim was taken back: nothing was lent."),
}
TOLD = {
    "no_purpose": _("Say what it is for."),
    "unknown_purpose": _("It is not given for this."),
    "no_way": _("Say where it is done."),
    "unknown_way": _("It is not done there."),
    "no_line": _("Choose a line."),
    "no_amount": _("Write the amount."),
    "no_place": _("Choose a country or region."),
    "no_product": _("Write which new service or product."),
    "no_item": _("Write the number of what is lent."),
}
"""What a claim has to tell; the codes come from policy."""


def claim_refusal_in_words(refused: ActRefused) -> str:
    """Give a refusal in the reader's language, with what it is about; an unknown kind keeps its English sentence."""
    told = refused.told if isinstance(refused, ClaimRefused) else {}
    write = _TELLING.get(refused.code)
    if write is not None and told:
        return write(told)
    return str(REFUSALS.get(refused.code) or TOLD.get(refused.code) or refused.message)


def _used_up(told: dict[str, Any]) -> str:
    named = [
        gettext("%(who)s on %(when)s") % {"who": name or gettext("a system"), "when": moment_in_words(when)}
        for name, when in told["uses"]
    ]
    words = gettext("All %(times)d are used, by %(who)s (%(clause)s).") % {
        "times": told["times"], "who": gettext("; ").join(named), "clause": told["clauses"][0],
    }  # fmt: skip
    if told["next"] is None:
        return words
    return words + " " + gettext("The next begin on %(day)s.") % {"day": day_in_words(told["next"])}


def _not_entitled(told: dict[str, Any]) -> str:
    name = wording.word(wording.ENTITLEMENTS, told["entitlement"])
    card = wording.word(wording.CARDS, told["card"]) if told["card"] else gettext("no card")
    if not told["clauses"]:
        return gettext("%(what)s is given by no clause.") % {"what": name}
    return gettext("%(what)s does not come with %(card)s; see %(clauses)s.") % {
        "what": name, "card": card, "clauses": gettext(", ").join(told["clauses"]),
    }  # fmt: skip


def _frozen(told: dict[str, Any]) -> str:
    name = wording.word(wording.ENTITLEMENTS, told["entitlement"])
    return gettext("The membership is frozen (CT-37): %(what)s rests until the arrears are paid.") % {
        "what": name
    }


def _below(told: dict[str, Any]) -> str:
    least = str(told["amount_yuan"]).removesuffix(".00")
    return gettext("It is for %(amount)s yuan and more (%(clause)s).") % {
        "amount": least, "clause": told["clauses"][0],
    }  # fmt: skip


def _still_out(told: dict[str, Any]) -> str:
    use = told["use"]
    item, since = use.detail.get("item", ""), moment_in_words(use.used_at)
    return gettext("One is still out since %(when)s: %(item)s. Take it back in first.") % {
        "when": since,
        "item": item,
    }


def _tried(told: dict[str, Any]) -> str:
    words = gettext("This was tried before, from %(when)s; each new service is tried once (%(clause)s).")
    return words % {"when": moment_in_words(told["use"].used_at), "clause": told["clauses"][0]}


_TELLING = {
    "used_up": _used_up,
    "not_entitled": _not_entitled,
    "frozen": _frozen,
    "below_amount": _below,
    "still_out": _still_out,
    "tried_before": _tried,
}
