"""The pages of the counter. A counter serves whoever comes: names stay masked until the clerk opens the form."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from upheld.faces.addresses import text_in
from upheld.faces.counter import words
from upheld.faces.counter.finding import found_at_counter
from upheld.faces.counter.forms import RequestForm, known_of
from upheld.faces.counter.printing import form_of, promised_in_words
from upheld.faces.counter.waiting import waiting_page
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.workbench.forms import key_sent, new_key, words_sent
from upheld.gateways.forms_pdf import FontMissing, printed
from upheld.operations.counter.open_request import BadItems, open_request
from upheld.operations.counter.waiting_list import arrive, call_next, finish
from upheld.operations.refusals import ActRefused
from upheld.operations.reveal_name import reveal_name
from upheld.operations.reveal_number import reveal_number
from upheld.policy.facts import fen_as_yuan
from upheld.records.cases.queries import case_with_id, cases_of_person
from upheld.records.counter.queries import arrival_with_id, cases_of_request, request_with_id
from upheld.records.people.queries import person_with_code, services_of_person
from upheld.records.tiers.queries import membership_on


@require_GET
@allowed_to("use_counter")
def counter(request: StaffRequest) -> HttpResponse:
    """Show who waits, and find a customer or a case by its number; as one types, only the list is sent."""
    q = text_in(request.GET, "q").strip()
    found = found_at_counter(q, day=timezone.localdate())
    if request.htmx:
        return render(request, "counter/found.html", {"q": q, "found": found})
    return _counter(request, q=q, found=found)


def _counter(request: StaffRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "here": "counter",
        "page": waiting_page(request.user, now=timezone.now()),
        "key": new_key(),
        "call_key": new_key(),
        **more,
    }
    return render(request, "counter/counter.html", context, status=status)


@require_POST
@allowed_to("use_counter")
def arrived(request: StaffRequest) -> HttpResponse:
    """Give a number to somebody who came; with a code, to that customer, who may have priority."""
    code, person = request.POST.get("code", ""), None
    if code:
        person = _person(code)
    try:
        arrive(by=request.user, person=person, key=key_sent(request.POST))
    except ActRefused as refused:
        return _counter(request, refused=words.refusal_in_words(refused), status=409)
    return HttpResponseRedirect(reverse("counter"))


@require_POST
@allowed_to("use_counter")
def next_called(request: StaffRequest) -> HttpResponse:
    """Call whoever is next."""
    try:
        called = call_next(by=request.user, key=key_sent(request.POST))
    except ActRefused as refused:
        return _counter(request, refused=words.refusal_in_words(refused), status=409)
    if called is None:
        return HttpResponseRedirect(f"{reverse('counter')}?nobody=1")
    return HttpResponseRedirect(reverse("counter"))


@require_POST
@allowed_to("use_counter")
def finished(request: StaffRequest, arrival_id: int) -> HttpResponse:
    """Write down that somebody was served, or had gone."""
    try:
        finish(arrival=arrival_id, by=request.user, served=request.POST.get("served") != "no")
    except ActRefused as refused:
        return _counter(request, refused=words.refusal_in_words(refused), status=409)
    return HttpResponseRedirect(reverse("counter"))


@require_http_methods(["GET", "POST"])
@allowed_to("use_counter")
def take_request(request: StaffRequest, code: str) -> HttpResponse:
    """Show the one form of a customer, filled in with what is known, and store it once."""
    person = _person(code)
    services = services_of_person(person.pk)
    if request.method == "GET":
        return _form(request, person, RequestForm(services, known=_known(person, services)))
    form = RequestForm(services, data=request.POST, known=_known(person, services))
    try:
        taken = open_request(
            by=request.user,
            person=person,
            items=form.items,
            key=key_sent(request.POST),
            note=words_sent(request.POST, "note", longest=1_000),
        )
    except BadItems as bad:
        form.faults = bad.faults
        return _form(request, person, form, told=words.faults_in_words(bad.faults), status=422)
    except ActRefused as refused:
        return _form(request, person, form, told=[words.refusal_in_words(refused)], status=422)
    _serve(request)
    return HttpResponseRedirect(reverse("counter-request", args=[taken.request_id]))


def _serve(request: StaffRequest) -> None:
    """Finish with whoever was called for this form; a number that ended meanwhile stays as it ended."""
    arrival = _arrival(request)
    if arrival is None:
        return
    try:
        finish(arrival=arrival, by=request.user, served=True)
    except ActRefused:
        return


def _arrival(request: StaffRequest) -> Any:
    asked = request.POST.get("arrival") or request.GET.get("arrival") or ""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 18):
        return None
    return arrival_with_id(int(asked))


def _known(person: Any, services: Any) -> dict[str, str]:
    last = next((one for one in cases_of_person(person.pk) if one.address), None)
    return known_of(person, services, last.address if last else "", (last.area or "") if last else "")


def _form(
    request: StaffRequest,
    person: Any,
    form: RequestForm,
    *,
    told: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the form; the look at name and number is in the audit trail, for the form needs both whole."""
    name = reveal_name(person=person, by=request.user)
    number = reveal_number(person=person, by=request.user)
    held = membership_on([person.pk], timezone.localdate()).get(person.pk)
    context = {
        "here": "counter",
        "person": person,
        "name": name,
        "number": number,
        "card": held.card if held else None,
        "standing": held.state if held else None,
        "services": form.service_names,
        "plan": "" if person.plan_monthly_fen is None else fen_as_yuan(person.plan_monthly_fen),
        "form": form,
        "told": told or [],
        "key": key_sent(request.POST),
        "note": request.POST.get("note", ""),
        "arrival": _arrival(request),
        "open_cases": [one for one in cases_of_person(person.pk) if one.state != "closed"],
    }
    return render(request, "counter/request.html", context, status=status)


@require_GET
@allowed_to("use_counter")
def taken(request: StaffRequest, request_id: int) -> HttpResponse:
    """Show what was stored: the cases, what is promised by when, and the form to print."""
    stored = _request(request_id)
    cases = [one for pk in cases_of_request(stored.pk) if (one := case_with_id(pk)) is not None]
    shown = [
        {
            "case": one,
            "items": [item for item in stored.items if item["case"] == one.pk],
            "promised": promised_in_words([each for each in stored.promised if each["case"] == one.pk]),
        }
        for one in cases
    ]
    context = {
        "here": "counter",
        "stored": stored,
        "shown": shown,
        "page": waiting_page(request.user, now=timezone.now()),
        "call_key": new_key(),
    }
    return render(request, "counter/taken.html", context)


@require_GET
@allowed_to("use_counter")
def print_request(request: StaffRequest, request_id: int) -> HttpResponse:
    """Give the form as PDF, to be signed; the look at name and number is in the audit trail."""
    stored = _request(request_id)
    cases = [one for pk in cases_of_request(stored.pk) if (one := case_with_id(pk)) is not None]
    services = {one.code: words.service_name(one) for one in services_of_person(stored.person_id)}
    form = form_of(
        stored,
        cases=cases,
        services=services,
        name=reveal_name(person=stored.person, by=request.user),
        number=reveal_number(person=stored.person, by=request.user),
    )
    try:
        pdf = printed(form)
    except FontMissing:
        because = gettext("The font of printed forms is missing on this server. Ask the administrator.")
        return render(request, "counter/no_print.html", {"here": "counter", "because": because}, status=503)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="R{stored.pk}.pdf"'
    return answer


def _person(code: str) -> Any:
    person = person_with_code(code)
    if person is None:
        raise Http404(f"no person {code}")
    return person


def _request(request_id: int) -> Any:
    stored = request_with_id(request_id)
    if stored is None:
        raise Http404(f"no request {request_id}")
    return stored
