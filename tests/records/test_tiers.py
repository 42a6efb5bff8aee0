"""A person holds one thing at a time, a rating is a decision that stays, and both fit the words of the ask contract."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from upheld.records.people.models import Person
from upheld.records.tiers.models import Membership, Rating
from upheld.records.tiers.queries import latest_ratings, membership_on

pytestmark = pytest.mark.django_db

JANUARY, MARCH, MAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)


@pytest.fixture
def rate(edition):
    def make(person, card="gold", state="active", as_of=JANUARY):
        return Rating.objects.create(
            person=person,
            edition=edition,
            as_of=as_of,
            card=card,
            state=state,
            because=[{"clause": "KEY-3", "card": card}],
        )

    return make


@pytest.fixture
def hold(rate):
    def make(person, card="gold", state="active", since=JANUARY, until=None):
        return Membership.objects.create(
            person=person,
            card=card,
            state=state,
            from_date=since,
            until_date=until,
            rating=rate(person, card, state, since),
        )

    return make


def test_a_person_never_holds_two_things_on_one_day(make_person, hold, refused):
    person = make_person()
    first = hold(person)
    with refused("membership_never_overlaps"):
        hold(person, "diamond", since=MARCH)
    first.until_date = MARCH
    first.save()
    hold(person, "gold", "frozen", since=MARCH)
    hold(make_person(), "diamond")  # another person's
    with refused("membership_never_overlaps"):
        hold(person, since=date(2025, 12, 1), until=date(2026, 1, 2))
    hold(person, since=date(2025, 12, 1), until=JANUARY)


def test_a_rating_replaced_the_same_day_leaves_an_empty_period(make_person, hold):
    person = make_person()
    first = hold(person)
    first.until_date = JANUARY
    first.save()
    hold(person, "diamond")
    assert membership_on([person.pk], JANUARY)[person.pk].card == "diamond"
    assert Membership.objects.filter(person=person).count() == 2


def test_a_period_does_not_end_before_it_begins(make_person, hold, refused):
    with refused("membership_until_after_from|range lower bound"):
        hold(make_person(), since=MARCH, until=JANUARY)


@pytest.mark.parametrize(
    ("card", "state"), [(None, "active"), (None, "frozen"), ("gold", "provisional"), ("gold", "cancelled")]
)
def test_card_and_state_fit(make_person, rate, card, state, refused):
    with refused("rating_card_fits_state"):
        rate(make_person(), card, state)


def test_a_membership_is_active_frozen_or_provisional(make_person, rate, refused):
    person = make_person()
    rating = rate(person)
    for card, state in ((None, "active"), ("gold", "provisional")):
        with refused("membership_card_fits_state"):
            Membership.objects.create(person=person, card=card, state=state, from_date=JANUARY, rating=rating)
    with refused("membership_state_is_known|membership_card_fits_state"):
        Membership.objects.create(person=person, card=None, state="none", from_date=JANUARY, rating=rating)
    Membership.objects.create(person=person, card=None, state="provisional", from_date=JANUARY, rating=rating)


def test_a_rating_is_neither_changed_nor_deleted(make_person, rate):
    rating = rate(make_person())
    for change in (lambda: Rating.objects.update(card="diamond"), rating.delete):
        with pytest.raises(IntegrityError, match="is not allowed on tiers_rating"), transaction.atomic():
            change()
    assert Rating.objects.get().card == "gold"


def test_the_membership_of_a_day_is_the_one_that_held_then(make_person, hold):
    person, nobody = make_person(), make_person()
    gold = hold(person, until=MARCH)
    frozen = hold(person, "gold", "frozen", since=MARCH, until=MAY)
    on = {
        day: membership_on([person.pk, nobody.pk], day) for day in (date(2025, 12, 31), JANUARY, MARCH, MAY)
    }
    assert on[date(2025, 12, 31)] == {} == on[MAY]
    assert on[JANUARY][person.pk].id == gold.pk
    assert (on[MARCH][person.pk].state, on[MARCH][person.pk].rating_id) == ("frozen", frozen.rating_id)
    assert membership_on(Person.objects.filter(pk=person.pk).values("pk"), MARCH).keys() == {person.pk}


def test_the_latest_rating_is_that_of_the_day_asked_for(make_person, hold, rate):
    person = make_person()
    held = hold(person)
    later = rate(person, "diamond", as_of=MARCH)
    assert latest_ratings([person.pk]) == {person.pk: later}
    assert latest_ratings([person.pk], until=JANUARY) == {person.pk: held.rating}
