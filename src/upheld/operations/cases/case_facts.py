"""Find the facts by which a case gets its clocks: who it is, what they hold, where, and what they want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from upheld.operations.refusals import ActRefused
from upheld.operations.sql import cases as sql
from upheld.policy.derived import with_derived
from upheld.policy.editions import Edition
from upheld.policy.facts import FACTS, Subject, fen_as_yuan
from upheld.records.people.facts import STATED
from upheld.records.people.queries import facts_of_people
from upheld.records.standards.queries import edition_with

_OF_SERVICES_OR_BILLS = frozenset({"status", "arrears_months", "annual_spend_yuan"})


@dataclass(frozen=True)
class Asked:
    """Which facts the deadlines of an edition ask for; nothing else about a customer is read to open a case."""

    facts: frozenset[str]

    @property
    def money(self) -> bool:
        """Say whether services or bills have to be read."""
        return bool(self.facts & _OF_SERVICES_OR_BILLS)


_ASKED: dict[str, Asked] = {}


def asked_by(edition: Edition) -> Asked:
    """Find the facts that the deadline rows of an edition test; a segment rests on card and brand, the place in the
    queue on the role.
    """
    # By content: readings and parameters turn rows on and off, and no two editions of one content differ in them.
    if edition.content_hash not in _ASKED:
        rows = (row for table in edition.tables("deadlines") for row in table.rows)
        tested = {condition.fact for row in rows for condition in row.conditions}
        _ASKED[edition.content_hash] = Asked(frozenset(tested | {"card", "brand", "role"}))
    return _ASKED[edition.content_hash]


@dataclass(frozen=True)
class Asking:
    """Who asks on a day: the edition in force then, and the facts that its deadlines may ask for."""

    edition_id: int
    edition: Edition
    known: Mapping[str, Any]

    def subject(self, *, kind: str, opened_at: datetime, area: str | None) -> Subject:
        """Give the facts of a case of theirs, as policy takes them; the segment is derived (CT-14 to CT-16)."""
        subject = {**self.known, "case": kind, "opened_at": opened_at}
        if area is not None:
            subject["area"] = area
        return with_derived(subject)


def who_asks(*, day: date, person_id: int | None, group_id: int | None, service_id: int | None) -> Asking:
    """Read the edition in force and what is known of a person or group, in one statement.

    A person's card counts while the membership is active; a service's own brand comes before the person's; with a group
    named, the person's place in that group. Raises ActRefused where no edition is in force, or nobody is found.
    """
    values = {"day": day, "person_id": person_id, "group_id": group_id, "service_id": service_id}
    with connection.cursor() as cursor:
        cursor.execute(sql.WHO_ASKS, values)
        row = cursor.fetchone()
    edition_id, name, content_hash, active_from, _, *of_group, found_person = row[:8]
    if edition_id is None:
        why = f"no edition of the standards is in force on {day}; activate one first"
        raise ActRefused("no_edition", why)
    if (person_id is not None and found_person is None) or (group_id is not None and of_group[0] is None):
        raise ActRefused("no_such_customer", "there is no such customer")
    edition = edition_with(name=name, content_hash=content_hash, active_from=active_from)
    asked = asked_by(edition)
    if person_id is not None and asked.money:
        known = dict(facts_of_people([person_id], as_of=day, in_group=group_id)[person_id])
    else:
        known = dict(zip(STATED.values(), row[8 : 8 + len(STATED)], strict=True))
    group_class, group_kind, role, card, brand = row[8 + len(STATED) :]
    known["group_class"] = group_class or of_group[0]
    known["group_kind"] = group_kind if group_class else of_group[1]
    known |= {"role": role, "card": card, "brand": brand or known.get("brand")}
    kept = {fact: value for fact, value in known.items() if value is not None and fact in asked.facts}
    return Asking(edition_id, edition, kept)


def as_stored(subject: Subject) -> dict[str, Any]:
    """Give facts as JSON can hold them and `read_subject` takes them; the opening stands in the case itself."""
    return {name: _plain(name, subject[name]) for name in sorted(subject) if name != "opened_at"}


def _plain(name: str, value: Any) -> Any:
    if FACTS[name].kind == "amount":
        return fen_as_yuan(value)
    return value if isinstance(value, (str, bool, int)) else str(value)


def priority_of(subject: Mapping[str, Any]) -> int:
    """Say how soon a case is taken up: a contact's complaint first (KEY-16), then a contact's (KEY-26) or VIP's."""
    is_contact = subject.get("role") == "contact"
    if is_contact and subject.get("case") == "complaint":
        return 2
    return 1 if is_contact or subject.get("segment") == "vip" else 0
