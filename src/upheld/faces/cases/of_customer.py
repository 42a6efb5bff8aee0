"""The section Cases on the page of a person or a group; fetched after the page, so that the page itself stays quick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from upheld.faces import case_words
from upheld.faces.book import book_of
from upheld.faces.clock_lines import line_of_owed
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.records.cases.queries import cases_of_group, cases_of_person, open_clocks_of
from upheld.records.people.queries import group_with_code, person_with_code

CASES_SHOWN = 20


@require_GET
@allowed_to("read_case")
def cases_of_the_person(request: StaffRequest, code: str) -> HttpResponse:
    """List the cases of a person within reach, the open ones first."""
    who, book = person_with_code(code), book_of(request.user, day=timezone.localdate())
    if who is None or not book.holds_person(who.pk):
        return _not_yours(request, "person", code, found=who is not None, whole=book.whole)
    cases = cases_of_person(who.pk, limit=CASES_SHOWN)
    return _list(request, cases, back=reverse("person", args=[code]))


@require_GET
@allowed_to("read_case")
def cases_of_the_group(request: StaffRequest, code: str) -> HttpResponse:
    """List the cases of a group within reach, those of its people about it among them."""
    which, book = group_with_code(code), book_of(request.user, day=timezone.localdate())
    if which is None or not book.holds_group(which.pk):
        return _not_yours(request, "group", code, found=which is not None, whole=book.whole)
    cases = cases_of_group(which.pk, limit=CASES_SHOWN)
    return _list(request, cases, back=reverse("group", args=[code]))


def _list(request: StaffRequest, cases: Sequence[Any], *, back: str) -> HttpResponse:
    now = timezone.now()
    owed = open_clocks_of([one.pk for one in cases if one.state != "closed"])
    lines = [
        {
            "case": one,
            "title": case_words.case_title(one.kind, one.order_type),
            "next": next((line_of_owed(clock, now=now) for clock in owed.get(one.pk, ())), None),
        }
        for one in cases
    ]
    context = {"here": "customers", "lines": lines, "back_url": back, "most": CASES_SHOWN}
    template = "cases/of_customer.html" if request.htmx else "cases/of_customer_page.html"
    return render(request, template, context)


def _not_yours(request: StaffRequest, kind: str, code: str, *, found: bool, whole: bool) -> HttpResponse:
    if whole and not found:
        raise Http404(f"no {kind} {code}")
    because = gettext("This customer is served by somebody else.")
    return refuse(request, act="open_customer", subject_kind=kind, subject_id=code, because=because)
