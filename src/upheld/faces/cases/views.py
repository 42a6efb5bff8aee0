"""Show a case to whoever has to do with it, and take what is done with it: one operation a view, refusals in words."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from upheld.faces.book import Book, book_of
from upheld.faces.cases.acts import ACTS, acts_offered, do_act, form_of
from upheld.faces.cases.bands import as_of
from upheld.faces.cases.files import download
from upheld.faces.cases.page import case_page, standing_of_case
from upheld.faces.cases.reach import reaches_case
from upheld.faces.cases.refusals import refusal_in_words
from upheld.faces.editions import edition_in_force
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.faces.workbench.views import back_of
from upheld.operations.refusals import ActRefused
from upheld.records.cases.queries import attachment_with_id, case_with_id


@require_GET
@allowed_to("read_case")
def case(request: StaffRequest, case_id: int) -> HttpResponse:
    """Show a case, or with `at` how it stood at a moment."""
    found, book = case_with_id(case_id), _book(request)
    if found is None or not reaches_case(book, found):
        return _not_yours(request, book, found, case_id)
    done = ACTS.get(request.GET.get("done", ""))
    return _show(request, found, book, notice=str(done.done) if done else "")


@require_POST
@allowed_to("work_case")
def case_act(request: StaffRequest, case_id: int, act: str) -> HttpResponse:
    """Do one of the acts of a case; sent twice with one key it is done once, and who comes second is told."""
    found, book = case_with_id(case_id), _book(request)
    if found is None or not reaches_case(book, found):
        return _not_yours(request, book, found, case_id)
    if act not in ACTS:
        raise Http404(f"no act {act}")
    what, standing = ACTS[act], standing_of_case(found)
    form = form_of(what, found, request.user, standing, request.POST, request.FILES)
    if form.is_valid():
        try:
            do_act(what, form, case=found, by=request.user, standing=standing)
        except ActRefused as refused:
            form.add_error(None, refusal_in_words(refused))
    elif act not in acts_offered(found, request.user, standing):
        # A list of the form may be empty by now, because somebody else was quicker.
        form.add_error(None, gettext("The case stands otherwise by now. Look at it again."))
    if form.errors:
        fresh = case_with_id(case_id)
        return _show(request, fresh, book, refused=(act, form), status=422)
    if request.htmx:
        return _show(request, case_with_id(case_id), book, notice=str(what.done))
    return HttpResponseRedirect(f"{reverse('case', args=[case_id])}?done={act}")


@require_GET
@allowed_to("read_case")
def case_file(request: StaffRequest, case_id: int, file_id: int) -> HttpResponse:
    """Hand out a file of a case as a download."""
    found, book = case_with_id(case_id), _book(request)
    if found is None or not reaches_case(book, found):
        return _not_yours(request, book, found, case_id)
    attachment = attachment_with_id(case_id, file_id)
    if attachment is None:
        raise Http404(f"no file {file_id} in case {case_id}")
    return download(attachment)


def _show(
    request: StaffRequest,
    found: Any,
    book: Book,
    *,
    notice: str = "",
    refused: tuple[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the page, or for a small swap what lies in it; a refused act lies open with its words."""
    now = timezone.now()
    page = case_page(
        found,
        edition=edition_in_force(day=book.day).edition,
        book=book,
        now=now,
        at=as_of(request.GET.get("at"), now=now, first=found.opened_at),
        whole=request.GET.get("span") == "whole",
    )
    problems: list[str] = []
    if refused is not None:
        act, form = refused
        problems = [problem for told in form.errors.values() for problem in told]
        for one in page.offered:
            if one.act.name == act:
                one.form, one.opened = form, True
                problems = []
    context = {
        "here": "cases",
        "page": page,
        "case": found,
        "notice": notice,
        "problems": problems,
        # Whoever deals with the case should not answer for its customer.
        "may_send_survey": may(request.user, "lead_cases"),
        "survey_host": request.build_absolute_uri("/")[:-1],
        "back_url": back_of(request, reverse("workbench")),
    }
    if request.htmx:
        # htmx swaps no answer that is an error.
        return render(request, "cases/body.html", context)
    return render(request, "cases/case.html", context, status=status)


def _book(request: StaffRequest) -> Book:
    return book_of(request.user, day=timezone.localdate())


def _not_yours(request: StaffRequest, book: Book, found: Any, case_id: int) -> HttpResponse:
    """Refuse a case out of reach, and one that is not there alike; to who reaches all, it is simply not found."""
    if found is None and book.whole:
        raise Http404(f"no case {case_id}")
    because = gettext("This case belongs to a customer whom you do not serve, and you have no part in it.")
    return refuse(request, act="open_case_page", subject_kind="case", subject_id=case_id, because=because)
