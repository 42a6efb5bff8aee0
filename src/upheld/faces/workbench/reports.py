"""Reports from the road: written in a minute on a telephone, kept there without a connection, stored once.

The page and the service worker beside it are kept on the device, so the page holds as little of customers as will do:
masked names and what is owed. The key of a report is made on the device before it is first sent.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.staticfiles import finders
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from upheld.faces import why, wording
from upheld.faces.book import book_of
from upheld.faces.masking import masked_name
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.workbench.recorded import recorded_in_words, refusal_in_words
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused
from upheld.records.promises.planned import hours_agreed, planned_between, slipped
from upheld.records.promises.queries import Lane, promise_with_id, worklist

DAYS_AHEAD = 7
_SHOWN = 60


@require_GET
@allowed_to("record_contact")
def reports(request: StaffRequest) -> HttpResponse:
    """Show what may be reported in the coming days, for a telephone that may lose its connection."""
    context = {
        "here": "workbench",
        "way": "reports",
        "owed": _owed_on_the_road(request.user.pk),
        "outcomes": wording.OUTCOMES.items(),
        "channels": wording.ACTIONS,
        "made_at": timezone.localtime(),
    }
    return render(request, "workbench/reports.html", context)


def _owed_on_the_road(employee_id: int) -> list[dict[str, Any]]:
    """Give what can be done by now: agreed and planned for these days, with its day past, and due today or before."""
    today = timezone.localdate()
    rows: dict[int, Any] = {}
    for one in (
        *planned_between(
            responsible=employee_id, from_date=today, until_date=today + timedelta(days=DAYS_AHEAD)
        ),
        *slipped(responsible=employee_id, today=today, limit=_SHOWN)[0],
        *worklist(Lane.TODAY, responsible=employee_id, today=today, size=_SHOWN).promises,
    ):
        if one.from_date <= today + timedelta(days=DAYS_AHEAD):
            rows.setdefault(one.pk, one)
    shown = list(rows.values())[:_SHOWN]
    begins = hours_agreed(one.pk for one in shown if one.source == "appointment")
    return [
        {
            "id": one.pk,
            "action": one.action,
            "title": why.title_of(action=one.action, on_occasion=one.on_occasion),
            "customer": one.group.name if one.person is None else masked_name(one.person.name),
            "channels": ",".join(one.channels or [one.action]),
            "day": one.planned_on,
            "begins_at": begins.get(one.pk),
        }
        for one in shown
    ]


class ReportForm(forms.Form):
    """What a device sends: its key, the promise, what happened, and how long ago by its own clock."""

    key = forms.RegexField(r"^[0-9a-zA-Z-]{8,64}$")
    promise = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    channel = forms.CharField(max_length=32)
    outcome = forms.CharField(max_length=32)
    report = forms.CharField(required=False, max_length=2_000)
    # Only the difference counts: a telephone may be minutes wrong, and is so by the same minutes twice.
    seconds_ago = forms.IntegerField(min_value=0, max_value=400 * 24 * 3600)


@require_POST
@allowed_to("record_contact")
def send_report(request: StaffRequest) -> JsonResponse:
    """Store a report that a device kept; sent again, it is answered as the first time and stored once."""
    if request.POST.get("owner", request.user.code) != request.user.code:
        # The page of whoever had the device before still stands open: this report is not the reader's to send.
        words = gettext("You are signed out. Sign in again, and what waits is sent.")
        return JsonResponse({"done": False, "words": words}, status=401)
    form = ReportForm(request.POST)
    if not form.is_valid():
        problems = " ".join(str(one) for found in form.errors.values() for one in found)
        return JsonResponse({"done": False, "words": problems}, status=422)
    given = form.cleaned_data
    promise = promise_with_id(given["promise"])
    book = book_of(request.user, day=timezone.localdate())
    if promise is None:
        return JsonResponse({"done": False, "words": gettext("There is no such promise.")}, status=422)
    if not book.holds_promise(promise):
        refuse(request, act="open_promise", subject_kind="promise", subject_id=promise.pk)
        words = gettext("This promise belongs to a customer whom you do not serve.")
        return JsonResponse({"done": False, "words": words}, status=403)
    try:
        record_contact(
            by=request.user,
            person=promise.person,
            group=promise.group,
            promise=promise,
            channel=given["channel"],
            happened_at=timezone.now() - timedelta(seconds=given["seconds_ago"]),
            outcome=given["outcome"],
            report=given["report"],
            key=f"road-{request.user.pk}-{given['key']}",
        )
    except ActRefused as refused:
        return JsonResponse({"done": False, "words": refusal_in_words(refused)}, status=422)
    return JsonResponse({"done": True, "words": recorded_in_words(f"road-{request.user.pk}-{given['key']}")})


@require_GET
@allowed_to("public")
def worker(request: StaffRequest) -> HttpResponse:
    """Serve the service worker from below /work/, for a worker reaches no further than where it comes from."""
    answer = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _worker() -> str:
    found = finders.find("upheld/worker.js")
    if not isinstance(found, str):
        raise Http404("the service worker is missing")
    return Path(found).read_text("utf-8")
