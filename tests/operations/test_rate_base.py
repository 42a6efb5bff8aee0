"""Stories of rating the base: up and down, frozen and thawed, kept by hand, interrupted, twice."""

from __future__ import annotations

from datetime import date

import pytest

from upheld.operations import rate_base as module
from upheld.operations.activate_edition import activate_edition
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.refusals import ActRefused
from upheld.records.audit.models import Entry
from upheld.records.people.models import Person, Service
from upheld.records.people.queries import chunks_of_people
from upheld.records.tiers.models import Membership, Rating

from .conftest import at_once

pytestmark = pytest.mark.django_db

NEW_YEAR, SPRING, SUMMER = date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)


def rate(as_of=NEW_YEAR):
    return rate_base(as_of=as_of, by=None, today=SUMMER)


def held(code):
    """Return the periods of a person as (card, state, from, until)."""
    rows = Membership.objects.filter(person__code=code).order_by("pk")
    return [(row.card, row.state, row.from_date, row.until_date) for row in rows]


def test_the_base_is_rated_by_role_and_by_spend_and_each_card_says_why(operator):
    report = rate()
    cards = {code: held(code)[0][0] if held(code) else None for code in ("P1", "P2", "P3", "P4", "P5")}
    assert cards == {"P1": "diamond", "P2": "gold", "P3": "diamond", "P4": "gold", "P5": None}
    assert Rating.objects.get(person__code="P3").because == [{"clause": "CT-34", "card": "diamond"}]
    assert (report.rated, report.begun, report.unchanged) == (5, 4, 1)
    assert report.by_card == {"diamond": 2, "gold": 2, "none": 1}
    assert report.by_clause["CT-34"] == 2
    assert Entry.objects.get(act="rate_base").detail["begun"] == 4


def test_a_day_to_come_is_refused_and_the_days_until_then_can_still_be_rated(operator):
    with pytest.raises(ActRefused) as refused:
        rate_base(as_of=SPRING, by=None, today=date(2026, 3, 31))
    assert refused.value.code == "in_the_future"
    assert not Rating.objects.exists()
    assert rate_base(as_of=SPRING, by=None, today=SPRING).begun == 4


def test_a_day_before_every_standard_of_the_edition_is_refused_in_words(operator):
    activate_edition(active_from=date(2000, 1, 1), by=None)
    with pytest.raises(ActRefused, match=r"no standard of edition .* is in force on 2001-02-03") as refused:
        rate(date(2001, 2, 3))
    assert refused.value.code == "no_standard"
    with pytest.raises(ActRefused, match="2001-02-03"):
        plan_contacts(from_date=date(2001, 2, 3), until_date=date(2001, 7, 1), by=None)
    assert not Entry.objects.filter(act__in=["rate_base", "plan_contacts"]).exists()


def test_rating_again_writes_nothing(operator):
    rate()
    before = list(Membership.objects.order_by("pk").values()), Rating.objects.count()
    again = rate(SPRING)
    assert again.unchanged == 5
    assert (list(Membership.objects.order_by("pk").values()), Rating.objects.count()) == before


def test_a_higher_spend_raises_and_a_lower_one_lowers_from_the_day_of_the_rating(operator):
    rate()
    Person.objects.filter(code="P4").update(annual_spend_fen=400000)
    Person.objects.filter(code="P3").update(annual_spend_fen=110000)
    report = rate(SPRING)
    assert (report.raised, report.lowered) == (1, 1)
    assert held("P4") == [("gold", "active", NEW_YEAR, SPRING), ("diamond", "active", SPRING, None)]
    assert held("P3") == [("diamond", "active", NEW_YEAR, SPRING), ("silver", "active", SPRING, None)]


def test_an_approved_override_keeps_the_card_that_would_fall_and_says_so(operator):
    rate()
    changed = {"annual_spend_fen": 110000, "override_card": "diamond", "override_approved_by": "Market"}
    Person.objects.filter(code="P3").update(**changed)
    report = rate(SPRING)
    assert (report.lowered, report.kept_by_override, report.reasons_changed) == (0, 1, 1)
    assert held("P3") == [("diamond", "active", NEW_YEAR, None)]
    latest = Rating.objects.filter(person__code="P3").latest("pk")
    assert latest.because[0] == {"clause": "CT-36", "card": "diamond"}
    assert rate(SUMMER).unchanged == 5


def test_an_override_lifts_nobody_to_a_card_not_held_before(operator):
    rate()
    Person.objects.filter(code="P4").update(override_card="diamond", override_approved_by="Market")
    assert rate(SPRING).unchanged == 5
    assert held("P4") == [("gold", "active", NEW_YEAR, None)]


def test_arrears_freeze_a_member_and_paying_up_thaws_the_same_card(operator):
    rate()
    Service.objects.filter(code="S3").update(arrears_months=1)
    assert rate(SPRING).frozen == 1
    Service.objects.filter(code="S3").update(arrears_months=0)
    assert rate(SUMMER).unfrozen == 1
    assert held("P3") == [
        ("diamond", "active", NEW_YEAR, SPRING),
        ("diamond", "frozen", SPRING, SUMMER),
        ("diamond", "active", SUMMER, None),
    ]


def test_somebody_without_a_card_in_arrears_is_simply_no_member(operator):
    Service.objects.filter(code="S5").update(arrears_months=2)
    rate()
    assert held("P5") == []


def test_who_asks_to_leave_is_a_member_no_longer(operator):
    rate()
    Person.objects.filter(code="P4").update(cancel_requested=True)
    report = rate(SPRING)
    assert report.cancelled == 1
    assert held("P4") == [("gold", "active", NEW_YEAR, SPRING)]
    assert Rating.objects.filter(person__code="P4").latest("pk").because[0]["clause"] == "CT-38"
    assert rate(SUMMER).unchanged == 5


def test_two_ratings_of_one_day_leave_one_period_that_lasts(operator):
    rate()
    Person.objects.filter(code="P4").update(annual_spend_fen=400000)
    rate()
    assert held("P4") == [("gold", "active", NEW_YEAR, NEW_YEAR), ("diamond", "active", NEW_YEAR, None)]


def test_an_earlier_day_is_not_rated_after_a_later_one(operator):
    rate(SPRING)
    with pytest.raises(ActRefused, match="already rated as of 2026-04-01"):
        rate(NEW_YEAR)


def test_without_an_edition_nothing_is_rated(feeds):
    feeds.bring()
    with pytest.raises(ActRefused, match="no edition"):
        rate()


def test_progress_is_told_chunk_by_chunk(operator):
    told = []
    rate_base(as_of=NEW_YEAR, by=None, progress=lambda done, total: told.append((done, total)))
    assert told == [(5, 5)]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_dies_between_chunks_goes_on_with_the_next(operator, monkeypatch):
    rated_one, real = [], module._rate_chunk

    def dies_after_two(*args):
        if len(rated_one) == 2:
            raise RuntimeError("the machine stops")
        rated_one.append(args[0])
        return real(*args)

    monkeypatch.setattr(module, "chunks_of_people", lambda: chunks_of_people(size=1))
    with monkeypatch.context() as patched:
        patched.setattr(module, "_rate_chunk", dies_after_two)
        with pytest.raises(RuntimeError):
            rate()
    assert Membership.objects.count() == 2
    report = rate()
    assert (report.begun, report.unchanged) == (2, 3)
    assert Membership.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_ratings_at_once_give_each_person_one_membership(operator):
    reports = at_once(rate, rate)
    assert sorted(report.begun for report in reports) == [0, 4]
    assert Membership.objects.count() == 4
