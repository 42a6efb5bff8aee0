"""The words of journeys: stages, ways, channels, how one ended, and why an act was refused."""

from __future__ import annotations

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from upheld.faces import wording
from upheld.operations.refusals import ActRefused

CHANNELS: dict[str, Lazy | str] = {
    "counter": _("counter"),
    "hotline": _("hotline"),
    "manager": _("manager"),
    "system": _("Upheld itself"),
}
ENDINGS: dict[str, Lazy | str] = {
    "complete": _("complete"),
    "over": _("over after ninety days"),
    "left": _("the customer left"),
    "restarted": _("begun anew from another day of joining"),
}
STATES: dict[str, Lazy | str] = {
    "kept": _("done"),
    "late": _("done late"),
    "due": _("due"),
    "coming": _("to come"),
    "broken": _("not done in time"),
    "waived": _("waived"),
    "never": _("not owed here"),
    "seen": _("done"),
}
REFUSALS: dict[str, Lazy | str] = {
    "other_book": _("This customer is served by somebody else."),
    "journey_over": _("The journey is closed."),
    "no_such_step": _("This step is not owed to this customer."),
    "other_way": _("This step is not done this way."),
    "before_window": _("The window of this step has not begun."),
    "not_your_channel": _("Your job does not tick this."),
    "in_the_future": _("The time lies in the future."),
    "too_long_ago": _("That is too long ago to be written down now."),
    "note_too_long": _("The note is too long."),
    "key_used": _("This form was sent before. Load the page again."),
    "no_reason": _("Say why."),
    "not_yours": _("Somebody else ticked this; the team lead may take it back."),
    "is_reversal": _("This was taken back already."),
    "still_owed": _("Steps of the journey are still owed."),
    "not_a_lead": _("Only a team lead or above closes a journey by hand."),
    "unknown_channel": _("Choose how the customer was reached."),
    "no_step": _("Tick at least one step."),
}


def refusal_in_words(refused: ActRefused) -> str:
    """Say a refusal in the reader's language."""
    return str(REFUSALS.get(refused.code, refused.message))


def step_name(step: str) -> str:
    """Name a step."""
    return wording.word(wording.ACTIONS, step)
