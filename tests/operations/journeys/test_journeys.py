"""A new customer is led through ninety days by whoever meets them: seen by all, promised once, closed with a record."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from upheld.operations.journeys.start_journeys import tell_number_changed
from upheld.operations.journeys.take_back_tick import take_back_tick
from upheld.operations.journeys.tick_step import tick_steps
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.reverse_contact import reverse_contact
from upheld.operations.waive_promise import waive_promise
from upheld.records.audit.models import Entry
from upheld.records.evidence.models import Interaction
from upheld.records.journeys.models import Journey, JourneyStep
from upheld.records.people.models import Region
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Assignment, Employee
from upheld.records.tiers.models import Membership, Rating

JOINED = date(2026, 3, 2)
EVERYONE = {
    "plan_price_told", "agreement_points_told", "channels_told", "paying_told", "data_use_told", "club_recommended",
    "internet_coached", "first_return_visit", "first_bill_explained", "plan_fit_coached", "value_added_recommended",
    "closing_visit",
}  # fmt: skip


def journey_of(person: Any) -> Journey:
    return Journey.objects.get(person=person, closed_at__isnull=True)


def promise_of(person: Any, step: str) -> Promise:
    return Promise.objects.exclude(state="cancelled").get(person=person, source="journey", action=step)


def rate_vip(person: Any, edition: Any, since: date, until: date | None = None) -> Membership:
    rating = Rating.objects.create(
        person=person, edition=edition, as_of=since, card="gold", state="active", because=[]
    )
    return Membership.objects.create(
        person=person, card="gold", state="active", from_date=since, until_date=until, rating=rating
    )


@pytest.mark.django_db
def test_each_joiner_has_one_journey_however_often_the_night_comes(
    joiner: Any, night: Any, states: Any
) -> None:
    first, again, next_night = night(0), night(0), night(1)
    assert (first.started, again.started, next_night.started) == (1, 0, 0)
    assert set(states(joiner.person)) == EVERYONE
    assert (again.added, again.cancelled, again.moved) == (0, 0, 0)
    assert again.unchanged == len(EVERYONE)
    owed = promise_of(joiner.person, "first_return_visit")
    assert (owed.from_date, owed.due_date) == (JOINED + timedelta(days=4), JOINED + timedelta(days=10))
    assert (owed.clause, owed.standard, owed.source) == ("JOIN-12", "JOIN", "journey")


@pytest.mark.django_db
def test_who_is_told_of_late_owes_nobody_what_is_over(joiner: Any, night: Any, states: Any) -> None:
    night(15)  # the feed brought the joiner two weeks late
    assert set(states(joiner.person)) == {
        "first_bill_explained", "plan_fit_coached", "value_added_recommended", "closing_visit",
    }  # fmt: skip


@pytest.mark.django_db
def test_old_customers_and_those_without_a_day_of_joining_have_no_journey(joiner: Any, night: Any) -> None:
    joiner.person.joined_date = JOINED - timedelta(days=91)
    joiner.person.save(update_fields=["joined_date"])
    assert night(0).started == 0
    assert not Journey.objects.exists()


@pytest.mark.django_db
def test_what_the_counter_told_the_hotline_sees_and_a_second_way_adds_evidence(
    joiner: Any, night: Any, on: Any, states: Any
) -> None:
    night(0)
    journey = journey_of(joiner.person)
    told = tick_steps(
        journey=journey, steps=["plan_price_told", "paying_told"], by=joiner.clerk, channel="counter", key="k1",
        at=on(0, 11), now=on(0, 12), note="问过套餐",
    )  # fmt: skip
    assert [one.state for one in told.kept] == ["kept", "kept"]
    again = tick_steps(
        journey=journey, steps=["paying_told"], by=joiner.agent, channel="hotline", key="k2", now=on(2, 9)
    )
    assert again.kept == ()
    owed = promise_of(joiner.person, "paying_told")
    assert (owed.state, owed.ended_at) == ("kept", on(0, 11))
    assert JourneyStep.objects.filter(promise=owed).count() == 2
    assert Promise.objects.filter(person=joiner.person, action="paying_told").count() == 1
    # One talk is one contact, and counts for both promises.
    assert list(Interaction.objects.order_by("pk").values_list("channel", "employee__username")) == [
        ("information", "clerk"),
        ("call", "agent"),
    ]


@pytest.mark.django_db
def test_a_second_click_stores_once(joiner: Any, night: Any, on: Any) -> None:
    night(0)
    acts = [
        tick_steps(
            journey=journey_of(joiner.person), steps=["channels_told"], by=joiner.clerk, channel="counter",
            way="guide", key="once", now=on(1),
        )
        for _ in range(2)
    ]  # fmt: skip
    assert [one.is_new for one in acts] == [True, False]
    assert acts[0].ticks[0].pk == acts[1].ticks[0].pk
    assert JourneyStep.objects.count() == Interaction.objects.count() == 1


@pytest.mark.django_db
def test_who_may_tick_what(joiner: Any, night: Any, on: Any) -> None:
    night(0)
    journey = journey_of(joiner.person)

    def refused(**given: Any) -> str:
        with pytest.raises(ActRefused) as refusal:
            tick_steps(**{"journey": journey, "key": "k", "now": on(1), **given})
        return refusal.value.code

    assert refused(steps=["plan_price_told"], by=joiner.clerk, channel="manager") == "not_your_channel"
    assert refused(steps=["plan_price_told"], by=joiner.zhao, channel="counter") == "not_your_channel"
    assert Entry.objects.filter(act="tick_step", allowed=False).count() == 2
    assert refused(steps=["rights_told"], by=joiner.clerk, channel="counter") == "no_such_step"
    assert (
        refused(steps=["agreement_points_told"], by=joiner.clerk, channel="counter", way="guide")
        == "other_way"
    )
    assert refused(steps=["closing_visit"], by=joiner.zhang, channel="manager") == "before_window"
    assert refused(steps=["channels_told"], by=joiner.clerk, channel="counter", way="guide", at=on(2)) == (
        "in_the_future"
    )
    assert (
        refused(steps=["plan_price_told"], by=joiner.clerk, channel="counter", at=on(-1)) == "before_window"
    )
    assert refused(steps=["plan_price_told"], by=joiner.clerk, channel="counter", contact="visit") == (
        "unknown_channel"
    )
    assert not JourneyStep.objects.exists()


@pytest.mark.django_db
def test_a_changed_number_is_told_by_who_reaches_the_customer(joiner: Any, night: Any, on: Any) -> None:
    night(0)
    journey = journey_of(joiner.person)
    far = Employee.objects.create(code="F1", username="far", name="远", job="account_manager")
    inspector = Employee.objects.create(code="F2", username="inspector", name="查", job="quality_inspector")
    for stranger in (far, inspector):
        with pytest.raises(NotAllowed):
            tell_number_changed(journey=journey, changed=True, by=stranger, now=on(1))
    journey.refresh_from_db()
    assert journey.number_changed is None
    assert Entry.objects.filter(act="tell_number_changed", allowed=False).count() == 2
    Assignment.objects.create(
        employee=far, person=joiner.person, kind="account_manager", from_date=date(2020, 1, 1)
    )
    assert tell_number_changed(journey=journey, changed=True, by=far, now=on(1)).number_changed


@pytest.mark.django_db
def test_a_number_changed_brings_its_coaching_and_no_longer_changed_takes_it_away(
    joiner: Any, night: Any, on: Any, states: Any
) -> None:
    night(0)
    tell_number_changed(journey=journey_of(joiner.person), changed=True, by=joiner.clerk, now=on(1))
    assert states(joiner.person)["number_change_coached"] == "open"
    tell_number_changed(journey=journey_of(joiner.person), changed=False, by=joiner.clerk, now=on(1))
    assert set(states(joiner.person)) == EVERYONE
    cancelled = Promise.objects.get(person=joiner.person, action="number_change_coached")
    assert (cancelled.state, cancelled.end_reason) == (
        "cancelled",
        "no longer owed: the facts of the journey changed",
    )


@pytest.mark.django_db
def test_a_vip_rated_in_time_is_visited_by_the_manager_alone(
    joiner: Any, night: Any, on: Any, states: Any
) -> None:
    night(0)
    rate_vip(joiner.person, journey_of(joiner.person).edition, JOINED + timedelta(days=2))
    Assignment.objects.create(
        employee=joiner.zhang,
        person=joiner.person,
        kind="account_manager",
        from_date=JOINED + timedelta(days=3),
    )
    night(3)
    found = states(joiner.person)
    assert found["manager_assigned"] == "kept"  # nobody had to say so by hand
    assert found["vip_first_return_visit"] == "open"
    assert "first_return_visit" not in found
    owed = promise_of(joiner.person, "vip_first_return_visit")
    assert (owed.responsible, owed.due_date) == (joiner.zhang, JOINED + timedelta(days=10))
    assert {one.responsible for one in Promise.objects.filter(person=joiner.person, state="open")} == {
        joiner.zhang
    }


@pytest.mark.django_db
def test_a_vip_rated_late_has_the_ordinary_visit_and_the_managers(
    joiner: Any, night: Any, on: Any, states: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upheld.operations.journeys.start_journeys.assign_managers", lambda *_, **__: [])
    night(0)
    tick_steps(
        journey=journey_of(joiner.person), steps=["first_return_visit"], by=joiner.agent, channel="hotline",
        key="k", now=on(5),
    )  # fmt: skip
    rate_vip(joiner.person, journey_of(joiner.person).edition, JOINED + timedelta(days=20))
    night(20)
    found = states(joiner.person)
    assert (found["first_return_visit"], found["vip_first_return_visit"]) == ("kept", "open")
    # Nobody is assigned yet: the visit is due seven days after the last day for that.
    assert promise_of(joiner.person, "vip_first_return_visit").due_date == JOINED + timedelta(days=30)
    Assignment.objects.create(
        employee=joiner.li,
        person=joiner.person,
        kind="account_manager",
        from_date=JOINED + timedelta(days=21),
    )
    night(21)
    owed = promise_of(joiner.person, "vip_first_return_visit")
    assert (owed.due_date, owed.responsible) == (JOINED + timedelta(days=28), joiner.li)
    moved = Promise.objects.get(person=joiner.person, action="vip_first_return_visit", state="cancelled")
    assert moved.end_reason == "the facts of the journey moved its window"


@pytest.mark.django_db
def test_what_ended_is_never_touched_nor_made_again(joiner: Any, night: Any, on: Any, states: Any) -> None:
    night(0)
    waived = promise_of(joiner.person, "club_recommended")
    waive_promise(promise=waived, reason="不愿意被打扰", approver=joiner.zhao)
    night(4)  # what was due by day three broke
    before = states(joiner.person)
    assert before["club_recommended"] == "waived"
    assert before["plan_price_told"] == "broken"
    rate_vip(joiner.person, journey_of(joiner.person).edition, JOINED, until=JOINED + timedelta(days=6))
    night(5)
    night(6)  # the card is gone
    after = states(joiner.person)
    assert {step: after[step] for step in before if step != "first_return_visit"} == {
        step: before[step] for step in before if step != "first_return_visit"
    }
    assert after["first_return_visit"] == "open"


@pytest.mark.django_db
def test_done_late_stays_broken_and_says_so_done_in_time_and_written_late_is_kept(
    joiner: Any, night: Any, on: Any, states: Any
) -> None:
    night(0)
    night(5)
    journey = journey_of(joiner.person)
    tick_steps(
        journey=journey, steps=["plan_price_told"], by=joiner.clerk, channel="counter", key="a", now=on(5)
    )
    tick_steps(
        journey=journey, steps=["internet_coached"], by=joiner.clerk, channel="counter", key="b", at=on(3),
        now=on(5),
    )  # fmt: skip
    found = states(joiner.person)
    assert found["plan_price_told"] == "broken, late"
    assert found["internet_coached"] == "kept"
    assert promise_of(joiner.person, "internet_coached").end_reason.startswith("kept in its window")


@pytest.mark.django_db
def test_a_tick_taken_back_opens_the_promise_again_and_takes_its_contact_with_it(
    joiner: Any, night: Any, on: Any, states: Any
) -> None:
    night(0)
    journey = journey_of(joiner.person)
    told = tick_steps(
        journey=journey, steps=["plan_price_told", "club_recommended"], by=joiner.clerk, channel="counter",
        key="k", now=on(1),
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        take_back_tick(tick=told.ticks[0], by=joiner.agent, reason="不是我", now=on(1))
    with pytest.raises(ActRefused, match="reason"):
        take_back_tick(tick=told.ticks[0], by=joiner.clerk, reason=" ", now=on(1))
    row = take_back_tick(tick=told.ticks[0], by=joiner.clerk, reason="点错了", now=on(1, 12))
    assert take_back_tick(tick=told.ticks[0], by=joiner.clerk, reason="点错了", now=on(1, 13)).pk == row.pk
    assert states(joiner.person)["plan_price_told"] == "open"
    assert states(joiner.person)["club_recommended"] == "kept"
    assert not Interaction.objects.filter(reverses__isnull=False).exists()
    take_back_tick(tick=told.ticks[1], by=joiner.wang, reason="班长改正", now=on(5))
    assert states(joiner.person)["club_recommended"] == "broken"
    assert Interaction.objects.filter(reverses__isnull=False).count() == 1


@pytest.mark.django_db
def test_a_contact_taken_back_takes_its_ticks_with_it(joiner: Any, night: Any, on: Any, states: Any) -> None:
    night(0)
    tick_steps(
        journey=journey_of(joiner.person), steps=["plan_price_told", "club_recommended"], by=joiner.clerk,
        channel="counter", key="k", now=on(1),
    )  # fmt: skip
    reverse_contact(interaction=Interaction.objects.get(), by=joiner.clerk, reason="认错了人", now=on(1, 15))
    found = states(joiner.person)
    assert (found["plan_price_told"], found["club_recommended"]) == ("open", "open")
    assert JourneyStep.objects.filter(reverses__isnull=False).count() == 2


@pytest.mark.django_db
def test_a_delivered_message_keeps_the_step_it_tells_and_no_contact_does_unasked(
    joiner: Any, night: Any, on: Any, states: Any
) -> None:
    night(0)
    record_contact(
        by=joiner.zhang, channel="call", happened_at=on(1), key="c", person=joiner.person, now=on(1)
    )
    assert set(states(joiner.person).values()) == {"open"}
    owed = promise_of(joiner.person, "channels_told")
    sms = record_contact(
        by=None, channel="sms", happened_at=on(2), key="s", person=joiner.person, promise=owed, now=on(2)
    )
    assert states(joiner.person)["channels_told"] == "kept"
    told_by_staff_alone = promise_of(joiner.person, "internet_coached")
    with pytest.raises(ActRefused, match="does not keep"):
        record_contact(
            by=None, channel="sms", happened_at=on(2), key="t", person=joiner.person,
            promise=told_by_staff_alone, now=on(2),
        )  # fmt: skip
    # A second way adds evidence; without the message the tick still keeps it, without both nothing does.
    tick = tick_steps(
        journey=journey_of(joiner.person), steps=["channels_told"], by=joiner.clerk, channel="counter",
        way="guide", key="g", now=on(3),
    )  # fmt: skip
    reverse_contact(interaction=sms.interaction, by=None, reason="号码错了", now=on(3))
    assert promise_of(joiner.person, "channels_told").ended_at == on(3)
    take_back_tick(tick=tick.ticks[0], by=joiner.clerk, reason="没给", now=on(3, 12))
    assert states(joiner.person)["channels_told"] == "open"


@pytest.mark.django_db
def test_a_vip_whom_nobody_serves_gets_a_manager_in_the_night(
    joiner: Any, night: Any, states: Any, on: Any
) -> None:
    joiner.person.region = Region.objects.get(name="临海市")
    joiner.person.save(update_fields=["region"])
    night(0)
    rate_vip(joiner.person, journey_of(joiner.person).edition, JOINED + timedelta(days=1))
    report = night(2)
    assert (report.managers, report.without_manager) == (1, 0)
    assert states(joiner.person)["manager_assigned"] == "kept"
    owed = promise_of(joiner.person, "vip_first_return_visit")
    assert owed.responsible is not None
    assert owed.responsible.job == "account_manager"
    assert owed.due_date == JOINED + timedelta(days=9)


@pytest.mark.django_db
def test_ticks_only_grow(joiner: Any, night: Any, on: Any) -> None:
    night(0)
    tick_steps(
        journey=journey_of(joiner.person), steps=["plan_price_told"], by=joiner.clerk, channel="counter", key="k",
        now=on(1),
    )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        JourneyStep.objects.update(note="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        Journey.objects.all()._raw_delete("default")


@pytest.mark.django_db
def test_a_manager_who_takes_over_takes_over_what_is_owed(joiner: Any, night: Any, states: Any) -> None:
    first = Assignment.objects.create(
        employee=joiner.qian, person=joiner.person, kind="phone_manager", from_date=JOINED
    )
    night(0)
    first.until_date = JOINED + timedelta(days=20)
    first.save(update_fields=["until_date"])
    Assignment.objects.create(
        employee=joiner.li, person=joiner.person, kind="phone_manager", from_date=first.until_date
    )
    report = night(20)
    assert report.moved > 0
    owed = Promise.objects.filter(person=joiner.person, state="open")
    assert {one.responsible for one in owed} == {joiner.li}
