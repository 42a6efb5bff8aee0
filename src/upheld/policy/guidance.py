"""Clauses that no rule checks, where people need them: check lists, a contact's duties, promises made in public."""

from __future__ import annotations

from upheld.policy.editions import Edition
from upheld.policy.standards import Clause

RESPONSIBLE_BY_NOUN = {
    "contacts": "account_manager",
    "journeys": "account_manager",
    "churn": "phone_manager",
    "deadlines": "service_department",
    "windows": "service_department",
    "speech": "hotline_agent",
    "staffing": "team_lead",
    "staff_points": "team_lead",
}
"""Who carries out what rows of a noun owe, unless the clause itself says otherwise."""


def guidance_on(*, edition: Edition, place: str) -> tuple[Clause, ...]:
    """Return the clauses that people are reminded of at a place of `kinds.SHOWN_ON`, in the order of the standards."""
    return tuple(clause for clause in edition.clauses() if place in clause.shown_on)


def public_promises(*, edition: Edition) -> tuple[Clause, ...]:
    """Return the clauses that are promised to the public; what is unconfirmed is never among them."""
    return tuple(c for c in edition.clauses() if c.public and c.confidence != "unconfirmed")


def responsible_for(*, edition: Edition, clause: Clause) -> str | None:
    """Name who a clause falls to: as it says itself, else by the nouns that carry it out; None where nobody does."""
    if clause.responsible is not None:
        return clause.responsible
    for noun, who in RESPONSIBLE_BY_NOUN.items():
        for table in edition.tables(noun):
            if table.clause == clause.id or any(row.clause == clause.id for row in table.rows):
                return who
    return None
