"""The pages of events: the calendar, planning one, its guests and whom else to invite."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from upheld.faces.addresses import text_in
from upheld.faces.book import Book, book_of
from upheld.faces.dashboard.reach import reached_by
from upheld.faces.editions import clause_title, edition_in_force
from upheld.faces.events import words
from upheld.faces.events.forms import CancelForm, ChangeForm, EventForm
from upheld.faces.events.lines import event_line, guest_lines, picture_of, proposal_lines, story_lines
from upheld.faces.events.month import month_of
from upheld.faces.events.reach import event_asked, gives, guest_asked, not_theirs
from upheld.faces.months import month_asked
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.faces.templatetags.shown import in_language
from upheld.operations.events.answer import answer_invitation
from upheld.operations.events.invite import invite
from upheld.operations.events.plan_event import cancel_event, change_event, clauses_for, plan_event
from upheld.operations.events.propose import proposals
from upheld.operations.refusals import ActRefused
from upheld.records.events.choices import EventKind
from upheld.records.events.queries import Seats, event_with_id, guests_of, latest_steps, seats_of
from upheld.records.promises.queries import subjects_of

PROPOSED = 100
"""Whom a page offers to invite at once: more than most halls hold, and as many as a person still looks at."""
MOST_AT_ONCE = 500


@require_GET
@allowed_to("read_events")
def events(request: StaffRequest) -> HttpResponse:
    """Show a month of events."""
    now = timezone.now()
    first = month_asked(text_in(request.GET, "month"), today=timezone.localdate(now))
    context = {"here": "events", "month": month_of(first, now=now)}
    return render(request, "events/events.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to("plan_event")
def new_event(request: StaffRequest) -> HttpResponse:
    """Plan an event: its kind says which clauses it may serve."""
    asked = request.POST if request.method == "POST" else request.GET
    kind = asked.get("kind", "") if asked.get("kind") in EventKind.values else "gathering"
    offered = _clauses(kind)
    if request.method == "GET":
        initial = {"kind": kind, "capacity": 40, "clauses": [offered[0][0]] if offered else []}
        form = EventForm(clauses=offered, initial=initial)
        return render(request, "events/new.html", {"here": "events", "form": form})
    form = EventForm(request.POST, clauses=offered)
    if form.is_valid():
        try:
            planned = plan_event(by=request.user, unit=request.user.unit_id, **form.cleaned_data)
        except ActRefused as refused:
            form.add_error(None, words.refusal_in_words(refused))
        else:
            return HttpResponseRedirect(reverse("event", args=[planned.pk]))
    return render(request, "events/new.html", {"here": "events", "form": form}, status=422)


@require_GET
@allowed_to("read_events")
def event(request: StaffRequest, event_id: int) -> HttpResponse:
    """Show an event: its seats, its guests, and who is owed one and not invited."""
    return _show(request, event_asked(event_id))


@require_http_methods(["GET", "POST"])
@allowed_to("plan_event")
def change(request: StaffRequest, event_id: int) -> HttpResponse:
    """Change title, place, times or seats; more seats go to who waits."""
    stored = event_asked(event_id)
    if not gives(request.user, stored):
        return not_theirs(request, stored)
    local = {name: timezone.localtime(getattr(stored, name)) for name in ("starts_at", "ends_at")}
    initial = {"title": stored.title, "place": stored.place, "capacity": stored.capacity, **local}
    form = ChangeForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_event(event=stored, by=request.user, **form.cleaned_data)
        except ActRefused as refused:
            form.add_error(None, words.refusal_in_words(refused))
        else:
            return HttpResponseRedirect(reverse("event", args=[event_id]))
    context = {"here": "events", "form": form, "event": stored}
    return render(request, "events/change.html", context, status=422 if form.errors else 200)


@require_POST
@allowed_to("plan_event")
def cancel(request: StaffRequest, event_id: int) -> HttpResponse:
    """Call an event off; what the guests are owed stays owed."""
    stored = event_asked(event_id)
    if not gives(request.user, stored):
        return not_theirs(request, stored)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _show(request, stored, problems=[str(words.REFUSALS["no_reason"])])
    try:
        cancel_event(event=stored, by=request.user, reason=form.cleaned_data["reason"])
    except ActRefused as refused:
        return _show(request, stored, problems=[words.refusal_in_words(refused)])
    return HttpResponseRedirect(reverse("event", args=[event_id]))


@require_POST
@allowed_to("invite_to_event")
def invite_many(request: StaffRequest, event_id: int) -> HttpResponse:
    """Invite those ticked, of the own book alone; who finds no seat waits."""
    stored, book = event_asked(event_id), book_of(request.user, day=timezone.localdate())
    named = _named(request.POST.getlist("guest")[:MOST_AT_ONCE])
    if not any(named.values()):
        return _show(request, stored, problems=[gettext("Tick at least one customer.")])
    subjects = subjects_of(named["promise"])
    people = [*named["person"], *(person for person, _ in subjects.values() if person is not None)]
    groups = [*named["group"], *(group for _, group in subjects.values() if group is not None)]
    if not book.holds_all(person_ids=people, group_ids=groups):
        because = gettext("Some of these customers are served by somebody else.")
        return refuse(request, act="invite", subject_kind="event", subject_id=event_id, because=because)
    try:
        done = invite(
            event=stored,
            by=request.user,
            promises=named["promise"],
            people=named["person"],
            groups=named["group"],
        )
    except ActRefused as refused:
        return _show(request, stored, problems=[words.refusal_in_words(refused)])
    told = ngettext("%(n)d invited.", "%(n)d invited.", len(done.seated)) % {"n": len(done.seated)}
    if done.waiting:
        waiting = ngettext("%(n)d waits.", "%(n)d wait.", len(done.waiting)) % {"n": len(done.waiting)}
        told = f"{told} {waiting}"
    return _show(request, stored, notice=told)


@require_POST
@allowed_to("invite_to_event")
def answer(request: StaffRequest, event_id: int) -> HttpResponse:
    """Write down what a guest answered, or take a guest off the list."""
    stored, book = event_asked(event_id), book_of(request.user, day=timezone.localdate())
    guest = guest_asked(request, event_id)
    if not (gives(request.user, stored) or book.holds(person_id=guest.person_id, group_id=guest.group_id)):
        return not_theirs(request, stored)
    try:
        answer_invitation(invitation=guest, by=request.user, answer=request.POST.get("answer", ""))
    except ActRefused as refused:
        return _show(request, stored, problems=[words.refusal_in_words(refused)])
    return _show(request, stored)


@require_GET
@allowed_to("plan_event")
def shares(request: StaffRequest) -> HttpResponse:
    """Show how far the shares of key persons who had a lecture are reached (KEY-43); measured over the whole base."""
    today = timezone.localdate()
    targets = reached_by(edition=edition_in_force(day=today).edition, day=today, clauses=("KEY-43",))
    return render(request, "dashboard/targets.html", {"targets": targets})


def _show(
    request: StaffRequest, stored: Any, *, problems: list[str] | None = None, notice: str = ""
) -> HttpResponse:
    book = book_of(request.user, day=timezone.localdate())
    stored = event_with_id(stored.pk) or stored
    line = event_line(stored, seats_of([stored.pk]).get(stored.pk, Seats()))
    theirs, day = gives(request.user, stored), timezone.localdate(stored.starts_at)
    context = {
        "here": "events",
        "event": stored,
        "line": line,
        "picture": picture_of(line),
        "guests": guest_lines(guests_of(stored.pk), book=book, day=day, all_mine=theirs),
        "proposed": _proposed(request, stored, book),
        "clauses": [(one, in_language(_title(one))) for one in stored.clauses],
        "gives": theirs and may(request.user, "plan_event"),
        "is_day": day <= timezone.localdate(),
        "cancel_form": CancelForm(label_suffix=""),
        "problems": problems or [],
        "notice": notice,
        "has_lectures": "KEY-43" in stored.clauses,
        "story": story_lines(latest_steps(stored.pk), book=book),
    }
    return render(request, "events/event.html", context, status=422 if problems else 200)


def _proposed(request: StaffRequest, stored: Any, book: Book) -> list[Any]:
    if stored.state != "planned" or stored.ends_at <= timezone.now():
        return []
    if not may(request.user, "invite_to_event"):
        return []
    found = proposals(event=stored, people=book.people, groups=book.groups, limit=PROPOSED)
    return proposal_lines(found, book=book)


def _clauses(kind: str) -> list[tuple[str, str]]:
    edition = edition_in_force(day=timezone.localdate()).edition
    return [(one, f"{one} {in_language(_title(one))}") for one in clauses_for(kind, edition=edition)]


def _title(clause: str) -> Any:
    edition = edition_in_force(day=timezone.localdate()).edition
    return clause_title(edition, clause)


def _named(codes: list[str]) -> dict[str, list[int]]:
    """Read `promise-12`, `person-3`, `group-4`; what cannot be meant is as good as not there."""
    found: dict[str, list[int]] = {"promise": [], "person": [], "group": []}
    for code in codes:
        kind, _sign, number = code.partition("-")
        if kind in found and number.isascii() and number.isdigit() and len(number) <= 18:
            found[kind].append(int(number))
    return found
