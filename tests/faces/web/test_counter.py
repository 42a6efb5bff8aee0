"""The store counter from the clerk's side: find, fill in once, save once, print, call who waits."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

SignIn = Callable[..., Client]


@pytest.fixture
def store(company: SimpleNamespace) -> SimpleNamespace:
    """The company with a store and its clerk; Wang has a broadband line and a mobile."""
    from upheld.records.people.models import Service
    from upheld.records.staff.models import Unit

    unit = Unit.objects.create(code="S1", name="人民路营业厅", kind="team", parent=company.li.unit.parent)
    company.join("clerk", "胡小店", "store_clerk", unit)
    company.wang.plan_monthly_fen = 12_900
    company.wang.save()
    Service.objects.create(code="B1", person=company.wang, kind="broadband", number="0576000001")
    Service.objects.create(code="M1", person=company.wang, kind="mobile", number="13812341234")
    return company


@pytest.fixture
def clerk(store: SimpleNamespace, signed_in: SignIn) -> Client:
    return signed_in("clerk")


def words(answer: Any) -> str:
    return answer.content.decode()


def form(**more: Any) -> dict[str, Any]:
    """A relocation and a replacement card, as the page sends them."""
    return {
        "key": "form-1",
        "item": ["relocation", "replacement_card"],
        "relocation-service": "B1",
        "relocation-address": "临海市人民路8号",
        "relocation-area": "urban",
        "relocation-fee": "100",
        "relocation-papers": ["identity_card"],
        "replacement_card-service": "M1",
        "replacement_card-why": "lost",
        **more,
    }


def unmasked() -> list[str]:
    from upheld.records.audit.models import Entry

    return list(Entry.objects.filter(act="unmask").order_by("pk").values_list("detail__field", flat=True))


def test_a_clerk_begins_the_day_at_the_counter(clerk: Client) -> None:
    assert clerk.get("/").headers["Location"] == "/counter/"
    page = words(clerk.get("/counter/"))
    assert "人民路营业厅" in page
    assert 'href="/counter/"' in page


@pytest.mark.parametrize("typed", ["王小明", "wxm", "138****1234", "1234", "P1"])
def test_a_customer_is_found_in_every_way_and_masked(clerk: Client, typed: str) -> None:
    page = words(clerk.get("/counter/", {"q": typed}, headers={"HX-Request": "true"}))
    assert 'href="/counter/customers/P1/"' in page
    assert "王**" in page
    assert "138****1234" in page
    assert "王小明" not in page.replace('data-q="王小明"', ""), "but for what the clerk typed"
    assert unmasked() == []


def test_opening_the_form_shows_name_and_number_and_leaves_its_trace(clerk: Client) -> None:
    page = words(clerk.get("/counter/customers/P1/"))
    assert "王小明" in page
    assert "13812341234" in page
    assert unmasked() == ["name", "phone"]
    assert "129.00" in page
    assert clerk.get("/counter/customers/P9/").status_code == 404


def test_what_is_known_is_filled_in(clerk: Client, store: SimpleNamespace) -> None:
    clerk.post("/counter/customers/P1/", form(item=["fault"], **{
        "fault-service": "B1", "fault-address": "人民路1号", "fault-area": "rural", "fault-text": "断网",
    }))  # fmt: skip
    page = words(clerk.get("/counter/customers/P1/"))
    fields = dict(re.findall(r'name="((?:fault|relocation)-address)" value="([^"]*)"', page))
    assert fields == {"fault-address": "人民路1号", "relocation-address": ""}
    assert "0576000001 · 宽带" in page


def test_one_form_is_saved_once_and_shows_what_is_promised(clerk: Client, store: SimpleNamespace) -> None:
    from upheld.records.cases.models import Case
    from upheld.records.counter.models import Request

    sent = form(item=["relocation", "replacement_card", "complaint"], **{"complaint-text": "账单有误"})
    first, again = (clerk.post("/counter/customers/P1/", sent) for _ in range(2))
    assert first.status_code == again.status_code == 302
    assert first.headers["Location"] == again.headers["Location"]
    assert (Request.objects.count(), Case.objects.count()) == (1, 3)
    page = words(clerk.get(first.headers["Location"]))
    assert "移机：服务号码 057****0001 · 宽带；地址 临海市人民路8号；城乡 城市；费用（元） 100" in page
    assert "LAW-6" in page
    assert "此项没有公示的时限" in page
    assert "13812341234" not in page
    assert not Case.objects.filter(summary__contains="13812341234").exists(), "everybody reads a summary"
    case = Case.objects.get(kind="complaint")
    assert (case.first_asked, case.channel) == (store.clerk, "store")


def test_without_papers_the_page_says_what_to_bring_and_keeps_what_was_typed(clerk: Client) -> None:
    from upheld.records.cases.models import Case

    answer = clerk.post(
        "/counter/customers/P1/", form(**{"relocation-papers": [], "replacement_card-why": ""})
    )
    page = words(answer)
    assert answer.status_code == 422
    assert "移机：须先核验身份（LAW-11）。请客户出示其一：居民身份证、护照、单位证照" in page
    assert "“换卡原因”没有填写" in page
    assert 'value="临海市人民路8号"' in page
    assert re.search(r'value="relocation" checked', page)
    assert 'name="key" value="form-1"' in page
    assert Case.objects.count() == 0


def test_nothing_ticked_is_said_plainly(clerk: Client) -> None:
    answer = clerk.post("/counter/customers/P1/", {"key": "k"})
    assert answer.status_code == 422
    assert "请至少勾选一项" in words(answer)


def printed(clerk: Client, sent: dict[str, Any]) -> str:
    where = clerk.post("/counter/customers/P1/", sent).headers["Location"]
    answer = clerk.get(f"{where}form.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


def test_the_printed_form_holds_everything_that_is_signed(clerk: Client, store: SimpleNamespace) -> None:
    from upheld.records.cases.models import Case
    from upheld.records.counter.models import Request

    text = printed(
        clerk, form(item=["relocation", "replacement_card", "complaint"], **{"complaint-text": "账单有误"})
    )
    for said in ("业务受理单", "王小明", "13812341234", "人民路营业厅", "胡小店", "临海市人民路8号", "账单有误",
                 "已核验：居民身份证（LAW-11）", "客户签名", "营业员签名", "第1页，共1页"):  # fmt: skip
        assert said in text, said
    for case in Case.objects.all():
        assert f"C{case.pk}" in text
    for one in Request.objects.get().promised:
        assert one["clause"] in text
    assert "KEY-23" not in text, "the contact's inner limits are not told"
    assert unmasked()[-2:] == ["name", "phone"], "printing is a look as well"


def test_the_form_is_printed_in_the_readers_language(store: SimpleNamespace, signed_in: SignIn) -> None:
    text = printed(signed_in("clerk", "en"), form())
    assert "Servicerequest" in text
    assert "Clerk'ssignature" in text
    assert "王小明" in text


def test_the_code_on_a_form_finds_its_case_and_its_request(clerk: Client, store: SimpleNamespace) -> None:
    from upheld.records.cases.models import Case

    where = clerk.post("/counter/customers/P1/", form()).headers["Location"]
    case = Case.objects.first()
    assert case is not None
    found = words(clerk.get("/counter/", {"q": f"c{case.pk}"}))
    assert f'href="/cases/{case.pk}/"' in found
    number = re.findall(r"\d+", where)[0]
    assert f'href="{where}"' in words(clerk.get("/counter/", {"q": f"R{number}"}))
    assert "没有查到" in words(clerk.get("/counter/", {"q": "C999999"}))


def test_without_the_font_the_page_says_so(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from upheld.gateways import forms_pdf

    where = clerk.post("/counter/customers/P1/", form()).headers["Location"]
    forms_pdf._font.cache_clear()
    monkeypatch.setattr(forms_pdf, "FONT_FILE", forms_pdf.FONT_FILE.with_name("none.ttf"))
    answer = clerk.get(f"{where}form.pdf")
    forms_pdf._font.cache_clear()
    assert answer.status_code == 503
    assert "缺少打印受理单的字体" in words(answer)


def test_a_contact_who_comes_last_is_called_first(clerk: Client, store: SimpleNamespace) -> None:
    clerk.post("/counter/arrivals/", {"key": "a1"})
    for _ in range(2):
        clerk.post("/counter/arrivals/", {"key": "a2", "code": "P1"})
    page = words(clerk.get("/counter/"))
    waiting = re.findall(r'<li><span class="number">(\d+)</span>', page)
    assert waiting == ["002", "001"]
    assert "联系人，优先" in page
    clerk.post("/counter/next/", {"key": "n1"})
    clerk.post("/counter/next/", {"key": "n1"})
    page = words(clerk.get("/counter/"))
    assert re.findall(r'big-number number">(\d+)', page) == ["002"]
    assert re.search(r'href="/counter/customers/P1/\?arrival=\d+"', page)


def test_saving_the_form_of_who_was_called_finishes_with_them(clerk: Client, store: SimpleNamespace) -> None:
    from upheld.records.counter.models import Arrival

    clerk.post("/counter/arrivals/", {"key": "a1", "code": "P1"})
    clerk.post("/counter/next/", {"key": "n1"})
    arrival = Arrival.objects.get()
    page = words(clerk.get(f"/counter/customers/P1/?arrival={arrival.pk}"))
    assert f'name="arrival" value="{arrival.pk}"' in page
    clerk.post("/counter/customers/P1/", form(arrival=str(arrival.pk)))
    arrival.refresh_from_db()
    assert (arrival.served, arrival.called_by) == (True, store.clerk)


def test_calling_where_nobody_waits_says_so(clerk: Client) -> None:
    assert "无人等候" in words(clerk.post("/counter/next/", {"key": "n"}, follow=True))


def test_who_had_gone_is_written_down(clerk: Client) -> None:
    from upheld.records.counter.models import Arrival

    clerk.post("/counter/arrivals/", {"key": "a1"})
    clerk.post("/counter/next/", {"key": "n1"})
    clerk.post(f"/counter/arrivals/{Arrival.objects.get().pk}/", {"served": "no"})
    assert Arrival.objects.get().served is False
    answer = clerk.post("/counter/arrivals/999/", {"served": "yes"})
    assert answer.status_code == 409
    assert "此号没有人在等候" in words(answer)


def test_a_clerk_without_a_store_is_told(store: SimpleNamespace, signed_in: SignIn) -> None:
    store.clerk.unit = None
    store.clerk.save()
    browser = signed_in("clerk")
    assert "不属于任何营业厅" in words(browser.get("/counter/"))
    for path in ("/counter/arrivals/", "/counter/next/"):
        assert browser.post(path, {"key": "x"}).status_code == 409


def test_who_has_no_counter_sees_none(store: SimpleNamespace, signed_in: SignIn) -> None:
    for who in ("li", "service"):
        browser = signed_in(who)
        assert browser.get("/counter/").status_code == 403
        assert browser.post("/counter/customers/P1/", form()).status_code == 403
        assert 'href="/counter/"' not in words(browser.get("/people/"))


@pytest.mark.parametrize("arrival", ["x", "99999999999999999999", "-1", "²"])
def test_a_made_up_arrival_in_the_address_does_no_harm(clerk: Client, arrival: str) -> None:
    assert clerk.get("/counter/customers/P1/", {"arrival": arrival}).status_code == 200
