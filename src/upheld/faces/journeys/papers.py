"""The papers of a journey: the service guide with the customer's own plan, and the record of what was done."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from upheld.faces import wording
from upheld.faces.journeys import words
from upheld.faces.journeys.page import JourneyPage, StepLine, journey_page
from upheld.faces.journeys.views import journey_in_reach
from upheld.faces.permissions import StaffRequest, allowed_to, may
from upheld.faces.templatetags.shown import in_language
from upheld.faces.workbench.forms import key_sent
from upheld.gateways.forms_pdf import FontMissing, Form, Part, printed
from upheld.operations.journeys.hand_out_guide import hand_out_guide
from upheld.operations.journeys.tick_step import CHANNELS_OF
from upheld.operations.refusals import ActRefused
from upheld.operations.reveal_name import reveal_name
from upheld.policy.editions import Edition
from upheld.policy.facts import fen_as_yuan
from upheld.policy.guide_pages import guide_of
from upheld.policy.plan_fit import Plan, plans_of
from upheld.records.standards.queries import loaded_edition


@require_http_methods(["GET", "POST"])
@allowed_to("read_journeys")
def guide(request: StaffRequest, journey_id: int) -> HttpResponse:
    """Give the guide as PDF; handed out (POST) it ticks what it tells, only looked at (GET) it ticks nothing."""
    found = journey_in_reach(request, journey_id)
    channels = CHANNELS_OF.get(request.user.job, ())
    if request.method == "POST" and channels and may(request.user, "tick_journey"):
        key = f"guide {key_sent(request.POST)}"
        try:
            hand_out_guide(journey=found, by=request.user, channel=channels[0], key=key)
        except ActRefused as refused:
            if refused.code != "journey_over":
                because = words.refusal_in_words(refused)
                context = {"here": "journeys", "because": because, "journey": found}
                return render(request, "journeys/no_paper.html", context, status=409)
    edition = loaded_edition(found.edition)
    name = reveal_name(person=found.person, by=request.user)
    return _pdf(request, found, guide_form(found, edition, name=name), f"guide-{found.pk}.pdf")


@require_GET
@allowed_to("read_journeys")
def record(request: StaffRequest, journey_id: int) -> HttpResponse:
    """Give the record of a journey as PDF: every step, by whom and when, or that it was missed."""
    found = journey_in_reach(request, journey_id)
    page = journey_page(found, user=request.user, now=timezone.now(), with_advice=False)
    name = reveal_name(person=found.person, by=request.user)
    return _pdf(request, found, record_form(page, name=name), f"journey-{found.pk}.pdf")


def _pdf(request: StaffRequest, found: Any, form: Form, file: str) -> HttpResponse:
    try:
        pdf = printed(form)
    except FontMissing:
        because = gettext("The font of printed forms is missing on this server. Ask the administrator.")
        context = {"here": "journeys", "because": because, "journey": found}
        return render(request, "journeys/no_paper.html", context, status=503)
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{file}"'
    return answer


def guide_form(journey: Any, edition: Edition, *, name: str) -> Form:
    """Lay the guide out for one customer: the own plan first, then the chapters of the standard."""
    plan = _plan(journey, edition)
    chapters = [
        Part(
            heading=in_language(chapter.title),
            lines=[(str(place), in_language(line)) for place, line in enumerate(chapter.lines, start=1)],
        )
        for chapter in guide_of(edition)
    ]
    return Form(
        title=gettext("Service guide"),
        subtitle=gettext("For the first ninety days, from %(day)s") % {"day": _day(journey.joined_date)},
        about=[
            (gettext("For"), name),
            (gettext("Joined"), _day(journey.joined_date)),
        ],
        parts=[_plan_part(journey, plan), *chapters],
        declaration=gettext(
            "Keep this sheet. Whatever is not clear, ask us: online, by hotline or in any store."
        ),
        signatures=(),
        foot=gettext("Upheld · service guide %(number)s") % {"number": f"J{journey.pk}"},
        page_words=gettext("page {page} of {pages}"),
        missing_words=gettext("These characters cannot be printed; write them by hand: {characters}"),
        language=get_language() or "zh-hans",
    )


def _plan(journey: Any, edition: Edition) -> Plan | None:
    found = [one for one in plans_of(edition) if one.rent_fen == journey.person.plan_monthly_fen]
    return found[0] if len(found) == 1 else None


def _plan_part(journey: Any, plan: Plan | None) -> Part:
    rent = journey.person.plan_monthly_fen
    lines = []
    if plan is not None:
        lines += [
            (gettext("Plan"), in_language(plan.title)),
            (gettext("Contents"), in_language(plan.contents)),
        ]
    if rent is not None:
        lines.append((gettext("Rent"), gettext("%(yuan)s yuan a month") % {"yuan": fen_as_yuan(rent)}))
    notes = [] if lines else [gettext("Your plan and its price: ask at the counter, and write them here.")]
    return Part(heading=gettext("Your plan"), lines=lines, notes=notes)


def record_form(page: JourneyPage, *, name: str) -> Form:
    """Lay out the record of a journey: what was done, by whom, by which way, and what was not."""
    journey = page.journey
    about = [
        (gettext("Customer"), name),
        (gettext("Customer no."), journey.person.code),
        (gettext("Joined"), _day(journey.joined_date)),
        (gettext("Steps done"), gettext("%(done)d of %(owed)d") % {"done": page.done, "owed": page.owed}),
        (gettext("Closed"), page.ending or gettext("not yet")),
        (gettext("Served by from then on"), _handed_to(journey)),
    ]
    lines = [line for line in page.lines if line.state != "never"]
    return Form(
        title=gettext("Record of the first ninety days"),
        subtitle=gettext("No. %(number)s · by edition %(edition)s")
        % {"number": f"J{journey.pk}", "edition": journey.edition.name},
        about=about,
        parts=[
            Part(
                heading=gettext("Steps"),
                lines=[(_window(line), f"{line.title} ({line.clause})\n{_told(line)}") for line in lines],
            )
        ],
        declaration=gettext("Taken from the evidence in Upheld; what was taken back is not counted."),
        signatures=(),
        foot=gettext("Upheld · journey %(number)s") % {"number": f"J{journey.pk}"},
        page_words=gettext("page {page} of {pages}"),
        missing_words=gettext("These characters cannot be printed; write them by hand: {characters}"),
        language=get_language() or "zh-hans",
    )


def _handed_to(journey: Any) -> str:
    return wording.employee_name(journey.handed_to) if journey.handed_to_id else "–"


def _window(line: StepLine) -> str:
    if line.from_date is None:
        return _day(line.due_date)
    return f"{_short(line.from_date)} – {_short(line.due_date)}"


def _told(line: StepLine) -> str:
    """Say how one step stands, with every tick that counts."""
    told = [
        gettext("%(when)s by %(who)s (%(channel)s, %(way)s)")
        % {"when": _instant(tick.at), "who": tick.who, "channel": tick.channel, "way": tick.way or "–"}
        for tick in line.ticks
        if not tick.taken_back
    ]
    return f"{line.state_words}: {'; '.join(told)}" if told else line.state_words


def _day(day: Any) -> str:
    return date_format(day, pgettext("date with year", "j M Y"))


def _short(day: Any) -> str:
    return date_format(day, pgettext("date without year", "j M"))


def _instant(at: Any) -> str:
    return date_format(timezone.localtime(at), pgettext("instant on a form", "j M Y H:i"))
