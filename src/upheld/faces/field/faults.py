"""What desk and counter do with a fault before somebody goes: try together, then send; what the lead gives after."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from upheld.faces import case_words, wording
from upheld.faces.book import book_of
from upheld.faces.cases.reach import reaches_case
from upheld.faces.editions import edition_in_force
from upheld.faces.field import words
from upheld.faces.field.forms import CompensationForm, DispatchForm, next_visiting_hour
from upheld.faces.field.guiding import Guiding, guiding_of
from upheld.faces.permissions import StaffRequest, allowed_to, refuse
from upheld.faces.workbench.forms import key_sent, new_key
from upheld.operations.compensate import compensate, compensation_due
from upheld.operations.dispatch_fault import Engineer, dispatch_fault, engineers_for
from upheld.operations.refusals import ActRefused
from upheld.operations.self_help import answer_help_step
from upheld.policy.facts import fen_as_yuan
from upheld.records.cases.queries import case_with_id, steps_of

ENGINEERS_SHOWN = 12


@require_http_methods(["GET", "POST"])
@allowed_to("work_case")
def self_help(request: StaffRequest, case_id: int) -> HttpResponse:
    """Lead through what the customer can try, a step at a time; solved, the case is settled, else somebody is sent."""
    case, stopped = _reached(request, case_id)
    if stopped is not None:
        return stopped
    guiding = guiding_of(case, edition=edition_in_force(day=timezone.localdate()).edition)
    if guiding is None:
        return HttpResponseRedirect(reverse("dispatch", args=[case.pk]))
    if request.method == "GET":
        return _guide(request, case, guiding)
    name, answer = request.POST.get("step", ""), request.POST.get("answer", "")
    step = next((one for one in guiding.steps if one.name == name), None)
    said = wording.word(words.ANSWERS, answer)
    try:
        answer_help_step(
            case=case.pk,
            by=request.user,
            guide=guiding.name,
            step=name,
            answer=answer,
            key=key_sent(request.POST),
            note=f"{step.do} → {said}" if step is not None else "",
            outcome=gettext("It works again after trying together: %(step)s")
            % {"step": step.do if step else ""},
        )
    except ActRefused as refused:
        return _guide(request, case, guiding, refused=words.refusal_in_words(refused), status=422)
    if answer == "solved":
        return HttpResponseRedirect(reverse("case", args=[case.pk]))
    if answer == "seen":
        return HttpResponseRedirect(reverse("dispatch", args=[case.pk]))
    return HttpResponseRedirect(reverse("self-help", args=[case.pk]))


def _guide(
    request: StaffRequest, case: Any, guiding: Guiding, *, refused: str = "", status: int = 200
) -> HttpResponse:
    context = _head(case) | {"guiding": guiding, "refused": refused, "key": new_key()}
    return render(request, "field/self_help.html", context, status=status)


@require_http_methods(["GET", "POST"])
@allowed_to("work_case")
def dispatch(request: StaffRequest, case_id: int) -> HttpResponse:
    """Send an engineer of the area, the least loaded unless one is named, at a time within the hours of visits."""
    case, stopped = _reached(request, case_id)
    if stopped is not None:
        return stopped
    engineers = engineers_for(case.region_id)[:ENGINEERS_SHOWN]
    offered = [(str(one.id), _engineer(one)) for one in engineers]
    if request.method == "GET":
        form = DispatchForm(engineers=offered, initial={"appointment_at": next_visiting_hour(timezone.now())})
        return _dispatch(request, case, form)
    form = DispatchForm(request.POST, engineers=offered)
    if not form.is_valid():
        return _dispatch(request, case, form, status=422)
    given = form.cleaned_data
    try:
        dispatch_fault(
            case=case.pk,
            by=request.user,
            key=given["key"],
            engineer=int(given["engineer"]) if given["engineer"] else None,
            appointment_at=given["appointment_at"],
            customer_wish=given["customer_wish"],
            note=given["note"],
        )
    except ActRefused as refused:
        form.add_error(None, words.refusal_in_words(refused))
        return _dispatch(request, case, form, status=422)
    return HttpResponseRedirect(reverse("case", args=[case.pk]))


def _engineer(one: Engineer) -> str:
    load = ngettext("%(n)d open case", "%(n)d open cases", one.load) % {"n": one.load}
    return " · ".join(part for part in (one.name, one.unit, load) if part)


def _dispatch(request: StaffRequest, case: Any, form: DispatchForm, *, status: int = 200) -> HttpResponse:
    context = _head(case) | {"form": form, "region": case.region.name if case.region else ""}
    return render(request, "field/dispatch.html", context, status=status)


@require_http_methods(["GET", "POST"])
@allowed_to("lead_cases")
def compensation(request: StaffRequest, case_id: int) -> HttpResponse:
    """Show what the law gives for a missed limit, as reckoned; the lead approves it, once."""
    case, stopped = _reached(request, case_id)
    if stopped is not None:
        return stopped
    form = CompensationForm(request.POST) if request.method == "POST" else CompensationForm()
    if request.method == "GET" or not form.is_valid():
        return _compensation(request, case, form, status=200 if request.method == "GET" else 422)
    given = form.cleaned_data
    try:
        compensate(
            case=case.pk,
            by=request.user,
            clause=request.POST.get("clause", ""),
            key=given["key"],
            told=given["told"],
            base_fen=given["base"],
            note=given["note"],
        )
    except ActRefused as refused:
        form.add_error(None, words.refusal_in_words(refused))
        return _compensation(request, case, form, status=422)
    return HttpResponseRedirect(reverse("compensation", args=[case.pk]))


def _compensation(
    request: StaffRequest, case: Any, form: CompensationForm, *, status: int = 200
) -> HttpResponse:
    context = _head(case) | {
        "form": form,
        "dues": compensation_lines(case),
        "given": [_given(one) for one in steps_of(case.pk) if one.what == "compensated"],
        "clause": request.POST.get("clause", ""),
    }
    return render(request, "field/compensation.html", context, status=status)


def compensation_lines(case: Any) -> list[dict[str, Any]]:
    """Give what a missed limit of the law gives the customer of a case, for its page and the lead's."""
    return [
        {
            "clause": one.clause,
            "pays": wording.word(words.PAYS, one.pays),
            "days": one.days,
            "left_days": one.left_days,
            "amount": _yuan(one.left_fen),
            "base": _yuan(one.base_fen),
            "given": _yuan(one.given_fen) if one.given_days else "",
            "running": one.running,
            "needs_base": one.base_fen is None,
            "may_give": one.left_days > 0 and not one.running,
        }
        for one in compensation_due(case)
    ]


def _given(step: Any) -> dict[str, Any]:
    return {
        "at": step.at,
        "by": wording.employee_name(step.by) if step.by else "",
        "clause": step.detail["clause"],
        "days": step.detail["days"],
        "amount": _yuan(step.detail["amount_fen"]),
        "told": step.detail["told"],
        "note": step.note,
    }


def _yuan(fen: int | None) -> str:
    return "" if fen is None else fen_as_yuan(fen)


def _head(case: Any) -> dict[str, Any]:
    return {"case": case, "title": case_words.case_title(case.kind, case.order_type)}


def _reached(request: StaffRequest, case_id: int) -> tuple[Any, HttpResponse | None]:
    """Find a case within the reader's reach, else the refusal to show."""
    case = case_with_id(case_id)
    if case is None:
        raise Http404(f"no case {case_id}")
    if not reaches_case(book_of(request.user, day=timezone.localdate()), case):
        because = gettext("This customer is served by somebody else.")
        return case, refuse(
            request, act="open_case", subject_kind="case", subject_id=case_id, because=because
        )
    return case, None
