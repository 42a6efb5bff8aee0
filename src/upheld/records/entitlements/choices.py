"""The closed lists of entitlements: what becomes of a thing that was lent."""

from __future__ import annotations

from django.db.models import TextChoices


class ReturnState(TextChoices):
    """In which state a lent phone or card came back."""

    GOOD = "good"
    DAMAGED = "damaged"
    LOST = "lost"
