"""Show who is away and who stands in; note an absence, and let somebody come back earlier."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from upheld.faces.assignment import words
from upheld.faces.assignment.reach import staff_within
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.workbench.forms import LONGEST_KEY, new_key
from upheld.operations.absences import end_absence, note_absence
from upheld.operations.refusals import ActRefused
from upheld.records.staff.absences import absence_with_id, absences_of

_CONTROL = {"class": "form-control"}
_SELECT = {"class": "form-select"}
SHOWN_BACK = timedelta(days=30)


def _day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={**_CONTROL, "type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("Write a day, such as 2026-03-02.")},
    )


class AbsenceForm(forms.Form):
    """Who is away, from when until which day of coming back, why, and who stands in."""

    key = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    employee = forms.ChoiceField(label=_("Who is away"), widget=forms.Select(attrs=_SELECT))
    from_date = _day_field(_("First day away"))
    until_date = _day_field(_("Day of coming back"))
    reason = forms.ChoiceField(
        label=_("Why away"), choices=words.ABSENCES.items, widget=forms.Select(attrs=_SELECT)
    )
    deputy = forms.ChoiceField(label=_("Who stands in"), widget=forms.Select(attrs=_SELECT))

    def __init__(self, *args: Any, staff: list[Any], **kwargs: Any) -> None:
        """Offer the colleagues within reach."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        offered = [
            ("", "–"),
            *((str(one.pk), f"{one.name} · {one.unit.name if one.unit else ''}") for one in staff),
        ]
        self.fields["employee"].choices = offered  # type: ignore[attr-defined]
        self.fields["deputy"].choices = offered  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@allowed_to("note_absence")
def absences(request: StaffRequest) -> HttpResponse:
    """Show the absences of those within reach, and note another."""
    today = timezone.localdate()
    reach, staff = staff_within(request.user, "")
    form = AbsenceForm(
        request.POST if request.method == "POST" else None,
        staff=staff,
        initial={"key": new_key(), "from_date": today, "until_date": today + timedelta(days=1)},
    )
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            note_absence(
                employee=int(told["employee"]),
                deputy=int(told["deputy"]),
                from_date=told["from_date"],
                until_date=told["until_date"],
                reason=told["reason"],
                by=request.user,
                key=told["key"],
            )
        except ActRefused as refused:
            form.add_error(None, words.refusal_in_words(refused))
        else:
            return HttpResponseRedirect(reverse("absences"))
    return _show(request, reach, form, today)


@require_POST
@allowed_to("note_absence")
def end(request: StaffRequest, absence_id: int) -> HttpResponse:
    """Let somebody be back today, or not go at all."""
    found = absence_with_id(absence_id)
    if found is None:
        raise Http404(f"no absence {absence_id}")
    today = timezone.localdate()
    reach, staff = staff_within(request.user, "")
    form = AbsenceForm(None, staff=staff, initial={"key": new_key()})
    try:
        end_absence(absence=found, back_on=max(today, found.from_date), by=request.user)
    except ActRefused as refused:
        return _show(request, reach, form, today, problems=[words.refusal_in_words(refused)])
    return HttpResponseRedirect(reverse("absences"))


def _show(
    request: StaffRequest, reach: Any, form: AbsenceForm, today: date, problems: list[str] | None = None
) -> HttpResponse:
    units = reach.units
    found = absences_of(None, from_date=today - SHOWN_BACK)
    lines = [
        {
            "absence": one,
            "reason": words.ABSENCES.get(one.reason, one.reason),
            "state": "now"
            if one.from_date <= today < one.until_date
            else "later"
            if today < one.from_date
            else "past",
        }
        for one in found
        if units is None or one.employee.unit_id in units
    ]
    context = {"here": "load", "lines": lines, "form": form, "reach": reach, "problems": problems or []}
    return render(
        request, "assignment/absences.html", context, status=422 if problems or form.errors else 200
    )
