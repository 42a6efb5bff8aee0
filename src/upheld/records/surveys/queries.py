"""Read surveys: the question behind a word, those of a case, and how satisfied customers are, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth

from upheld.policy.surveys import SATISFIED_FROM
from upheld.records.surveys.models import Survey, SurveyAnswer


@dataclass(frozen=True)
class Tally:
    """How many were asked, answered and are satisfied among the cases of one `of`: a month, a unit's id or a kind.

    `by_staff` counts the answers that staff wrote down.
    """

    of: Any
    asked: int
    answered: int
    satisfied: int
    by_staff: int = 0


@dataclass(frozen=True)
class Reason:
    """Why somebody gave a score, with the case it is about."""

    survey_id: int
    case_id: int
    kind: str
    score: int
    reason: str
    answered_at: datetime


def survey_with_word(word: str) -> Survey | None:
    """Give the question behind a secret word with its case and its answer, if any; None for a word never given."""
    return Survey.objects.select_related("case", "answer").filter(word=word).first()


def surveys_of_case(case_id: int) -> list[Survey]:
    """Give the questions about a case, each with its answer, if any; the latest closing first."""
    asked = Survey.objects.select_related("answer", "answer__taken_by").filter(case_id=case_id)
    return list(asked.order_by("-closing"))


def survey_of_journey(journey_id: int) -> Survey | None:
    """Give the question about a journey with its answer, if any; None where nobody was asked."""
    return Survey.objects.select_related("answer").filter(journey_id=journey_id).first()


def tallies(
    by: str,
    *,
    asked_from: datetime,
    asked_until: datetime,
    unit_ids: Collection[int] | None = None,
    handler_ids: Collection[int] | None = None,
) -> list[Tally]:
    """Count by `month`, `unit` or `kind` of the case what was asked from an instant until another; one query.

    `unit_ids` and `handler_ids` narrow it to cases of units or of employees.
    """
    # A month is the month of the pages' time zone.
    of = {"month": TruncMonth("asked_at"), "unit": F("case__unit_id"), "kind": F("case__kind")}[by]
    rows = _asked(asked_from, asked_until, unit_ids, handler_ids).annotate(of=of).values("of")
    counted = rows.annotate(
        asked=Count("pk"),
        answered=Count("answer"),
        satisfied=Count("answer", filter=Q(answer__score__gte=SATISFIED_FROM)),
        by_staff=Count("answer__taken_by"),
    ).order_by("of")
    return [Tally(**{**row, "of": row["of"].date() if by == "month" else row["of"]}) for row in counted]


def reasons(
    *,
    asked_from: datetime,
    asked_until: datetime,
    unit_ids: Collection[int] | None = None,
    handler_ids: Collection[int] | None = None,
    limit: int = 20,
) -> list[Reason]:
    """Give the reasons that were given, the least satisfied first, then the latest; at most `limit`."""
    asked = _asked(asked_from, asked_until, unit_ids, handler_ids)
    given = SurveyAnswer.objects.filter(survey__in=asked).exclude(reason="").order_by("score", "-answered_at")
    columns = ("survey_id", "survey__case_id", "survey__case__kind", "score", "reason", "answered_at")
    return [Reason(*row) for row in given.values_list(*columns)[:limit]]


def _asked(
    asked_from: datetime,
    asked_until: datetime,
    unit_ids: Collection[int] | None,
    handler_ids: Collection[int] | None,
) -> QuerySet[Survey]:
    # What the figures are grouped by is the case's; a question about a journey has none.
    asked = Survey.objects.filter(asked_at__gte=asked_from, asked_at__lt=asked_until, case__isnull=False)
    if unit_ids is not None:
        asked = asked.filter(case__unit_id__in=unit_ids)
    if handler_ids is not None:
        asked = asked.filter(case__handler_id__in=handler_ids)
    return asked
