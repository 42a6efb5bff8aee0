"""Claims on the pages: quotas as pips, a form with the clause's words, who may, what is told, what is lent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from upheld.faces.entitlements.refusals import REFUSALS, TOLD, claim_refusal_in_words
from upheld.operations.refusals import ActRefused

SignIn = Callable[..., Client]
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def members(company: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Wang, whom Li serves, is a contact of a class A group and holds a diamond card; there is an agent and a lead."""
    from upheld.records.people.models import Service
    from upheld.records.tiers.models import Membership, Rating

    company.join("agent", "赵敏", "hotline_agent")
    company.line = Service.objects.create(
        code="S1", person=company.wang, number="13812341234", kind="mobile", status="suspended"
    )
    rating = Rating.objects.create(
        person=company.wang, edition=company.edition, as_of=date(2026, 1, 1), card="diamond", state="active",
        because=[{"clause": "CT-34", "card": "diamond"}],
    )  # fmt: skip
    company.membership = Membership.objects.create(
        person=company.wang, card="diamond", state="active", from_date=date(2026, 1, 1), rating=rating
    )
    return company


def claim_form(company: SimpleNamespace, **fields: str) -> dict[str, str]:
    return {"key": "form-1", "purpose": "reopen", "service": str(company.line.pk), "note": "", **fields}


REOPEN = "/people/P1/entitlements/emergency_reopen/"


def words_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_last_reopening_of_the_month_is_claimed_and_the_next_agent_is_told(
    members: SimpleNamespace, signed_in: SignIn
) -> None:
    agent = signed_in("agent")
    assert "还剩3次（共3次）" in words_of(agent.get("/people/P1/"))
    form = words_of(agent.get(REOPEN, **HTMX))
    for told in ("每自然月：钻石3次各2天", "还剩3次（共3次）", "紧急开机", "延时停机", "138****1234"):
        assert told in form, told
    for n in range(3):
        done = agent.post(REOPEN, claim_form(members, key=f"form-{n}"), **HTMX)
        assert done.headers["HX-Retarget"] == "#entitlements"
        assert f"还剩{2 - n}次" in words_of(done)
    page = words_of(done)
    assert "已用完" in page
    assert 'href="/people/P1/entitlements/emergency_reopen/"' not in done.content.decode()
    late = signed_in("li").post(REOPEN, claim_form(members, key="late"))
    assert late.status_code == 422
    assert re.search(r"3次已用完：赵敏于.*（CT-46）。.*1日起有下一次", words_of(late))


def test_a_double_clicked_form_is_one_use_and_without_javascript_the_page_comes_back(
    members: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.entitlements.queries import uses_of_person

    browser = signed_in("li")
    first = browser.post(REOPEN, claim_form(members), follow=True)
    again = browser.post(REOPEN, claim_form(members), follow=True)
    assert first.redirect_chain == again.redirect_chain == [("/people/P1/entitlements/?claimed=form-1", 302)]
    assert "紧急开机：已申领。" in words_of(again)
    assert len(uses_of_person(members.wang.pk)) == 1
    assert "已申领。" not in words_of(browser.get("/people/P1/entitlements/?claimed=form-2"))


def test_a_managers_reopening_goes_on_to_the_hotline_and_the_page_says_by_which_case(
    members: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.cases.models import Case

    page = signed_in("li").post(REOPEN, claim_form(members, note="客户在机场"), follow=True)
    case = Case.objects.get()
    assert (case.handler, case.unit) == (None, members.agent.unit)
    assert case.summary == "紧急开机 (CT-46) · 紧急开机 · 客户在机场"
    assert f"已转执行方，工单{case.pk}。" in words_of(page)
    assert f"紧急开机 · 已转工单{case.pk}" in words_of(page)
    signed_in("agent").post(REOPEN, claim_form(members, key="b"))
    assert Case.objects.count() == 1, "what the hotline takes it carries out itself"


def test_what_is_missing_is_said_beside_its_field(members: SimpleNamespace, signed_in: SignIn) -> None:
    answer = signed_in("li").post(REOPEN, claim_form(members, purpose="", service=""))
    assert answer.status_code == 422
    assert "用于:" in words_of(answer)
    assert "业务号码:" in words_of(answer)
    pay = "/people/P1/entitlements/home_payment/"
    small = signed_in("li").post(pay, {"key": "a", "amount_yuan": "50", "note": ""})
    assert "须达到200元（CT-42）" in words_of(small)
    bad = signed_in("li").post(pay, {"key": "a", "amount_yuan": "lots", "note": ""})
    assert "请写金额（元）" in words_of(bad)


def test_an_appointment_at_home_is_named_by_its_case(members: SimpleNamespace, signed_in: SignIn) -> None:
    form = {"key": "a", "amount_yuan": "300", "note": "下午在家"}
    done = signed_in("li").post("/people/P1/entitlements/home_payment/", form, follow=True)
    assert "已开立预约工单" in words_of(done)
    assert "300元" in words_of(done)
    from upheld.records.cases.models import Case

    assert Case.objects.get().summary == "上门收费 (CT-42) · 300元 · 下午在家"


def test_a_spare_phone_is_lent_listed_and_taken_back_in(members: SimpleNamespace, signed_in: SignIn) -> None:
    browser = signed_in("agent")
    phone = "/people/P1/entitlements/spare_phone/"
    form = claim_form(members, purpose="phone_lost", item="IMEI 35")
    page = browser.post(phone, form, follow=True)
    assert "IMEI 35于" in words_of(page)
    listed = words_of(browser.get("/loans/"))
    assert "IMEI 35" in listed
    assert "王**" in listed, "who does not serve the person reads the name masked"
    assert "王小明" in words_of(signed_in("li").get("/loans/"))
    assert "没有未归还的出借物" in words_of(signed_in("zhou").get("/loans/")), "another manager's customer"
    again = browser.post(phone, {**form, "key": "b"})
    assert "IMEI 35尚未归还" in words_of(again)
    (back,) = re.findall(r'href="(/claims/\d+/return/)"', page.content.decode())
    assert "请写明发生了什么" in words_of(browser.post(back, {"state": "damaged", "note": ""}))
    over = browser.post(back, {"state": "damaged", "note": "屏幕裂"}, follow=True)
    assert "出借已结束：损坏" in words_of(over)
    assert "屏幕裂" in words_of(over)
    assert "没有未归还的出借物" in words_of(browser.get("/loans/"))


def test_a_colleagues_claim_is_taken_back_by_the_lead_alone(
    members: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.records.entitlements.queries import use_with_key

    signed_in("agent").post(REOPEN, claim_form(members))
    use = use_with_key("form-1")
    assert use is not None
    address = f"/claims/{use.id}/take-back/"
    assert address in signed_in("agent").get("/people/P1/").content.decode()
    assert address not in signed_in("li").get("/people/P1/").content.decode()
    assert signed_in("li").post(address, {"reason": "同事记错"}).status_code == 403
    assert signed_in("lead").post(address, {"reason": ""}).status_code == 422
    assert "申领已撤销" in words_of(signed_in("lead").post(address, {"reason": "系统没有开机"}, follow=True))
    page = words_of(signed_in("agent").get("/people/P1/"))
    assert "还剩3次（共3次）" in page
    assert "系统没有开机" in page


def test_a_frozen_members_page_offers_the_reopening_and_says_what_rests(
    members: SimpleNamespace, signed_in: SignIn
) -> None:
    members.membership.state = "frozen"
    members.membership.save()
    page = words_of(signed_in("agent").get("/people/P1/"))
    assert "会籍已冻结：缴清欠费前，凭卡的其他权益不能用" in page
    assert "还剩3次（共3次）" in page
    assert "备机" not in page
    assert "新业务免费试用" in page, "the role gives it, not the card"
    phone = claim_form(members, purpose="phone_lost", item="1")
    refused = signed_in("agent").post("/people/P1/entitlements/spare_phone/", phone)
    assert "会籍已冻结（CT-37）" in words_of(refused)


def test_who_may_not_claim_sees_no_button_and_who_does_not_serve_opens_no_form(
    members: SimpleNamespace, signed_in: SignIn
) -> None:
    page = signed_in("service").get("/people/P1/").content.decode()
    assert "还剩3次" in page
    assert REOPEN not in page
    assert signed_in("service").get(REOPEN).status_code == 403
    for method in ("get", "post"):
        assert getattr(signed_in("zhou"), method)(REOPEN).status_code == 403
    assert signed_in("agent").get("/people/P1/entitlements/nothing/").status_code == 404
    assert signed_in("agent").get("/people/nobody/entitlements/").status_code == 404
    assert signed_in("agent").get("/claims/999999/take-back/").status_code == 404


def test_a_group_claims_its_trial(members: SimpleNamespace, signed_in: SignIn) -> None:
    address = "/groups/G1/entitlements/group_trial/"
    assert address in signed_in("li").get("/groups/G1/").content.decode()
    done = signed_in("li").post(address, {"key": "a", "product": "云桌面", "note": ""}, follow=True)
    assert "云桌面" in words_of(done)
    again = signed_in("li").post(address, {"key": "b", "product": "云桌面", "note": ""})
    assert "每项新业务试用一次（KEY-38）" in words_of(again)


def test_without_an_edition_the_panel_says_so(signed_in: SignIn, members: SimpleNamespace) -> None:
    from upheld.records.standards.models import Activation

    address = "/people/P1/entitlements/"
    assert "使用记录" in words_of(signed_in("li").get(address))
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert Activation.objects.filter(active_from__gte=tomorrow).count() == 0
    english = signed_in("li", "en").get(address)
    assert "3 of 3 left" in words_of(english)
    small = signed_in("li").get(address, **HTMX).content.decode()
    assert small.lstrip().startswith("<section")


def test_every_refusal_is_said_in_chinese() -> None:
    from pathlib import Path

    import upheld.operations

    folder = Path(upheld.operations.__file__).parent
    acts = ("claim_entitlement", "take_back_claim", "return_loan", "entitlements_held", "job_required")
    text = "\n".join((folder / f"{act}.py").read_text("utf-8") for act in acts)
    codes = set(re.findall(r'(?:(?:ActRefused|NotAllowed)\(\s*|\bcode(?:: str)? ?= ?)"(\w+)"', text))
    assert {"other_case", "time_is_over"} <= codes
    assert codes == set(REFUSALS), "no words missing, and none for what nobody refuses"
    with translation.override("zh-hans"):
        for code in [*codes, *TOLD]:
            assert re.search("[\u4e00-\u9fff]", claim_refusal_in_words(ActRefused(code, "in English"))), code
