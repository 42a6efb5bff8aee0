"""Ask the set queries about subjects that are already in memory, as policy's `Subject`s.

For the tests alone, which have people in hand and not in a file: the cases of the standards are asked of batch too, and
batch is compared with policy on made-up subjects. Each function returns the answers by subject id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from upheld.batch import churn, contacts, entitlements, points, tiers
from upheld.batch.columns import columns_of, row_of
from upheld.batch.engine import DuckDB
from upheld.batch.masks import matching_rows
from upheld.policy.churn import ChurnAnswer
from upheld.policy.contacts import ContactOwed, PlannedPromise
from upheld.policy.editions import Edition
from upheld.policy.entitlements import Grant
from upheld.policy.facts import FACTS, LISTS, Subject
from upheld.policy.points import PointsAnswer
from upheld.policy.tables import Row

Subjects = Mapping[int, Subject]
"""Subjects by number."""


class Rated(NamedTuple):
    """The answer of `tiers.rating` for one subject, with more."""

    card: str | None
    state: str
    clause: str | None
    previous_card: str | None
    change: str
    provisional_card: str | None
    customer_class: str | None


def rate_subjects(*, edition: Edition, as_of: date, subjects: Subjects, engine: DuckDB) -> dict[int, Rated]:
    """Rate subjects on a day; last year's card is their previous_card. Raises `OutsideDates`."""
    facts = _put(engine, subjects)
    rating = tiers.rating(edition=edition, as_of=as_of, facts=facts, more=True, id_type="int64")
    tiers.put_answers(engine, rating)
    order = rating.expression.select("customer_id", *Rated._fields)
    return {number: Rated(*answer) for number, *answer in engine.fetch(order)}


def plan_subjects(
    *,
    edition: Edition,
    from_date: date,
    until_date: date,
    subjects: Subjects,
    engine: DuckDB,
    owed_to: str | None = None,
) -> dict[int, list[PlannedPromise]]:
    """Plan subjects for windows that begin in [from, until), sorted as policy sorts them. Raises `OutsideDates`."""
    facts = _put(engine, subjects)
    made = contacts.plan(edition=edition, from_date=from_date, until_date=until_date, facts=facts, engine=engine,
                         owed_to=owed_to, id_type="int64")  # fmt: skip
    found: dict[int, list[PlannedPromise]] = {number: [] for number in subjects}
    for number, *promise in engine.fetch(made.expression):
        found[number].append(PlannedPromise(*promise))
    for promises in found.values():
        promises.sort(key=lambda p: (p.from_date, p.action, p.clause, p.due_date, p.turn))
    return found


def entitlements_of_subjects(
    *, edition: Edition, as_of: date, subjects: Subjects, engine: DuckDB
) -> dict[int, tuple[Grant, ...]]:
    """Return the entitlements of subjects on a day. Raises `OutsideDates`."""
    facts = _put(engine, subjects)
    return dict(
        entitlements.grants(edition=edition, as_of=as_of, facts=facts, engine=engine, id_type="int64")
    )


def contacts_owed_to_subjects(
    *, edition: Edition, as_of: date, subjects: Subjects, engine: DuckDB
) -> dict[int, tuple[ContactOwed, ...]]:
    """Return the contacts owed to subjects on a day. Raises `OutsideDates`."""
    facts = _put(engine, subjects)
    return dict(
        contacts.contacts_owed(edition=edition, as_of=as_of, facts=facts, engine=engine, id_type="int64")
    )


def settle_subjects(
    *, edition: Edition, as_of: date, subjects: Subjects, engine: DuckDB
) -> dict[int, PointsAnswer]:
    """Settle the points accounts of subjects on a day, from their events. Raises `OutsideDates`."""
    facts = _put(engine, subjects)
    events = [
        (number, place, e.event_date, e.kind, e.amount_fen, e.points, e.expires_date, e.use)
        for number, subject in subjects.items()
        for place, e in enumerate(subject.get("events", ()))
    ]
    engine.lookup(points.EVENTS, {"customer_id": "int64", **points.EVENT_COLUMNS}, events)
    points.settle_accounts(edition=edition, as_of=as_of, facts=facts, engine=engine, id_type="int64")
    return dict(points.accounts(engine=engine, as_of=as_of))


def churn_of_subjects(
    *, edition: Edition, as_of: date, subjects: Subjects, engine: DuckDB
) -> dict[int, ChurnAnswer]:
    """Return score, moments and offers of subjects on a day. Raises `OutsideDates`."""
    facts = _put(engine, subjects)
    return dict(churn.answers(edition=edition, as_of=as_of, facts=facts, engine=engine, id_type="int64"))


def rows_matching_subjects(
    *, rows: list[Row], as_of: date, subjects: Subjects, engine: DuckDB
) -> dict[int, list[Row]]:
    """Return which of some rows match each subject, whatever the rows are about (coverage of groups, say)."""
    facts = _put(engine, subjects)
    found = matching_rows(rows=rows, as_of=as_of, facts=facts, engine=engine, id_type="int64")
    return {number: [rows[place] for place in places] for number, places in found}


def _put(engine: DuckDB, subjects: Subjects) -> list[str]:
    """Make the table `customers` of the subjects; returns the facts it has columns for."""
    given = {fact for subject in subjects.values() for fact in subject}
    facts = [fact for fact in FACTS if fact in given and FACTS[fact].kind not in LISTS]
    rows = [row_of(number, subject, facts) for number, subject in subjects.items()]
    engine.lookup("customers", columns_of(facts, "int64"), rows)
    return facts
