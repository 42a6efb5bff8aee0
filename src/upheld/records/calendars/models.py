"""The private calendar feed of an employee: a secret address that a calendar program reads without signing in.

Of the secret only a hash is kept: who reads the database opens nobody's calendar. A renewed address is a new row, so
that it is known since when an old one opens nothing any more.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.calendars.choices import NamesShown
from upheld.records.constraints import one_of


class CalendarFeed(models.Model):
    """One secret address, from its making until it is renewed or taken back."""

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    token_hash = models.CharField(
        max_length=64, unique=True, db_comment="SHA-256 of the secret, which has 256 bits of chance"
    )
    names = models.CharField(
        max_length=16, choices=NamesShown.choices, default=NamesShown.MASKED, db_default=NamesShown.MASKED
    )
    language = models.CharField(max_length=16, default="zh-hans", db_default="zh-hans")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True, db_comment="when it was last read")
    window_at = models.DateTimeField(
        null=True, blank=True, db_comment="the hour in which openings are counted"
    )
    opened = models.IntegerField(default=0, db_default=0, db_comment="how often it was read in that hour")

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            one_of("names", NamesShown, name="calendar_names_are_known"),
            CheckConstraint(
                name="calendar_ends_after_it_began",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("made_at")),
            ),
            UniqueConstraint(
                fields=["employee"], name="calendar_one_at_a_time", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"calendar of {self.employee_id}"
