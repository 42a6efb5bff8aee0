"""Record that a customer was reached, and let the contact keep the promise it was made for.

The contact is evidence: it is stored once, whatever it keeps. Which promise a channel keeps, and whether
one contact may keep several, the edition under which the promise was made decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from upheld.operations.audit_trail import note_kept_after_all, write_entry
from upheld.operations.refusals import ActRefused
from upheld.operations.sql import contacts as sql
from upheld.operations.turns import wait_for_turn
from upheld.policy.contacts import channels_keeping, may_close_together
from upheld.policy.editions import Edition
from upheld.records.evidence.choices import Channel, Outcome
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Group, GroupRole, Person
from upheld.records.people.queries import on_day
from upheld.records.promises.choices import Source
from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.staff.models import Employee
from upheld.records.standards.queries import loaded_edition

NOT_IN_TIME = "not kept by the due time"
"""The end reason of a promise whose instant passed before it was done."""
KEPT_AFTER_ALL = "kept in its window by a contact that was written down after the promise had been broken"
"""The end reason of a promise that was broken only because its evidence came late."""


@dataclass(frozen=True)
class Recorded:
    """A stored contact and the promises it kept; `is_new` is false where the key had been stored before."""

    interaction: Interaction
    kept: tuple[Promise, ...]
    is_new: bool = True


def record_contact(
    *,
    by: Employee | None,
    channel: str,
    happened_at: datetime,
    key: str,
    person: Person | int | None = None,
    group: Group | int | None = None,
    promise: Promise | int | None = None,
    report: str = "",
    outcome: str = "reached",
    clauses: Collection[str] | None = None,
    now: datetime | None = None,
) -> Recorded:
    """Store one contact with a person or a group under an idempotency `key`, and close the right promise.

    With `promise` that one is kept (late, where it is past due; a broken one stays broken and gets the
    evidence). Without, the subject's promise that the channel keeps and whose window holds the day of the
    contact, the earliest due first; else the open one longest overdue, though none for a day that has
    passed, such as a birthday. A contact within the window keeps a promise that was broken meanwhile too:
    what counts is the day of the contact and not the day on which it is written down. A contact with a
    key person may keep a promise to the group. Others are kept too only where the standard lets one
    contact keep both. Only an `outcome` of reached keeps anything, and of `clauses`, where given, alone.

    Raises ActRefused, and stores nothing, for a contact after `now` or more than
    `settings.CONTACTS_RECORDED_WITHIN_DAYS` before it, an unknown channel or outcome, a key used for
    another contact, or a named promise that this contact cannot keep.
    """
    now = now or timezone.now()
    person_id = person.pk if isinstance(person, Person) else person
    group_id = group.pk if isinstance(group, Group) else group
    check_contact(channel, outcome, happened_at, person_id, group_id, key, now)
    with transaction.atomic():
        wait_for_turn(f"record_contact {key}")
        stored = Interaction.objects.filter(key=key).first()
        if stored is not None:
            return _stored_before(stored, channel, person_id, group_id)
        contact = Interaction(
            person_id=person_id, group_id=group_id, employee=by, channel=channel, happened_at=happened_at,
            report=report, outcome=outcome, key=key,
        )  # fmt: skip
        # First the promises, then the contact, as in `record_contacts`: the two meet and never hold each other up.
        named_id = promise.pk if isinstance(promise, Promise) else promise
        locked = [one for one in _lock(contact, named_id) if clauses is None or one.clause in clauses]
        named = None if named_id is None else _named(named_id, contact, locked)
        if key not in (ids := add_contacts([contact])):
            # Recorded among many meanwhile, under the same key.
            return _stored_before(Interaction.objects.get(key=key), channel, person_id, group_id)
        contact = Interaction.objects.get(pk=ids[key])
        kept = _keep(contact, named, locked, by) if outcome == Outcome.REACHED else []
        detail = {
            "channel": channel,
            "outcome": outcome,
            "interaction": contact.pk,
            "kept": [p.pk for p in kept],
            **told_of_delay([happened_at], now),
        }
        kind, pk = ("person", person_id) if person_id is not None else ("group", group_id)
        write_entry(act="record_contact", by=by, subject_kind=kind, subject_id=pk, detail=detail)
        return Recorded(contact, tuple(kept))


def check_contact(
    channel: str,
    outcome: str,
    happened_at: datetime,
    person_id: int | None,
    group_id: int | None,
    key: str,
    now: datetime,
) -> None:
    """Refuse a contact that no promise needs to be read for: ActRefused, or ValueError for a fault of the
    caller.
    """
    if (person_id is None) == (group_id is None):
        raise ValueError("a contact is with one person or one group")
    if happened_at.tzinfo is None:
        raise ValueError("happened_at carries no offset")
    if channel not in Channel.values:
        raise ActRefused("unknown_channel", f"{channel!r} is not one of {', '.join(Channel.values)}")
    if outcome not in Outcome.values:
        raise ActRefused("unknown_outcome", f"{outcome!r} is not one of {', '.join(Outcome.values)}")
    if not key:
        raise ValueError("a contact needs a key")
    if happened_at > now:
        raise ActRefused("in_the_future", f"{happened_at.isoformat()} lies in the future")
    days = settings.CONTACTS_RECORDED_WITHIN_DAYS
    if now - happened_at > timedelta(days=days):
        raise ActRefused("too_long_ago", f"{happened_at.isoformat()} is more than {days} days ago")


def told_of_delay(happened_at: Iterable[datetime], now: datetime) -> dict[str, int]:
    """Give what the audit says of contacts written down more than a day after they took place: how many whole
    days, at the most; nothing where none was.
    """
    delay = max(now - instant for instant in happened_at)
    return {"days_after": delay.days} if delay > timedelta(days=1) else {}


def add_contacts(contacts: Sequence[Interaction]) -> dict[str, int]:
    """Add contacts in one statement and return their ids by key; a key that is stored already is left out."""
    rows = [
        (
            one.person_id,
            one.group_id,
            one.employee_id,
            one.channel,
            one.happened_at,
            one.report,
            one.outcome,
            one.key,
        )
        for one in contacts
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.ADD_INTERACTIONS, sql.columns_of(rows, width=8))
        return dict(cursor.fetchall())


def _stored_before(
    stored: Interaction, channel: str, person_id: int | None, group_id: int | None
) -> Recorded:
    if (stored.channel, stored.person_id, stored.group_id) != (channel, person_id, group_id):
        raise ActRefused("key_used", f"the key {stored.key!r} was used for another contact")
    kept = Promise.objects.filter(evidence__interaction=stored).order_by("pk")
    return Recorded(stored, tuple(kept), is_new=False)


def _edition(promise: Promise) -> Edition:
    return loaded_edition(promise.edition)


def day_of(happened_at: datetime, promise: Promise) -> date:
    """Return the day of an instant where the promise's standard counts its days."""
    zone = _edition(promise).standard(promise.standard).time_zone
    return happened_at.astimezone(ZoneInfo(zone)).date()


def is_kept_by(promise: Promise, channel: str) -> bool:
    """Say whether the promise's edition lets this channel keep it."""
    keeping = channels_keeping(edition=_edition(promise), clause=promise.clause, action=promise.action)
    return channel in keeping


def _lock(contact: Interaction, named_id: int | None) -> list[Promise]:
    """Lock and return the promises of the contact's subject that it may keep, and the named one.

    The subject's own come before those of a key person's groups, the earliest due first.
    """
    theirs = _of_subject(contact) & within_reach(contact.happened_at, contact.happened_at)
    rows = Promise.objects.filter(theirs | Q(pk=named_id)).select_related("edition").defer("edition__content")
    # All at once and by id, as every act locks promises: two acts that meet wait, and never for each other. Whoever
    # comes second sees the rows as the first one left them.
    locked = list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))
    return sorted(locked, key=lambda one: (one.person_id != contact.person_id, one.due_date, one.pk))


def within_reach(first: datetime, last: datetime) -> Q:
    """Select what contacts between two instants may keep; two days wider, for each standard's own time zone narrows it
    later: the open promises that have begun, and the broken ones not yet due then.
    """
    wider = timedelta(days=2)
    broken = Q(state="broken", due_date__gte=first.date() - wider)
    # What a case promises is kept by the steps of the case; a step of a journey, by a contact that names it alone.
    begun = Q(from_date__lte=last.date() + wider, case__isnull=True) & ~Q(source=Source.JOURNEY)
    return (Q(state="open") | broken) & begun


def may_keep(promise: Promise, channel: str, happened_at: datetime) -> bool:
    """Say whether a contact may keep a promise: its channel does, and the promise is open and has begun, or was broken
    although the contact lies within its window.
    """
    day = day_of(happened_at, promise)
    if promise.from_date > day or not is_kept_by(promise, channel):
        return False
    return promise.state == "open" or (promise.state == "broken" and day <= promise.due_date)


def _of_subject(contact: Interaction) -> Q:
    if contact.group_id is not None:
        return Q(group_id=contact.group_id)
    return Q(person_id__in=[contact.person_id]) | Q(group_id__in=_groups_of_key_person(contact))


def _groups_of_key_person(contact: Interaction) -> list[int]:
    """Find the groups in which the person had a key person's role on the day."""
    if contact.person_id is None:
        return []
    day = timezone.localdate(contact.happened_at)
    roles = GroupRole.objects.filter(on_day(day), person_id=contact.person_id, role__isnull=False)
    return list(roles.values_list("group_id", flat=True))


def _named(promise_id: int, contact: Interaction, locked: Sequence[Promise]) -> Promise:
    """Return the named promise out of those locked; refuse where this contact cannot count for it."""
    named = next((one for one in locked if one.pk == promise_id), None)
    if named is None:
        raise ActRefused("no_such_promise", f"there is no promise {promise_id}")
    refuse_unfit(named, contact, lambda: _groups_of_key_person(contact))
    return named


def refuse_unfit(named: Promise, contact: Interaction, key_person_of: Callable[[], Collection[int]]) -> None:
    """Refuse a contact that cannot keep the named promise, whatever state that is in: raises ActRefused.

    `key_person_of` gives the groups in which the contact's person has a role; asked only where it matters.
    """
    own = named.person_id is not None and named.person_id == contact.person_id
    own_group = named.group_id is not None and (
        named.group_id == contact.group_id
        or (contact.person_id is not None and named.group_id in key_person_of())
    )
    if not (own or own_group):
        raise ActRefused("other_subject", "the promise is owed to somebody else")
    if not is_kept_by(named, contact.channel):
        keeping = channels_keeping(edition=_edition(named), clause=named.clause, action=named.action)
        message = f"{contact.channel} does not keep {named.clause} {named.action}; {', '.join(keeping)} would"
        raise ActRefused("other_channel", message)
    if day_of(contact.happened_at, named) < named.from_date:
        raise ActRefused("before_window", f"the window of the promise begins on {named.from_date}")


def _keep(
    contact: Interaction, named: Promise | None, locked: Sequence[Promise], by: Employee | None
) -> list[Promise]:
    """Close the right promises; return those kept."""
    candidates = [promise for promise in locked if may_keep(promise, contact.channel, contact.happened_at)]
    if named is not None and named not in candidates:
        _add_evidence_to_ended(contact, named)
        return []
    kept = keep_promises(contact, named, candidates)
    for promise in kept:
        promise.save(update_fields=["state", "ended_at", "late", "end_reason"])
    PromiseEvidence.objects.bulk_create(
        PromiseEvidence(promise=promise, interaction=contact) for promise in kept
    )
    in_time = [promise for promise in kept if promise.state == "kept"]
    note_kept_after_all({promise.pk: contact.pk for promise in in_time if promise.end_reason}, by=by)
    return in_time


def keep_promises(
    contact: Interaction, named: Promise | None, candidates: Sequence[Promise]
) -> list[Promise]:
    """Mark the promises that a contact keeps as kept, or done too late for their hour; return them, not saved.

    `candidates` are the promises that it may keep (`may_keep`), the earliest due first, as the subject's own
    come before the group's; `named` is one of them, or None to choose. Of those kept, the ones that were broken
    have an end reason.
    """
    # A time agreed with the customer stands beside what the standard owes: the visit that was agreed counts for both.
    others = [promise for promise in candidates if promise.source != Source.APPOINTMENT]
    in_window = [promise for promise in others if day_of(contact.happened_at, promise) <= promise.due_date]
    # A greeting for a day that has passed is kept only by a contact that names it: no later call was meant for it.
    late = [promise for promise in others if promise.on_occasion is None]
    agreed = _agreed(contact, named, candidates)
    first = named if named is not agreed else None
    first = first or next(iter(in_window or late), None)
    kept = [*([agreed] if agreed else []), *([first, *companions(first, in_window)] if first else [])]
    for promise in kept:
        _end(promise, contact)
    return kept


def _agreed(contact: Interaction, named: Promise | None, candidates: Sequence[Promise]) -> Promise | None:
    """Return the appointment that a contact is for: the one it names, else the first of its day not seen to yet."""
    if named is not None and named.source == Source.APPOINTMENT:
        return named
    of_the_day = [
        promise
        for promise in candidates
        if promise.source == Source.APPOINTMENT
        and not promise.late
        and day_of(contact.happened_at, promise) == promise.due_date
    ]
    return min(of_the_day, key=lambda one: (one.due_at, one.pk), default=None)


def _end(promise: Promise, contact: Interaction) -> None:
    """Mark a promise as kept; what was due at an instant that had passed is broken there, and done late."""
    if promise.due_at is not None and contact.happened_at > promise.due_at:
        if promise.state == "open":
            promise.state, promise.ended_at, promise.end_reason = "broken", promise.due_at, NOT_IN_TIME
        promise.late = True
        return
    promise.end_reason = KEPT_AFTER_ALL if promise.state == "broken" else ""
    promise.state = "kept"
    promise.ended_at = contact.happened_at
    promise.late = day_of(contact.happened_at, promise) > promise.due_date


def companions(first: Promise, others: Iterable[Promise]) -> list[Promise]:
    """Return the promises that the same contact keeps along with the first: only pairs that the standard
    allows.

    Of the same clause and action one contact keeps one, whatever the standard says of pairs: two calls
    are two calls.
    """
    chosen = [first]
    for other in others:
        duties = [(promise.clause, promise.action) for promise in chosen]
        duty = (other.clause, other.action)
        if duty in duties or other.on_occasion != first.on_occasion:
            continue
        if all(may_close_together(edition=_edition(first), first=one, second=duty) for one in duties):
            chosen.append(other)
    return chosen[1:]


def _add_evidence_to_ended(contact: Interaction, promise: Promise) -> None:
    """Link the contact to a promise that has ended; a broken one stays broken, and is marked done late.

    In time it is not, or it would have kept the promise.
    """
    if promise.state not in ("kept", "broken"):
        return
    PromiseEvidence.objects.create(promise=promise, interaction=contact)
    if promise.state == "broken":
        promise.late = True
        promise.save(update_fields=["late"])
