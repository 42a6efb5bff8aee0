"""Name every page beside the few in the bar, so that whoever looks for one finds it in one place.

A page stands here once, with the permission that its view asks for; who may not open it does not see it.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from upheld.faces.permissions import StaffRequest, allowed_to, may

Text = str | LazyText


class Page(NamedTuple):
    """One page: the section under which it stands, its address by name, its icon, title, and what it is good for."""

    section: Text
    address: str
    icon: str
    title: Text
    says: Text
    permission: str


SERVICE, WORK, PEOPLE = _("What customers hear and say"), _("Work"), _("Staff and standards")

# One line a page, those of a section together.
PAGES: tuple[Page, ...] = (
    Page(
        SERVICE,
        "survey-results",
        "sms",
        _("What customers say"),
        _("Answers to the question after a case"),
        "read_surveys",
    ),
    Page(
        SERVICE,
        "messages",
        "sms",
        _("Messages"),
        _("What went out, what waits and why, and what is in doubt"),
        "read_messages",
    ),
    Page(
        SERVICE,
        "business-information",
        "note",
        _("Business information"),
        _("What groups are told these days, by SMS"),
        "write_bulletin",
    ),
    Page(
        SERVICE,
        "calls",
        "call",
        _("Calls of the hotline"),
        _("Answered in time, waited, gave up, by half hour"),
        "read_calls",
    ),
    Page(WORK, "journeys", "people", _("Journeys"), _("New customers, and what is due"), "read_journeys"),
    Page(
        WORK,
        "moments",
        "alert",
        _("Key moments"),
        _("Who is called today, this week, this month, and why"),
        "read_moments",
    ),
    Page(
        WORK,
        "events",
        "event",
        _("Events"),
        _("Gatherings, lectures and care days: guests, seats, who came"),
        "read_events",
    ),
    Page(
        WORK,
        "craft-month",
        "target",
        _("The manager's craft"),
        _("Targets of the month, sales by chapter, use of what was sold"),
        "use_craft",
    ),
    Page(
        WORK,
        "craft-asked",
        "inbox",
        _("Between departments"),
        _("What one department promises another for a customer"),
        "answer_department",
    ),
    Page(
        WORK,
        "chief-month",
        "calendar",
        _("An executive's month"),
        _("The few top people: last and next contacts, what to know before a call"),
        "own_chief_month",
    ),
    Page(
        WORK,
        "day",
        "due",
        _("The day"),
        _("Appointments, and what is planned and done by activity"),
        "use_workbench",
    ),
    Page(WORK, "board", "calendar", _("Board"), _("A week to move cards on"), "use_workbench"),
    Page(
        WORK,
        "reports",
        "note",
        _("Reports on the road"),
        _("Written without a connection, sent later"),
        "record_contact",
    ),
    Page(
        WORK,
        "my-calendar",
        "link",
        _("My calendar"),
        _("A private address for your calendar program"),
        "keep_calendar",
    ),
    Page(
        WORK,
        "addresses",
        "link",
        _("Where messages reach you"),
        _("Your mail and messengers"),
        "keep_addresses",
    ),
    Page(WORK, "warnings", "bell", _("Warnings"), _("Promises that run out, or ran out"), "signed_in"),
    Page(
        WORK,
        "loans",
        "card",
        _("What is lent"),
        _("Spare phones and cards that customers have"),
        "read_customers",
    ),
    Page(
        PEOPLE,
        "load",
        "people",
        _("Who serves whom"),
        _("Load, whom nobody serves, absences, books handed over"),
        "see_load",
    ),
    Page(
        PEOPLE,
        "feasibility",
        "scale",
        _("Feasibility"),
        _("What this staff cannot keep next month, and what would help"),
        "see_feasibility",
    ),
    Page(
        PEOPLE,
        "staff-points",
        "scale",
        _("Points of staff"),
        _("What counted, where you stand, and objections"),
        "read_points",
    ),
    Page(
        PEOPLE,
        "coverage",
        "target",
        _("Coverage"),
        _("Who was reached, who is satisfied, by manager and class"),
        "read_dashboard",
    ),
    Page(
        PEOPLE,
        "chiefs",
        "target",
        _("Chief customer representatives"),
        _("Which groups have one, and which are missing"),
        "read_chiefs",
    ),
    Page(
        PEOPLE,
        "standards",
        "standards",
        _("Standards"),
        _("What is promised, clause by clause"),
        "read_standards",
    ),
)


@require_GET
@allowed_to("signed_in")
def more(request: StaffRequest) -> HttpResponse:
    """Show the pages that the reader may open, by section."""
    mine = [page for page in PAGES if may(request.user, page.permission)]
    sections = [(section, list(pages)) for section, pages in groupby(mine, key=lambda page: page.section)]
    return render(request, "more.html", {"sections": sections, "here": "more"})
