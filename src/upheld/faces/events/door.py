"""The door of an event: one tap for each guest who comes, also by scanning; and the printed list for a door without."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from upheld.faces.book import book_of
from upheld.faces.events import words
from upheld.faces.events.lines import GuestLine, event_line, guest_lines
from upheld.faces.events.reach import event_asked, gives, guest_asked, not_theirs
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.workbench.forms import words_sent
from upheld.operations.events.attend import end_event, record_attendance
from upheld.operations.refusals import ActRefused
from upheld.records.events.queries import Seats, guests_of, seats_of

LIVE = ("accepted", "invited", "waiting", "declined")


@require_GET
@allowed_to("record_attendance")
def door(request: StaffRequest, event_id: int) -> HttpResponse:
    """Show the guests to be ticked, each with one button."""
    return _show(request, event_asked(event_id))


@require_POST
@allowed_to("record_attendance")
def tick(request: StaffRequest, event_id: int) -> HttpResponse:
    """Tick one guest as there or not there: the one tapped, or the one whose number was scanned."""
    stored, book = event_asked(event_id), book_of(request.user, day=timezone.localdate())
    scanned = words_sent(request.POST, "scanned", longest=100).strip()
    if scanned:
        guest = _scanned(event_id, scanned)
        if guest is None:
            return _show(request, stored, problems=[gettext("Nobody on this list has that number.")])
    else:
        guest = guest_asked(request, event_id)
    if not (gives(request.user, stored) or book.holds(person_id=guest.person_id, group_id=guest.group_id)):
        return not_theirs(request, stored)
    try:
        record_attendance(invitation=guest, by=request.user, attended=request.POST.get("there") != "no")
    except ActRefused as refused:
        return _show(request, stored, problems=[words.refusal_in_words(refused)])
    return _show(request, stored, just=guest.pk)


@require_POST
@allowed_to("record_attendance")
def end(request: StaffRequest, event_id: int) -> HttpResponse:
    """Close the list: who was not ticked was not there."""
    stored = event_asked(event_id)
    if not gives(request.user, stored):
        return not_theirs(request, stored)
    try:
        end_event(event=stored, by=request.user)
    except ActRefused as refused:
        return _show(request, stored, problems=[words.refusal_in_words(refused)])
    return HttpResponseRedirect(reverse("event", args=[event_id]))


@require_GET
@allowed_to("invite_to_event")
def guest_list(request: StaffRequest, event_id: int) -> HttpResponse:
    """Show the list as it is printed: names as the reader may read them, boxes to tick by hand."""
    stored = event_asked(event_id)
    line, guests = _read(request, stored)
    seated = [one for one in guests if one.state in ("accepted", "invited")]
    waiting = [one for one in guests if one.state == "waiting"]
    context = {"here": "events", "line": line, "event": stored, "seated": seated, "waiting": waiting}
    return render(request, "events/list.html", context)


def _show(
    request: StaffRequest, stored: Any, *, problems: list[str] | None = None, just: int | None = None
) -> HttpResponse:
    line, guests = _read(request, stored)
    context = {
        "here": "events",
        "event": stored,
        "line": line,
        "guests": [one for one in guests if one.state in LIVE],
        "expected": line.seats.taken,
        "just": just,
        "gives": gives(request.user, stored),
        "problems": problems or [],
    }
    page = "events/door_list.html" if request.htmx else "events/door.html"
    # A small swap takes an answer of 200 alone; what is wrong stands in it, in words.
    return render(request, page, context, status=422 if problems and not request.htmx else 200)


def _read(request: StaffRequest, stored: Any) -> tuple[Any, list[GuestLine]]:
    book = book_of(request.user, day=timezone.localdate())
    line = event_line(stored, seats_of([stored.pk]).get(stored.pk, Seats()))
    day = timezone.localdate(stored.starts_at)
    return line, guest_lines(guests_of(stored.pk), book=book, day=day, all_mine=gives(request.user, stored))


def _scanned(event_id: int, written: str) -> Any:
    """Find the guest by the customer's or the group's own number, or by the telephone number."""
    for one in guests_of(event_id):
        person = one.person or one.through
        if one.state != "cancelled" and written in (
            person.code if person else "",
            person.phone if person else "",
            one.group.code if one.group else "",
        ):
            return one
    return None
