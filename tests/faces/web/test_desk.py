"""The hotline desk: who calls is found at once, the page says what is owed and what to say, cases open with clocks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from upheld.operations.cases.open_case import open_case
from upheld.operations.cases.wait_for import wait_for
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case, CaseStep
from upheld.records.people.models import GroupRole, Person, Service
from upheld.records.promises.models import Promise
from upheld.records.tiers.models import Membership, Rating

Browser = Callable[..., Client]


@pytest.fixture
def hotline(company: SimpleNamespace) -> SimpleNamespace:
    """Two agents of Li's team, and a service of Wang that is not the own number."""
    company.join("agent", "方晓", "hotline_agent")
    company.join("other_agent", "丁宁", "hotline_agent")
    company.join("inspector", "严谨", "quality_inspector")
    Person.objects.filter(pk=company.wang.pk).update(gender="female")
    Service.objects.create(code="S1", person=company.wang, number="057188880001", kind="broadband")
    Service.objects.create(code="S2", person=company.wang, number="13812341234", kind="mobile")
    return company


@pytest.fixture
def agent(hotline: SimpleNamespace, signed_in: Browser) -> Client:
    """The agent's browser, in Chinese."""
    return signed_in("agent")


def text_of(response: Any) -> str:
    words = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", words)))


def case_form(**fields: str) -> dict[str, str]:
    return {"key": "form-1", "kind": "complaint", "summary": "机房断电三次，没有人管", **fields}


def test_an_agents_day_begins_at_the_desk(agent: Client) -> None:
    assert agent.get("/").headers["Location"] == reverse("desk")
    assert "坐席台" in text_of(agent.get(reverse("desk")))


@pytest.mark.parametrize("number", ["13812341234", "+86 138 1234 1234", "013812341234", "0571-88880001"])
def test_a_ringing_number_that_is_one_customers_opens_the_page(agent: Client, number: str) -> None:
    response = agent.get(reverse("desk"), {"number": number})
    assert response.status_code == 302
    page = agent.get(response.headers["Location"])
    assert "王小明" in text_of(page)


def test_a_number_of_several_is_a_choice_with_masked_names(hotline: SimpleNamespace, agent: Client) -> None:
    Person.objects.create(code="P9", name="王大明", phone="13812341234")
    words = text_of(agent.get(reverse("desk"), {"number": "13812341234"}))
    assert words.count("王**") == 2
    assert "王小明" not in words
    assert "13812341234" not in words


def test_a_stranger_is_registered_once_and_has_the_laws_clock(
    hotline: SimpleNamespace, agent: Client
) -> None:
    page = agent.get(reverse("desk"), {"number": "13900000009"})
    assert 'value="13900000009"' in page.content.decode()
    given = {"key": "ring-1", "name": "陌", "gender": "male", "number": "13900000009"}
    first = agent.post(reverse("desk-register"), given)
    assert agent.post(reverse("desk-register"), given).headers["Location"] == first.headers["Location"]
    stranger = Person.objects.get(phone="13900000009")
    assert "陌先生" in text_of(agent.get(first.headers["Location"]))
    agent.post(reverse("desk-open-case", args=[stranger.code]), case_form())
    assert set(Promise.objects.values_list("clause", flat=True)) == {"CT-16", "LAW-6"}


def test_registering_says_all_faults_and_keeps_what_was_written(agent: Client) -> None:
    page = agent.post(reverse("desk-register"), {"key": "ring-1", "name": "", "number": "139"})
    assert page.status_code == 422
    assert "请填写如何称呼来电人" in text_of(page)
    assert 'value="139"' in page.content.decode()


@pytest.mark.parametrize("typed", ["王小明", "wxm", "wangxiaoming", "1234", "P1", "电力公司"])
def test_a_caller_is_found_by_whatever_the_agent_hears(agent: Client, typed: str) -> None:
    found = agent.get(reverse("desk"), {"q": typed}, headers={"HX-Request": "true"})
    assert reverse("caller", args=["P1"]) in found.content.decode()
    assert "王**" in text_of(found)


def test_one_hit_goes_straight_to_the_caller_and_none_offers_to_register(agent: Client) -> None:
    assert agent.get(reverse("desk"), {"q": "陈慧"}).headers["Location"] == reverse("caller", args=["P2"])
    assert "登记来电人" in text_of(agent.get(reverse("desk"), {"q": "查无此人"}))


def test_the_look_at_a_name_is_noted_once_for_a_call(hotline: SimpleNamespace, agent: Client) -> None:
    for _ in range(3):
        agent.get(reverse("caller", args=["P1"]))
    looks = Entry.objects.filter(act="unmask", subject_id=str(hotline.wang.pk))
    assert [(one.actor_id, one.detail) for one in looks] == [(hotline.agent.pk, {"field": "name"})]
    agent.get(reverse("caller", args=["P2"]))
    assert Entry.objects.filter(act="unmask").count() == 2


def test_the_number_stays_masked_until_it_is_asked_for(agent: Client) -> None:
    page = agent.get(reverse("desk"), {"number": "13812341234"}, follow=True)
    assert "138****1234" in text_of(page)
    assert "13812341234" not in page.content.decode()


def test_the_page_says_who_it_is_and_how_the_call_is_taken(
    hotline: SimpleNamespace, agent: Client, owe: Any
) -> None:
    owe(action="visit", clause="KEY-5")
    words = text_of(agent.get(reverse("caller", args=["P1"])))
    for said in ("王女士", "江州市电力公司", "A类", "联系人", "KEY-16", "KEY-26", "CARE-43", "李娜", "走访"):
        assert said in words, said


def test_what_to_say_fits_the_segment(hotline: SimpleNamespace, agent: Client, signed_in: Browser) -> None:
    words = text_of(agent.get(reverse("caller", args=["P1"])))
    assert "自助查询话费" in words
    Person.objects.filter(pk=hotline.wang.pk).update(brand="e_home")
    words = text_of(agent.get(reverse("caller", args=["P1"])))
    assert "王女士，好的，我现在就为您查询话费" in words
    assert "118114" in words
    english = text_of(signed_in("agent", "en").get(reverse("caller", args=["P1"])))
    assert "this is agent AGENT" in english


def test_a_complaint_of_a_class_a_contact_begins_its_clocks(hotline: SimpleNamespace, agent: Client) -> None:
    saved = agent.post(reverse("desk-open-case", args=["P1"]), case_form())
    page = text_of(agent.get(saved.headers["Location"]))
    case = Case.objects.get()
    assert (case.first_asked, case.handler, case.channel) == (hotline.agent, hotline.agent, "hotline")
    assert (case.person, case.group, case.priority) == (hotline.wang, hotline.power, 2)
    clauses = sorted(Promise.objects.values_list("clause", flat=True))
    assert clauses == ["CT-16", "KEY-23", "KEY-23", "LAW-6"]
    assert "首问责任人方晓" in page
    opened = page[page.index("工单") : page.index("未归档工单")]
    for clause in ("CT-16", "KEY-23", "LAW-6"):
        assert clause in opened


def test_only_what_is_public_may_be_told(hotline: SimpleNamespace, agent: Client) -> None:
    """A silver member's fault in a village: the law's limit may be told, the ceiling of "at once" is inferred."""
    since = date(2026, 1, 1)
    rating = Rating.objects.create(
        person=hotline.chen, edition=hotline.edition, as_of=since, card="silver", state="active"
    )
    Membership.objects.create(
        person=hotline.chen, card="silver", state="active", from_date=since, rating=rating
    )
    saved = agent.post(
        reverse("desk-open-case", args=["P2"]), case_form(kind="fault", area="rural", summary="没有信号")
    )
    page = agent.get(saved.headers["Location"]).content.decode()
    opened = page[page.index('id="opened-title"') :]
    shown = {
        clause: text_of(SimpleNamespace(content=item.encode()))
        for item in re.findall(r"<li>.*?</li>", opened[: opened.index("</section>")], re.DOTALL)
        for clause in re.findall(r">((?:CT|LAW)-\d+)<", item)
    }
    assert "可告知客户" in shown["LAW-1"]
    assert "仅内部" in shown["CT-15"]
    assert "推定" in shown["CT-15"]


def test_a_form_sent_twice_opens_one_case(agent: Client) -> None:
    address = reverse("desk-open-case", args=["P1"])
    places = {agent.post(address, case_form()).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Case.objects.count() == 1


def test_all_faults_of_a_case_are_said_at_once_and_nothing_written_is_lost(agent: Client) -> None:
    page = agent.post(
        reverse("desk-open-case", args=["P1"]),
        {"key": "form-1", "kind": "fault", "address": "东门 3 号", "summary": ""},
    )
    words = text_of(page)
    assert page.status_code == 422
    assert "请写下客户说的情况" in words
    assert "请选择城镇还是农村" in words
    assert "东门 3 号" in page.content.decode()
    assert not re.search(r'id="new-case"[^>]*hidden', page.content.decode())
    assert not Case.objects.exists()


def test_the_preview_shows_the_clocks_of_a_kind_and_stores_nothing(agent: Client) -> None:
    address = reverse("desk-preview", args=["P1"])
    assert "CT-16" not in text_of(agent.get(address))
    words = text_of(agent.get(address, {"kind": "complaint"}))
    assert words.count("KEY-23") == 2
    assert "LAW-6" in words
    town = text_of(agent.get(address, {"kind": "fault", "area": "urban"}))
    assert "城镇或农村" not in town
    assert "选定地点后" in text_of(agent.get(address, {"kind": "fault"}))
    assert not Case.objects.exists()
    assert not Promise.objects.exists()


def test_the_preview_is_what_the_case_begins(agent: Client) -> None:
    for kind, area in (("complaint", ""), ("fault", "rural"), ("enquiry", ""), ("coverage_request", "")):
        shown = text_of(agent.get(reverse("desk-preview", args=["P1"]), {"kind": kind, "area": area}))
        agent.post(reverse("desk-open-case", args=["P1"]), case_form(key=f"k-{kind}", kind=kind, area=area))
        begun = Promise.objects.filter(case__kind=kind).values_list("clause", flat=True)
        assert sorted(re.findall(r"(?:KEY|CT|LAW)-\d+", shown)) == sorted(begun)
        assert begun


def test_the_service_that_rang_and_the_last_place_are_filled_in(
    hotline: SimpleNamespace, agent: Client
) -> None:
    open_case(
        by=hotline.agent,
        kind="fault",
        channel="hotline",
        key="k1",
        person=hotline.wang,
        area="rural",
        summary="x",
    )
    service = Service.objects.get(code="S1")
    page = agent.get(reverse("caller", args=["P1"]), {"rang": service.pk}).content.decode()
    assert f'<option value="{service.pk}" selected>' in page
    assert '<option value="rural" selected>' in page


def test_kinds_of_groups_are_offered_to_their_people_alone(hotline: SimpleNamespace, agent: Client) -> None:
    GroupRole.objects.filter(person=hotline.chen).delete()
    assert 'value="coverage_request"' in agent.get(reverse("caller", args=["P1"])).content.decode()
    assert 'value="coverage_request"' not in agent.get(reverse("caller", args=["P2"])).content.decode()
    refused = agent.post(reverse("desk-open-case", args=["P2"]), case_form(kind="coverage_request"))
    assert refused.status_code == 422


def test_a_clock_that_stands_still_says_what_it_waits_for(hotline: SimpleNamespace, agent: Client) -> None:
    opened = open_case(
        by=hotline.agent,
        kind="fault",
        channel="hotline",
        key="k1",
        person=hotline.wang,
        area="urban",
        summary="x",
    )
    wait_for(case=opened.case_id, by=hotline.agent, waiting_for="customer", note="等客户在家", key="w1")
    words = text_of(agent.get(reverse("caller", args=["P1"])))
    assert "等待中 · 客户" in words
    if Promise.objects.filter(paused_at__isnull=False).exists():
        assert "停" in words[words.index("等待中 · 客户") :]


@pytest.fixture
def complaint(hotline: SimpleNamespace) -> Case:
    """An open complaint of Wang, with the agent."""
    opened = open_case(
        by=hotline.agent, kind="complaint", channel="hotline", key="k1", person=hotline.wang, summary="断电"
    )
    return Case.objects.get(pk=opened.case_id)


def test_a_case_goes_to_the_team_leader_and_the_first_asked_stays(
    hotline: SimpleNamespace, agent: Client, complaint: Case
) -> None:
    address = reverse("desk-hand-over", args=[complaint.pk])
    sheet = agent.get(address, headers={"HX-Request": "true"}).content.decode()
    lead = hotline.lead
    assert sheet.index(f'value="lead-{lead.pk}"') < sheet.index(f'value="unit-{lead.unit_id}"')
    assert "<html" not in sheet
    given = {"key": "h1", "to": f"lead-{lead.pk}", "note": "客户很生气，要班长来说"}
    done = agent.post(address, given, headers={"HX-Request": "true"})
    assert f'id="case-{complaint.pk}"' in done.content.decode()
    assert "首问 方晓" in text_of(done)
    assert "王**" in text_of(done)
    here = f"http://testserver{reverse('caller', args=['P1'])}"
    again = agent.post(address, given, headers={"HX-Request": "true", "HX-Current-URL": here})
    assert "王**" not in text_of(again)
    agent.post(address, given, headers={"HX-Request": "true"})
    complaint.refresh_from_db()
    assert (complaint.handler, complaint.first_asked) == (lead, hotline.agent)
    assert CaseStep.objects.filter(case=complaint, what="handed_over").count() == 1
    assert set(Promise.objects.values_list("responsible_id", flat=True)) == {lead.pk}


def test_handing_over_without_a_word_is_refused_in_the_sheet(agent: Client, complaint: Case) -> None:
    address = reverse("desk-hand-over", args=[complaint.pk])
    refused = agent.post(address, {"key": "h1", "to": "unit-0", "note": ""}, headers={"HX-Request": "true"})
    assert refused.status_code == 200  # htmx swaps no answer that is an error
    assert "请写明情况" in text_of(refused)
    assert agent.post(address, {"key": "h1"}).status_code == 422


def test_a_call_back_is_promised_shown_and_kept_by_the_call(
    hotline: SimpleNamespace, agent: Client, complaint: Case
) -> None:
    due_at = timezone.localtime() + timedelta(hours=2)
    given = {"key": "b1", "due_at": due_at.strftime("%Y-%m-%dT%H:%M"), "note": "回复核实结果"}
    for _ in range(2):
        agent.post(reverse("desk-call-back", args=[complaint.pk]), given)
    owed = Promise.objects.get(action="call_back")
    assert (owed.clause, owed.responsible) == ("CT-10", hotline.agent)
    listed = text_of(agent.get(reverse("desk")))
    assert "记录回呼" in listed
    missed = {"key": "c1", "outcome": "not_reached", "note": "无人接听"}
    agent.post(reverse("desk-call-made", args=[owed.pk]), missed)
    owed.refresh_from_db()
    assert owed.state == "open"
    agent.post(
        reverse("desk-call-made", args=[owed.pk]), {"key": "c2", "outcome": "reached", "note": "已答复"}
    )
    owed.refresh_from_db()
    assert owed.state == "kept"
    assert "记录回呼" not in text_of(agent.get(reverse("desk"))).split("坐席台按键")[0]


def test_a_call_back_for_a_time_that_is_over_is_refused(agent: Client, complaint: Case) -> None:
    past = (timezone.localtime() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    page = agent.post(reverse("desk-call-back", args=[complaint.pk]), {"key": "b1", "due_at": past})
    assert page.status_code == 422
    assert "这个时间已经过了" in text_of(page)


def test_the_queue_puts_contacts_first_and_a_case_is_taken_once(
    hotline: SimpleNamespace, agent: Client, signed_in: Browser
) -> None:
    unit = hotline.agent.unit
    stranger = Person.objects.create(code="P8", name="赵六")
    for key, person in (("a", stranger), ("b", hotline.wang)):
        open_case(
            by=hotline.other_agent,
            kind="enquiry",
            channel="hotline",
            key=key,
            person=person,
            summary=key,
            unit=unit,
        )
    page = agent.get(reverse("desk")).content.decode()
    queue = page[page.index('id="queue-title"') :]
    assert queue.index(reverse("caller", args=["P1"])) < queue.index(reverse("caller", args=["P8"]))
    case = Case.objects.get(key="b")
    taken = agent.post(reverse("desk-take", args=[case.pk]))
    assert taken.headers["Location"] == reverse("caller", args=["P1"])
    late = signed_in("other_agent").post(reverse("desk-take", args=[case.pk]))
    assert (late.status_code, "刚被别人领走" in text_of(late)) == (409, True)
    assert "王**" in text_of(agent.get(reverse("desk")))


def test_who_answers_no_calls_has_no_desk(
    company: SimpleNamespace, hotline: SimpleNamespace, signed_in: Browser
) -> None:
    for who in ("li", "service", "inspector"):
        assert signed_in(who).get(reverse("desk")).status_code == 403
        assert signed_in(who).get(reverse("caller", args=["P1"])).status_code == 403
    assert signed_in("lead").get(reverse("caller", args=["P1"])).status_code == 200


def test_hostile_addresses_make_no_page_fail(agent: Client) -> None:
    assert agent.get(reverse("desk"), {"number": "' OR 1=1 --", "q": "\x00"}).status_code == 200
    assert agent.get(reverse("desk"), {"q": "%" * 300}).status_code == 200
    assert agent.get(reverse("caller", args=["P1"]), {"opened": "9" * 40, "rang": "\x00"}).status_code == 200
    assert agent.get(reverse("caller", args=["nobody"])).status_code == 404
    assert agent.get(reverse("desk-hand-over", args=[999])).status_code == 404


def test_somebody_elses_new_case_is_not_shown_on_this_page(
    hotline: SimpleNamespace, agent: Client, complaint: Case
) -> None:
    page = agent.get(reverse("caller", args=["P2"]), {"opened": complaint.pk})
    assert "首问责任人" not in text_of(page)


def test_the_pages_ask_few_questions_however_much_is_open(hotline: SimpleNamespace, agent: Client) -> None:
    def queries(address: str) -> int:
        agent.get(address)  # sessions and editions are warm, and the look is noted
        with CaptureQueriesContext(
            connection,
        ) as asked:
            agent.get(address)
        return len(asked)

    caller, desk = reverse("caller", args=["P1"]), reverse("desk")
    few = queries(caller), queries(desk)
    for number in range(12):
        open_case(
            by=hotline.agent,
            kind="complaint",
            channel="hotline",
            key=f"k{number}",
            person=hotline.wang,
            summary="x",
        )
    many = queries(caller), queries(desk)
    assert many[0] <= few[0] + 2  # what is shown of the cases, and what they still owe
    assert many[1] <= few[1] + 2
    assert max(many) <= 24


def test_english_pages_are_whole(hotline: SimpleNamespace, signed_in: Browser, complaint: Case) -> None:
    browser = signed_in("agent", "en")
    chinese = re.compile("[一-鿿]+")
    names = {
        "王小明",
        "方晓",
        "江州市电力公司",
        "李娜",
        "集团客户一班",
        "断电",
        "中文",
        "王女士",
        "践诺",
        "王",
        "方",
    }
    for address in (reverse("desk"), reverse("caller", args=["P1"])):
        left = set(chinese.findall(text_of(browser.get(address)))) - names
        assert not left, left


def test_a_day_that_is_long_ago_needs_its_date() -> None:
    from upheld.faces.hotline.telling import instant_in_words

    now = timezone.now()
    assert instant_in_words(now, now=now).startswith(("today", "今天"))
    assert instant_in_words(now + timedelta(days=1), now=now).startswith(("tomorrow", "明天"))
    assert str(now.year + 2) in instant_in_words(now + timedelta(days=730), now=now)
