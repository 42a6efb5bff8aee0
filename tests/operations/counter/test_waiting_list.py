"""Who waits in a store is called in turn: contacts and VIPs ahead, then by arrival; two clerks call two people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from upheld.operations.counter.waiting_list import arrive, call_next, finish
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.counter.models import Arrival
from upheld.records.counter.queries import being_served_by, waiting_in, waiting_number
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee, Unit

from ..conftest import at, at_once

pytestmark = pytest.mark.django_db
NINE = at("2026-03-02", 9)
DAY = date(2026, 3, 2)


@pytest.fixture
def clerk(operator: Any) -> Employee:
    unit = Unit.objects.get(name="一班")
    return Employee.objects.create_user("hu", name="胡小店", job="store_clerk", unit=unit, code="E20")


@pytest.fixture
def other_clerk(clerk: Employee) -> Employee:
    return Employee.objects.create_user("xu", name="徐小店", job="store_clerk", unit=clerk.unit, code="E21")


def come(clerk: Employee, minute: int, person: str | None = None, **given: Any) -> Arrival:
    who = Person.objects.get(code=person) if person else None
    return arrive(by=clerk, person=who, key=f"a{minute}", at=NINE + timedelta(minutes=minute), **given)


def test_numbers_count_up_within_a_store_and_a_day(clerk: Employee) -> None:
    assert [come(clerk, minute).number for minute in range(3)] == [1, 2, 3]
    assert come(clerk, 24 * 60).number == 1
    other_store = Unit.objects.create(code="U9", name="二厅", kind="team", parent=clerk.unit.parent)
    there = Employee.objects.create_user("ma", name="马店", job="store_clerk", unit=other_store, code="E22")
    assert come(there, 9).number == 1


def test_a_contact_is_called_before_those_who_came_earlier(clerk: Employee) -> None:
    come(clerk, 0)
    come(clerk, 1, "P5")
    come(clerk, 2, "P2")  # the contact of a class A group
    come(clerk, 3)
    assert [one.number for one in waiting_in(clerk.unit_id, day=DAY)] == [3, 1, 2, 4]
    called = [call_next(by=clerk, key=f"c{n}", at=NINE + timedelta(minutes=5)) for n in range(5)]
    assert [one.number if one else None for one in called] == [3, 1, 2, 4, None]


def test_a_vip_is_called_after_contacts_and_before_the_rest(clerk: Employee) -> None:
    from upheld.operations.rate_base import rate_base

    rate_base(as_of=DAY, by=None)
    come(clerk, 0, "P5")
    come(clerk, 1, "P3")  # holds a card
    come(clerk, 2, "P2")
    assert [one.person.code for one in waiting_in(clerk.unit_id, day=DAY) if one.person] == ["P2", "P3", "P5"]


def test_a_number_asked_for_twice_by_one_press_is_one_number(clerk: Employee) -> None:
    assert come(clerk, 0).pk == come(clerk, 0).pk
    first = call_next(by=clerk, key="c", at=NINE + timedelta(minutes=9))
    again = call_next(by=clerk, key="c", at=NINE + timedelta(minutes=9))
    assert first is not None
    assert again is not None
    assert first.pk == again.pk
    assert Entry.objects.filter(act="call_next").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_call_at_one_instant_call_two_people(clerk: Employee, other_clerk: Employee) -> None:
    for minute in range(6):
        come(clerk, minute)
    later = NINE + timedelta(minutes=30)
    acts = [
        lambda n=n, by=by: call_next(by=by, key=f"c{n}", at=later)
        for n, by in enumerate((clerk, other_clerk) * 3)
    ]
    called = at_once(*acts)
    assert sorted(one.number for one in called) == [1, 2, 3, 4, 5, 6]
    assert waiting_number(clerk.unit_id, day=DAY) == 0
    assert {len(being_served_by(one.pk, day=DAY)) for one in (clerk, other_clerk)} == {3}


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_twice_at_one_instant_calls_one_customer(clerk: Employee) -> None:
    presses = 10
    for minute in range(2 * presses):
        come(clerk, minute)
    for n in range(presses):
        first, second = at_once(*[lambda n=n: call_next(by=clerk, key=f"c{n}", at=NINE)] * 2)
        assert isinstance(first, Arrival), first
        assert isinstance(second, Arrival), second
        assert first.pk == second.pk
    assert waiting_number(clerk.unit_id, day=DAY) == presses
    assert Entry.objects.filter(act="call_next").count() == presses


@pytest.mark.django_db(transaction=True)
def test_two_who_come_at_one_instant_have_two_numbers(clerk: Employee) -> None:
    came = at_once(*[lambda n=n: arrive(by=clerk, key=f"k{n}", at=NINE) for n in range(6)])
    assert sorted(one.number for one in came) == [1, 2, 3, 4, 5, 6]


def test_whoever_was_called_is_served_or_had_gone(clerk: Employee, other_clerk: Employee) -> None:
    here, gone = come(clerk, 0), come(clerk, 1)
    with pytest.raises(ActRefused, match="nobody has called"):
        finish(arrival=here, by=clerk, served=True)
    for n in range(2):
        call_next(by=clerk, key=f"c{n}", at=NINE + timedelta(minutes=5))
    with pytest.raises(ActRefused, match="another clerk"):
        finish(arrival=here, by=other_clerk, served=True)
    assert finish(arrival=here, by=clerk, served=True).served is True
    assert finish(arrival=gone, by=clerk, served=False).served is False
    assert finish(arrival=gone, by=clerk, served=True).served is False, "what ended stays as it was"
    assert being_served_by(clerk.pk, day=DAY) == []


def test_a_list_belongs_to_a_store_and_to_its_clerks(clerk: Employee) -> None:
    with pytest.raises(NotAllowed):
        arrive(by=Employee.objects.get(code="E1"), key="x")
    assert Entry.objects.get(act="arrive", allowed=False).actor.code == "E1"
    homeless = Employee.objects.create_user("wu", name="吴店", job="store_clerk", code="E23")
    with pytest.raises(ActRefused, match="no store"):
        arrive(by=homeless, key="x")
    other_store = Unit.objects.create(code="U9", name="二厅", kind="team", parent=clerk.unit.parent)
    there = Employee.objects.create_user("ma", name="马店", job="store_clerk", unit=other_store, code="E22")
    with pytest.raises(ActRefused, match="nobody waits"):
        finish(arrival=come(clerk, 0), by=there, served=False)
