"""The closed lists of the craft: measures of a month, causes of a miss, marks of a prospect, chapters of a sale."""

from __future__ import annotations

from django.db.models import TextChoices


class Measure(TextChoices):
    """What a manager sets a target for each month (MGR-2)."""

    SALES_VOLUME = "sales_volume"
    VISITS = "visits"
    SIGNINGS = "signings"
    FIRST_CONTACTS = "first_contacts"


class Cause(TextChoices):
    """The subjective cause of a missed target: A, B, C and D of MGR-3."""

    EFFORT = "effort"
    PLAN = "plan"
    TARGET = "target"
    OTHER = "other"


class Mark(TextChoices):
    """What a prospect is judged by (MGR-4)."""

    ABLE_TO_PAY = "able_to_pay"
    HAS_NEED = "has_need"
    HAS_POWER = "has_power"
    ACCEPTS_US = "accepts_us"


class Chapter(TextChoices):
    """Where a sale stands, in the order of the handbook (MGR-5 to MGR-7)."""

    VISIT = "visit"
    ANALYSIS = "analysis"
    NEEDS = "needs"
    SOLUTION = "solution"
    DEMONSTRATION = "demonstration"
    COORDINATION = "coordination"
    AGREEMENT = "agreement"
    IMPLEMENTATION = "implementation"
    FOLLOW_UP = "follow_up"
    LOST = "lost"


CLAUSE_OF = {
    **dict.fromkeys(("visit", "analysis", "needs"), "MGR-5"),
    **dict.fromkeys(("solution", "demonstration", "coordination", "agreement", "implementation"), "MGR-6"),
    "follow_up": "MGR-7",
}
"""The clause of each chapter; what was lost has none."""
