"""The people of the small operator who work on cases, and the forms they send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from upheld.operations.cases.open_case import Opened, open_case
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

_KEYS = count(1)


@pytest.fixture
def manager(operator: Any) -> Employee:
    """Zhang Wei, who serves the shipyard."""
    return Employee.objects.get(code="E1")


@pytest.fixture
def colleague(operator: Any) -> Employee:
    """Li Na of the same team."""
    return Employee.objects.get(code="E2")


@pytest.fixture
def lead(operator: Any) -> Employee:
    """Wang Fang, who leads the team."""
    return Employee.objects.get(code="E3")


@pytest.fixture
def opened(manager: Employee) -> Callable[..., Opened]:
    """Open a case by the code of a person; each with a key of its own unless the story gives one."""

    def open_for(code: str, kind: str, **given: Any) -> Opened:
        given = {
            "by": manager,
            "channel": "hotline",
            "summary": "客户来电",
            "key": f"key-{next(_KEYS)}",
            **given,
        }
        return open_case(kind=kind, person=Person.objects.get(code=code), **given)

    return open_for


@pytest.fixture
def owed() -> Callable[..., list[tuple[Any, ...]]]:
    """Say of each promise of a case: clause, event, state, and whether it was done late; cancelled ones left out."""

    def say(case_id: int) -> list[tuple[Any, ...]]:
        rows = Promise.objects.filter(case_id=case_id).exclude(state="cancelled").order_by("pk")
        return [(one.clause, one.action, one.state, one.late) for one in rows]

    return say


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], datetime]:
    """Set the machine's clock, as the operations read it."""
    from django.utils import timezone

    def set_to(instant: datetime) -> datetime:
        monkeypatch.setattr(timezone, "now", lambda: instant)
        return instant

    return set_to


HOUR = timedelta(hours=1)
