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
    CALL_BACK = "call_back"
    COORDINATION = "coordination"
    # What a clock of a case is for: the event that stops it.
    FIRST_ANSWER = "first_answer"
    OUTCOME_REPLY = "outcome_reply"
    LEGAL_ANSWER = "legal_answer"
    REMOTE_SUPPORT = "remote_support"
    ONSITE_ARRIVAL = "onsite_arrival"
    REPAIRED = "repaired"
    IN_FORCE = "in_force"
    PRE_ACCEPTED = "pre_accepted"
    USER_OPENED = "user_opened"
    SERVER_CONFIGURED = "server_configured"
    SETTLED = "settled"


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
    FOLLOW_UP = "follow_up"
    COORDINATION = "coordination"


class WarningStage(TextChoices):
    """Which warning of a promise: before it is due, as it is due, or when long over due."""

    BEFORE = "before"
    DUE = "due"
    AFTER = "after"


class WarnedRole(TextChoices):
    """Who is warned: whoever works on it, the lead of the team, the service department."""

    HANDLER = "handler"
    TEAM_LEAD = "team_lead"
    DEPARTMENT = "department"
