"""Show the coverage figures against the trial's, and hand them out as a file (CARE-41)."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from upheld.faces.book import book_of
from upheld.faces.coverage.page import CoveragePage, coverage_page
from upheld.faces.dashboard.periods import FIRST_DAY
from upheld.faces.editions import edition_in_force
from upheld.faces.permissions import StaffRequest, allowed_to

_RISKY = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@allowed_to("read_dashboard")
def coverage(request: StaffRequest) -> HttpResponse:
    """Show the figures of the months that end with a day, today unless another one is asked for."""
    page, problem, book = _page(request)
    kept = {"day": page.day.isoformat()}
    if page.shown is not None:
        kept["manager"] = page.shown.code
    if page.group_class:
        kept["class"] = page.group_class
    context = {
        "here": "coverage",
        "page": page,
        "problem": problem,
        "book": book,
        "query": urlencode(kept),
        "day_query": urlencode({"day": page.day.isoformat()}),
        "today": timezone.localdate(),
    }
    return render(request, "coverage/coverage.html", context)


@require_GET
@allowed_to("read_dashboard")
def coverage_csv(request: StaffRequest) -> HttpResponse:
    """Hand out the same figures by manager as CSV, which Excel opens in Chinese too."""
    page, _problem, _book = _page(request)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="coverage-{page.day.isoformat()}.csv"'
    writer = csv.writer(response)
    writer.writerow(
        [
            gettext("Employee number"),
            gettext("Manager"),
            gettext("Unit"),
            gettext("Served"),
            gettext("Tried often enough"),
            gettext("Reached often enough"),
            gettext("Answers"),
            gettext("Satisfied"),
            gettext("Very satisfied"),
            gettext("Recommended"),
            gettext("Offers accepted"),
        ]
    )
    for line in page.managers:
        one = line.figures
        writer.writerow(
            [
                *(_safe(text) for text in (line.code, line.name, line.unit)),
                *(one.served, one.contacted, one.reached, one.answers, one.satisfied, one.very_satisfied),
                *(one.recommended, one.accepted),
            ]
        )
    return response


def _safe(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text


def _page(request: StaffRequest) -> tuple[CoveragePage, str, Any]:
    today = timezone.localdate()
    day, problem = today, ""
    if request.GET.get("day"):
        try:
            day = date.fromisoformat(request.GET["day"])
        except ValueError:
            problem = gettext("There is no such day; today is shown.")
        if not FIRST_DAY + timedelta(days=800) <= day <= today:
            day, problem = today, gettext("There is no such day; today is shown.")
    book = book_of(request.user, day=today)
    edition = edition_in_force(day=day).edition
    return coverage_page(request.GET, book=book, edition=edition, day=day), problem, book
