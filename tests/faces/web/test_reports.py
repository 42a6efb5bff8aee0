"""Reports from the road: what the device gets to keep, and what the server makes of what it sends, once or again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from upheld.records.audit.models import Entry
from upheld.records.evidence.models import Interaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(owe, today):
    return owe(due_date=today + timedelta(days=10), planned_on=today)


def report(owed, **more):
    return {
        "key": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "promise": str(owed.pk),
        "channel": "visit",
        "outcome": "reached",
        "report": "谈了专线扩容",
        "seconds_ago": "120",
        **more,
    }


def send(client, owed, **more):
    answer = client.post("/work/reports/send/", report(owed, **more))
    return answer.status_code, answer.json()


def test_the_page_that_stays_on_the_device_shows_no_name_and_no_number(signed_in, visit, owe, company):
    owe(person=None, group=company.power, planned_on=company.today, turn=2)
    page = signed_in("li").get("/work/reports/").content.decode()
    assert f'data-promise="{visit.pk}"' in page
    assert "王**" in page
    assert "王小明" not in page
    assert "138" not in page
    assert "江州市电力公司" in page


def test_a_report_keeps_its_promise_at_the_minute_it_happened(signed_in, visit):
    status, answer = send(signed_in("li"), visit)
    assert (status, answer["done"]) == (200, True)
    assert "KEY-5" in answer["words"]
    visit.refresh_from_db()
    assert visit.state == "kept"
    contact = Interaction.objects.get()
    assert timedelta(minutes=2) <= timezone.now() - contact.happened_at < timedelta(minutes=3)


def test_sent_again_it_is_stored_once_and_answered_alike(signed_in, visit):
    client = signed_in("li")
    assert send(client, visit) == send(client, visit, seconds_ago="500")
    assert Interaction.objects.count() == 1


def test_the_same_key_from_two_devices_of_two_people_is_two_reports(signed_in, visit, owe, company):
    send(signed_in("li"), visit)
    other = owe(person=company.chen, responsible=company.zhou, planned_on=company.today)
    assert send(signed_in("zhou"), other)[0] == 200
    assert Interaction.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"key": "\0" * 10},
        {"promise": "x"},
        {"promise": "9" * 30},
        {"promise": "999999999"},
        {"channel": "pigeon"},
        {"channel": "call"},
        {"outcome": "maybe"},
        {"seconds_ago": "-1"},
        {"seconds_ago": str(90 * 24 * 3600)},
        {"report": "x" * 2_001},
    ],
)
def test_what_cannot_be_stored_is_refused_in_words_and_stores_nothing(signed_in, visit, wrong):
    status, answer = send(signed_in("li"), visit, **wrong)
    assert (status, answer["done"]) == (422, False)
    assert answer["words"]
    assert not Interaction.objects.exists()


def test_another_managers_customer_is_not_reported_on_and_the_attempt_is_noted(signed_in, visit):
    assert send(signed_in("zhou"), visit)[0] == 403
    assert Entry.objects.filter(allowed=False, actor__username="zhou").exists()
    assert not Interaction.objects.exists()


def test_what_somebody_else_wrote_on_the_device_is_not_sent_in_the_name_of_who_signed_in_since(
    signed_in, visit, company
):
    status, answer = send(signed_in("li"), visit, owner=company.zhou.code)
    assert (status, answer["done"]) == (401, False)
    assert not Interaction.objects.exists()
    assert send(signed_in("li"), visit, owner=company.li.code)[0] == 200


def test_who_was_signed_out_is_sent_to_sign_in_and_nothing_is_stored(client, visit):
    answer = client.post("/work/reports/send/", report(visit))
    assert answer.status_code == 302
    assert "/sign-in/" in answer["Location"]
    assert not Interaction.objects.exists()


def test_the_worker_comes_from_below_work_and_is_asked_for_anew(client, db):
    answer = client.get("/work/worker.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
