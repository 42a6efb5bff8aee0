"""Find the event and the guest that an address means, and say who may act on them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext

from upheld.faces.permissions import StaffRequest, refuse
from upheld.operations.events.reach import gives_event
from upheld.records.events.queries import event_with_id, invitation_with_id


def event_asked(event_id: int) -> Any:
    """Give the event of an address, or answer 404."""
    stored = event_with_id(event_id) if event_id < 2**63 else None
    if stored is None:
        raise Http404(f"no event {event_id}")
    return stored


def guest_asked(request: StaffRequest, event_id: int) -> Any:
    """Give the invitation that a form names, if it is to this event, or answer 404."""
    written = request.POST.get("invitation", "")
    is_number = written.isascii() and written.isdigit() and len(written) <= 18
    found = invitation_with_id(int(written)) if is_number else None
    if found is None or found.event_id != event_id:
        raise Http404("no such invitation to this event")
    return found


def gives(user: Any, stored: Any) -> bool:
    """Tell whether somebody answers for the event: whoever planned it, the lead of their team, who oversees all."""
    return gives_event(stored.planned_by_id, user)


def not_theirs(request: StaffRequest, stored: Any) -> HttpResponse:
    """Refuse an act on somebody else's event or guest."""
    because = gettext("Somebody else gives this event, or serves this guest.")
    return refuse(request, act="change_event", subject_kind="event", subject_id=stored.pk, because=because)
