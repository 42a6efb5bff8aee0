"""Stories of assigning: who serves whom by region, language and load, with reasons, and the promises that follow."""

from __future__ import annotations

from datetime import date

import pytest

from upheld.config import nightly
from upheld.operations.assign_manager import assign_manager
from upheld.operations.assign_the_unserved import assign_the_unserved, propose
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.people.models import Group, Person, Region
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Absence, Assignment, Employee, Unit

from .conftest import at_once, named

pytestmark = pytest.mark.django_db

DAY = date(2026, 1, 5)


@pytest.fixture
def planned(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    plan_contacts(from_date=date(2026, 1, 1), until_date=date(2026, 4, 1), by=None)
    return operator


def codes(assigned):
    return [reason.code for reason in assigned.reasons]


def assign(code, kind="account_manager", **more):
    subject = (
        {"group": Group.objects.get(code=code)}
        if code.startswith("G")
        else {"person": Person.objects.get(code=code)}
    )
    return assign_manager(kind=kind, by=more.pop("by", None), day=more.pop("day", DAY), **subject, **more)


def test_a_group_of_nobody_gets_the_nearest_manager_with_the_lightest_book_and_its_promises_follow(planned):
    nobody = Promise.objects.filter(group__code="G2", state="open")
    assert nobody.count() == nobody.filter(responsible=None).count() > 0
    done = assign("G2")
    assert done.employee_id == named("E2").pk  # E1 serves a group already
    assert codes(done) == ["same_region", "has_room", "lightest_load"]
    assert done.moved == nobody.filter(responsible_id=done.employee_id).count() == nobody.count()
    entry = Entry.objects.filter(act="assign_manager").latest("pk")
    assert entry.detail["because"][1]["clause"] == "KEY-25"


def test_a_wish_of_language_counts_after_the_region_for_visits_and_before_it_for_calls(planned):
    far = Unit.objects.create(code="东海省/远山市", name="远山市", kind="city", parent=Unit.objects.get(code="东海省"),
                              region=Region.objects.create(code="东海省/远山市", name="远山市",
                                                           parent=Region.objects.get(code="东海省")))  # fmt: skip
    for code, job in (("E8", "account_manager"), ("E9", "phone_manager")):
        Employee.objects.create(code=code, username=code, name=code, job=job, unit=far, speaks=["zh", "en"])
    Group.objects.filter(code="G2").update(wished_language="en")
    by_visit, by_call = assign("G2"), assign("G2", kind="phone_manager")
    assert by_visit.employee_id == named("E2").pk
    assert "nobody_speaks" in codes(by_visit)
    assert by_call.employee_id == named("E9").pk
    assert codes(by_call)[:2] == ["nearest_region", "speaks"]
    assert by_call.reasons[0].values == {"steps": 2}


def test_who_has_too_many_or_is_away_comes_last(planned):
    person = Person.objects.get(code="P5")
    Assignment.objects.bulk_create(
        Assignment(employee=named("E2"), person=one, kind="account_manager", from_date=DAY)
        for one in [Person.objects.create(code=f"X{n}", name="X", region=person.region) for n in range(40)]
    )
    assert assign("G2").employee_id == named("E1").pk
    Absence.objects.create(employee=named("E1"), from_date=DAY, until_date=date(2026, 1, 9), reason="leave")
    full = assign("P5")
    assert full.employee_id == named("E2").pk
    assert "over_limit" in codes(full)


def test_another_manager_takes_over_from_a_day_on_and_done_again_nothing_changes(planned):
    first = assign("G1", employee=named("E2"), why="closer to the client")
    assert first.before_id == named("E1").pk
    assert codes(first) == ["named"]
    mine = Promise.objects.filter(person__code="P1", state="open")
    assert set(mine.values_list("responsible__code", flat=True)) == {"E2"}
    again = assign("G1", employee=named("E2"))
    assert (again.is_new, codes(again), again.moved) == (False, ["serves_already"], 0)
    periods = Assignment.objects.filter(group__code="G1", kind="account_manager").order_by("from_date", "pk")
    assert [(one.employee.code, one.until_date) for one in periods] == [("E1", DAY), ("E2", None)]
    later = plan_contacts(from_date=DAY, until_date=date(2026, 4, 1), by=None)
    assert (later.added, later.moved, later.cancelled) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_who_assign_at_once_leave_one_manager(planned):
    group = Group.objects.get(code="G2")
    done = at_once(
        *(
            lambda employee=employee: assign_manager(
                group=group, kind="account_manager", by=None, day=DAY, employee=employee
            )
            for employee in (named("E1"), named("E2"))
        )
    )
    assert not [one for one in done if isinstance(one, Exception)]
    held = Assignment.objects.filter(group=group, kind="account_manager", until_date=None)
    [last] = held
    owed = Promise.objects.filter(group=group, state="open")
    assert set(owed.values_list("responsible_id", flat=True)) == {last.employee_id}


def test_a_lead_assigns_within_the_team_and_a_manager_not_at_all(planned):
    assert assign("G2", by=named("E3")).is_new
    with pytest.raises(NotAllowed):
        assign("G2", by=named("E1"), employee=named("E1"))
    elsewhere = Unit.objects.create(
        code="东海省/别处", name="别处", kind="city", parent=Unit.objects.get(code="东海省")
    )
    lead = Employee.objects.create(code="L2", username="l2", name="L2", job="team_lead", unit=elsewhere)
    with pytest.raises(NotAllowed):
        assign("G1", by=lead, employee=lead)
    assert Entry.objects.filter(act="assign_manager", allowed=False).count() == 2


def test_whom_nobody_serves_is_found_proposed_and_assigned_at_once(planned):
    Assignment.objects.filter(person__code="P4").delete()
    Promise.objects.filter(person__code="P4", state="open").update(responsible=None)
    proposals = propose(day=DAY, by=named("E3"))
    found = {(one.unserved.code, one.unserved.kind, one.unserved.clause) for one in proposals}
    assert found == {("G2", "account_manager", "KEY-25"), ("G2", "phone_manager", "CARE-40")}
    everywhere = {(one.unserved.code, one.unserved.kind) for one in propose(day=DAY)}
    assert everywhere == {("G2", "account_manager"), ("G2", "phone_manager"), ("P4", "phone_manager")}
    group = Group.objects.get(code="G2").pk
    done = assign_the_unserved(by=named("E3"), day=DAY, only={("group", group, "account_manager")})
    assert done["account_manager"] == 1
    assert done["phone_manager"] == 0
    again = assign_the_unserved(by=None, day=DAY)
    assert again["phone_manager"] == 2
    assert (
        not Promise.objects.filter(person__code="P4", state="open").exclude(responsible__code="E6").exists()
    )
    assert propose(day=DAY) == []
    assert sum(assign_the_unserved(by=None, day=DAY).values()) == 0
    assert Entry.objects.filter(act="assign_manager").count() == 3
    with pytest.raises(NotAllowed):
        assign_the_unserved(by=named("E1"), day=DAY)
    assert Entry.objects.filter(act="assign_manager", allowed=False, actor=named("E1")).count() == 1


def test_the_night_assigns_where_the_company_wants_it(planned, settings):
    def night():
        return nightly.work_of_a_night(as_of=DAY, progress_of=lambda _: lambda done, total: None)

    report, _ = night()
    assert "Assigned to whom nobody served" not in report
    settings.ASSIGN_AT_NIGHT = True
    report, refusals = night()
    assert not refusals
    assert report["Assigned to whom nobody served"]["account_manager"] == 1
    assert Assignment.objects.filter(group__code="G2", kind="account_manager").exists()


def test_what_cannot_be_is_refused(planned):
    Employee.objects.filter(code="E2").update(is_active=False)
    for refused, code in (
        ({"employee": named("E2")}, "gone"),
        ({"employee": named("E6")}, "wrong_job"),
        ({"employee": 10**9}, "gone"),
    ):
        with pytest.raises(ActRefused) as told:
            assign("G2", **refused)
        assert told.value.code == code
    with pytest.raises(ActRefused):
        assign_manager(kind="account_manager", by=None, day=DAY)
    Employee.objects.filter(job="account_manager").update(is_active=False)
    with pytest.raises(ActRefused) as told:
        assign("G2")
    assert told.value.code == "nobody_to_choose"
