"""The engineer's own pages: the list of visits, one visit, and the taps that say what happened there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from upheld.faces import case_words
from upheld.faces.field import words
from upheld.faces.field.forms import AbsentForm, ArrivedForm, DelayForm, KeyedForm, RepairForm
from upheld.faces.field.visits import visit_of, visits_of
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.operations.notify_delay import notify_delay
from upheld.operations.refusals import ActRefused
from upheld.operations.reveal_name import reveal_name
from upheld.operations.reveal_number import reveal_number
from upheld.operations.visit_on_site import arrive_on_site, nobody_there, repair_done
from upheld.records.cases.queries import case_with_id
from upheld.records.staff.queries import team_of

SENT_LATER_WITHIN = timedelta(hours=12)
"""How long a phone without a connection may keep a tap; what comes later is dated when it comes."""


@require_GET
@allowed_to("use_field")
def field(request: StaffRequest) -> HttpResponse:
    """Show the engineer's visits, the next one ahead."""
    context = {"here": "field", "visits": visits_of(request.user.pk, now=timezone.now())}
    return render(request, "field/field.html", context)


@require_GET
@allowed_to("use_field")
def visit(request: StaffRequest, case_id: int) -> HttpResponse:
    """Show one visit with its taps."""
    case = _case(case_id)
    return _visit(request, case) if _is_theirs(request, case) else _not_theirs(request, case)


@require_POST
@allowed_to("use_field")
def show_customer(request: StaffRequest, case_id: int) -> HttpResponse:
    """Show the customer's name and number to who goes there, and leave a row in the audit log."""
    case = _case(case_id)
    if not _is_theirs(request, case):
        return _not_theirs(request, case)
    if case.person is None:
        return _visit(request, case)
    name = reveal_name(person=case.person, by=request.user)
    number = reveal_number(person=case.person, by=request.user)
    return _visit(request, case, name=name, number=number)


@require_POST
@allowed_to("use_field")
def tap(request: StaffRequest, case_id: int, what: str) -> HttpResponse:
    """Take one tap: arrived, nobody there, late, repaired; sent again with its key, it counts once."""
    case = _case(case_id)
    if not _is_theirs(request, case):
        return _not_theirs(request, case)
    if what not in _TAPS:
        raise Http404(f"no tap {what}")
    make, act = _TAPS[what]
    form = make(request.POST)
    if not form.is_valid():
        return _visit(request, case, wrong=(what, form), status=422)
    try:
        act(request.user, case, form.cleaned_data, _pressed(request, case))
    except ActRefused as refused:
        form.add_error(None, words.refusal_in_words(refused))
        return _visit(request, case, wrong=(what, form), status=422)
    if what == "repaired" and form.cleaned_data["settled"]:
        return HttpResponseRedirect(reverse("field"))
    return HttpResponseRedirect(reverse("visit", args=[case.pk]))


@dataclass(frozen=True)
class Pressed:
    """When a tap counts (None: now), and when it was made, where a step that came in between dates it later."""

    at: datetime | None = None
    earlier: datetime | None = None

    def noted(self, note: str) -> str:
        """Keep the instant of the tap in a note."""
        if self.earlier is None:
            return note
        return f"{note} " + gettext("(Tapped at %(when)s.)") % {"when": case_words.moment(self.earlier)}


def _arrived(by: Any, case: Any, given: dict[str, Any], pressed: Pressed) -> None:
    note = pressed.noted(gettext("On site."))
    arrive_on_site(case=case.pk, by=by, key=given["key"], note=note, at=pressed.at)


def _absent(by: Any, case: Any, given: dict[str, Any], pressed: Pressed) -> None:
    note = pressed.noted(given["note"].strip() or gettext("The customer was not there."))
    nobody_there(case=case.pk, by=by, key=given["key"], note=note, at=pressed.at)


def _late(by: Any, case: Any, given: dict[str, Any], pressed: Pressed) -> None:
    notify_delay(
        case=case.pk,
        by=by,
        reason=given["reason"],
        new_at=given["new_at"],
        note=given["note"],
        key=given["key"],
        pressed_at=pressed.earlier,
        at=pressed.at,
    )


def _repaired(by: Any, case: Any, given: dict[str, Any], pressed: Pressed) -> None:
    repair_done(
        case=case.pk,
        by=by,
        cause=given["cause"],
        note=given["note"],
        settled=given["settled"],
        key=given["key"],
        pressed_at=pressed.earlier,
        at=pressed.at,
    )


_TAPS: dict[str, tuple[type[KeyedForm], Callable[..., None]]] = {
    "arrived": (ArrivedForm, _arrived),
    "absent": (AbsentForm, _absent),
    "late": (DelayForm, _late),
    "repaired": (RepairForm, _repaired),
}


def _pressed(request: StaffRequest, case: Any) -> Pressed:
    """Read when a tap was made that waited in the phone for a connection.

    A phone's clock is believed within bounds: not in the future, not longer than a shift ago. What was done with the
    case meanwhile stays before it, for steps are written in their order; the instant of the tap is kept with it.
    """
    written = request.POST.get("pressed_at", "")
    if not written or len(written) > 40:
        return Pressed()
    try:
        pressed = parse_datetime(written)
    except ValueError:
        return Pressed()
    now = timezone.now()
    if pressed is None or pressed.tzinfo is None or not now - SENT_LATER_WITHIN <= pressed < now:
        return Pressed()
    last = case.last_step_at
    if pressed >= last:
        return Pressed(at=pressed)
    return Pressed(at=last if last <= now else None, earlier=pressed)


def _case(case_id: int) -> Any:
    case = case_with_id(case_id)
    if case is None:
        raise Http404(f"no case {case_id}")
    return case


def _is_theirs(request: StaffRequest, case: Any) -> bool:
    """Tell whether the engineer goes there, or leads who does."""
    if case.handler_id == request.user.pk:
        return True
    return request.user.job == "team_lead" and team_of(request.user).filter(pk=case.handler_id or 0).exists()


def _not_theirs(request: StaffRequest, case: Any) -> HttpResponse:
    because = gettext("Somebody else goes to this customer.")
    return refuse(request, act="open_visit", subject_kind="case", subject_id=case.pk, because=because)


def _visit(
    request: StaffRequest,
    case: Any,
    *,
    name: str = "",
    number: str = "",
    wrong: tuple[str, KeyedForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    forms = {what: make() for what, (make, _) in _TAPS.items()}
    if wrong is not None:
        forms[wrong[0]] = wrong[1]
    context = {
        "here": "field",
        "visit": visit_of(case_with_id(case.pk), now=timezone.now()),
        "forms": forms,
        "wrong": wrong[0] if wrong else "",
        "name": name,
        "number": number,
    }
    return render(request, "field/visit.html", context, status=status)
