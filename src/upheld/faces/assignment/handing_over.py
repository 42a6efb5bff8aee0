"""Hand over a book: say why and to whom, look at what goes where with the loads before and after, and do it once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from upheld.faces.assignment import words
from upheld.faces.assignment.clashes import clash_lines
from upheld.faces.assignment.reach import staff_within
from upheld.faces.assignment.views import limits_in_force
from upheld.faces.book import book_of
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.workbench.forms import LONGEST_KEY, new_key
from upheld.operations.hand_over_book import HandedOver, hand_over_book, look_at_book
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.policy.assignments import ServedBy, most_of
from upheld.records.staff.unserved import employee_with_code, employees_named

_SELECT = {"class": "form-select"}


class HandoverForm(forms.Form):
    """Why the book goes over, and to whom; nobody in particular spreads it."""

    key = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Why handed over"), choices=words.HANDOVERS.items, widget=forms.Select(attrs=_SELECT)
    )
    to = forms.ChoiceField(label=_("To whom"), required=False, widget=forms.Select(attrs=_SELECT))

    def __init__(self, *args: Any, staff: list[Any], **kwargs: Any) -> None:
        """Offer the colleagues within reach."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", _("spread by region, language and load")),
            *((str(one.pk), f"{one.name} · {one.unit.name if one.unit else ''}") for one in staff),
        ]


@require_http_methods(["GET", "POST"])
@allowed_to("hand_over_book")
def hand_over(request: StaffRequest, code: str) -> HttpResponse:
    """Show what would go where; POST does it. Looking reads alone."""
    employee = employee_with_code(code)
    if employee is None:
        raise Http404(f"no employee {code}")
    reach, staff = staff_within(request.user, "")
    if reach.units is not None and employee.unit_id not in reach.units:
        because = gettext("This is another team's.")
        return refuse(
            request, act="hand_over_book", subject_kind="employee", subject_id=employee.pk, because=because
        )
    offered = [one for one in staff if one.pk != employee.pk]
    asked = request.POST if request.method == "POST" else request.GET if "reason" in request.GET else None
    form = HandoverForm(asked, staff=offered, initial={"key": new_key(), "reason": "left"})
    done: HandedOver | None = None
    if asked is not None and form.is_valid():
        done = _try(request, form, employee)
    written = done is not None and request.method == "POST"
    today = timezone.localdate()
    context = {
        "here": "load",
        "employee": employee,
        "form": form,
        "done": done if written else None,
        "preview": None if written else done,
        "things": _things(done),
        "loads": _loads(done, employee.pk, limits_in_force(today)),
        "chart": _chart(done),
        "clashes": clash_lines(done.clashes if done else (), book=book_of(request.user, day=today)),
        "key": asked.get("key") if asked is not None else "",
    }
    status = 422 if form.errors else 200
    return render(request, "assignment/hand_over.html", context, status=status)


def _try(request: StaffRequest, form: HandoverForm, employee: Any) -> HandedOver | None:
    told = form.cleaned_data
    try:
        to = int(told["to"]) if told["to"] else None
        if request.method == "GET":
            return look_at_book(employee=employee, to=to, by=request.user)
        return hand_over_book(
            employee=employee, to=to, by=request.user, reason=told["reason"], key=told["key"]
        )
    except NotAllowed as refused:
        form.add_error(None, words.refusal_in_words(refused))
    except ActRefused as refused:
        form.add_error(None, words.refusal_in_words(refused))
    return None


def _things(done: HandedOver | None) -> list[dict[str, Any]]:
    if done is None:
        return []
    return [{"words": words.THINGS[name], "number": done.counts.get(name, 0)} for name in words.THINGS]


def _loads(
    done: HandedOver | None, giver: int, limits: Mapping[str, ServedBy] | None = None
) -> list[dict[str, Any]]:
    """Give the loads before and after, the giver first, then whoever gets most; `most` where that is too many."""
    if done is None or not done.after:
        return []
    staff = employees_named(done.after.keys())
    order = sorted(
        done.after, key=lambda pk: (pk != giver, -done.after[pk].customers, -done.after[pk].promises, pk)
    )
    limit_of = {pk: (limits or {}).get(staff[pk].job) for pk in order}
    return [
        {
            "employee": staff[pk],
            "before": done.before[pk],
            "after": done.after[pk],
            "gives": pk == giver,
            "over": limit_of[pk] if 0 < (most_of(limit_of[pk]) or 0) < done.after[pk].customers else None,
            "most": most_of(limit_of[pk]),
        }
        for pk in order
    ]


def _chart(done: HandedOver | None) -> dict[str, Any]:
    loads = _loads(done, 0)
    return {
        "labels": [one["employee"].name for one in loads],
        "beside": True,
        "series": [
            {
                "name": gettext("open promises before"),
                "tone": "pale",
                "data": [one["before"].promises for one in loads],
            },
            {
                "name": gettext("open promises after"),
                "tone": "accent",
                "data": [one["after"].promises for one in loads],
            },
        ],
    }
