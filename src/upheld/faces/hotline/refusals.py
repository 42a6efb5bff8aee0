"""Say in the reader's language why an act of the desk was refused."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from upheld.operations.refusals import ActRefused

REFUSALS = {
    "no_name": _("Write down how the caller wants to be addressed."),
    "bad_number": _("This is no telephone number. Leave it empty where it is withheld."),
    "key_used": _("This form was already used. Open it again."),
    "not_your_job": _("This is not part of your job."),
    "no_edition": _("No standards are in force, so that no clock can begin. Ask the administrator."),
    "outside_dates": _("The calendar does not reach this day. Ask the administrator."),
    "no_such_case": _("There is no such case."),
    "wrong_state": _("The case stands otherwise by now. Look at it again."),
    "taken": _("Somebody else took this case just now."),
    "already_yours": _("This case is yours already."),
    "other_team": _("This case is another team's."),
    "to_whom": _("Choose who gets the case."),
    "no_such_unit": _("There is no such group any more."),
    "no_such_colleague": _("This colleague no longer works on cases."),
    "bad_due_time": _("Choose a time from now to thirty days ahead."),
    "already_ended": _("This call-back has ended already."),
    "in_the_future": _("This time lies in the future."),
}


def refusal_in_words(refused: ActRefused) -> str:
    """Give the refusal in the reader's language; a kind without a translation keeps its English sentence."""
    return str(REFUSALS.get(refused.code, refused.message))
