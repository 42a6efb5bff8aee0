"""The page of a case: its clocks drawn and told, what may be done with it, and how it stood at any moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

SignIn = Callable[..., Client]
SWAP = {"HX-Request": "true"}


@pytest.fixture
def complain(company: SimpleNamespace) -> Callable[..., int]:
    """Open a complaint of Wang, a contact of a class A group, some hours ago; Li works on it."""
    from upheld.operations.cases.open_case import open_case

    def make(*, hours: float = 1, **given: Any) -> int:
        at = timezone.now() - timedelta(hours=hours)
        given = {
            "by": company.li, "kind": "complaint", "channel": "hotline", "person": company.wang, "summary": "网速慢",
            "key": f"c{hours}{len(given)}", "at": at, **given,
        }  # fmt: skip
        return open_case(**given).case_id

    return make


def act(browser: Client, case: int, name: str, *, key: str = "k", **fields: Any) -> Any:
    """Send the form of an act."""
    return browser.post(f"/cases/{case}/{name}/", {"key": key, **fields}, follow=True)


def shown(browser: Client, case: int, **asked: str) -> str:
    """Give the page of a case as text."""
    return browser.get(f"/cases/{case}/", asked).content.decode()


def drawing_in(page: str) -> ElementTree.Element:
    """Find the drawing in a page, as the XML that SVG must be."""
    found = re.search(r'<svg class="drawing" width="100%".*?</svg>\s*<p class="drawing-said', page, re.DOTALL)
    assert found
    return ElementTree.fromstring(found.group().rpartition("<p ")[0])


def bars(page: str) -> list[tuple[str, float, float]]:
    """Give what the bands draw: the kind of each stretch, its left end and its width in percent."""
    return [
        (one.get("class", ""), float(one.get("x", "0").rstrip("%")), float(one.get("width", "0").rstrip("%")))
        for one in drawing_in(page).iter("rect")
        if "shape" in one.get("class", "") and "%" in one.get("x", "")
    ]


def test_the_page_tells_who_asks_what_and_which_clocks_run(complain: Any, signed_in: SignIn) -> None:
    page = shown(signed_in("li"), complain())
    for words in (
        "投诉",
        "王小明",
        "江州市电力公司",
        "网速慢",
        "首问人",
        "李娜",
        "首次答复",
        "时间充足",
        "可告知客户",
    ):
        assert words in page, words
    for clause in ("KEY-23", "CT-16", "LAW-6", "CT-8"):
        assert f'href="/clauses/{clause}/"' in page
    assert page.count("data-clock data-due=") == 4
    assert "要点已记下并复述" in page, "what to mind with a complaint (CARE-46)"
    assert "把结果告诉客户" in page, "CARE-3"


def test_the_drawing_shows_what_ran_and_what_stood_still(complain: Any, signed_in: SignIn) -> None:
    from upheld.operations.cases.wait_for import resume_case, wait_for
    from upheld.records.cases.models import CaseClock

    case = complain(hours=1, kind="fault", area="urban")
    opened = timezone.now() - timedelta(hours=1)
    wait_for(case=case, by=None, waiting_for="customer", note="等客户回电", at=opened + timedelta(minutes=15))
    resume_case(case=case, by=None, at=opened + timedelta(minutes=45))
    page = shown(signed_in("li"), case)
    by_kind = {kind: [one for one in bars(page) if kind in one[0]] for kind in ("pause", "run")}
    clocks = CaseClock.objects.filter(case_id=case)
    pausing = clocks.filter(pauses__contains=["customer"]).count()
    assert clocks.count() > pausing, "the law's own clock stands still for nobody"
    assert len(by_kind["pause"]) == pausing > 0, (
        "a pause for each clock whose clause allows it, and for no other"
    )
    for _kind, x, width in by_kind["pause"]:
        before = [one for one in by_kind["run"] if one[1] + one[2] == pytest.approx(x, abs=0.01)]
        after = [one for one in by_kind["run"] if one[1] == pytest.approx(x + width, abs=0.01)]
        assert before
        assert after
        # Fifteen minutes, thirty, fifteen: drawn to scale.
        assert width == pytest.approx(2 * before[0][2], rel=0.02)
    assert "等待：客户" in page or "等待 · 客户" in page
    says = [one.get("data-says", "") for one in drawing_in(page).iter("g")]
    assert any("停计" in one for one in says)


def test_an_answer_stops_its_clock_and_a_late_one_is_red(complain: Any, signed_in: SignIn) -> None:
    from upheld.operations.cases.reach_event import reach_event

    case = complain(hours=5)
    reach_event(case=case, by=None, event="first_answer")
    page = shown(signed_in("li"), case)
    assert any("over" in kind for kind, _x, _width in bars(page))
    assert "未兑现" in page


def test_every_act_goes_by_its_form_and_is_told(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.cases.models import Case, CaseStep

    case, browser = complain(), signed_in("li")
    soon = timezone.localtime() + timedelta(hours=3)
    acts = [
        ("note", {"note": "客户很着急"}, "备注已保存"),
        ("reach", {"event": "first_answer", "note": "已电话答复"}, "已记录"),
        ("wait", {"waiting_for": "customer", "note": "等资料"}, "转入等待"),
        ("resume", {"note": ""}, "继续处理"),
        ("change", {"kind": "complaint", "area": "rural", "note": ""}, "已变更"),
        ("call-back", {"due_at": soon.strftime("%Y-%m-%dT%H:%M"), "note": "告知结果"}, "回呼已承诺"),
        ("attach", {"file": SimpleUploadedFile("截图.png", b"\x89PNG\r\n\x1a\n....")}, "附件已保存"),
        ("hand-over", {"to": f"person-{company.lead.pk}", "note": "请协助"}, "已转交"),
    ]
    for number, (name, fields, words) in enumerate(acts):
        answer = act(browser, case, name, key=f"k{number}", **fields)
        page = answer.content.decode()
        assert answer.status_code == 200, (name, re.findall(r"<ul class=\"errors.*?</ul>", page, re.DOTALL))
        assert 'class="good"' in page, (name, words)
    assert Case.objects.get(pk=case).handler == company.lead
    assert [one.what for one in CaseStep.objects.filter(case_id=case).order_by("pk")] == [
        "opened", "note", "reached", "waiting", "resumed", "changed", "call_back", "attached", "handed_over",
    ]  # fmt: skip


def test_a_case_goes_to_its_end_and_comes_back(complain: Any, signed_in: SignIn) -> None:
    from upheld.records.cases.models import Case
    from upheld.records.surveys.models import SurveyAnswer

    case, browser = complain(), signed_in("li")
    assert 'data-act="close"' not in shown(browser, case), "while something is owed"
    act(browser, case, "settle", key="s", outcome="换了光猫，客户满意")
    assert "换了光猫" in shown(browser, case)
    act(browser, case, "close", key="c", note="")
    link = r"http://testserver/s/(\w{26})/"
    assert not re.search(link, shown(browser, case)), "who dealt with it does not answer for the customer"
    assert re.search(link, shown(signed_in("lead"), case)), "the link of the question, to copy"
    act(browser, case, "survey", key="q", score="4", reason="快")
    assert SurveyAnswer.objects.get().taken_by.username == "li"
    assert "4 / 5" in shown(browser, case)
    act(browser, case, "reopen", key="r", note="又断线了")
    stored = Case.objects.get(pk=case)
    assert (stored.state, stored.times_reopened) == ("reopened", 1)
    act(browser, case, "withdraw", key="w", note="客户说不用了")
    assert Case.objects.get(pk=case).state == "closed"
    assert "客户撤回" in shown(browser, case)


def test_a_double_click_is_one_act(complain: Any, signed_in: SignIn) -> None:
    from upheld.records.cases.models import CaseStep

    case, browser = complain(), signed_in("li")
    for _press in range(2):
        assert act(browser, case, "note", key="same", note="一次").status_code == 200
    assert CaseStep.objects.filter(case_id=case, what="note").count() == 1


def test_a_small_swap_brings_the_case_as_it_is_now(complain: Any, signed_in: SignIn) -> None:
    case, browser = complain(), signed_in("li")
    answer = browser.post(f"/cases/{case}/note/", {"key": "n", "note": "你好"}, headers=SWAP)
    page = answer.content.decode()
    assert "<html" not in page
    assert page.lstrip().startswith('<div id="case">')
    refused = browser.post(f"/cases/{case}/note/", {"key": "m", "note": " "}, headers=SWAP)
    assert refused.status_code == 200, "htmx shows no answer that is an error"
    assert "备注是空的" in refused.content.decode()


def test_what_cannot_be_done_is_told_in_words(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    case, browser = complain(), signed_in("li")
    for name, fields, words in (
        ("settle", {"outcome": ""}, "请写明处理结果"),
        ("wait", {"waiting_for": "customer", "note": ""}, "请简要说明等待什么"),
        ("hand-over", {"to": "", "note": "x"}, "请选择"),
        ("change", {"kind": "complaint", "area": "", "note": ""}, "没有任何变更"),
        ("close", {"note": ""}, "请先解决"),
        ("attach", {"file": SimpleUploadedFile("大.bin", b"x" * (5 * 1024 * 1024 + 1))}, "最大5 MB"),
    ):
        answer = act(browser, case, name, key=name, **fields)
        assert answer.status_code == 422, name
        assert words in answer.content.decode(), name


def test_two_people_at_once_are_told_plainly(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    case = complain()
    li, lead = signed_in("li"), signed_in("lead")
    assert act(lead, case, "settle", key="a", outcome="已解决").status_code == 200
    late = act(li, case, "reach", key="b", event="first_answer", note="")
    assert late.status_code == 422
    assert "工单现在的情况已经不同" in late.content.decode() or "重新查看" in late.content.decode()


def test_who_has_no_part_in_a_case_is_refused_and_it_is_noted(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.audit.models import Entry
    from upheld.records.staff.models import Employee

    case = complain()
    browser = signed_in("zhou")
    assert browser.get(f"/cases/{case}/").status_code == 403
    assert browser.get("/cases/999999/").status_code == 403, "who has a book learns no numbers"
    assert browser.post(f"/cases/{case}/note/", {"key": "x", "note": "看看"}).status_code == 403
    assert Entry.objects.filter(act="open_case_page", allowed=False, actor=company.zhou).count() == 3
    Employee.objects.create_user("desk", "p", name="坐席", job="hotline_agent", code="D1")
    company.desk = Employee.objects.get(code="D1")
    page = shown(signed_in("desk"), case)
    assert "王**" in page
    assert "王小明" not in page, "a desk reaches every case and reads names masked"
    assert signed_in("service").get("/cases/999999/").status_code == 404


def test_the_lead_of_the_team_and_whoever_was_asked_first_see_the_case(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.cases.hand_over import hand_over
    from upheld.records.staff.models import Unit

    case = complain(person=company.chen, by=company.li, key="of-chen")
    hand_over(case=case, by=company.li, to_unit=Unit.objects.get(code="U4"), note="由二班处理")
    for who in ("li", "lead", "zhou", "service"):
        assert signed_in(who).get(f"/cases/{case}/").status_code == 200, who


def test_who_only_oversees_sees_no_forms(complain: Any, signed_in: SignIn) -> None:
    case = complain()
    page = shown(signed_in("service"), case)
    assert "data-act=" not in page
    assert signed_in("service").post(f"/cases/{case}/note/", {"key": "x", "note": "x"}).status_code == 403


def test_a_past_moment_is_told_as_it_was_known(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.cases.hand_over import hand_over
    from upheld.operations.cases.reach_event import reach_event

    case = complain(hours=1)
    opened = timezone.now() - timedelta(hours=1)
    reach_event(
        case=case, by=company.li, event="first_answer", note="已答复", at=opened + timedelta(minutes=30)
    )
    hand_over(
        case=case, by=company.li, to_employee=company.lead, note="请协助", at=opened + timedelta(minutes=40)
    )
    browser = signed_in("li")
    then = shown(browser, case, at=(opened + timedelta(minutes=20)).isoformat())
    assert "当时" in then or "时的情况" in then
    assert "已答复" not in then
    assert "请协助" not in then
    assert "data-act=" not in then, "nothing can be done with the past"
    assert "已兑现" not in then
    assert "data-clock" not in then, "a past moment does not count down"
    assert re.search("还剩1小时(39|40)分", then)
    assert re.search(r"处理人</dt><dd>李娜", then)
    now = shown(browser, case)
    assert "已答复" in now
    assert "已兑现" in now
    assert re.search(r"处理人</dt><dd>何敏", now)


@pytest.mark.parametrize("at", ["nonsense", "9999-12-31T00:00", "0001-01-01T00:00", "\x00", "2026-02-30"])
def test_a_moment_that_cannot_be_shows_the_case_all_the_same(
    at: str, complain: Any, signed_in: SignIn
) -> None:
    assert signed_in("li").get(f"/cases/{complain()}/", {"at": at}).status_code == 200


def test_the_table_says_what_the_drawing_shows(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.cases.reach_event import reach_event

    case = complain(hours=1)
    opened = timezone.now() - timedelta(hours=1)
    reach_event(case=case, by=company.li, event="first_answer", at=opened + timedelta(minutes=30))
    table = re.search(r'<table class="figures">.*?</table>', shown(signed_in("li"), case), re.DOTALL)
    assert table
    words = re.sub(r"<[^>]+>", " ", table.group())
    assert "开始计时" in words
    assert re.search(r"停止计时\s+0小时(29|30)分\s+1小时(29|30|31)分", words), "half an hour of two was used"


def test_a_file_comes_back_as_a_download_that_no_browser_opens(complain: Any, signed_in: SignIn) -> None:
    from upheld.records.cases.models import Attachment

    case, browser = complain(), signed_in("li")
    page = b"<html><script>alert(1)</script></html>"
    act(
        browser, case, "attach", key="f", file=SimpleUploadedFile("合同.html", page, content_type="text/html")
    )
    stored = Attachment.objects.get()
    assert stored.content_type == "application/octet-stream", "by its bytes, whatever the browser called it"
    answer = browser.get(f"/cases/{case}/files/{stored.pk}/")
    assert answer.content == page
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert signed_in("zhou").get(f"/cases/{case}/files/{stored.pk}/").status_code == 403
    assert browser.get(f"/cases/{case}/files/{stored.pk + 1}/").status_code == 404


def test_every_refusal_of_an_act_on_a_case_is_said_in_chinese() -> None:
    from pathlib import Path

    from django.utils import translation

    import upheld.operations
    from upheld.faces.cases.refusals import REFUSALS, refusal_in_words
    from upheld.operations.refusals import ActRefused

    beside = ("answer_survey", "ask_survey", "job_required")
    folder = Path(upheld.operations.__file__).parent
    files = [*(folder / "cases").glob("*.py"), *(folder / f"{act}.py" for act in beside)]
    text = "\n".join(one.read_text("utf-8") for one in files)
    codes = set(re.findall(r'(?:(?:ActRefused|NotAllowed)\(\s*|\bcode(?:: str)? ?= ?)"(\w+)"', text))
    assert {"still_owed", "taken", "other_team"} <= codes
    with translation.override("zh-hans"):
        for code in codes:
            assert re.search("[\u4e00-\u9fff]", refusal_in_words(ActRefused(code, "in English"))), code
    # Said by other acts of a case, or by this page itself.
    assert not set(REFUSALS) - codes - {"already_answered", "no_edition"}, "words for what nobody refuses"


def test_the_words_of_cases_cover_their_codes() -> None:
    from upheld.faces import case_words, rule_words
    from upheld.records.cases import choices
    from upheld.records.promises.choices import WarnedRole, WarningStage

    assert set(case_words.STATES) == set(choices.CaseState.values)
    assert set(case_words.STEPS) == set(choices.StepKind.values)
    assert set(case_words.CHANNELS) == set(choices.CaseChannel.values)
    assert set(case_words.ORDERS) == set(choices.OrderType.values)
    assert set(case_words.WAITING_FOR) == set(choices.WaitingFor.values)
    assert set(case_words.CLOCK_EVENTS) == set(choices.ClockEventKind.values)
    assert set(rule_words.VALUES["case"]) == set(choices.CaseKind.values)
    assert set(case_words.STAGES) == set(WarningStage.values)
    assert set(case_words.WARNED) == set(WarnedRole.values)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=9), "9秒"),
        (timedelta(minutes=4, seconds=30), "4分30秒"),
        (timedelta(hours=1, minutes=5, seconds=59), "1小时05分"),
        (timedelta(days=2, hours=3, minutes=59), "2天3小时"),
        (timedelta(hours=-2), "2小时00分"),
    ],
)
def test_what_is_left_is_said_in_its_two_largest_units(length: timedelta, words: str) -> None:
    from django.utils import translation

    from upheld.faces.case_words import span

    with translation.override("zh-hans"):
        assert span(length) == words


def test_instants_of_a_clock_are_written_with_their_offset(complain: Any, signed_in: SignIn) -> None:
    page = shown(signed_in("li"), complain())
    for found in re.findall(r'data-due="([^"]+)"', page):
        assert datetime.fromisoformat(found).utcoffset() == timedelta(hours=8)


def test_the_customers_page_has_the_cases_open_ones_first(
    complain: Any, company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.cases.settle_case import settle_case

    done, going = complain(hours=30), complain(hours=1, kind="enquiry")
    settle_case(case=done, by=company.li, outcome="好了")
    browser = signed_in("li")
    assert 'hx-get="/cases/of/person/P1/"' in browser.get("/people/P1/").content.decode()
    listed = browser.get("/cases/of/person/P1/", headers=SWAP).content.decode()
    for case in (done, going):
        assert f'href="/cases/{case}/"' in listed
    assert "<html" not in listed
    assert "data-clock" in listed, "what the open case owes next"
    assert browser.get("/cases/of/group/G2/").status_code == 403
    assert "还没有工单" in signed_in("zhou").get("/cases/of/group/G2/").content.decode()
    assert signed_in("zhou").get("/cases/of/person/P1/").status_code == 403
