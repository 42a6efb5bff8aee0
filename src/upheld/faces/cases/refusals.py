"""Say in the reader's language why an act on a case was refused; two people at once are told so plainly."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from upheld.operations.refusals import ActRefused

REFUSALS = {
    "already_answered": _("The question was answered before; the first answer stands."),
    "already_ended": _("This promise has ended already."),
    "already_reached": _("This was reached before: somebody else may have written it down just now."),
    "already_yours": _("This case is yours already."),
    "bad_case": _("This kind or place is not known. Open the page again."),
    "bad_due_time": _("Choose a time from now to thirty days ahead."),
    "bad_file": _("The file is empty, too large or has no proper name. At most 5 MB are taken."),
    "bad_score": _("Choose one of the five answers."),
    "before_last_step": _("Somebody else did something with this case just now. Look at it again."),
    "empty_note": _("The note is empty."),
    "in_the_future": _("This time lies in the future."),
    "key_used": _("This form was already used. Open it again."),
    "no_clause": _("No standard in force has the clause for this call."),
    "no_edition": _("No standards are in force, so that no clock can begin. Ask the administrator."),
    "no_outcome": _("Write down how it was settled, as the customer was told."),
    "no_reason": _("Say why, in a few words."),
    "no_such_case": _("There is no such case."),
    "no_such_colleague": _("This colleague no longer works on cases."),
    "no_such_customer": _("There is no such customer."),
    "no_such_promise": _("There is no such promise."),
    "no_such_survey": _("There is no such question."),
    "no_such_unit": _("There is no such group any more."),
    "not_closed": _("A customer is asked once the case is closed."),
    "not_your_job": _("This is not part of your job."),
    "nothing_changed": _("Nothing would change."),
    "other_team": _("This case is another team's."),
    "outside_dates": _("The calendar does not reach this day. Ask the administrator."),
    "reason_too_long": _("This is longer than we can keep. Say it a little shorter."),
    "still_owed": _("Something is still owed in this case. Settle it first."),
    "taken": _("Somebody else took this case just now."),
    "to_whom": _("Choose who gets the case."),
    "unknown_event": _("This event is not known."),
    "unknown_reason": _("Choose what the case waits for."),
    "wrong_state": _("The case stands otherwise by now. Look at it again."),
}


def refusal_in_words(refused: ActRefused) -> str:
    """Give the refusal in the reader's language; a kind without a translation keeps its English sentence."""
    return str(REFUSALS.get(refused.code, refused.message))
