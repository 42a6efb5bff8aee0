"""A message is queued once, in words that are whole, and nothing goes out by queueing it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.operations.conftest import at, at_once

from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.records.messages.models import Message
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee

pytestmark = pytest.mark.django_db

NOON = at("2026-08-03", 12)


def lin() -> Person:
    return Person.objects.get(code="P2")


def test_a_birthday_greeting_waits_in_the_outbox_in_chinese_with_the_customers_name(operator):
    queued = queue_message(template="greeting_birthday", to=lin(), source="contact_plan", key="b:P2", at=NOON)
    row = Message.objects.get(pk=queued.message_id)
    assert queued.is_new
    assert row.content.startswith("林静怡，今天是您的生日")
    assert (row.state, row.purpose, row.clause, row.segments) == ("waiting", "care", "CT-42", 1)
    assert row.next_at == NOON
    assert row.expires_at == NOON + timedelta(days=3)


def test_our_name_stands_in_front_where_the_centre_wants_one(operator, settings):
    settings.MESSAGE_SIGNATURE = "东海电信"
    queued = queue_message(template="greeting_new_year", to=lin(), source="contact_plan", key="n", at=NOON)
    assert Message.objects.get(pk=queued.message_id).content.startswith("【东海电信】林静怡，新年好")


def test_a_commercial_message_says_how_to_refuse(operator):
    offer = {"offer": "合作商户九折", "until": "8月31日"}
    queued = queue_message(
        template="club_offer", to=lin(), source="campaign", key="c", variables=offer, at=NOON
    )
    row = Message.objects.get(pk=queued.message_id)
    assert row.content.endswith("拒收请回复R")
    assert row.rank == 2


def test_an_employee_is_written_to_in_the_language_of_the_pages(operator):
    chief = Employee.objects.get(code="E4")
    queued = queue_message(
        template="greeting_new_year", to=chief, source="x", key="e", channel="wecom", at=NOON
    )
    assert "happy New Year" in Message.objects.get(pk=queued.message_id).content


def test_the_same_key_is_queued_once_and_never_for_somebody_else(operator):
    first = queue_message(template="greeting_new_year", to=lin(), source="x", key="k", at=NOON)
    again = queue_message(template="greeting_birthday", to=lin(), source="x", key="k", at=NOON)
    assert (again.message_id, again.is_new) == (first.message_id, False)
    with pytest.raises(ActRefused, match="somebody else"):
        queue_message(
            template="greeting_new_year", to=Person.objects.get(code="P1"), source="x", key="k", at=NOON
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_queue_the_same_at_once_queue_one(operator):
    person = lin()

    def act():
        return queue_message(template="greeting_new_year", to=person, source="x", key="k", at=NOON)

    results = at_once(act, act, act)
    assert sorted(one.is_new for one in results) == [False, False, True]
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"template": "greeting_birthdays"}, "unknown_template"),
        ({"variables": {"colour": "red"}}, "bad_variables"),
        ({"variables": {}, "template": "low_balance"}, "bad_variables"),
        ({"template": "visit_reminder", "variables": {"time": "字" * 25}}, "bad_variables"),
        ({"template": "visit_reminder", "variables": {"time": "3\x00"}}, "bad_variables"),
        ({"channel": "pigeon"}, "unknown_channel"),
        ({"expires_at": NOON}, "expires_before"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_is_queued(operator, changes, code):
    asked = {"template": "greeting_birthday", "to": lin(), "source": "x", "key": "k", "at": NOON, **changes}
    with pytest.raises(ActRefused) as refused:
        queue_message(**asked)
    assert refused.value.code == code
    assert not Message.objects.exists()


def test_the_database_itself_keeps_content_for_six_months(operator):
    queued = queue_message(template="greeting_new_year", to=lin(), source="x", key="k", at=NOON)
    row = Message.objects.filter(pk=queued.message_id)
    for change in ({"content": ""}, {"content": "other"}, {"created_at": at("2020-01-01")}):
        with pytest.raises(IntegrityError, match="six months"), transaction.atomic():
            row.update(**change)
    with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
        row.delete()
