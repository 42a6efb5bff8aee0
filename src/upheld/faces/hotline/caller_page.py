"""Compose the page of a caller: who it is, what to say, what is open and owed, all of it in a dozen small queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from upheld.faces import rule_words, wording
from upheld.faces.book import book_of
from upheld.faces.editions import clause_title
from upheld.faces.entitlements.panel import Panel, panel_of
from upheld.faces.hotline.addressing import address_of, spoken_to
from upheld.faces.hotline.case_lists import CaseLine, cases_of_caller
from upheld.faces.signin import in_english
from upheld.faces.templatetags.shown import in_language
from upheld.policy.agent_lines import filled, lines_for
from upheld.policy.checklists import checklists_for
from upheld.policy.derived import with_derived
from upheld.policy.editions import Edition
from upheld.policy.entitlements import Grant, entitlements_of
from upheld.policy.guidance import guidance_on
from upheld.records.evidence.queries import interactions_of_person
from upheld.records.people.queries import PlaceInGroup, facts_of_people, places_of_people, services_of_person
from upheld.records.promises.queries import open_promises_of_person
from upheld.records.staff.queries import assignments_of_person
from upheld.records.tiers.queries import membership_on

PROMISES_SHOWN, CONTACTS_SHOWN = 5, 4
FIRST_IN_QUEUE = ("complaint_priority", "vip_seat")
"""Entitlements that change how a call is taken (KEY-16, KEY-26); they stand beside the name."""

PARTS = {
    "opening": _("opening"),
    "need": _("the need"),
    "hold": _("on hold"),
    "service": _("what is asked"),
    "transfer": _("handing over"),
    "special": _("special cases"),
    "closing": _("closing"),
}
"""The parts of a call, as `policy.agent_lines.PARTS` has them; the keys 1 to 7 lead to them."""

GROUP_ENTRY = "CARE-43"
"""The clause by which group customers have an entry of their own to the hotline."""


@dataclass
class CallerPage:
    """What the page of a caller shows."""

    person: Any
    address: str
    segment: str
    segment_words: str
    card: str | None
    standing: str | None
    place: PlaceInGroup | None
    manager: str
    cases: list[CaseLine]
    services: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    parts: list[dict[str, str]]
    facts: Mapping[str, Any]
    tags: list[dict[str, str]] = field(default_factory=list)
    promises: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[Any] = field(default_factory=list)
    panel: Panel | None = None
    reminders: list[Any] = field(default_factory=list)
    mind: list[Any] = field(default_factory=list)


def caller_page(person: Any, *, edition: Edition, agent: Any, now: datetime) -> CallerPage:
    """Compose the page of a caller for an agent at an instant."""
    today = timezone.localtime(now).date()
    held = membership_on([person.pk], today).get(person.pk)
    facts = dict(facts_of_people([person.pk], as_of=today).get(person.pk, {}))
    # A frozen member keeps the card and is not served by it; what it still brings, the panel finds by the clauses.
    held_by = facts
    if held is not None and held.card and held.state in ("active", "frozen"):
        held_by = {**facts, "card": held.card, "frozen": held.state == "frozen"}
        facts = held_by if held.state == "active" else facts
    subject = with_derived({name: value for name, value in facts.items() if name != "frozen"})
    place = places_of_people([person.pk], day=today).get(person.pk)
    grants = entitlements_of(edition=edition, subject=subject, as_of=today)
    page = CallerPage(
        person=person,
        address=address_of(person),
        segment=subject["segment"],
        segment_words=wording.word(rule_words.VALUES["segment"], subject["segment"]),
        card=held.card if held else None,
        standing=held.state if held else None,
        place=place,
        manager=_manager_of(person.pk, today),
        cases=cases_of_caller(person.pk, book=book_of(agent, day=today), now=now),
        services=services_of_caller(person.pk),
        lines=spoken_lines(edition, person, segment=subject["segment"], agent=agent, now=now),
        parts=[{"code": code, "words": str(words)} for code, words in PARTS.items()],
        facts=subject,
        tags=_tags(edition, grants, place),
        promises=_promises_of(person.pk, edition, today),
        contacts=interactions_of_person(person.pk, limit=CONTACTS_SHOWN),
        panel=panel_of(user=agent, person=person, edition=edition, subject=held_by, today=today),
    )
    _add_reminders(page, edition)
    return page


def spoken_lines(
    edition: Edition, person: Any, *, segment: str, agent: Any, now: datetime
) -> list[dict[str, Any]]:
    """Give what to say at each moment of the call, in the language of the page, with its words filled in."""
    english = in_english()
    caller = spoken_to(person, english=english) if person is not None else ""
    return [
        {
            "moment": one.moment,
            "part": one.part,
            "title": in_language(one.title),
            "guide": in_language(one.guide),
            "clause": one.clause,
            "text": filled(in_language(one.text), caller=caller, agent=agent.code),
        }
        for one in lines_for(edition.moments, segment=segment, at=now, lunar=edition.lunar)
    ]


def _manager_of(person_id: int, today: Any) -> str:
    """Name who serves the person for good: the first manager, with the job."""
    for one in assignments_of_person(person_id, day=today):
        if one.kind != "chief_representative":
            return f"{one.employee.name} ({wording.word(wording.JOBS, one.kind)})"
    return ""


def services_of_caller(person_id: int) -> list[dict[str, Any]]:
    """Give the services that a caller still has."""
    return [
        {"id": one.pk, "number": one.number or one.code, "kind": one.kind or "", "status": one.status}
        for one in services_of_person(person_id)
        if one.status != "closed"
    ]


def _tags(edition: Edition, grants: tuple[Grant, ...], place: PlaceInGroup | None) -> list[dict[str, str]]:
    """Give what changes how this call is taken, each with its clause."""
    tags = [
        {"words": wording.word(wording.ENTITLEMENTS, one.entitlement), "clause": one.clause}
        for one in grants
        if one.entitlement in FIRST_IN_QUEUE
    ]
    if place is not None and any(clause.id == GROUP_ENTRY for clause in edition.clauses()):
        tags.append({"words": in_language(clause_title(edition, GROUP_ENTRY)), "clause": GROUP_ENTRY})
    return tags


def _promises_of(person_id: int, edition: Edition, today: Any) -> list[dict[str, Any]]:
    """Give what managers owe the caller now; the clocks of cases stand beside the cases."""
    owed = [one for one in open_promises_of_person(person_id, day=today) if one.case_id is None]
    return [
        {
            "action": one.action,
            "title": wording.word(wording.ACTIONS, one.action),
            "occasion": wording.word(wording.OCCASIONS, one.on_occasion),
            "due_date": one.due_date,
            "clause": one.clause,
            "clause_title": in_language(clause_title(edition, one.clause)),
            "responsible": wording.employee_name(one.responsible) if one.responsible else "",
        }
        for one in owed[:PROMISES_SHOWN]
    ]


def _add_reminders(page: CallerPage, edition: Edition) -> None:
    page.reminders = list(checklists_for(edition.checklists, occasion="hotline"))
    itemised = {item.clause for one in page.reminders for item in one.items}
    page.mind = [one for one in guidance_on(edition=edition, place="hotline") if one.id not in itemised]
