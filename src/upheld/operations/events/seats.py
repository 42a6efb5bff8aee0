"""Hold the list of an event: who has a seat, who waits in which place, and who moves up when a seat is free.

Every act on a list locks the event's row first. So two who invite at once stand behind each other, and the last seat is
given once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from upheld.operations.refusals import ActRefused
from upheld.records.events.choices import LIVE, SEATED
from upheld.records.events.models import Event, Invitation, InvitationStep
from upheld.records.staff.models import Employee


def hold_event(event_id: int, *, states: Sequence[str] = ("planned",)) -> Event:
    """Lock and return an event in one of the states; ActRefused where it is in another, or there is none."""
    event = Event.objects.select_for_update(no_key=True).filter(pk=event_id).first()
    if event is None:
        raise ActRefused("no_such_event", f"there is no event {event_id}")
    if event.state not in states:
        raise ActRefused(f"event_is_{event.state}", f"the event is {event.state}")
    return event


def note_step(
    invitation: Invitation, step: str, *, by: Employee | None, at: datetime, note: str = ""
) -> None:
    """Add one step to an invitation's story."""
    InvitationStep.objects.create(invitation=invitation, step=step, by=by, at=at, note=note)


def give_place(event: Event, invitation: Invitation) -> None:
    """Give an invitation, not saved yet, a seat where one is free and nobody waits for it; else the last place."""
    taken = Invitation.objects.filter(event=event, state__in=SEATED).count()
    last = Invitation.objects.filter(event=event, state="waiting").aggregate(last=Max("place"))["last"]
    if taken < event.capacity and last is None:
        invitation.state, invitation.place = "invited", None
    else:
        invitation.state, invitation.place = "waiting", (last or 0) + 1


def fill_seats(event: Event, *, at: datetime) -> list[Invitation]:
    """Let the first who wait move up into the free seats; return who did, first come first."""
    free = event.capacity - Invitation.objects.filter(event=event, state__in=SEATED).count()
    if free <= 0:
        return []
    moved = list(Invitation.objects.filter(event=event, state="waiting").order_by("place")[:free])
    for one in moved:
        one.state, one.place = "invited", None
        one.save(update_fields=["state", "place"])
        note_step(one, "moved_up", by=None, at=at)
    return moved


def let_go(event: Event, *, by: Employee | None, at: datetime, note: str, waiting_only: bool = False) -> int:
    """Take everybody who still counts on an event off its list, or those who wait; return how many."""
    states = ("waiting",) if waiting_only else LIVE
    rows = list(Invitation.objects.filter(event=event, state__in=states).order_by("pk"))
    for one in rows:
        one.state, one.place = "cancelled", None
        one.attended = None
        one.save(update_fields=["state", "place", "attended"])
        note_step(one, "cancelled", by=by, at=at, note=note)
    return len(rows)
