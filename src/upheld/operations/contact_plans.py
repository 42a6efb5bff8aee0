"""Compare what a standard owes a subject with the promises that are there, and say what to add, move and
cancel.

Nothing is written here, and nothing read; `plan_contacts.py` does both. The rules of replanning:

- A promise that ended (kept, broken, waived) is history. It is never touched and never made again.
- An open promise that is still owed stays; only the responsible employee may change. What falls due while the
  responsible is away is the deputy's.
- An open promise that begins in the range and is no longer owed is cancelled.
- An open promise whose window is running already is let run while the same contact is still owed and the next one does
  not begin inside its window; otherwise it is cancelled. So nobody is blamed for a visit to a member who left, and a
  customer whose cadence changed is not without a visit until the next period.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from upheld.policy.contacts import (
    ContactOwed,
    PlannedPromise,
    channels_keeping,
    contacts_between,
    contacts_owed,
    in_order,
    promises_of,
)
from upheld.policy.deputies import Absences, on_duty
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject

Identity = tuple[str, str, date, date, int]
"""Clause, action, first day, due day, turn: what makes a subject's promise the same promise."""

_Birthday = tuple[str | None, int, int]
"""Calendar, month, day: all of a birthday that a plan asks for."""


class Standing(NamedTuple):
    """A promise that is there, not cancelled, and due in the range or later."""

    id: int
    identity: Identity
    state: str
    responsible_id: int | None


class Owed(NamedTuple):
    """What a subject is owed: planned promises by identity, and the (clause, action) owed on the first
    day.
    """

    planned: Mapping[Identity, PlannedPromise]
    contacts: frozenset[tuple[str, str]]


@dataclass
class Changes:
    """What one subject's replanning comes to."""

    add: list[PlannedPromise] = field(default_factory=list)
    move: dict[int, int | None] = field(default_factory=dict)
    """The employee who has each of these promises from now on, by promise."""
    cancel: list[Standing] = field(default_factory=list)
    unchanged: int = 0


@dataclass(slots=True, eq=False)
class _Part:
    """A contact owed on the days of the range on which its row is in force, with the promises made of it so far."""

    contact: ContactOwed
    start: date
    end: date
    made: dict[_Birthday | None, tuple[PlannedPromise, ...]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Known:
    """What subjects with equal facts are owed: without a birthday, and by the birthdays met so far."""

    owed: Owed
    parts: tuple[_Part, ...]
    on_birthdays: tuple[_Part, ...]
    celebrated: dict[_Birthday, Owed] = field(default_factory=dict)


class Planner:
    """Answer what subjects are owed over one range, remembering the answer for subjects with equal facts.

    A base of a million persons has some hundreds of different answers, for only the facts that contact rules ask for
    count. Birthdays are put to them afterwards: with them the different answers would be as many as the subjects.
    """

    def __init__(
        self,
        edition: Edition,
        from_date: date,
        until_date: date,
        *,
        leavers: frozenset[int] = frozenset(),
        absences: Absences | None = None,
    ) -> None:
        self.edition, self.from_date, self.until_date = edition, from_date, until_date
        self.leavers, self.absences = leavers, absences or {}
        asked = {
            condition.fact
            for table in edition.tables("contacts", "contact")
            for row in table.rows
            for condition in row.conditions
        }
        self.facts = frozenset(asked)
        self._facts = tuple(sorted(asked))
        self._known: dict[tuple[object, ...], _Known] = {}
        self._parts: dict[tuple[ContactOwed, date, date], _Part] = {}
        self._channels: dict[tuple[str, str], list[str]] = {}
        self._standards: dict[str, str] = {}

    def owed(self, subject: Subject, owed_to: str) -> Owed:
        """Return what a subject (facts as policy takes them) is owed as a person or as a group."""
        get = subject.get
        key = (owed_to, *[get(fact) for fact in self._facts])
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._ask(subject, owed_to)
        born = get("birthday")
        if born is None:
            return known.owed
        celebrated = get("birthday_calendar"), born.month, born.day
        for part in known.on_birthdays:
            if self._promises(part, subject, celebrated):
                break
        else:
            return known.owed
        found = known.celebrated.get(celebrated)
        if found is None:
            planned = self._planned(known.parts, subject, celebrated)
            found = known.celebrated[celebrated] = Owed(planned, known.owed.contacts)
        return found

    def _ask(self, subject: Subject, owed_to: str) -> _Known:
        range_ = {"from_date": self.from_date, "until_date": self.until_date}
        between = contacts_between(edition=self.edition, subject=subject, owed_to=owed_to, **range_)
        parts = tuple(self._parts.setdefault(each, _Part(*each)) for each in between)
        contacts = contacts_owed(edition=self.edition, subject=subject, as_of=self.from_date, owed_to=owed_to)
        owed = frozenset((contact.clause, contact.channel) for contact in contacts)
        on_birthdays = tuple(part for part in parts if part.contact.on == "birthday")
        return _Known(Owed(self._planned(parts, {}, None), owed), parts, on_birthdays)

    def _planned(
        self, parts: Iterable[_Part], subject: Subject, celebrated: _Birthday | None
    ) -> dict[Identity, PlannedPromise]:
        """Return the promises of contacts by what makes them the same, in the order of a plan."""
        found = in_order(promise for part in parts for promise in self._promises(part, subject, celebrated))
        return {identity_of(promise): promise for promise in found}

    def _promises(
        self, part: _Part, subject: Subject, celebrated: _Birthday | None
    ) -> tuple[PlannedPromise, ...]:
        """Return the promises of one contact owed; only those of a birthday depend on whose it is."""
        key = celebrated if part.contact.on == "birthday" else None
        found = part.made.get(key)
        if found is None:
            made = promises_of(self.edition, part.contact, subject, part.start, part.end)
            found = part.made[key] = tuple(made)
        return found

    def who(self, responsible_id: int | None, due_date: date) -> int | None:
        """Return who does what is due on a day: the responsible employee, or who stands in while that one is away."""
        if responsible_id is None or responsible_id not in self.absences:
            return responsible_id
        return on_duty(responsible_id, day=due_date, absences=self.absences, gone=self.leavers)

    def channels(self, clause: str, action: str) -> list[str]:
        """Return the channels that keep a promise of this clause and action."""
        if (clause, action) not in self._channels:
            keeping = channels_keeping(edition=self.edition, clause=clause, action=action)
            self._channels[clause, action] = list(keeping)
        return self._channels[clause, action]

    def standard(self, clause: str) -> str:
        """Return the id of the standard that a clause belongs to."""
        if clause not in self._standards:
            self._standards[clause] = self.edition.clause(clause).standard
        return self._standards[clause]

    def asks_for_card(self, clause: str) -> bool:
        """Say whether a contact rule of this clause depends on the card."""
        return any(
            condition.fact == "card"
            for table in self.edition.tables("contacts", "contact")
            for row in table.rows
            if row.clause == clause
            for condition in row.conditions
        )


def identity_of(promise: PlannedPromise) -> Identity:
    """Return what makes a planned promise the same as one that is there."""
    return promise.clause, promise.action, promise.from_date, promise.due_date, promise.turn


def compare(
    *,
    owed: Owed,
    standing: Iterable[Standing],
    responsible_id: int | None,
    from_date: date,
    leavers: Collection[int] = (),
    who: Callable[[int | None, date], int | None] = lambda responsible_id, _: responsible_id,
) -> Changes:
    """Say what to add, move (to another responsible employee) and cancel for one subject.

    What one of the `leavers` owes stays theirs until somebody else is responsible, so that it is seen whose it was.
    `who` says who does what is due on a day for the responsible employee.
    """
    changes = Changes()
    missing = dict(owed.planned)
    for promise in standing:
        still = missing.pop(promise.identity, None) is not None
        if promise.state != "open":
            continue
        if not still and not _runs_on(promise, owed, from_date):
            changes.cancel.append(promise)
        elif promise.responsible_id != (has_it := who(responsible_id, promise.identity[3])) and not (
            has_it is None and promise.responsible_id in leavers
        ):
            changes.move[promise.id] = has_it
        else:
            changes.unchanged += 1
    changes.add = list(missing.values())
    return changes


def _runs_on(promise: Standing, owed: Owed, from_date: date) -> bool:
    """Say whether a promise that is not planned anew is let run: begun before the range, still owed, not
    followed.
    """
    clause, action, begins, due, _ = promise.identity
    if begins >= from_date or (clause, action) not in owed.contacts:
        return False
    return not any(
        (other.clause, other.action) == (clause, action) and other.from_date <= due
        for other in owed.planned.values()
    )
