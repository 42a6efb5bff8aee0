"""The pages of messages: what went out and why not, a doubt decided by people, consent written down with its proof."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from upheld.operations.messages.claim_messages import claim_messages
from upheld.operations.messages.queue_message import queue_message
from upheld.operations.messages.sender_numbers import set_sender_number
from upheld.operations.messages.store_results import PartAnswer, Result, store_results
from upheld.records.audit.models import Entry
from upheld.records.messages import queries
from upheld.records.messages.models import Address, Bulletin, ConsentEvent, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def greeting(company: SimpleNamespace) -> Message:
    """A greeting to Wang that waits."""
    queued = queue_message(template="greeting_new_year", to=company.wang, source="test", key="g")
    return Message.objects.get(pk=queued.message_id)


@pytest.fixture
def doubt(greeting: Message) -> Message:
    """The same greeting, sent, and never answered for."""
    set_sender_number(number="10690001", line="service", by=None)
    noon = timezone.localtime().replace(hour=10, minute=0)
    Message.objects.update(next_at=noon)
    (claimed,) = claim_messages(worker="w", limit=1, at=noon).claimed
    part = PartAnswer(1, 1, "unanswered", error="no answer within 30 s")
    store_results(
        results=[Result(claimed.message_id, claimed.attempt_id, "unanswered", (part,), why="no answer")]
    )
    return greeting


def test_the_outbox_says_how_a_message_stands_and_links_to_its_life(signed_in, company, doubt):
    client = signed_in("service")
    page = client.get("/messages/?state=doubtful").content.decode()
    assert "元旦问候" in page
    assert "存疑" in page
    assert f"/messages/{doubt.pk}/" in page
    life = client.get(f"/messages/{doubt.pk}/").content.decode()
    for words in (
        "已排队",
        "第1次提交",
        "138****1234",
        "10690001",
        "一直未答复",
        "短信中心一直未答复",
        "不知是否已发出",
    ):
        assert words in life, words
    assert "13812341234" not in life


def test_a_manager_sees_the_own_customers_messages_alone(signed_in, company, greeting):
    client = signed_in("zhou")
    assert "元旦问候" not in client.get("/messages/").content.decode()
    assert client.get(f"/messages/{greeting.pk}/").status_code == 403
    assert client.get("/people/P1/messages/").status_code == 403
    client = signed_in("li")
    assert "王小明" in client.get("/messages/").content.decode()
    assert "王小明，新年好" in client.get(f"/messages/{greeting.pk}/").content.decode()


def test_who_does_not_serve_a_customer_reads_the_words_without_the_name(signed_in, company, greeting):
    client = signed_in("service")
    page = client.get(f"/messages/{greeting.pk}/").content.decode()
    assert "王**，新年好" in page
    assert "王小明" not in page


def test_only_who_leads_decides_a_doubt(signed_in, company, doubt):
    client = signed_in("li")
    assert client.post(f"/messages/{doubt.pk}/decide/", {"what": "resend"}).status_code == 403
    client = signed_in("lead")
    assert client.post(f"/messages/{doubt.pk}/decide/", {"what": "both"}).status_code == 422
    answer = client.post(f"/messages/{doubt.pk}/decide/", {"what": "leave", "note": "asked the customer"})
    assert answer.status_code == 302
    assert "asked the customer" in client.get(f"/messages/{doubt.pk}/").content.decode()
    doubt.refresh_from_db()
    assert (doubt.state, doubt.because) == ("failed", "left_in_doubt")
    late = client.post(f"/messages/{doubt.pk}/decide/", {"what": "resend"})
    assert late.status_code == 422
    assert "不再存疑" in late.content.decode()


def test_consent_needs_proof_and_a_refusal_is_written_at_once(signed_in, company):
    client = signed_in("li")
    bare = client.post("/people/P1/consent/", {"kind": "given", "way": "paper", "key": "1"})
    assert bare.status_code == 422
    assert "同意须有凭据" in bare.content.decode()
    told = {"kind": "given", "way": "paper", "proof": "form 12", "key": "2"}
    for _ in range(2):
        assert client.post("/people/P1/consent/", told).status_code == 302
    assert ConsentEvent.objects.count() == 1
    assert "同意接收商业信息" in client.get("/people/P1/messages/").content.decode()
    client.post("/people/P1/consent/", {"kind": "refused", "way": "hotline", "key": "3"})
    assert "拒收商业信息" in client.get("/people/P1/messages/").content.decode()


def test_every_wording_is_shown_in_both_languages_with_its_parts(signed_in, company):
    client = signed_in("admin")
    page = client.get("/messages/wordings/").content.decode()
    assert "greeting_birthday" in page
    assert "今天是您的生日" in page
    assert "Reply R to refuse" in page


@pytest.mark.parametrize(
    "asked", ["?state=%00", "?before=" + "9" * 40, "?before=-1", "?purpose=spam&state=x"]
)
def test_hostile_questions_are_only_questions(signed_in, company, greeting, asked):
    client = signed_in("service")
    assert client.get(f"/messages/{asked}").status_code == 200


def test_hostile_forms_are_refused(signed_in, company):
    client = signed_in("li")
    for kind in ("", "given\x00", "maybe"):
        told = {"kind": kind, "way": "paper", "proof": "x\x00", "key": "\x00"}
        assert client.post("/people/P1/consent/", told).status_code == 422
    # Who has a book learns of no code whether it is a customer's.
    for path in ("consent", "address"):
        assert client.post(f"/people/NOBODY/{path}/", {"kind": "refused"}).status_code == 403
    assert client.get("/messages/999999999999/").status_code == 404


def test_a_customers_page_asks_for_the_messages_where_the_reader_may_read_them(signed_in, company):
    assert "/people/P1/messages/" in signed_in("li").get("/people/P1/").content.decode()
    company.service.job = "quality_inspector"
    company.service.save()
    assert "/people/P1/messages/" not in signed_in("service").get("/people/P1/").content.decode()


# --- addresses ------------------------------------------------------------------------------------------------------


def test_a_customers_address_is_set_and_withdrawn_on_the_page_and_never_shown_whole(signed_in, company):
    client = signed_in("li")
    told = {"channel": "mail", "address": " xiaoming@example.com "}
    for _ in range(2):
        assert client.post("/people/P1/address/", told).status_code == 302
    page = client.get("/people/P1/messages/").content.decode()
    assert "x***@example.com" in page
    assert "xiaoming@example.com" not in page
    assert Address.objects.get().address == "xiaoming@example.com"
    assert client.post("/people/P1/address/", {"channel": "mail", "act": "withdraw"}).status_code == 302
    assert not Address.objects.exists()
    assert Entry.objects.filter(act="set_address", actor=company.li).count() == 2


def test_a_wrong_address_is_said_where_it_was_written(signed_in, company):
    client = signed_in("li")
    for told in (
        {"channel": "mail", "address": "xiaoming"},
        {"channel": "mail", "address": ""},
        {"channel": "mail", "address": "x\x00@example.com"},
        {"channel": "wecom", "address": "k" * 5000},
    ):
        answer = client.post("/people/P1/address/", told)
        assert answer.status_code == 422
        assert "这不是该方式的有效地址" in answer.content.decode()
    assert client.post("/people/P1/address/", {"channel": "sms", "address": "13800000000"}).status_code == 422
    assert client.post("/people/P1/address/", {"channel": "\x00"}).status_code == 422
    assert not Address.objects.exists()


def test_who_does_not_serve_a_customer_sets_no_address_and_a_form_of_another_site_sets_none(
    signed_in, company
):
    told = {"channel": "mail", "address": "x@example.com"}
    assert signed_in("zhou").post("/people/P1/address/", told).status_code == 403
    assert Entry.objects.filter(act="set_address", allowed=False).count() == 1
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(company.li)
    assert strict.post("/people/P1/address/", told).status_code == 403
    assert strict.post("/messages/addresses/", told).status_code == 403
    assert not Address.objects.exists()


def test_everybody_keeps_the_own_addresses_and_the_administrator_a_colleagues(signed_in, company):
    client = signed_in("li")
    assert (
        client.post("/messages/addresses/", {"channel": "wecom", "address": "key-of-li"}).status_code == 302
    )
    page = client.get("/messages/addresses/").content.decode()
    assert "key-of-li" not in page
    assert "企业微信" in page
    assert client.get("/messages/addresses/?employee=ZHOU").status_code == 403
    client = signed_in("admin")
    page = client.get("/messages/addresses/?employee=LI").content.decode()
    assert "李娜的信息接收地址" in page
    told = {"channel": "wecom", "act": "withdraw"}
    assert client.post("/messages/addresses/?employee=LI", told).status_code == 302
    assert not Address.objects.exists()
    assert client.get("/messages/addresses/?employee=NOBODY").status_code == 404
    assert client.post("/messages/addresses/?employee=%00", {"channel": "x"}).status_code in (404, 422)


# --- business information -------------------------------------------------------------------------------------------


def test_the_service_department_writes_what_groups_are_told(signed_in, company, today):
    client = signed_in("service")
    assert "今天没有可发的内容" in client.get("/messages/information/").content.decode()
    told = {
        "key": "1", "zh": "集团套餐说明已更新", "en": "the plan sheet was renewed",
        "from_date": today.isoformat(), "until_date": today.isoformat(),
    }  # fmt: skip
    for _ in range(2):
        assert client.post("/messages/information/", told).status_code == 302
    page = client.get("/messages/information/").content.decode()
    assert "集团套餐说明已更新" in page
    assert Bulletin.objects.get().promotes is False
    assert "/messages/information/" in client.get("/messages/").content.decode()
    client = signed_in("li")
    assert client.get("/messages/information/").status_code == 403
    assert "/messages/information/" not in client.get("/messages/").content.decode()


def test_what_is_wrong_with_business_information_is_told_all_at_once(signed_in, company, today):
    client = signed_in("service")
    page = client.post("/messages/information/", {"key": "1", "zh": "x" * 121, "until_date": "soon"})
    assert page.status_code == 422
    for words in ("中文内容", "英文内容", "从", "至"):
        assert f"{words}:" in page.content.decode(), words
    told = {"key": "1", "zh": "一", "en": "x\x00", "from_date": "2020-01-01", "until_date": "2020-01-02"}
    assert client.post("/messages/information/", told).status_code == 422
    late = client.post("/messages/information/", {**told, "en": "x"})
    assert late.status_code == 422
    assert "结束日期已过" in late.content.decode()
    assert not Bulletin.objects.exists()


def test_a_look_that_finds_nothing_among_the_latest_offers_to_look_further_back(
    signed_in, company, greeting, monkeypatch
):
    monkeypatch.setattr(queries, "SPAN", 2)
    for n in range(3):
        queue_message(template="channels_told", to=company.wang, source="test", key=f"s{n}")
    client = signed_in("service")
    page = client.get("/messages/?purpose=care").content.decode()
    assert "继续往前查看" in page
    before = Message.objects.order_by("-pk")[1].pk
    assert f"before={before}" in page
    assert "元旦问候" in client.get(f"/messages/?purpose=care&before={before}").content.decode()


def test_a_doubt_about_what_is_over_says_so_instead_of_sending(signed_in, company, doubt):
    Message.objects.filter(pk=doubt.pk).update(expiry_told=True, expires_at=timezone.now())
    page = signed_in("lead").post(f"/messages/{doubt.pk}/decide/", {"what": "resend"})
    assert page.status_code == 422
    assert "所述事项已过" in page.content.decode()
