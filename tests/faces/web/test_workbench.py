"""The workbench shows what is owed and why, and takes what was done exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.test import Client

SignIn = Callable[..., Client]
SWAP = {"HX-Request": "true", "HX-Current-URL": "http://testserver/work/?tab=today"}


def shown(browser: Client, **asked: str) -> str:
    """Give the workbench as text."""
    return browser.get("/work/", asked).content.decode()


def test_a_promise_says_what_when_and_why(owe: Any, signed_in: SignIn) -> None:
    owe()
    page = shown(signed_in("li"), tab="today")
    for words in (
        "王小明",
        "138****1234",
        "江州市电力公司",
        "走访",
        "今天到期",
        "日常关系维护：A类集团联系人",
    ):
        assert words in page
    assert 'href="/clauses/KEY-5/"' in page


def test_each_tab_holds_its_own(company: SimpleNamespace, owe: Any, signed_in: SignIn) -> None:
    today = company.today
    sunday = today + timedelta(days=6 - today.weekday())
    now = owe()
    late = owe(action="call", from_date=today - timedelta(days=9), due_date=today - timedelta(days=3))
    under_way = owe(action="sms", due_date=sunday + timedelta(days=9))
    later = owe(action="training", from_date=sunday + timedelta(days=2), due_date=sunday + timedelta(days=20))
    owe(action="event", responsible=company.zhou)
    owe(action="gift", state="kept")
    browser = signed_in("li")
    held = {
        tab: {
            one.pk
            for one in (now, late, under_way, later)
            if f'id="owed-{one.pk}"' in shown(browser, tab=tab)
        }
        for tab in ("today", "week", "overdue", "under_way", "later")
    }
    assert held == {
        "today": {now.pk},
        "week": {now.pk},
        "overdue": {late.pk},
        "under_way": {under_way.pk},
        "later": {later.pk},
    }
    assert "逾期3天" in shown(browser, tab="overdue")
    assert f'href="/promises/{later.pk}/record/"' not in shown(browser, tab="later"), (
        "its window has not begun"
    )


def test_a_visit_is_recorded_from_the_row(owe: Any, signed_in: SignIn, contact_form: Any) -> None:
    promise = owe()
    browser = signed_in("li")
    form = browser.get(f"/promises/{promise.pk}/record/", headers=SWAP).content.decode()
    assert '<option value="visit" selected>' in form
    assert "<html" not in form
    answer = browser.post(f"/promises/{promise.pk}/record/", contact_form(), headers=SWAP).content.decode()
    promise.refresh_from_db()
    assert promise.state == "kept"
    assert "已兑现：KEY-5 走访" in answer
    assert 'hx-swap-oob="true"' in answer, "the counts on the tabs follow"
    assert "王小明" not in shown(browser, tab="today")
    page = browser.get("/people/P1/").content.decode()
    assert "谈了专线扩容" in page
    assert "已兑现" in page


def test_a_broken_promise_is_done_late_and_stays_broken(
    company: SimpleNamespace, owe: Any, signed_in: SignIn, contact_form: Any
) -> None:
    from upheld.operations.close_overdue import close_overdue

    due = company.today - timedelta(days=4)
    promise, other = owe(due_date=due), owe(due_date=due, turn=2)
    close_overdue(as_of=company.today, by=None)
    browser = signed_in("li")
    page = shown(browser, tab="overdue")
    assert page.count("未兑现已4天") == 2
    assert "补做" in page
    assert 'alarm">2</span>' in page, "the count on the tab"
    answer = browser.post(f"/promises/{promise.pk}/record/", contact_form(), headers=SWAP).content.decode()
    assert "已补做，仍计为未兑现：KEY-5 走访" in answer
    assert 'class="owed done"' in answer
    promise.refresh_from_db()
    assert (promise.state, promise.late) == ("broken", True)
    page = shown(browser, tab="overdue")
    assert f'id="owed-{promise.pk}"' not in page
    assert f'id="owed-{other.pk}"' in page
    late = browser.get("/people/P1/").content.decode()
    assert "未兑现" in late
    missed = browser.post(
        f"/promises/{other.pk}/record/", contact_form(key="2", outcome="not_reached"), headers=SWAP
    ).content.decode()
    assert f'id="owed-{other.pk}" data-row' in missed, "nobody was reached: it is still to be done"
    assert "waive" not in shown(signed_in("lead"), tab="overdue"), "what is broken is not waived any more"


def test_the_same_form_sent_twice_is_recorded_once(owe: Any, signed_in: SignIn, contact_form: Any) -> None:
    from upheld.records.evidence.queries import interactions_of_person

    promise, second = owe(), owe(turn=2)
    browser = signed_in("li")
    for _ in range(2):
        answer = browser.post(f"/promises/{promise.pk}/record/", contact_form(), headers=SWAP)
        assert "已兑现：KEY-5 走访" in answer.content.decode()
    assert len(interactions_of_person(promise.person_id)) == 1
    second.refresh_from_db()
    assert second.state == "open"


def test_it_works_without_javascript(owe: Any, signed_in: SignIn, contact_form: Any) -> None:
    promise = owe()
    browser = signed_in("li")
    page = browser.get(f"/promises/{promise.pk}/record/").content.decode()
    assert "<html" in page
    posted = browser.post(
        f"/promises/{promise.pk}/record/", contact_form(back="http://testserver/work/?tab=today"), follow=True
    )
    assert posted.redirect_chain == [("http://testserver/work/?tab=today&recorded=form-1", 302)]
    assert "已兑现：KEY-5 走访" in posted.content.decode()


def test_nobody_is_sent_to_a_foreign_page(owe: Any, signed_in: SignIn, contact_form: Any) -> None:
    promise = owe()
    answer = signed_in("li").post(
        f"/promises/{promise.pk}/record/", contact_form(back="https://evil.example/")
    )
    assert answer.headers["Location"].startswith("/work/?")


def test_a_wrong_form_comes_back_with_words_and_keeps_what_was_typed(
    owe: Any, signed_in: SignIn, contact_form: Any
) -> None:
    promise = owe()
    browser = signed_in("li")
    answer = browser.post(
        f"/promises/{promise.pk}/record/", contact_form(happened_at="2199-01-01T10:00"), headers=SWAP
    ).content.decode()
    assert "此时间尚未到来。" in answer
    assert "谈了专线扩容" in answer
    assert browser.post(f"/promises/{promise.pk}/record/", contact_form(channel="sms")).status_code == 422
    promise.refresh_from_db()
    assert promise.state == "open"


def test_a_customer_not_reached_is_still_owed(owe: Any, signed_in: SignIn, contact_form: Any) -> None:
    promise = owe()
    answer = (
        signed_in("li")
        .post(f"/promises/{promise.pk}/record/", contact_form(outcome="not_reached"), headers=SWAP)
        .content.decode()
    )
    assert "没有承诺因此兑现" in answer
    assert f'id="owed-{promise.pk}" data-row' in answer
    promise.refresh_from_db()
    assert promise.state == "open"


def test_several_promises_to_one_customer_stand_together(owe: Any, signed_in: SignIn) -> None:
    owe(), owe(action="call")
    page = shown(signed_in("li"), tab="today")
    assert page.count('class="paper caller"') == 1
    assert page.count("data-row") == 2


def test_a_team_lead_sees_the_team_and_one_employee(
    company: SimpleNamespace, owe: Any, signed_in: SignIn
) -> None:
    owe()
    owe(person=company.chen, responsible=company.zhou)
    browser = signed_in("lead")
    assert "王小明" in shown(browser)
    assert "陈慧" not in shown(browser)
    assert "王小明" not in shown(browser, employee="LEAD")
    assert "陈慧" not in shown(browser, employee="ZHOU"), "another team's employee is as good as none"


def test_a_promise_is_waived_with_a_reason(company: SimpleNamespace, owe: Any, signed_in: SignIn) -> None:
    promise = owe()
    browser = signed_in("lead")
    without = browser.post(f"/promises/{promise.pk}/waive/", {"reason": ""}, headers=SWAP).content.decode()
    assert "豁免需要填写理由。" in without
    answer = browser.post(f"/promises/{promise.pk}/waive/", {"reason": "客户出国半年"}, headers=SWAP)
    assert "已豁免：客户出国半年" in answer.content.decode()
    promise.refresh_from_db()
    assert (promise.state, promise.approved_by) == ("waived", company.lead)


def test_an_empty_day_says_so(signed_in: SignIn, company: SimpleNamespace) -> None:
    assert "今天的承诺已全部兑现" in shown(signed_in("li"))
    assert "没有逾期的承诺" in shown(signed_in("li"), tab="overdue")


def test_nonsense_in_the_address_is_harmless(owe: Any, signed_in: SignIn) -> None:
    owe()
    for asked in (
        {"tab": "x"},
        {"page": "-3"},
        {"page": "²"},
        {"page": "99999"},
        {"action": "'; --"},
        {"employee": "x"},
    ):
        assert signed_in("li").get("/work/", asked).status_code == 200, asked
