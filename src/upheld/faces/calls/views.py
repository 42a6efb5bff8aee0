"""Show how a day of calls went, and how many agents the next one needs."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from upheld.faces.calls.asked import NUMBERS, day_asked, neighbours, queue_asked, staffing_asked
from upheld.faces.calls.figures import figures_of
from upheld.faces.calls.tomorrow import patience_measured, staffing_of, usual_target
from upheld.faces.editions import edition_in_force
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.records.telephony.queries import latest_day, queues


@require_GET
@allowed_to("read_calls")
def day(request: StaffRequest) -> HttpResponse:
    """Show the shares answered in time, the waits and the half hours of a day, the latest one first."""
    today = timezone.localdate()
    latest = latest_day()
    shown, problem = day_asked(request.GET, otherwise=latest or today)
    names = queues()
    queue = queue_asked(request.GET, queues=names)
    edition = edition_in_force(day=shown).edition
    before, after = neighbours(shown)
    context = {
        "here": "calls",
        "tab": "day",
        "day": shown,
        "before": before,
        "after": after,
        "problem": problem,
        "queues": names,
        "queue": queue or "",
        "figures": figures_of(shown, queue=queue, edition=edition),
        "has_calls": latest is not None,
        "latest": latest,
    }
    return render(request, "calls/day.html", context)


@require_GET
@allowed_to("read_calls")
def staffing(request: StaffRequest) -> HttpResponse:
    """Show how many agents each half hour of a day to come needs, tomorrow unless another day is asked for."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    shown, problem = day_asked(request.GET, otherwise=tomorrow)
    names = queues()
    queue = queue_asked(request.GET, queues=names)
    edition = edition_in_force(day=shown).edition
    asked = staffing_asked(request.GET, otherwise=usual_target(edition, shown))
    values = {number.name: getattr(asked, number.name) for number in NUMBERS}
    context = {
        "here": "calls",
        "tab": "staffing",
        "day": shown,
        "problems": [one for one in (problem, *asked.problems) if one],
        "queues": names,
        "queue": queue or "",
        "fields": [
            {"number": number, "value": "" if values[number.name] is None else values[number.name]}
            for number in NUMBERS
        ],
        "measured_patience": patience_measured(before=shown, queue=queue),
        "staffing": staffing_of(shown, queue=queue, asked=asked, edition=edition),
        "asked": asked,
    }
    return render(request, "calls/staffing.html", context)
