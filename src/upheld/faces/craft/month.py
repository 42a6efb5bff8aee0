"""The page of a month: targets beside the plan's share, what was reached, and the review of what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from upheld.faces import wording
from upheld.faces.addresses import text_in
from upheld.faces.craft import words
from upheld.faces.craft.reach import manager_asked, managers_offered, number_in
from upheld.faces.months import in_address, month_after, month_asked, month_before
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.workbench.forms import words_sent
from upheld.operations.craft.targets import reached, review_target, set_targets
from upheld.operations.refusals import ActRefused
from upheld.records.craft.choices import Measure
from upheld.records.craft.queries import last_reviews, targets_of

FEN = 100


@dataclass(frozen=True)
class Row:
    """One measure of the month."""

    measure: str
    label: str
    target_id: int | None
    share: int | None
    target: int | None
    reached: int | None
    review: Any
    width: int
    mark: int

    @property
    def is_low(self) -> bool:
        """Say whether the target is not above the share (MGR-2)."""
        return self.target is not None and self.share is not None and self.target <= self.share

    @property
    def is_missed(self) -> bool:
        """Say whether less was reached than was meant."""
        return self.target is not None and (self.reached or 0) < self.target

    @property
    def counted(self) -> bool:
        """Say whether the system counts it itself."""
        return self.measure != Measure.SALES_VOLUME


@require_GET
@allowed_to("use_craft")
def targets(request: StaffRequest) -> HttpResponse:
    """Show a manager's month, and what is left to review of the month before."""
    return _show(request)


@require_POST
@allowed_to("use_craft")
def set_month(request: StaffRequest) -> HttpResponse:
    """Set share and target of the measures that were filled in; say all that is wrong at once."""
    manager, month = manager_asked(request), _month(request)
    values, problems = {}, []
    for measure in Measure.values:
        share, target = (request.POST.get(f"{measure}-{name}", "").strip() for name in ("share", "target"))
        if not share and not target:
            continue
        numbers = number_in(share), number_in(target)
        if None in numbers:
            problems.append(f"{words.MEASURES[measure]}: {words.REFUSALS['no_such_number']}")
            continue
        times = FEN if measure == Measure.SALES_VOLUME else 1
        values[measure] = ((numbers[0] or 0) * times, (numbers[1] or 0) * times)
    if not problems and values:
        try:
            set_targets(by=request.user, employee=manager, month=month, values=values)
        except ActRefused as refused:
            problems.append(words.refusal_in_words(refused))
    if problems:
        return _show(request, manager=manager, month=month, problems=problems)
    return HttpResponseRedirect(_address(manager, month))


@require_POST
@allowed_to("use_craft")
def review(request: StaffRequest) -> HttpResponse:
    """Write down what came of one target, with the cause and the correction of a missed one (MGR-3)."""
    manager, month = manager_asked(request), _month(request)
    target = targets_of(manager.pk, month=month).get(request.POST.get("measure", ""))
    if target is None:
        return _show(request, manager=manager, month=month, problems=[gettext("There is no such target.")])
    number = number_in(request.POST.get("reached", ""))
    try:
        review_target(
            by=request.user,
            target=target,
            reached_number=None if number is None else number * FEN,
            objective_cause=words_sent(request.POST, "objective_cause", longest=1_000),
            subjective_cause=request.POST.get("subjective_cause") or None,
            correction=words_sent(request.POST, "correction", longest=1_000),
        )
    except ActRefused as refused:
        problem = f"{words.MEASURES[target.measure]}: {words.refusal_in_words(refused)}"
        return _show(request, manager=manager, month=month, problems=[problem])
    return HttpResponseRedirect(_address(manager, month))


def _show(
    request: StaffRequest,
    *,
    manager: Any = None,
    month: date | None = None,
    problems: list[str] | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    manager = manager or manager_asked(request)
    month = month or _month(request)
    before, after = month_before(month), month_after(month)
    rows = _rows(manager, month)
    not_reviewed = [one for one in _rows(manager, before) if one.target_id is not None and one.review is None]
    context = {
        "here": "craft",
        "tab": "month",
        "manager": manager,
        "manager_name": wording.employee_name(manager),
        "managers": [(one.code, wording.employee_name(one)) for one in managers_offered(request.user)],
        "month": month,
        "before": in_address(before),
        "after": in_address(after),
        "rows": rows,
        "may_set": after > today,
        "may_review": today >= after - timedelta(days=7),
        "not_reviewed": not_reviewed if month <= today else [],
        "causes": words.CAUSES.items(),
        "problems": problems or [],
        "asked": request.POST,
    }
    return render(request, "craft/month.html", context, status=422 if problems else 200)


def _rows(manager: Any, month: date) -> list[Row]:
    stored = targets_of(manager.pk, month=month)
    reviews = last_reviews([one.pk for one in stored.values()])
    known = reached(employee=manager, month=month)
    rows = []
    for measure in Measure.values:
        one = stored.get(measure)
        held = reviews.get(one.pk) if one else None
        number = known.get(measure, held.reached if held else None)
        part = FEN if measure == Measure.SALES_VOLUME else 1
        whole = max(one.target if one else 0, number or 0, 1)
        rows.append(
            Row(
                measure=measure,
                label=str(words.MEASURES[measure]),
                target_id=one.pk if one else None,
                share=one.share // part if one else None,
                target=one.target // part if one else None,
                reached=None if number is None else number // part,
                review=held,
                width=round(1000 * (number or 0) / whole),
                mark=round(1000 * (one.target if one else 0) / whole),
            )
        )
    return rows


def _month(request: StaffRequest) -> date:
    asked = request.GET if request.method == "GET" else request.POST
    return month_asked(text_in(asked, "month"), today=timezone.localdate())


def _address(manager: Any, month: date) -> str:
    return f"{reverse('craft-month')}?who={manager.code}&month={in_address(month)}"
