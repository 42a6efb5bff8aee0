"""The closed lists of journeys: how one ends, by which way a step reaches the customer, and who marks it as done."""

from __future__ import annotations

from django.db.models import TextChoices


class Ending(TextChoices):
    """How a journey was closed."""

    COMPLETE = "complete"
    OVER = "over"
    LEFT = "left"
    RESTARTED = "restarted"


class Way(TextChoices):
    """By which of the three ways a step reached the customer, in the standard's words (JOIN-2)."""

    GUIDE = "guide"
    SMS = "sms"
    STAFF = "staff"


class StepChannel(TextChoices):
    """Who marked a step as done: a counter, the hotline, a manager, or Upheld itself."""

    COUNTER = "counter"
    HOTLINE = "hotline"
    MANAGER = "manager"
    SYSTEM = "system"
