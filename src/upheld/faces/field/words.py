"""The words of faults and visits: what came of a step, why a visit is late, what a fault came from, what is refused."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces import case_words, rule_words
from upheld.operations.dispatch_fault import OutsideHours

ANSWERS: dict[str, Lazy | str] = {
    "solved": _("It works again"),
    "not_solved": _("It did not help"),
    "skipped": _("Cannot be tried"),
    "seen": _("Needs an engineer"),
}
REASONS: dict[str, Lazy | str] = {
    "weather": _("weather"),
    "traffic": _("traffic"),
    "earlier_visit": _("the visit before takes longer"),
    "parts": _("parts are missing"),
    "other": _("something else"),
}
CAUSES = rule_words.CAUSES
PAYS: dict[str, Lazy | str] = {"rent": _("rent of the days without service"), "fee": _("share of the fee")}
REFUSALS: dict[str, Lazy | str] = {
    "already_given": _("What is owed for this outage was given already."),
    "amount_unknown": _("The rent or the fee is not known. Write it down."),
    "appointment_over": _("The time agreed is over already. Choose a later one."),
    "before_last_step": _("Somebody else did something with this case just now. Look at it again."),
    "in_the_future": _("This time lies in the future."),
    "key_used": _("This form was already used. Open it again."),
    "no_clause": _("No standard in force has the clause for this."),
    "no_engineer": _("There is no engineer who could be sent."),
    "no_such_engineer": _("There is no such engineer any more."),
    "no_outcome": _("Say in a few words what was done."),
    "no_reason": _("Say why it will be late, in a few words."),
    "not_on_site": _("Nobody goes on site for such a case."),
    "nothing_owed": _("Nothing is owed: no limit of the law was missed."),
    "other_team": _("This case is another team's."),
    "still_running": _("The days still grow: it is given once the fault is repaired."),
    "unknown_cause": _("Choose what the fault came from."),
    "unknown_reason": _("Choose why it will be late."),
    "unknown_step": _("This step is no longer part of the guide. Open the page again."),
    "wrong_state": _("The case stands otherwise by now. Look at it again."),
}


def refusal_in_words(refused: Any) -> str:
    """Give a refusal in the reader's language; outside the hours of visits, with the next time that is inside."""
    if isinstance(refused, OutsideHours):
        if refused.next_at is None:
            return gettext("No visit is made at that hour (CT-23).")
        return gettext("Visits are made from 08:00 to 20:00 (CT-23). The next such time: %(when)s") % {
            "when": case_words.moment(refused.next_at)
        }
    return str(REFUSALS.get(refused.code, refused.message))
