"""The ledger of points: each row an act of an employee, or the taking back of one; objections and their answers.

Nothing is ever changed. An act that turns out otherwise has its row taken back by another and is counted anew; so does
an act whose objection was accepted.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.policy.kinds.staff_points import EVENTS, GROUPS
from upheld.records.standards.models import EditionRecord

SOURCES = {"promise": "promise", "survey": "answer", "moment": "moment", "offer": "moment"}
"""The column that names what an act of a group is about."""

_ONE_SOURCE = (
    Q(promise__isnull=False, answer__isnull=True, moment__isnull=True)
    | Q(promise__isnull=True, answer__isnull=False, moment__isnull=True)
    | Q(promise__isnull=True, answer__isnull=True, moment__isnull=False)
)


class PointsRow(models.Model):
    """What one act earned, or, where it `reverses` a row, the taking back of that. Append-only by trigger."""

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    day = models.DateField(db_comment="the day of the act; a row that takes another back has its day")
    about = models.CharField(max_length=16, db_comment="promise, survey, moment or offer")
    event = models.CharField(max_length=16)
    action = models.CharField(max_length=32, default="", db_default="", blank=True)
    points = models.IntegerField()
    possible = models.IntegerField(db_comment="what the act could have earned at best")
    clause = models.CharField(max_length=32)
    edition = models.ForeignKey(EditionRecord, models.PROTECT, db_index=False, related_name="+")
    # By name only: the database holds the links, this app knows nothing of promises, surveys and moments.
    promise = models.ForeignKey(
        "promises.Promise", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    answer = models.ForeignKey(
        "surveys.SurveyAnswer", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    moment = models.ForeignKey(
        "moments.Moment", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    turn = models.SmallIntegerField(
        default=1, db_default=1, db_comment="how often the act was counted: 1, 2 ..."
    )
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    objection = models.ForeignKey(
        "Objection",
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="rows",
        db_comment="the accepted objection that led to this row; the act is then settled",
    )
    written_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("row of points")
        verbose_name_plural = _("rows of points")
        constraints = [
            CheckConstraint(name="points_row_about_is_known", condition=Q(about__in=list(GROUPS))),
            CheckConstraint(name="points_row_event_is_known", condition=Q(event__in=list(EVENTS))),
            CheckConstraint(name="points_row_has_one_source", condition=_ONE_SOURCE),
            CheckConstraint(name="points_row_reverses_another", condition=~Q(reverses=F("id"))),
            CheckConstraint(
                name="points_row_possible_not_negative",
                condition=Q(reverses__isnull=False) | Q(possible__gte=0),
            ),
            # Whatever runs at once, an act is counted once in each turn.
            *(
                UniqueConstraint(
                    fields=[column, "about", "turn"],
                    name=f"points_row_once_{about}",
                    condition=Q(about=about, reverses__isnull=True),
                )
                for about, column in SOURCES.items()
            ),
        ]
        indexes = [
            Index(fields=["employee", "-day"], name="points_row_of_employee"),
            Index(fields=["day"], name="points_row_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.day} {self.event}: {self.points}"


class Objection(models.Model):
    """An employee objects to a row of points, and says why. Append-only by trigger."""

    row = models.OneToOneField(PointsRow, models.PROTECT, related_name="objected")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("objection to points")
        verbose_name_plural = _("objections to points")
        constraints = [CheckConstraint(name="objection_says_why", condition=~Q(reason=""))]
        indexes = [Index(fields=["employee", "-at"], name="objection_of_employee")]

    def __str__(self) -> str:
        return f"{self.employee_id} objects to {self.row_id}"


class ObjectionAnswer(models.Model):
    """What the lead decided about an objection, and why. Append-only by trigger."""

    objection = models.OneToOneField(Objection, models.PROTECT, related_name="answer")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    accepted = models.BooleanField()
    counts_in_full = models.BooleanField(
        default=False, db_default=False, db_comment="accepted: counted as done; else it is not counted at all"
    )
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer to an objection")
        verbose_name_plural = _("answers to objections")
        constraints = [
            CheckConstraint(name="objection_is_answered_with_reasons", condition=~Q(words="")),
            CheckConstraint(
                name="objection_counts_only_when_accepted",
                condition=Q(accepted=True) | Q(counts_in_full=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.objection_id}: {'accepted' if self.accepted else 'refused'}"
