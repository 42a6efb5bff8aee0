"""Key facts go by SMS where nobody has told them yet, each once, two a night, with the customer's own figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from upheld.operations.journeys.start_journeys import start_journeys
from upheld.operations.journeys.tick_step import tick_steps
from upheld.records.journeys.models import Journey
from upheld.records.messages.models import Message
from upheld.records.people.models import Bill

JOINED = date(2026, 3, 2)


def keys() -> list[str]:
    return [one.key.split()[-1] for one in Message.objects.order_by("pk")]


@pytest.mark.django_db
def test_nobody_is_messaged_on_the_first_day_and_two_a_night_from_then_on(
    joiner: Any, night: Any, on: Any
) -> None:
    joiner.person.plan_monthly_fen = 99_00
    joiner.person.save(update_fields=["plan_monthly_fen"])
    night(0)
    assert keys() == []
    assert night(1).messages == 2
    # First what nobody tells in person; a second run of the night sends nothing more that is the same.
    assert keys() == ["channels_told", "plan_price_told"]
    told = Message.objects.get(key__endswith="plan_price_told")
    assert "畅享99" in told.content
    assert "99.00元" in told.content
    assert told.promise is not None
    assert (told.promise.action, told.clause) == ("plan_price_told", "JOIN-3")
    assert told.expires_at == on(4, 0)
    night(2)
    assert len(keys()) == len(set(keys())) == 4


@pytest.mark.django_db
def test_who_was_told_in_person_gets_no_message(joiner: Any, night: Any, on: Any) -> None:
    night(0)
    journey = Journey.objects.get()
    for step, way in (("channels_told", "guide"), ("paying_told", "guide"), ("club_recommended", "staff")):
        tick_steps(
            journey=journey,
            steps=[step],
            way=way,
            by=joiner.clerk,
            channel="counter",
            key=step,
            now=on(0, 11),
        )
    night(1)
    night(2)
    night(3)
    assert keys() == ["data_use_told"]  # the plan is not on the price list, so nothing is said of its price


@pytest.mark.django_db
def test_a_number_that_is_not_known_gets_no_message(joiner: Any, night: Any) -> None:
    joiner.person.phone = None
    joiner.person.save(update_fields=["phone"])
    night(0)
    assert night(2).messages == 0


@pytest.mark.django_db
def test_the_first_bill_is_told_with_its_amount_once_it_is_there(joiner: Any, night: Any, on: Any) -> None:
    night(0)
    night(20)
    assert "first_bill_explained" not in keys()
    Bill.objects.create(person=joiner.person, month=date(2026, 3, 1), amount_fen=61_30)
    night(22)
    told = Message.objects.get(key__endswith="first_bill_explained")
    assert "3月共61.30元" in told.content


@pytest.mark.django_db
def test_a_night_made_up_for_sends_no_messages_of_a_day_that_is_over(joiner: Any, on: Any) -> None:
    start_journeys(day=JOINED, now=on(0))
    assert start_journeys(day=JOINED + timedelta(days=1), now=on(2)).messages == 0
