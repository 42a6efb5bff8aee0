"""Stories of a book that is looked at before it goes over: looking locks nothing, and what it says comes true."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from upheld.operations.absences import carry_absences, end_absence, note_absence
from upheld.operations.appointment_clashes import clashes_of
from upheld.operations.appointments import agree_appointment, move_appointment
from upheld.operations.assign_manager import assign_manager
from upheld.operations.book_plan import loads_of
from upheld.operations.cases.open_case import open_case
from upheld.operations.hand_over_book import hand_over_book, look_at_book
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.plan_day import plan_day
from upheld.operations.suggest_days import suggest_days
from upheld.records.cases.models import Case
from upheld.records.people.models import Group, Person
from upheld.records.promises.models import Promise
from upheld.records.promises.planned import of_the_calendar, settings_of
from upheld.records.staff.models import Lent
from upheld.records.standards.models import EditionRecord

from .conftest import at, at_once, named

pytestmark = pytest.mark.django_db

DAY, LAST = date(2026, 3, 2), date(2026, 3, 31)
"""A Monday, and the end of its month."""


def owe(number: int = 1, employee: str = "E1", code: str = "P2", **fields: Any) -> list[Promise]:
    given = {"person": Person.objects.get(code=code), "action": "visit", "clause": "KEY-5", "standard": "KEY",
             "from_date": DAY, "due_date": LAST, "edition": EditionRecord.objects.get(),
             "responsible": named(employee), **fields}  # fmt: skip
    before = Promise.objects.count()
    return [Promise.objects.create(**given, turn=before + turn) for turn in range(1, number + 1)]


def agree(by: str, hour: int, **subject: Any) -> Promise:
    begins_at = at("2026-03-10", hour)
    agreed = agree_appointment(by=named(by), begins_at=begins_at, until_at=begins_at + timedelta(minutes=90),
                               now=at(DAY), **subject)  # fmt: skip
    return Promise.objects.get(pk=agreed.promise_id)


def hand_over(to: str | None = "E2", **more: Any) -> Any:
    return hand_over_book(
        employee=named("E1"), to=named(to) if to else None, by=more.pop("by", None), day=DAY, **more
    )


def holder(promise: Promise) -> str:
    promise.refresh_from_db()
    assert promise.responsible is not None
    return promise.responsible.code


@pytest.mark.django_db(transaction=True)
def test_looking_waits_for_nobody_and_keeps_nobody_waiting(operator: Any) -> None:
    owe(3)
    agree("E1", 10, person=Person.objects.get(code="P2"))
    open_case(by=named("E1"), person=Person.objects.get(code="P1"), kind="complaint", channel="manager",
              summary="no signal", key="c1")  # fmt: skip

    def look() -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            # A row cannot be locked in such a transaction, and nothing written.
            cursor.execute("SET TRANSACTION READ ONLY; SET LOCAL lock_timeout = '50ms'")
            return look_at_book(employee=named("E1"), by=None, day=DAY)

    with transaction.atomic():
        told = hand_over(None)
        [seen] = at_once(look)
        transaction.set_rollback(True)
    assert not isinstance(seen, Exception), seen
    assert (seen.counts, seen.before, seen.after) == (told.counts, told.before, told.after)
    assert seen.handover_id is None


def test_who_has_how_much_after_is_what_was_foretold(operator: Any) -> None:
    note_absence(employee=named("E2"), deputy=named("E6"), from_date=DAY, until_date=date(2026, 3, 20),
                 reason="leave", by=None, day=DAY)  # fmt: skip
    owe(2)
    owe(source="journey", action="call", clause="JOIN-9", due_date=date(2026, 3, 12))
    owe(responsible=None, source="follow_up", action="call", code="P1")
    seen = look_at_book(employee=named("E1"), to=named("E2"), by=None, day=DAY)
    hand_over()
    assert seen.after == loads_of(seen.after, day=DAY)
    assert seen.after[named("E6").pk].promises == 1  # the step that is due while E2 is away


def test_appointments_that_come_to_lie_in_one_time_are_told_and_both_kept(operator: Any) -> None:
    moved = agree("E1", 10, person=Person.objects.get(code="P2"))
    there = agree("E2", 11, person=Person.objects.get(code="P5"))
    agree("E1", 14, group=Group.objects.get(code="G1"))
    seen = look_at_book(employee=named("E1"), to=named("E2"), by=None, day=DAY)
    assert [one[1:] for one in seen.clashes] == [(moved.pk, there.pk)]
    told = hand_over(key="k1")
    assert told.clashes == seen.clashes
    assert holder(moved) == holder(there) == "E2"
    assert moved.state == there.state == "open"
    mine = {named("E2").pk}
    assert clashes_of(mine, from_date=DAY) == seen.clashes
    # Once another time is agreed with one of the two, nothing is left to settle.
    move_appointment(promise=moved, by=named("E2"), begins_at=at("2026-03-11"), until_at=at("2026-03-11", 11),
                     now=at(DAY))  # fmt: skip
    assert clashes_of(mine, from_date=DAY) == []


def test_no_clash_is_told_where_the_times_only_touch_or_somebody_else_goes(operator: Any) -> None:
    begins_at = at("2026-03-10", 10)
    for by, hour, code in (("E1", 0, "P2"), ("E2", 1, "P5"), ("E6", 0, "P3")):
        begin = begins_at + timedelta(hours=hour)
        agree_appointment(by=named(by), person=Person.objects.get(code=code), begins_at=begin,
                          until_at=begin + timedelta(hours=1), now=at(DAY))  # fmt: skip
    assert hand_over().clashes == []


def test_the_days_of_who_takes_the_book_are_levelled_anew(operator: Any) -> None:
    owe(20, "E2", code="P5")
    suggest_days(from_date=DAY, until_date=date(2026, 4, 1), employees=[named("E2").pk])
    theirs = Counter(Promise.objects.filter(responsible=named("E2")).values_list("planned_on", flat=True))
    mine = owe(22)
    Promise.objects.filter(pk__in=[one.pk for one in mine]).update(planned_on=LAST)
    chosen = mine[0]
    plan_day(promise=chosen, day=date(2026, 3, 30), by=named("E1"), now=at(DAY))
    hand_over()
    days = Counter(Promise.objects.filter(responsible=named("E2")).values_list("planned_on", flat=True))
    assert sum(days.values()) == 42
    assert max(days.values()) == 2  # 42 visits on the 22 working days of March
    assert all(days[day] >= number for day, number in theirs.items())  # what E2 had keeps its days
    chosen.refresh_from_db()
    assert chosen.planned_on == date(2026, 3, 30)  # nobody takes back what somebody chose
    # The calendar of who takes the book shows the new days, and that they changed.
    shown = of_the_calendar(employee_id=named("E2").pk, from_date=DAY, until_date=date(2026, 4, 1))
    assert {one.pk for one in mine} <= {one.pk for one in shown}
    moved = [one for one in shown if one in mine and one != chosen and one.planned_on != LAST]
    assert moved
    told = settings_of([one.pk for one in moved])
    assert all(told[one.pk].day == one.planned_on for one in moved)
    assert not of_the_calendar(employee_id=named("E1").pk, from_date=DAY, until_date=date(2026, 4, 1))
    assert suggest_days(from_date=DAY, until_date=date(2026, 4, 1)).numbers().get("again") is None


def test_what_the_giver_does_for_who_is_away_goes_on_and_comes_back(operator: Any) -> None:
    [step] = owe(employee="E2", code="P5", source="journey", action="call", clause="JOIN-9")
    away = note_absence(employee=named("E2"), deputy=named("E1"), from_date=DAY, until_date=date(2026, 4, 1),
                        reason="leave", by=None, day=DAY)  # fmt: skip
    assert holder(step) == "E1"
    hand_over("E3")
    assert holder(step) == "E3"
    end_absence(absence=away.absence_id, back_on=date(2026, 3, 3), by=None, day=date(2026, 3, 3))
    assert holder(step) == "E2"
    assert not Lent.objects.filter(back_at=None).exists()


def test_who_takes_the_book_of_the_own_deputy_has_the_own_promises_again(operator: Any) -> None:
    [step] = owe(employee="E2", code="P5", source="journey", action="call", clause="JOIN-9")
    note_absence(employee=named("E2"), deputy=named("E1"), from_date=DAY, until_date=date(2026, 4, 1),
                 reason="leave", by=None, day=DAY)  # fmt: skip
    hand_over("E2")
    assert holder(step) == "E2"
    assert not Lent.objects.filter(back_at=None).exists()


def test_what_is_due_while_the_new_one_is_away_is_the_deputys_and_goes_back(operator: Any) -> None:
    away = note_absence(employee=named("E2"), deputy=named("E6"), from_date=DAY, until_date=date(2026, 3, 20),
                        reason="leave", by=None, day=DAY)  # fmt: skip
    [step] = owe(source="journey", action="call", clause="JOIN-9", due_date=date(2026, 3, 12))
    hand_over()
    assert holder(step) == "E6"
    assert carry_absences(day=DAY).promises == 0
    end_absence(absence=away.absence_id, back_on=date(2026, 3, 5), by=None, day=date(2026, 3, 5))
    assert holder(step) == "E2"


def test_a_case_that_a_deputy_has_goes_over_with_the_book_it_is_of(operator: Any) -> None:
    open_case(by=named("E1"), person=Person.objects.get(code="P1"), kind="complaint", channel="manager",
              summary="no signal", key="c1")  # fmt: skip
    case = Case.objects.get()
    note_absence(employee=named("E1"), deputy=named("E6"), from_date=DAY, until_date=date(2026, 4, 1),
                 reason="sickness", by=None, day=DAY)  # fmt: skip
    assert Case.objects.get(pk=case.pk).handler == named("E6")
    told = hand_over()
    assert told.counts["cases"] == 1
    assert Case.objects.get(pk=case.pk).handler == named("E2")
    assert told.after == loads_of(told.after, day=DAY)
    carry_absences(day=date(2026, 4, 1))
    assert Case.objects.get(pk=case.pk).handler == named("E2")


@pytest.mark.django_db(transaction=True)
def test_whatever_happens_at_once_each_promise_has_one_owner(operator: Any) -> None:
    until = date(2026, 5, 1)
    plan_contacts(from_date=DAY, until_date=until, by=None)
    owe(3, source="journey", action="call", clause="JOIN-9", due_date=date(2026, 3, 12))
    begins_at = at("2026-03-10")
    came = at_once(
        hand_over,
        lambda: note_absence(employee=named("E2"), deputy=named("E6"), from_date=DAY, until_date=date(2026, 3, 20),
                             reason="leave", by=None, day=DAY),
        lambda: assign_manager(group=Group.objects.get(code="G2"), kind="account_manager", by=None, day=DAY,
                               employee=named("E1")),
        lambda: plan_contacts(from_date=DAY, until_date=until, by=None),
        lambda: suggest_days(from_date=DAY, until_date=until),
        lambda: agree_appointment(by=named("E1"), person=Person.objects.get(code="P2"), begins_at=begins_at,
                                  until_at=begins_at + timedelta(hours=1), now=at(DAY)),
    )  # fmt: skip
    refused = [one for one in came if isinstance(one, Exception)]
    assert {getattr(one, "code", repr(one)) for one in refused} <= {"handed_over"}
    plan_contacts(from_date=DAY, until_date=until, by=None)
    carry_absences(day=DAY)
    owed = Promise.objects.filter(state="open")
    # Nobody serves P5 before G2 has a manager; whoever has one is owed by somebody.
    assert not owed.filter(responsible=None).exists()
    of_the_group = Promise.objects.filter(state="open", person__code__in=["P1", "P2"])
    assert not of_the_group.filter(responsible=named("E1")).exists()
    assert (
        not owed.filter(responsible=named("E1")).exclude(group__code="G2").exclude(person__code="P5").exists()
    )
    lent = Lent.objects.filter(back_at=None, promise__isnull=False)
    assert {(one.promise_id, one.to_id) for one in lent} <= set(owed.values_list("pk", "responsible_id"))
    assert plan_contacts(from_date=DAY, until_date=until, by=None).moved == 0
