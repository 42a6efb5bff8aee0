"""Show a team lead the queue, and take what leads do: hand over one case or many, and waive a promise with a reason."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from upheld.faces.book import book_of
from upheld.faces.cases.refusals import refusal_in_words
from upheld.faces.clock_lines import line_of
from upheld.faces.permissions import StaffRequest, allowed_to, may, refuse
from upheld.faces.team.page import reach_of, team_page
from upheld.faces.workbench.forms import WaiverForm, key_sent, new_key, words_sent
from upheld.faces.workbench.recorded import refusal_in_words as waiver_refused
from upheld.faces.workbench.views import back_of
from upheld.operations.cases.hand_over import hand_over
from upheld.operations.refusals import ActRefused
from upheld.operations.waive_promise import waive_promise
from upheld.operations.who_may import JOBS_ALLOWED
from upheld.records.cases.lead_queue import open_cases_within
from upheld.records.promises.queries import promise_with_id
from upheld.records.staff.near import units_near
from upheld.records.staff.on_cases import colleagues_on_cases

MOST_AT_ONCE = 200
COLLEAGUES_OFFERED = 200


@require_GET
@allowed_to("lead_cases")
def team(request: StaffRequest) -> HttpResponse:
    """Show the queue of the lead's units: what ran out, what runs out next, what nobody has."""
    book, now = book_of(request.user, day=timezone.localdate()), timezone.now()
    return _show(request, book=book, now=now)


@require_POST
@allowed_to("lead_cases")
def hand_over_many(request: StaffRequest) -> HttpResponse:
    """Hand the ticked cases to a colleague or a unit's queue, each in an act of its own; say what was refused."""
    book, now = book_of(request.user, day=timezone.localdate()), timezone.now()
    reach = reach_of(request.user, "")
    asked = [
        one for one in request.POST.getlist("case") if one.isascii() and one.isdigit() and len(one) <= 18
    ]
    kind, _sign, target = request.POST.get("to", "").partition("-")
    if not asked:
        return _show(request, book=book, now=now, problems=[gettext("Tick at least one case.")])
    if kind not in ("person", "unit") or not (target.isascii() and target.isdigit()):
        return _show(request, book=book, now=now, problems=[gettext("Choose who gets the case.")])
    within = open_cases_within([int(one) for one in asked[:MOST_AT_ONCE]], reach.units)
    key, note = key_sent(request.POST), words_sent(request.POST, "note", longest=2_000)
    to: dict[str, Any] = {"to_unit": int(target)} if kind == "unit" else {"to_employee": int(target)}
    done, problems = 0, []
    for case_id in within:
        try:
            hand_over(case=case_id, by=request.user, note=note, key=f"{key}-{case_id}", **to)
            done += 1
        except ActRefused as refused:
            problems.append(f"#{case_id}: {refusal_in_words(refused)}")
    if len(within) < len(set(asked)):
        problems.append(gettext("Cases of other units, and closed ones, were left as they are."))
    notice = ngettext("%(n)d case handed over.", "%(n)d cases handed over.", done) % {"n": done}
    return _show(request, book=book, now=now, problems=problems, notice=notice if done else "")


@require_http_methods(["GET", "POST"])
@allowed_to("waive_promise")
def waive_clock(request: StaffRequest, promise_id: int) -> HttpResponse:
    """Waive what a case owes, with a reason; whoever is signed in is the approver, and never the one who owes it."""
    promise = promise_with_id(promise_id)
    if promise is None or promise.case_id is None:
        raise Http404(f"no promise {promise_id} of a case")
    reach = reach_of(request.user, "")
    if not open_cases_within([promise.case_id], reach.units):
        because = gettext("This case is another team's.")
        return refuse(
            request, act="waive_promise", subject_kind="promise", subject_id=promise_id, because=because
        )
    form = WaiverForm(request.POST if request.method == "POST" else None, label_suffix="")
    back = back_of(request, reverse("team"))
    if request.method == "POST" and form.is_valid():
        try:
            waive_promise(promise=promise, reason=form.cleaned_data["reason"], approver=request.user)
        except ActRefused as refused:
            form.add_error(None, waiver_refused(refused))
        else:
            return HttpResponseRedirect(reverse("case", args=[promise.case_id]))
    context = {
        "here": "team",
        "form": form,
        "line": line_of(promise, now=timezone.now()),
        "case_id": promise.case_id,
        "back": back,
    }
    return render(request, "team/waive.html", context, status=422 if form.errors else 200)


def _show(
    request: StaffRequest, *, book: Any, now: Any, problems: list[str] | None = None, notice: str = ""
) -> HttpResponse:
    """Show the queue as it was asked for; after an act, as the page before was."""
    asked = request.GET
    if request.method == "POST":
        asked = QueryDict(back_of(request, "").partition("?")[2])
    page = team_page(asked, book=book, now=now)
    context = {
        "here": "team",
        "page": page,
        # Who only oversees hands nothing over.
        "places": _places(request.user, page.asked.units) if may(request.user, "work_case") else [],
        "key": new_key(),
        "problems": problems or [],
        "notice": notice,
    }
    return render(request, "team/team.html", context, status=422 if problems and not notice else 200)


def _places(user: Any, units: tuple[int, ...] | None) -> list[dict[str, str]]:
    """Offer who may get a case: the colleagues of the units shown, then the queues of the teams near."""
    people = colleagues_on_cases(list(units or ()), jobs=JOBS_ALLOWED["work_case"], limit=COLLEAGUES_OFFERED)
    offered = [{"code": f"person-{one.pk}", "name": one.name} for one in people]
    return offered + [
        {"code": f"unit-{one.pk}", "name": gettext("queue of %(unit)s") % {"unit": one.name}}
        for one in units_near(user.unit_id)
    ]
