"""Stories of planning: what is owed becomes promises once, and follows what changes."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from upheld.operations import plan_contacts as module
from upheld.operations.close_overdue import close_overdue
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused
from upheld.records.people.models import Group, GroupRole, Person, Service
from upheld.records.people.queries import chunks_of_people
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

from .conftest import at, at_once, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db

YEAR = {"from_date": date(2026, 1, 1), "until_date": date(2027, 1, 1)}


def plan(from_date=YEAR["from_date"], until_date=YEAR["until_date"]):
    return plan_contacts(from_date=from_date, until_date=until_date, by=None)


@pytest.fixture
def rated(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    return operator


def promises(code, **more):
    return Promise.objects.filter(person__code=code, **more).order_by("from_date", "action", "pk")


def windows(code, **more):
    return [(row.from_date, row.due_date) for row in promises(code, **more)]


def test_a_year_is_planned_with_clause_window_edition_and_the_employee_who_answers(rated):
    report = plan()
    visits = promises("P2", clause="KEY-5", action="visit")
    assert [(row.from_date.month, row.due_date.day) for row in visits[:2]] == [(1, 31), (2, 28)]
    assert len(visits) == 12
    first = visits[0]
    assert (first.state, first.standard, first.responsible.code, first.source) == (
        "open",
        "KEY",
        "E1",
        "contact_plan",
    )
    assert first.edition.name == report.edition
    assert first.channels == ["visit"]
    assert windows("P3", clause="CT-42", action="return_visit")[:1] == [(date(2026, 1, 1), date(2026, 2, 28))]
    assert promises("P3").first().responsible.code == "E6"
    assert report.added == Promise.objects.count() == sum(report.by_clause.values())


def test_what_a_group_is_owed_is_owed_to_the_group(rated):
    plan()
    owed = Promise.objects.filter(group__code="G1")
    assert owed.filter(clause="KEY-21").count() == 12
    assert owed.filter(person__isnull=False).count() == 0
    assert not Promise.objects.filter(person__isnull=False, clause="KEY-21").exists()


def test_a_lunar_birthday_is_planned_on_its_day(rated):
    plan()
    # The twelfth lunar month that ends in February 2026 has 29 days, so the 30th is kept on the last.
    assert windows("P3", on_occasion="birthday") == [(date(2026, 2, 16), date(2026, 2, 16))]


def test_planning_again_changes_nothing_even_over_another_range(rated):
    first = plan()
    again = plan()
    assert (again.added, again.cancelled, again.moved) == (0, 0, 0)
    assert again.unchanged == first.added
    half = plan(date(2026, 2, 15), date(2026, 8, 10))
    assert (half.added, half.cancelled) == (0, 0)


def test_a_changed_card_replans_what_has_not_begun_and_says_why(rated):
    plan()
    Person.objects.filter(code="P4").update(annual_spend_fen=110000)  # gold falls to silver
    rate_base(as_of=date(2026, 2, 15), by=None)
    report = plan(date(2026, 2, 15))
    cancelled = promises("P4", state="cancelled", action="return_visit")
    assert {row.end_reason for row in cancelled} == {"no longer owed: card changed from gold to silver"}
    assert [row.from_date.month for row in cancelled] == [4, 7, 10]
    # The quarter under way is let run; the half-year cadence of silver begins with the next half-year.
    open_ones = windows("P4", state="open", action="return_visit")
    assert open_ones == [(date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 7, 1), date(2026, 12, 31))]
    assert report.cancelled == cancelled.count()
    assert plan(date(2026, 2, 15)).unchanged == report.unchanged + report.added


def test_a_window_under_way_gives_way_when_the_new_cadence_begins_inside_it(rated):
    plan()
    Person.objects.filter(code="P4").update(
        annual_spend_fen=400000
    )  # gold rises to diamond: every two months
    rate_base(as_of=date(2026, 2, 15), by=None)
    plan(date(2026, 2, 15))
    open_ones = windows("P4", state="open", action="return_visit")
    assert open_ones[0] == (date(2026, 3, 1), date(2026, 4, 30))
    assert len(open_ones) == 5


def test_a_frozen_member_is_owed_no_card_service_and_a_thawed_one_is_again(rated):
    plan()
    Service.objects.filter(code="S3").update(arrears_months=1)
    rate_base(as_of=date(2026, 3, 10), by=None)
    plan(date(2026, 3, 10))
    assert not promises("P3", state="open", due_date__gte=date(2026, 3, 10)).exists()
    frozen = promises("P3", state="cancelled").first()
    assert frozen.end_reason == "no longer owed: membership frozen (diamond card)"
    Service.objects.filter(code="S3").update(arrears_months=0)
    rate_base(as_of=date(2026, 5, 5), by=None)
    plan(date(2026, 5, 5))
    assert windows("P3", state="open", action="return_visit", from_date__gte=date(2026, 5, 5)) == [
        (date(2026, 7, 1), date(2026, 8, 31)),
        (date(2026, 9, 1), date(2026, 10, 31)),
        (date(2026, 11, 1), date(2026, 12, 31)),
    ]


def test_a_member_who_left_is_owed_nothing_not_even_the_window_under_way(rated):
    plan()
    Person.objects.filter(code="P4").update(cancel_requested=True)
    rate_base(as_of=date(2026, 2, 15), by=None)
    plan(date(2026, 2, 15))
    assert not promises("P4", state="open", due_date__gte=date(2026, 2, 15)).exists()
    under_way = promises("P4", action="return_visit").first()
    assert under_way.end_reason == "no longer owed: membership ended (card was gold)"


def test_a_role_given_up_cancels_the_key_persons_contacts(rated):
    plan()
    GroupRole.objects.filter(person__code="P2").update(until_date=date(2026, 6, 1))
    plan(date(2026, 6, 1))
    assert not promises("P2", state="open", clause="KEY-5", due_date__gte=date(2026, 6, 1)).exists()
    assert promises("P2", state="open", clause="KEY-5", due_date__lt=date(2026, 6, 1)).exists()
    reason = promises("P2", state="cancelled").first().end_reason
    assert reason == "no longer owed: role, class of the group or the standard changed"


def test_a_group_in_a_lower_class_is_owed_less(rated):
    plan()
    Group.objects.filter(code="G1").update(group_class="C")
    plan(date(2026, 4, 1))
    owed = Promise.objects.filter(group__code="G1", clause="KEY-21", state="open")
    assert [row.from_date.month for row in owed.order_by("from_date")] == [1, 2, 3, 4, 7, 10]


def test_what_ended_is_never_touched_and_never_made_again(rated):
    plan()
    then = {"happened_at": at("2026-01-20"), "now": at("2026-01-20", 11)}
    record_contact(by=None, person=Person.objects.get(code="P2"), channel="visit", key="k1", **then)
    close_overdue(as_of=date(2026, 4, 1), by=None)
    before = list(Promise.objects.exclude(state="open").order_by("pk").values())
    Person.objects.filter(code="P4").update(cancel_requested=True)
    GroupRole.objects.filter(person__code="P2").delete()
    plan()
    kept_on = {row["id"]: row for row in Promise.objects.order_by("pk").values()}
    assert all(kept_on[row["id"]] == row for row in before)
    assert {row["state"] for row in before} == {"kept", "broken"}


def test_promises_follow_a_customer_to_the_new_employee(rated):
    plan()
    rated.write(
        "assignments",
        "employee_id,customer_id,group_id,kind,from_date,until_date\nE2,,G1,account_manager,2026-03-01,\n",
    )
    rated.bring("assignments")
    report = plan(date(2026, 3, 1))
    assert report.moved > 0
    assert report.added == report.cancelled == 0
    zhang = Employee.objects.get(code="E1")
    assert not Promise.objects.filter(
        state="open", responsible=zhang, due_date__gte=date(2026, 3, 1)
    ).exists()
    assert Promise.objects.filter(responsible=zhang, due_date__lt=date(2026, 3, 1)).exists()


def test_a_subject_nobody_answers_for_gets_promises_that_nobody_is_assigned_to(rated):
    report = plan()
    assert report.unassigned == Promise.objects.filter(responsible__isnull=True).count() > 0
    assert Promise.objects.filter(group__code="G2", responsible__isnull=True).exists()


def test_an_empty_range_is_refused(rated):
    with pytest.raises(ActRefused):
        plan(date(2026, 1, 1), date(2026, 1, 1))


def test_the_number_of_queries_does_not_grow_with_the_number_of_people(rated):
    with CaptureQueriesContext(connection) as few:
        plan(date(2026, 1, 1), date(2026, 2, 1))
    Promise.objects.update(state="cancelled", ended_at=at("2026-01-01"), end_reason="test")
    Person.objects.bulk_create(
        Person(
            code=f"X{n}",
            name="X",
            pinyin_key="x",
            bigrams=[],
            annual_spend_fen=9_999_999,
            papers="personal",
            brand="tianyi",
        )
        for n in range(200)
    )
    rate_base(as_of=date(2026, 1, 1), by=None)
    with CaptureQueriesContext(connection) as many:
        assert plan(date(2026, 1, 1), date(2026, 2, 1)).added > 200
    assert len(many) <= len(few) + 1


@pytest.mark.django_db(transaction=True)
def test_a_run_that_dies_between_chunks_goes_on_with_the_next(rated, monkeypatch):
    done, real = [], module._plan_people

    def dies_after_two(*args):
        if len(done) == 2:
            raise RuntimeError("the machine stops")
        done.append(args[0])
        real(*args)

    monkeypatch.setattr(module, "chunks_of_people", lambda: chunks_of_people(size=1))
    with monkeypatch.context() as patched:
        patched.setattr(module, "_plan_people", dies_after_two)
        with pytest.raises(RuntimeError):
            plan()
    half = Promise.objects.count()
    assert half > 0
    report = plan()
    assert report.unchanged == half
    assert Promise.objects.count() == half + report.added
    assert plan().added == 0


@pytest.mark.django_db(transaction=True)
def test_two_plans_at_once_promise_each_thing_once(rated):
    reports = at_once(plan, plan)
    added = sorted(report.added for report in reports)
    assert added[0] == 0
    assert added[1] == Promise.objects.count()


@pytest.mark.django_db(transaction=True)
def test_what_was_kept_while_the_planning_waited_is_not_counted_as_cancelled(rated):
    plan()
    GroupRole.objects.filter(person__code="P2").update(until_date=date(2026, 1, 5))
    reports = []

    def replan():
        reports.append(plan(from_date=date(2026, 1, 10)))
        connections.close_all()

    thread = threading.Thread(target=replan)
    with transaction.atomic():
        then = {"happened_at": at("2026-01-12"), "now": at("2026-01-12", 11)}
        person = Person.objects.get(code="P2")
        [kept] = record_contact(by=None, person=person, channel="visit", key="k", **then).kept
        thread.start()
        wait_until_somebody_waits_for_a_lock()
    thread.join()
    kept.refresh_from_db()
    assert kept.state == "kept"
    [report] = reports
    assert report.cancelled == Promise.objects.filter(state="cancelled").count() > 0
