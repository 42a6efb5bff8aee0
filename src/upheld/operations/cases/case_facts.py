"""Find the facts by which a case gets its clocks: who it is, what they hold, where, and what they want."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from upheld.operations.refusals import ActRefused
from upheld.policy.derived import with_derived
from upheld.policy.editions import Edition
from upheld.policy.facts import FACTS, Subject, fen_as_yuan
from upheld.records.people.models import Service
from upheld.records.people.queries import facts_of_groups, facts_of_people
from upheld.records.tiers.queries import membership_on

_OF_THE_CASE = frozenset({"case", "opened_at", "area"})
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


def facts_of_case(
    *,
    edition: Edition,
    kind: str,
    opened_at: datetime,
    area: str | None,
    person_id: int | None,
    group_id: int | None,
    service_id: int | None,
    on: datetime,
) -> Subject:
    """Give the facts of a case as they are on a day, as policy takes them: those that its deadlines may ask for.

    A person's card counts while the membership is active; a service's own brand comes before the person's; for a
    group alone its class and kind stand. Left out, the segment is derived (CT-14 to CT-16).
    """
    day = timezone.localdate(on)
    asked = asked_by(edition)
    known: dict[str, Any] = {}
    if group_id is not None:
        of_groups = facts_of_groups([group_id])
        if group_id not in of_groups:
            raise ActRefused("no_such_customer", f"there is no group {group_id}")
        known |= of_groups[group_id]
    if person_id is not None:
        known |= _of_person(person_id, day, asked, in_group=group_id)
    if service_id is not None:
        brand = Service.objects.filter(pk=service_id).values_list("brand", flat=True).first()
        if brand is not None:
            known["brand"] = brand
    subject = {name: value for name, value in known.items() if name in asked.facts}
    subject |= {"case": kind, "opened_at": opened_at}
    if area is not None:
        subject["area"] = area
    return with_derived(subject)


def _of_person(person_id: int, day: date, asked: Asked, *, in_group: int | None) -> Subject:
    facts = facts_of_people([person_id], as_of=day, with_money=asked.money, in_group=in_group)
    if person_id not in facts:
        raise ActRefused("no_such_customer", f"there is no person {person_id}")
    subject = dict(facts[person_id])
    held = membership_on([person_id], day).get(person_id)
    if held is not None and held.state == "active" and held.card is not None:
        subject["card"] = held.card
    return subject


def as_stored(subject: Subject) -> dict[str, Any]:
    """Give facts as JSON can hold them and `read_subject` takes them; the opening stands in the case itself."""
    return {name: _plain(name, subject[name]) for name in sorted(subject) if name != "opened_at"}


def _plain(name: str, value: Any) -> Any:
    if FACTS[name].kind == "amount":
        return fen_as_yuan(value)
    return value if isinstance(value, (str, bool, int)) else str(value)


def priority_of(subject: Mapping[str, Any]) -> int:
    """Say how soon a case is taken up: a key contact's before all others (KEY-16), then a VIP's, then the rest."""
    if subject.get("role") == "contact":
        return 2
    return 1 if subject.get("segment") == "vip" else 0
