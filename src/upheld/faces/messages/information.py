"""Business information: what groups are told these days, what they were told, and what comes next (KEY-21)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from upheld.faces.messages.words import refusal_in_words
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.workbench.forms import LONGEST_KEY, new_key
from upheld.operations.messages.business_information import write_bulletin
from upheld.operations.refusals import ActRefused
from upheld.records.messages.queries import bulletin_of, latest_bulletins

LONGEST = 120
"""As the wording has it."""
_TEXT = {"class": "form-control", "rows": 2}
_DAY = {"class": "form-control", "type": "date"}


class BulletinForm(forms.Form):
    """What groups are told, in both languages, from a day until a day."""

    key = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    zh = forms.CharField(label=_("In Chinese"), max_length=LONGEST, widget=forms.Textarea(attrs=_TEXT))
    en = forms.CharField(label=_("In English"), max_length=LONGEST, widget=forms.Textarea(attrs=_TEXT))
    from_date = forms.DateField(label=_("From"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    until_date = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    promotes = forms.BooleanField(
        label=_("It recommends something, so it goes to those alone who agreed to commercial messages"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed_to("write_bulletin")
def bulletins(request: StaffRequest) -> HttpResponse:
    """Show what groups are told these days, and write what comes next."""
    today = timezone.localdate()
    form = BulletinForm(request.POST or None, initial={"key": new_key(), "from_date": today})
    if request.method == "POST" and form.is_valid():
        told: dict[str, Any] = {
            **form.cleaned_data,
            "key": f"page:{request.user.pk}:{form.cleaned_data['key']}",
        }
        try:
            write_bulletin(**told, by=request.user)
        except ActRefused as refused:
            form.add_error(None, refusal_in_words(refused))
        else:
            return HttpResponseRedirect(reverse("business-information"))
    in_force = bulletin_of(today)
    context = {
        "here": "more",
        "form": form,
        "in_force": in_force,
        "earlier": [one for one in latest_bulletins() if in_force is None or one.pk != in_force.pk],
    }
    return render(request, "messages/information.html", context, status=422 if form.errors else 200)
