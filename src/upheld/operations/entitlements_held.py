"""Find what somebody may claim on a day: facts, card and edition brought together, for the claim and for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from upheld.operations.refusals import ActRefused
from upheld.operations.sql import entitlements as sql
from upheld.policy.editions import Edition
from upheld.policy.entitlements import Claimable, claims_of
from upheld.policy.facts import Subject
from upheld.policy.problems import OutsideDates
from upheld.records.entitlements.queries import places_taken
from upheld.records.people.facts import STATED
from upheld.records.people.models import Group, Person
from upheld.records.people.queries import facts_of_people
from upheld.records.standards.queries import edition_with

_OF_SERVICES_OR_BILLS = frozenset({"status", "arrears_months", "annual_spend_yuan"})
_with_money: dict[str, bool] = {}


@dataclass(frozen=True)
class Line:
    """The line that was asked about: whose it is, its state, and the feed's own word for its kind."""

    person_id: int
    status: str
    kind: str | None


@dataclass(frozen=True)
class Held:
    """What a person or group may claim on a day, by which card (None: none counts) and by which edition."""

    edition_id: int
    edition: Edition
    card: str | None
    is_frozen: bool
    subject: Subject
    claims: tuple[Claimable, ...]
    line: Line | None = None

    def claim(self, entitlement: str) -> Claimable | None:
        """Return the claim on one entitlement, or None."""
        return next((one for one in self.claims if one.entitlement == entitlement), None)


@dataclass(frozen=True)
class Balance:
    """How a quota stands: `used` counts every use of the period, whatever the card was; `until` is its last day + 1."""

    entitlement: str
    clause: str
    times: int
    used: int
    left: int
    until: date | None


def entitlements_held(
    *,
    person: Person | int | None = None,
    group: Group | int | None = None,
    service: int | None = None,
    day: date,
) -> Held:
    """Bring together what may be claimed on a day by one person, or one group, and look at one line: one statement.

    A frozen membership's card stands, and its claims say that they are held back. Raises ActRefused for nobody there
    and for a day without an edition.
    """
    person_id = person.pk if isinstance(person, Person) else person
    group_id = group.pk if isinstance(group, Group) else group
    if (person_id is None) == (group_id is None):
        raise ValueError("entitlements are of one person or one group")
    with connection.cursor() as cursor:
        values = {"day": day, "person_id": person_id, "group_id": group_id, "service_id": service}
        cursor.execute(sql.WHO_CLAIMS, values)
        *who, card, state, line_of, line_status, line_kind = cursor.fetchone()
    edition_id, edition, known = _who(who, day, person_id, group_id)
    is_frozen = card is not None and state == "frozen"
    if state not in ("active", "frozen"):
        card = None
    if card is not None:
        known["card"] = card
    known["frozen"] = is_frozen
    try:
        of = "person" if person_id is not None else "group"
        claims = claims_of(edition=edition, subject=known, as_of=day, of=of)
    except OutsideDates as error:
        raise ActRefused("outside_dates", str(error)) from error
    line = Line(line_of, line_status, line_kind) if line_of is not None else None
    return Held(edition_id, edition, card, is_frozen, known, claims, line)


def _who(
    row: Sequence[Any], day: date, person_id: int | None, group_id: int | None
) -> tuple[int, Edition, dict[str, Any]]:
    """Take the edition in force and the facts of a person or group, without the card, out of what `WHO_ASKS` gives.

    Where rows ask for what has to be read from services or bills, more is read.
    """
    edition_id, name, content_hash, active_from, _, group_class, group_kind, found_person = row[:8]
    if edition_id is None:
        why = f"no edition of the standards is in force on {day}; activate one first"
        raise ActRefused("no_edition", why)
    if found_person is None and group_class is None:
        raise ActRefused("no_such_customer", f"there is no customer {person_id or group_id}")
    edition = edition_with(name=name, content_hash=content_hash, active_from=active_from)
    if person_id is None:
        known = {"group_class": group_class, "group_kind": group_kind}
    elif _asks_for_money(edition):
        known = dict(facts_of_people([person_id], as_of=day)[person_id])
    else:
        known = dict(zip(STATED.values(), row[8 : 8 + len(STATED)], strict=True))
        known |= dict(zip(("group_class", "group_kind", "role"), row[8 + len(STATED) :], strict=False))
    return edition_id, edition, {fact: value for fact, value in known.items() if value is not None}


def balance_of(
    *, person: Person | int | None = None, group: Group | int | None = None, day: date
) -> list[Balance]:
    """Give how every quota of a person or group stands on a day; nothing for who has none."""
    person_id = person.pk if isinstance(person, Person) else person
    group_id = group.pk if isinstance(group, Group) else group
    return balances(
        entitlements_held(person=person_id, group=group_id, day=day), person=person_id, group=group_id
    )


def balances(held: Held, *, person: int | None, group: int | None) -> list[Balance]:
    """Count the quotas of what is held; one query. What is held back while frozen is counted all the same."""
    quotas = [(one, one.quota) for one in held.claims if one.quota is not None]
    taken = places_taken(person=person, group=group, periods={quota.from_date for _, quota in quotas})
    found = []
    for one, quota in quotas:
        used = taken.get((one.entitlement, quota.from_date), 0)
        found.append(
            Balance(one.entitlement, one.clause, quota.times, used, quota.left(used), quota.until_date)
        )
    return found


def _asks_for_money(edition: Edition) -> bool:
    """Say whether rows of this edition test what has to be read from services or bills."""
    # By content, which never changes.
    if edition.content_hash not in _with_money:
        rows = (row for table in edition.tables("entitlements") for row in table.rows)
        tested = {condition.fact for row in rows for condition in row.conditions}
        _with_money[edition.content_hash] = bool(tested & _OF_SERVICES_OR_BILLS)
    return _with_money[edition.content_hash]
