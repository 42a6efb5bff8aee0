"""Where messages reach somebody by mail and messengers: set and withdrawn here, and never shown whole."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from upheld.faces.addresses import text_in
from upheld.faces.customers.reach import customer_in_reach
from upheld.faces.messages.lines import address_lines
from upheld.faces.messages.views import person_messages
from upheld.faces.messages.words import CHANNELS, refusal_in_words
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.operations.messages.set_address import set_address
from upheld.operations.refusals import ActRefused
from upheld.policy.message_addresses import LONGEST
from upheld.records.messages.queries import addresses_of_employee
from upheld.records.staff.unserved import employee_with_code


@require_POST
@allowed_to("set_address")
def of_person(request: StaffRequest, code: str) -> HttpResponse:
    """Set or withdraw where a customer of the own book is reached."""
    person, _ = customer_in_reach(request, "person", code, act="set_address")
    try:
        set_address(to=person, by=request.user, **_told(request))
    except ActRefused as refused:
        return person_messages(request, code, address_problem=refusal_in_words(refused), status=422)
    if request.htmx:
        return person_messages(request, code)
    return HttpResponseRedirect(reverse("person", args=[code]))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to("keep_addresses")
def of_staff(request: StaffRequest) -> HttpResponse:
    """Show and set where the reader is reached, or, for who looks after all, a colleague."""
    asked = text_in(request.GET, "employee")[:64]
    whose = employee_with_code(asked) if asked else request.user
    if whose is None:
        raise Http404(f"no employee {asked}")
    if whose != request.user and not may(request.user, "set_address_of_staff"):
        return refuse(request, act="set_address", subject_kind="employee", subject_id=whose.pk)
    problem = ""
    if request.method == "POST":
        try:
            set_address(to=whose, by=request.user, **_told(request))
        except ActRefused as refused:
            problem = refusal_in_words(refused)
        else:
            return HttpResponseRedirect(request.get_full_path())
    context = {
        "here": "more",
        "whose": whose,
        "own": whose == request.user,
        "addresses": address_lines(addresses_of_employee(whose.pk)),
        "ways": list(CHANNELS.items()),
        "may_choose": may(request.user, "set_address_of_staff"),
        "asked": asked,
        "problem": problem,
    }
    return render(request, "messages/addresses.html", context, status=422 if problem else 200)


def _told(request: StaffRequest) -> dict[str, str]:
    """Read the way and the address; one with control characters or too long is none of any way."""
    channel = request.POST.get("channel", "")
    if request.POST.get("act") == "withdraw":
        return {"channel": channel, "address": ""}
    written = request.POST.get("address", "").strip()
    return {"channel": channel, "address": text_in({"address": written}, "address")[: LONGEST + 1] or "?"}
