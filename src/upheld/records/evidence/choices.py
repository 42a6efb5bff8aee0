"""The closed lists of interactions: the channels by which a customer is reached, and how it ended."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    """How the customer was reached.

    Which channel closes which promise is the standard's to say, not this list's.
    """

    VISIT = "visit", _("Visit")
    CALL = "call", _("Call")
    SMS = "sms", _("SMS")
    MMS = "mms", _("MMS")
    MAIL = "mail", _("Mail")
    MESSAGE = "message", _("Message")
    RETURN_VISIT = "return_visit", _("Return visit")
    GREETING = "greeting", _("Greeting")
    GIFT = "gift", _("Gift")
    EVENT = "event", _("Event")
    TRAINING = "training", _("Training")
    INFORMATION = "information", _("Information")
    CARE_DAY = "care_day", _("Care day")
    LECTURE = "lecture", _("Lecture")


class Outcome(TextChoices):
    """How an interaction ended."""

    REACHED = "reached", _("Reached")
    NOT_REACHED = "not_reached", _("Not reached")
    REFUSED = "refused", _("Refused by the customer")
