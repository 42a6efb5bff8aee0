"""How much of a customer's name a calendar on somebody's telephone shows."""

from __future__ import annotations

from django.db.models import TextChoices


class NamesShown(TextChoices):
    """The first character, the initials of the pinyin, or nothing of a person's name."""

    MASKED = "masked"
    INITIALS = "initials"
    NONE = "none"
