"""Stories of waiving and breaking promises, of coverage, and of looks behind the mask."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connections, transaction

from upheld.operations.close_overdue import close_overdue
from upheld.operations.measure_coverage import measure_coverage
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.reveal_number import reveal_number
from upheld.operations.waive_promise import waive_promise
from upheld.records.audit.models import Entry
from upheld.records.people.models import Person, Region
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee, Unit

from .conftest import at, named, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    plan_contacts(from_date=date(2026, 1, 1), until_date=date(2026, 3, 1), by=None)
    return operator


def test_nothing_is_broken_before_its_day_is_over_whatever_day_is_asked_for(planned):
    for as_of in (date(2026, 2, 2), at("2026-02-02", 0)):
        with pytest.raises(ActRefused) as refused:
            close_overdue(as_of=as_of, by=None, now=at("2026-02-01", 9))
        assert refused.value.code == "in_the_future"
    assert not Promise.objects.filter(state="broken").exists()
    assert not Entry.objects.filter(act="close_overdue").exists()


def visit():
    return Promise.objects.get(person__code="P2", clause="KEY-5", action="visit", from_date=date(2026, 1, 1))


@pytest.mark.parametrize("code", ["E3", "E5"])
def test_a_lead_or_the_service_department_waives_with_a_reason(planned, code):
    waived = waive_promise(promise=visit(), reason="abroad until March", approver=named(code))
    assert (waived.state, waived.end_reason, waived.approved_by) == (
        "waived",
        "abroad until March",
        named(code),
    )
    assert Entry.objects.get(act="waive_promise").detail == {"reason": "abroad until March", "was": "open"}
    again = waive_promise(promise=visit(), reason="again", approver=named(code))
    assert again.end_reason == "abroad until March"


@pytest.mark.parametrize("code", ["E1", "E2", "E4", "E6"])
def test_nobody_else_may_waive_and_the_try_is_in_the_audit_trail(planned, code):
    with pytest.raises(NotAllowed):
        waive_promise(promise=visit(), reason="busy", approver=named(code))
    assert visit().state == "open"
    entry = Entry.objects.get(act="waive_promise")
    assert (entry.allowed, entry.actor, entry.subject_id) == (False, named(code), str(visit().pk))


def test_a_lead_waives_no_own_promise_and_none_of_another_team(planned):
    Promise.objects.filter(pk=visit().pk).update(responsible=named("E3"))
    with pytest.raises(NotAllowed, match="own promise"):
        waive_promise(promise=visit(), reason="busy", approver=named("E3"))
    Promise.objects.filter(pk=visit().pk).update(responsible=named("E1"))
    city = Unit.objects.get(kind="city")
    other = Unit.objects.create(code="二班", name="二班", kind="team", parent=city)
    Employee.objects.filter(code="E3").update(unit=other)
    with pytest.raises(NotAllowed, match="another team"):
        waive_promise(promise=visit(), reason="busy", approver=named("E3"))


def team_in(city_name, lead="E3"):
    """Move a team lead to a new team of a city, in the region of that name."""
    region, _ = Region.objects.get_or_create(
        code=f"东海省/{city_name}",
        defaults={"name": city_name, "parent": Region.objects.get(code="东海省")},
    )
    city, _ = Unit.objects.get_or_create(
        code=f"东海省/{city_name}",
        defaults={"name": city_name, "kind": "city", "parent": Unit.objects.get(kind="province")},
    )
    team = Unit.objects.create(code=f"二班 {city_name}", name="二班", kind="team", parent=city, region=region)
    Employee.objects.filter(code=lead).update(unit=team)


@pytest.mark.parametrize("is_by_region", [True, False])
def test_a_lead_waives_what_nobody_has_yet_only_for_customers_of_the_teams_own(planned, is_by_region):
    Promise.objects.filter(pk=visit().pk).update(responsible=None)
    team_in("远山市")
    with pytest.raises(NotAllowed, match="another team"):
        waive_promise(promise=visit(), reason="abroad", approver=named("E3"))
    assert Entry.objects.get(act="waive_promise").allowed is False
    if is_by_region:
        Employee.objects.filter(code="E3").update(unit=None)
        team_in("临海市")
    else:  # somebody of the team serves the customer's group by now
        Employee.objects.filter(code="E1").update(unit=named("E3").unit)
    assert waive_promise(promise=visit(), reason="abroad", approver=named("E3")).state == "waived"


def test_the_service_department_waives_what_nobody_has_yet_wherever_the_customer_is(planned):
    Promise.objects.filter(pk=visit().pk).update(responsible=None)
    assert waive_promise(promise=visit(), reason="abroad", approver=named("E5")).state == "waived"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("handed_to", "code"), [("E3", "own_promise"), ("E5", "other_team")])
def test_the_rule_is_asked_again_when_the_promise_was_handed_over_meanwhile(planned, handed_to, code):
    refused = []

    def waive():
        try:
            waive_promise(promise=visit(), reason="abroad", approver=named("E3"))
        except NotAllowed as error:
            refused.append(error.code)
        finally:
            connections.close_all()

    thread = threading.Thread(target=waive)
    with transaction.atomic():
        Promise.objects.filter(pk=visit().pk).update(responsible=named(handed_to))
        thread.start()
        wait_until_somebody_waits_for_a_lock()
    thread.join()
    assert refused == [code]
    assert visit().state == "open"
    entry = Entry.objects.get(act="waive_promise")
    assert (entry.allowed, entry.actor, entry.subject_id) == (False, named("E3"), str(visit().pk))


def test_a_waiver_needs_a_reason_and_a_promise_that_was_not_kept(planned):
    with pytest.raises(ActRefused, match="reason"):
        waive_promise(promise=visit(), reason="  ", approver=named("E3"))
    person = Person.objects.get(code="P2")
    then = {"happened_at": at("2026-01-20"), "now": at("2026-01-21")}
    record_contact(by=named("E1"), person=person, channel="visit", key="k", **then)
    with pytest.raises(ActRefused, match="kept"):
        waive_promise(promise=visit(), reason="late", approver=named("E3"))


def test_a_broken_promise_may_be_waived_afterwards(planned):
    close_overdue(as_of=date(2026, 2, 1), by=None)
    assert waive_promise(promise=visit(), reason="abroad", approver=named("E5")).state == "waived"


def test_the_due_day_is_still_time_and_the_next_day_is_not(planned):
    assert visit().due_date == date(2026, 1, 31)
    close_overdue(as_of=date(2026, 1, 31), by=None)
    assert visit().state == "open"
    broken = close_overdue(as_of=date(2026, 2, 1), by=None)
    assert broken["KEY"] > 0
    assert (visit().state, visit().ended_at) == ("broken", at("2026-02-01", 0))
    assert not close_overdue(as_of=date(2026, 2, 1), by=None)


def test_an_instant_is_judged_in_the_time_zone_of_the_standard(planned):
    close_overdue(as_of=datetime(2026, 1, 31, 15, 59, tzinfo=UTC), by=None)  # 23:59 in Shanghai
    assert visit().state == "open"
    close_overdue(as_of=datetime(2026, 1, 31, 16, 0, tzinfo=UTC), by=None)  # midnight
    assert visit().state == "broken"


def test_closing_leaves_kept_and_waived_promises_as_they_are(planned):
    waive_promise(promise=visit(), reason="abroad", approver=named("E5"))
    close_overdue(as_of=date(2026, 6, 1), by=None)
    assert visit().state == "waived"
    assert not Promise.objects.filter(state="open", due_date__lt=date(2026, 6, 1)).exists()


def test_coverage_is_counted_against_the_right_population(planned):
    chiefs = [one for one in measure_coverage(as_of=date(2026, 3, 1)) if one.clause == "KEY-40"]
    assert [(one.population, one.covered, one.at_least_percent, one.is_met) for one in chiefs] == [
        (0, 0, 100, None),
        (1, 1, 80, True),
        (0, 0, 50, None),
    ]


def test_a_recorded_lecture_covers_a_key_person_for_the_year_until_it_is_reversed(planned):
    def lectures(day=date(2026, 3, 1)):
        return [
            (one.population, one.covered) for one in measure_coverage(as_of=day) if one.clause == "KEY-43"
        ]

    assert lectures() == [(2, 0), (0, 0)]
    person = Person.objects.get(code="P1")
    then = {"happened_at": at("2026-02-10"), "now": at("2026-02-11")}
    record_contact(by=named("E1"), person=person, channel="lecture", key="k", **then)
    assert lectures() == [(2, 1), (0, 0)]
    assert lectures(date(2026, 2, 1)) == [(2, 0), (0, 0)]
    assert lectures(date(2027, 2, 1)) == [(2, 0), (0, 0)]


def test_a_look_behind_the_mask_is_written_down(planned):
    person = Person.objects.get(code="P1")
    assert reveal_number(person=person, by=named("E1")) == "13800000001"
    entry = Entry.objects.get(act="unmask")
    assert (entry.actor, entry.subject_id, entry.detail) == (
        named("E1"),
        str(person.pk),
        {"field": "phone"},
    )
