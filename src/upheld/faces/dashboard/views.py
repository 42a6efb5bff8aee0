"""Show what was upheld, clause by clause, and the promises behind every figure."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from upheld.faces.addresses import is_code
from upheld.faces.book import book_of
from upheld.faces.dashboard.counts import (
    COLUMNS,
    Scope,
    chart_of,
    counts_of,
    promises_url,
    scope_of,
    standards_of,
    total_of,
)
from upheld.faces.dashboard.periods import PERIODS, Period, period_of
from upheld.faces.dashboard.reach import reached_by
from upheld.faces.editions import clause_title, edition_in_force, edition_with_clause
from upheld.faces.permissions import StaffRequest, allowed_to, may
from upheld.faces.promise_lines import lines_of
from upheld.faces.templatetags.shown import in_language
from upheld.records.promises.queries import Cursor, Whose, promises_of_clause

PROMISES_A_PAGE = 50


@require_GET
@allowed_to("read_dashboard")
def dashboard(request: StaffRequest) -> HttpResponse:
    """Show the figures of a period: in all, by clause, and the coverage targets; `clause` leads on to that clause."""
    if is_code(request.GET.get("clause")):
        rest = request.GET.copy()
        (clause_id,) = rest.pop("clause")[-1:]
        address = reverse("dashboard-promises", args=[clause_id])
        return HttpResponseRedirect(f"{address}?{rest.urlencode()}" if rest else address)
    today = timezone.localdate()
    period, book = period_of(request.GET, today=today), book_of(request.user, day=today)
    scope = scope_of(request.GET.get("unit"), book=book)
    edition = edition_in_force(day=today).edition
    counts = counts_of(period, scope)
    tables = standards_of(counts, edition=edition, period=period, scope=scope)
    page = SimpleNamespace(
        period=period,
        period_options=[{"key": key, "label": label} for key, label in PERIODS.items()],
        problem=period.problem,
        scope_words=scope.words,
        units=scope.units,
        unit=scope.unit_code,
        total=total_of(counts),
        standards=tables,
        chart=chart_of(tables),
        # The targets are about the whole company, so they are shown to those who answer for the whole.
        targets_url=reverse("coverage-targets")
        if may(request.user, "read_targets") and not scope.unit_code
        else "",
    )
    return render(request, "dashboard/dashboard.html", {"here": "dashboard", "page": page})


@require_GET
@allowed_to("read_targets")
def targets(request: StaffRequest) -> HttpResponse:
    """Show how far the shares that the standard asks for are reached; it takes a look at the whole base."""
    today = timezone.localdate()
    measured = reached_by(edition=edition_in_force(day=today).edition, day=today)
    whole_page = not request.htmx
    template = "dashboard/targets_page.html" if whole_page else "dashboard/targets.html"
    return render(request, template, {"here": "dashboard", "targets": measured})


@require_GET
@allowed_to("read_dashboard")
def promises(request: StaffRequest, clause_id: str) -> HttpResponse:
    """List the promises behind a figure: one clause, one period, one state, paged; cancelled ones apart."""
    today = timezone.localdate()
    period, book = period_of(request.GET, today=today), book_of(request.user, day=today)
    scope = scope_of(request.GET.get("unit"), book=book)
    found = edition_with_clause(clause_id, day=today)
    if found is None:
        raise Http404(f"no clause {clause_id}")
    edition = found.edition
    counts = total_of(counts_of(period, scope, clause=clause_id))
    state = request.GET.get("state", "owed")
    state = state if state in COLUMNS or state == "cancelled" else "owed"
    page = promises_of_clause(
        clause_id,
        due_from=period.from_date,
        due_until=period.to_date + timedelta(days=1),
        states=None if state == "owed" else ["kept" if state == "late" else state],
        late=True if state == "late" else None,
        responsible=Whose.EVERYBODY if scope.employee_ids is None else scope.employee_ids,
        unit_ids=scope.unit_ids,
        after=_cursor(request.GET.get("after")),
        size=PROMISES_A_PAGE,
    )
    title = in_language(clause_title(edition, clause_id))
    context = {
        "here": "dashboard",
        "clause_id": clause_id,
        "heading": f"{clause_id} {title}",
        "period": period,
        "scope_words": scope.words,
        "state": state,
        "tabs": _tabs(clause_id, counts, period, scope),
        "promises": lines_of(page.promises, edition=edition, book=book),
        "today": today,
        "back": f"{reverse('dashboard')}?{urlencode({**period.query, **scope.query})}",
        "first_page": "after" not in request.GET,
        "after": f"{page.after[0].isoformat()}_{page.after[1]}" if page.after else "",
    }
    return render(request, "dashboard/promises.html", context)


def _tabs(clause_id: str, counts: Any, period: Period, scope: Scope) -> list[dict[str, Any]]:
    labels = {**COLUMNS, "owed": gettext("All owed"), "cancelled": gettext("Cancelled")}
    return [
        {
            "key": key,
            "label": label,
            "count": getattr(counts, key),
            "url": promises_url(clause_id, key, period, scope),
        }
        for key, label in labels.items()
    ]


def _cursor(text: str | None) -> Cursor | None:
    """Read where the page before ended; anything unreadable begins from the start."""
    due, _sign, last = (text or "").partition("_")
    try:
        return (date.fromisoformat(due), int(last))
    except ValueError:
        return None
