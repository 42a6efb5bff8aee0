"""A fault from the desk to the engineer's telephone: tried together, sent, arrived, late, repaired, made good."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

SignIn = Callable[..., Client]


@pytest.fixture
def crew(company: SimpleNamespace) -> SimpleNamespace:
    """Ding and Lu go out from the team that He Min leads; Gao answers the telephone."""
    from upheld.records.people.models import Service

    company.join("agent", "高客服", "hotline_agent")
    company.join("ding", "丁装维", "field_engineer")
    company.join("lu", "陆装维", "field_engineer")
    company.wang.plan_monthly_fen = 8_900
    company.wang.save()
    company.line = Service.objects.create(
        code="B1", person=company.wang, kind="broadband", number="0576000001"
    )
    return company


@pytest.fixture
def fault(crew: SimpleNamespace) -> Callable[..., Any]:
    """Report that Wang's broadband is dead, so many hours ago."""
    from upheld.operations.cases.open_case import open_case
    from upheld.records.cases.models import Case

    def report(hours_ago: float = 1, **given: Any) -> Any:
        given = {
            "kind": "fault", "channel": "hotline", "summary": "宽带断了", "area": "urban", "address": "人民路8号",
            "by": crew.agent, "key": f"fault-{Case.objects.count()}", "person": crew.wang, "service": crew.line,
            "at": timezone.now() - timedelta(hours=hours_ago), **given,
        }  # fmt: skip
        return Case.objects.get(pk=open_case(**given).case_id)

    return report


def words(answer: Any) -> str:
    return answer.content.decode()


def steps(case: Any) -> list[tuple[str, str | None]]:
    from upheld.records.cases.models import CaseStep

    return list(CaseStep.objects.filter(case=case).order_by("pk").values_list("what", "event"))


def sent_to_ding(fault: Any, crew: SimpleNamespace, hours_ago: float = 1) -> Any:
    from upheld.operations.cases.hand_over import hand_over

    case = fault(hours_ago)
    hand_over(case=case, by=crew.agent, to_employee=crew.ding, key=f"h{case.pk}")
    case.refresh_from_db()
    return case


# --- The desk: try together, then send ---


def test_a_guide_leads_step_by_step_and_ends_with_an_engineer(fault: Any, signed_in: SignIn) -> None:
    case = fault()
    browser, path = signed_in("agent"), f"/field/cases/{case.pk}/self-help/"
    seen = []
    for number in range(5):
        page = words(browser.get(path))
        (step,) = re.findall(r'name="step" value="(\w+)"', page)
        (key,) = re.findall(r'name="key" value="(\w+)"', page)
        seen.append(step)
        for _ in range(2):
            browser.post(path, {"step": step, "key": key, "answer": "not_solved" if number else "skipped"})
    assert seen == ["lights", "cables", "restart", "one_device", "sign_in_again"]
    page = words(browser.get(path))
    assert "都试过了" in page
    assert f"/field/cases/{case.pk}/engineer/" in page
    assert [what for what, _ in steps(case)] == ["opened", *["note"] * 5]


def test_solved_settles_and_goes_back_to_the_case(fault: Any, signed_in: SignIn) -> None:
    case = fault()
    answer = signed_in("agent").post(
        f"/field/cases/{case.pk}/self-help/", {"step": "restart", "key": "k", "answer": "solved"}
    )
    assert answer.headers["Location"] == f"/cases/{case.pk}/"
    case.refresh_from_db()
    assert case.state == "settled"
    assert case.outcome.startswith("引导客户排障后恢复：关掉光猫")


def test_what_needs_an_engineer_is_not_tried_further(fault: Any, signed_in: SignIn) -> None:
    case, browser = fault(), signed_in("agent")
    path = f"/field/cases/{case.pk}/self-help/"
    answer = browser.post(path, {"step": "lights", "key": "k", "answer": "seen"})
    assert answer.headers["Location"] == f"/field/cases/{case.pk}/engineer/"
    assert 'name="step"' not in words(browser.get(path))
    assert browser.post(path, {"step": "none", "key": "k2", "answer": "solved"}).status_code == 422


def test_the_least_busy_engineer_is_offered_first_and_sent_unless_one_is_named(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    sent_to_ding(fault, crew)
    case, browser = fault(), signed_in("agent")
    path = f"/field/cases/{case.pk}/engineer/"
    page = words(browser.get(path))
    assert re.findall(r'name="engineer" value="(\d*)"[^>]*checked', page) == [""]
    assert re.findall(r'name="engineer" value="(\d+)"', page)[0] == str(crew.lu.pk)
    assert "陆装维 · 集团客户一班 · 0 张未结工单" in page
    agreed = (timezone.localtime() + timedelta(days=1)).replace(hour=9, minute=30)
    sent = {
        "key": "d1",
        "engineer": "",
        "appointment_at": agreed.strftime("%Y-%m-%dT%H:%M"),
        "note": "敲门",
    }
    for _ in range(2):
        assert browser.post(path, sent).headers["Location"] == f"/cases/{case.pk}/"
    case.refresh_from_db()
    assert case.handler == crew.lu
    assert case.promises.filter(source="appointment").count() == 1


def test_a_visit_at_night_is_refused_with_the_next_hour_unless_wished(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    case, browser = fault(), signed_in("agent")
    path = f"/field/cases/{case.pk}/engineer/"
    night = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT22:00")
    sent = {"key": "d1", "engineer": str(crew.lu.pk), "appointment_at": night}
    answer = browser.post(path, sent)
    assert answer.status_code == 422
    assert "08:00至20:00（CT-23）" in words(answer)
    assert browser.post(path, {**sent, "customer_wish": "on"}).status_code == 302


def test_who_is_least_busy_is_decided_as_the_form_is_sent(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.dispatch_fault import dispatch_fault, engineers_for

    case, other, browser = fault(), fault(address="解放路2号"), signed_in("agent")
    path = f"/field/cases/{case.pk}/engineer/"
    page = words(browser.get(path))
    assert "发送时最空闲的人" in page
    assert re.search(r'name="engineer" value=""[^>]* checked', page)
    first, second = engineers_for(case.region_id)
    # While the form stands open, a colleague sends the one who was least busy.
    dispatch_fault(case=other, by=crew.agent, key="d-other", engineer=first.id)
    assert browser.post(path, {"key": "d-open", "engineer": ""}).status_code == 302
    case.refresh_from_db()
    assert case.handler_id == second.id


# --- The engineer ---


def test_the_engineers_day_begins_with_the_next_visit(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.dispatch_fault import dispatch_fault

    later, sooner = fault(), fault(address="解放路2号")
    for case, hours in ((later, 30), (sooner, 3)):
        dispatch_fault(
            case=case, by=crew.agent, key=f"d{case.pk}", engineer=crew.ding, customer_wish=True,
            appointment_at=timezone.now() + timedelta(hours=hours),
        )  # fmt: skip
    browser = signed_in("ding")
    assert browser.get("/").headers["Location"] == "/field/"
    page = words(browser.get("/field/"))
    assert re.findall(r'href="/field/(\d+)/"', page) == [str(sooner.pk), str(later.pk)]
    assert "解放路2号" in page
    assert "王**" in page
    assert "王小明" not in page


def test_name_and_number_are_shown_when_asked_for_and_noted(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.audit.models import Entry

    case, browser = sent_to_ding(fault, crew), signed_in("ding")
    assert "王小明" not in words(browser.get(f"/field/{case.pk}/"))
    page = words(browser.post(f"/field/{case.pk}/customer/"))
    assert "王小明" in page
    assert 'href="tel:13812341234"' in page
    assert list(Entry.objects.filter(act="unmask").values_list("actor", flat=True)) == [crew.ding.pk] * 2


def test_one_tap_says_that_the_engineer_is_there(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    case, browser = sent_to_ding(fault, crew), signed_in("ding")
    for _ in range(3):
        answer = browser.post(f"/field/{case.pk}/taps/arrived/", {"key": "t1"})
        assert answer.headers["Location"] == f"/field/{case.pk}/"
    assert steps(case).count(("reached", "onsite_arrival")) == 1
    assert "确认修复" in words(browser.get(f"/field/{case.pk}/"))


def test_repaired_and_settled_in_one_form(fault: Any, crew: SimpleNamespace, signed_in: SignIn) -> None:
    case, browser = sent_to_ding(fault, crew), signed_in("ding")
    path = f"/field/{case.pk}/taps/repaired/"
    bad = browser.post(path, {"key": "t1", "cause": "", "note": ""})
    assert bad.status_code == 422
    assert "请简单写明" in words(bad)
    sent = {"key": "t2", "cause": "line", "note": "换了接头", "settled": "on"}
    for _ in range(2):
        assert browser.post(path, sent).headers["Location"] == "/field/"
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("settled", "换了接头")
    assert "没有待上门的客户" in words(browser.get("/field/"))


def test_nobody_there_and_late_are_written_down(fault: Any, crew: SimpleNamespace, signed_in: SignIn) -> None:
    from upheld.records.cases.models import CaseStep

    case, browser = sent_to_ding(fault, crew), signed_in("ding")
    browser.post(f"/field/{case.pk}/taps/late/", {"key": "t1", "reason": "traffic", "note": "高架堵车"})
    told = CaseStep.objects.get(case=case, what="delay_notice")
    assert (told.detail["in_advance"], told.detail["clause"], told.note) == (True, "CT-49", "高架堵车")
    browser.post(f"/field/{case.pk}/taps/absent/", {"key": "t2", "note": ""})
    case.refresh_from_db()
    assert (case.state, case.waiting_for) == ("waiting", "customer")
    assert "我已到达" in words(browser.get(f"/field/{case.pk}/"))


@pytest.mark.parametrize(("pressed", "believed"), [(-20, True), (-14 * 60, False), (30, False)])
def test_a_tap_that_waited_for_a_connection_is_dated_when_it_was_made(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn, pressed: int, believed: bool
) -> None:
    """What is said to be of later than now, or of longer than a shift ago, counts when it comes."""
    from upheld.operations.cases.hand_over import hand_over
    from upheld.records.cases.models import CaseStep

    case = fault()
    now = timezone.now()
    hand_over(case=case, by=crew.agent, to_employee=crew.ding, key="h", at=now - timedelta(minutes=30))
    when = now + timedelta(minutes=pressed)
    sent = {"key": "t1", "pressed_at": when.isoformat().replace("+00:00", "Z")}
    assert signed_in("ding").post(f"/field/{case.pk}/taps/arrived/", sent).status_code == 302
    step = CaseStep.objects.get(case=case, event="onsite_arrival")
    assert (step.at == when) is believed
    if not believed:
        assert step.at >= now


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("arrived", {}),
        ("absent", {"note": "无人应"}),
        ("late", {"reason": "traffic"}),
        ("repaired", {"cause": "line", "note": "好了"}),
    ],
)
def test_a_tap_made_before_the_last_step_follows_it_and_keeps_its_own_instant(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn, what: str, given: dict[str, str]
) -> None:
    """Ding taps without a connection; before it comes, the desk writes a note. He is not taken to come hours later."""
    from upheld.operations.cases.hand_over import hand_over
    from upheld.records.cases.models import CaseStep

    case, now = fault(), timezone.now()
    noted_at, when = now - timedelta(minutes=30), now - timedelta(minutes=40)
    hand_over(case=case, by=crew.agent, to_employee=crew.ding, key="h", at=noted_at)
    sent = {"key": "t1", "pressed_at": when.isoformat(), **given}
    assert signed_in("ding").post(f"/field/{case.pk}/taps/{what}/", sent).status_code == 302
    step = CaseStep.objects.get(case=case, key="t1")
    assert step.at == noted_at
    said = " ".join(one.note for one in CaseStep.objects.filter(case=case))
    kept = CaseStep.objects.filter(case=case, detail__pressed_at=when.isoformat()).exists()
    assert kept or f"{timezone.localtime(when):%H:%M}" in said


@pytest.mark.parametrize("key", ["k" * 500, "a\0b", "\0"])
def test_a_key_that_the_database_would_not_take_is_no_fault(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn, key: str
) -> None:
    case = fault()
    sent = {"step": "lights", "key": key, "answer": "not_solved"}
    assert signed_in("agent").post(f"/field/cases/{case.pk}/self-help/", sent).status_code == 302


def test_the_list_asks_no_more_of_the_database_for_more_visits(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    browser, asked = signed_in("ding"), []
    for _ in range(2):
        sent_to_ding(fault, crew)
        browser.get("/field/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/field/")
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    "pressed", ["x", "2026-13-45", "2026-01-01T00:00:00", "9" * 50, "0000-00-00T00:00:00Z"]
)
def test_nonsense_for_an_instant_is_as_good_as_none(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn, pressed: str
) -> None:
    case = sent_to_ding(fault, crew)
    sent = {"key": "t1", "pressed_at": pressed}
    assert signed_in("ding").post(f"/field/{case.pk}/taps/arrived/", sent).status_code == 302


def test_another_engineers_visit_is_closed_and_noted(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.audit.models import Entry

    case, browser = sent_to_ding(fault, crew), signed_in("lu")
    for answer in (
        browser.get(f"/field/{case.pk}/"),
        browser.post(f"/field/{case.pk}/customer/"),
        browser.post(f"/field/{case.pk}/taps/arrived/", {"key": "t"}),
    ):
        assert answer.status_code == 403
        noted = Entry.objects.latest("pk")
        assert (noted.act, noted.actor, noted.allowed) == ("open_visit", crew.lu, False)
    assert signed_in("lead").get(f"/field/{case.pk}/").status_code == 200
    assert browser.get("/field/999999/").status_code == 404
    assert signed_in("ding").post(f"/field/{case.pk}/taps/dance/", {"key": "t"}).status_code == 404


def test_every_form_that_a_phone_keeps_has_a_key(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    page = words(signed_in("ding").get(f"/field/{sent_to_ding(fault, crew).pk}/"))
    forms = re.findall(r"<form[^>]*data-keeps.*?</form>", page, re.DOTALL)
    keys = [re.findall(r'name="key" value="(\w+)"', one) for one in forms]
    assert len(forms) == 4
    assert len({key for (key,) in keys}) == 4


# --- Made good ---


def repaired_after(fault: Any, crew: SimpleNamespace, hours: float) -> Any:
    from upheld.operations.visit_on_site import repair_done

    case = fault(hours + 1)
    at: datetime = case.opened_at + timedelta(hours=hours)
    repair_done(case=case, by=crew.agent, key="r", cause="line", note="好了", at=at)
    return case


def test_the_lead_approves_what_the_law_gives_once(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.cases.models import CaseStep

    case, browser = repaired_after(fault, crew, 50), signed_in("lead")
    path = f"/field/cases/{case.pk}/compensation/"
    page = words(browser.get(path))
    assert "LAW-1" in page
    assert "8.90" in page
    (key,) = re.findall(r'name="key" value="(\w+)"', page)
    for _ in range(2):
        answer = browser.post(path, {"key": key, "clause": "LAW-1"})
        assert answer.status_code == 302
    assert CaseStep.objects.filter(case=case, what="compensated").count() == 1
    page = words(browser.get(path))
    assert 'name="clause"' not in page
    assert "已给付" in page
    assert case.promises.filter(action="call_back").count() == 1
    again = browser.post(path, {"key": "other", "clause": "LAW-1"})
    assert again.status_code == 422


def test_where_nothing_is_owed_the_page_says_why(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    case = repaired_after(fault, crew, 5)
    assert "无须补偿" in words(signed_in("lead").get(f"/field/cases/{case.pk}/compensation/"))


def test_an_unknown_rent_is_asked_for(fault: Any, crew: SimpleNamespace, signed_in: SignIn) -> None:
    crew.wang.plan_monthly_fen = None
    crew.wang.save()
    case, browser = repaired_after(fault, crew, 50), signed_in("lead")
    path = f"/field/cases/{case.pk}/compensation/"
    assert 'name="base"' in words(browser.get(path))
    assert "不知道月租" in words(browser.post(path, {"key": "k", "clause": "LAW-1"}))
    assert "请写以元为单位" in words(browser.post(path, {"key": "k", "clause": "LAW-1", "base": "lots"}))
    assert browser.post(path, {"key": "k", "clause": "LAW-1", "base": "60"}).status_code == 302


def test_only_leads_open_it(fault: Any, crew: SimpleNamespace, signed_in: SignIn) -> None:
    case = repaired_after(fault, crew, 50)
    for who in ("agent", "ding", "li"):
        assert signed_in(who).get(f"/field/cases/{case.pk}/compensation/").status_code == 403


def test_the_page_of_a_case_leads_on_and_says_what_is_owed(
    fault: Any, crew: SimpleNamespace, signed_in: SignIn
) -> None:
    fresh = fault(1)
    page = words(signed_in("agent").get(f"/cases/{fresh.pk}/"))
    assert f'href="/field/cases/{fresh.pk}/self-help/"' in page
    assert f'href="/field/cases/{fresh.pk}/engineer/"' in page
    assert "障碍期间的月租" not in page
    late = repaired_after(fault, crew, 50)
    page = words(signed_in("lead").get(f"/cases/{late.pk}/"))
    assert "障碍期间的月租：3天" in page
    assert "8.90元" in page.replace(" ", "")
    assert f'href="/field/cases/{late.pk}/compensation/"' in page
    page = words(signed_in("agent").get(f"/cases/{late.pk}/"))
    assert "障碍期间的月租：3天" in page
    assert f'href="/field/cases/{late.pk}/compensation/"' not in page
