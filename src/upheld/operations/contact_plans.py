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

from upheld.policy.contacts import PlannedPromise, channels_keeping, contacts_owed, plan_of
from upheld.policy.deputies import Absences, on_duty
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject

Identity = tuple[str, str, date, date, int]
"""Clause, action, first day, due day, turn: what makes a subject's promise the same promise."""


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


class Planner:
    """Answer what subjects are owed over one range, remembering the answer for subjects with equal facts.

    A base of a million persons has some thousands of different answers: only the facts that contact rules
    ask for count.
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
        self._facts = tuple(sorted(asked | {"birthday", "birthday_calendar"}))
        self.facts = frozenset(asked)
        self._known: dict[tuple[object, ...], Owed] = {}
        self._channels: dict[tuple[str, str], list[str]] = {}
        self._standards: dict[str, str] = {}

    def owed(self, subject: Subject, owed_to: str) -> Owed:
        """Return what a subject (facts as policy takes them) is owed as a person or as a group."""
        key = (owed_to, *(subject.get(fact) for fact in self._facts))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._ask(subject, owed_to)
        return found

    def _ask(self, subject: Subject, owed_to: str) -> Owed:
        planned = plan_of(
            edition=self.edition,
            subject=subject,
            from_date=self.from_date,
            until_date=self.until_date,
            owed_to=owed_to,
        )
        contacts = contacts_owed(edition=self.edition, subject=subject, as_of=self.from_date, owed_to=owed_to)
        return Owed(
            {identity_of(promise): promise for promise in planned},
            frozenset((contact.clause, contact.channel) for contact in contacts),
        )

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
