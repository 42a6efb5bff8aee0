"""Plan an event for customers, change it, and call it off (KEY-8, KEY-12, KEY-42 to KEY-45).

An event keeps no promise by being planned or cancelled: only whoever came was given what is owed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.events.reach import require_giver
from upheld.operations.events.seats import fill_seats, hold_event, let_go
from upheld.operations.events.tell_guests import CALLED_OFF, tell_guests, tell_of_change
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import wait_for_turn
from upheld.operations.which_edition import edition_for
from upheld.policy.editions import Edition
from upheld.records.events.choices import ACTION_OF, SEATED, EventKind
from upheld.records.events.models import Event, Invitation
from upheld.records.staff.models import Employee, Unit

MOST_SEATS = 5_000


def clauses_for(kind: str, *, edition: Edition) -> list[str]:
    """Give the clauses that an event of a kind may serve: those that owe its action, in the order of the standards."""
    action = ACTION_OF[kind]
    found = [
        row.clause
        for table in edition.tables("contacts", "contact")
        for row in table.rows
        if any(item["channel"] == action for item in row.answer["owed"])
    ]
    return list(dict.fromkeys(found))


def plan_event(
    *,
    by: Employee,
    key: str,
    kind: str,
    title: str,
    place: str,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int,
    clauses: Sequence[str],
    unit: Unit | int | None = None,
    at: datetime | None = None,
) -> Event:
    """Plan an event under an idempotency key and return it; sent twice, it is planned once.

    Raises ActRefused for an unknown kind, a clause that owes no such thing, times or seats that cannot be meant, and
    an event that begins before `at`.
    """
    require_job(by, "plan_event", act="plan_event", subject_kind="event")
    at = at or timezone.now()
    if kind not in EventKind.values:
        raise ActRefused("unknown_kind", f"{kind!r} is not one of {', '.join(EventKind.values)}")
    _check(title=title, starts_at=starts_at, ends_at=ends_at, capacity=capacity)
    if starts_at <= at:
        raise ActRefused("begins_in_the_past", "an event is planned before it begins")
    _check_clauses(kind, clauses, day=timezone.localdate(at))
    with transaction.atomic():
        wait_for_turn(f"plan_event {key}")
        stored = Event.objects.filter(key=key).first()
        if stored is not None:
            return stored
        event = Event.objects.create(
            kind=kind,
            title=title.strip(),
            unit_id=unit.pk if isinstance(unit, Unit) else unit,
            place=place.strip(),
            starts_at=starts_at,
            ends_at=ends_at,
            capacity=capacity,
            clauses=list(dict.fromkeys(clauses)),
            planned_by=by,
            key=key,
        )
        detail = {"kind": kind, "starts_at": starts_at.isoformat(), "capacity": capacity}
        write_entry(act="plan_event", by=by, subject_kind="event", subject_id=event.pk, detail=detail)
        return event


def change_event(
    *,
    event: Event | int,
    by: Employee,
    title: str | None = None,
    place: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    capacity: int | None = None,
    at: datetime | None = None,
) -> Event:
    """Change what is named and return the event; more seats go to the waiting list at once.

    Who has a seat is told of another time or place, once for the change.
    Raises ActRefused for fewer seats than are spoken for, and once the event was held or cancelled; NotAllowed unless
    `by` gives the event.
    """
    pk = event.pk if isinstance(event, Event) else event
    require_job(by, "plan_event", act="change_event", subject_kind="event", subject_id=pk)
    require_giver(by, pk, act="change_event")
    at = at or timezone.now()
    with transaction.atomic():
        stored = hold_event(pk)
        asked: dict[str, Any] = {
            "title": title if title is None else title.strip(),
            "place": place if place is None else place.strip(),
            "starts_at": starts_at,
            "ends_at": ends_at,
            "capacity": capacity,
        }
        changed = {
            name: value
            for name, value in asked.items()
            if value is not None and value != getattr(stored, name)
        }
        if not changed:
            return stored
        was = {name: str(getattr(stored, name)) for name in changed}
        for name, value in changed.items():
            setattr(stored, name, value)
        _check(
            title=stored.title,
            starts_at=stored.starts_at,
            ends_at=stored.ends_at,
            capacity=stored.capacity,
        )
        if "starts_at" in changed and stored.starts_at <= at:
            raise ActRefused("begins_in_the_past", "an event is planned before it begins")
        guests = list(Invitation.objects.filter(event=stored, state__in=SEATED).order_by("pk"))
        if stored.capacity < len(guests):
            raise ActRefused("seats_are_taken", f"{len(guests)} seats are spoken for already")
        stored.save(update_fields=list(changed))
        if changed.keys() & {"starts_at", "place"}:
            tell_of_change(stored, guests, by=by, at=at)
        tell_guests(stored, fill_seats(stored, at=at), by=by, at=at)
        detail = {"was": was, "is": {name: str(value) for name, value in changed.items()}}
        write_entry(act="change_event", by=by, subject_kind="event", subject_id=pk, detail=detail)
        return stored


def cancel_event(*, event: Event | int, by: Employee, reason: str, at: datetime | None = None) -> Event:
    """Call an event off and let every guest go; what they are owed stays owed. Cancelled already, it stays as it is.

    Raises ActRefused without a reason, and once somebody was ticked as there; NotAllowed unless `by` gives the event.
    """
    pk = event.pk if isinstance(event, Event) else event
    require_job(by, "plan_event", act="cancel_event", subject_kind="event", subject_id=pk)
    require_giver(by, pk, act="cancel_event")
    if not reason.strip():
        raise ActRefused("no_reason", "an event is cancelled for a reason")
    at = at or timezone.now()
    with transaction.atomic():
        stored = hold_event(pk, states=("planned", "cancelled"))
        if stored.state == "cancelled":
            return stored
        if Invitation.objects.filter(event=stored, attended=True).exists():
            raise ActRefused("somebody_came", "guests were ticked as there already")
        guests = list(Invitation.objects.filter(event=stored, state__in=SEATED).order_by("pk"))
        freed = let_go(stored, by=by, at=at, note=reason.strip())
        tell_guests(stored, guests, by=by, at=at, template=CALLED_OFF)
        stored.state, stored.end_reason = "cancelled", reason.strip()
        stored.save(update_fields=["state", "end_reason"])
        detail = {"reason": reason.strip(), "guests": freed}
        write_entry(act="cancel_event", by=by, subject_kind="event", subject_id=pk, detail=detail)
        return stored


def _check(*, title: str, starts_at: datetime, ends_at: datetime, capacity: int) -> None:
    if not title.strip():
        raise ActRefused("no_title", "an event has a title")
    if ends_at <= starts_at:
        raise ActRefused("ends_before_start", "an event ends after it begins")
    if not 1 <= capacity <= MOST_SEATS:
        raise ActRefused("no_such_capacity", f"an event has 1 to {MOST_SEATS} seats")


def _check_clauses(kind: str, clauses: Sequence[str], *, day: date) -> None:
    _, edition = edition_for(day)
    served = clauses_for(kind, edition=edition)
    if not clauses or not set(clauses) <= set(served):
        message = f"such an event serves {', '.join(served) or 'no clause'}; choose among them"
        raise ActRefused("no_such_clause", message)
