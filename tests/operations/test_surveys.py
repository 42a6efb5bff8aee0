"""After a case one question is asked, not too often; a low score owes the customer a call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from upheld.operations.activate_edition import activate_edition
from upheld.operations.answer_survey import answer_survey
from upheld.operations.ask_survey import LETTERS, WORD_LENGTH, ask_survey
from upheld.operations.cases.open_case import open_case
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case, CaseStep
from upheld.records.people.models import Group, Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.surveys.models import Survey, SurveyAnswer

from .conftest import at, at_once

pytestmark = pytest.mark.django_db

MONDAY = "2026-03-02"
TEN_ON_MONDAY = at(MONDAY, 10)


@pytest.fixture
def manager(operator) -> Employee:
    return Employee.objects.get(code="E1")


@pytest.fixture
def closed(manager):
    """Give a closed case: an enquiry of Lin Jingyi on Monday, 2 March 2026, closed at ten."""

    def make(code: str = "P2", *, key: str = "k", closed_at=TEN_ON_MONDAY, **given) -> Case:
        subject = {"person": Person.objects.get(code=code)} if code.startswith("P") else {}
        opened = open_case(
            by=manager, kind="enquiry", channel="hotline", summary="问套餐", key=key,
            at=closed_at - timedelta(hours=1), **(subject or {"group": Group.objects.get(code=code)}), **given,
        )  # fmt: skip
        Case.objects.filter(pk=opened.case_id).update(
            state="closed", closed_at=closed_at, last_step_at=closed_at
        )
        CaseStep.objects.create(case_id=opened.case_id, what="closed", at=closed_at, by=manager)
        return Case.objects.get(pk=opened.case_id)

    return make


def test_the_customer_of_a_closed_case_is_asked_once(closed, manager):
    case = closed()
    survey = ask_survey(case=case, by=manager, at=at(MONDAY, 10))
    assert (survey.person.code, survey.closing, survey.asked_at) == ("P2", 1, at(MONDAY, 10))
    assert len(survey.word) == WORD_LENGTH
    assert set(survey.word) <= set(LETTERS)
    assert ask_survey(case=case, by=manager) == survey
    entry = Entry.objects.get(act="ask_survey")
    assert entry.subject_id == str(case.pk)
    assert survey.word not in str(entry.detail), "the word is a key; no log holds it"


def test_nobody_is_asked_twice_within_thirty_days(closed, manager):
    assert ask_survey(case=closed(), by=None, at=at("2026-03-02"))
    second = closed(key="k2", closed_at=at("2026-03-31"))
    assert ask_survey(case=second, by=None, at=at("2026-03-31")) is None
    third = closed(key="k3", closed_at=at("2026-04-01"))
    assert ask_survey(case=third, by=None, at=at("2026-04-01")) is not None
    assert ask_survey(case=closed("P3", key="k4"), by=None, at=at("2026-03-02")), "another person is asked"


def test_the_days_are_the_companys_to_change(closed, manager):
    activate_edition(active_from=at("2026-03-01").date(), by=None, parameters={"survey_every_days": 0})
    assert ask_survey(case=closed(), by=None, at=at(MONDAY, 10))
    assert ask_survey(case=closed(key="k2"), by=None, at=at(MONDAY, 11))


def test_a_reopened_case_is_asked_about_again_after_its_next_closing(closed, manager):
    case = closed()
    first = ask_survey(case=case, by=None, at=at(MONDAY, 10))
    Case.objects.filter(pk=case.pk).update(times_reopened=1, closed_at=at("2026-05-04"))
    second = ask_survey(case=case.pk, by=None, at=at("2026-05-04"))
    assert (second.closing, second.word == first.word) == (2, False)


def test_a_group_without_a_person_a_withdrawn_case_and_an_open_one_are_not_asked_about(closed, manager):
    assert ask_survey(case=closed("G1"), by=None) is None
    taken_back = closed("P3", key="k2")
    CaseStep.objects.create(
        case=taken_back, what="closed", at=at(MONDAY, 10), by=manager, detail={"withdrawn": True}
    )
    assert ask_survey(case=taken_back, by=None) is None
    case = closed("P4", key="k3")
    Case.objects.filter(pk=case.pk).update(state="settled", closed_at=None)
    with pytest.raises(ActRefused) as refused:
        ask_survey(case=case, by=None)
    assert refused.value.code == "not_closed"
    assert not Survey.objects.exists()


def test_a_low_score_owes_a_call_within_a_working_day_by_the_lead_of_the_team(closed, manager):
    survey = ask_survey(case=closed(), by=None, at=at(MONDAY, 10))
    answered = answer_survey(word=survey.word, score=2, reason="  等了很久 ", at=at(MONDAY, 16))
    assert (answered.answer.score, answered.answer.reason, answered.answer.taken_by) == (2, "等了很久", None)
    promise = Promise.objects.get(source="follow_up")
    assert promise == answered.call_back
    lead = Employee.objects.get(code="E3")
    assert (promise.clause, promise.standard, promise.action, promise.responsible) == (
        "CARE-3", "CARE", "call_back", lead,
    )  # fmt: skip
    # Two working hours are left on Monday; the other six end on Tuesday: three and a half by noon, and two and a half.
    assert promise.due_at == at("2026-03-03", 16)
    assert promise.warn_at == promise.warn_ats[0] < promise.due_at == promise.warn_ats[1]
    assert promise.case_id == survey.case_id
    step = CaseStep.objects.get(what="call_back")
    assert step.detail["promise"] == promise.pk
    assert Case.objects.get(pk=survey.case_id).last_step_at == step.at
    assert Entry.objects.filter(act="answer_survey", actor=None).count() == 1


def test_a_good_score_owes_nothing(closed, manager):
    survey = ask_survey(case=closed(), by=None, at=at(MONDAY, 10))
    assert answer_survey(word=survey.word, score=3).call_back is None
    assert not Promise.objects.filter(source="follow_up").exists()
    assert not CaseStep.objects.filter(what="call_back").exists()


def test_the_first_answer_stands(closed, manager):
    survey = ask_survey(case=closed(), by=None, at=at(MONDAY, 10))
    first = answer_survey(word=survey.word, score=1)
    again = answer_survey(word=survey.word, score=5, reason="changed my mind")
    assert (again.is_new, again.answer, again.call_back) == (False, first.answer, first.call_back)
    assert (SurveyAnswer.objects.get().score, Promise.objects.filter(source="follow_up").count()) == (1, 1)


def test_an_agent_writes_down_what_is_said_on_the_telephone(closed, manager):
    survey = ask_survey(case=closed(), by=None, at=at(MONDAY, 10))
    assert answer_survey(survey=survey, score=4, by=manager).answer.taken_by == manager
    other = ask_survey(case=closed("P3", key="k2"), by=None, at=at(MONDAY, 10))
    department = Employee.objects.get(code="E5")
    with pytest.raises(NotAllowed):
        answer_survey(survey=other, score=5, by=department)
    assert SurveyAnswer.objects.count() == 1


def test_without_a_lead_the_one_asked_first_calls(closed, manager):
    Employee.objects.filter(job="team_lead").update(is_active=False)
    survey = ask_survey(case=closed(), by=None, at=at(MONDAY, 10))
    assert answer_survey(survey=survey, score=1).call_back.responsible == manager


@pytest.mark.parametrize(
    "wrong", [{"score": 0}, {"score": 6}, {"score": True}, {"score": 3, "reason": "长" * 1001}]
)
def test_what_cannot_be_an_answer_is_refused(closed, wrong):
    survey = ask_survey(case=closed(), by=None, at=at(MONDAY, 10))
    with pytest.raises(ActRefused):
        answer_survey(word=survey.word, **wrong)
    assert not SurveyAnswer.objects.exists()


def test_a_word_that_was_never_given_answers_nothing(operator):
    for word in ("", "x" * WORD_LENGTH):
        with pytest.raises(ActRefused) as refused:
            answer_survey(word=word, score=5)
        assert refused.value.code == "no_such_survey"


@pytest.mark.django_db(transaction=True)
def test_many_presses_at_one_instant_are_one_answer_and_one_call_back(closed, manager):
    survey = ask_survey(case=closed(), by=None, at=at(MONDAY, 10))
    results = at_once(*[lambda: answer_survey(word=survey.word, score=1)] * 4)
    assert [one.is_new for one in results].count(True) == 1
    assert Promise.objects.filter(source="follow_up").count() == SurveyAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_cases_of_one_person_closed_at_one_instant_are_asked_about_once(closed, manager):
    cases = [closed(key=key) for key in ("a", "b", "c")]
    results = at_once(*[lambda one=one: ask_survey(case=one, by=None, at=timezone.now()) for one in cases])
    assert [one for one in results if one is not None] == list(Survey.objects.all())
    assert Survey.objects.count() == 1
