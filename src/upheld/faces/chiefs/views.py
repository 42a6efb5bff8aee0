"""The pages of chief customer representatives: the coverage and who is missing, and the month of each executive."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from upheld.faces.addresses import text_in
from upheld.faces.book import book_of
from upheld.faces.chiefs.coverage import coverage_page
from upheld.faces.chiefs.month import chief_month
from upheld.faces.editions import edition_in_force
from upheld.faces.months import in_address, month_after, month_asked, month_before
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.workbench.forms import key_sent, new_key, words_sent
from upheld.faces.workbench.recorded import recorded_in_words
from upheld.faces.workbench.recorded import refusal_in_words as contact_refused
from upheld.operations.assign_manager import assign_manager
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused
from upheld.records.people.queries import group_with_code, person_with_code
from upheld.records.staff.chiefs import chief_with_code

CHANNELS = ("call", "visit")
MOST_WORDS = 2_000


@require_GET
@allowed_to("read_chiefs")
def chiefs(request: StaffRequest) -> HttpResponse:
    """Show each target of KEY-40, which groups are missing, and how many groups each executive has."""
    return _coverage(request)


@require_POST
@allowed_to("assign_chief")
def assign(request: StaffRequest) -> HttpResponse:
    """Give a group an executive: the one chosen, or whom the rules of assignment choose."""
    group = group_with_code(text_in(request.POST, "group")[:64])
    if group is None:
        raise Http404("no such group")
    asked = text_in(request.POST, "employee")[:64]
    chosen = chief_with_code(asked) if asked else None
    if asked and chosen is None:
        return _coverage(request, problem=gettext("Choose one of the executives."))
    try:
        done = assign_manager(
            group=group,
            kind="chief_representative",
            by=request.user,
            day=timezone.localdate(),
            employee=chosen.pk if chosen else None,
        )
    except ActRefused as refused:
        known = {"nobody_to_choose": gettext("There is no executive whom the rules could choose.")}
        return _coverage(request, problem=known.get(refused.code, refused.message))
    return HttpResponseRedirect(f"{reverse('chiefs')}?to={done.employee_id}&group={group.pk}")


@require_GET
@allowed_to("own_chief_month")
def own_month(request: StaffRequest) -> HttpResponse:
    """Show an executive the own month; who oversees chooses whose on the page of the coverage."""
    return _month(request, request.user)


@require_GET
@allowed_to("chief_month")
def month_of_other(request: StaffRequest, code: str) -> HttpResponse:
    """Show the month of an executive to who oversees, and to the executive."""
    employee = chief_with_code(code)
    if employee is None:
        raise Http404(f"no executive {code}")
    if request.user.job == "chief_representative" and employee.pk != request.user.pk:
        because = gettext("This is another executive's month.")
        return refuse(
            request, act="chief_month", subject_kind="employee", subject_id=employee.pk, because=because
        )
    return _month(request, employee)


@require_POST
@allowed_to("record_contact")
def record(request: StaffRequest, code: str) -> HttpResponse:
    """Record with one tap that a top person was just called or met; a few words go with it."""
    person, book = person_with_code(code), book_of(request.user, day=timezone.localdate())
    if person is None or not book.holds_person(person.pk):
        because = gettext("This customer is served by somebody else.")
        return refuse(request, act="record_contact", subject_kind="person", subject_id=code, because=because)
    key, channel = key_sent(request.POST), request.POST.get("channel", "")
    report = words_sent(request.POST, "report", longest=MOST_WORDS)
    if channel not in CHANNELS:
        return _month(request, request.user, problem=gettext("Say whether you called or met."))
    try:
        record_contact(
            by=request.user,
            channel=channel,
            happened_at=timezone.now(),
            key=key,
            person=person,
            report=report,
        )
    except ActRefused as refused:
        return _month(request, request.user, problem=contact_refused(refused))
    return HttpResponseRedirect(f"{reverse('chief-month')}?recorded={key}")


def _month(request: StaffRequest, employee: Any, *, problem: str = "") -> HttpResponse:
    today = timezone.localdate()
    first = month_asked(text_in(request.GET, "month"), today=today)
    page = chief_month(
        employee,
        first=first,
        book=book_of(request.user, day=today),
        edition=edition_in_force(day=today).edition,
    )
    own = employee.pk == request.user.pk
    context = {
        "here": "chiefs",
        "page": page,
        "own": own,
        "before": in_address(month_before(first)),
        "after": in_address(month_after(first)),
        "today": today,
        "keys": new_key(),
        "problem": problem,
        "notice": recorded_in_words(text_in(request.GET, "recorded")),
        "month_url": reverse("chief-month") if own else reverse("chief-month-of", args=[employee.code]),
    }
    return render(request, "chiefs/month.html", context, status=422 if problem else 200)


def _coverage(request: StaffRequest, *, problem: str = "") -> HttpResponse:
    page = coverage_page(day=timezone.localdate())
    to, group = request.GET.get("to", ""), request.GET.get("group", "")
    notice = ""
    if to.isascii() and to.isdigit() and group:
        name = next((one.name for one in page.executives if one.id == int(to[:18])), "")
        notice = gettext("%(name)s keeps the tie now.") % {"name": name} if name else ""
    context = {"here": "chiefs", "page": page, "problem": problem, "notice": notice}
    return render(request, "chiefs/chiefs.html", context, status=422 if problem else 200)
