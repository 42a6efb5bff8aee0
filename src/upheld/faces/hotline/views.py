"""The desk and the caller's page: find who calls, register who is not known, and show all of it on one screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from upheld.faces.addresses import text_in
from upheld.faces.editions import edition_in_force
from upheld.faces.hotline.caller_page import CallerPage, caller_page
from upheld.faces.hotline.case_lists import CASES_SHOWN, call_backs_owed, cases_of_agent, queue_of_unit
from upheld.faces.hotline.finding import Found, callers_called, callers_with_number
from upheld.faces.hotline.forms import CallerForm, CaseForm, services_offered
from upheld.faces.hotline.refusals import refusal_in_words
from upheld.faces.hotline.telling import told_of_stored
from upheld.faces.masking import masked_number
from upheld.faces.permissions import StaffRequest, allowed_to, may
from upheld.faces.workbench.forms import new_key
from upheld.operations.refusals import ActRefused
from upheld.operations.register_caller import register_caller
from upheld.operations.reveal_name import reveal_name
from upheld.records.cases.queries import case_with_id, clocks_of_case
from upheld.records.people.callers import plain_number
from upheld.records.people.queries import person_with_code
from upheld.records.promises.call_backs import call_backs_of

OPENED = "desk_opened"
"""Where the session keeps whose pages the agent has opened: the look at a name is noted once for a call."""

_CALL_LASTS = 30 * 60
_OPENED_AT_MOST = 20


@require_GET
@allowed_to("use_desk")
def desk(request: StaffRequest) -> HttpResponse:
    """Find the caller, and show the agent's own cases, call-backs and the unit's queue.

    `?number=` is what a telephone system opens as a call rings: one hit goes straight to the caller's page.
    """
    number, q = text_in(request.GET, "number").strip()[:40], request.GET.get("q", "").strip()[:100]
    today = timezone.localdate()
    found = callers_with_number(number, day=today) if number else callers_called(q, day=today)
    if request.htmx and not number:
        return render(request, "hotline/found.html", {"found": found, "q": q})
    if len(found) == 1:
        return HttpResponseRedirect(found[0].url)
    form = CallerForm(initial={"key": new_key(), "number": plain_number(number or q)}, label_suffix="")
    return _desk(request, found=found, number=number, q=q, form=form)


@require_POST
@allowed_to("use_desk")
def register(request: StaffRequest) -> HttpResponse:
    """Register a caller whom no file knows, and open the page of the new person."""
    form = CallerForm(request.POST, label_suffix="")
    if form.is_valid():
        given = form.cleaned_data
        try:
            caller = register_caller(
                by=request.user,
                name=given["name"],
                phone=given["number"],
                key=given["key"],
                gender=given["gender"] or None,
            )
        except ActRefused as refused:
            form.add_error(None, refusal_in_words(refused))
        else:
            return HttpResponseRedirect(reverse("caller", args=[caller.code]))
    return _desk(request, found=[], number="", q=form.data.get("number", ""), form=form, status=422)


def _desk(
    request: StaffRequest, *, found: list[Found], number: str, q: str, form: CallerForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context = {
        "here": "desk",
        "now": now,
        "q": q or number,
        "number": masked_number(number),
        "asked": bool(q or number),
        "found": found,
        "form": form,
        "shown": CASES_SHOWN,
        "mine": cases_of_agent(request.user.pk, now=now),
        "call_backs": call_backs_owed(call_backs_of(request.user.pk), now=now),
        "queue": queue_of_unit(request.user.unit_id, now=now),
        "may_work": may(request.user, "work_case"),
    }
    return render(request, "hotline/desk.html", context, status=status)


@require_GET
@allowed_to("use_desk")
def caller(request: StaffRequest, code: str) -> HttpResponse:
    """Show who calls and all that is open and owed."""
    return show_caller(request, person_or_404(code))


def person_or_404(code: str) -> Any:
    """Give a person by code. A caller may be anybody's customer, so that no book narrows this."""
    person = person_with_code(code)
    if person is None:
        raise Http404(f"no person {code}")
    return person


def _note_the_look(request: StaffRequest, person: Any) -> None:
    """Log the unmasking of a name once for a call: looking again within half an hour is the same call."""
    now = int(timezone.now().timestamp())
    opened = request.session.get(OPENED, {})
    if now - opened.get(str(person.pk), 0) < _CALL_LASTS:
        return
    reveal_name(person=person, by=request.user)
    recent = sorted({**opened, str(person.pk): now}.items(), key=lambda one: one[1])[-_OPENED_AT_MOST:]
    request.session[OPENED] = dict(recent)


def show_caller(
    request: StaffRequest, person: Any, *, form: CaseForm | None = None, status: int = 200
) -> HttpResponse:
    """Show the page of a caller; with a `form` that has faults, it stands open.

    The name is needed here; whatever leads to the page, the look at it is noted, once for a call.
    """
    _note_the_look(request, person)
    now = timezone.now()
    edition = edition_in_force(day=timezone.localdate()).edition
    page = caller_page(person, edition=edition, agent=request.user, now=now)
    ringing = _ringing(page, text_in(request.GET, "rang"))
    context = {
        "here": "desk",
        "now": now,
        "page": page,
        "person": person,
        "shown": masked_number(ringing["number"] if ringing else person.phone),
        "may_show_number": may(request.user, "show_number"),
        "may_open": may(request.user, "open_case"),
        "may_work": may(request.user, "work_case"),
        "form": form or fresh_case_form(page, ringing=ringing),
        "form_open": form is not None or "new" in request.GET,
        "opened": _opened(request, person, now=now),
        "today": timezone.localdate(),
    }
    return render(request, "hotline/caller.html", context, status=status)


def _ringing(page: CallerPage, asked: str) -> dict[str, Any] | None:
    """Give the caller's service that rings, where the address names one of theirs."""
    return next((one for one in page.services if str(one["id"]) == asked), None)


def fresh_case_form(page: CallerPage, *, ringing: dict[str, Any] | None) -> CaseForm:
    """Give an empty form with what is known filled in: the service that rang or the only one, and the place."""
    services = services_offered(page.services)
    only = [code for code, _ in services] if len(services) == 1 else []
    known = {
        "key": new_key(),
        "service": str(ringing["id"]) if ringing else next(iter(only), ""),
        "area": last_area_of(page),
    }
    return CaseForm(services=services, in_group=page.place is not None, initial=known)


def last_area_of(page: CallerPage) -> str:
    """Give the place that the caller's latest open case was about, for want of a better address; '' for none."""
    return next((one.area for one in page.cases if one.area), "")


def _opened(request: StaffRequest, person: Any, *, now: Any) -> dict[str, Any] | None:
    """Give the case that was just opened, with the clocks that began and what may be told of them."""
    asked = text_in(request.GET, "opened")
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 18):
        return None
    case = case_with_id(int(asked))
    if case is None or case.person_id != person.pk:
        return None
    edition = edition_in_force(day=timezone.localdate()).edition
    return {"case": case, "clocks": told_of_stored(clocks_of_case(case.pk), edition=edition, now=now)}


def back_to_caller(code: str, **asked: Any) -> HttpResponse:
    """Send the agent back to the caller's page, with what was just done."""
    query = f"?{urlencode(asked)}" if asked else ""
    return HttpResponseRedirect(reverse("caller", args=[code]) + query)
