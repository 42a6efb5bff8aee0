"""Put what no rule checks where people need it: check lists beside a record, a contact's duties, public promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from upheld.faces import wording
from upheld.policy.checklists import CheckList, checklists_for
from upheld.policy.editions import Edition
from upheld.policy.guidance import guidance_on, public_promises
from upheld.policy.standards import Clause

PLACES = ("visit", "call")
"""The channels that have check lists; a message is written once and for many."""


@dataclass(frozen=True)
class Reminders:
    """What to mind on a visit or a call: check lists by moment, then the clauses that no list itemises."""

    place: str
    title: str
    lists: Sequence[CheckList]
    clauses: list[Clause]


def reminders_for(edition: Edition, channels: Iterable[str]) -> list[Reminders]:
    """Give the check lists for those of the channels that have any, in the order of the channels."""
    found = []
    for place in (one for one in channels if one in PLACES):
        checked = checklists_for(edition.checklists, occasion=place)
        itemised = {item.clause for one in checked for item in one.items}
        clauses = [one for one in guidance_on(edition=edition, place=place) if one.id not in itemised]
        if checked or clauses:
            found.append(Reminders(place, wording.word(wording.ACTIONS, place), checked, clauses))
    return found


def duties_of_a_contact(edition: Edition) -> list[Clause]:
    """Give the clauses that say what a group's contact does for the operator and the group (KEY-9)."""
    return list(guidance_on(edition=edition, place="contact_person"))


def promised_in_public(edition: Edition, *, standard: str | None = None) -> list[dict[str, Any]]:
    """Give the clauses that are promised to everybody, of one standard or of all, each with its single promises."""
    lists = [one for one in edition.checklists if one.occasion == "public"]
    return [
        {
            "clause": clause,
            "items": [item.text for one in lists for item in one.items if item.clause == clause.id],
        }
        for clause in public_promises(edition=edition)
        if standard in (None, clause.standard)
    ]
