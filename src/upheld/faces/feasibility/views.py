"""Show which clauses can be kept next month with this staff, how many hours are missing, and what would change that."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from upheld.faces import wording
from upheld.faces.addresses import text_in
from upheld.faces.editions import edition_in_force
from upheld.faces.feasibility.asked import months_offered, read
from upheld.faces.feasibility.page import facts_of, month_words, page_of
from upheld.faces.permissions import StaffRequest, allowed_to
from upheld.faces.team.page import reach_of
from upheld.policy.feasibility import effort_of
from upheld.policy.kinds.effort import ACTIONS


@require_GET
@allowed_to("see_feasibility")
def feasibility(request: StaffRequest) -> HttpResponse:
    """Show the view; every choice stands in the address, so that it can be kept, sent and printed."""
    today = timezone.localdate()
    edition = edition_in_force(day=today).edition
    effort = effort_of(edition)
    reach = reach_of(request.user, text_in(request.GET, "unit"))
    words = {name: text_in(request.GET, name) for name in request.GET}
    month = read(words, today=today, effort=effort, pools={}).month
    facts = facts_of(month, today=today, unit_ids=reach.units, edition=edition)
    asked = read(words, today=today, effort=effort, pools=facts.pools)
    page = page_of(facts, asked, edition=edition, effort=effort)
    shown = asked.effort or effort
    minutes = [
        {"name": f"m-{name}", "label": wording.word(wording.ACTIONS, name), "value": shown.minutes[name]}
        for name in ACTIONS
    ]
    minutes += [
        {"name": "m-other", "label": _("anything else"), "value": shown.minutes["other"]},
        {"name": "m-travel", "label": _("way there and back"), "value": shown.travel},
        {"name": "m-day", "label": _("a working day"), "value": shown.day_minutes},
        {"name": "m-percent", "label": _("share for customers, %"), "value": shown.percent},
    ]
    context = {
        "here": "load",
        "reach": reach,
        "page": page,
        "facts": facts,
        "asked": asked,
        "months": [(one.strftime("%Y-%m"), month_words(one), one == month) for one in months_offered(today)],
        "month": month_words(month),
        "minutes": minutes,
    }
    return render(request, "feasibility/feasibility.html", context)
