"""What waits in a unit's queue: contacts first, then whatever is due next, read by an index of what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from upheld.records.cases.models import Case
from upheld.records.cases.queries import open_cases

from .conftest import NOON, Make

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(db: None) -> Any:
    from upheld.records.staff.models import Unit

    return Unit.objects.create(code="U1", name="热线", kind="province")


@pytest.fixture
def waiting(unit: Any, make_person: Make, make_promise: Make) -> Make:
    """Put a case into the queue, with what it owes after so many hours: running, paused or kept."""

    def make(*owed: int, paused: int | None = None, kept: int | None = None, **fields: Any) -> int:
        person = make_person()
        given = {"person": person, "kind": "complaint", "channel": "hotline", "summary": "断网", "unit": unit,
                 "opened_at": NOON, "last_step_at": NOON, "key": person.code, "state": "open", **fields}  # fmt: skip
        case = Case.objects.create(**given)
        for turn, hours in enumerate([*owed, *filter(None, (paused, kept))], start=1):
            state = (
                {"state": "kept", "ended_at": NOON}
                if hours == kept
                else {"paused_at": NOON}
                if hours == paused
                else {}
            )
            make_promise(person=person, case=case, turn=turn, due_at=NOON + timedelta(hours=hours), **state)
        return case.pk

    return make


def queue(unit: Any) -> list[int]:
    rows = open_cases(units=[unit.pk], unassigned=True).exclude(state="settled")
    return list(
        rows.order_by("-priority", F("next_due_at").asc(nulls_last=True), "pk").values_list("pk", flat=True)[
            :12
        ]
    )


def test_contacts_come_first_then_what_is_due_next_and_what_stands_still_last(
    unit: Any, waiting: Make, make_employee: Make
) -> None:
    nothing, late = waiting(), waiting(9, 30)
    soon = waiting(40, 2)
    still, kept = waiting(paused=1), waiting(5, kept=1)
    contact = waiting(50, priority=2)
    waiting(1, handler=make_employee("a"), state="assigned")
    waiting(1, state="settled")
    assert queue(unit) == [contact, soon, kept, late, nothing, still]


def test_a_long_queue_is_read_by_its_own_index_contacts_ahead(unit: Any) -> None:
    plans: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        with connection.cursor() as cursor:
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.cursor.execute("EXPLAIN " + sql, params)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        queue(unit)
    assert "using case_queue_of_unit" in plans[0], plans[0]
    assert "Presorted Key: cases_case.priority" in plans[0], plans[0]
