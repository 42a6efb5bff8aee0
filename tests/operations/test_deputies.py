"""Stories of deputies who are away themselves: what is lent goes on from one to the next, and home again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from upheld.operations.absences import carry_absences, end_absence, note_absence
from upheld.operations.cases.open_case import open_case
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import Case
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee, Lent
from upheld.records.standards.models import EditionRecord

from .conftest import named

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)


def away(employee: str, deputy: str, *, begin: int, days: int, day: date = DAY) -> int:
    first = day + timedelta(days=begin)
    noted = note_absence(employee=named(employee), deputy=named(deputy), from_date=first,
                         until_date=first + timedelta(days=days), reason="leave", by=None, day=day)  # fmt: skip
    return noted.absence_id


def back(absence: int, after: int) -> None:
    day = DAY + timedelta(days=after)
    end_absence(absence=absence, back_on=day, by=None, day=day)


@pytest.fixture
def step(operator: Any) -> Promise:
    """A step that E1 owes in the second week of March."""
    return Promise.objects.create(person=Person.objects.get(code="P2"), action="call", clause="JOIN-9",
                                  standard="JOIN", from_date=DAY, due_date=DAY + timedelta(days=10),
                                  edition=EditionRecord.objects.get(), source="journey",
                                  responsible=named("E1"))  # fmt: skip


def holder(step: Promise) -> str:
    step.refresh_from_db()
    assert step.responsible is not None
    return step.responsible.code


def test_what_a_deputy_has_goes_on_as_the_deputy_goes_away_and_home_again(step: Promise) -> None:
    first = away("E1", "E2", begin=0, days=20)
    assert holder(step) == "E2"
    second = away("E2", "E6", begin=5, days=10)
    assert holder(step) == "E6"
    back(second, 6)
    assert holder(step) == "E2"
    assert carry_absences(day=DAY + timedelta(days=7)).promises == 0
    back(first, 8)
    assert holder(step) == "E1"
    assert not Lent.objects.filter(back_at=None).exists()


def test_in_whatever_order_they_come_back_it_is_the_owners_in_the_end(step: Promise) -> None:
    second = away("E2", "E6", begin=5, days=10)
    first = away("E1", "E2", begin=0, days=20)
    assert holder(step) == "E6"
    back(first, 3)
    assert holder(step) == "E1"
    back(second, 6)
    assert holder(step) == "E1"
    assert not Lent.objects.filter(back_at=None).exists()


def test_a_deputy_who_left_gives_back_what_was_lent(step: Promise) -> None:
    away("E1", "E2", begin=0, days=20)
    Employee.objects.filter(code="E2").update(is_active=False)
    carry_absences(day=DAY + timedelta(days=1))
    assert holder(step) == "E1"


def test_a_case_goes_from_deputy_to_deputy_and_home_to_who_had_it_first(operator: Any) -> None:
    today = timezone.localdate()
    open_case(by=named("E1"), person=Person.objects.get(code="P1"), kind="complaint", channel="manager",
              summary="no signal", key="c1")  # fmt: skip

    def handler() -> str | None:
        found = Case.objects.get().handler
        return found.code if found else None

    away("E1", "E2", begin=0, days=20, day=today)
    assert handler() == "E2"
    away("E2", "E6", begin=0, days=5, day=today)
    assert handler() == "E6"
    for after, expected in ((1, "E6"), (5, "E2"), (6, "E2"), (20, "E1"), (21, "E1")):
        carry_absences(day=today + timedelta(days=after))
        assert handler() == expected, after
    assert not Lent.objects.filter(back_at=None).exists()


def test_absences_of_one_employee_may_touch_and_never_overlap(operator: Any) -> None:
    away("E1", "E2", begin=0, days=5)
    with pytest.raises(ActRefused) as refused:
        away("E1", "E2", begin=4, days=5)
    assert refused.value.code == "away_already"
    away("E1", "E6", begin=5, days=5)


def test_two_absences_side_by_side_hand_on_what_is_due_in_the_second(step: Promise) -> None:
    first = away("E1", "E2", begin=0, days=20)
    back(first, 8)
    assert holder(step) == "E1"
    away("E1", "E6", begin=8, days=10)
    assert holder(step) == "E6"
