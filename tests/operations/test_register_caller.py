"""A caller nobody knows becomes a person with a code of our own, once, and may then have cases like anybody."""

from __future__ import annotations

import pytest
from django.db import connection

from upheld.operations.cases.open_case import open_case
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.register_caller import register_caller
from upheld.records.audit.models import Entry
from upheld.records.people.callers import people_with_number, plain_number
from upheld.records.people.models import Person, Service
from upheld.records.people.queries import find_people
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee, Unit

from .conftest import at_once


@pytest.fixture
def agent(operator):
    team = Unit.objects.filter(kind="team").first()
    return Employee.objects.create_user("hot", code="H1", name="热线", job="hotline_agent", unit=team)


@pytest.mark.django_db
def test_a_strangers_complaint_has_the_laws_clock(agent):
    caller = register_caller(by=agent, name=" 陌先生 ", phone="+86 139-0000-9999", key="ring-1")
    person = Person.objects.get(pk=caller.person_id)
    assert (person.name, person.phone, person.code) == ("陌先生", "13900009999", caller.code)
    assert find_people("mxs") == [person]
    assert Entry.objects.get(act="register_caller").subject_id == str(person.pk)
    opened = open_case(
        by=agent, kind="complaint", channel="hotline", key="case-1", person=caller.person_id, summary="乱扣费"
    )
    clauses = set(Promise.objects.filter(pk__in=opened.promise_ids).values_list("clause", flat=True))
    assert clauses == {"CT-16", "LAW-6"}


@pytest.mark.django_db
def test_a_form_sent_twice_registers_once(agent):
    first = register_caller(by=agent, name="陌先生", phone="13900009999", key="ring-1")
    again = register_caller(by=agent, name="陌先生", phone="139 0000 9999", key="ring-1")
    assert (again.person_id, again.is_new) == (first.person_id, False)
    assert Entry.objects.filter(act="register_caller").count() == 1
    with pytest.raises(ActRefused) as refused:
        register_caller(by=agent, name="别人", phone="13900009999", key="ring-1")
    assert refused.value.code == "key_used"


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_register_once(agent):
    def click():
        return register_caller(by=agent, name="陌先生", phone="13900009999", key="ring-1")

    results = at_once(click, click, click)
    assert len({one.person_id for one in results}) == 1
    assert sum(one.is_new for one in results) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "phone", "code"),
    [
        ("  ", "13900009999", "no_name"), ("12 3", "", "no_name"), ("陌", "call me", "bad_number"),
        ("陌", "123", "bad_number"), ("陌", "1" * 30, "bad_number"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_caller_is_refused_and_nothing_is_stored(agent, name, phone, code):
    before = Person.objects.count()
    with pytest.raises(ActRefused) as refused:
        register_caller(by=agent, name=name, phone=phone, key="ring-1")
    assert refused.value.code == code
    assert Person.objects.count() == before


@pytest.mark.django_db
def test_a_withheld_number_is_no_number(agent):
    caller = register_caller(by=agent, name="Ольга", phone="", key="ring-1")
    assert Person.objects.get(pk=caller.person_id).phone is None


@pytest.mark.django_db
def test_who_opens_no_cases_registers_nobody(operator):
    inspector = Employee.objects.create_user("qi", code="Q1", name="质检", job="quality_inspector")
    with pytest.raises(NotAllowed):
        register_caller(by=inspector, name="陌先生", phone="", key="ring-1")
    assert Entry.objects.get(act="register_caller").allowed is False


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("13812341234", "13812341234"), ("+86 138-1234-1234", "13812341234"), ("008613812341234", "13812341234"),
        ("013812341234", "13812341234"), ("0571-88889999", "057188889999"), ("8657188889999", "57188889999"),
        ("10086", "10086"), ("86", "86"), ("anonymous", ""), ("8612", "8612"),
    ],
)  # fmt: skip
def test_numbers_as_telephone_systems_write_them(written, plain):
    assert plain_number(written) == plain


@pytest.mark.django_db
def test_who_rings_is_found_by_the_own_number_and_by_a_services(operator):
    lin = Person.objects.get(code="P2")
    Service.objects.create(code="S9", person=lin, number="057188889999", kind="fixed")
    assert people_with_number("13800000002") == [lin]
    assert people_with_number("0571-88889999") == [lin]
    assert people_with_number("88889999") == []  # part of a number is for the search
    assert people_with_number("002") == []
    grace = Person.objects.get(code="P4")
    Service.objects.create(code="S10", person=grace, number="13800000002", kind="mobile")
    assert people_with_number("13800000002") == [grace, lin]


@pytest.mark.django_db
def test_a_ringing_number_is_looked_up_by_index(operator):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for table, column in (("people_person", "phone"), ("people_service", "number")):
            cursor.execute(f"EXPLAIN SELECT id FROM {table} WHERE {column} = '13800000002'")
            assert "Index" in "\n".join(row[0] for row in cursor.fetchall())
