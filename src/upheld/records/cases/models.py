"""Cases and their clocks: what was asked, every step since, and which clock ran when.

A clock is a promise (`records/promises`) with a time limit; the row here keeps what is counted for it, and its
events say when it ran. Steps and events are only ever added, so any past moment can be told again.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Length, Now
from django.utils.translation import gettext_lazy as _

from upheld.records.cases.choices import (
    Area,
    CaseChannel,
    CaseKind,
    CaseState,
    ClockEventKind,
    OrderType,
    StepKind,
    WaitingFor,
)
from upheld.records.constraints import not_negative, one_of
from upheld.records.people.models import Group, Person, Region, Service

ATTACHMENT_BYTES = 5 * 1024 * 1024
"""The largest file that a case takes."""

models.BinaryField.register_lookup(Length, "length")


class Case(models.Model):
    """What one customer asked, complained of, reported or ordered. Never deleted (trigger)."""

    person = models.ForeignKey(
        Person, models.PROTECT, db_index=False, null=True, blank=True, related_name="cases"
    )
    group = models.ForeignKey(
        Group, models.PROTECT, db_index=False, null=True, blank=True, related_name="cases"
    )
    service = models.ForeignKey(
        Service, models.PROTECT, db_index=False, null=True, blank=True, related_name="cases"
    )
    kind = models.CharField(max_length=32, choices=CaseKind.choices)
    order_type = models.CharField(max_length=32, choices=OrderType.choices, null=True, blank=True)
    items = ArrayField(
        models.CharField(max_length=200),
        default=list,
        db_default=[],
        blank=True,
        db_comment="what a request is composed of, one form for all (CT-25)",
    )
    channel = models.CharField(max_length=16, choices=CaseChannel.choices)
    area = models.CharField(max_length=16, choices=Area.choices, null=True, blank=True)
    address = models.CharField(max_length=300, default="", db_default="", blank=True)
    region = models.ForeignKey(
        Region, models.PROTECT, db_index=False, null=True, blank=True, related_name="cases"
    )
    summary = models.TextField()
    priority = models.SmallIntegerField(
        default=0,
        db_default=0,
        db_comment="the higher, the sooner: a contact's complaint goes first (KEY-16)",
    )
    state = models.CharField(
        max_length=16, choices=CaseState.choices, default=CaseState.OPEN, db_default=CaseState.OPEN
    )
    waiting_for = models.CharField(max_length=16, choices=WaitingFor.choices, null=True, blank=True)
    opened_at = models.DateTimeField()
    first_asked = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="who was asked first and answers for the case until it is closed (CT-8)",
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="who works on it; NULL: it stands in the unit's queue",
    )
    unit = models.ForeignKey(
        "staff.Unit", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    facts = models.JSONField(
        default=dict, db_default={}, db_comment="the facts by which the running clocks were given"
    )
    outcome = models.TextField(default="", db_default="", blank=True)
    times_reopened = models.SmallIntegerField(default=0, db_default=0)
    last_step_at = models.DateTimeField(
        db_comment="no later step is dated before it, whatever the clock does"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, opened once")

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            one_of("kind", CaseKind, name="case_kind_is_known"),
            one_of("order_type", OrderType, name="case_order_type_is_known"),
            one_of("channel", CaseChannel, name="case_channel_is_known"),
            one_of("area", Area, name="case_area_is_known"),
            one_of("state", CaseState, name="case_state_is_known"),
            one_of("waiting_for", WaitingFor, name="case_waiting_for_is_known"),
            CheckConstraint(
                name="case_has_a_subject", condition=Q(person__isnull=False) | Q(group__isnull=False)
            ),
            CheckConstraint(name="case_key_is_given", condition=~Q(key="")),
            CheckConstraint(
                name="case_waits_for_something",
                condition=Q(state="waiting", waiting_for__isnull=False)
                | (~Q(state="waiting") & Q(waiting_for__isnull=True)),
            ),
            CheckConstraint(
                name="case_closed_at_its_end",
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True)),
            ),
        ]
        indexes = [
            Index(fields=["person", "-opened_at"], name="case_of_person", condition=Q(person__isnull=False)),
            Index(fields=["group", "-opened_at"], name="case_of_group", condition=Q(group__isnull=False)),
            Index(fields=["handler", "opened_at"], name="case_open_of_handler", condition=~Q(state="closed")),
            Index(fields=["unit", "opened_at"], name="case_open_of_unit", condition=~Q(state="closed")),
            # What waits in a unit's queue, contacts first (KEY-16), however much of the unit's is worked on already.
            Index(
                fields=["unit", "-priority", "id"],
                name="case_queue_of_unit",
                condition=Q(handler__isnull=True) & ~Q(state="closed") & ~Q(state="settled"),
            ),
            Index(fields=["kind", "opened_at"], name="case_by_kind"),
            Index(fields=["-closed_at"], name="case_closed_lately", condition=Q(state="closed")),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.kind} of {self.person_id or self.group_id}"


class CaseStep(models.Model):
    """One thing that happened to a case. Append-only by trigger."""

    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="steps")
    what = models.CharField(max_length=16, choices=StepKind.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="NULL: done by the system",
    )
    event = models.CharField(
        max_length=32, null=True, blank=True, db_comment="the event that was reached, which stops clocks"
    )
    waiting_for = models.CharField(max_length=16, choices=WaitingFor.choices, null=True, blank=True)
    note = models.TextField(default="", db_default="", blank=True)
    detail = models.JSONField(default=dict, db_default={})
    key = models.CharField(
        max_length=128, null=True, blank=True, unique=True, db_comment="idempotency key of the act"
    )

    class Meta:
        verbose_name = _("case step")
        verbose_name_plural = _("case steps")
        constraints = [
            one_of("what", StepKind, name="case_step_is_known"),
            one_of("waiting_for", WaitingFor, name="case_step_waiting_for_is_known"),
        ]
        indexes = [Index(fields=["case", "id"], name="case_step_of_case")]

    def __str__(self) -> str:
        return f"case {self.case_id}: {self.what} at {self.at}"


class CaseClock(models.Model):
    """What is counted for one clock promise of a case; its promise says until when and how it ended.

    Never changed in what it counts: a recount ends it and begins another with the time used so far.
    """

    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="clocks")
    # By name only: the database must hold the link, yet cases know nothing of how promises are kept.
    promise = models.OneToOneField("promises.Promise", models.PROTECT, related_name="clock")
    stops_at = models.CharField(max_length=32)
    starts_at = models.CharField(max_length=32, default="opened", db_default="opened")
    limit_unit = models.CharField(max_length=16)
    limit_amount = models.IntegerField()
    measure_unit = models.CharField(
        max_length=16, db_comment="continuous, working_hours or working_days: how time counts"
    )
    calendar = models.CharField(max_length=64, default="", db_default="", blank=True)
    business_hours = models.CharField(max_length=200, default="", db_default="", blank=True)
    pauses = ArrayField(
        models.CharField(max_length=16),
        default=list,
        db_default=[],
        blank=True,
        db_comment="what the case may wait for while this clock stands still",
    )
    whole = models.DurationField(db_comment="the whole time, as its measure counts it")
    started_at = models.DateTimeField()
    public = models.BooleanField(db_comment="whether the customer may be told")
    confidence = models.CharField(max_length=16)
    provisional = models.BooleanField(
        default=False, db_default=False, db_comment="counted over a year not yet announced"
    )
    carries = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="carried_by",
        db_comment="the clock that a recount ended, whose used time this one keeps",
    )

    class Meta:
        verbose_name = _("clock of a case")
        verbose_name_plural = _("clocks of cases")
        constraints = [
            not_negative("limit_amount", name="case_clock_limit_not_negative"),
            CheckConstraint(
                name="case_clock_measure_is_known",
                condition=Q(measure_unit__in=["continuous", "working_hours", "working_days"]),
            ),
        ]
        indexes = [Index(fields=["case", "id"], name="case_clock_of_case")]

    def __str__(self) -> str:
        return f"clock of case {self.case_id} until {self.stops_at}"


class ClockEvent(models.Model):
    """One moment in the life of a clock: the time used by then, and when it is due from then on. Append-only."""

    clock = models.ForeignKey(CaseClock, models.PROTECT, db_index=False, related_name="events")
    what = models.CharField(max_length=16, choices=ClockEventKind.choices)
    at = models.DateTimeField()
    used = models.DurationField()
    due_at = models.DateTimeField(null=True, blank=True, db_comment="NULL: stands still, or has ended")
    reason = models.CharField(max_length=200, default="", db_default="", blank=True)
    step = models.ForeignKey(CaseStep, models.PROTECT, db_index=False, related_name="clock_events")

    class Meta:
        verbose_name = _("clock event")
        verbose_name_plural = _("clock events")
        constraints = [one_of("what", ClockEventKind, name="clock_event_is_known")]
        indexes = [Index(fields=["clock", "id"], name="clock_event_of_clock")]

    def __str__(self) -> str:
        return f"clock {self.clock_id}: {self.what} at {self.at}"


class Attachment(models.Model):
    """A file of a case, of bounded size, kept in the database with the act that added it. Append-only by trigger."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="attachments")
    step = models.OneToOneField(CaseStep, models.PROTECT, related_name="attachment")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            CheckConstraint(name="attachment_is_bounded", condition=Q(content__length__lte=ATTACHMENT_BYTES)),
            UniqueConstraint(fields=["case", "sha256", "name"], name="attachment_once"),
        ]

    def __str__(self) -> str:
        return self.name
