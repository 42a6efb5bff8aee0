"""Agree a time with a customer, agree on another, or call it off: one operation a view."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from upheld.faces import wording
from upheld.faces.book import book_of
from upheld.faces.customers.reach import Kind, customer_in_reach
from upheld.faces.editions import edition_in_force
from upheld.faces.masking import masked_name
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.promise_lines import lines_of
from upheld.faces.workbench.recorded import refusal_in_words
from upheld.operations.appointments import CLAUSES, agree_appointment, cancel_appointment, move_appointment
from upheld.operations.dispatch_fault import OutsideHours
from upheld.operations.refusals import ActRefused
from upheld.records.promises.planned import hours_agreed
from upheld.records.promises.queries import promise_with_id
from upheld.records.staff.queries import assignments_of_group, assignments_of_person

_CONTROL = {"class": "form-control"}


class TimeForm(forms.Form):
    """A day, from when until when, and whether the customer asked for that very hour."""

    day = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={**_CONTROL, "type": "date"}, format="%Y-%m-%d")
    )
    begins = forms.TimeField(
        label=_("From"), widget=forms.TimeInput(attrs={**_CONTROL, "type": "time"}, format="%H:%M")
    )
    until = forms.TimeField(
        label=_("Until"), widget=forms.TimeInput(attrs={**_CONTROL, "type": "time"}, format="%H:%M")
    )
    customer_wish = forms.BooleanField(
        label=_("The customer asked for this very hour"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def instants(self) -> tuple[datetime, datetime]:
        """Give the two instants, by the clock of this place."""
        given = self.cleaned_data
        return tuple(  # type: ignore[return-value]
            timezone.make_aware(datetime.combine(given["day"], given[name])) for name in ("begins", "until")
        )

    def seen_due_at(self) -> datetime | None:
        """Give the instant that the page showed as due, None where it cannot be read."""
        try:
            seen = datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None
        return seen if seen.tzinfo is not None else None


class AppointmentForm(TimeForm):
    """What is agreed with a customer, and whether a reminder goes out."""

    channel = forms.ChoiceField(label=_("By"), widget=forms.Select(attrs={"class": "form-select"}))
    remind = forms.BooleanField(
        label=_("Remind the customer by SMS"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    field_order = ("channel", "day", "begins", "until", "customer_wish", "remind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what an appointment can be for."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["channel"].choices = [(one, wording.word(wording.ACTIONS, one)) for one in CLAUSES]  # type: ignore[attr-defined]


class CancelForm(forms.Form):
    """Why an appointment is called off."""

    reason = forms.CharField(
        label=_("Why it is called off"),
        max_length=500,
        widget=forms.Textarea(attrs={**_CONTROL, "rows": 2}),
        error_messages={"required": _("Say why it is called off.")},
    )


@require_http_methods(["GET", "POST"])
@allowed_to("arrange_days")
def appoint_person(request: StaffRequest, code: str) -> HttpResponse:
    """Agree a time with a person."""
    return _agree(request, "person", code)


@require_http_methods(["GET", "POST"])
@allowed_to("arrange_days")
def appoint_group(request: StaffRequest, code: str) -> HttpResponse:
    """Agree a time with a group."""
    return _agree(request, "group", code)


def _agree(request: StaffRequest, kind: Kind, code: str) -> HttpResponse:
    subject, book = customer_in_reach(request, kind, code, act="agree_appointment")
    form = AppointmentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        begins_at, until_at = form.instants()
        assigned_to = assignments_of_person if kind == "person" else assignments_of_group
        assigned = assigned_to(subject.pk, day=book.day)
        # Whoever serves the customer goes; a colleague who answers the call only agrees the time.
        serving = {one.employee_id: one.employee for one in assigned if one.employee.is_active}
        goes = serving.get(request.user.pk) or next(iter(serving.values()), request.user)
        try:
            agreed = agree_appointment(
                by=request.user,
                begins_at=begins_at,
                until_at=until_at,
                channel=form.cleaned_data["channel"],
                responsible=goes,
                customer_wish=form.cleaned_data["customer_wish"],
                remind=form.cleaned_data["remind"],
                **{kind: subject},
            )
        except ActRefused as refused:
            form.add_error(None, hours_refused(refused))
        else:
            day = form.cleaned_data["day"].isoformat()
            return HttpResponseRedirect(f"{reverse('day')}?day={day}#promise-{agreed.promise_id}")
    is_named = kind == "group" or book.served([subject.pk])
    name = subject.name if is_named else masked_name(subject.name)
    context = {"form": form, "name": name, "back": reverse(kind, args=[subject.code]), "here": "customers"}
    return render(request, "workbench/appointment_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed_to("arrange_days")
def appointment(request: StaffRequest, promise_id: int) -> HttpResponse:
    """Agree on another time for an appointment, or call it off."""
    promise, book = promise_with_id(promise_id), book_of(request.user, day=timezone.localdate())
    if promise is None or promise.source != "appointment" or promise.case_id is not None:
        raise Http404(f"no appointment {promise_id}")
    if not book.holds_promise(promise):
        because = gettext("This customer is served by somebody else.")
        return refuse(
            request, act="agree_appointment", subject_kind="promise", subject_id=promise_id, because=because
        )
    begins_at = hours_agreed([promise_id]).get(promise_id)
    moving, calling_off = _time_form(promise, begins_at), CancelForm(label_suffix="")
    if request.method == "POST":
        if "reason" in request.POST:
            calling_off = CancelForm(request.POST, label_suffix="")
            answer = _cancel(request, promise_id, calling_off)
        else:
            moving = TimeForm(request.POST, label_suffix="")
            answer = _move(request, promise_id, moving)
        if answer is not None:
            return answer
    (line,) = lines_of([promise], edition=edition_in_force(day=book.day).edition, book=book)
    context = {
        "here": "workbench",
        "owed": line,
        "begins_at": begins_at,
        "until_at": promise.due_at,
        "moving": moving,
        "calling_off": calling_off,
        "is_open": promise.state == "open",
        "back": f"{reverse('day')}?day={promise.due_date.isoformat()}",
    }
    failed = bool(moving.errors or calling_off.errors)
    return render(request, "workbench/appointment.html", context, status=422 if failed else 200)


def _time_form(promise: Any, begins_at: datetime | None) -> TimeForm:
    local = timezone.localtime(begins_at or promise.due_at)
    return TimeForm(
        label_suffix="",
        initial={
            "day": local.date(),
            "begins": local.time(),
            "until": timezone.localtime(promise.due_at).time(),
            "seen": promise.due_at.isoformat(),
        },
    )


def _move(request: StaffRequest, promise_id: int, form: TimeForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    begins_at, until_at = form.instants()
    try:
        move_appointment(
            promise=promise_id,
            by=request.user,
            begins_at=begins_at,
            until_at=until_at,
            customer_wish=form.cleaned_data["customer_wish"],
            seen_due_at=form.seen_due_at(),
        )
    except ActRefused as refused:
        form.add_error(None, hours_refused(refused))
        return None
    return HttpResponseRedirect(f"{reverse('day')}?day={form.cleaned_data['day'].isoformat()}")


def _cancel(request: StaffRequest, promise_id: int, form: CancelForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        cancel_appointment(promise=promise_id, by=request.user, reason=form.cleaned_data["reason"])
    except ActRefused as refused:
        form.add_error(None, refusal_in_words(refused))
        return None
    return HttpResponseRedirect(reverse("day"))


def hours_refused(refused: ActRefused) -> str:
    """Say why a time cannot be agreed; for an hour at which nobody comes, which is the next one."""
    if not isinstance(refused, OutsideHours):
        return refusal_in_words(refused)
    words = gettext("Nobody comes or calls at this hour (%(clauses)s).") % {
        "clauses": ", ".join(refused.clauses)
    }
    if refused.next_at is not None:
        next_at = date_format(timezone.localtime(refused.next_at), gettext("j M, H:i"))
        words += " " + gettext("The next is %(time)s.") % {"time": next_at}
    return words + " " + gettext("If the customer asked for it, say so.")
