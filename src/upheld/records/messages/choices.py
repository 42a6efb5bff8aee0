"""The closed lists of messages: ways they go, what they are for, how they stand, and what befell them."""

from __future__ import annotations

from django.db.models import TextChoices


class Channel(TextChoices):
    """The way a message goes."""

    SMS = "sms"
    MAIL = "mail"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


class Purpose(TextChoices):
    """What a message is for, as the law tells messages apart (LAW-7, LAW-8)."""

    SERVICE = "service"
    CARE = "care"
    COMMERCIAL = "commercial"


class Line(TextChoices):
    """Which messages a sender number carries: the two never share one (LAW-7)."""

    SERVICE = "service"
    COMMERCIAL = "commercial"


class MessageState(TextChoices):
    """How a message stands; the states from `delivered` on are final, save a failed one that is sent again."""

    WAITING = "waiting"
    HELD = "held"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DOUBTFUL = "doubtful"
    DELIVERED = "delivered"
    FAILED = "failed"
    STOPPED = "stopped"
    EXPIRED = "expired"


class StepKind(TextChoices):
    """What befell a message beside being tried: kept as its story."""

    HELD = "held"
    STOPPED = "stopped"
    EXPIRED = "expired"
    NOT_SENT = "not_sent"
    DOUBTED = "doubted"
    SETTLED = "settled"
    RESENT = "resent"
    LEFT = "left"


class PartResult(TextChoices):
    """How one part of a message was answered: taken over with an id, turned down, or not answered at all."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


class ConsentKind(TextChoices):
    """What a person said to commercial messages."""

    GIVEN = "given"
    REFUSED = "refused"


class ConsentWay(TextChoices):
    """By which way the person said it."""

    COUNTER = "counter"
    HOTLINE = "hotline"
    MANAGER = "manager"
    SMS_REPLY = "sms_reply"
    WEB = "web"
    PAPER = "paper"
    FEED = "feed"
