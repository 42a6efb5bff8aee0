"""The closed lists of promises: what is owed, on which occasion, where from, and how a promise stands."""

from __future__ import annotations

from django.db.models import TextChoices


class Action(TextChoices):
    """What is owed, for its label.

    A standard may name further actions, so the database does not close this list.
    """

    VISIT = "visit"
    CALL = "call"
    SMS = "sms"
    RETURN_VISIT = "return_visit"
    GREETING = "greeting"
    GIFT = "gift"
    EVENT = "event"
    TRAINING = "training"
    INFORMATION = "information"
    CARE_DAY = "care_day"
    LECTURE = "lecture"


class Occasion(TextChoices):
    """The day or the time of the week for which something is owed."""

    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    BIRTHDAY = "birthday"
    WEEKEND = "weekend"


class PromiseState(TextChoices):
    """How a promise stands."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    WAIVED = "waived"
    CANCELLED = "cancelled"


class Source(TextChoices):
    """Where a promise comes from."""

    CONTACT_PLAN = "contact_plan"
    CASE_DEADLINE = "case_deadline"
    JOURNEY = "journey"
    WARNING = "warning"
    APPOINTMENT = "appointment"
    CALL_BACK = "call_back"
