"""The pages of the day and of the board, and the moving of a card: one operation a view."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from upheld.faces.assignment.clashes import ClashLine, clash_lines
from upheld.faces.book import Book, book_of
from upheld.faces.editions import edition_in_force
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.faces.promise_lines import lines_of
from upheld.faces.templatetags.shown import day as day_in_words
from upheld.faces.workbench.board import board_page
from upheld.faces.workbench.day import day_page, figures_of
from upheld.faces.workbench.page import asked_of
from upheld.faces.workbench.recorded import refusal_in_words
from upheld.faces.workbench.views import back_of
from upheld.operations.appointment_clashes import clashes_of
from upheld.operations.plan_day import OutsideWindow, ask_waiver, plan_day
from upheld.operations.refusals import ActRefused
from upheld.records.promises.planned import waivers_asked, was_asked
from upheld.records.promises.queries import Responsible, Whose, promise_with_id


@require_GET
@allowed_to("use_workbench")
def day(request: StaffRequest) -> HttpResponse:
    """Show one day: appointments, activities, and what is planned, in the order asked for."""
    now = timezone.now()
    book = book_of(request.user, day=timezone.localdate(now))
    whose = asked_of(request.GET, book=book)
    edition = edition_in_force(day=book.day).edition
    page = day_page(request.GET, whose=whose, book=book, edition=edition, now=now)
    context = {
        "here": "workbench",
        "way": "day",
        "page": page,
        "figures": figures_of(whose, day=page.day),
        "whose": whose,
        "clashes": _clashes(whose.responsible, book),
        "today": book.day,
        "may_record": may(request.user, "record_contact"),
        "may_arrange": may(request.user, "arrange_days"),
    }
    return render(request, "workbench/day.html", context)


def _clashes(responsible: Responsible, book: Book) -> list[ClashLine]:
    """Give the appointments in one time that are to be settled; not those of a whole company."""
    if isinstance(responsible, Whose):
        return []
    staff = {responsible} if isinstance(responsible, int) else set(responsible)
    return clash_lines(clashes_of(staff, from_date=book.day), book=book)


@require_GET
@allowed_to("use_workbench")
def board(request: StaffRequest) -> HttpResponse:
    """Show a week's board, with what the lead was asked to waive."""
    return render(request, "workbench/board.html", _board(request, request.GET))


class DayForm(forms.Form):
    """To which day a promise is moved, and which day the page showed; empty is none."""

    day = forms.DateField(required=False)
    seen = forms.DateField(required=False)
    shows = forms.DateField(required=False)
    employee = forms.CharField(required=False, max_length=64)


@require_POST
@allowed_to("arrange_days")
def plan(request: StaffRequest, promise_id: int) -> HttpResponse:
    """Move a promise to another day of its window; the board comes back with what happened, or why it did not."""
    promise, form = _promise(promise_id), DayForm(request.POST)
    book = book_of(request.user, day=timezone.localdate())
    if not book.holds_promise(promise):
        return _not_yours(request, promise_id, act="plan_day")
    said, refused, outside = "", "", None
    if not form.is_valid():
        refused = gettext("This is no day. Write it such as 2026-03-02.")
    else:
        chosen = form.cleaned_data["day"]
        try:
            plan_day(promise=promise_id, day=chosen, by=request.user, seen=form.cleaned_data["seen"])
        except OutsideWindow as problem:
            refused = refusal_outside(problem)
            outside = chosen
        except ActRefused as problem:
            refused = refusal_in_words(problem)
        else:
            said = gettext("Planned for %(day)s.") % {"day": day_in_words(chosen)} if chosen else ""
            said = said or gettext("Taken off the plan.")
    if not request.htmx and not refused:
        return HttpResponseRedirect(back_of(request, reverse("board")))
    context = _board(request, _asked(form)) | {
        "said": said,
        "refused": refused,
        "moved": promise_id,
        "ask_for": promise if outside is not None and not was_asked(promise_id) else None,
        "asked_already": outside is not None and was_asked(promise_id),
        "wished": outside,
    }
    if request.htmx:
        return render(request, "workbench/board_body.html", context)
    return render(request, "workbench/board.html", context, status=422)


def refusal_outside(problem: OutsideWindow) -> str:
    """Say that a day lies outside the window, and what can be done about it."""
    return gettext(
        "The standard owes this between %(from)s and %(due)s. Another day needs a waiver by the lead."
    ) % {"from": day_in_words(problem.from_date), "due": day_in_words(problem.due_date)}


class AskForm(forms.Form):
    """Why the lead should waive a promise, and on which day it would be done instead."""

    reason = forms.CharField(
        label=_("Why it cannot be done in its time"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
        error_messages={"required": _("A waiver needs a reason.")},
    )
    wished = forms.DateField(
        label=_("Day on which it would be done instead"),
        required=False,
        widget=forms.DateInput(attrs={"class": "form-control", "type": "date"}, format="%Y-%m-%d"),
    )


@require_http_methods(["GET", "POST"])
@allowed_to("arrange_days")
def ask(request: StaffRequest, promise_id: int) -> HttpResponse:
    """Ask the lead to waive a promise that cannot be kept in its window."""
    promise = _promise(promise_id)
    book = book_of(request.user, day=timezone.localdate())
    if not book.holds_promise(promise):
        return _not_yours(request, promise_id, act="ask_waiver")
    form = AskForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            ask_waiver(
                promise=promise_id,
                by=request.user,
                reason=form.cleaned_data["reason"],
                wished_day=form.cleaned_data["wished"],
            )
        except ActRefused as problem:
            form.add_error(None, refusal_in_words(problem))
        else:
            return HttpResponseRedirect(f"{reverse('board')}?asked=1")
    (line,) = lines_of([promise], edition=edition_in_force(day=book.day).edition, book=book)
    context = {"here": "workbench", "way": "board", "form": form, "owed": line, "back": reverse("board")}
    return render(request, "workbench/ask_waiver.html", context, status=422 if form.errors else 200)


def _asked(form: DayForm) -> dict[str, str]:
    """Give the week and the employee that the page showed, as an address would."""
    shows: date | None = form.cleaned_data.get("shows")
    employee = form.cleaned_data.get("employee") or ""
    return ({"day": shows.isoformat()} if shows else {}) | ({"employee": employee} if employee else {})


def _board(request: StaffRequest, asked: Any) -> dict[str, Any]:
    now = timezone.now()
    book = book_of(request.user, day=timezone.localdate(now))
    whose = asked_of(asked, book=book)
    edition = edition_in_force(day=book.day).edition
    page = board_page(asked, whose=whose, book=book, edition=edition, now=now)
    waivers = waivers_asked(responsible=whose.responsible)
    lines = lines_of([one.promise for one in waivers], edition=edition, book=book)
    return {
        "here": "workbench",
        "way": "board",
        "page": page,
        "whose": whose,
        "today": book.day,
        "waivers": list(zip(waivers, lines, strict=True)),
        "may_waive": may(request.user, "waive_promise"),
        "may_arrange": may(request.user, "arrange_days"),
        "said": gettext("The lead was asked.") if asked.get("asked") else "",
    }


def _promise(promise_id: int) -> Any:
    promise = promise_with_id(promise_id)
    if promise is None:
        raise Http404(f"no promise {promise_id}")
    return promise


def _not_yours(request: StaffRequest, promise_id: int, *, act: str) -> HttpResponse:
    because = gettext("This promise belongs to a customer whom you do not serve.")
    return refuse(request, act=act, subject_kind="promise", subject_id=promise_id, because=because)
