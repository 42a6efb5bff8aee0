"""Show the workbench, and take what was done: a recorded contact or a waiver. One operation a view."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from upheld.faces.addresses import text_in
from upheld.faces.book import Book, book_of
from upheld.faces.editions import edition_in_force
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.faces.promise_lines import Line, lines_of
from upheld.faces.reminders import reminders_for
from upheld.faces.workbench.forms import ContactForm, WaiverForm, fresh_contact_form
from upheld.faces.workbench.page import workbench_page
from upheld.faces.workbench.recorded import recorded_in_words, recorded_many_in_words, refusal_in_words
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused
from upheld.operations.waive_promise import waive_promise
from upheld.policy.contacts import channels_keeping
from upheld.policy.editions import Edition
from upheld.records.promises.queries import promise_with_id
from upheld.records.standards.queries import loaded_edition


@require_GET
@allowed_to("use_workbench")
def workbench(request: StaffRequest) -> HttpResponse:
    """Show what is owed: today, this week, overdue, and what can be done already."""
    today = timezone.localdate()
    page = workbench_page(
        request.GET,
        book=book_of(request.user, day=today),
        edition=edition_in_force(day=today).edition,
        today=today,
    )
    context = {
        "here": "workbench",
        "page": page,
        "today": today,
        "recorded": recorded_in_words(text_in(request.GET, "recorded"))
        or recorded_many_in_words(text_in(request.GET, "recorded_many"), by_id=request.user.pk),
        "picking": page.begun > 0 and may(request.user, "record_contact"),
        "may_record": may(request.user, "record_contact"),
        "may_waive": may(request.user, "waive_promise"),
    }
    return render(request, "workbench/workbench.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to("record_contact")
def record(request: StaffRequest, promise_id: int) -> HttpResponse:
    """Record the contact that keeps a promise; sent twice with one key, it is recorded once."""
    today = timezone.localdate()
    promise, book = _promise(promise_id), book_of(request.user, day=today)
    if not book.holds_promise(promise):
        return _not_yours(request, promise)
    edition = edition_in_force(day=today).edition
    (line,) = lines_of([promise], edition=edition, book=book)
    channels = channels_offered(promise)
    reminders = reminders_for(edition, channels)
    if request.method == "GET":
        return _form(request, line, today, form=fresh_contact_form(channels), reminders=reminders)
    form = ContactForm(request.POST, channels=channels)
    if not form.is_valid():
        return _form(request, line, today, form=form, reminders=reminders, status=422)
    try:
        recorded = record_contact(
            by=request.user,
            person=promise.person,
            group=promise.group,
            promise=promise,
            channel=form.cleaned_data["channel"],
            happened_at=form.cleaned_data["happened_at"],
            outcome=form.cleaned_data["outcome"],
            report=form.cleaned_data["report"],
            key=form.cleaned_data["key"],
        )
    except ActRefused as refused:
        form.add_error(None, refusal_in_words(refused))
        return _form(request, line, today, form=form, reminders=reminders, status=422)
    words = recorded_in_words(form.cleaned_data["key"])
    kept = {one.pk for one in recorded.kept}
    # A promise broken in earnest stays broken; done late, it leaves the list all the same.
    was_broken = promise.state == "broken" and promise.pk not in kept
    done_late = was_broken and recorded.interaction.outcome == "reached"
    if promise.pk not in kept and not done_late and request.htmx:
        return _still_owed(request, line, today, words)
    others = sorted(kept - {promise.pk})
    return _done(
        request,
        line,
        book=book,
        edition=edition,
        words=words,
        also_closed=others,
        icon="late" if done_late else "kept",
        key=form.cleaned_data["key"],
    )


@require_http_methods(["GET", "POST"])
@allowed_to("waive_promise")
def waive(request: StaffRequest, promise_id: int) -> HttpResponse:
    """Waive a promise with a reason; whoever is signed in is the approver."""
    today = timezone.localdate()
    promise, book = _promise(promise_id), book_of(request.user, day=today)
    if not book.holds(person_id=promise.person_id, group_id=promise.group_id):
        return _not_yours(request, promise)
    edition = edition_in_force(day=today).edition
    (line,) = lines_of([promise], edition=edition, book=book)
    form = WaiverForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "GET" or not form.is_valid():
        return _form(request, line, today, waive_form=form, status=200 if request.method == "GET" else 422)
    try:
        waive_promise(promise=promise, reason=form.cleaned_data["reason"], approver=request.user)
    except ActRefused as refused:
        form.add_error(None, refusal_in_words(refused))
        return _form(request, line, today, waive_form=form, status=422)
    words = gettext("Waived: %(reason)s") % {"reason": form.cleaned_data["reason"]}
    return _done(request, line, book=book, edition=edition, words=words, icon="waived")


def channels_offered(promise: Any) -> list[str]:
    """Give the channels that keep a promise by the edition it was made under, the planned action ahead."""
    edition = loaded_edition(promise.edition)
    keeping = channels_keeping(edition=edition, clause=promise.clause, action=promise.action)
    return sorted(keeping, key=lambda one: one != promise.action)


def back_of(request: StaffRequest, otherwise: str) -> str:
    """Find where a form sends its reader afterwards: the page it came from, when that is one of ours."""
    asked = (
        request.POST.get("back")
        or request.headers.get("HX-Current-URL")
        or request.headers.get("Referer")
        or ""
    )
    ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours and asked else otherwise


def _promise(promise_id: int) -> Any:
    promise = promise_with_id(promise_id)
    if promise is None:
        raise Http404(f"no promise {promise_id}")
    return promise


def _not_yours(request: StaffRequest, promise: Any) -> HttpResponse:
    because = gettext("This promise belongs to a customer whom you do not serve.")
    return refuse(request, act="open_promise", subject_kind="promise", subject_id=promise.pk, because=because)


def _form(request: StaffRequest, line: Line, today: date, *, status: int = 200, **shown: Any) -> HttpResponse:
    """Show a form: inside the row for a small swap, else as a page of its own.

    A small swap is answered with 200 even where a field is wrong, because htmx shows nothing else.
    """
    context = {
        "here": "workbench",
        "owed": line,
        "today": today,
        "heading": f"{line.title} · {line.customer_name}",
        "action_url": reverse("record", args=[line.id]),
        "back": back_of(request, reverse("workbench")),
        "picking": _picking(request),
        **shown,
    }
    if not request.htmx:
        return render(request, "workbench/record.html", context, status=status)
    if request.method == "POST":
        context |= {"opened": "waive" if "waive_form" in shown else "record", "may_record": True}
        return render(request, "workbench/owed.html", context)
    template = "workbench/waive_form.html" if "waive_form" in shown else "workbench/record_form.html"
    return render(request, template, context)


def _picking(request: StaffRequest) -> bool:
    """Tell whether the row goes back into a list of one kind of contact, where rows can be ticked."""
    asked = QueryDict(back_of(request, "").partition("?")[2])
    return bool(asked.get("action")) and may(request.user, "record_contact")


def _still_owed(request: StaffRequest, line: Line, today: date, words: str) -> HttpResponse:
    """Show the row again with a note: the contact is stored, and yet the promise is still owed."""
    context = {
        "owed": line, "today": today, "note": words, "may_record": True, "picking": _picking(request),
    }  # fmt: skip
    return render(request, "workbench/owed.html", context)


def _done(
    request: StaffRequest,
    line: Line,
    *,
    book: Book,
    edition: Edition,
    words: str,
    icon: str = "kept",
    also_closed: list[int] | None = None,
    key: str = "",
) -> HttpResponse:
    """Confirm: the row turns into its own receipt, or, without JavaScript, the page before comes back with it."""
    back = back_of(request, reverse("workbench"))
    if not request.htmx:
        address, _, query = back.partition("?")
        asked = QueryDict(query, mutable=True)
        if key:
            asked["recorded"] = key
        return HttpResponseRedirect(f"{address}?{asked.urlencode()}")
    asked = QueryDict(back.partition("?")[2])
    context = {
        "owed": line,
        "done_icon": icon,
        "done_title": f"{line.title} · {line.customer_name}",
        "done_words": words,
        "also_closed": also_closed or [],
        "page": workbench_page(asked, book=book, edition=edition, today=book.day, customers=False),
    }
    return render(request, "workbench/done.html", context)
