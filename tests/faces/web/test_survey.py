"""A customer answers one question on a telephone's screen, without signing in; the staff read what it comes to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

SignIn = Callable[..., Client]


@pytest.fixture
def asked(company: SimpleNamespace) -> Callable[..., Any]:
    """Give the question about a case of Wang that Li settled and closed."""
    from upheld.operations.ask_survey import ask_survey
    from upheld.operations.cases.close_case import close_case
    from upheld.operations.cases.open_case import open_case
    from upheld.operations.cases.settle_case import settle_case
    from upheld.records.surveys.models import Survey

    def make(person: Any = None, *, by: Any = None, kind: str = "complaint") -> Any:
        person, by = person or company.wang, by or company.li
        key = f"{person.pk}-{Survey.objects.count()}"
        case = open_case(
            by=by, kind=kind, channel="hotline", person=person, summary="网速慢", key=key
        ).case_id
        settle_case(case=case, by=by, outcome="已修好", key=f"{key}-s")
        close_case(case=case, by=by, key=f"{key}-c")
        survey = ask_survey(case=case, by=by)
        assert survey is not None
        return survey

    return make


def test_the_page_asks_one_question_and_tells_no_name_or_number(asked: Any, client: Client) -> None:
    survey = asked()
    answer = client.get(f"/s/{survey.word}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "您对这次处理满意吗" in page
    assert "投诉" in page
    for private in ("王小明", "王**", "1381234", "江州市电力公司", "网速慢", "李娜"):
        assert private not in page
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_an_answer_is_given_once_and_thanked_for(asked: Any, client: Client) -> None:
    from upheld.records.promises.models import Promise
    from upheld.records.surveys.models import SurveyAnswer

    survey = asked()
    answer = client.post(f"/s/{survey.word}/", {"score": "1", "reason": "等太久"}, follow=True)
    assert "谢谢您" in answer.content.decode()
    again = client.post(f"/s/{survey.word}/", {"score": "5"})
    assert "谢谢您" in again.content.decode()
    stored = SurveyAnswer.objects.get()
    assert (stored.score, stored.reason, stored.taken_by) == (1, "等太久", None)
    assert Promise.objects.get(source="follow_up").clause == "CARE-3"


def test_whoever_is_signed_in_answers_for_the_customer_and_the_record_says_so(
    asked: Any, signed_in: SignIn
) -> None:
    from upheld.records.surveys.models import SurveyAnswer

    survey = asked()
    assert signed_in("service").post(f"/s/{survey.word}/", {"score": "5"}).status_code == 403
    signed_in("li").post(f"/s/{survey.word}/", {"score": "5"})
    assert SurveyAnswer.objects.get().taken_by.username == "li"


def test_without_a_choice_the_page_says_what_is_missing_and_keeps_the_words(
    asked: Any, client: Client
) -> None:
    from upheld.records.surveys.models import SurveyAnswer

    survey = asked()
    for wrong in ({}, {"score": "6"}, {"score": "x"}):
        answer = client.post(f"/s/{survey.word}/", {**wrong, "reason": "说明"})
        assert answer.status_code == 422
        assert "请在五个答案中选择一个" in answer.content.decode()
        assert "说明" in answer.content.decode()
    assert not SurveyAnswer.objects.exists()


def test_a_word_that_leads_nowhere_is_told_kindly(company: SimpleNamespace, client: Client) -> None:
    for word in ("nothing", "%00", "x" * 64):
        answer = client.get(f"/s/{word}/")
        assert answer.status_code == 404
        assert "/sign-in/" not in answer.headers.get("Location", "")
    assert "可能少了一个字母" in client.get("/s/nothing/").content.decode()


def test_the_question_speaks_english_to_who_asks_for_it(asked: Any, client: Client) -> None:
    survey = asked()
    client.cookies["django_language"] = "en"
    page = client.get(f"/s/{survey.word}/").content.decode()
    assert "How satisfied are you" in page
    assert "(complaint)" in page


def test_a_foreign_form_answers_nothing(asked: Any) -> None:
    survey = asked()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/s/{survey.word}/", {"score": "5"}).status_code == 403


def test_the_results_are_those_of_the_readers_reach(
    asked: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.answer_survey import answer_survey

    answer_survey(survey=asked(), score=5, reason="处理很快")
    answer_survey(survey=asked(company.chen, by=company.zhou, kind="enquiry"), score=2, reason="没人回电话")
    department = signed_in("service").get("/surveys/").content.decode()
    assert "处理很快" in department
    assert department.index("没人回电话") < department.index("处理很快"), "the least satisfied first"
    own = signed_in("li").get("/surveys/").content.decode()
    assert "处理很快" in own
    assert "没人回电话" not in own
    team = signed_in("lead").get("/surveys/").content.decode()
    assert "处理很快" in team
    assert "没人回电话" not in team
    assert "不足10份答复，不计算比例" in department
    assert "50.0 %" not in department, "two answers give no share"


def test_ten_answers_have_a_share_with_the_range_it_may_lie_in(
    asked: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.answer_survey import answer_survey
    from upheld.records.people.models import Person

    for number in range(10):
        person = Person.objects.create(code=f"Q{number}", name="某人")
        answer_survey(survey=asked(person), score=5 if number < 8 else 3)
    page = signed_in("service").get("/surveys/").content.decode()
    assert "80.0 %" in page
    assert "49–94 %" in page


def test_wilsons_range_agrees_with_the_textbook() -> None:
    """Against the roots of (p - s)^2 = z^2 p (1 - p) / n, which the interval is by definition."""
    from upheld.faces.survey.results import wilson

    for part, whole in ((0, 10), (8, 10), (10, 10), (137, 200)):
        for bound in wilson(part, whole):
            if 0 < bound < 1:
                left = (bound - part / whole) ** 2
                assert left == pytest.approx(1.96**2 * bound * (1 - bound) / whole)


def test_an_empty_period_says_so(company: SimpleNamespace, signed_in: SignIn) -> None:
    day = timezone.localdate() - timedelta(days=400)
    asked = {"period": "custom", "from": day.isoformat(), "to": day.isoformat()}
    assert "没有邀请任何客户" in signed_in("service").get("/surveys/", asked).content.decode()
