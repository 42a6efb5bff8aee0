"""Stories of times agreed with customers: agreed once, moved, called off, kept by the visit, and reminded of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from upheld.operations.appointments import agree_appointment, cancel_appointment, move_appointment
from upheld.operations.dispatch_fault import OutsideHours
from upheld.operations.record_contact import record_contact
from upheld.operations.record_contacts import Contact, record_contacts
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.records.audit.models import Entry
from upheld.records.messages.models import Message
from upheld.records.people.models import Group, Person
from upheld.records.promises.models import PlannedDay, Promise, PromiseWarning

from .conftest import at, at_once, named

NOW = at("2026-03-02")
pytestmark = pytest.mark.django_db


def person():
    return Person.objects.get(code="P2")


def agree(day="2026-03-10", hour=14, by="E1", length=60, **more):
    begins_at = at(day, hour)
    subject = {} if "group" in more else {"person": person()}
    given = {"until_at": begins_at + timedelta(minutes=length), "now": NOW, **subject, **more}
    return agree_appointment(by=named(by), begins_at=begins_at, **given)


def agreed():
    return Promise.objects.get(source="appointment")


def test_a_time_agreed_is_a_promise_of_its_own_due_by_its_end(operator):
    assert agree().is_new
    promise = agreed()
    assert (promise.clause, promise.action, promise.state) == ("MGR-5", "visit", "open")
    assert promise.due_at == at("2026-03-10", 15)
    assert promise.from_date == promise.due_date == promise.planned_on == date(2026, 3, 10)
    assert promise.responsible == named("E1")
    assert PlannedDay.objects.get().at_time.hour == 14
    assert Entry.objects.filter(act="agree_appointment").count() == 1


def test_agreed_twice_it_is_agreed_once(operator):
    first = agree()
    again = agree()
    assert (again.promise_id, again.is_new) == (first.promise_id, False)
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_agree_once(operator):
    results = at_once(agree, agree)
    assert len({one.promise_id for one in results}) == 1
    assert Promise.objects.filter(source="appointment").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_at_once_agree_with_one_customer_for_one_day_each(operator):
    results = at_once(lambda: agree(hour=10, by="E1"), lambda: agree(hour=14, by="E2"))
    assert len({one.promise_id for one in results}) == 2
    assert sorted(Promise.objects.values_list("turn", flat=True)) == [1, 2]


def test_nobody_is_in_two_places_at_once(operator):
    agree()
    with pytest.raises(ActRefused) as refused:
        agree(hour=14, length=30, group=Group.objects.get(code="G1"))
    assert refused.value.code == "time_is_taken"
    agree(hour=15, group=Group.objects.get(code="G1"))
    agree(hour=14, by="E2")


def test_a_visit_at_night_is_made_only_where_the_customer_wishes_it(operator):
    with pytest.raises(OutsideHours) as refused:
        agree(hour=21)
    assert refused.value.clauses == ("CT-23",)
    assert refused.value.next_at == at("2026-03-11", 8)
    assert agree(hour=21, customer_wish=True).is_new


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"day": "2026-03-01"}, "appointment_over"),
        ({"day": "2027-03-01"}, "too_far_ahead"),
        ({"length": 0}, "bad_hours"),
        ({"length": 12 * 60}, "bad_hours"),
        ({"channel": "gift"}, "unknown_channel"),
    ],
)
def test_what_cannot_be_agreed_is_refused(operator, more, code):
    with pytest.raises(ActRefused) as refused:
        agree(**more)
    assert refused.value.code == code
    assert not Promise.objects.exists()


def test_the_visit_that_was_agreed_keeps_both(visit):
    agree()
    kept = record_contact(
        by=named("E1"), person=person(), channel="visit", happened_at=at("2026-03-10", 14),
        key="k1", now=at("2026-03-10", 16),
    ).kept  # fmt: skip
    assert {(one.clause, one.source) for one in kept} == {("MGR-5", "appointment"), ("KEY-5", "contact_plan")}
    assert all(one.evidence.count() == 1 for one in kept)


@pytest.mark.parametrize("which", ["appointment", "contact_plan"])
def test_both_are_kept_whichever_of_them_the_report_names(visit, which):
    agree()
    owed = Promise.objects.get(source=which)
    kept = record_contact(
        by=named("E1"), person=person(), channel="visit", happened_at=at("2026-03-10", 14), promise=owed,
        key="k1", now=at("2026-03-10", 16),
    ).kept  # fmt: skip
    assert len(kept) == 2
    assert not Promise.objects.filter(state="open").exists()


def test_among_many_records_it_is_the_same(visit):
    agree()
    contact = Contact("visit", at("2026-03-10", 14), "k1", named("E1").pk, person_id=person().pk)
    assert len(record_contacts(contacts=[contact], by=named("E1"), now=at("2026-03-10", 16)).kept) == 2


def test_a_visit_on_another_day_keeps_what_the_standard_owes_and_leaves_the_appointment(visit):
    agree()
    [kept] = record_contact(
        by=named("E1"), person=person(), channel="visit", happened_at=at("2026-03-05"), key="k1",
        now=at("2026-03-05", 16),
    ).kept  # fmt: skip
    assert kept == visit
    assert agreed().state == "open"


@pytest.mark.parametrize("is_swept", [True, False])
def test_who_comes_after_the_time_agreed_has_broken_it_and_done_it_late(visit, is_swept):
    agree()
    if is_swept:
        sweep_warnings(now=at("2026-03-10", 16))
    kept = record_contact(
        by=named("E1"), person=person(), channel="visit", happened_at=at("2026-03-10", 16), key="k1",
        now=at("2026-03-10", 17),
    ).kept  # fmt: skip
    assert kept == (visit,)
    assert (agreed().state, agreed().late) == ("broken", True)
    assert agreed().ended_at == at("2026-03-10", 15)


def test_one_visit_keeps_one_of_two_appointments(operator):
    agree()
    agree(hour=16)
    [kept] = record_contact(
        by=named("E1"), person=person(), channel="visit", happened_at=at("2026-03-10", 14), key="k1",
        now=at("2026-03-10", 15),
    ).kept  # fmt: skip
    assert kept.due_at == at("2026-03-10", 15)


def test_who_forgets_is_warned_and_then_it_is_broken(operator):
    agree()
    swept = sweep_warnings(now=at("2026-03-10", 14))
    assert (swept.before, swept.broken) == (1, 0)
    assert sweep_warnings(now=at("2026-03-10", 16)).broken == 1
    assert agreed().state == "broken"
    assert PromiseWarning.objects.filter(to="team_lead").exists()


def move(day="2026-03-12", hour=9, by="E1", **more):
    begins_at = at(day, hour)
    return move_appointment(
        promise=agreed(), by=named(by), begins_at=begins_at, until_at=begins_at + timedelta(hours=1),
        **{"now": NOW, **more},
    )  # fmt: skip


def test_another_time_is_agreed_and_the_first_stays_in_the_story(operator):
    agree()
    move()
    assert agreed().due_at == at("2026-03-12", 10)
    assert agreed().planned_on == date(2026, 3, 12)
    assert [one.day.day for one in PlannedDay.objects.order_by("pk")] == [10, 12]
    move()
    assert PlannedDay.objects.count() == 2
    assert sweep_warnings(now=at("2026-03-11")).broken == 0


def test_what_was_moved_meanwhile_is_not_moved_again_from_an_old_page(operator):
    agree()
    seen = agreed().due_at
    move(seen_due_at=seen)
    with pytest.raises(ActRefused) as refused:
        move(day="2026-03-13", seen_due_at=seen)
    assert refused.value.code == "moved_meanwhile"


def test_it_moves_onto_no_other_appointment_and_not_once_it_is_over(operator):
    first = agree()
    agree(day="2026-03-12", hour=9, group=Group.objects.get(code="G1"))
    with pytest.raises(ActRefused, match="another appointment"):
        move_appointment(
            promise=first.promise_id, by=named("E1"), begins_at=at("2026-03-12", 9),
            until_at=at("2026-03-12", 10), now=NOW,
        )  # fmt: skip
    with pytest.raises(ActRefused) as refused:
        cancel_appointment(promise=first.promise_id, by=named("E1"), reason="太晚", now=at("2026-03-10", 16))
    assert refused.value.code == "appointment_over"


def test_it_is_called_off_for_a_reason_and_warns_of_nothing_after(operator):
    agree()
    with pytest.raises(ActRefused, match="why"):
        cancel_appointment(promise=agreed(), by=named("E1"), reason=" ", now=NOW)
    for _ in range(2):
        cancel_appointment(promise=agreed(), by=named("E1"), reason="客户取消", now=NOW)
    assert (agreed().state, agreed().end_reason) == ("cancelled", "客户取消")
    assert not sweep_warnings(now=at("2026-03-20")).numbers()
    assert Entry.objects.filter(act="cancel_appointment").count() == 1


def test_a_colleague_neither_moves_nor_cancels_it_but_the_lead_may(operator):
    agree()
    for act in (
        lambda: move(by="E2"),
        lambda: cancel_appointment(promise=agreed(), by=named("E2"), reason="x"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Entry.objects.filter(allowed=False, actor__code="E2").count() == 2
    assert move(by="E3").planned_on == date(2026, 3, 12)


def test_the_customer_is_reminded_the_day_before_and_anew_where_the_time_changes(operator):
    agree()
    [first] = Message.objects.all()
    assert "3月10日 14:00" in first.content
    assert first.next_at == at("2026-03-09", 14)
    move()
    stopped, second = Message.objects.order_by("pk")
    assert (stopped.state, stopped.because) == ("stopped", "CT-49")
    assert (second.state, second.next_at) == ("waiting", at("2026-03-11", 9))
    cancel_appointment(promise=agreed(), by=named("E1"), reason="客户取消", now=NOW)
    assert set(Message.objects.values_list("state", flat=True)) == {"stopped"}


def test_a_group_and_whoever_wants_none_get_no_reminder(operator):
    agree(group=Group.objects.get(code="G1"))
    agree(hour=16, remind=False)
    agree(hour=17, channel="call")
    assert not Message.objects.exists()
