"""Show a customer or a group, find one, show a number to those who serve the person, and record a contact."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from upheld.faces.addresses import page_number, text_in
from upheld.faces.book import Book, book_of
from upheld.faces.customers.finding import find
from upheld.faces.customers.pages import group_page, person_page
from upheld.faces.customers.reach import customer_in_reach
from upheld.faces.editions import edition_in_force
from upheld.faces.masking import masked_name, masked_number
from upheld.faces.permissions import StaffRequest, allowed_to, may
from upheld.faces.reminders import PLACES, duties_of_a_contact, reminders_for
from upheld.faces.workbench.forms import ContactForm, fresh_contact_form
from upheld.faces.workbench.recorded import recorded_in_words, refusal_in_words
from upheld.faces.workbench.views import back_of
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused
from upheld.operations.reveal_name import reveal_name
from upheld.operations.reveal_number import reveal_number


@require_GET
@allowed_to("read_customers")
def search(request: StaffRequest) -> HttpResponse:
    """Find persons and groups of the user's book; as one types, only the list is sent."""
    book, q = book_of(request.user, day=timezone.localdate()), request.GET.get("q", "").strip()
    context = {"here": "customers", "q": q, "found": find(q, book=book), "book_words": book.words}
    whole_page = not request.htmx
    return render(request, "people/search.html" if whole_page else "people/found.html", context)


@require_GET
@allowed_to("read_customers")
def person(request: StaffRequest, code: str) -> HttpResponse:
    """Show a person: card and why, entitlements, promises past and coming, contacts."""
    who, _ = customer_in_reach(request, "person", code)
    return _show_person(request, who, form=fresh_contact_form())


@require_GET
@allowed_to("read_customers")
def group(request: StaffRequest, code: str) -> HttpResponse:
    """Show a group: its key persons and what the group itself is owed."""
    which, _ = customer_in_reach(request, "group", code)
    return _show_group(request, which, form=fresh_contact_form())


@require_POST
@allowed_to("show_number")
def show_number(request: StaffRequest, code: str) -> HttpResponse:
    """Show a number whole to those who serve the person, and leave a row in the audit log."""
    who, _ = customer_in_reach(request, "person", code)
    number = reveal_number(person=who, by=request.user)
    if not request.htmx:
        return _show_person(request, who, form=fresh_contact_form(), number=number)
    return render(request, "people/number.html", {"person": who, "shown": number, "whole": True})


@require_POST
@allowed_to("read_customers")
def show_name(request: StaffRequest, code: str) -> HttpResponse:
    """Show a name whole to somebody who does not serve the person, and leave a row in the audit log."""
    who, book = customer_in_reach(request, "person", code)
    if book.served([who.pk]):
        return HttpResponseRedirect(reverse("person", args=[code]))
    name = reveal_name(person=who, by=request.user)
    if not request.htmx:
        return _show_person(request, who, form=fresh_contact_form(), name=name)
    return render(request, "people/name.html", {"person": who, "name": name, "name_asked": True})


@require_POST
@allowed_to("record_contact")
def record_person(request: StaffRequest, code: str) -> HttpResponse:
    """Record a contact with a person; it keeps whatever promise the standard lets it keep."""
    who, _ = customer_in_reach(request, "person", code)
    form, refused = _record(request, person=who)
    if refused:
        return _show_person(request, who, form=form, status=422)
    return _recorded(reverse("person", args=[who.code]), form)


@require_POST
@allowed_to("record_contact")
def record_group(request: StaffRequest, code: str) -> HttpResponse:
    """Record a contact with a group."""
    which, _ = customer_in_reach(request, "group", code)
    form, refused = _record(request, group=which)
    if refused:
        return _show_group(request, which, form=form, status=422)
    return _recorded(reverse("group", args=[which.code]), form)


def _record(request: StaffRequest, **subject: Any) -> tuple[ContactForm, bool]:
    """Check the form and record the contact; tell whether the form has to be shown again."""
    form = ContactForm(request.POST)
    if not form.is_valid():
        return form, True
    given = {name: form.cleaned_data[name] for name in ("channel", "happened_at", "outcome", "report", "key")}
    try:
        record_contact(by=request.user, **subject, **given)
    except ActRefused as refused:
        form.add_error(None, refusal_in_words(refused))
        return form, True
    return form, False


def _recorded(address: str, form: ContactForm) -> HttpResponse:
    return HttpResponseRedirect(f"{address}?recorded={form.cleaned_data['key']}")


def _show_person(
    request: StaffRequest,
    who: Any,
    *,
    form: ContactForm,
    status: int = 200,
    number: str | None = None,
    name: str | None = None,
) -> HttpResponse:
    """Show the page of a person; `number` and `name` are given where the reader asked to see them whole."""
    book = _book(request)
    edition, is_served = edition_in_force(day=book.day).edition, bool(book.served([who.pk]))
    page = person_page(who, edition=edition, book=book, page=page_number(request.GET))
    is_contact = any(role["role"] == "contact" for role in page.roles)
    context = _shared(request, form, "record-person", who.code) | {
        "duties": duties_of_a_contact(edition) if is_contact else [],
        "person": who,
        "name": name or (who.name if is_served else masked_name(who.name)),
        "name_asked": name is not None,
        "may_show_name": not is_served and name is None,
        "page": page,
        "today": book.day,
        "number": number or masked_number(who.phone),
        "number_whole": number is not None,
        "may_show_number": may(request.user, "show_number"),
    }
    return render(request, "people/person.html", context, status=status)


def _show_group(request: StaffRequest, which: Any, *, form: ContactForm, status: int = 200) -> HttpResponse:
    book = _book(request)
    page = group_page(
        which, edition=edition_in_force(day=book.day).edition, book=book, page=page_number(request.GET)
    )
    context = _shared(request, form, "record-group", which.code) | {
        "group": which,
        "page": page,
        "today": book.day,
    }
    return render(request, "people/group.html", context, status=status)


def _shared(request: StaffRequest, form: ContactForm, action: str, code: str) -> dict[str, Any]:
    return {
        "here": "customers",
        "form": form,
        "action_url": reverse(action, args=[code]),
        "back": back_of(request, reverse("workbench")),
        "recorded": recorded_in_words(text_in(request.GET, "recorded")),
        "reminders": reminders_for(edition_in_force(day=timezone.localdate()).edition, PLACES),
        "may_record": may(request.user, "record_contact"),
    }


def _book(request: StaffRequest) -> Book:
    return book_of(request.user, day=timezone.localdate())
