"""The closed lists of key moments: how urgent, in which list, what became of one, how a talk about it ended."""

from __future__ import annotations

from django.db.models import TextChoices


class Urgency(TextChoices):
    """How urgent care is (the words of `rules/churn.yaml`)."""

    AT_ONCE = "at_once"
    SOON = "soon"
    IN_TIME = "in_time"


class DispatchBy(TextChoices):
    """In which list a moment is sent out (CARE-33)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Fate(TextChoices):
    """What ended the waiting of a moment: it was sent out, its signal went, or a more urgent one took its place."""

    SENT = "sent"
    GONE = "gone"
    GAVE_WAY = "gave_way"


class Reached(TextChoices):
    """Whether the customer was spoken to; the words are those of an interaction's outcome."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    REFUSED = "refused"


class Decision(TextChoices):
    """What the customer means to do, as the manager heard it."""

    STAYS = "stays"
    THINKS = "thinks"
    LEAVES = "leaves"
