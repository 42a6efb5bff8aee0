"""The acts of the desk stop where the case does: at whom somebody serves; and every look at a caller is noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from upheld.operations.cases.call_backs import promise_call_back
from upheld.operations.cases.open_case import open_case
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case, CaseStep
from upheld.records.promises.models import Promise

SignIn = Callable[..., Client]


@pytest.fixture
def theirs(company: SimpleNamespace) -> Case:
    """A case of Chen Hui, whom Zhou serves, waiting in the queue of Zhou's team."""
    opened = open_case(
        by=company.zhou,
        kind="enquiry",
        channel="hotline",
        key="z1",
        person=company.chen,
        summary="查账单",
        unit=company.zhou.unit,
    )
    return Case.objects.get(pk=opened.case_id)


@pytest.fixture
def call_back(company: SimpleNamespace, theirs: Case) -> Promise:
    """A call that Zhou owes Chen Hui."""
    due_at = timezone.now() + timedelta(hours=2)
    return promise_call_back(case=theirs, by=company.zhou, due_at=due_at, key="z2", responsible=company.zhou)


@pytest.fixture
def agent(company: SimpleNamespace, signed_in: SignIn) -> Client:
    """The browser of a hotline agent, whom anybody's customer may call."""
    company.join("agent", "方晓", "hotline_agent")
    return signed_in("agent")


def acts_on(case: Case, call_back: Promise, to: Any) -> dict[str, dict[str, str]]:
    """Give every act of the desk on a case with a form that would be accepted, by its address."""
    due_at = timezone.localtime() + timedelta(hours=1)
    return {
        reverse("desk-call-back", args=[case.pk]): {
            "key": "c1", "due_at": due_at.strftime("%Y-%m-%dT%H:%M"), "note": "回复",
        },
        reverse("desk-call-made", args=[call_back.pk]): {"key": "m1", "outcome": "reached", "note": "已答复"},
        reverse("desk-take", args=[case.pk]): {"key": "t1"},
        reverse("desk-hand-over", args=[case.pk]): {"key": "h1", "to": f"unit-{to.pk}", "note": "转给我们"},
    }  # fmt: skip


@pytest.mark.parametrize("who", ["li", "lead"])
def test_another_managers_case_is_not_worked_on_from_the_desk(
    company: SimpleNamespace, signed_in: SignIn, theirs: Case, call_back: Promise, who: str
) -> None:
    browser, steps = signed_in(who), CaseStep.objects.count()
    for address, form in acts_on(theirs, call_back, company.li.unit).items():
        answers = [browser.post(address, form)]
        if address != reverse("desk-take", args=[theirs.pk]):
            answers.append(browser.get(address))
        for answer in answers:
            assert answer.status_code == 403, address
            assert "陈" not in answer.content.decode()
            noted = Entry.objects.latest("pk")
            assert (noted.actor, noted.act, noted.allowed) == (getattr(company, who), "work_case", False)
            made = "call-backs" in address
            assert noted.subject_kind == ("promise" if made else "case")
            assert noted.subject_id == str(call_back.pk if made else theirs.pk)
    assert CaseStep.objects.count() == steps
    before = (theirs.handler_id, theirs.unit_id)
    theirs.refresh_from_db()
    call_back.refresh_from_db()
    assert (theirs.handler_id, theirs.unit_id) == before
    assert (call_back.state, call_back.responsible) == ("open", company.zhou)
    assert Promise.objects.filter(action="call_back").count() == 1


def test_a_lead_is_offered_what_can_be_done_with_the_own_teams_cases_and_nothing_with_others(
    company: SimpleNamespace, signed_in: SignIn, agent: Client, theirs: Case
) -> None:
    given = {
        "kind": "enquiry",
        "channel": "hotline",
        "key": "own",
        "person": company.chen,
        "summary": "问套餐",
    }
    own = open_case(by=company.lead, **given).case_id
    for browser, offered in ((signed_in("lead"), [own]), (agent, [theirs.pk, own])):
        page = browser.get(reverse("caller", args=[company.chen.code])).content.decode()
        assert "查账单" in page
        assert "问套餐" in page
        for case in (theirs.pk, own):
            for act in ("desk-hand-over", "desk-call-back"):
                assert (reverse(act, args=[case]) in page) is (case in offered)
    assert signed_in("lead").get(reverse("desk-hand-over", args=[own])).status_code == 200


def test_an_answer_does_not_tell_which_cases_there_are(
    company: SimpleNamespace, signed_in: SignIn, agent: Client, theirs: Case, call_back: Promise
) -> None:
    nothing = SimpleNamespace(pk=999_999)
    missing = acts_on(nothing, nothing, company.li.unit)  # type: ignore[arg-type]
    for address, form in missing.items():
        assert signed_in("li").post(address, form).status_code == 403, address
        assert agent.post(address, form).status_code == 404, address


@pytest.mark.parametrize("who", ["zhou", "agent"])
def test_who_serves_the_customer_or_answers_every_call_does_all_of_it(
    company: SimpleNamespace, signed_in: SignIn, agent: Client, theirs: Case, call_back: Promise, who: str
) -> None:
    Case.objects.filter(pk=theirs.pk).update(handler=None, state="open")
    me = getattr(company, who)
    for address, form in acts_on(theirs, call_back, company.li.unit).items():
        assert signed_in(who).post(address, form).status_code == 302, address
        if "take" in address:
            theirs.refresh_from_db()
            assert theirs.handler == me
    theirs.refresh_from_db()
    call_back.refresh_from_db()
    assert (theirs.handler, theirs.unit) == (None, company.li.unit)
    assert call_back.state == "kept"
    assert Promise.objects.filter(action="call_back").count() == 2


def test_only_who_has_the_desk_opens_a_case_on_a_callers_page(
    company: SimpleNamespace, signed_in: SignIn
) -> None:
    company.join("engineer", "郑工", "field_engineer")
    for who in ("li", "engineer"):
        browser = signed_in(who)
        for form in ({}, {"key": "k1", "kind": "complaint", "summary": "断电"}):
            answer = browser.post(reverse("desk-open-case", args=["P2"]), form)
            assert answer.status_code == 403
            assert "陈" not in answer.content.decode()
        assert browser.get(reverse("desk-preview", args=["P2"]), {"kind": "complaint"}).status_code == 403
        noted = Entry.objects.latest("pk")
        assert (noted.act, noted.actor, noted.allowed) == ("use_desk", getattr(company, who), False)
    assert not Case.objects.exists()


def test_a_refused_form_shows_the_name_and_so_notes_the_look_once_for_the_call(
    company: SimpleNamespace, agent: Client
) -> None:
    for _ in range(2):
        refused = agent.post(reverse("desk-open-case", args=["P2"]), {"key": "k1"})
        assert refused.status_code == 422
        assert "陈慧" in refused.content.decode()
        assert Entry.objects.filter(act="unmask").count() == 1
    agent.get(reverse("caller", args=["P2"]))
    looks = Entry.objects.filter(act="unmask").values_list("actor_id", "subject_id", "detail__field")
    assert list(looks) == [(company.agent.pk, str(company.chen.pk), "name")]


@pytest.mark.parametrize("key", ["k" * 300, "k\0" * 40, "\0", "客" * 300])
def test_no_key_makes_the_taking_fail(
    company: SimpleNamespace, agent: Client, theirs: Case, key: str
) -> None:
    Case.objects.filter(pk=theirs.pk).update(handler=None, state="open")
    address = reverse("desk-take", args=[theirs.pk])
    assert agent.post(address, {"key": key}).status_code == 302
    theirs.refresh_from_db()
    assert theirs.handler == company.agent
    # Sent twice, it is one step all the same; without a key, the second is told that the case is taken.
    again = agent.post(address, {"key": key})
    assert again.status_code == (302 if key.strip("\0") else 409)
    assert CaseStep.objects.filter(case=theirs, what="assigned", by=company.agent).count() == 1
