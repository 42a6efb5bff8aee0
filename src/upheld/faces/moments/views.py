"""Show the key moments of a day, a week, a month and what waits; take down what came of a talk; show what it does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from upheld.faces.book import book_of
from upheld.faces.dashboard.periods import FIRST_DAY, LAST_DAY, PERIODS, period_of
from upheld.faces.moments import words
from upheld.faces.moments.effect import effect_page
from upheld.faces.moments.forms import ResultForm
from upheld.faces.moments.lines import line_of, lines_of
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.faces.workbench.forms import new_key
from upheld.operations.record_moment import record_moment
from upheld.operations.refusals import ActRefused
from upheld.policy.moments import period_of as period_of_list
from upheld.records.messages.consents import last_consent
from upheld.records.moments.queries import (
    moment_with_id,
    moments_of_person,
    moments_waiting_for,
    sent_moments,
)

MOST_SHOWN = 300


@require_GET
@allowed_to("read_moments")
def moments(request: StaffRequest) -> HttpResponse:
    """Show one list: today's, this week's, this month's, or what waits."""
    today = timezone.localdate()
    book = book_of(request.user, day=today)
    tab = request.GET.get("tab", "")
    day, problem = _day_asked(request.GET.get("day"), today)
    lists = {}
    for dispatch in ("day", "week", "month"):
        first, last = period_of_list(dispatch, day)
        lists[dispatch] = sent_moments(
            employee_ids=book.employee_ids,
            dispatch=dispatch,
            from_date=first,
            until_date=last,
            limit=MOST_SHOWN,
        )
    waiting, number_waiting = moments_waiting_for(person_ids=book.people, limit=MOST_SHOWN)
    if tab not in words.LISTS:
        tab = next((one for one in ("day", "week", "month") if lists[one]), "day")
    shown = waiting if tab == "waiting" else lists[tab]
    counts = {**{one: _not_done(found) for one, found in lists.items()}, "waiting": number_waiting}
    first, last = (day, day) if tab == "waiting" else period_of_list(tab, day)
    context = {
        "here": "moments",
        "tab": tab,
        "tabs": [{"key": key, "label": label, "count": counts[key]} for key, label in words.LISTS.items()],
        "lines": lines_of(shown, book=book),
        "book": book,
        "day": day,
        "today": today,
        "first": first,
        "last": last,
        "before": first - timedelta(days=1) if first > FIRST_DAY else None,
        "after": last + timedelta(days=1) if last < today else None,
        "problem": problem,
        "most": MOST_SHOWN if len(shown) == MOST_SHOWN else 0,
    }
    return render(request, "moments/moments.html", context)


def _not_done(found: list[Any]) -> int:
    return sum(one.fate.promise.state == "open" for one in found)


def _day_asked(asked: str | None, today: date) -> tuple[date, str]:
    """Read the day; nonsense, and a day to come, is today, with a word."""
    if not asked:
        return today, ""
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return today, gettext("There is no such day; today is shown.")
    if not FIRST_DAY <= day <= min(today, LAST_DAY):
        return today, gettext("There is no such day; today is shown.")
    return day, ""


@require_http_methods(["GET", "POST"])
@allowed_to("read_moments")
def moment(request: StaffRequest, moment_id: int) -> HttpResponse:
    """Show one moment with its reasons and talks, and take down what came of another."""
    found = moment_with_id(moment_id)
    if found is None:
        raise Http404(f"no moment {moment_id}")
    book = book_of(request.user, day=timezone.localdate())
    fate = getattr(found, "fate", None)
    promise = fate.promise if fate is not None else None
    # A deputy owes the talk for a time, to a customer of another book.
    within = book.holds_promise(promise) if promise is not None else book.holds_person(found.person_id)
    if not within:
        because = gettext("This customer is not in your book.")
        return refuse(
            request, act="read_moment", subject_kind="moment", subject_id=moment_id, because=because
        )
    tells = fate is not None and fate.promise_id is not None and may(request.user, "record_moment")
    if request.method == "POST" and not may(request.user, "record_moment"):
        return refuse(request, act="record_moment", subject_kind="moment", subject_id=moment_id)
    form, status = None, 200
    consent = last_consent(found.person_id)
    if tells:
        sent = request.POST if request.method == "POST" else None
        fresh = {"key": new_key(), "happened_at": timezone.localtime(), "channel": "call"}
        form = ResultForm(sent, moment=found, consent=consent, initial=fresh)
        if request.method == "POST":
            if form.is_valid() and _told(form, found, request.user):
                return HttpResponseRedirect(f"{reverse('moment', args=[moment_id])}?told=1")
            status = 422
    elif request.method == "POST":
        return refuse(request, act="record_moment", subject_kind="moment", subject_id=moment_id)
    context = {
        "here": "moments",
        "line": line_of(found, served=found.person_id in book.served([found.person_id])),
        "moment": found,
        "form": form,
        "told": "told" in request.GET,
        "consent": consent,
        "earlier": [
            line_of(one, served=True) for one in moments_of_person(found.person_id) if one.pk != moment_id
        ],
        "list": found.dispatch if fate is not None else "waiting",
    }
    return render(request, "moments/moment.html", context, status=status)


def _told(form: ResultForm, found: Any, user: Any) -> bool:
    """Store the result; where the act refuses, say so on the form."""
    try:
        record_moment(moment=found.pk, by=user, **form.act())
    except ActRefused as refused:
        form.add_error(None, words.refusal_in_words(refused))
        return False
    return True


@require_GET
@allowed_to("read_moments")
def results(request: StaffRequest) -> HttpResponse:
    """Show what came of the moments that were sent in a period, by kind, against what it cost (CARE-38)."""
    today = timezone.localdate()
    book = book_of(request.user, day=today)
    period = period_of(request.GET if request.GET else {"period": "quarter"}, today=today)
    context = {
        "here": "moments",
        "tab": "results",
        "period": period,
        "period_options": [{"key": key, "label": label} for key, label in PERIODS.items()],
        "book": book,
        "page": effect_page(
            from_date=period.from_date, until_date=period.to_date, employee_ids=book.employee_ids
        ),
    }
    return render(request, "moments/results.html", context)
