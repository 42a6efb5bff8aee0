"""Interactions: each visit, call, message or event that took place, as the employee wrote it down."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import exactly_one_subject, one_of
from upheld.records.evidence.choices import Channel, Outcome
from upheld.records.people.models import Group, Person


class Interaction(models.Model):
    """One contact with a person or a group. Append-only by trigger; `reverses` takes back an earlier row."""

    person = models.ForeignKey(
        Person, models.PROTECT, db_index=False, null=True, blank=True, related_name="interactions"
    )
    group = models.ForeignKey(
        Group, models.PROTECT, db_index=False, null=True, blank=True, related_name="interactions"
    )
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="interactions",
        db_comment="NULL: done by a system, such as a message sent by schedule",
    )
    channel = models.CharField(max_length=32, choices=Channel.choices)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    report = models.TextField(default="", db_default="", blank=True)
    outcome = models.CharField(
        max_length=32, choices=Outcome.choices, default=Outcome.REACHED, db_default=Outcome.REACHED
    )
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, stored once")
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        constraints = [
            exactly_one_subject(name="interaction_has_one_subject"),
            one_of("channel", Channel, name="interaction_channel_is_known"),
            one_of("outcome", Outcome, name="interaction_outcome_is_known"),
            CheckConstraint(name="interaction_key_is_given", condition=~Q(key="")),
            CheckConstraint(name="interaction_reverses_another", condition=~Q(reverses=F("id"))),
            UniqueConstraint(fields=["reverses"], name="interaction_reversed_once"),
        ]
        # These serve the foreign keys too, which therefore have none of their own (db_index=False).
        indexes = [
            Index(fields=["person", "-happened_at"], name="interaction_of_person"),
            Index(fields=["group", "-happened_at"], name="interaction_of_group"),
            Index(fields=["employee", "-happened_at"], name="interaction_of_employee"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} with {self.person_id or self.group_id} at {self.happened_at}"
