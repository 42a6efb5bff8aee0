"""Stories of planning only what changed: whose facts changed, for whom a day came, and nobody else."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection, connections, transaction

from upheld.operations.activate_edition import activate_edition
from upheld.operations.assign_manager import assign_manager
from upheld.operations.close_account import close_account
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.records.people.models import Group, GroupRole, Person
from upheld.records.promises.models import Promise

pytestmark = pytest.mark.django_db(transaction=True)

DAY, UNTIL = date(2026, 1, 5), date(2026, 4, 1)


def plan(changed_only=True, day=DAY, until=UNTIL):
    return plan_contacts(from_date=day, until_date=until, by=None, changed_only=changed_only)


def rows():
    """Every promise with the transaction that wrote it and its place: what was written anew has another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text FROM promises_promise ORDER BY id")
        return {pk: (xmin, ctid) for pk, xmin, ctid in cursor.fetchall()}


@pytest.fixture
def planned(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    first = plan()
    assert first.scope == "whole"  # nothing was planned before, so everybody is
    return operator


def test_only_changed_customers_are_looked_at_and_written(planned):
    calm = plan()
    assert (calm.scope, calm.subjects, calm.added) == ("changed", 0, 0)
    before = rows()
    planned.change("members", "P2,G1,contact", "P2,G1,telecom_manager")
    planned.change("customers", "P4,Grace Hopper", "P4,Grace B. Hopper")
    planned.bring()
    GroupRole.objects.filter(person__code="P1").update(until_date=date(2026, 1, 5))
    report = plan()
    assert (report.scope, report.subjects) == ("changed", 3)  # both changed roles, and the other name
    after = rows()
    others = Promise.objects.exclude(person__code__in=["P1", "P2"]).values_list("pk", flat=True)
    assert {pk: before[pk] for pk in others} == {pk: after[pk] for pk in others}
    assert report.cancelled == Promise.objects.filter(person__code="P1", state="cancelled").count() > 0
    assert plan().subjects == 0
    # And the whole base, planned anew, finds nothing left to do and writes nothing.
    whole = plan(changed_only=False)
    assert (whole.added, whole.moved, whole.cancelled) == (0, 0, 0)
    assert rows() == after


def test_a_group_in_another_class_brings_its_people_along(planned):
    Group.objects.filter(code="G1").update(group_class="C")
    report = plan()
    assert report.subjects == 3  # the group and its two people
    assert Promise.objects.filter(person__code="P2", action="call", from_date=date(2026, 2, 16)).exists()


def test_a_day_that_came_changes_a_plan_without_any_row(planned):
    GroupRole.objects.filter(person__code="P2").update(until_date=date(2026, 2, 1))
    assert plan().subjects == 1
    assert plan(day=date(2026, 1, 20)).subjects == 0
    came = plan(day=date(2026, 2, 1))
    assert came.subjects == 1
    assert came.cancelled == Promise.objects.filter(person__code="P2", state="cancelled").count() > 0


def test_who_left_and_who_takes_over_bring_their_customers_along(planned):
    close_account(username="zhang", by=None)
    assert plan().subjects == 3
    assign_manager(group=Group.objects.get(code="G1"), kind="account_manager", by=None, day=DAY)
    report = plan()
    assert (report.subjects, report.moved) == (3, 0)  # the assignment moved them already


def test_a_longer_range_or_another_edition_plans_everybody(planned):
    assert plan(until=date(2026, 2, 1)).scope == "changed"
    assert plan(until=date(2026, 7, 1)).scope == "whole"
    activate_edition(active_from=date(2026, 1, 2), by=None, parameters={"account_manager_groups": 30})
    assert plan().scope == "whole"


def test_what_a_long_transaction_wrote_is_found_though_the_planning_ran_meanwhile(planned):
    plan()
    wrote, planning_done = threading.Event(), threading.Event()

    def slow_import():
        with transaction.atomic():
            Person.objects.filter(code="P2").update(
                birthday_month=3, birthday_day=3, birthday_calendar="solar"
            )
            wrote.set()
            planning_done.wait(30)
        connections.close_all()

    thread = threading.Thread(target=slow_import)
    thread.start()
    wrote.wait(30)
    meanwhile = plan()
    planning_done.set()
    thread.join()
    assert not Promise.objects.filter(person__code="P2", on_occasion="birthday").exists()
    assert meanwhile.subjects == 0
    assert plan().subjects == 1
    assert Promise.objects.filter(
        person__code="P2", on_occasion="birthday", due_date=date(2026, 3, 3)
    ).exists()
