"""Stored customers become the facts of the ask contract: normalised, unknown left out, in a fixed number of queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from upheld.policy.facts import MonthDay, read_subject
from upheld.records.people.models import Bill, GroupRole, Service
from upheld.records.people.queries import facts_of_groups, facts_of_people

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)


def facts(person, as_of=TODAY):
    return facts_of_people([person.pk], as_of=as_of)[person.pk]


def test_what_is_unknown_is_left_out(make_person):
    assert facts(make_person()) == {}


def test_every_column_is_stated_as_policy_would_read_it(make_person, make_group):
    person = make_person(
        papers="organisation",
        organisation_kind="finance",
        rank="division",
        brand="tianyi",
        strategic=True,
        annual_spend_fen=336_000,
        group_revenue_fen=30_000_000,
        plan_monthly_fen=8_000,
        birthday_month=12,
        birthday_day=30,
        birthday_year=1970,
        birthday_calendar="lunar",
        card_valid_until=date(2026, 12, 31),
        joined_date=date(2010, 5, 1),
        dunning_failed=False,
        cancel_requested=False,
        serious_harm=True,
        override_card="gold",
        override_approved_by="市场部 陈",
    )
    group = make_group(group_class="B1", group_kind="key_enterprise")
    GroupRole.objects.create(person=person, group=group, role="contact", from_date=date(2025, 1, 1))
    Service.objects.create(code="S1", person=person, status="active", arrears_months=2)
    stated = facts(person)
    assert stated == read_subject(
        {
            "papers": "organisation",
            "organisation_kind": "finance",
            "rank": "division",
            "brand": "tianyi",
            "strategic": True,
            "annual_spend_yuan": "3360.00",
            "group_revenue_yuan": "300000",
            "plan_monthly_yuan": "80",
            "birthday": "1970-12-30",
            "birthday_calendar": "lunar",
            "card_valid_until": "2026-12-31",
            "joined_date": "2010-05-01",
            "dunning_failed": False,
            "cancel_requested": False,
            "serious_harm": True,
            "override_card": "gold",
            "override_approved_by": "市场部 陈",
            "group_class": "B1",
            "group_kind": "key_enterprise",
            "role": "contact",
            "status": "active",
            "arrears_months": 2,
        }
    )
    assert stated["birthday"] == MonthDay(12, 30, 1970)


def test_the_role_is_the_one_held_on_the_day(make_person, make_group):
    person = make_person()
    GroupRole.objects.create(
        person=person, group=make_group(), role="contact", from_date=date(2025, 1, 1), until_date=TODAY
    )
    assert facts(person, date(2026, 3, 9))["role"] == "contact"
    assert "role" not in facts(person)


def test_a_key_person_of_a_small_group_counts_before_an_ordinary_member_of_a_large_one(
    make_person, make_group
):
    person = make_person()
    large, small = make_group(group_class="A", group_kind="government"), make_group(group_class="D")
    GroupRole.objects.create(person=person, group=large, from_date=date(2025, 1, 1))
    assert facts(person) == {"group_class": "A", "group_kind": "government"}
    GroupRole.objects.create(person=person, group=small, role="contact", from_date=date(2025, 1, 1))
    assert facts(person) == {"group_class": "D", "role": "contact"}


def test_of_two_key_roles_the_higher_class_counts(make_person, make_group):
    person = make_person()
    for group_class, role in (("C", "top_decision_maker"), ("B1", "influencer"), ("B2", "contact")):
        GroupRole.objects.create(
            person=person, group=make_group(group_class=group_class), role=role, from_date=date(2025, 1, 1)
        )
    assert facts(person) == {"group_class": "B1", "role": "influencer"}


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ([("closed", None), ("closed", None)], {"status": "closed"}),
        ([("closed", None), ("active", None)], {"status": "active"}),
        ([("suspended", 1), ("active", 0), ("closed", 4)], {"status": "suspended", "arrears_months": 4}),
        ([("active", 0)], {"status": "active", "arrears_months": 0}),
    ],
)
def test_services_become_one_status_and_the_longest_arrears(make_person, services, expected):
    person = make_person()
    for number, (status, arrears) in enumerate(services):
        Service.objects.create(code=f"S{number}", person=person, status=status, arrears_months=arrears)
    assert facts(person) == expected


def test_twelve_whole_months_of_bills_stand_in_for_a_spend_nobody_stated(make_person):
    person, stated = make_person(), make_person(annual_spend_fen=5)
    for who in (person, stated):
        for month in (date(2025, 2, 1), date(2025, 3, 1), date(2026, 2, 1), date(2026, 3, 1)):
            Bill.objects.create(person=who, month=month, amount_fen=10_000 + month.month)
    assert facts(person)["annual_spend_yuan"] == 10_003 + 10_002  # March to February; this March is not over
    assert facts(stated)["annual_spend_yuan"] == 5


def test_many_persons_cost_as_many_queries_as_one(make_person, make_group):
    group = make_group()
    people = [make_person(f"王小{n}") for n in range(30)]
    for person in people:
        GroupRole.objects.create(person=person, group=group, role="contact", from_date=date(2025, 1, 1))
        Service.objects.create(code=person.code, person=person)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(facts_of_people([person.pk for person in people], as_of=TODAY)) == 30
    assert len(queries) == 4


def test_a_group_has_facts_of_its_own(make_group):
    plain, government = make_group(), make_group(group_class="D", group_kind="government")
    assert facts_of_groups([plain.pk, government.pk]) == {
        plain.pk: {"group_class": "A"},
        government.pk: {"group_class": "D", "group_kind": "government"},
    }
