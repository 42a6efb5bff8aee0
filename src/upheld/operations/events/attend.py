"""Write down who came: the one act by which an event keeps a promise. Not coming is written down too.

Taking part becomes a contact of the customer by the event's channel, so it counts everywhere a contact counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.events.reach import require_giver, require_guest
from upheld.operations.events.seats import hold_event, let_go, note_step
from upheld.operations.job_required import require_job
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused
from upheld.operations.reverse_contact import reverse_contact
from upheld.records.events.choices import ACTION_OF, SEATED, EventState
from upheld.records.events.models import Event, Invitation, InvitationStep
from upheld.records.staff.models import Employee

NOT_ANY_MORE = frozenset({"other_subject", "before_window", "other_channel", "no_such_promise"})
"""Why a contact does not fit the promise that the invitation was for: it moved on, the coming is written down yet."""


def record_attendance(
    *, invitation: Invitation | int, by: Employee, attended: bool, at: datetime | None = None
) -> Invitation:
    """Tick a guest as there, or as not there, and return the invitation; ticked alike again, nothing changes.

    There: a contact by the event's channel, which keeps the promise of the invitation, or another of the event's
    clauses. Not there after all: that contact is reversed. Who waited and came took a seat that nobody else did, so
    nobody is turned away by a list. Raises ActRefused before the day of the event, for a cancelled event, and for a
    guest taken off the list.
    """
    pk = invitation.pk if isinstance(invitation, Invitation) else invitation
    require_job(by, "record_attendance", act="record_attendance", subject_kind="invitation", subject_id=pk)
    at = at or timezone.now()
    require_guest(by, pk, act="record_attendance", at=at)
    with transaction.atomic():
        event, stored = _held(pk)
        if timezone.localdate(at) < timezone.localdate(event.starts_at):
            raise ActRefused("not_yet", "guests are ticked on the day of the event")
        if stored.state == "cancelled":
            raise ActRefused("off_the_list", "the guest was taken off the list; invite them again")
        if stored.attended is attended:
            return stored
        kept: list[int] = []
        if attended:
            kept = _came(event, stored, by=by, at=at)
        else:
            _did_not_come(stored, by=by, at=at)
        stored.attended = attended
        stored.save(update_fields=["attended", "interaction", "state", "place"])
        note_step(stored, "attended" if attended else "absent", by=by, at=at)
        detail = {"attended": attended, "event": event.pk, "kept": kept}
        write_entry(act="record_attendance", by=by, subject_kind="invitation", subject_id=pk, detail=detail)
        return stored


def end_event(*, event: Event | int, by: Employee, at: datetime | None = None) -> Event:
    """Close the list after the event: seats that nobody ticked count as not there, who waits is let go. Once."""
    pk = event.pk if isinstance(event, Event) else event
    require_job(by, "record_attendance", act="end_event", subject_kind="event", subject_id=pk)
    require_giver(by, pk, act="end_event")
    at = at or timezone.now()
    with transaction.atomic():
        stored = hold_event(pk, states=("planned", "held"))
        if stored.state == "held":
            return stored
        if at < stored.starts_at:
            raise ActRefused("not_yet", "the event has not begun")
        _close_list(stored, by=by, at=at)
        return stored


def end_past_events(
    *, as_of: date, progress: Callable[[int, int], object] | None = None, at: datetime | None = None
) -> Counter[str]:
    """Close the lists of events that ended before a day and that nobody closed; count events and who was absent.

    Who was not ticked was not there, so that another event can count on whom this one no longer serves; whoever was
    overlooked is ticked all the same. Done again, it finds nothing.
    """
    at = at or timezone.now()
    day_begins = timezone.make_aware(datetime.combine(as_of, time()))
    past = Event.objects.filter(state="planned", ends_at__lte=day_begins).order_by("pk")
    ids, done = list(past.values_list("pk", flat=True)), Counter({"events": 0, "absent": 0})
    for number, pk in enumerate(ids, start=1):
        with transaction.atomic():
            event = hold_event(pk, states=EventState.values)
            # Closed or called off meanwhile, or put off to a day to come: that is somebody's word.
            if event.state == "planned" and event.ends_at <= day_begins:
                done["absent"] += _close_list(event, by=None, at=at)
                done["events"] += 1
        if progress is not None:
            progress(number, len(ids))
    return done


def _close_list(event: Event, *, by: Employee | None, at: datetime) -> int:
    """Count seats that nobody ticked as not there, and let go who waits; return how many were absent."""
    left = Invitation.objects.filter(event=event, state__in=SEATED, attended=None).order_by("pk")
    absent = list(left)
    for one in absent:
        one.attended = False
        one.save(update_fields=["attended"])
        note_step(one, "absent", by=by, at=at)
    let_go(event, by=by, at=at, note="", waiting_only=True)
    event.state = "held"
    event.save(update_fields=["state"])
    detail = {"absent": [one.pk for one in absent]}
    write_entry(act="end_event", by=by, subject_kind="event", subject_id=event.pk, detail=detail)
    return len(absent)


def _held(invitation_id: int) -> tuple[Event, Invitation]:
    event_id = Invitation.objects.filter(pk=invitation_id).values_list("event_id", flat=True).first()
    if event_id is None:
        raise ActRefused("no_such_invitation", f"there is no invitation {invitation_id}")
    # A list that was closed may be put right: somebody was overlooked.
    event = hold_event(event_id, states=("planned", "held"))
    return event, Invitation.objects.select_for_update(no_key=True).get(pk=invitation_id)


def _came(event: Event, invitation: Invitation, *, by: Employee, at: datetime) -> list[int]:
    channel, happened_at = ACTION_OF[event.kind], min(at, event.starts_at)
    turn = InvitationStep.objects.filter(invitation=invitation, step="attended").count() + 1
    told: dict[str, Any] = {
        "by": by,
        "channel": channel,
        "happened_at": happened_at,
        "key": f"event-{event.pk}-{invitation.pk}-{turn}",
        "person": invitation.person_id,
        "group": invitation.group_id,
        "report": event.title,
        "now": max(at, happened_at),
    }
    try:
        with transaction.atomic():
            done = record_contact(**told, promise=invitation.promise_id, clauses=event.clauses)
    except ActRefused as refused:
        if invitation.promise_id is None or refused.code not in NOT_ANY_MORE:
            raise
        done = record_contact(**told, clauses=event.clauses)
    invitation.interaction = done.interaction
    if invitation.state != "accepted":
        invitation.state, invitation.place = "accepted", None
    return [one.pk for one in done.kept]


def _did_not_come(invitation: Invitation, *, by: Employee, at: datetime) -> None:
    if invitation.interaction_id is None:
        return
    # Whoever may tick may untick: the tick is taken back as it was made, whoever's finger it was.
    reverse_contact(interaction=invitation.interaction_id, by=None, reason="ticked by mistake", now=at)
    invitation.interaction = None
