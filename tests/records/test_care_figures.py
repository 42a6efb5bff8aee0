"""The one statement of the coverage figures counts what is counted by hand, whatever the customers and contacts are."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upheld.policy.care_figures import CareFigures, CareOfOne, figures_of, first_day_counted
from upheld.records.care_figures import care_figures
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Group, GroupRole, Person
from upheld.records.people.queries import places_of_people
from upheld.records.staff.models import Assignment, Employee
from upheld.records.staff.queries import responsible_for

ZONE = ZoneInfo("Asia/Shanghai")
DAY, FIRST = date(2026, 3, 31), date(2026, 1, 1)


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(1, 24))
def test_so_many_months_end_with_the_day(day, months) -> None:
    first = first_day_counted(day, months=months)
    back = day.year * 12 + day.month - 1 - months
    assert first > date(back // 12, back % 12 + 1, 1)
    before = first - timedelta(days=1)
    assert (before.year * 12 + before.month - 1) == back
    assert before.day == day.day or (before.day < day.day and (before + timedelta(days=1)).day == 1)


def test_figures_of_nobody_have_no_shares() -> None:
    none = CareFigures()
    assert (none.contacted_share, none.reached_share, none.satisfied_share, none.very_satisfied_share) == (
        None,
    ) * 4


@pytest.fixture
def world(db):
    """A base drawn from a seed: managers who stay or left, groups, people with roles, contacts, some taken back."""
    numbers = count(1)

    def make(seed: int) -> list[Person]:
        chance = random.Random(seed)
        staff = [
            Employee.objects.create_user(f"m{seed}-{n}", job="account_manager", is_active=n != 3)
            for n in range(5)
        ]
        groups = [
            Group.objects.create(code=f"G{seed}-{n}", name=f"集团{n}", group_class=chance.choice("ACD"))
            for n in range(3)
        ]
        people = [Person.objects.create(code=f"P{seed}-{n}", name=f"客户{n}") for n in range(14)]
        since = date(2025, 1, 1)
        for group in groups:
            if chance.random() < 0.8:
                Assignment.objects.create(
                    employee=chance.choice(staff), group=group, kind="account_manager", from_date=since
                )
        for person in people:
            for group in chance.sample(groups, chance.randrange(3)):
                ended = date(2026, 2, 1) if chance.random() < 0.2 else None
                role = chance.choice((None, "contact"))
                GroupRole.objects.create(
                    person=person, group=group, role=role, from_date=since, until_date=ended
                )
            for kind in ("account_manager", "phone_manager"):
                if chance.random() < 0.35:
                    Assignment.objects.create(
                        employee=chance.choice(staff), person=person, kind=kind, from_date=since
                    )
            for _ in range(chance.randrange(5)):
                # Around both ends of the months, where a day in Beijing is not the day in Greenwich.
                at = chance.choice(
                    (
                        datetime(2025, 12, 31, 15, 59, tzinfo=UTC),
                        datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
                        datetime(2026, 2, 10, 3, 0, tzinfo=UTC),
                        datetime(2026, 3, 31, 15, 59, tzinfo=UTC),
                        datetime(2026, 3, 31, 16, 0, tzinfo=UTC),
                    )
                )
                outcome = chance.choice(("reached", "reached", "not_reached"))
                told = Interaction.objects.create(
                    person=person,
                    channel="call",
                    happened_at=at,
                    outcome=outcome,
                    key=f"k{seed}-{next(numbers)}",
                )
                if chance.random() < 0.2:
                    Interaction.objects.create(
                        person=person, channel="call", happened_at=at, outcome=outcome, reverses=told,
                        key=f"k{seed}-{next(numbers)}",
                    )  # fmt: skip
        return people

    return make


def by_hand(people: list[Person]) -> dict[tuple[int, str], CareFigures]:
    """Count customer by customer, by the functions that the rest of the system goes by."""
    ids = [person.pk for person in people]
    serving = responsible_for(ids, day=DAY)
    places = places_of_people(ids, day=DAY)
    customers: dict[tuple[int, str], list[CareOfOne]] = defaultdict(list)
    for pk, employee in serving.items():
        contacts = [
            one
            for one in Interaction.objects.filter(person_id=pk, reverses=None)
            if FIRST <= one.happened_at.astimezone(ZONE).date() <= DAY
            if not Interaction.objects.filter(reverses=one).exists()
        ]
        place = places.get(pk)
        reached = sum(one.outcome == "reached" for one in contacts)
        customers[employee, place.group_class if place else ""].append(CareOfOne(len(contacts), reached))
    return {key: figures_of(of, contacts=2) for key, of in customers.items()}


@pytest.mark.parametrize("seed", range(6))
def test_the_statement_counts_what_is_counted_by_hand(world, seed) -> None:
    people = world(seed)
    rows = care_figures(first_day=FIRST, day=DAY, contacts=2, time_zone="Asia/Shanghai")
    assert {(row.employee_id, row.group_class): row.figures for row in rows} == by_hand(people)
    one = next(iter(responsible_for([person.pk for person in people], day=DAY).values()))
    own = care_figures(first_day=FIRST, day=DAY, contacts=2, time_zone="Asia/Shanghai", employee_ids=[one])
    assert own == [row for row in rows if row.employee_id == one]
