"""Say in the reader's language why somebody was chosen, what went over, and why an act was refused."""

from __future__ import annotations

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.operations.refusals import ActRefused
from upheld.policy.assignments import Reason

LANGUAGES: dict[str, Lazy | str] = {
    "zh": _("Mandarin"),
    "yue": _("Cantonese"),
    "en": _("English (spoken)"),
    "ja": _("Japanese"),
    "ko": _("Korean"),
}
KINDS: dict[str, Lazy | str] = {
    "account_manager": _("account manager"),
    "phone_manager": _("phone manager"),
    "chief_representative": _("chief representative"),
}
ABSENCES: dict[str, Lazy | str] = {
    "leave": _("leave"),
    "sickness": _("sickness"),
    "training": _("training course"),
    "other": _("something else"),
}
HANDOVERS: dict[str, Lazy | str] = {
    "left": _("left the company"),
    "another_job": _("does another job"),
    "load": _("has too much"),
}
THINGS: dict[str, Lazy | str] = {
    "groups": _("groups served"),
    "persons": _("persons served"),
    "later": _("assignments that begin later"),
    "promises": _("open promises"),
    "appointments": _("of them appointments"),
    "planned_days": _("of them with a planned day"),
    "cases": _("open cases with their clocks"),
    "stands_in": _("absences to stand in for"),
}
REFUSALS: dict[str, Lazy | str] = {
    "already_ended": _("This absence ended by then."),
    "away_already": _("Some of these days are noted already."),
    "ended_already": _("This absence ended by then."),
    "empty_book": _("There is nothing to hand over."),
    "gone": _("This colleague does not serve customers here."),
    "no_days": _("The day of coming back lies after the first day away."),
    "no_deputy": _("Whoever stands in is a colleague who serves customers."),
    "no_edition": _("No standards are in force. Ask the administrator."),
    "nobody_to_choose": _("There is nobody who could take it."),
    "other_team": _("This is another team's."),
    "to_oneself": _("A book is handed over to somebody else."),
    "too_long": _("Whoever is away that long hands over the book."),
    "wrong_job": _("This colleague has another job."),
}


def refusal_in_words(refused: ActRefused) -> str:
    """Give a refusal in the reader's language; a kind without a translation keeps its English sentence."""
    return str(REFUSALS.get(refused.code, refused.message))


def reason_in_words(reason: Reason) -> str:
    """Say one reason of a choice."""
    told = dict(reason.values)
    if "language" in told:
        told["language"] = str(LANGUAGES.get(told["language"], told["language"]))
    sentences = {
        "everybody_is_away": lambda: gettext("everybody is away"),
        "only_one": lambda: gettext("the only one there is"),
        "same_region": lambda: gettext("of the same region"),
        "nearest_region": lambda: gettext("the nearest region, %(steps)s steps away") % told,
        "speaks": lambda: gettext("speaks %(language)s, as wished") % told,
        "nobody_speaks": lambda: gettext("nobody near speaks %(language)s, as wished") % told,
        "over_limit": lambda: gettext("has %(load)s already, more than %(most)s") % told,
        "has_room": lambda: gettext("has %(load)s of at most %(most)s") % told,
        "lightest_load": lambda: gettext("has the fewest, %(load)s") % told,
        "named": lambda: gettext("named by hand"),
        "serves_already": lambda: gettext("serves already"),
    }
    return sentences[reason.code]() if reason.code in sentences else reason.code
