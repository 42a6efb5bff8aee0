"""Take the answer to the question after ninety days; who is not satisfied is owed a call, in the same act (JOIN-22).

How often one is asked, which score is low and how soon somebody calls are the terms of the question after a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.which_edition import edition_for
from upheld.policy import clocks
from upheld.policy.surveys import is_low, survey_terms
from upheld.records.journeys.models import Journey
from upheld.records.promises.choices import Action, Source
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.surveys.models import Survey, SurveyAnswer


@dataclass(frozen=True)
class Answered:
    """A stored answer and the call that it makes us owe; `is_new` is false where it had been answered before."""

    answer: SurveyAnswer
    call_back: Promise | None
    is_new: bool = True


def answer_about_journey(
    survey: Survey, *, score: int, reason: str, by: Employee | None, at: datetime | None = None
) -> Answered:
    """Store an answer that was checked already; the first one stands. Raises NotAllowed for another's job."""
    require_job(by, "tick_journey", act="answer_survey", subject_kind="journey", subject_id=survey.journey_id)
    with transaction.atomic():
        # The journey is held, so that of two answers at one moment the second finds the first.
        journey = Journey.objects.select_for_update(no_key=True).get(pk=survey.journey_id or 0)
        stored = SurveyAnswer.objects.filter(survey_id=survey.pk).first()
        if stored is not None:
            return Answered(stored, None, is_new=False)
        at = at or max(timezone.now(), survey.asked_at)
        answer = SurveyAnswer.objects.create(
            survey_id=survey.pk, score=score, reason=reason, answered_at=at, taken_by=by
        )
        call_back = _call_back(journey, score, at)
        detail = {"survey": survey.pk, "score": score, "call_back": call_back.pk if call_back else None}
        write_entry(act="answer_survey", by=by, subject_kind="journey", subject_id=journey.pk, detail=detail)
        return Answered(answer, call_back)


def _call_back(journey: Journey, score: int, at: datetime) -> Promise | None:
    """Promise to call who is not satisfied; None where the score is not low."""
    record, edition = edition_for(timezone.localdate(at))
    terms = survey_terms(edition)
    if terms is None or not is_low(terms, score):
        return None
    due_at, _ = clocks.due_after(
        terms.measure, left=terms.call_back_within, calendars=edition.calendars, started_at=at, at=at
    )
    return Promise.objects.create(
        person_id=journey.person_id,
        action=Action.CALL,
        channels=["call"],
        clause=terms.clause,
        standard=terms.standard,
        from_date=timezone.localdate(at),
        due_date=timezone.localdate(due_at),
        due_at=due_at,
        edition=record,
        source=Source.FOLLOW_UP,
        responsible_id=journey.handed_to_id,
    )
