"""What an agent does during a call: open a case and see its clocks at once, hand it over, promise a call-back, keep it.

Forms that come by htmx lie in a sheet over the caller's page, so that neither the caller nor unsaved text is lost;
without a script each is a page of its own.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from upheld.faces import wording
from upheld.faces.book import book_of
from upheld.faces.cases.reach import reaches_case
from upheld.faces.hotline.caller_page import services_of_caller
from upheld.faces.hotline.case_lists import case_line
from upheld.faces.hotline.forms import (
    CallBackForm,
    CallMadeForm,
    CaseForm,
    HandOverForm,
    in_an_hour,
    services_offered,
)
from upheld.faces.hotline.refusals import refusal_in_words
from upheld.faces.hotline.telling import told_of
from upheld.faces.hotline.views import back_to_caller, person_or_404, show_caller
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.workbench.forms import key_sent, new_key
from upheld.operations.cases.call_backs import keep_call_back, promise_call_back
from upheld.operations.cases.case_facts import who_asks
from upheld.operations.cases.hand_over import hand_over, take_case
from upheld.operations.cases.open_case import clocks_begun_by, open_case
from upheld.operations.refusals import ActRefused
from upheld.records.cases.queries import case_with_id
from upheld.records.people.queries import places_of_people
from upheld.records.promises.call_backs import call_back_with_id
from upheld.records.staff.near import leads_above, units_near

CHANNEL = "hotline"


def _form_of(request: StaffRequest, person: Any, data: Any) -> tuple[CaseForm, int | None]:
    """Read the form of a case; the group is the one in which the caller has the leading place, if any."""
    place = places_of_people([person.pk], day=timezone.localdate()).get(person.pk)
    services = services_offered(services_of_caller(person.pk))
    form = CaseForm(data, services=services, in_group=place is not None)
    # An ordinary member calls for themselves; who has a role calls for the group as well.
    return form, place.group_id if place is not None and place.role else None


@require_POST
@allowed_to("use_desk")
def open_for_caller(request: StaffRequest, code: str) -> HttpResponse:
    """Open a case of the caller; sent twice with one key, it is stored once. All faults are shown at once."""
    person = person_or_404(code)
    form, group_id = _form_of(request, person, request.POST)
    if not form.is_valid():
        return show_caller(request, person, form=form, status=422)
    given = form.cleaned_data
    try:
        opened = open_case(
            by=request.user,
            kind=given["kind"],
            channel=CHANNEL,
            key=given["key"],
            person=person,
            group=group_id,
            service=int(given["service"]) if given["service"] else None,
            area=given["area"] or None,
            address=given["address"],
            summary=given["summary"],
            order_type=given["order_type"] or None,
        )
    except ActRefused as refused:
        form.add_error(None, refusal_in_words(refused))
        return show_caller(request, person, form=form, status=422)
    return back_to_caller(code, opened=opened.case_id)


@require_GET
@allowed_to("use_desk")
def preview_clocks(request: StaffRequest, code: str) -> HttpResponse:
    """Show which clocks a case as chosen so far would begin; nothing is stored."""
    person, now = person_or_404(code), timezone.now()
    form, group_id = _form_of(request, person, request.GET)
    form.is_valid()
    given = form.cleaned_data
    kind, service = given.get("kind"), given.get("service")
    context: dict[str, Any] = {"kind": kind, "clocks": [], "needs_area": "area" in form.errors}
    if kind:
        try:
            asking = who_asks(
                day=timezone.localdate(),
                person_id=person.pk,
                group_id=group_id,
                service_id=int(service) if service else None,
            )
            subject = asking.subject(kind=kind, opened_at=now, area=given.get("area") or None)
            begun = clocks_begun_by(edition=asking.edition, subject=subject)
        except ActRefused as refused:
            context["refused"] = refusal_in_words(refused)
        else:
            context["clocks"] = told_of((one.clock for one in begun), edition=asking.edition, now=now)
    return render(request, "hotline/preview.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to("work_case")
def hand_over_case(request: StaffRequest, case_id: int) -> HttpResponse:
    """Hand a case to the team leader or to a group; who was asked first stays named (CT-8)."""
    case = _case(request, case_id)
    if case is None:
        return _not_yours(request, "case", case_id)
    places = _places(request.user)
    if request.method == "GET":
        form = HandOverForm(initial={"key": new_key()}, places=places)
        return _sheet(request, "hand-over", form, case=case)
    form = HandOverForm(request.POST, places=places)
    if form.is_valid():
        kind, _, pk = form.cleaned_data["to"].partition("-")
        given = {"note": form.cleaned_data["note"], "key": form.cleaned_data["key"]}
        to: dict[str, Any] = {"to_unit": int(pk)} if kind == "unit" else {"to_employee": int(pk)}
        try:
            hand_over(case=case, by=request.user, **to, **given)
        except ActRefused as refused:
            form.add_error(None, refusal_in_words(refused))
        else:
            return _done(request, case, gettext("Handed over."))
    return _sheet(request, "hand-over", form, case=case, status=422)


@require_http_methods(["GET", "POST"])
@allowed_to("work_case")
def promise_a_call(request: StaffRequest, case_id: int) -> HttpResponse:
    """Promise the customer of a case a call (CT-10, CT-12)."""
    case = _case(request, case_id)
    if case is None:
        return _not_yours(request, "case", case_id)
    if request.method == "GET":
        form = CallBackForm(initial={"key": new_key(), "due_at": in_an_hour()}, label_suffix="")
        return _sheet(request, "call-back", form, case=case)
    form = CallBackForm(request.POST, label_suffix="")
    if form.is_valid():
        given = form.cleaned_data
        try:
            promise_call_back(
                case=case,
                by=request.user,
                due_at=given["due_at"],
                note=given["note"],
                key=given["key"],
                responsible=request.user,
            )
        except ActRefused as refused:
            form.add_error("due_at", refusal_in_words(refused))
        else:
            return _done(request, case, gettext("The call-back is promised and stands in your list."))
    return _sheet(request, "call-back", form, case=case, status=422)


@require_http_methods(["GET", "POST"])
@allowed_to("work_case")
def call_made(request: StaffRequest, promise_id: int) -> HttpResponse:
    """Record the call that keeps a call-back; one that reached nobody is kept as evidence, and it stays owed."""
    owed = call_back_with_id(promise_id)
    case = _case(request, owed.case_id if owed is not None else None)
    if case is None:
        return _not_yours(request, "promise", promise_id)
    if request.method == "GET":
        form = CallMadeForm(initial={"key": new_key(), "outcome": "reached"}, label_suffix="")
        return _sheet(request, "call-made", form, case=case, address=[promise_id])
    form = CallMadeForm(request.POST, label_suffix="")
    if form.is_valid():
        given = form.cleaned_data
        try:
            keep_call_back(
                promise=promise_id,
                by=request.user,
                key=given["key"],
                note=given["note"],
                outcome=given["outcome"],
            )
        except ActRefused as refused:
            form.add_error(None, refusal_in_words(refused))
        else:
            return _leave(request, reverse("desk"))
    return _sheet(request, "call-made", form, case=case, address=[promise_id], status=422)


@require_POST
@allowed_to("work_case")
def take(request: StaffRequest, case_id: int) -> HttpResponse:
    """Take a case out of the queue, and go on with its customer."""
    case = _case(request, case_id)
    if case is None:
        return _not_yours(request, "case", case_id)
    try:
        take_case(case=case, by=request.user, key=key_sent(request.POST))
    except ActRefused as refused:
        context = {"here": "desk", "title": gettext("Not taken"), "refused": refusal_in_words(refused)}
        return render(request, "hotline/refused.html", context, status=409)
    return HttpResponseRedirect(_address_of(case))


def _case(request: StaffRequest, case_id: int | None) -> Any:
    """Give a case within the reader's reach, None for one out of it; to who reaches all, a missing one is 404."""
    book = book_of(request.user, day=timezone.localdate())
    case = case_with_id(case_id) if case_id is not None else None
    if case is None and book.whole:
        raise Http404("no such case")
    return case if case is not None and reaches_case(book, case) else None


def _not_yours(request: StaffRequest, kind: str, pk: int) -> HttpResponse:
    """Refuse a case out of reach, and one that is not there alike, as the page of the case does."""
    because = gettext("This case belongs to a customer whom you do not serve, and you have no part in it.")
    return refuse(request, act="work_case", subject_kind=kind, subject_id=pk, because=because)


def _places(agent: Any) -> list[tuple[str, str]]:
    """Offer to whom a case may go: the leads above, nearest first, then the groups, the own one first."""
    leads = [
        (
            f"lead-{one.pk}",
            f"{wording.word(wording.JOBS, one.job)} {one.name} ({one.unit.name if one.unit else ''})",
        )
        for one in leads_above(agent.unit_id)
        if one.pk != agent.pk
    ]
    return [*leads, *((f"unit-{one.pk}", one.name) for one in units_near(agent.unit_id))]


SHEETS = {
    "hand-over": ("desk-hand-over", lambda: gettext("Hand over"), lambda: gettext("Hand over the case")),
    "call-back": ("desk-call-back", lambda: gettext("Call-back"), lambda: gettext("Promise the call")),
    "call-made": ("desk-call-made", lambda: gettext("Record the call"), lambda: gettext("Save the record")),
}


def _sheet(
    request: StaffRequest,
    name: str,
    form: forms.Form,
    *,
    case: Any,
    address: list[int] | None = None,
    status: int = 200,
) -> HttpResponse:
    url, title, button = SHEETS[name]
    context = {
        "here": "desk",
        "form": form,
        "case": case,
        "title": title(),
        "button": button(),
        "action_url": reverse(url, args=address or [case.pk]),
        "back": _address_of(case),
    }
    template = "hotline/sheet.html" if request.htmx else "hotline/sheet_page.html"
    # htmx swaps no answer that is an error.
    return render(request, template, context, status=200 if request.htmx else status)


def _done(request: StaffRequest, case: Any, words: str) -> HttpResponse:
    """Close the sheet and show the case as it stands now; without htmx, go back to the caller."""
    if not request.htmx:
        return HttpResponseRedirect(_address_of(case))
    line = case_line(case.pk, now=timezone.now())
    # On the desk's own lists a row names its customer, on the caller's page that goes without saying.
    named = "/callers/" not in (request.htmx.current_url or "")
    context = {
        "case": line,
        "done": words,
        "may_work": True,
        "out_of_band": True,
        "show_customer": named,
    }
    return render(request, "hotline/done.html", context)


def _leave(request: StaffRequest, address: str) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _address_of(case: Any) -> str:
    return reverse("caller", args=[case.person.code]) if case.person else reverse("desk")
