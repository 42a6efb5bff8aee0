"""At the end of ninety days the customer is asked once how it went; who is not satisfied is owed a call."""

from __future__ import annotations

from typing import Any

import pytest

from upheld.operations.answer_survey import answer_survey
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import NotAllowed
from upheld.records.journeys.models import Journey
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Assignment
from upheld.records.surveys.models import Survey, SurveyAnswer


@pytest.fixture
def asked(joiner: Any, night: Any) -> Survey:
    """Ninety days went by in which nobody did anything; Qian serves the customer from then on."""
    Assignment.objects.create(
        employee=joiner.qian, person=joiner.person, kind="phone_manager", from_date=joiner.person.joined_date
    )
    night(0)
    night(91)
    return Survey.objects.get()


@pytest.mark.django_db
def test_the_question_is_asked_as_the_journey_ends_and_once(asked: Survey, night: Any) -> None:
    assert (asked.case, asked.journey) == (None, Journey.objects.get())
    night(92)
    assert Survey.objects.count() == 1


@pytest.mark.django_db
def test_the_first_answer_stands_and_a_low_one_owes_a_call(asked: Survey, joiner: Any, on: Any) -> None:
    low = answer_survey(word=asked.word, score=1, reason="没人管我", at=on(91, 15))
    again = answer_survey(word=asked.word, score=5, at=on(91, 16))
    assert (low.is_new, again.is_new) == (True, False)
    assert SurveyAnswer.objects.get().score == 1
    owed = Promise.objects.get(source="follow_up")
    assert low.call_back == owed
    assert (owed.clause, owed.responsible, owed.case) == ("CARE-3", joiner.qian, None)
    assert owed.due_at is not None
    record_contact(
        by=joiner.qian, channel="call", happened_at=on(91, 17), key="c", person=joiner.person, promise=owed,
        now=on(91, 18),
    )  # fmt: skip
    owed.refresh_from_db()
    assert owed.state == "kept"


@pytest.mark.django_db
def test_a_good_answer_owes_nothing_and_the_department_does_not_answer_for_anybody(
    asked: Survey, joiner: Any, on: Any
) -> None:
    with pytest.raises(NotAllowed):
        answer_survey(survey=asked, score=5, by=joiner.zhao, at=on(91, 12))
    answer_survey(survey=asked, score=4, by=joiner.agent, at=on(91, 12))
    assert SurveyAnswer.objects.get().taken_by == joiner.agent
    assert not Promise.objects.filter(source="follow_up").exists()


@pytest.mark.django_db
def test_who_left_is_not_asked(joiner: Any, night: Any) -> None:
    from upheld.records.people.models import Service

    night(0)
    Service.objects.filter(person=joiner.person).update(status="closed")
    night(5)
    assert not Survey.objects.exists()
