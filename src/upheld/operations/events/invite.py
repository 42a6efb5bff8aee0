"""Invite to an event: a seat for each while there are any, then a place on the waiting list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.events.propose import contact_of, event_day
from upheld.operations.events.reach import require_book
from upheld.operations.events.seats import give_place, hold_event, note_step
from upheld.operations.events.tell_guests import tell_guests
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.records.events.choices import ACTION_OF
from upheld.records.events.models import Event, Invitation
from upheld.records.events.queries import counted_on
from upheld.records.people.models import Group, Person
from upheld.records.people.queries import places_of_people
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee


@dataclass(frozen=True)
class Invited:
    """What came of inviting: ids of the invitations with a seat, of those that wait, and how many were left out."""

    seated: tuple[int, ...]
    waiting: tuple[int, ...]
    left_out: int

    @property
    def number(self) -> int:
        """Count the new invitations."""
        return len(self.seated) + len(self.waiting)


@dataclass(frozen=True)
class _Asked:
    person_id: int | None
    group_id: int | None
    promise_id: int | None


def invite(
    *,
    event: Event | int,
    by: Employee,
    promises: Collection[int] = (),
    people: Collection[int] = (),
    groups: Collection[int] = (),
    at: datetime | None = None,
) -> Invited:
    """Invite those to whom the `promises` are owed, and the `people` and `groups` named besides; one transaction.

    Seats go in the order of the due days, then of the classes of groups, then of the ids; who finds none waits.
    Nobody is invited twice, however often and by however many it is asked: who stands on the list, and whose promise
    another event is counted on for, is left out. Who was taken off the list may be asked again.
    Raises ActRefused for a promise that this event cannot keep, and unless the event is planned and still to come;
    NotAllowed for customers whom `by` does not reach.
    """
    pk = event.pk if isinstance(event, Event) else event
    require_job(by, "invite_to_event", act="invite", subject_kind="event", subject_id=pk)
    at = at or timezone.now()
    require_book(by, pk, promises=promises, people=people, groups=groups, at=at)
    with transaction.atomic():
        held = hold_event(pk)
        if held.ends_at <= at:
            raise ActRefused("event_is_over", "the event is over")
        asked = _in_order(held, promises=promises, people=people, groups=groups)
        taken = counted_on([one.promise_id for one in asked if one.promise_id is not None])
        contacts = contact_of(
            [one.group_id for one in asked if one.group_id is not None], day=event_day(held)
        )
        there = {
            (one.person_id, one.group_id): one
            for one in Invitation.objects.select_for_update(no_key=True).filter(event=held).order_by("pk")
        }
        new = []
        for one in asked:
            stored = there.get((one.person_id, one.group_id))
            if one.promise_id in taken or (stored is not None and stored.state != "cancelled"):
                continue
            contact = contacts.get(one.group_id or 0)
            invitation = stored or Invitation(event=held, person_id=one.person_id, group_id=one.group_id)
            invitation.promise_id, invitation.invited_by = one.promise_id, by
            invitation.through_id, invitation.attended = contact.pk if contact else None, None
            give_place(held, invitation)
            invitation.save()
            note_step(invitation, invitation.state, by=by, at=at)
            there[one.person_id, one.group_id] = invitation
            new.append(invitation)
        seated = [one for one in new if one.state == "invited"]
        waiting = tuple(one.pk for one in new if one.state == "waiting")
        if new:
            tell_guests(held, seated, by=by, at=at)
            detail = {"seated": [one.pk for one in seated], "waiting": list(waiting)}
            write_entry(act="invite", by=by, subject_kind="event", subject_id=pk, detail=detail)
        return Invited(tuple(one.pk for one in seated), waiting, len(asked) - len(new))


def _in_order(
    event: Event, *, promises: Collection[int], people: Collection[int], groups: Collection[int]
) -> Sequence[_Asked]:
    owed = list(Promise.objects.filter(pk__in=promises).order_by("due_date", "pk"))
    if len(owed) < len(set(promises)):
        raise ActRefused("no_such_promise", "some of the promises do not exist")
    for one in owed:
        _check(event, one)
    classes = _classes(owed, day=event_day(event))
    owed.sort(key=lambda one: (one.due_date, classes.get(one.pk, "Z"), one.pk))
    asked = [_Asked(one.person_id, one.group_id, one.pk) for one in owed]
    known = set(Person.objects.filter(pk__in=people).values_list("pk", flat=True))
    asked += [_Asked(pk, None, None) for pk in sorted(known)]
    known = set(Group.objects.filter(pk__in=groups).values_list("pk", flat=True))
    asked += [_Asked(None, pk, None) for pk in sorted(known)]
    # Owed two things by one event, a customer is asked once; the earlier due is the one it is for.
    return list({(one.person_id, one.group_id): one for one in reversed(asked)}.values())[::-1]


def _check(event: Event, promise: Promise) -> None:
    day = event_day(event)
    fits = promise.action == ACTION_OF[event.kind] and promise.clause in event.clauses
    if not fits or promise.case_id is not None:
        raise ActRefused("other_duty", f"{promise.clause} {promise.action} is not what this event serves")
    if promise.state != "open":
        raise ActRefused("already_ended", f"promise {promise.pk} is {promise.state}")
    if not promise.from_date <= day <= promise.due_date:
        raise ActRefused(
            "outside_window", f"the event does not lie within the window of promise {promise.pk}"
        )


def _classes(owed: Iterable[Promise], *, day: date) -> dict[int, str]:
    rows = list(owed)
    places = places_of_people([one.person_id for one in rows if one.person_id is not None], day=day)
    groups = Group.objects.in_bulk([one.group_id for one in rows if one.group_id is not None])
    found = {}
    for one in rows:
        if one.group_id is not None:
            found[one.pk] = groups[one.group_id].group_class
        elif one.person_id in places:
            found[one.pk] = places[one.person_id].group_class
    return found
