"""The engineer's own pages: the list of visits, one visit, and the taps that say what happened there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

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
        act(request.user, case, form.cleaned_data, _pressed_at(request, case))
    except ActRefused as refused:
        form.add_error(None, words.refusal_in_words(refused))
        return _visit(request, case, wrong=(what, form), status=422)
    if what == "repaired" and form.cleaned_data["settled"]:
        return HttpResponseRedirect(reverse("field"))
    return HttpResponseRedirect(reverse("visit", args=[case.pk]))


def _arrived(by: Any, case: Any, given: dict[str, Any], at: datetime | None) -> None:
    arrive_on_site(case=case.pk, by=by, key=given["key"], note=gettext("On site."), at=at)


def _absent(by: Any, case: Any, given: dict[str, Any], at: datetime | None) -> None:
    note = given["note"].strip() or gettext("The customer was not there.")
    nobody_there(case=case.pk, by=by, key=given["key"], note=note, at=at)


def _late(by: Any, case: Any, given: dict[str, Any], at: datetime | None) -> None:
    notify_delay(
        case=case.pk,
        by=by,
        reason=given["reason"],
        new_at=given["new_at"],
        note=given["note"],
        key=given["key"],
        at=at,
    )


def _repaired(by: Any, case: Any, given: dict[str, Any], at: datetime | None) -> None:
    repair_done(
        case=case.pk,
        by=by,
        cause=given["cause"],
        note=given["note"],
        settled=given["settled"],
        key=given["key"],
        at=at,
    )


_TAPS: dict[str, tuple[type[KeyedForm], Callable[..., None]]] = {
    "arrived": (ArrivedForm, _arrived),
    "absent": (AbsentForm, _absent),
    "late": (DelayForm, _late),
    "repaired": (RepairForm, _repaired),
}


def _pressed_at(request: StaffRequest, case: Any) -> datetime | None:
    """Read when a tap was made that waited in the phone for a connection; None: now.

    A phone's clock is believed within bounds: not in the future, not before the last step, not longer than a shift ago.
    """
    written = request.POST.get("pressed_at", "")
    if not written or len(written) > 40:
        return None
    try:
        pressed = parse_datetime(written)
    except ValueError:
        return None
    now = timezone.now()
    if pressed is None or pressed.tzinfo is None or not now - SENT_LATER_WITHIN <= pressed < now:
        return None
    return pressed if pressed >= case.last_step_at else None


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
