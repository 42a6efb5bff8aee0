"""The closed lists of promises: what is owed, on which occasion, where from, and how a promise stands."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Action(TextChoices):
    """What is owed, for its label.

    A standard may name further actions, so the database does not close this list.
    """

    VISIT = "visit", _("Visit")
    CALL = "call", _("Call")
    SMS = "sms", _("SMS")
    RETURN_VISIT = "return_visit", _("Return visit")
    GREETING = "greeting", _("Greeting")
    GIFT = "gift", _("Gift")
    EVENT = "event", _("Event")
    TRAINING = "training", _("Training")
    INFORMATION = "information", _("Information")
    CARE_DAY = "care_day", _("Care day")
    LECTURE = "lecture", _("Lecture")


class Occasion(TextChoices):
    """The day or the time of the week for which something is owed."""

    NEW_YEAR = "new_year", _("New Year's Day")
    SPRING_FESTIVAL = "spring_festival", _("Spring Festival")
    DRAGON_BOAT = "dragon_boat", _("Dragon Boat Festival")
    MID_AUTUMN = "mid_autumn", _("Mid-Autumn Festival")
    BIRTHDAY = "birthday", _("Birthday")
    WEEKEND = "weekend", _("Weekend")


class PromiseState(TextChoices):
    """How a promise stands."""

    OPEN = "open", _("Open")
    KEPT = "kept", _("Kept")
    BROKEN = "broken", _("Broken")
    WAIVED = "waived", _("Waived")
    CANCELLED = "cancelled", _("Cancelled")


class Source(TextChoices):
    """Where a promise comes from."""

    CONTACT_PLAN = "contact_plan", _("Contact plan")
    CASE_DEADLINE = "case_deadline", _("Deadline of a case")
    JOURNEY = "journey", _("Journey")
    WARNING = "warning", _("Warning")
    APPOINTMENT = "appointment", _("Appointment")
    CALL_BACK = "call_back", _("Call-back")
