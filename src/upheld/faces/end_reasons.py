"""Say in the reader's language why a promise ended as it did.

Operations store a reason as one English sentence, because it must be readable in the database in ten years. The
sentences are few; each has its translation here. What a person wrote, the reason of a waiver, stays as written.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces import wording
from upheld.operations.cases.live_clocks import NOT_KEPT as NOT_KEPT_BY_THE_CLOCK
from upheld.operations.cases.settle_case import WITHOUT_VISIT
from upheld.operations.close_overdue import REASON as NOT_KEPT_IN_TIME
from upheld.operations.dispatch_fault import ANOTHER_TIME
from upheld.operations.find_moments import GAVE_WAY
from upheld.operations.journeys.close_journey import LEFT, RESTARTED
from upheld.operations.journeys.journey_plans import NO_LONGER_OWED, WINDOW_MOVED
from upheld.operations.journeys.settling import TAKEN_BACK
from upheld.operations.record_contact import KEPT_AFTER_ALL

SENTENCES = (
    (
        "no longer owed: the class of the group or the standard changed",
        _("no longer owed: the class of the group or the standard changed"),
    ),
    (
        "no longer owed: role, class of the group or the standard changed",
        _("no longer owed: role, class of the group or the standard changed"),
    ),
    (
        r"no longer owed: membership ended \(card was (?P<card>\w+)\)",
        _("no longer owed: membership ended (card was: %(card)s)"),
    ),
    (
        r"no longer owed: membership frozen \((?P<card>\w+) card\)",
        _("no longer owed: membership frozen (%(card)s)"),
    ),
    (
        r"no longer owed: card changed from (?P<before>\w+) to (?P<after>\w+)",
        _("no longer owed: card changed from %(before)s to %(after)s"),
    ),
    (
        "the contact that kept it was reversed after it was due",
        _("the contact that kept it was taken back after the last day"),
    ),
    (re.escape(LEFT), _("the customer left during the first ninety days")),
    (re.escape(RESTARTED), _("the day of joining was put right, or the customer joined anew")),
    (re.escape(NO_LONGER_OWED), _("no longer owed: the facts of the journey changed")),
    (re.escape(WINDOW_MOVED), _("the facts of the journey moved its window")),
    (re.escape(TAKEN_BACK), _("the step that kept it was taken back after the last day")),
    (re.escape(WITHOUT_VISIT), _("settled without the visit")),
    (re.escape(ANOTHER_TIME), _("another time was agreed")),
    (re.escape(GAVE_WAY), _("a more urgent moment of the same customer took its place")),
    (re.escape(KEPT_AFTER_ALL), _("the contact lies in the window, and was written down after the last day")),
)
"""What operations store, as a pattern whose groups are cards, and how it is said."""


def reason_in_words(promise: Any) -> str:
    """Give the reason of a promise's end; empty where there is none, or where it only says what broken means."""
    stored = promise.end_reason
    if promise.state == "waived" or not stored:
        return str(stored)
    if stored in (NOT_KEPT_IN_TIME, NOT_KEPT_BY_THE_CLOCK):
        return ""
    for pattern, sentence in SENTENCES:
        found = re.fullmatch(pattern, stored)
        if found is not None:
            return str(sentence) % {name: _card(code) for name, code in found.groupdict().items()}
    return str(stored)


def _card(code: str) -> str:
    return gettext("no card") if code in ("none", "None") else wording.word(wording.CARDS, code)
