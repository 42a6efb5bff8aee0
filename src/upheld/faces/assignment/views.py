"""Show who serves how many of which class, against the numbers of the standard; and accept who is to serve whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from upheld.faces import wording
from upheld.faces.addresses import text_in
from upheld.faces.assignment import words
from upheld.faces.assignment.clashes import clash_lines
from upheld.faces.assignment.reach import staff_within
from upheld.faces.book import book_of
from upheld.faces.editions import edition_in_force
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.operations.appointment_clashes import clashes_of
from upheld.operations.assign_the_unserved import Proposal, assign_the_unserved, count_unserved, propose
from upheld.operations.refusals import ActRefused
from upheld.policy.assignments import ServedBy, limits, most_of
from upheld.policy.deputies import is_away
from upheld.policy.problems import OutsideDates
from upheld.records.staff.absences import absences_from
from upheld.records.staff.load import loads_by_class
from upheld.records.staff.unserved import employees_named

CLASSES = ("A", "B1", "B2", "C", "D", "person")
MOST_SHOWN = 200


@dataclass(frozen=True)
class LoadLine:
    """One employee with the customers served by class, and how that stands against the number of the standard."""

    employee: Any
    cells: list[int]
    total: int
    most: int | None
    clause: str
    share: str
    over: bool
    away: bool
    languages: str


@require_GET
@allowed_to("see_load")
def load(request: StaffRequest) -> HttpResponse:
    """Show the load of every employee who has a book."""
    today = timezone.localdate()
    reach, staff = staff_within(request.user, text_in(request.GET, "unit"))
    lines = load_lines(staff, today)
    context = {
        "here": "load",
        "reach": reach,
        "lines": lines,
        "classes": [gettext("alone") if one == "person" else one for one in CLASSES],
        "unserved": count_unserved(day=today, by=request.user),
        "over": sum(line.over for line in lines),
        "away": sum(line.away for line in lines),
        "chart": _chart(lines),
        "clashes": clash_lines(
            clashes_of([one.pk for one in staff], from_date=today), book=book_of(request.user, day=today)
        ),
    }
    return render(request, "assignment/load.html", context)


def load_lines(staff: list[Any], today: date) -> list[LoadLine]:
    """Compose the lines of the load: those with the most first within a job."""
    by_class = loads_by_class(day=today, employee_ids=[one.pk for one in staff])
    known, absences = limits_in_force(today), absences_from(today)
    lines = []
    for one in staff:
        counts: Counter[str] = by_class.get(one.pk, Counter())
        limit = known.get(one.job)
        total, most = sum(counts.values()), most_of(limit)
        lines.append(
            LoadLine(
                employee=one,
                cells=[counts[name] for name in CLASSES],
                total=total,
                most=most,
                clause=limit.clause if limit else "",
                share=f"{min(total / most, 1):.3f}" if most else "0",
                over=most is not None and total > most,
                away=is_away(one.pk, day=today, absences=absences),
                languages=", ".join(str(words.LANGUAGES.get(code, code)) for code in one.speaks),
            )
        )
    return sorted(lines, key=lambda line: (line.employee.job, -line.total, line.employee.code))


def limits_in_force(today: date) -> dict[str, ServedBy]:
    """Return how many customers one employee has, by job; empty where no standard is in force."""
    try:
        return limits(edition=edition_in_force(day=today).edition, as_of=today)
    except OutsideDates:
        return {}


def _chart(lines: list[LoadLine]) -> dict[str, Any]:
    tones = ("own", "accent", "kept", "pale", "open", "late")
    names = [
        gettext("alone") if one == "person" else gettext("class %(name)s") % {"name": one} for one in CLASSES
    ]
    shown = lines[:40]
    return {
        "labels": [line.employee.name for line in shown],
        "series": [
            {"name": name, "tone": tones[at], "data": [line.cells[at] for line in shown]}
            for at, name in enumerate(names)
        ],
    }


@dataclass(frozen=True)
class Row:
    """One proposal as the page shows it; `value` is what its tick sends."""

    value: str
    proposal: Proposal
    employee: Any
    kind: str
    reasons: list[str]


@require_http_methods(["GET", "POST"])
@allowed_to("assign_manager")
def unserved(request: StaffRequest) -> HttpResponse:
    """Show whom nobody serves, with somebody proposed for each; assign those that are ticked."""
    today, notice, problems = timezone.localdate(), "", []
    if request.method == "POST":
        ticked = {one for one in map(_ticked, request.POST.getlist("one")) if one is not None}
        if not ticked:
            problems.append(gettext("Tick at least one."))
        else:
            try:
                done = assign_the_unserved(by=request.user, day=today, only=ticked)
                number = sum(count for kind, count in done.items() if kind != "promises")
                notice = ngettext("%(n)d assigned.", "%(n)d assigned.", number) % {"n": number}
            except ActRefused as refused:
                problems.append(words.refusal_in_words(refused))
    rows = []
    try:
        rows = _rows(propose(day=today, by=request.user, limit=MOST_SHOWN))
    except ActRefused as refused:
        problems.append(words.refusal_in_words(refused))
    context = {
        "here": "load",
        "rows": rows,
        "most": MOST_SHOWN,
        "notice": notice,
        "problems": problems,
    }
    return render(
        request, "assignment/unserved.html", context, status=422 if problems and not notice else 200
    )


def _rows(proposals: list[Proposal]) -> list[Row]:
    staff = employees_named({one.choice.employee_id for one in proposals if one.choice})
    return [
        Row(
            value=f"{one.unserved.column}-{one.unserved.id}-{one.unserved.kind}",
            proposal=one,
            employee=staff.get(one.choice.employee_id) if one.choice else None,
            kind=wording.word(wording.JOBS, one.unserved.kind),
            reasons=[words.reason_in_words(reason) for reason in one.choice.reasons] if one.choice else [],
        )
        for one in proposals
    ]


def _ticked(value: str) -> tuple[str, int, str] | None:
    column, _, rest = value.partition("-")
    number, _, kind = rest.partition("-")
    if column not in ("person", "group") or kind not in words.KINDS:
        return None
    return (
        (column, int(number), kind) if number.isascii() and number.isdigit() and len(number) <= 18 else None
    )
