"""The section Cases on the page of a person or a group; fetched after the page, so that the page itself stays quick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from upheld.faces import case_words
from upheld.faces.clock_lines import line_of_owed
from upheld.faces.customers.reach import customer_in_reach
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.records.cases.queries import cases_of_group, cases_of_person, open_clocks_of

CASES_SHOWN = 20


@require_GET
@allowed_to("read_case")
def cases_of_the_person(request: StaffRequest, code: str) -> HttpResponse:
    """List the cases of a person within reach, the open ones first."""
    who, _ = customer_in_reach(request, "person", code)
    cases = cases_of_person(who.pk, limit=CASES_SHOWN)
    return _list(request, cases, back=reverse("person", args=[code]))


@require_GET
@allowed_to("read_case")
def cases_of_the_group(request: StaffRequest, code: str) -> HttpResponse:
    """List the cases of a group within reach, those of its people about it among them."""
    which, _ = customer_in_reach(request, "group", code)
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
