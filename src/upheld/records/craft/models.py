"""Targets, prospects and what became of them. What was said, judged and moved is only ever added."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import not_negative, one_of
from upheld.records.craft.choices import Cause, Chapter, Mark, Measure
from upheld.records.people.models import Group, Region


class MonthlyTarget(models.Model):
    """What an employee means to reach in a month; sales volume in fen, the others counted. Never deleted."""

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    month = models.DateField(db_comment="first day of the month")
    measure = models.CharField(max_length=32, choices=Measure.choices)
    share = models.BigIntegerField(db_comment="the month's share of the year's task")
    target = models.BigIntegerField(db_comment="slightly above the share (MGR-2)")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("monthly target")
        verbose_name_plural = _("monthly targets")
        constraints = [
            one_of("measure", Measure, name="target_measure_is_known"),
            not_negative("share", name="target_share_not_negative"),
            not_negative("target", name="target_not_negative"),
            CheckConstraint(name="target_month_is_its_first_day", condition=Q(month__day=1)),
            UniqueConstraint(fields=["employee", "month", "measure"], name="target_once_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.month:%Y-%m} {self.measure}: {self.target}"


class TargetReview(models.Model):
    """What came of a target, and why it was missed (MGR-3). Append-only by trigger; the last row holds."""

    target = models.ForeignKey(MonthlyTarget, models.PROTECT, related_name="reviews")
    reached = models.BigIntegerField()
    objective_cause = models.TextField(default="", db_default="", blank=True)
    subjective_cause = models.CharField(max_length=16, choices=Cause.choices, null=True, blank=True)
    correction = models.TextField(default="", db_default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("review of a target")
        verbose_name_plural = _("reviews of targets")
        constraints = [
            one_of("subjective_cause", Cause, name="review_cause_is_known"),
            not_negative("reached", name="review_reached_not_negative"),
        ]

    def __str__(self) -> str:
        return f"target {self.target_id}: reached {self.reached}"


class Prospect(models.Model):
    """An organisation that may become a customer, or buy more, and where its sale stands. Never deleted."""

    name = models.CharField(max_length=200)
    contact_name = models.CharField(max_length=100, default="", db_default="", blank=True)
    contact_phone = models.CharField(max_length=32, default="", db_default="", blank=True)
    subject = models.CharField(
        max_length=200,
        default="",
        db_default="",
        blank=True,
        db_comment="what may be sold, such as a leased line",
    )
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(
        Group,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="prospects",
        db_comment="once it is a customer",
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    chapter = models.CharField(max_length=16, choices=Chapter.choices, default=Chapter.VISIT)
    found_at = models.DateTimeField()
    moved_at = models.DateTimeField(db_comment="when it entered its chapter")
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, stored once")

    class Meta:
        verbose_name = _("prospect")
        verbose_name_plural = _("prospects")
        constraints = [
            one_of("chapter", Chapter, name="prospect_chapter_is_known"),
            CheckConstraint(name="prospect_has_a_name", condition=~Q(name="")),
            CheckConstraint(name="prospect_key_is_given", condition=~Q(key="")),
        ]
        indexes = [Index(fields=["owner", "chapter"], name="prospect_of_owner")]

    def __str__(self) -> str:
        return self.name


class Judgement(models.Model):
    """Whether a prospect bears one of the four marks, as somebody judged it. Append-only; the last one holds."""

    prospect = models.ForeignKey(Prospect, models.PROTECT, db_index=False, related_name="judgements")
    mark = models.CharField(max_length=16, choices=Mark.choices)
    holds = models.BooleanField()
    note = models.TextField(default="", db_default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("judgement of a prospect")
        verbose_name_plural = _("judgements of prospects")
        constraints = [one_of("mark", Mark, name="judgement_mark_is_known")]
        indexes = [Index(fields=["prospect", "mark", "id"], name="judgement_of_prospect")]

    def __str__(self) -> str:
        return f"{self.mark} of {self.prospect_id}: {self.holds}"


class ChapterStep(models.Model):
    """A sale entered a chapter, with what was said. Append-only by trigger."""

    prospect = models.ForeignKey(Prospect, models.PROTECT, db_index=False, related_name="steps")
    chapter = models.CharField(max_length=16, choices=Chapter.choices)
    note = models.TextField(default="", db_default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, stored once")

    class Meta:
        verbose_name = _("step of a sale")
        verbose_name_plural = _("steps of sales")
        constraints = [one_of("chapter", Chapter, name="chapter_step_is_known")]
        indexes = [
            Index(fields=["prospect", "id"], name="chapter_step_of_prospect"),
            Index(fields=["chapter", "at"], name="chapter_step_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.prospect_id} entered {self.chapter}"


class Document(models.Model):
    """A file of a sale: a solution, minutes, an agreement. Append-only by trigger."""

    prospect = models.ForeignKey(Prospect, models.PROTECT, related_name="documents")
    chapter = models.CharField(max_length=16, choices=Chapter.choices)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)
    key = models.CharField(
        max_length=128,
        null=True,
        blank=True,
        unique=True,
        db_comment="idempotency key of the form; null: filed before forms had one, or by a program",
    )

    class Meta:
        verbose_name = _("document of a sale")
        verbose_name_plural = _("documents of sales")
        constraints = [one_of("chapter", Chapter, name="document_chapter_is_known")]

    def __str__(self) -> str:
        return self.name


class UsageFigure(models.Model):
    """How much a group used of a product in a month (MGR-7). Append-only by trigger; the last row of a month holds."""

    group = models.ForeignKey(Group, models.PROTECT, db_index=False, related_name="+")
    product = models.CharField(max_length=100)
    month = models.DateField(db_comment="first day of the month")
    quantity = models.BigIntegerField()
    unit = models.CharField(max_length=32, default="", db_default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("use of a product")
        verbose_name_plural = _("uses of products")
        constraints = [
            not_negative("quantity", name="usage_not_negative"),
            CheckConstraint(name="usage_month_is_its_first_day", condition=Q(month__day=1)),
            CheckConstraint(name="usage_names_a_product", condition=~Q(product="")),
        ]
        indexes = [Index(fields=["group", "product", "month", "id"], name="usage_of_group")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.product} {self.month:%Y-%m}: {self.quantity}"


class Coordination(models.Model):
    """One department asks another for something a group needs (KEY-28); when it is due stands in the promise.

    Append-only by trigger: what was answered is a row of its own.
    """

    promise = models.OneToOneField("promises.Promise", models.PROTECT, related_name="coordination")
    group = models.ForeignKey(Group, models.PROTECT, related_name="+")
    prospect = models.ForeignKey(
        Prospect, models.PROTECT, null=True, blank=True, related_name="coordinations"
    )
    what = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, stored once")

    class Meta:
        verbose_name = _("request between departments")
        verbose_name_plural = _("requests between departments")
        constraints = [CheckConstraint(name="coordination_says_what", condition=~Q(what=""))]

    def __str__(self) -> str:
        return f"coordination {self.pk} for group {self.group_id}"


class CoordinationAnswer(models.Model):
    """What the other department answered; the first answer keeps the promise. Append-only by trigger."""

    coordination = models.ForeignKey(Coordination, models.PROTECT, related_name="answers")
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer between departments")
        verbose_name_plural = _("answers between departments")

    def __str__(self) -> str:
        return f"answer to {self.coordination_id}"
