"""A joiner of the small operator, whose ninety days begin on the second of March 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

JOINED = date(2026, 3, 2)


@pytest.fixture
def joiner(operator: Any) -> SimpleNamespace:
    """Zhou Mingde, whom no manager serves, joins; a clerk and an agent are there to help."""
    from upheld.records.people.models import Person
    from upheld.records.staff.models import Employee

    person = Person.objects.get(code="P5")
    person.joined_date = JOINED
    person.save(update_fields=["joined_date"])
    staff = {row.username: row for row in Employee.objects.all()}
    unit = staff["zhang"].unit
    clerk = Employee.objects.create_user(
        "clerk", "x" * 20, name="店员", job="store_clerk", code="C1", unit=unit
    )
    agent = Employee.objects.create_user(
        "agent", "x" * 20, name="话务员", job="hotline_agent", code="H1", unit=unit
    )
    return SimpleNamespace(person=person, clerk=clerk, agent=agent, **staff)


@pytest.fixture
def on() -> Callable[..., Any]:
    """Give an instant on a day of the journey: `on(4)` is four days after joining, at ten."""
    from ..conftest import at

    return lambda day, hour=10: at(JOINED + timedelta(days=day), hour)


@pytest.fixture
def night(on: Callable[..., Any]) -> Callable[[int], Any]:
    """Do the work of a night on a day of the journey: journeys, then what is overdue."""
    from upheld.operations.close_overdue import close_overdue
    from upheld.operations.journeys.start_journeys import start_journeys

    def work(day: int) -> Any:
        report = start_journeys(now=on(day, 3))
        close_overdue(as_of=JOINED + timedelta(days=day), by=None, now=on(day, 3))
        return report

    return work


@pytest.fixture
def states() -> Callable[[Any], dict[str, str]]:
    """Give the state of every step promised to a person, by its name."""
    from upheld.records.promises.models import Promise

    def of(person: Any) -> dict[str, str]:
        rows = Promise.objects.filter(person=person, source="journey").exclude(state="cancelled")
        return {one.action: one.state + (", late" if one.late else "") for one in rows}

    return of
