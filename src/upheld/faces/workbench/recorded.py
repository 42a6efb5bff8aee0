"""Say what a recorded contact did: which promises it kept, or why it was refused."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from upheld.faces import why, wording
from upheld.operations.refusals import ActRefused
from upheld.records.evidence.queries import interaction_with_key, interactions_recorded_with
from upheld.records.promises.queries import promises_kept_by

REFUSALS = {
    "in_the_future": _("This time lies in the future."),
    "too_long_ago": _("This contact is too long ago to be written down."),
    "key_used": _("This form was already used for another contact. Open it again."),
    "other_subject": _("This promise is owed to somebody else."),
    "other_channel": _("This kind of contact does not keep the promise."),
    "before_window": _("The contact lies before the first day of the promise."),
    "already_ended": _("This promise has ended already."),
    "own_promise": _("Nobody waives an own promise. Ask your team lead or the service department."),
    "not_an_approver": _("Only a team lead or above may waive a promise."),
    "other_team": _("This promise is another team's."),
    "no_reason": _("A waiver needs a reason."),
    "is_reversal": _(
        "A record that takes another one back is not taken back itself; record the contact anew."
    ),
    "not_yours": _("This contact was recorded by somebody else; only a team lead or above takes it back."),
    "no_such_contact": _("There is no such contact."),
    "no_such_promise": _("There is no such promise."),
    "unknown_names": _("This way of showing names is not known."),
    "day_has_passed": _("This day has passed."),
    "has_an_hour": _("Its hour was agreed with the customer: agree on another time instead."),
    "moved_meanwhile": _("It was moved meanwhile. Look at it again."),
    "not_yours_to_arrange": _("This promise is somebody else's to arrange."),
    "not_your_job": _("This is not part of your job."),
    "no_such_appointment": _("There is no such appointment."),
    "appointment_over": _("This time is over already."),
    "bad_hours": _("A time agreed ends after it begins, on the same day, and within eight hours."),
    "too_far_ahead": _("Nothing is agreed more than half a year ahead."),
    "handed_over": _("Somebody else serves this customer by now. Look at it again."),
    "time_is_taken": _("Another appointment lies in this time."),
    "no_clause": _("No standard in force knows of appointments."),
    "too_often": _("That was asked for too often today. Try again tomorrow."),
    "unknown_channel": _("This channel or outcome is not known."),
    "unknown_outcome": _("This channel or outcome is not known."),
}


def recorded_in_words(key: str | None) -> str:
    """Name the contact stored under a form's key and the promises it kept; nothing for an unknown key."""
    contact = interaction_with_key(key) if key else None
    if contact is None:
        return ""
    met = promises_kept_by([contact.pk]).get(contact.pk, [])
    done = gettext("%(channel)s recorded.") % {"channel": wording.word(wording.ACTIONS, contact.channel)}
    if not met:
        return done + " " + gettext("No promise was kept by it.")
    kept = [one for one in met if one.state == "kept"]
    broken = [one for one in met if one.state != "kept"]
    if kept:
        words = ngettext("Kept: %(promises)s.", "Kept with one contact: %(promises)s.", len(kept))
        done += " " + words % {"promises": _named(kept)}
    if broken:
        done += " " + gettext("Done late, and still broken: %(promises)s.") % {"promises": _named(broken)}
    return done


def recorded_many_in_words(key: str | None, *, by_id: int) -> str:
    """Count the contacts that an employee recorded in one act, and the promises kept; nothing for an unknown key."""
    contacts = interactions_recorded_with(key, by_id=by_id) if key else []
    if not contacts:
        return ""
    met = {one.pk: one for linked in promises_kept_by(contacts).values() for one in linked}
    kept = sum(one.state == "kept" for one in met.values())
    words = [
        ngettext("%(n)d contact recorded.", "%(n)d contacts recorded.", len(contacts)) % {"n": len(contacts)},
        ngettext("%(n)d promise kept.", "%(n)d promises kept.", kept) % {"n": kept},
    ]
    if len(met) > kept:
        late = len(met) - kept
        words.append(
            ngettext("%(n)d done late, still broken.", "%(n)d done late, still broken.", late) % {"n": late}
        )
    return " ".join(words)


def _named(promises: list[Any]) -> str:
    return gettext(", ").join(
        f"{one.clause} {why.title_of(action=one.action, on_occasion=one.on_occasion)}" for one in promises
    )


def refusal_in_words(refused: ActRefused) -> str:
    """Give the refusal in the reader's language; a kind without a translation keeps its English sentence."""
    return str(REFUSALS.get(refused.code, refused.message))
