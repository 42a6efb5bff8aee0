"""Take back a contact that was recorded by mistake: one small form with the reason."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from upheld.faces.book import book_of
from upheld.faces.masking import masked_name
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.faces.workbench.forms import ReversalForm
from upheld.faces.workbench.recorded import refusal_in_words
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.reverse_contact import reverse_contact
from upheld.records.evidence.queries import interactions_with_ids
from upheld.records.people.queries import group_with_id, person_with_id


@require_http_methods(["GET", "POST"])
@allowed_to("reverse_contact")
def reverse_record(request: StaffRequest, contact_id: int) -> HttpResponse:
    """Ask for the reason, then reverse the contact; what it kept is owed again."""
    contact = interactions_with_ids([contact_id]).get(contact_id)
    if contact is None:
        raise Http404(f"no contact {contact_id}")
    book = book_of(request.user, day=timezone.localdate())
    own = contact.employee_id == request.user.pk or may(request.user, "reverse_contact_of_others")
    if not own or not book.holds(person_id=contact.person_id, group_id=contact.group_id):
        return _not_yours(request, contact_id)
    who: Any = (
        person_with_id(contact.person_id) if contact.person_id else group_with_id(contact.group_id or 0)
    )
    address = reverse("person" if contact.person_id else "group", args=[who.code])
    form = ReversalForm(request.POST if request.method == "POST" else None, label_suffix="")
    masked = contact.person_id is not None and not book.served([contact.person_id])
    context = {
        "here": "customers",
        "contact": contact,
        "name": masked_name(who.name) if masked else who.name,
        "form": form,
        "back": address,
    }
    if request.method == "GET":
        return render(request, "people/reverse.html", context)
    if form.is_valid():
        try:
            reverse_contact(interaction=contact, by=request.user, reason=form.cleaned_data["reason"])
        except NotAllowed:
            return _not_yours(request, contact_id, noted=True)
        except ActRefused as refused:
            form.add_error(None, refusal_in_words(refused))
        else:
            return HttpResponseRedirect(address)
    return render(request, "people/reverse.html", context, status=422)


def _not_yours(request: StaffRequest, contact_id: int, *, noted: bool = False) -> HttpResponse:
    """Answer 403; the operation has already noted what it refused itself."""
    because = gettext("This contact was recorded by somebody else.")
    if noted:
        return render(request, "403.html", {"because": because}, status=403)
    return refuse(
        request, act="reverse_contact", subject_kind="interaction", subject_id=contact_id, because=because
    )
