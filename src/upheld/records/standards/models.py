"""Editions of the standards that the company activated, each with the whole text it consisted of.

An edition is never changed: another one is activated after it. So every old decision can be explained by its
own text. Which one holds on a day is told by activations, not by editions, for a company may go back to an
earlier one.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Index
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class EditionRecord(models.Model):
    """Standards, readings and parameters as activated from a date, kept once. Append-only by trigger."""

    name = models.CharField(max_length=64, unique=True, db_comment="first day in force and content hash")
    content_hash = models.CharField(max_length=128)
    active_from = models.DateField()
    readings = models.JSONField(default=dict, db_comment="option chosen, by reading id")
    parameters = models.JSONField(default=dict, db_comment="value, by parameter name")
    content = models.JSONField(db_comment='{"files": {path: text}}: the folder of standards as it was')
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="who activated it first; NULL: the command line",
    )
    activated_at = models.DateTimeField(
        db_default=Now(), editable=False, db_comment="when it was activated first"
    )

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")

    def __str__(self) -> str:
        return self.name


class Activation(models.Model):
    """An edition put in force from a day, for the first time or again. Append-only by trigger."""

    edition = models.ForeignKey(EditionRecord, models.PROTECT, db_index=False, related_name="activations")
    active_from = models.DateField()
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="NULL: the command line",
    )
    activated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("activation")
        verbose_name_plural = _("activations")
        indexes = [Index(fields=["-active_from", "-id"], name="activation_in_force")]

    def __str__(self) -> str:
        return f"edition {self.edition_id} from {self.active_from}"
