"""Prepare a visit on one page: the clause's check list beside the customer's story, to be read or printed (MGR-5)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from upheld.faces import rule_words, wording
from upheld.faces.book import Book
from upheld.faces.customers.pages import group_page, person_page
from upheld.faces.customers.reach import Kind, customer_in_reach
from upheld.faces.editions import edition_in_force
from upheld.faces.masking import masked_name
from upheld.faces.permissions import StaffRequest, allowed_to, may
from upheld.faces.workbench.day import cards_of, district_of
from upheld.policy.checklists import checklists_for
from upheld.policy.editions import Edition
from upheld.records.cases.queries import cases_of_group, cases_of_person
from upheld.records.moments.queries import moments_of_person
from upheld.records.promises.planned import appointments_with

OCCASIONS = ("visit", "call", "meeting", "negotiation")
_SHOWN = 6


@require_GET
@allowed_to("read_customers")
def prepare_person(request: StaffRequest, code: str) -> HttpResponse:
    """Show what to know and to mind before a person is visited or called."""
    return _prepare(request, "person", code)


@require_GET
@allowed_to("read_customers")
def prepare_group(request: StaffRequest, code: str) -> HttpResponse:
    """Show what to know and to mind before a group is visited."""
    return _prepare(request, "group", code)


def _prepare(request: StaffRequest, kind: Kind, code: str) -> HttpResponse:
    who, book = customer_in_reach(request, kind, code)
    edition, is_person = edition_in_force(day=book.day).edition, kind == "person"
    cases = cases_of_person(who.pk) if is_person else cases_of_group(who.pk)
    moments = moments_of_person(who.pk, limit=_SHOWN) if is_person else []
    agreed = appointments_with(**{f"{kind}_id": who.pk}, today=book.day)
    is_named = not is_person or book.served([who.pk])
    story = {
        "kind": kind,
        "name": who.name if is_named else masked_name(who.name),
        "page": (person_page if is_person else group_page)(who, edition=edition, book=book, page=1),
        "cases": [one for one in cases if one.state not in ("settled", "closed")][:_SHOWN],
        "moments": [
            {"name": wording.word(rule_words.MOMENTS, one.moment), "day": one.found_on, "clause": one.clause}
            for one in moments
        ],
        "appointments": cards_of(agreed, edition=edition, book=book),
    }
    return _show(request, who, edition, book, story)


def _show(
    request: StaffRequest, subject: Any, edition: Edition, book: Book, story: dict[str, Any]
) -> HttpResponse:
    occasion = request.GET.get("for", "visit")
    occasion = occasion if occasion in OCCASIONS else "visit"
    words = {**wording.ACTIONS, "meeting": gettext("Meeting"), "negotiation": gettext("Negotiation")}
    page = story["page"]
    broken = [one for one in page.past if one.state == "broken"][:_SHOWN]
    context = {
        "here": "customers",
        "code": subject.code,
        "district": district_of(subject),
        "occasion": occasion,
        "occasions": [{"code": one, "name": words[one]} for one in OCCASIONS],
        "lists": checklists_for(edition.checklists, occasion=occasion),
        "broken": broken,
        "contacts": page.contacts[:_SHOWN],
        "grants": page.panel.lines if page.panel else [],
        "today": book.day,
        "may_arrange": may(request.user, "arrange_days"),
        **story,
    }
    return render(request, "workbench/prepare.html", context)
