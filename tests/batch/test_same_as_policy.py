"""Random bases, answered by policy one by one and by DuckDB at once: never a different answer."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upheld.batch import subjects as batch
from upheld.batch.engine import DuckDB
from upheld.batch.tiers import change_of
from upheld.policy.contacts import contacts_owed, plan_of
from upheld.policy.editions import Edition, load_edition, shipped_edition
from upheld.policy.entitlements import entitlements_of
from upheld.policy.facts import CARD_RANK, FACTS, MonthDay
from upheld.policy.tables import AS_OF, Row
from upheld.policy.tiers import customer_class_of, tier_of

MANY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))

Subjects = dict[int, dict[str, Any]]


def rows_of(edition: Edition) -> list[Row]:
    nouns = ("tiers", "contacts", "entitlements")
    return [row for noun in nouns for table in edition.tables(noun) for row in table.rows]


def value_of(fact: str, bounds: set[Any], as_of: date) -> st.SearchStrategy[Any]:
    """Make values of a fact, crowded around the bounds that rows compare it with."""
    kind = FACTS[fact].kind
    if kind == "choice":
        return st.sampled_from(FACTS[fact].values)
    if kind == "flag":
        return st.booleans()
    if kind == "date":
        return st.integers(-2, 2).map(lambda days: as_of + timedelta(days=days))
    if kind == "month_day":
        return st.builds(MonthDay, st.integers(1, 12), st.integers(1, 31))
    if kind == "text":
        return st.sampled_from(["", "market department"])
    near = sorted({max(0, bound + off) for bound in bounds for off in (-1, 0, 1)})
    return st.sampled_from(near or [0]) | st.integers(0, 10**9)


def with_a_real_birthday(subject: dict[str, Any]) -> dict[str, Any]:
    born = subject.get("birthday")
    if born is None:
        return subject
    lunar = subject.get("birthday_calendar") == "lunar"
    longest = 30 if lunar else calendar.monthrange(2024, born.month)[1]
    return {**subject, "birthday": born._replace(day=min(born.day, longest))}


@st.composite
def bases(draw: st.DrawFn) -> tuple[date, Subjects]:
    """Make a day and up to 80 subjects: every fact that any row tests, each unknown now and then."""
    as_of = draw(DAYS)
    bounds: dict[str, set[Any]] = {
        fact: set()
        for fact in (
            "previous_card",
            "override_card",
            "override_approved_by",
            "birthday",
            "birthday_calendar",
        )
    }
    for row in rows_of(shipped_edition()):
        for condition in row.conditions:
            bounds.setdefault(condition.fact, set()).update(
                {condition.minimum, condition.below} - {None, AS_OF}
            )
    facts = {fact: value_of(fact, found, as_of) for fact, found in sorted(bounds.items())}
    # Facts that end a membership are rarer, or nobody would be left to rate.
    rare = (
        "status",
        "cancel_requested",
        "serious_harm",
        "card_valid_until",
        "dunning_failed",
        "arrears_months",
    )
    likely = {fact: st.none() | value for fact, value in facts.items() if fact not in rare}
    one = st.fixed_dictionaries(likely, optional={f: facts[f] for f in rare if draw(st.booleans())})
    known = one.map(lambda subject: {fact: value for fact, value in subject.items() if value is not None})
    people = draw(st.lists(known.map(with_a_real_birthday), min_size=1, max_size=80))
    return as_of, dict(enumerate(people))


@MANY
@given(base=bases())
def test_rating_a_base_gives_policys_answers(
    base: tuple[date, Subjects], edition: Edition, engine: DuckDB
) -> None:
    as_of, subjects = base
    rated = batch.rate_subjects(edition=edition, as_of=as_of, subjects=subjects, engine=engine)
    assert rated.keys() == subjects.keys()
    for number, subject in subjects.items():
        answer = tier_of(edition=edition, subject=subject, as_of=as_of)
        found = customer_class_of(edition=edition, subject=subject, as_of=as_of)
        before = subject.get("previous_card")
        assert rated[number] == batch.Rated(
            card=answer.card,
            state=answer.state,
            clause=answer.because[0].clause if answer.because else None,
            previous_card=before,
            change=change_of(CARD_RANK[before], CARD_RANK[answer.card]),
            provisional_card=answer.provisional_card,
            customer_class=found[0] if found else None,
        ), subject


@MANY
@given(base=bases(), days=st.integers(1, 800))
def test_planning_a_base_gives_policys_promises(
    base: tuple[date, Subjects], days: int, edition: Edition, engine: DuckDB
) -> None:
    start, subjects = base
    until = start + timedelta(days=days)
    asked = {"edition": edition, "from_date": start, "until_date": until}
    planned = batch.plan_subjects(subjects=subjects, engine=engine, **asked)
    for number, subject in subjects.items():
        assert planned[number] == list(plan_of(subject=subject, **asked)), subject


@MANY
@given(base=bases())
def test_entitlements_and_contacts_of_a_base_are_policys(
    base: tuple[date, Subjects], edition: Edition, engine: DuckDB
) -> None:
    as_of, subjects = base
    asked = {"edition": edition, "as_of": as_of}
    grants = batch.entitlements_of_subjects(subjects=subjects, engine=engine, **asked)
    owed = batch.contacts_owed_to_subjects(subjects=subjects, engine=engine, **asked)
    for number, subject in subjects.items():
        assert grants[number] == entitlements_of(subject=subject, **asked), subject
        assert owed[number] == contacts_owed(subject=subject, **asked), subject


@settings(MANY, max_examples=10)
@given(base=bases(), chosen=st.data())
def test_other_readings_change_both_alike(
    base: tuple[date, Subjects], chosen: st.DataObject, engine: DuckDB
) -> None:
    as_of, subjects = base
    readings = {
        reading.id: chosen.draw(st.sampled_from(sorted(reading.options)), label=reading.id)
        for standard in shipped_edition().standards
        for reading in standard.readings.values()
        if reading.options
    }
    edition = load_edition(sources=shipped_edition().sources, readings=readings)
    rated = batch.rate_subjects(edition=edition, as_of=as_of, subjects=subjects, engine=engine)
    for number, subject in subjects.items():
        answer = tier_of(edition=edition, subject=subject, as_of=as_of)
        clause = answer.because[0].clause if answer.because else None
        assert rated[number][:3] == (answer.card, answer.state, clause), subject
