"""The page of use: how much groups use of what they bought, where it falls, and the file that brings the figures."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from upheld.faces.craft import words
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.uploads import was_stopped
from upheld.operations.craft.usage import UsageTrend, import_usage, usage_trends
from upheld.operations.refusals import ActRefused

LARGEST = 2 * 1024 * 1024
SHOWN, REJECTS_SHOWN = 200, 100
WIDTH, HEIGHT = 160, 36


@require_http_methods(["GET", "POST"])
@allowed_to("use_craft")
def use_of_products(request: StaffRequest) -> HttpResponse:
    """Show the use of the last year, the falling first; take a file in and show its faulty rows."""
    report, problems = None, []
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None or was_stopped(request) or (file.size or 0) > LARGEST:
            problems.append(str(words.REFUSALS["not_a_table"]))
        else:
            try:
                report = import_usage(by=request.user, content=file.read())
            except ActRefused as refused:
                problems.append(words.refusal_in_words(refused))
    trends = usage_trends(by=request.user)
    context: dict[str, Any] = {
        "here": "craft",
        "tab": "usage",
        "lines": [line_of_trend(one) for one in trends[:SHOWN]],
        "falling": sum(one.falling for one in trends),
        "problems": problems,
        "report": report,
        "notice": "",
        "rejects": [],
    }
    if report is not None:
        told = ngettext("%(n)d figure stored.", "%(n)d figures stored.", report.stored)
        context["notice"] = told % {"n": report.stored}
        context["rejects"] = [
            (line, words.REJECTS[why], stood) for line, why, stood in report.rejects[:REJECTS_SHOWN]
        ]
    return render(request, "craft/usage.html", context, status=422 if problems else 200)


def line_of_trend(one: UsageTrend) -> dict[str, Any]:
    """Write the use of one product as a line with its small drawing."""
    return {
        "group": one.group,
        "product": one.product,
        "unit": one.unit,
        "last": one.quantities[-1],
        "month": one.months[-1],
        "falling": one.falling,
        "points": _points(one.quantities),
    }


def _points(quantities: tuple[int, ...]) -> str:
    """Lay the months out as a line in a box of WIDTH by HEIGHT."""
    most, steps = max(*quantities, 1), max(len(quantities) - 1, 1)
    return " ".join(
        f"{round(4 + (WIDTH - 8) * place / steps)},{round(HEIGHT - 4 - (HEIGHT - 8) * number / most)}"
        for place, number in enumerate(quantities)
    )
