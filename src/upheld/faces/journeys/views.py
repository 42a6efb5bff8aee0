"""The pages of journeys: those that run, one of them, and its section on the pages of counter, hotline and managers."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from upheld.faces.addresses import instant_in, page_number, text_in
from upheld.faces.book import Book, book_of
from upheld.faces.customers.reach import customer_in_reach
from upheld.faces.journeys.page import journey_page, summary_of
from upheld.faces.journeys.words import refusal_in_words, step_name
from upheld.faces.masking import masked_name
from upheld.faces.permissions import Refused, StaffRequest, allowed_to, refuse
from upheld.faces.workbench.forms import key_sent, new_key, words_sent
from upheld.faces.workbench.views import back_of
from upheld.operations.journeys.close_journey import close_journey
from upheld.operations.journeys.start_journeys import tell_number_changed
from upheld.operations.journeys.take_back_tick import take_back_tick
from upheld.operations.journeys.tick_step import CHANNELS_OF, LONGEST_NOTE, Ticked, tick_steps
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.journeys.queries import (
    journey_of_person,
    journey_with_id,
    running_journeys,
    tick_with_id,
)
from upheld.records.people.queries import regions_below
from upheld.records.promises.of_journeys import people_owed_steps, promises_of_journeys

A_PAGE = 20
MOST_STEPS = 30


@require_GET
@allowed_to("read_journeys")
def journeys(request: StaffRequest) -> HttpResponse:
    """List the journeys that run: of the own book, or of the unit's region; those with something due first."""
    today = timezone.localdate()
    book = book_of(request.user, day=today)
    everything = request.GET.get("show") == "all"
    found = running_journeys(
        people=book.people,
        due_people=None if everything else people_owed_steps(today),
        region_ids=_regions(book),
    )
    pages = Paginator(found, A_PAGE).get_page(page_number(request.GET))
    rows = list(pages.object_list)
    ids = [one.person_id for one in rows]
    owed, served = promises_of_journeys(ids), book.served(ids)
    lines = [
        {
            **summary_of(one, owed.get(one.person_id, []), today=today),
            "name": one.person.name if one.person_id in served else masked_name(one.person.name),
        }
        for one in rows
    ]
    context = {
        "here": "journeys",
        "lines": lines,
        "pages": pages,
        "everything": everything,
        "whose": _whose(book),
        "today": today,
    }
    return render(request, "journeys/list.html", context)


def _regions(book: Book) -> list[int] | None:
    """Give the regions of a reader who reaches everybody: a counter looks at its own part of the map."""
    unit = book.user.unit
    if not book.whole or unit is None or unit.region_id is None:
        return None
    return regions_below(unit.region_id)


def _whose(book: Book) -> str:
    if book.whole and _regions(book) is not None:
        return gettext("Customers of %(place)s") % {"place": book.user.unit.region.name}
    return book.words


@require_GET
@allowed_to("read_journeys")
def journey(request: StaffRequest, journey_id: int) -> HttpResponse:
    """Show one journey: the band of ninety days, every step, who did it, and what is to tick."""
    return _show(request, journey_in_reach(request, journey_id))


@require_GET
@allowed_to("read_journeys")
def journey_of_the_person(request: StaffRequest, code: str) -> HttpResponse:
    """Show the journey of a person within reach, as a section of another page where that asks for it."""
    who, _ = customer_in_reach(request, "person", code)
    found = journey_of_person(who.pk)
    if found is None:
        if request.htmx:
            return render(request, "journeys/none.html")
        raise Http404(f"{code} has no journey")
    if not request.htmx:
        return HttpResponseRedirect(reverse("journey", args=[found.pk]))
    return _show(request, found)


@require_POST
@allowed_to("tick_journey")
def tick(request: StaffRequest, journey_id: int) -> HttpResponse:
    """Mark one step (its own button) or several (ticked boxes) as done by the reader's channel."""
    found = journey_in_reach(request, journey_id)
    given = request.POST
    one = text_in(given, "one")[:64]
    steps = [one] if one else [step[:64] for step in given.getlist("step")[:MOST_STEPS]]
    channels = CHANNELS_OF.get(request.user.job, ())
    if not steps or not channels:
        return _show(request, found, problem=refusal_in_words(ActRefused("no_step", "")), status=422)
    try:
        done = _tick(request, found, steps, channels[0], key_sent(given))
    except NotAllowed as refused:
        return refuse(request, act="tick_step", subject_kind="journey", subject_id=journey_id,
                      because=refusal_in_words(refused))  # fmt: skip
    except ActRefused as refused:
        return _show(request, found, problem=refusal_in_words(refused), status=422)
    names = gettext(", ").join(step_name(step) for step in steps)
    said = gettext("Done: %(steps)s.") % {"steps": names}
    if done.completed:
        said += " " + gettext("The journey is complete.")
    return _done(request, found, said)


def _tick(request: StaffRequest, found: Any, steps: list[str], channel: str, key: str) -> Ticked:
    """Tick each way's steps in an act of its own: what only the guide may tell goes by the guide."""
    given = request.POST
    page = journey_page(found, user=request.user, now=timezone.now(), with_advice=False)
    ways = {line.step: line.may_tick or "staff" for line in page.lines}
    at = instant_in(text_in(given, "at"))
    contact = text_in(given, "contact")[:32] or None
    # One more than is kept, so that a longer note is refused and not cut.
    note = words_sent(given, "note", longest=LONGEST_NOTE + 1)
    done = None
    for way in dict.fromkeys(ways.get(step, "staff") for step in steps):
        of_way = [step for step in steps if ways.get(step, "staff") == way]
        done = tick_steps(
            journey=found.pk, steps=of_way, by=request.user, channel=channel, way=way, at=at, note=note,
            contact=contact, key=f"{key} {of_way[0]}",
        )  # fmt: skip
    assert done is not None  # there is a step, so there was an act
    return done


@require_POST
@allowed_to("tick_journey")
def take_back(request: StaffRequest, journey_id: int, tick_id: int) -> HttpResponse:
    """Take back a tick, with a reason."""
    found, tick_ = journey_in_reach(request, journey_id), tick_with_id(tick_id)
    if tick_ is None or tick_.journey_id != journey_id:
        raise Http404(f"no tick {tick_id}")
    try:
        take_back_tick(tick=tick_, by=request.user, reason=words_sent(request.POST, "reason", longest=500))
    except NotAllowed as refused:
        return refuse(request, act="take_back_tick", subject_kind="journey", subject_id=journey_id,
                      because=refusal_in_words(refused))  # fmt: skip
    except ActRefused as refused:
        return _show(request, found, problem=refusal_in_words(refused), status=422)
    return _done(request, found, gettext("Taken back: %(step)s.") % {"step": step_name(tick_.step)})


@require_POST
@allowed_to("tick_journey")
def number_changed(request: StaffRequest, journey_id: int) -> HttpResponse:
    """Write down whether the customer changed number on joining; its coaching is then owed, or not."""
    found = journey_in_reach(request, journey_id)
    answer = request.POST.get("changed")
    if answer not in ("yes", "no"):
        return _show(request, found, problem=gettext("Choose yes or no."), status=422)
    try:
        tell_number_changed(journey=found.pk, changed=answer == "yes", by=request.user)
    except ActRefused as refused:
        return _show(request, found, problem=refusal_in_words(refused), status=422)
    return _done(request, found, gettext("Written down."))


@require_POST
@allowed_to("close_journey")
def close(request: StaffRequest, journey_id: int) -> HttpResponse:
    """Close a journey on which nothing is owed any more."""
    found = journey_in_reach(request, journey_id)
    try:
        close_journey(journey=found.pk, by=request.user)
    except ActRefused as refused:
        return _show(request, found, problem=refusal_in_words(refused), status=422)
    return _done(request, found, gettext("The journey is closed."))


def journey_in_reach(request: StaffRequest, journey_id: int) -> Any:
    """Give a journey within the reader's reach; raises Refused, or Http404 for who reaches all, as a customer does."""
    found = journey_with_id(journey_id) if journey_id < 2**63 else None
    book = book_of(request.user, day=timezone.localdate())
    if found is not None and book.holds_person(found.person_id):
        return found
    if found is None and book.whole:
        raise Http404(f"no journey {journey_id}")
    because = gettext("This customer is served by somebody else.")
    raise Refused(
        refuse(request, act="open_customer", subject_kind="journey", subject_id=journey_id, because=because)
    )


def _done(request: StaffRequest, found: Any, said: str) -> HttpResponse:
    """Show the section again, or go back to where the form stood."""
    if request.htmx:
        return _show(request, journey_with_id(found.pk), said=said)
    return HttpResponseRedirect(back_of(request, reverse("journey", args=[found.pk])))


def _stands_alone(request: StaffRequest, found: Any) -> bool:
    """Tell whether the section that is swapped stands on the journey's own page."""
    path = (request.htmx.current_url_abs_path or "").partition("?")[0]
    return bool(path == reverse("journey", args=[found.pk]))


def _where_it_stands(request: StaffRequest, found: Any) -> str:
    """Give the page that holds the section: the address of an act itself shows nothing when it is gone back to."""
    here = request.get_full_path() if request.method == "GET" else None
    return (request.htmx.current_url_abs_path if request.htmx else here) or reverse(
        "journey", args=[found.pk]
    )


def _show(
    request: StaffRequest, found: Any, *, said: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    served = book_of(request.user, day=today).served([found.person_id])
    context = {
        "here": "journeys",
        "page": journey_page(found, user=request.user, now=timezone.now()),
        "name": found.person.name if served else masked_name(found.person.name),
        "said": said,
        "problem": problem,
        "key": new_key(),
        "today": today,
        "most_note": LONGEST_NOTE,
        "whole": not request.htmx or _stands_alone(request, found),
        "back": _where_it_stands(request, found),
    }
    template = "journeys/section.html" if request.htmx else "journeys/journey.html"
    # A small swap is made for an answer of 200 alone.
    return render(request, template, context, status=200 if request.htmx else status)
