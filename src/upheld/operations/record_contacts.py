"""Record many contacts at once, such as one greeting sent to hundreds of customers, by the rules of `record_contact`.

Reading and writing happen for all contacts together: a thousand messages take a dozen statements and not some
thousands. Which promise a contact keeps is decided by the same functions, contact after contact, in the order
of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from upheld.operations.audit_trail import note_kept_after_all, write_entry
from upheld.operations.record_contact import (
    add_contacts,
    check_contact,
    keep_promises,
    may_keep,
    refuse_unfit,
    told_of_delay,
    within_reach,
)
from upheld.operations.refusals import ActRefused
from upheld.operations.sql import contacts as sql
from upheld.operations.turns import wait_for_turn
from upheld.records.evidence.choices import Outcome
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import GroupRole
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.standards.models import EditionRecord


@dataclass(frozen=True)
class Contact:
    """One contact to record: with a person or a group, by an employee's id (None: a system), maybe for a promise."""

    channel: str
    happened_at: datetime
    key: str
    employee_id: int | None = None
    person_id: int | None = None
    group_id: int | None = None
    promise_id: int | None = None
    report: str = ""
    outcome: str = "reached"


@dataclass(frozen=True)
class RecordedMany:
    """How many contacts were stored anew, the ids of the promises kept, and the stored contacts' ids by key."""

    new: int
    kept: frozenset[int]
    interaction_ids: dict[str, int]


def record_contacts(
    *, contacts: Sequence[Contact], by: Employee | None, now: datetime | None = None
) -> RecordedMany:
    """Store the contacts, each once by its key, and close the right promises; all of them or, on a refusal, none.

    The rules are those of `record_contact`; `by` is who gives the order, each contact's own employee who reached the
    customer. Raises ActRefused for the first contact that could not be recorded alone either.
    """
    now = now or timezone.now()
    for contact in contacts:
        check_contact(
            contact.channel,
            contact.outcome,
            contact.happened_at,
            contact.person_id,
            contact.group_id,
            contact.key,
            now,
        )
    with transaction.atomic():
        wait_for_turn("record_contacts")
        fresh = sorted(_not_stored_before(contacts), key=lambda contact: (contact.happened_at, contact.key))
        if not fresh:
            return RecordedMany(0, frozenset(), {})
        done = _record(fresh, by)
        if not done.new:
            return done
        delay = told_of_delay([contact.happened_at for contact in fresh], now)
        detail = {"contacts": done.new, "kept": len(done.kept), **delay}
        write_entry(act="record_contacts", by=by, subject_kind="contacts", detail=detail)
    return done


def _not_stored_before(contacts: Sequence[Contact]) -> list[Contact]:
    """Leave out what is stored already, and what is given twice; refuse a key that stands for two contacts."""
    seen: dict[str, tuple[str, int | None, int | None]] = {
        key: (channel, person, group)
        for key, channel, person, group in Interaction.objects.filter(
            key__in=[contact.key for contact in contacts]
        ).values_list("key", "channel", "person_id", "group_id")
    }
    fresh = []
    for contact in contacts:
        what = (contact.channel, contact.person_id, contact.group_id)
        if contact.key not in seen:
            seen[contact.key] = what
            fresh.append(contact)
        elif seen[contact.key] != what:
            raise ActRefused("key_used", f"the key {contact.key!r} was used for another contact")
    return fresh


def _record(fresh: Sequence[Contact], by: Employee | None) -> RecordedMany:
    # First the promises, then the contacts, as in `record_contact`: the two meet and never hold each other up.
    book = _Book(fresh, _Roles({contact.person_id for contact in fresh if contact.person_id is not None}))
    interactions = [_interaction(contact) for contact in fresh]
    ids = add_contacts(interactions)
    if len(ids) < len(fresh):
        _not_stored_before(
            fresh
        )  # recorded one by one meanwhile, which refuses a key used for another contact
    evidence: list[tuple[int, int]] = []
    changed: dict[int, Promise] = {}
    after_all: dict[int, int] = {}
    for contact, interaction in zip(fresh, interactions, strict=True):
        if contact.key not in ids:
            continue
        interaction.pk = ids[contact.key]
        for promise in book.counted_by(contact, interaction):
            evidence.append((promise.pk, interaction.pk))
            changed[promise.pk] = promise
            if promise.state == "kept" and promise.end_reason:
                after_all.setdefault(promise.pk, interaction.pk)
    ended = [(one.pk, one.state, one.ended_at, one.late, one.end_reason) for one in changed.values()]
    with connection.cursor() as cursor:
        cursor.execute(sql.END_PROMISES, sql.columns_of(ended, width=5))
        cursor.execute(sql.ADD_EVIDENCE, sql.columns_of(evidence, width=2))
    note_kept_after_all(after_all, by=by)
    kept = frozenset(promise.pk for promise in changed.values() if promise.state == "kept")
    return RecordedMany(len(ids), kept, ids)


def _interaction(contact: Contact) -> Interaction:
    return Interaction(
        person_id=contact.person_id,
        group_id=contact.group_id,
        employee_id=contact.employee_id,
        channel=contact.channel,
        happened_at=contact.happened_at,
        report=contact.report,
        outcome=contact.outcome,
        key=contact.key,
    )


class _Roles:
    """The groups in which some persons are key persons, by day; one query."""

    def __init__(self, person_ids: Collection[int]) -> None:
        self._periods: dict[int, list[tuple[int, date, date | None]]] = defaultdict(list)
        roles = GroupRole.objects.filter(person_id__in=person_ids, role__isnull=False)
        for person, *period in roles.values_list("person_id", "group_id", "from_date", "until_date"):
            self._periods[person].append(tuple(period))  # type: ignore[arg-type]

    def groups(self, person_id: int, day: date) -> list[int]:
        """Return the person's groups on a day."""
        periods = self._periods.get(person_id, ())
        return [group for group, begins, ends in periods if begins <= day and (ends is None or day < ends)]

    def all_groups(self) -> set[int]:
        """Return every group that any of the persons ever had a role in."""
        return {group for periods in self._periods.values() for group, _, _ in periods}


class _Book:
    """The promises that some contacts may keep, locked and read in one query, and the ones they name."""

    def __init__(self, contacts: Sequence[Contact], roles: _Roles) -> None:
        self._roles = roles
        persons = {contact.person_id for contact in contacts if contact.person_id is not None}
        groups = {
            contact.group_id for contact in contacts if contact.group_id is not None
        } | roles.all_groups()
        named = {contact.promise_id for contact in contacts if contact.promise_id is not None}
        instants = [contact.happened_at for contact in contacts]
        reach = within_reach(min(instants), max(instants))
        theirs = reach & (Q(person_id__in=persons) | Q(group_id__in=groups))
        rows = Promise.objects.filter(theirs | Q(pk__in=named)).select_for_update(no_key=True).order_by("pk")
        # A handful of editions stand behind thousands of promises: read each once, not beside every row.
        editions = EditionRecord.objects.defer("content").in_bulk()
        self._of_person: dict[int, list[Promise]] = defaultdict(list)
        self._of_group: dict[int, list[Promise]] = defaultdict(list)
        self._by_id: dict[int, Promise] = {}
        for promise in sorted(rows, key=lambda one: (one.due_date, one.pk)):
            promise.edition = editions[promise.edition_id]
            self._by_id[promise.pk] = promise
            if promise.person_id is not None:
                self._of_person[promise.person_id].append(promise)
            elif promise.group_id is not None:
                self._of_group[promise.group_id].append(promise)

    def counted_by(self, contact: Contact, interaction: Interaction) -> list[Promise]:
        """Mark what the contact keeps, without saving; return every promise that it is evidence of."""
        named = self._named(contact, interaction)
        if contact.outcome != Outcome.REACHED:
            return []
        if named is not None and not may_keep(named, contact.channel, contact.happened_at):
            # It has ended; what was broken is done late, and stays broken.
            named.late = named.late or named.state == "broken"
            return [named] if named.state in ("kept", "broken") else []
        return keep_promises(interaction, named, list(self._candidates(contact)))

    def _named(self, contact: Contact, interaction: Interaction) -> Promise | None:
        if contact.promise_id is None:
            return None
        named = self._by_id.get(contact.promise_id)
        if named is None:
            raise ActRefused("no_such_promise", f"there is no promise {contact.promise_id}")
        refuse_unfit(named, interaction, lambda: self._groups_of(contact))
        return named

    def _candidates(self, contact: Contact) -> Iterable[Promise]:
        """Go through the promises that the contact may keep: the subject's own, then those of the groups."""
        if contact.person_id is not None:
            own = [self._of_person[contact.person_id], *(self._of_group[g] for g in self._groups_of(contact))]
        else:
            own = [self._of_group[contact.group_id or 0]]
        for promises in own:
            for promise in promises:
                if may_keep(promise, contact.channel, contact.happened_at):
                    yield promise

    def _groups_of(self, contact: Contact) -> list[int]:
        if contact.person_id is None:
            return []
        return self._roles.groups(contact.person_id, timezone.localdate(contact.happened_at))
