"""How a journey ends: complete, over after ninety days, left, or begun anew from another day of joining."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from upheld.operations.journeys.close_journey import close_journey
from upheld.operations.journeys.take_back_tick import take_back_tick
from upheld.operations.journeys.tick_step import tick_steps
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.journeys.models import Journey
from upheld.records.people.models import Service
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Assignment

JOINED = date(2026, 3, 2)


def journey_of(person: Any) -> Journey:
    return Journey.objects.get(person=person, closed_at__isnull=True)


def promise_of(person: Any, step: str) -> Promise:
    return Promise.objects.exclude(state="cancelled").get(person=person, source="journey", action=step)


def do_everything(joiner: Any, on: Any) -> None:
    journey = journey_of(joiner.person)
    early = sorted(
        one.action
        for one in Promise.objects.filter(person=joiner.person, due_date=JOINED + timedelta(days=3))
    )
    guide = ["channels_told", "data_use_told", "paying_told"]
    tick_steps(
        journey=journey, steps=guide, by=joiner.clerk, channel="counter", way="guide", key="guide", now=on(0)
    )
    rest = [step for step in early if step not in guide]
    tick_steps(journey=journey, steps=rest, by=joiner.clerk, channel="counter", key="told", now=on(0, 11))
    for day, step in ((6, "first_return_visit"), (20, "first_bill_explained"), (40, "plan_fit_coached")):
        tick_steps(journey=journey, steps=[step], by=joiner.agent, channel="hotline", key=step, now=on(day))
    tick_steps(
        journey=journey,
        steps=["value_added_recommended"],
        by=joiner.agent,
        channel="hotline",
        key="va",
        now=on(70),
    )


@pytest.mark.django_db
def test_the_last_step_closes_a_complete_journey_and_taking_it_back_opens_it(
    joiner: Any, night: Any, on: Any, states: Any
) -> None:
    night(0)
    do_everything(joiner, on)
    with pytest.raises(ActRefused, match="still owed"):
        close_journey(journey=journey_of(joiner.person), by=joiner.wang, now=on(71))
    with pytest.raises(NotAllowed):
        close_journey(journey=journey_of(joiner.person), by=joiner.clerk, now=on(71))
    last = tick_steps(
        journey=journey_of(joiner.person), steps=["closing_visit"], by=joiner.zhang, channel="manager",
        contact="visit", key="last", now=on(75),
    )  # fmt: skip
    assert last.completed
    journey = Journey.objects.get(person=joiner.person)
    assert (journey.closed_how, journey.closed_at) == ("complete", on(75))
    assert set(states(joiner.person).values()) == {"kept"}
    with pytest.raises(ActRefused, match="closed"):
        tick_steps(
            journey=journey, steps=["closing_visit"], by=joiner.zhang, channel="manager", key="n", now=on(76)
        )
    take_back_tick(tick=last.ticks[0], by=joiner.zhang, reason="没去成", now=on(76))
    journey.refresh_from_db()
    assert journey.closed_at is None
    assert states(joiner.person)["closing_visit"] == "open"
    assert night(80).started == 0


@pytest.mark.django_db
def test_after_the_ninetieth_day_the_journey_is_over_and_the_customer_goes_to_regular_care(
    joiner: Any, night: Any, on: Any, states: Any
) -> None:
    Assignment.objects.create(
        employee=joiner.qian, person=joiner.person, kind="phone_manager", from_date=JOINED
    )
    night(0)
    assert night(90).over == 0
    assert night(91).over == 1
    journey = Journey.objects.get(person=joiner.person)
    assert (journey.closed_how, journey.handed_to) == ("over", joiner.qian)
    assert set(states(joiner.person).values()) == {"broken"}
    assert night(92).started == 0
    told = Entry.objects.get(act="close_journey")
    assert (told.detail["kept"], told.detail["how"]) == (0, "over")


@pytest.mark.django_db
def test_who_leaves_has_no_journey_any_more(joiner: Any, night: Any, states: Any) -> None:
    night(0)
    Service.objects.filter(person=joiner.person).update(status="closed")
    assert night(7).left == 1
    assert Journey.objects.get(person=joiner.person).closed_how == "left"
    assert not Promise.objects.filter(person=joiner.person, source="journey", state="open").exists()
    assert set(Promise.objects.filter(state="cancelled").values_list("end_reason", flat=True)) == {
        "the customer left during the first ninety days"
    }
    assert night(8).started == 0


@pytest.mark.django_db
def test_a_day_of_joining_put_right_begins_the_journey_anew(joiner: Any, night: Any, states: Any) -> None:
    night(0)
    joiner.person.joined_date = JOINED + timedelta(days=1)
    joiner.person.save(update_fields=["joined_date"])
    report = night(1)
    assert (report.restarted, report.started) == (1, 1)
    assert promise_of(joiner.person, "plan_price_told").due_date == JOINED + timedelta(days=4)
    assert len(states(joiner.person)) == 12


@pytest.mark.django_db
def test_the_night_closes_what_a_contact_recorded_elsewhere_made_complete(
    joiner: Any, night: Any, on: Any
) -> None:
    night(0)
    do_everything(joiner, on)
    owed = promise_of(joiner.person, "closing_visit")
    record_contact(
        by=joiner.zhang, channel="visit", happened_at=on(75), key="v", person=joiner.person, promise=owed,
        now=on(75),
    )  # fmt: skip
    assert night(76).complete == 1
    assert Journey.objects.get(person=joiner.person).closed_how == "complete"
