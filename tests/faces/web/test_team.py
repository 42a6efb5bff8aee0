"""A team lead sees what runs out next, gives cases to others, takes an angry caller over, and waives with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

SignIn = Callable[..., Client]


@pytest.fixture
def complain(company: SimpleNamespace) -> Callable[..., int]:
    """Open a case of Wang some hours ago; Li works on it unless a story says otherwise."""
    from upheld.operations.cases.open_case import open_case

    def make(key: str, *, hours: float = 1, **given: Any) -> int:
        at = timezone.now() - timedelta(hours=hours)
        given = {"by": company.li, "kind": "complaint", "person": company.wang, **given}
        return open_case(channel="hotline", summary=f"投诉{key}", key=key, at=at, **given).case_id

    return make


def lanes(page: str) -> list[int]:
    """Give the cases of a page in their order."""
    return [int(one) for one in re.findall(r'data-row id="case-(\d+)"', page)]


def shown(browser: Client, **asked: str) -> str:
    """Give the queue as text."""
    return browser.get("/team/", asked).content.decode()


def break_run_out() -> None:
    """Let the sweep of every minute run."""
    from upheld.operations.sweep_warnings import sweep_warnings

    sweep_warnings()


def test_each_lane_holds_its_own_the_most_urgent_first(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.cases.call_backs import promise_call_back
    from upheld.operations.cases.wait_for import wait_for
    from upheld.records.staff.models import Unit

    late, soon, fresh = complain("a", hours=5), complain("b", hours=1.8), complain("c", hours=0.1)
    waits = complain("d", hours=1, kind="fault", area="urban")
    wait_for(case=waits, by=company.li, waiting_for="customer", note="客户不在家")
    nobodys = complain("e", hours=0.1, unit=Unit.objects.get(code="U3"))
    promise_call_back(case=fresh, by=company.li, due_at=timezone.now() + timedelta(minutes=30))
    break_run_out()
    browser = signed_in("lead")
    assert lanes(shown(browser, lane="overdue")) == [late]
    running = lanes(shown(browser, lane="running"))
    assert set(running) == {late, soon, fresh, waits, nobodys}, "the law's clock of the waiting one runs on"
    assert running.index(soon) < running.index(nobodys)
    assert len(running) == len(set(running)), "a case stands once, with its most urgent clock"
    assert lanes(shown(browser, lane="unassigned")) == [nobodys]
    assert lanes(shown(browser, lane="calls")) == [fresh]
    assert lanes(shown(browser, lane="still")) == [waits]
    if timezone.localtime().hour >= 4:  # the clock of two hours ran out today
        assert lanes(shown(browser, lane="breached")) == [late]


def test_the_queue_is_that_of_the_leads_own_units(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    own, other = complain("a"), complain("b", by=company.zhou, person=company.chen)
    assert lanes(shown(signed_in("lead"), lane="running")) == [own]
    assert set(lanes(shown(signed_in("service"), lane="running"))) == {own, other}
    assert lanes(shown(signed_in("service"), lane="running", unit="U4")) == [other]
    assert signed_in("li").get("/team/").status_code == 403


def test_filters_narrow_every_lane(complain: Any, company: SimpleNamespace, signed_in: SignIn) -> None:
    complaint, enquiry = complain("a"), complain("b", kind="enquiry")
    leads_own = complain("c", by=company.lead)
    browser = signed_in("lead")
    assert lanes(shown(browser, lane="running", kind="enquiry")) == [enquiry]
    assert set(lanes(shown(browser, lane="running", clause="LAW-6"))) == {complaint, leads_own}
    assert lanes(shown(browser, lane="running", handler=str(company.lead.pk))) == [leads_own]
    assert lanes(shown(browser, lane="running", clause="XX-1")) == []
    page = shown(browser, lane="running")
    assert f"handler={company.li.pk}" in page, "who has how many leads on to their cases"


def test_pages_follow_one_another_without_a_gap_or_a_double(
    complain: Any, company: SimpleNamespace, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upheld.faces.team import page as page_module
    from upheld.records.staff.models import Unit

    monkeypatch.setattr(page_module, "ROWS_A_PAGE", 2)
    unit = Unit.objects.get(code="U3")
    at = timezone.now() - timedelta(hours=1)
    from upheld.operations.cases.open_case import open_case

    # All opened at one instant: their clocks are due at one instant too.
    cases = [
        open_case(by=company.li, kind="complaint", channel="hotline", person=company.wang, summary="x", key=f"p{n}",
                  at=at, unit=unit).case_id
        for n in range(5)
    ]  # fmt: skip
    browser = signed_in("lead")
    for lane in ("running", "unassigned"):
        found, address = [], f"/team/?lane={lane}"
        for _page in range(4):
            page = browser.get(address).content.decode()
            found += lanes(page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            if following is None:
                break
            address = following.group(1).replace("&amp;", "&")
        assert found == cases, lane


def test_many_are_handed_over_in_one_act_and_what_is_not_ones_own_stays(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.cases.models import Case, CaseStep

    first, second = complain("a"), complain("b")
    other = complain("c", by=company.zhou, person=company.chen)
    browser = signed_in("lead")
    form = {
        "key": "k",
        "case": [str(first), str(second), str(other)],
        "to": f"person-{company.lead.pk}",
        "note": "我来",
    }
    answer = browser.post("/team/hand-over/", form)
    page = answer.content.decode()
    assert "已转派2件工单" in page
    assert "其他单位的工单" in page
    assert {one.handler_id for one in Case.objects.filter(pk__in=[first, second])} == {company.lead.pk}
    assert Case.objects.get(pk=other).handler == company.zhou
    browser.post("/team/hand-over/", form)
    assert CaseStep.objects.filter(what="handed_over").count() == 2, "pressed twice, done once"


@pytest.mark.parametrize("key", ["k" * 300, "k\0" * 40, "\0", "客" * 300])
def test_no_key_or_note_makes_handing_over_fail(
    complain: Any, company: SimpleNamespace, signed_in: SignIn, key: str
) -> None:
    from upheld.records.cases.models import CaseStep

    case, browser = complain("a"), signed_in("lead")
    form = {"key": key, "case": [str(case)], "to": f"person-{company.lead.pk}", "note": "我\0来"}
    assert "已转派1件工单" in browser.post("/team/hand-over/", form).content.decode()
    browser.post("/team/hand-over/", form)
    # Sent twice, it is one step all the same, as long as there is something to know it by.
    notes = CaseStep.objects.filter(case_id=case, what="handed_over").values_list("note", flat=True)
    assert list(notes) == ["我来"] * (1 if key.strip("\0") else 2)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"to": "person-1"}, "请至少勾选一件工单"),
        ({"case": ["1"], "to": ""}, "请选择"),
        ({"case": ["1"], "to": "person-x"}, "请选择"),
        ({"case": ["\x00", "9" * 30], "to": "unit-1"}, "请至少勾选一件工单"),
    ],
)
def test_a_form_that_names_nobody_or_nothing_is_told(
    form: dict[str, Any], words: str, company: SimpleNamespace, signed_in: SignIn
) -> None:
    answer = signed_in("lead").post("/team/hand-over/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_lead_takes_an_angry_caller_over(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.cases.models import Case, CaseStep

    case = complain("a")
    browser = signed_in("lead")
    page = shown(browser, lane="running")
    assert f'action="/cases/{case}/take/"' in page
    assert "data-take" in page, "the key t presses it"
    key = re.search(rf'action="/cases/{case}/take/">.*?name="key" value="([^"]+)"', page, re.DOTALL)
    assert key
    for _press in range(2):
        assert browser.post(f"/cases/{case}/take/", {"key": key.group(1)}).status_code == 302
    taken = Case.objects.get(pk=case)
    assert (taken.handler, taken.first_asked) == (company.lead, company.li), (
        "who was asked first stays named (CT-8)"
    )
    assert CaseStep.objects.filter(case_id=case, what="taken_over").count() == 1


def test_a_clock_is_waived_with_a_reason_by_who_does_not_owe_it(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.promises.models import Promise

    case = complain("a")
    promise = Promise.objects.get(case_id=case, clause="LAW-6")
    browser = signed_in("lead")
    assert browser.post(f"/team/waive/{promise.pk}/", {"reason": ""}).status_code == 422
    assert browser.post(f"/team/waive/{promise.pk}/", {"reason": "客户书面撤回投诉"}).status_code == 302
    promise.refresh_from_db()
    assert (promise.state, promise.approved_by) == ("waived", company.lead)
    own = Promise.objects.filter(case_id=complain("b", by=company.lead)).first()
    answer = browser.post(f"/team/waive/{own.pk}/", {"reason": "自己豁免自己"})
    assert answer.status_code == 422
    assert "不能" in answer.content.decode() or "本人" in answer.content.decode()
    other = Promise.objects.filter(case_id=complain("c", by=company.zhou, person=company.chen)).first()
    assert browser.post(f"/team/waive/{other.pk}/", {"reason": "别班的承诺"}).status_code == 403


def test_the_day_is_told_by_half_hours(complain: Any, company: SimpleNamespace, signed_in: SignIn) -> None:
    from upheld.operations.cases.call_backs import promise_call_back
    from upheld.records.cases.lead_queue import day_by_half_hours

    now = timezone.localtime()
    end = now.replace(hour=23, minute=45, second=0, microsecond=0)
    if now >= end:
        pytest.skip("no time is left today")
    promise_call_back(case=complain("a", hours=0.01), by=company.li, due_at=end)
    found = day_by_half_hours([company.li.unit_id], day=company.today, time_zone="Asia/Shanghai")
    last = found.slots[-1]
    assert timezone.localtime(last.begins_at).strftime("%H:%M") == "23:30"
    assert last.open >= 1
    page = shown(signed_in("lead"))
    assert '"23:30"' in page
    assert "看数字" in page


def test_names_are_whole_for_the_own_team_and_masked_for_others(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    complain("a")
    assert "王小明" in shown(signed_in("lead"), lane="running")
    page = shown(signed_in("service"), lane="running")
    assert "王小明" in page or "王**" in page


@pytest.mark.parametrize(
    "asked",
    [{"after": "x"}, {"after": "1__"}, {"after": f"1_2026-01-01T00:00:00+08:00_{'9' * 30}"},
     {"after": "0_0001-01-01T00:00:00+00:00_1"}, {"lane": "\x00"}, {"kind": "'"}, {"clause": "\x00"},
     {"handler": "9" * 40},
     {"unit": "\x00"}, {"after": "1_2026-01-01T00:00:00_1"}],
)  # fmt: skip
def test_whatever_stands_in_the_address_the_queue_is_shown(
    asked: dict[str, str], complain: Any, signed_in: SignIn
) -> None:
    complain("a")
    for lane in ("running", "unassigned"):
        assert signed_in("service").get("/team/", {"lane": lane, **asked}).status_code == 200


def test_few_cases_and_many_are_read_alike(
    complain: Any, company: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small team is gone through case by case, a large one by due time: the rows are the same."""
    from upheld.records.cases import lead_queue

    for number in range(6):
        complain(f"k{number}", hours=number, kind="complaint" if number % 2 else "enquiry")
    break_run_out()
    asked = lead_queue.Asked(company.today, units=(company.li.unit_id,))
    one_by_one = {lane: lead_queue.queue_page(lane, asked).rows for lane in lead_queue.LANES}
    monkeypatch.setattr(lead_queue, "FEW", -1)
    assert {lane: lead_queue.queue_page(lane, asked).rows for lane in lead_queue.LANES} == one_by_one
    assert one_by_one["running"]
    assert {lane: lead_queue.lane_size(lane, asked) for lane in lead_queue.LANES} == {
        lane: len(rows) for lane, rows in one_by_one.items()
    }


def test_who_only_oversees_reads_the_queue_and_hands_nothing_over(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.cases.models import Case

    case, browser = complain("a"), signed_in("service")
    page = shown(browser, lane="running")
    assert "data-pick" not in page
    assert "data-take" not in page
    form = {"key": "k", "case": [str(case)], "to": f"person-{company.lead.pk}"}
    assert browser.post("/team/hand-over/", form).status_code == 422
    assert Case.objects.get(pk=case).handler == company.li
