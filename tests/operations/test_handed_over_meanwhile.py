"""Stories of two who act at the same moment, one of whom hands a book over: nothing stays with who gave it away."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from upheld.operations.appointments import agree_appointment, cancel_appointment, move_appointment
from upheld.operations.hand_over_book import hand_over_book
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.people.models import Group, Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Assignment, Employee

from .conftest import at_once, named, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)


def noon(days: int) -> datetime:
    """Noon of some day to come: a book is handed over as of today, so these stories happen today."""
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def agree(by: str = "E1", days: int = 7, **more: Any) -> Any:
    subject: dict[str, Any] = {} if "group" in more else {"person": Person.objects.get(code="P2")}
    begins_at = noon(days)
    return agree_appointment(by=named(by), begins_at=begins_at, until_at=begins_at + timedelta(hours=1),
                             customer_wish=True, **subject, **more)  # fmt: skip


def hand_over() -> Any:
    return hand_over_book(employee=named("E1"), to=named("E2"), by=named("E3"))


def while_the_book_goes_over(act: Any) -> Any:
    """Hand the book over, and let somebody act before that is done; return what came of the act."""
    came: list[Any] = []

    def run() -> None:
        try:
            came.append(act())
        except ActRefused as refused:
            came.append(refused)
        finally:
            connections.close_all()

    other = threading.Thread(target=run)
    with transaction.atomic():
        hand_over()
        other.start()
        wait_until_somebody_waits_for_a_lock()
    other.join()
    return came[0]


@pytest.mark.parametrize("subject", ["person", "group"])
def test_no_appointment_is_agreed_for_who_hands_the_customer_over_at_that_moment(
    operator: Any, subject: str
) -> None:
    which: dict[str, Any] = {"group": Group.objects.get(code="G1")} if subject == "group" else {}
    came = while_the_book_goes_over(lambda: agree(**which))
    assert isinstance(came, ActRefused)
    assert came.code == "handed_over"
    assert not Promise.objects.filter(source="appointment").exists()
    # Whoever serves the customer now agrees it; so does a colleague who answers the call, for that one.
    assert agree(by="E2", **which).is_new
    assert agree(by="E6", responsible=named("E2"), days=8, **which).is_new


def test_an_appointment_agreed_first_goes_over_with_the_book(operator: Any) -> None:
    came = at_once(agree, hand_over)
    appointments = Promise.objects.filter(source="appointment")
    assert not appointments.exclude(responsible__code="E2").exists()
    refused: list[Any] = [one for one in came if isinstance(one, Exception)]
    assert [one.code for one in refused] == ([] if appointments.exists() else ["handed_over"])


def test_an_appointment_is_moved_by_who_has_it_when_the_book_is_over(operator: Any) -> None:
    promise = agree().promise_id
    begins_at = noon(9)

    def move(by: str) -> Any:
        return move_appointment(promise=promise, by=named(by), begins_at=begins_at, customer_wish=True,
                                until_at=begins_at + timedelta(hours=1))  # fmt: skip

    came = while_the_book_goes_over(lambda: move("E1"))
    assert isinstance(came, NotAllowed)
    with pytest.raises(NotAllowed):
        cancel_appointment(promise=promise, by=named("E1"), reason="gone")
    assert move("E2").responsible == named("E2")


def test_a_list_of_assignments_that_comes_at_that_moment_finds_the_book_handed_over(operator: Any) -> None:
    today = timezone.localdate()
    operator.write("assignments", "employee_id,customer_id,group_id,kind,from_date,until_date\n"
                                  f"E2,,G1,account_manager,{today},\n")  # fmt: skip
    report = while_the_book_goes_over(lambda: operator.bring("assignments"))
    assert report.is_clean, report
    [held] = Assignment.objects.filter(group__code="G1", kind="account_manager", until_date=None)
    assert held.employee == named("E2")


def test_nobody_is_sent_who_has_left(operator: Any) -> None:
    Employee.objects.filter(code="E1").update(is_active=False)
    with pytest.raises(ActRefused) as refused:
        agree(by="E3", responsible=named("E1"))
    assert refused.value.code == "handed_over"
