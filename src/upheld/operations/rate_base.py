"""Rate the whole base as of a day and write what changed: cards won and lost, raised and lowered, frozen
and thawed.

A rating is a decision and is only added; a membership is the period that follows from it. One transaction
a chunk: a run that dies goes on with the next one, since what is already as it should be is not written
again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from upheld.operations.audit_trail import note_chunk, write_entry
from upheld.operations.refusals import ActRefused, refuse_a_day_to_come
from upheld.operations.run_counts import RunCounts, new_run
from upheld.operations.sql import tiers as sql
from upheld.operations.turns import turn_over_chunks
from upheld.operations.which_edition import Chosen, edition_ruling
from upheld.policy.editions import Edition
from upheld.policy.facts import CARD_RANK
from upheld.policy.tiers import Reason, TierAnswer, tier_of
from upheld.records.people.models import Person
from upheld.records.people.queries import chunks_of_people, facts_of_people
from upheld.records.staff.models import Employee
from upheld.records.standards.models import EditionRecord
from upheld.records.tiers.models import Membership, Rating
from upheld.records.tiers.queries import MembershipOn, latest_ratings, membership_on

Progress = Callable[[int, int], object]
"""Told of the persons done and of all persons."""


@dataclass
class RatingReport(RunCounts):
    """Count what a run found (`rated`, by card, state and clause) and what it changed."""

    run: str
    edition: str
    as_of: date
    rated: int = 0
    begun: int = 0
    raised: int = 0
    lowered: int = 0
    frozen: int = 0
    unfrozen: int = 0
    cancelled: int = 0
    ended: int = 0
    kept_by_override: int = 0
    reasons_changed: int = 0
    unchanged: int = 0
    by_card: Counter[str] = field(default_factory=Counter)
    by_state: Counter[str] = field(default_factory=Counter)
    by_clause: Counter[str] = field(default_factory=Counter)


def rate_base(
    *,
    as_of: date,
    by: Employee | None,
    edition: Chosen = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> RatingReport:
    """Rate every person as of a day by the edition in force on it (or the one given).

    Raises ActRefused for a day after `today` (the clock's own where left out), where no edition or none of its
    standards is in force, or where somebody was already rated as of a later day: rating an earlier day would
    rewrite what followed, and so a day to come would keep every night before it from rating.
    Clauses: KEY-3, KEY-4, CT-30 to CT-38, CT-41.
    """
    refuse_a_day_to_come(as_of, today=today or timezone.localdate())
    record, rules = edition_ruling(as_of, edition)
    report = RatingReport(new_run(), record.name, as_of)
    with turn_over_chunks("rate_base"):
        later = Rating.objects.filter(as_of__gt=as_of).order_by("-as_of").first()
        if later is not None:
            message = f"the base was already rated as of {later.as_of}, later than {as_of}"
            raise ActRefused("rated_later", message)
        total = Person.objects.count() if progress is not None else 0
        for ids in chunks_of_people():
            chunk = RatingReport(report.run, record.name, as_of)
            with transaction.atomic():
                _add_up(chunk, _rate_chunk(ids, as_of, record, rules, report.run))
                if chunk.unchanged < chunk.rated:
                    subject = {"subject_kind": "edition", "subject_id": record.name}
                    note_chunk(act="rate_base", by=by, run=report.run, counts=chunk.numbers(), **subject)
            report.add(chunk)
            if progress is not None:
                progress(report.rated, total)
        detail = report.as_json()
        write_entry(act="rate_base", by=by, subject_kind="edition", subject_id=record.name, detail=detail)
    return report


@dataclass(frozen=True)
class _Outcome:
    """What one person held, what the edition says now, and whether either membership or reasons differ."""

    person_id: int
    held: MembershipOn | None
    answer: TierAnswer
    moved: bool
    reasoned_anew: bool
    by_override: bool


def _rate_chunk(
    ids: list[int], as_of: date, record: EditionRecord, rules: Edition, run: str
) -> list[_Outcome]:
    """Rate some persons and write what changed: six queries to read, three to write."""
    subjects = facts_of_people(ids, as_of=as_of)
    held = membership_on(ids, as_of)
    before = latest_ratings(ids, until=as_of)
    override_clauses = {row.clause for table in rules.tables("tiers", "override") for row in table.rows}
    outcomes = []
    for person_id in ids:
        membership = held.get(person_id)
        subject = subjects[person_id]
        if membership is not None and membership.card is not None:
            subject["previous_card"] = membership.card
        answer = _as_stored(tier_of(edition=rules, subject=subject, as_of=as_of))
        outcomes.append(_compare(person_id, membership, before.get(person_id), answer, override_clauses))
    _write(outcomes, as_of, record, run)
    return outcomes


def _as_stored(answer: TierAnswer) -> TierAnswer:
    """Turn a frozen nothing into nothing: who holds no card has no membership to freeze (CT-37)."""
    if answer.state == "frozen" and answer.card is None:
        return TierAnswer(None, "none", answer.because)
    return answer


_HOLDS = ("active", "frozen", "provisional")


def _compare(
    person_id: int,
    held: MembershipOn | None,
    before: Rating | None,
    answer: TierAnswer,
    override_clauses: set[str],
) -> _Outcome:
    now = (answer.card, answer.state) if answer.state in _HOLDS else None
    moved = now != ((held.card, held.state) if held is not None else None)
    reasons = (_because(answer.because), answer.provisional_card)
    anew = (
        not moved
        and held is not None
        and (before is None or (before.because, before.provisional_card) != reasons)
    )
    by_override = any(reason.clause in override_clauses for reason in answer.because)
    return _Outcome(person_id, held, answer, moved, anew, by_override)


def _because(reasons: tuple[Reason, ...]) -> list[dict[str, str | None]]:
    return [{"clause": reason.clause, "card": reason.card} for reason in reasons]


def _write(outcomes: list[_Outcome], as_of: date, record: EditionRecord, run: str) -> None:
    """Add the ratings that say something new; end and begin the memberships that follow from them."""
    told = [outcome for outcome in outcomes if outcome.moved or outcome.reasoned_anew]
    if not told:
        return
    ended = [outcome.held.id for outcome in told if outcome.moved and outcome.held is not None]
    if ended:
        Membership.objects.filter(pk__in=ended).update(until_date=as_of)
    with connection.cursor() as cursor:
        cursor.execute(sql.DRAW_RATING_IDS, [len(told)])
        ids = [drawn for (drawn,) in cursor.fetchall()]
        with cursor.copy(sql.ADD_RATINGS) as copy:
            copy.set_types([type_ for _, type_ in sql.RATING_COLUMNS])
            for rating_id, outcome in zip(ids, told, strict=True):
                answer = outcome.answer
                because, more = Jsonb(answer.because, _reasons_as_json), answer.provisional_card
                row = (outcome.person_id, record.pk, as_of, answer.card, answer.state, because, more, run)
                copy.write_row((rating_id, *row))
        with cursor.copy(sql.ADD_MEMBERSHIPS) as copy:
            copy.set_types([type_ for _, type_ in sql.MEMBERSHIP_COLUMNS])
            for rating_id, outcome in zip(ids, told, strict=True):
                answer = outcome.answer
                if outcome.moved and answer.state in _HOLDS:
                    copy.write_row((outcome.person_id, answer.card, answer.state, as_of, rating_id))


@lru_cache(maxsize=4_096)
def _reasons_as_json(because: tuple[Reason, ...]) -> str:
    """Write reasons as JSON; a base of a million has some hundreds of different ones."""
    return json.dumps(_because(because))


def _add_up(report: RatingReport, outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        answer, held = outcome.answer, outcome.held
        report.rated += 1
        report.by_card[answer.card or "none"] += 1
        report.by_state[answer.state] += 1
        report.by_clause.update({reason.clause for reason in answer.because})
        report.kept_by_override += outcome.by_override
        report.reasons_changed += outcome.reasoned_anew
        report.unchanged += not (outcome.moved or outcome.reasoned_anew)
        if outcome.moved:
            _add_up_move(report, held, answer)


def _add_up_move(report: RatingReport, held: MembershipOn | None, answer: TierAnswer) -> None:
    """Count one move; a person may be raised and frozen in one run and counts in both."""
    if held is None:
        report.begun += 1
        return
    if answer.state not in _HOLDS:
        report.cancelled += answer.state == "cancelled"
        report.ended += answer.state != "cancelled"
        return
    report.raised += CARD_RANK[answer.card] > CARD_RANK[held.card]
    report.lowered += CARD_RANK[answer.card] < CARD_RANK[held.card]
    report.frozen += answer.state == "frozen" and held.state != "frozen"
    report.unfrozen += held.state == "frozen" and answer.state != "frozen"
