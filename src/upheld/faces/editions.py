"""Find the edition that pages speak of: the one the company has in force, else the shipped standards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any

from upheld.policy.cases import read_cases
from upheld.policy.coverage import ClauseCoverage, coverage_of, run_cases
from upheld.policy.editions import DEFAULT_ACTIVE_FROM, Edition, shipped_edition
from upheld.records.promises.queries import newest_edition_promising
from upheld.records.standards import queries as standards

_EDITIONS_KEPT = 4
"""For how many editions an answer is kept in memory: pages speak of the one in force, seldom of an older one."""

_by_card: dict[str, frozenset[str]] = {}
_coverage: dict[str, dict[str, ClauseCoverage]] = {}
_one_at_a_time = Lock()
"""Several first visitors wait for one run of the cases, instead of slowing each other down with one each."""


@dataclass(frozen=True)
class EditionInForce:
    """An edition and the day since when it is in force; `active_from` is None where none has been activated."""

    edition: Edition
    active_from: date | None


def edition_in_force(*, day: date) -> EditionInForce:
    """Return the edition in force on a day; it is loaded once, for it never changes."""
    record = standards.edition_in_force(day)
    if record is None:
        return EditionInForce(shipped_edition(), None)
    return EditionInForce(standards.loaded_edition(record), record.active_from)


def edition_with_clause(clause: str, *, day: date) -> EditionInForce | None:
    """Return the edition to show a clause from: the one in force, else the newest that has promises of it, or None."""
    in_force = edition_in_force(day=day)
    if _has(in_force.edition, clause):
        return in_force
    record = newest_edition_promising(clause)
    if record is None or not _has(standards.loaded_edition(record), clause):
        return None
    return EditionInForce(standards.loaded_edition(record), record.active_from)


def _has(edition: Edition, clause: str) -> bool:
    try:
        return edition.clause(clause).id == clause
    except KeyError:
        return False


def _make_room(kept: dict[str, Any]) -> None:
    while len(kept) >= _EDITIONS_KEPT:
        del kept[next(iter(kept))]


def coverage_by_clause(edition: Edition) -> dict[str, ClauseCoverage]:
    """Return each clause's rows and cases; the cases are run once for an edition."""
    found = _coverage.get(edition.content_hash)
    if found is not None:
        return found  # without waiting: the cases of another edition may take a while
    with _one_at_a_time:
        found = _coverage.get(edition.content_hash)
        if found is None:
            _make_room(_coverage)
            # A case may speak of a day before the company put the edition in force; its rules are meant, not that day.
            rules = replace(edition, active_from=DEFAULT_ACTIVE_FROM)
            outcomes = run_cases(rules, read_cases(rules, []))
            found = _coverage[edition.content_hash] = {
                one.clause: one for one in coverage_of(rules, outcomes)
            }
    return found


def clause_title(edition: Edition, clause: str) -> dict[str, str]:
    """Give a clause's title in both languages; a clause of an older edition that is gone has its id for a title."""
    try:
        return dict(edition.clause(clause).title)
    except KeyError:
        return {"zh": clause, "en": clause}


def clauses_by_card(edition: Edition) -> frozenset[str]:
    """Give the clauses that owe contacts to whoever holds a card, as against those that look at group and role."""
    if edition.content_hash not in _by_card:
        _make_room(_by_card)
        _by_card[edition.content_hash] = frozenset(
            row.clause
            for table in edition.tables("contacts", "contact")
            for row in table.rows
            if any(condition.fact == "card" for condition in row.conditions)
        )
    return _by_card[edition.content_hash]
