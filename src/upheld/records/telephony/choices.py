"""The closed lists of calls: which system wrote them down, and how they ended."""

from __future__ import annotations

from django.db.models import TextChoices


class CallSource(TextChoices):
    """The telephone system whose records a call comes from."""

    ASTERISK = "asterisk"
    FREESWITCH = "freeswitch"


class CallEnd(TextChoices):
    """How the wait for an agent ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    LEFT_QUEUE = "left_queue"
