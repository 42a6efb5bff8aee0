"""Write down what a guest answered: coming, or not. A seat given back goes to the first who waits."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.events.reach import require_guest
from upheld.operations.events.seats import fill_seats, give_place, hold_event, note_step
from upheld.operations.events.tell_guests import tell_guests
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.records.events.models import Event, Invitation
from upheld.records.staff.models import Employee

ANSWERS = ("accepted", "declined", "cancelled")


def answer_invitation(
    *, invitation: Invitation | int, by: Employee, answer: str, note: str = "", at: datetime | None = None
) -> Invitation:
    """Write the answer down and return the invitation; the same answer again changes nothing.

    `accepted`: who waits goes on waiting, who had declined takes a free seat or the last place. `declined`: the guest
    does not come. `cancelled`: taken off the list by us. Either gives the seat to the first who waits.
    Raises ActRefused unless the event is planned, for one taken off the list, and for who was ticked as there;
    NotAllowed unless `by` gives the event or serves the guest.
    """
    pk = invitation.pk if isinstance(invitation, Invitation) else invitation
    require_job(by, "invite_to_event", act="answer_invitation", subject_kind="invitation", subject_id=pk)
    if answer not in ANSWERS:
        raise ActRefused("unknown_answer", f"{answer!r} is not one of {', '.join(ANSWERS)}")
    at = at or timezone.now()
    require_guest(by, pk, act="answer_invitation", at=at)
    with transaction.atomic():
        event, stored = held_with_event(pk)
        if stored.state == answer or (answer == "accepted" and stored.state == "waiting"):
            return stored
        if stored.state == "cancelled":
            raise ActRefused("off_the_list", "the guest was taken off the list; invite them again")
        if stored.attended:
            raise ActRefused("somebody_came", "the guest was ticked as there already")
        was = stored.state
        if answer != "accepted":
            stored.state, stored.place = answer, None
        elif was == "invited":
            stored.state = "accepted"
        else:
            give_place(event, stored)
            stored.state = "accepted" if stored.state == "invited" else stored.state
        stored.save(update_fields=["state", "place"])
        note_step(stored, stored.state, by=by, at=at, note=note.strip())
        moved = fill_seats(event, at=at)
        tell_guests(event, moved, by=by, at=at)
        detail = {"was": was, "is": stored.state, "moved_up": [one.pk for one in moved]}
        write_entry(act="answer_invitation", by=by, subject_kind="invitation", subject_id=pk, detail=detail)
        return stored


def held_with_event(invitation_id: int) -> tuple[Event, Invitation]:
    """Lock the event of an invitation, planned or held, and then read the invitation as it stands under that lock."""
    event_id = Invitation.objects.filter(pk=invitation_id).values_list("event_id", flat=True).first()
    if event_id is None:
        raise ActRefused("no_such_invitation", f"there is no invitation {invitation_id}")
    event = hold_event(event_id)
    return event, Invitation.objects.select_for_update(no_key=True).get(pk=invitation_id)
