"""Who stands below whom, whose customers are whose, and who answers for a customer on which day."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test.utils import CaptureQueriesContext

from upheld.records.people.models import GroupRole
from upheld.records.staff.models import Assignment, Unit
from upheld.records.staff.queries import (
    assignments_of_person,
    book_of,
    book_of_all,
    chief_representatives,
    employees_serving,
    responsible_for,
    responsible_for_groups,
    serves_group,
    serves_person,
    team_of,
    unit_tree,
    units_below,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)
SINCE = date(2025, 1, 1)


@pytest.fixture
def units(db):
    province = Unit.objects.create(code="U", name="东江公司", kind="province")
    city = Unit.objects.create(code="U1", name="江州公司", kind="city", parent=province)
    team = Unit.objects.create(code="U11", name="城东班", kind="team", parent=city)
    other = Unit.objects.create(code="U12", name="城西班", kind="team", parent=city)
    return {"province": province, "city": city, "team": team, "other": other}


@pytest.fixture
def assign(db):
    def make(employee, subject, kind="account_manager", since=SINCE, until=None):
        column = "group" if subject._meta.model_name == "group" else "person"
        return Assignment.objects.create(
            employee=employee, kind=kind, from_date=since, until_date=until, **{column: subject}
        )

    return make


def join(person, group, role=None, since=SINCE, until=None):
    GroupRole.objects.create(person=person, group=group, role=role, from_date=since, until_date=until)


def test_a_unit_reaches_down_to_its_teams(units):
    assert set(units_below(units["city"])) == {units["city"].pk, units["team"].pk, units["other"].pk}
    assert [(unit.code, depth) for unit, depth in unit_tree()] == [
        ("U", 0),
        ("U1", 1),
        ("U11", 2),
        ("U12", 2),
    ]


def test_only_a_province_has_no_unit_above(units, refused):
    with refused("unit_stands_in_the_tree"):
        Unit.objects.create(code="U9", name="班", kind="team")
    with refused("unit_stands_in_the_tree"):
        Unit.objects.create(code="U8", name="省", kind="province", parent=units["city"])


def test_a_team_is_a_lead_s_unit_and_who_left_comes_last(units, make_employee):
    lead = make_employee("lead", job="team_lead", unit=units["team"])
    mine = make_employee("mine", unit=units["team"])
    left = make_employee("a-leaver", unit=units["team"], is_active=False)
    make_employee("theirs", unit=units["other"])
    assert set(team_of(lead)) == {lead, mine, left}
    assert list(team_of(lead))[-1] == left
    assert list(team_of(make_employee("nowhere", job="team_lead"))) != []
    assert [found.username for found in employees_serving([units["other"].pk])] == ["theirs"]


def test_an_employee_signs_in_with_the_password_alone(make_employee, rf):
    make_employee("li.na", password="four plain words here")
    assert authenticate(rf.post("/"), username="li.na", password="four plain words here") is not None
    assert authenticate(rf.post("/"), username="li.na", password="other") is None
    make_employee("no.password")
    assert authenticate(rf.post("/"), username="no.password", password="") is None


def test_one_account_manager_serves_a_customer_at_a_time(
    make_person, make_group, make_employee, assign, refused
):
    first, second = make_employee("first"), make_employee("second")
    for subject, name in ((make_person(), "person"), (make_group(), "group")):
        before = assign(first, subject)
        with refused(f"assignment_{name}_one_account_manager"):
            assign(second, subject, since=TODAY)
        assign(second, subject, kind="phone_manager")
        before.until_date = TODAY
        before.save()
        assign(second, subject, since=TODAY)


def test_an_assignment_serves_a_person_or_a_group_and_not_both(
    make_person, make_group, make_employee, refused
):
    usual = {"employee": make_employee(), "kind": "account_manager", "from_date": SINCE}
    with refused("assignment_serves_one_subject"):
        Assignment.objects.create(**usual)
    with refused("assignment_serves_one_subject"):
        Assignment.objects.create(**usual, person=make_person(), group=make_group())


def test_a_book_holds_the_groups_their_people_and_the_persons_assigned_alone(
    make_person, make_group, make_employee, assign
):
    me, other = make_employee("me"), make_employee("other")
    group, foreign = make_group(), make_group("江州银行")
    member, alone, left, stranger = (make_person(name) for name in ("王一", "王二", "王三", "王四"))
    assign(me, group)
    assign(me, alone, kind="phone_manager")
    assign(other, foreign)
    join(member, group, "contact")
    join(left, group, until=TODAY)
    join(stranger, foreign)
    book = book_of(me, day=TODAY)
    assert set(book.people) == {member, alone}
    assert set(book.groups) == {group}
    assert set(book_of(me, day=date(2026, 3, 9)).people) == {member, alone, left}
    assert set(book_of_all([me.pk, other.pk], day=TODAY).people) == {member, alone, stranger}
    assert serves_person([me.pk], member.pk, day=TODAY)
    assert not serves_person([me.pk], stranger.pk, day=TODAY)
    assert serves_group([me.pk], group.pk, day=TODAY)
    assert not serves_group([me.pk], foreign.pk, day=TODAY)


def test_a_person_s_own_manager_answers_before_the_group_s(make_person, make_group, make_employee, assign):
    own, phone, of_group = make_employee("own"), make_employee("phone"), make_employee("group")
    group = make_group()
    assign(of_group, group)
    both, by_phone, by_group, nobody = (make_person(name) for name in ("王一", "王二", "王三", "王四"))
    assign(own, both)
    assign(phone, both, kind="phone_manager")
    assign(phone, by_phone, kind="phone_manager")
    for person in (both, by_phone, by_group):
        join(person, group)
    people = [both.pk, by_phone.pk, by_group.pk, nobody.pk]
    assert responsible_for(people, day=TODAY) == {
        both.pk: own.pk,
        by_phone.pk: phone.pk,
        by_group.pk: of_group.pk,
    }
    assert responsible_for(people, day=date(2024, 1, 1)) == {}
    assert responsible_for_groups([group.pk], day=TODAY) == {group.pk: of_group.pk}


def test_who_left_answers_for_nobody(make_person, make_group, make_employee, assign):
    left, stays = make_employee("left", is_active=False), make_employee("stays")
    person, group = make_person(), make_group()
    assign(left, person)
    assign(stays, group)
    join(person, group)
    assert responsible_for([person.pk], day=TODAY) == {person.pk: stays.pk}


def test_of_several_groups_the_one_with_a_role_gives_the_manager(
    make_person, make_group, make_employee, assign
):
    large, small = make_group(group_class="A"), make_group(group_class="D")
    of_large, of_small = make_employee("large"), make_employee("small")
    assign(of_large, large)
    assign(of_small, small)
    person = make_person()
    join(person, large)
    join(person, small, "contact")
    assert responsible_for([person.pk], day=TODAY) == {person.pk: of_small.pk}


def test_many_persons_cost_two_queries(make_person, make_group, make_employee, assign):
    group = make_group()
    assign(make_employee(), group)
    people = [make_person() for _ in range(20)]
    for person in people:
        join(person, group)
    with CaptureQueriesContext(connection) as queries:
        assert len(responsible_for([person.pk for person in people], day=TODAY)) == 20
    assert len(queries) == 2


def test_a_chief_representative_ties_a_group_and_keeps_no_book(make_group, make_employee, assign):
    chief, group = make_employee("chief", job="chief_representative"), make_group()
    assign(chief, group, kind="chief_representative")
    assert chief_representatives([group.pk], day=TODAY) == {group.pk: chief.pk}
    assert responsible_for_groups([group.pk], day=TODAY) == {}


def test_a_customer_s_page_names_everybody_who_serves(make_person, make_group, make_employee, assign):
    person, group = make_person(), make_group()
    join(person, group)
    assign(make_employee("own"), person, kind="phone_manager")
    assign(make_employee("group"), group)
    assert {one.employee.username for one in assignments_of_person(person.pk, day=TODAY)} == {"own", "group"}
