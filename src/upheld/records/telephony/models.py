"""Calls that asked for an agent: when they entered a queue, when and by whom they were answered, when they ended.

One row is one stay of a call in one queue: a call that is sent back, or on to another queue, has a row for each.
Of a stay, the end is what every file tells exactly - where the beginning stands in a file rotated away, it is
reckoned back from the end - so the end, not the beginning, makes a stay known again. Only what the answer rate and
the staffing need is kept; the number of the caller stays in the telephone system.
"""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import one_of
from upheld.records.telephony.choices import CallEnd, CallSource


class Call(models.Model):
    """One stay of a call in a queue, from asking for an agent to its end.

    Append-only by trigger; a file read twice adds nothing.
    """

    source = models.CharField(max_length=16, choices=CallSource.choices)
    call_id = models.CharField(max_length=128, db_comment="the telephone system's own id of the call")
    queue = models.CharField(max_length=100)
    entered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(db_comment="the end of the talk, or of the wait where nobody answered")
    end = models.CharField(max_length=16, choices=CallEnd.choices)
    agent = models.CharField(max_length=100, default="", db_default="", blank=True)
    wait_ms = models.IntegerField(db_comment="from entering the queue to the answer, or to giving up")
    talk_ms = models.IntegerField(null=True, blank=True)
    file = models.CharField(max_length=300, db_comment="the file it was read from")
    line = models.IntegerField()
    read_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            one_of("source", CallSource, name="call_source_is_known"),
            one_of("end", CallEnd, name="call_end_is_known"),
            CheckConstraint(name="call_wait_not_negative", condition=Q(wait_ms__gte=0)),
            CheckConstraint(
                name="call_answered_when_it_is",
                condition=Q(end="answered", answered_at__isnull=False)
                | (~Q(end="answered") & Q(answered_at__isnull=True)),
            ),
            CheckConstraint(
                name="call_answered_after_entering",
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("entered_at")),
            ),
            CheckConstraint(
                name="call_ended_after_entering",
                condition=Q(ended_at__gte=F("entered_at"))
                & (Q(answered_at__isnull=True) | Q(ended_at__gte=F("answered_at"))),
            ),
            UniqueConstraint(fields=["source", "queue", "call_id", "ended_at"], name="call_once"),
        ]
        indexes = [Index(fields=["entered_at", "queue"], name="call_by_time")]

    def __str__(self) -> str:
        return f"call {self.call_id} in {self.queue} at {self.entered_at}"
