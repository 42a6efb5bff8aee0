"""The pages of messages: what went out and why not, a doubt decided by people, consent written down with its proof."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils import timezone

from upheld.operations.messages.claim_messages import claim_messages
from upheld.operations.messages.queue_message import queue_message
from upheld.operations.messages.sender_numbers import set_sender_number
from upheld.operations.messages.store_results import PartAnswer, Result, store_results
from upheld.records.messages.models import ConsentEvent, Message

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
    assert client.post("/people/NOBODY/consent/", {"kind": "refused"}).status_code == 404
    assert client.get("/messages/999999999999/").status_code == 404


def test_a_customers_page_asks_for_the_messages_where_the_reader_may_read_them(signed_in, company):
    assert "/people/P1/messages/" in signed_in("li").get("/people/P1/").content.decode()
    company.service.job = "quality_inspector"
    company.service.save()
    assert "/people/P1/messages/" not in signed_in("service").get("/people/P1/").content.decode()
