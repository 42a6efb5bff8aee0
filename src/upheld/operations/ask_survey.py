"""Ask a customer how a case was dealt with: one question and a reason after each closing, not too often (CARE-3).

The question is an address with a secret word, which comes to be in the transaction that closes the case; where our
public address is set, a message with it is queued there as well.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.messages.tell_customers import invite_to_survey
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import wait_for_turn
from upheld.policy.surveys import may_be_asked, survey_terms
from upheld.records.cases.choices import CaseState, StepKind
from upheld.records.cases.models import Case, CaseStep
from upheld.records.staff.models import Employee
from upheld.records.standards.queries import edition_in_force, loaded_edition
from upheld.records.surveys.models import Survey

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What a word is made of: nothing that looks like something else on a printed slip."""
WORD_LENGTH = 26
"""So long that nobody guesses one: about 2 to the power of 128 words."""


def ask_survey(*, case: Case | int, by: Employee | None, at: datetime | None = None) -> Survey | None:
    """Invite the person of a closed case to say how it went; return the invitation, the same one for the same closing.

    None where nobody is to be asked: the case was withdrawn or is a group's without a person, the person was asked
    within the days of the standard, or no standard in force asks for surveys. Raises ActRefused (`not_closed`) for a
    case that is still open.
    """
    pk = case.pk if isinstance(case, Case) else case
    with transaction.atomic():
        closed = Case.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if closed is None:
            raise ActRefused("no_such_case", f"there is no case {pk}")
        if closed.state != CaseState.CLOSED or closed.closed_at is None:
            raise ActRefused("not_closed", "a customer is asked once the case is closed")
        closing = closed.times_reopened + 1
        asked = Survey.objects.filter(case_id=pk, closing=closing).first()
        if asked is not None or closed.person_id is None or _was_withdrawn(pk):
            return asked
        instant = at or max(timezone.now(), closed.closed_at)
        return invite(person_id=closed.person_id, by=by, at=instant, closing=closing, case_id=pk)


def invite(
    *,
    person_id: int,
    by: Employee | None,
    at: datetime,
    closing: int = 1,
    case_id: int | None = None,
    journey_id: int | None = None,
) -> Survey | None:
    """Invite a person to say how a case or a journey went, unless asked lately; call it within a transaction."""
    record = edition_in_force(timezone.localdate(at))
    terms = None if record is None else survey_terms(loaded_edition(record))
    if terms is None:
        return None
    # Two cases of one person may be closed at one moment.
    wait_for_turn(f"ask_survey {person_id}")
    last = Survey.objects.filter(person_id=person_id).order_by("-asked_at").first()
    if not may_be_asked(terms, asked_at=last.asked_at if last else None, at=at):
        return None
    word = "".join(secrets.choice(LETTERS) for _ in range(WORD_LENGTH))
    survey = Survey.objects.create(
        case_id=case_id, journey_id=journey_id, person_id=person_id, asked_at=at, word=word, closing=closing
    )
    invite_to_survey(person_id=person_id, survey_id=survey.pk, word=word, at=at)
    # The word is a key to a page without sign-in, so it stands in no log.
    detail = {"survey": survey.pk, "closing": closing, "clause": terms.clause}
    kind, about = ("case", case_id) if case_id is not None else ("journey", journey_id)
    write_entry(act="ask_survey", by=by, subject_kind=kind, subject_id=about, detail=detail)
    return survey


def _was_withdrawn(case_id: int) -> bool:
    """Say whether the customer took the case back: nothing was dealt with, so there is nothing to ask."""
    closing = CaseStep.objects.filter(case_id=case_id, what=StepKind.CLOSED).order_by("-pk").first()
    return closing is not None and bool(closing.detail.get("withdrawn"))
