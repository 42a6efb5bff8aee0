"""Journeys of new customers (JOIN-1), and the ticks that say which step was done, when, by whom and by which way.

What is still owed stands among the promises, as everything owed does; a tick is the evidence that keeps one. A tick by
mistake is taken back by a row of its own.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import one_of
from upheld.records.journeys.choices import Ending, StepChannel, Way
from upheld.records.people.models import Person
from upheld.records.standards.models import EditionRecord


class Journey(models.Model):
    """The first ninety days of one customer, by the edition under which they began. Never deleted (trigger)."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="journeys")
    joined_date = models.DateField(db_comment="day 0")
    edition = models.ForeignKey(EditionRecord, models.PROTECT, db_index=False, related_name="journeys")
    started_on = models.DateField(db_comment="steps whose window had ended by then were never promised")
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    number_changed = models.BooleanField(
        null=True,
        blank=True,
        db_comment="changed number on joining, as the customer said; NULL: not asked yet",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_how = models.CharField(max_length=16, choices=Ending.choices, null=True, blank=True)
    handed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="who serves the customer from then on; NULL: nobody in person",
    )

    class Meta:
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")
        constraints = [
            one_of("closed_how", Ending, name="journey_closed_how_is_known"),
            CheckConstraint(
                name="journey_closed_somehow",
                condition=Q(closed_at__isnull=True, closed_how__isnull=True)
                | Q(closed_at__isnull=False, closed_how__isnull=False),
            ),
            CheckConstraint(
                name="journey_starts_after_joining", condition=Q(started_on__gte=F("joined_date"))
            ),
            UniqueConstraint(fields=["person", "joined_date"], name="journey_once_for_a_joining"),
            UniqueConstraint(
                fields=["person"], name="journey_one_at_a_time", condition=Q(closed_at__isnull=True)
            ),
        ]
        indexes = [
            Index(fields=["joined_date", "id"], name="journey_running", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"journey of {self.person_id} from {self.joined_date}"


class JourneyStep(models.Model):
    """A tick: one step was done once. Append-only by trigger; `reverses` takes back an earlier tick."""

    journey = models.ForeignKey(Journey, models.PROTECT, db_index=False, related_name="ticks")
    step = models.CharField(max_length=64)
    way = models.CharField(
        max_length=8,
        choices=Way.choices,
        null=True,
        blank=True,
        db_comment="NULL: the step does not reach the customer, such as a manager assigned",
    )
    channel = models.CharField(max_length=8, choices=StepChannel.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="NULL: done by the system, such as a message that was delivered",
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    note = models.TextField(default="", db_default="", blank=True)
    # By name only: the database must hold the links, yet journeys know nothing of how the others are kept.
    promise = models.ForeignKey(
        "promises.Promise",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="journey_ticks",
        db_comment="the promise it counts for; NULL: the step was never promised",
    )
    interaction = models.ForeignKey(
        "evidence.Interaction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="journey_ticks",
        db_comment="the talk, visit or message in which it was done",
    )
    key = models.CharField(max_length=160, unique=True, db_comment="idempotency key: sent twice, stored once")
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")

    class Meta:
        verbose_name = _("step of a journey")
        verbose_name_plural = _("steps of journeys")
        constraints = [
            one_of("way", Way, name="journey_step_way_is_known"),
            one_of("channel", StepChannel, name="journey_step_channel_is_known"),
            CheckConstraint(name="journey_step_key_is_given", condition=~Q(key="")),
            CheckConstraint(
                name="journey_step_by_somebody", condition=Q(channel="system") | Q(by__isnull=False)
            ),
            CheckConstraint(name="journey_step_reverses_another", condition=~Q(reverses=F("id"))),
            CheckConstraint(
                name="journey_step_taken_back_with_reason", condition=Q(reverses__isnull=True) | ~Q(note="")
            ),
            UniqueConstraint(fields=["reverses"], name="journey_step_reversed_once"),
        ]
        indexes = [Index(fields=["journey", "at", "id"], name="journey_step_of_journey")]

    def __str__(self) -> str:
        return f"{self.step} of journey {self.journey_id} by {self.way}"
