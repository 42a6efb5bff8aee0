"""Show points and places, take an objection down, and let a lead answer it (CARE-42)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from upheld.faces import rule_words, wording
from upheld.faces.book import book_of
from upheld.faces.dashboard.periods import PERIODS, period_of
from upheld.faces.editions import edition_in_force
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.staff_points.page import points_page
from upheld.operations.object_to_points import LONGEST_REASON, answer_objection, object_to_points
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.staff_points.queries import objection_with_id, row_with_id

REFUSALS = {
    "answered_before": _("This objection was answered before."),
    "counts_no_more": _("This row was taken back meanwhile, and counts no more."),
    "no_reason": _("Say why, in a few words."),
    "no_such_objection": _("There is no such objection."),
    "objected_before": _("You objected to this row before."),
}
_TOO_LONG = {"max_length": _("This is longer than we can keep. Say it a little shorter.")}
_WHY = {"required": _("Say why, in a few words."), **_TOO_LONG}


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_REASON,
        error_messages=_WHY,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )


class ObjectionForm(forms.Form):
    """Why one objects."""

    reason = _words(_("Why the row is wrong"))


class AnswerForm(forms.Form):
    """What the lead decides, and why."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("stands", _("The row stands")),
            ("out", _("It does not count at all")),
            ("full", _("It counts as done")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is decided.")},
    )
    words = _words(_("Why, for the employee to read"))


@require_GET
@allowed_to("read_points")
def points(request: StaffRequest) -> HttpResponse:
    """Show the points of a period: this month's unless another one is asked for."""
    today = timezone.localdate()
    book = book_of(request.user, day=today)
    period = period_of(request.GET, today=today)
    edition = edition_in_force(day=min(period.to_date, today)).edition
    page = points_page(request.GET, book=book, period=period, edition=edition)
    kept = {"employee": page["shown"].code} if not page["is_own"] else {}
    context = {
        "here": "staff-points",
        "page": page,
        "period": period,
        "period_options": [{"key": key, "label": label} for key, label in PERIODS.items()],
        "kept_words": kept,
        "query": urlencode({**period.query, **kept}),
    }
    return render(request, "staff_points/points.html", context)


@require_http_methods(["GET", "POST"])
@allowed_to("object_to_points")
def object_to(request: StaffRequest, row_id: int) -> HttpResponse:
    """Take an objection to one's own row down."""
    row = row_with_id(row_id)
    if row is None:
        raise Http404(f"no row {row_id}")
    if row.employee_id != request.user.pk:
        return refuse(request, act="object_to_points", subject_kind="points_row", subject_id=row_id)
    form = ObjectionForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            object_to_points(row=row, by=request.user, reason=form.cleaned_data["reason"])
        except ActRefused as refused:
            form.add_error(None, str(REFUSALS.get(refused.code, refused.message)))
        else:
            return HttpResponseRedirect(reverse("staff-points"))
    context = {
        "here": "staff-points",
        "row": row,
        "words": wording.word(rule_words.STAFF_EVENTS, row.event),
        "form": form,
    }
    return render(request, "staff_points/object.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@allowed_to("answer_objection")
def answer(request: StaffRequest, objection_id: int) -> HttpResponse:
    """Answer an objection of the own team."""
    objection = objection_with_id(objection_id)
    if objection is None:
        raise Http404(f"no objection {objection_id}")
    book = book_of(request.user, day=timezone.localdate())
    mine = book.employee_ids is None or objection.employee_id in book.employee_ids
    if not mine or objection.employee_id == request.user.pk:
        return refuse(request, act="answer_objection", subject_kind="objection", subject_id=objection_id)
    form = AnswerForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        decision = form.cleaned_data["decision"]
        try:
            answer_objection(
                objection=objection,
                by=request.user,
                accepted=decision != "stands",
                counts_in_full=decision == "full",
                words=form.cleaned_data["words"],
            )
        except NotAllowed:
            return refuse(request, act="answer_objection", subject_kind="objection", subject_id=objection_id)
        except ActRefused as refused:
            form.add_error(None, str(REFUSALS.get(refused.code, refused.message)))
        else:
            return HttpResponseRedirect(reverse("staff-points"))
    context = {
        "here": "staff-points",
        "objection": objection,
        "who": wording.employee_name(objection.employee),
        "words": wording.word(rule_words.STAFF_EVENTS, objection.row.event),
        "form": form,
    }
    return render(request, "staff_points/answer.html", context, status=422 if form.errors else 200)
