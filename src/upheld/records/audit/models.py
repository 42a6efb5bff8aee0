"""The audit trail, which only grows.

One row for each act that changed something, each look at a masked value, and each refusal.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One act, allowed or refused. Append-only by trigger.

    The subject is kept by kind and id, so that it outlives what it names.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="NULL: a command or a scheduled job",
    )
    act = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32, default="", db_default="", blank=True)
    subject_id = models.CharField(max_length=64, default="", db_default="", blank=True)
    detail = models.JSONField(default=dict, db_default={})
    allowed = models.BooleanField(default=True, db_default=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        constraints = [
            CheckConstraint(name="entry_names_its_act", condition=~Q(act="")),
        ]
        indexes = [
            Index(fields=["-at"], name="entry_latest"),
            Index(fields=["subject_kind", "subject_id", "-at"], name="entry_of_subject"),
            Index(fields=["actor", "-at"], name="entry_of_actor"),
            Index(fields=["-at"], name="entry_refused", condition=Q(allowed=False)),
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.act} {self.subject_kind} {self.subject_id}"
