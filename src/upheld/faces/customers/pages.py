"""Compose the page of a person and of a group: who they are, what they hold and why, what is owed, what happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from upheld.faces import wording
from upheld.faces.book import Book
from upheld.faces.editions import clause_title
from upheld.faces.entitlements.panel import Panel, panel_of
from upheld.faces.masking import masked_name
from upheld.faces.promise_lines import Line, lines_of
from upheld.faces.standards.rows_in_words import terms_in_words
from upheld.faces.templatetags.shown import in_language
from upheld.policy.editions import Edition
from upheld.policy.entitlements import entitlements_of
from upheld.policy.facts import Subject
from upheld.records.evidence.queries import interactions_of_group, interactions_of_person
from upheld.records.people.queries import (
    facts_of_groups,
    facts_of_people,
    members_of_group,
    roles_of_person,
)
from upheld.records.promises.queries import promises_of_group, promises_of_person
from upheld.records.staff.queries import assignments_of_group, assignments_of_person
from upheld.records.tiers.queries import latest_ratings, membership_on

PAST_A_PAGE = 12
CONTACTS_SHOWN = 10
CANCELLED_SHOWN = 20
_AHEAD = timedelta(days=92)
_STATES = ("open", "kept", "broken", "waived")


@dataclass
class CustomerPage:
    """What the page of a person or a group shows."""

    coming: list[Line] = field(default_factory=list)
    past: list[Line] = field(default_factory=list)
    past_pages: Page | None = None
    cancelled: list[Line] = field(default_factory=list)
    cancelled_in_all: int = 0
    tallies: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[Any] = field(default_factory=list)
    panel: Panel | None = None
    manager: str = ""
    card: str | None = None
    standing: str | None = None
    since: date | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)
    roles: list[dict[str, Any]] = field(default_factory=list)
    birthday: str = ""
    people: list[dict[str, Any]] = field(default_factory=list)


def person_page(person: Any, *, edition: Edition, book: Book, page: int) -> CustomerPage:
    """Compose the page of a person."""
    today = book.day
    shown = CustomerPage(
        roles=[
            {
                "group_code": place.group.code,
                "group_name": place.group.name,
                "group_class": place.group.group_class,
                "role": place.role,
            }
            for place in roles_of_person(person.pk, day=today)
        ],
        manager=_served_by(assignments_of_person(person.pk, day=today)),
        contacts=interactions_of_person(person.pk, limit=CONTACTS_SHOWN),
        birthday=birthday_in_words(person),
    )
    _add_standing(shown, person.pk, edition=edition, today=today)
    subject = facts_of_people([person.pk], as_of=today).get(person.pk, {})
    # A frozen member keeps the card; what it still brings, the panel finds by the clauses.
    if shown.card and shown.standing in ("active", "frozen"):
        subject = {**subject, "card": shown.card, "frozen": shown.standing == "frozen"}
    shown.panel = panel_of(user=book.user, person=person, edition=edition, subject=subject, today=today)
    promises = promises_of_person(person.pk)
    _add_promises(shown, promises, edition=edition, book=book, page=page)
    return shown


def group_page(group: Any, *, edition: Edition, book: Book, page: int) -> CustomerPage:
    """Compose the page of a group."""
    today = book.day
    members = members_of_group(group.pk, day=today)
    key_persons = [one for one in members if one.role]
    ids = [one.person_id for one in key_persons]
    held, served = membership_on(ids, today), book.served(ids)
    shown = CustomerPage(
        people=[
            {
                "code": one.person.code,
                "name": one.person.name if one.person_id in served else masked_name(one.person.name),
                "role": one.role,
                "card": held[one.person_id].card if one.person_id in held else None,
                "standing": held[one.person_id].state if one.person_id in held else None,
            }
            for one in key_persons
        ],
        manager=_served_by(assignments_of_group(group.pk, day=today)),
        contacts=interactions_of_group(group.pk, limit=CONTACTS_SHOWN),
        panel=panel_of(
            user=book.user,
            group=group,
            edition=edition,
            subject=facts_of_groups([group.pk]).get(group.pk, {}),
            today=today,
        ),
    )
    promises = promises_of_group(group.pk)
    _add_promises(shown, promises, edition=edition, book=book, page=page)
    return shown


def _served_by(assignments: list[Any]) -> str:
    """Name the account or phone manager; a chief representative keeps the tie with the top and is named as such."""
    named = dict.fromkeys(
        f"{one.employee.name} ({wording.word(wording.JOBS, one.kind)})" for one in assignments
    )
    return gettext(", ").join(named)


def _add_standing(shown: CustomerPage, person_id: int, *, edition: Edition, today: date) -> None:
    held = membership_on([person_id], today).get(person_id)
    rating = latest_ratings([person_id], until=today).get(person_id)
    if held is not None:
        shown.card, shown.standing, shown.since = held.card, held.state, held.from_date
    elif rating is not None:
        shown.standing = rating.state
    if rating is not None:
        shown.reasons = [
            {
                "clause": reason["clause"],
                "title": in_language(clause_title(edition, reason["clause"])),
                "card": reason.get("card"),
            }
            for reason in rating.because
        ]


def grants_in_words(edition: Edition, subject: Subject, today: date) -> list[dict[str, Any]]:
    """Give the entitlements of a subject on a day, each with its terms in words and its clause."""
    return [
        {"entitlement": grant.entitlement, "clause": grant.clause, "terms": terms_in_words(grant.details)}
        for grant in entitlements_of(edition=edition, subject=subject, as_of=today)
    ]


def _add_promises(
    shown: CustomerPage, promises: list[Any], *, edition: Edition, book: Book, page: int
) -> None:
    """Part promises: owed now and next, soonest first; past, latest first and paged; cancelled, the latest of them."""
    today = book.day
    past = [one for one in promises if one.state not in ("open", "cancelled")]
    cancelled = [one for one in promises if one.state == "cancelled"]
    soon = (one for one in promises if one.state == "open" and one.due_date < today + _AHEAD)
    ahead = sorted(soon, key=lambda one: (one.due_date, one.pk))
    # Of what has not begun, the next one of each kind says enough.
    begun = [one for one in ahead if one.from_date <= today]
    following: dict[tuple[str, str], Any] = {}
    for one in ahead:
        if one.from_date > today:
            following.setdefault((one.clause, one.action), one)
    shown.past_pages = Paginator(past, PAST_A_PAGE).get_page(page)
    on_page = list(shown.past_pages.object_list)
    coming = [*begun, *following.values()]
    # Nobody need look at what was never owed in the end, yet who asks why finds it: the latest will do.
    shown.cancelled_in_all = len(cancelled)
    latest = sorted(cancelled, key=lambda one: (one.ended_at, one.pk), reverse=True)[:CANCELLED_SHOWN]
    lines = lines_of([*coming, *on_page, *latest], edition=edition, book=book)
    first_cancelled = len(coming) + len(on_page)
    shown.coming, shown.past = lines[: len(coming)], lines[len(coming) : first_cancelled]
    shown.cancelled = lines[first_cancelled:]
    counted = Counter(one.state for one in promises if one.from_date <= today)
    shown.tallies = [{"state": state, "count": counted[state]} for state in _STATES if counted[state]]


def birthday_in_words(person: Any) -> str:
    """Write a birthday by its calendar: `3 Mar`, or `lunar 12-30`; empty where it is not known."""
    if person.birthday_month is None:
        return ""
    if person.birthday_calendar == "lunar":
        return gettext("lunar calendar, month %(month)d day %(day)d") % {
            "month": person.birthday_month,
            "day": person.birthday_day,
        }
    leap_year = 2000  # the 29th of February is a birthday too
    born = date(leap_year, person.birthday_month, person.birthday_day)
    return date_format(born, pgettext("date without year", "j M"))
