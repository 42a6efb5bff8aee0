"""What the stories of the records begin with: an edition, a small organisation, and makers of persons and promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, transaction

Make = Callable[..., Any]

NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)  # noon in Shanghai


@pytest.fixture
def refused() -> Callable[[str], Any]:
    """Expect the database to refuse what is done inside, naming the constraint; the test goes on afterwards."""

    @contextmanager
    def expect(constraint: str) -> Iterator[None]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            yield

    return expect


@pytest.fixture
def edition(db: None) -> Any:
    """An edition in force since 2005."""
    from upheld.records.standards.models import EditionRecord

    return EditionRecord.objects.create(
        name="2005-01-01-0123456789",
        content_hash="0123456789abcdef",
        active_from=date(2005, 1, 1),
        content={"files": {}},
    )


@pytest.fixture
def make_person(db: None) -> Make:
    """Make a person; only the name matters unless a story says more."""
    from upheld.records.people.models import Person

    numbers = count(1)

    def make(name: str = "王小明", **fields: Any) -> Person:
        return Person.objects.create(**{"code": f"P{next(numbers):04}", "name": name, **fields})

    return make


@pytest.fixture
def make_group(db: None) -> Make:
    """Make a group, of class A unless a story says more."""
    from upheld.records.people.models import Group

    numbers = count(1)

    def make(name: str = "江州市电力公司", **fields: Any) -> Group:
        return Group.objects.create(
            **{"code": f"G{next(numbers):04}", "name": name, "group_class": "A", **fields}
        )

    return make


@pytest.fixture
def make_employee(db: None) -> Make:
    """Make an employee, an account manager unless a story says more."""
    from upheld.records.staff.models import Employee

    def make(username: str = "li.na", **fields: Any) -> Employee:
        return Employee.objects.create_user(username, **{"job": "account_manager", **fields})

    return make


@pytest.fixture
def make_promise(edition: Any) -> Make:
    """Make a promise of March 2026: a monthly visit by KEY-5, open, unless a story says more."""
    from upheld.records.promises.models import Promise

    def make(**fields: Any) -> Promise:
        usual = {
            "action": "visit",
            "clause": "KEY-5",
            "standard": "KEY",
            "from_date": date(2026, 3, 1),
            "due_date": date(2026, 3, 31),
            "edition": edition,
        }
        if fields.get("state", "open") != "open":
            usual["ended_at"] = NOON
        return Promise.objects.create(**{**usual, **fields})

    return make


@pytest.fixture
def make_interaction(db: None) -> Make:
    """Make an interaction: a visit at noon, unless a story says more."""
    from upheld.records.evidence.models import Interaction

    numbers = count(1)

    def make(**fields: Any) -> Interaction:
        return Interaction.objects.create(
            **{"channel": "visit", "happened_at": NOON, "key": f"visit-{next(numbers)}", **fields}
        )

    return make
