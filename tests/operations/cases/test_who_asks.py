"""Who asks is read in one statement; it must know what the lists of people, cards and editions know."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from upheld.operations.activate_edition import activate_edition
from upheld.operations.cases.case_facts import asked_by, who_asks
from upheld.operations.refusals import ActRefused
from upheld.records.people.choices import Brand, GroupClass, GroupKind, Role
from upheld.records.people.models import Bill, Group, GroupRole, Person, Service
from upheld.records.people.queries import facts_of_groups, facts_of_people
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import edition_in_force, loaded_edition
from upheld.records.tiers.models import Membership, Rating

from .made_standards import HOURS, Made, write

pytestmark = pytest.mark.django_db

FIRST = date(2026, 1, 1)
OFTEN = 12
"""How many bases are drawn; each is asked about from several sides."""


def asks_for_money() -> Made:
    """Give a standard whose clocks depend on bills and services, which are read by queries of their own."""
    when = {
        "case": "enquiry",
        "annual_spend_yuan": {"min": 1000},
        "status": "active",
        "arrears_months": {"below": 2},
    }
    row = {
        "clause": "RL-1",
        "when": when,
        "stops_at": "first_answer",
        "limit": {"hours": 2},
        "confidence": "stated",
    }
    return Made(1, (row,), HOURS[0], frozenset(), frozenset())


@pytest.fixture
def editions(tmp_path) -> list[EditionRecord]:
    """The shipped standards, and from the tenth of January those that ask for money; from the twentieth both again."""
    folder = write(asks_for_money(), tmp_path / "made")
    shipped = activate_edition(active_from=date(2005, 1, 1), by=None)
    made = activate_edition(active_from=date(2026, 1, 10), by=None, folder=folder)
    activate_edition(active_from=date(2026, 1, 20), by=None)
    activate_edition(active_from=date(2026, 1, 20), by=None, folder=folder)
    activate_edition(active_from=date(2026, 1, 20), by=None)
    return [shipped, made]


def draw(chance: random.Random, edition: EditionRecord) -> tuple[list[Person], list[Group], list[Service]]:
    """Draw some people with roles in groups, cards, services and bills; much of it unknown, over or yet to come."""

    def some(values):
        return chance.choice([None, *values])

    def a_day() -> date:
        return FIRST + timedelta(days=chance.randint(0, 30))

    mark = str(chance.random())
    groups = [
        Group.objects.create(
            code=f"{mark} G{n}", name="某集团", group_class=chance.choice(GroupClass.values),
            group_kind=some(GroupKind.values),
        )
        for n in range(3)
    ]  # fmt: skip
    people, services = [], []
    for n in range(5):
        person = Person.objects.create(
            code=f"{mark} P{n}", name="某人", brand=some(Brand.values), strategic=some([True, False]),
            annual_spend_fen=some([99_900, 100_000, 500_000]), birthday_month=3, birthday_day=1,
        )  # fmt: skip
        people.append(person)
        for group in chance.sample(groups, chance.randint(0, 3)):
            begin = a_day()
            until = some([begin + timedelta(days=chance.randint(1, 20))])
            GroupRole.objects.create(
                person=person, group=group, role=some(Role.values), from_date=begin, until_date=until
            )
        give_cards(chance, person, edition, begin=a_day())
        for number in range(chance.randint(0, 2)):
            services.append(
                Service.objects.create(
                    code=f"{mark} S{n}{number}",
                    person=person,
                    number="1",
                    kind="mobile",
                    brand=some(Brand.values),
                    status=chance.choice(["active", "suspended", "closed"]),
                    arrears_months=chance.randint(0, 3),
                )
            )
        if chance.random() < 0.5:
            Bill.objects.create(
                person=person, month=date(2025, 11, 1), amount_fen=chance.choice([90_000, 120_000])
            )
    return people, groups, services


def give_cards(chance: random.Random, person: Person, edition: EditionRecord, *, begin: date) -> None:
    """Give a person none, one or two cards, one after another."""
    for _ in range(chance.randint(0, 2)):
        end = chance.choice([None, begin + timedelta(days=chance.randint(0, 12))])
        state = chance.choice(["active", "frozen", "provisional"])
        card = None if state == "provisional" else chance.choice(["silver", "gold"])
        rating = Rating.objects.create(
            person=person, edition=edition, as_of=begin, state=state if card else "none", card=card
        )
        Membership.objects.create(
            person=person, card=card, state=state, from_date=begin, until_date=end, rating=rating
        )
        if end is None:
            break
        begin = end


def expected(
    day: date, person: Person | None, group: Group | None, service: Service | None
) -> tuple[int, dict[str, object]]:
    """Ask the lists one by one: the edition, the person's facts, the card on that day, the service's brand."""
    record = edition_in_force(day)
    known: dict[str, object] = {}
    if person is not None:
        known |= facts_of_people([person.pk], as_of=day, in_group=group.pk if group else None)[person.pk]
        for held in Membership.objects.filter(person=person, state="active", from_date__lte=day):
            if held.until_date is None or held.until_date > day:
                known["card"] = held.card
    if group is not None and "group_class" not in known:
        known |= facts_of_groups([group.pk])[group.pk]
    if service is not None and service.brand:
        known["brand"] = service.brand
    asked = asked_by(loaded_edition(record)).facts
    return record.pk, {fact: value for fact, value in known.items() if fact in asked}


def test_one_statement_tells_what_the_lists_tell(editions):
    for number in range(OFTEN):
        chance = random.Random(number)
        people, groups, services = draw(chance, editions[0])
        for person in people:
            for group in (None, chance.choice(groups)):
                day = FIRST + timedelta(days=chance.randint(0, 32))
                service = chance.choice([None, *(one for one in services if one.person_id == person.pk)])
                told = asked_of(day, person, group, service)
                assert told == expected(day, person, group, service), (number, day, person, group, service)
        for group in groups:
            assert asked_of(FIRST, None, group, None) == expected(FIRST, None, group, None)


def asked_of(
    day: date, person: Person | None, group: Group | None, service: Service | None
) -> tuple[int, dict[str, object]]:
    """Ask the one statement."""
    ids = {
        name: one and one.pk
        for name, one in (("person_id", person), ("group_id", group), ("service_id", service))
    }
    asking = who_asks(day=day, **ids)
    return asking.edition_id, dict(asking.known)


def test_before_any_edition_and_for_nobody_it_refuses(editions):
    with pytest.raises(ActRefused, match="no edition"):
        who_asks(day=date(2004, 12, 31), person_id=None, group_id=None, service_id=None)
    for unknown in ({"person_id": 0, "group_id": None}, {"person_id": None, "group_id": 0}):
        with pytest.raises(ActRefused, match="no such customer"):
            who_asks(day=FIRST, service_id=None, **unknown)
