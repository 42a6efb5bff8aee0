"""The closed lists of events: what kind, how an event stands, how an invitation stands."""

from __future__ import annotations

from django.db.models import TextChoices


class EventKind(TextChoices):
    """What an event is (KEY-8 names the first four)."""

    GATHERING = "gathering"
    FORUM = "forum"
    INFORMATISATION_MEETING = "informatisation_meeting"
    DEMONSTRATION = "demonstration"
    LECTURE = "lecture"
    TRAINING = "training"
    CARE_DAY = "care_day"
    CLUB = "club"


ACTION_OF = {kind.value: "event" for kind in EventKind} | {
    "lecture": "lecture",
    "training": "training",
    "care_day": "care_day",
}
"""What taking part is recorded as, and so which promises it may keep: the standard's action and channel."""


class EventState(TextChoices):
    """How an event stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class InvitationState(TextChoices):
    """How an invitation stands; the first two hold a seat."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    DECLINED = "declined"
    CANCELLED = "cancelled"


SEATED = (InvitationState.INVITED.value, InvitationState.ACCEPTED.value)
"""The states that hold a seat: whoever was invited may come."""
LIVE = (*SEATED, InvitationState.WAITING.value)
"""The states in which a customer still counts on the event."""


class Step(TextChoices):
    """What happened to an invitation, one row each."""

    INVITED = "invited"
    WAITING = "waiting"
    MOVED_UP = "moved_up"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    ABSENT = "absent"
