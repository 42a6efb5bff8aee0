"""While an act reads who serves whom and makes promises of it, no book is handed over: the promise finds its owner."""

from __future__ import annotations

import importlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from upheld.operations.dispatch_moments import dispatch_moments
from upheld.operations.journeys.start_journeys import start_journey, start_journeys, tell_number_changed
from upheld.operations.move_promises import change_who_serves
from upheld.records.journeys.models import Journey
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee

from .conftest import at, at_once

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 3, 4)


def change_at_once() -> None:
    """Try to change who serves whom on a connection of its own, without waiting for anybody."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        change_who_serves()


def told_meanwhile(monkeypatch: Any, place: str, name: str) -> list[Any]:
    """Let the reading at a place tell whether somebody could change who serves whom at that moment."""
    module = importlib.import_module(place)
    really, told = getattr(module, name), []

    def read(*asked: Any, **more: Any) -> Any:
        told.extend(at_once(change_at_once))
        return really(*asked, **more)

    monkeypatch.setattr(module, name, read)
    return told


def test_nobody_hands_over_while_journeys_are_planned(operator: Any, monkeypatch: Any) -> None:
    Person.objects.filter(code="P5").update(joined_date=DAY)
    person = Person.objects.get(code="P5")
    told = told_meanwhile(monkeypatch, "upheld.operations.journeys.start_journeys", "known_of")
    start_journeys(now=at("2026-03-04", 3))
    start_journey(person=person, by=None, now=at("2026-03-05"))
    by = Employee.objects.create(code="E9", username="e9", name="E9", job="hotline_agent")
    tell_number_changed(journey=Journey.objects.get(), changed=True, by=by, now=at("2026-03-05"))
    assert len(told) >= 3
    assert all(isinstance(one, OperationalError) for one in told)


def test_a_list_of_assignments_keeps_books_waiting_while_it_is_written_and_not_while_it_is_read(
    operator: Any, monkeypatch: Any
) -> None:
    place = "upheld.operations.feed_loading"
    read = told_meanwhile(monkeypatch, place, "_reject_what_the_database_refuses")
    written = told_meanwhile(monkeypatch, place, "_write_periods")
    assert operator.bring("assignments").is_clean
    assert read == [None]
    assert [isinstance(one, OperationalError) for one in written] == [True]


def test_nobody_hands_over_while_key_moments_are_sent(operator: Any, monkeypatch: Any) -> None:
    told = told_meanwhile(monkeypatch, "upheld.operations.dispatch_moments", "responsible_for")
    dispatch_moments(as_of=DAY, by=None, today=DAY + timedelta(days=1))
    assert told
    assert all(isinstance(one, OperationalError) for one in told)
