"""Surveys after a case (CARE-3) or a journey (JOIN-22): one question and a reason, asked of a person not too often.

The invitation carries a secret word, so that the customer answers without signing in; the answer is given once.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from upheld.records.people.models import Person


class Survey(models.Model):
    """An invitation to say how a case was dealt with, or how the first ninety days went. Append-only by trigger."""

    # By name only, as promises point to evidence.
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, blank=True, related_name="surveys")
    journey = models.ForeignKey(
        "journeys.Journey", models.PROTECT, null=True, blank=True, related_name="surveys"
    )
    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="surveys")
    asked_at = models.DateTimeField()
    word = models.CharField(
        max_length=64, unique=True, db_comment="secret part of the address of the question"
    )
    closing = models.SmallIntegerField(db_comment="which closing of the case it asks about: 1, 2 ...")

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.UniqueConstraint(fields=["case", "closing"], name="survey_once_a_closing"),
            models.UniqueConstraint(fields=["journey"], name="survey_once_a_journey"),
            CheckConstraint(
                name="survey_about_one_thing",
                condition=Q(case__isnull=False, journey__isnull=True)
                | Q(case__isnull=True, journey__isnull=False),
            ),
        ]
        indexes = [Index(fields=["person", "-asked_at"], name="survey_of_person")]

    def __str__(self) -> str:
        about = f"case {self.case_id}" if self.case_id is not None else f"journey {self.journey_id}"
        return f"survey on {about}"


class SurveyAnswer(models.Model):
    """What was answered: a score of 1 (very dissatisfied) to 5 (very satisfied), and why. Append-only by trigger."""

    survey = models.OneToOneField(Survey, models.PROTECT, related_name="answer")
    score = models.SmallIntegerField()
    reason = models.TextField(default="", db_default="", blank=True)
    answered_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="who wrote the answer down; NULL: the customer did",
    )

    class Meta:
        verbose_name = _("answer to a survey")
        verbose_name_plural = _("answers to surveys")
        constraints = [
            CheckConstraint(name="survey_score_is_one_to_five", condition=Q(score__gte=1, score__lte=5)),
        ]
        indexes = [Index(fields=["-answered_at"], name="survey_answer_lately")]

    def __str__(self) -> str:
        return f"{self.score} for survey {self.survey_id}"
