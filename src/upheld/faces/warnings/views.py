"""Show the bell and its list, and take note of what was seen."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from upheld.faces.book import book_of
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.warnings.lines import lines_of
from upheld.operations.see_warning import reader_of, see_warnings
from upheld.records.promises.warnings import MOST_COUNTED, unseen_count, warnings_for

SHOWN = 100
LONGEST_ID = 18


@require_GET
@allowed_to("signed_in")
def bell(request: StaffRequest) -> HttpResponse:
    """Give the bell with its count; every page asks for it once it is there, and each minute."""
    count = unseen_count(reader_of(request.user), now=timezone.now())
    return render(request, "warnings/bell.html", _count(count))


@require_GET
@allowed_to("signed_in")
def warnings(request: StaffRequest) -> HttpResponse:
    """List what the reader was warned of and is not done: what is unseen, or all of it."""
    return render(request, "warnings/warnings.html", _page(request, everything="all" in request.GET))


@require_POST
@allowed_to("signed_in")
def seen(request: StaffRequest) -> HttpResponse:
    """Take note of one warning, or of all that reach the reader, and show what is left."""
    chosen = request.POST.get("warning", "")
    if chosen:
        is_number = chosen.isascii() and chosen.isdigit() and len(chosen) <= LONGEST_ID
        see_warnings(by=request.user, warnings=[int(chosen)] if is_number else [])
    else:
        see_warnings(by=request.user)
    everything = "all" in request.POST
    if request.htmx:
        return render(
            request, "warnings/list.html", {**_page(request, everything=everything), "swapped": True}
        )
    return HttpResponseRedirect(reverse("warnings") + ("?all=1" if everything else ""))


def _page(request: StaffRequest, *, everything: bool) -> dict[str, Any]:
    now, reader = timezone.now(), reader_of(request.user)
    found = warnings_for(reader, now=now, unseen_only=not everything, limit=SHOWN)
    book = book_of(request.user, day=timezone.localdate(now))
    lines = lines_of(found, book=book, now=now)
    return {
        "lines": lines,
        "everything": everything,
        "at_most": len(lines) if len(found) == SHOWN else 0,
        **_count(unseen_count(reader, now=now)),
    }


def _count(count: int) -> dict[str, Any]:
    return {"unseen": count, "unseen_words": f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)}
