"""The closed lists of ratings and memberships, in the words of the ask contract."""

from __future__ import annotations

from django.db.models import TextChoices


class RatingState(TextChoices):
    """The outcome of a rating, in the words of the ask contract."""

    ACTIVE = "active"
    FROZEN = "frozen"
    PROVISIONAL = "provisional"
    CANCELLED = "cancelled"
    NONE = "none"


class MembershipState(TextChoices):
    """How a membership stands. A frozen member keeps the card and gets no service by it."""

    ACTIVE = "active"
    FROZEN = "frozen"
    PROVISIONAL = "provisional"
