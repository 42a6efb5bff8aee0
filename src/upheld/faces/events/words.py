"""The words of events: kinds, states, the steps of an invitation, and why an act was refused."""

from __future__ import annotations

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from upheld.operations.refusals import ActRefused

KINDS: dict[str, Lazy | str] = {
    "gathering": _("Gathering"),
    "forum": _("Forum"),
    "informatisation_meeting": _("Informatisation meeting"),
    "demonstration": _("Product demonstration"),
    "lecture": _("Lecture"),
    "training": _("Training"),
    "care_day": _("Care day"),
    "club": _("Club event"),
}
STATES: dict[str, Lazy | str] = {
    "planned": pgettext_lazy("event", "planned"),
    "held": pgettext_lazy("event", "held"),
    "cancelled": pgettext_lazy("event", "called off"),
}
STATE_TAGS = {"planned": "open", "held": "kept", "cancelled": "cancelled"}
GUESTS: dict[str, Lazy | str] = {
    "accepted": pgettext_lazy("guest", "coming"),
    "invited": pgettext_lazy("guest", "invited"),
    "waiting": pgettext_lazy("guest", "waiting"),
    "declined": pgettext_lazy("guest", "not coming"),
    "cancelled": pgettext_lazy("guest", "taken off"),
}
STEPS: dict[str, Lazy | str] = {
    "invited": pgettext_lazy("step", "invited"),
    "waiting": pgettext_lazy("step", "put on the waiting list"),
    "moved_up": pgettext_lazy("step", "moved up to a seat"),
    "accepted": pgettext_lazy("step", "comes"),
    "declined": pgettext_lazy("step", "does not come"),
    "cancelled": pgettext_lazy("step", "taken off the list"),
    "attended": pgettext_lazy("step", "was there"),
    "absent": pgettext_lazy("step", "was not there"),
}
GUEST_TAGS = {
    "accepted": "kept",
    "invited": "open",
    "waiting": "late",
    "declined": "plain",
    "cancelled": "plain",
}
REFUSALS: dict[str, Lazy | str] = {
    "other_book": _("This customer is served by somebody else."),
    "not_your_event": _("Somebody else gives this event, or serves this guest."),
    "unknown_kind": _("This kind of event is not known."),
    "no_title": _("An event has a title."),
    "ends_before_start": _("An event ends after it begins."),
    "no_such_capacity": _("An event has 1 to 5,000 seats."),
    "no_such_clause": _("Such an event serves other clauses; choose among those offered."),
    "begins_in_the_past": _("An event is planned before it begins."),
    "seats_are_taken": _("More seats than that are spoken for already."),
    "somebody_came": _("Guests were ticked as there already."),
    "no_reason": _("Say why the event is called off."),
    "event_is_over": _("The event is over."),
    "event_is_held": _("The list of this event is closed."),
    "event_is_cancelled": _("This event was called off."),
    "other_duty": _("The event does not serve what is owed there."),
    "already_ended": _("What was owed there has ended meanwhile. Look at the list again."),
    "outside_window": _("The event does not lie within the days of what is owed."),
    "off_the_list": _("This guest was taken off the list; invite them again."),
    "not_yet": _("Guests are ticked on the day of the event."),
    "not_your_job": _("This is not part of your job."),
    "too_long_ago": _("The event is too long ago to be written down."),
}


def refusal_in_words(refused: ActRefused) -> str:
    """Give the refusal in the reader's language; a kind without a translation keeps its English sentence."""
    return str(REFUSALS.get(refused.code, refused.message))
