"""Take the answer to the question after a case; who is not satisfied is owed a call, in the same act (CARE-3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.cases.acting import Act, act_on
from upheld.operations.journeys.answer_about_journey import Answered, answer_about_journey
from upheld.operations.refusals import ActRefused
from upheld.operations.which_edition import edition_for
from upheld.policy import clocks
from upheld.policy.surveys import HIGHEST, LOWEST, is_low, survey_terms
from upheld.records.cases.choices import CaseState, StepKind
from upheld.records.cases.models import Case
from upheld.records.promises.choices import Action, Source
from upheld.records.promises.models import Promise
from upheld.records.staff.choices import Job
from upheld.records.staff.models import Employee, Unit
from upheld.records.surveys.models import Survey, SurveyAnswer

LONGEST_REASON = 1_000


def answer_survey(
    *,
    survey: Survey | int | None = None,
    word: str = "",
    score: int,
    reason: str = "",
    by: Employee | None = None,
    at: datetime | None = None,
) -> Answered:
    """Store an answer, 1 (very dissatisfied) to 5 (very satisfied), found by its secret `word` or its row.

    The first answer stands: a second one returns it. `by` is who wrote it down for the customer, None the customer. A
    low score by the standard in force makes a promise to call back within its working hours, for the lead of the
    handler's team, else whoever was asked first. Raises ActRefused for an unknown survey or a score or reason that
    cannot be, NotAllowed for somebody whose job does not work on cases.
    """
    reason = reason.strip()
    if type(score) is not int or not LOWEST <= score <= HIGHEST:
        raise ActRefused("bad_score", f"{score!r} is not a whole number from {LOWEST} to {HIGHEST}")
    if len(reason) > LONGEST_REASON:
        raise ActRefused("reason_too_long", f"the reason is longer than {LONGEST_REASON} characters")
    found = _found(survey, word)
    if found.case_id is None:
        return answer_about_journey(found, score=score, reason=reason, by=by, at=at)
    key = f"survey {found.pk}"
    # The case is held, so that of two answers at one moment the second finds the first.
    with act_on(found.case_id, by=by, at=at, key=None, states=CaseState.values) as act:
        stored = SurveyAnswer.objects.filter(survey_id=found.pk).first()
        if stored is not None:
            return Answered(stored, _call_back_of(found), is_new=False)
        answer = SurveyAnswer.objects.create(
            survey_id=found.pk, score=score, reason=reason, answered_at=act.at, taken_by=by
        )
        act.key = key
        call_back = _call_back(act, found, score)
        detail = {"survey": found.pk, "score": score, "call_back": call_back.pk if call_back else None}
        write_entry(act="answer_survey", by=by, subject_kind="case", subject_id=found.case_id, detail=detail)
        return Answered(answer, call_back)


def _found(survey: Survey | int | None, word: str) -> Survey:
    if isinstance(survey, Survey):
        return survey
    by_row = {"pk": survey} if survey is not None else {"word": word}
    found = Survey.objects.filter(**by_row).first()
    if found is None:
        raise ActRefused("no_such_survey", "there is no such question")
    return found


def _call_back_of(survey: Survey) -> Promise | None:
    return Promise.objects.filter(
        case_id=survey.case_id or 0, source=Source.FOLLOW_UP, action=Action.CALL_BACK, turn=survey.closing
    ).first()


def _call_back(act: Act, survey: Survey, score: int) -> Promise | None:
    """Promise to call who is not satisfied, and say so in the case; None where the score is not low."""
    record, edition = edition_for(timezone.localdate(act.at))
    terms = survey_terms(edition)
    if terms is None or not is_low(terms, score):
        return None
    counting: dict[str, Any] = {"calendars": edition.calendars, "started_at": act.at, "at": act.at}
    within = terms.call_back_within
    due_at, _ = clocks.due_after(terms.measure, left=within, **counting)
    warn_ats = clocks.warning_instants(
        terms.measure, used=clocks.NOTHING, whole=within, shares=clocks.warning_shares(edition), **counting
    )
    promise = Promise.objects.create(
        person_id=survey.person_id,
        action=Action.CALL_BACK,
        channels=["call"],
        clause=terms.clause,
        standard=terms.standard,
        from_date=timezone.localdate(act.at),
        due_date=timezone.localdate(due_at),
        turn=survey.closing,
        edition=record,
        source=Source.FOLLOW_UP,
        responsible=_who_calls(act.case),
        case_id=survey.case_id,
        due_at=due_at,
        warn_ats=list(warn_ats),
        warn_at=warn_ats[0],
    )
    detail = {"promise": promise.pk, "survey": survey.pk, "due_at": due_at.isoformat()}
    act.step(StepKind.CALL_BACK, detail=detail)
    act.save()
    return promise


def _who_calls(case: Case) -> Employee | None:
    """Find who calls back: the lead of the handler's team or of a unit above it, else who was asked first (CT-8)."""
    unit_id = case.handler.unit_id if case.handler is not None else case.unit_id
    while unit_id is not None:
        lead = (
            Employee.objects.filter(unit_id=unit_id, job=Job.TEAM_LEAD, is_active=True)
            .order_by("code")
            .first()
        )
        if lead is not None:
            return lead
        unit_id = Unit.objects.values_list("parent_id", flat=True).get(pk=unit_id)
    first_asked = case.first_asked
    return first_asked if first_asked is not None and first_asked.is_active else None
