"""The closed lists of interactions: the channels by which a customer is reached, and how it ended."""

from __future__ import annotations

from django.db.models import TextChoices


class Channel(TextChoices):
    """How the customer was reached.

    Which channel closes which promise is the standard's to say, not this list's.
    """

    VISIT = "visit"
    CALL = "call"
    SMS = "sms"
    MMS = "mms"
    MAIL = "mail"
    MESSAGE = "message"
    RETURN_VISIT = "return_visit"
    GREETING = "greeting"
    GIFT = "gift"
    EVENT = "event"
    TRAINING = "training"
    INFORMATION = "information"
    CARE_DAY = "care_day"
    LECTURE = "lecture"


class Outcome(TextChoices):
    """How an interaction ended."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    REFUSED = "refused"
