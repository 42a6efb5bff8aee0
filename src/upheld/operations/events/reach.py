"""Say who answers for an event, and who may act on its guests: whoever gives it, and whoever serves the guest."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from upheld.operations.audit_trail import note_refusal
from upheld.operations.customer_reach import employees_reached, reaches, reaches_all, refuse_reach
from upheld.operations.refusals import NotAllowed
from upheld.operations.who_may import job_may
from upheld.records.events.models import Event, Invitation
from upheld.records.promises.queries import subjects_of
from upheld.records.staff.models import Employee


def gives_event(planned_by_id: int | None, by: Employee) -> bool:
    """Tell whether somebody answers for an event: whoever planned it, the lead of their team, who oversees all."""
    if planned_by_id == by.pk:
        return True
    if not job_may(by, "lead_cases"):
        return False
    team = employees_reached(by)
    return team is None or planned_by_id in team


def require_giver(by: Employee, event_id: int, *, act: str) -> None:
    """Raise NotAllowed, noted in the audit trail, unless somebody answers for the event."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None or gives_event(event.planned_by_id, by):
        return
    why = "somebody else gives this event"
    note_refusal(act=act, by=by, subject_kind="event", subject_id=event_id, why=why)
    raise NotAllowed("not_your_event", why)


def require_guest(by: Employee, invitation_id: int, *, act: str, at: datetime) -> None:
    """Raise NotAllowed, noted in the audit trail, unless somebody gives the event or serves the guest."""
    guest = Invitation.objects.select_related("event").filter(pk=invitation_id).first()
    if guest is None or gives_event(guest.event.planned_by_id, by):
        return
    day = timezone.localdate(at)
    if not reaches(by, person_id=guest.person_id, group_id=guest.group_id, day=day):
        raise refuse_reach(by, act=act, subject_kind="invitation", subject_id=invitation_id)


def require_book(
    by: Employee,
    event_id: int,
    *,
    promises: Collection[int],
    people: Collection[int],
    groups: Collection[int],
    at: datetime,
) -> None:
    """Raise NotAllowed, noted in the audit trail, unless all who are to be invited are within somebody's reach."""
    subjects = subjects_of(promises).values()
    person_ids = [*people, *(person for person, _ in subjects if person is not None)]
    group_ids = [*groups, *(group for _, group in subjects if group is not None)]
    if not reaches_all(by, person_ids=person_ids, group_ids=group_ids, day=timezone.localdate(at)):
        raise refuse_reach(by, act="invite", subject_kind="event", subject_id=event_id)
