"""Compose an executive's month: each group with its top people, what was, what is owed, what to know before a call."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from upheld.faces import case_words, wording
from upheld.faces.book import Book
from upheld.faces.customers.pages import birthday_in_words
from upheld.faces.masking import masked_name, masked_number
from upheld.faces.months import month_after
from upheld.faces.promise_lines import Line, lines_of
from upheld.policy.editions import Edition
from upheld.records.cases.of_circle import open_cases_of_circle
from upheld.records.evidence.of_circle import contacts_with_circle
from upheld.records.people.top_people import key_persons_of
from upheld.records.promises.of_circle import broken_to_circle, owed_to_circle
from upheld.records.staff.queries import book_of
from upheld.records.tiers.queries import membership_on

GROUPS_SHOWN = 40
CONTACTS_SHOWN = 3
BACK = timedelta(days=180)
"""How far back the story goes."""
BROKEN_SINCE = timedelta(days=90)
MASS = frozenset({"sms", "greeting", "information"})
"""What goes out by the hundred: counted here, not listed."""
STRIP_BACK, STRIP_AHEAD = 90, 30
"""The drawn strip: so many days behind and ahead of the day."""


@dataclass(frozen=True)
class Mark:
    """One sign on the strip of a top person: a contact that was, or one that is owed; x in thousandths."""

    x: int
    kind: str
    says: str


@dataclass
class TopPerson:
    """A top person with all that an executive should know before the call."""

    code: str
    name: str
    phone: str
    role: str
    card: str | None
    standing: str | None
    birthday: str
    contacts: list[dict[str, Any]] = field(default_factory=list)
    owed: list[Line] = field(default_factory=list)
    messages: int = 0
    next_day: date | None = None
    days_since: int | None = None
    strip: list[Mark] = field(default_factory=list)


@dataclass
class GroupOfMonth:
    """One group of the executive's few: its top people, its cases, what was broken to it or to them."""

    code: str
    name: str
    group_class: str
    kind: str
    people: list[TopPerson] = field(default_factory=list)
    others: int = 0
    owed: list[Line] = field(default_factory=list)
    messages: int = 0
    broken: list[Line] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)

    @property
    def needs_care(self) -> bool:
        """Say whether there is something to know of before anybody calls."""
        return bool(self.broken or self.cases)


@dataclass
class ChiefMonth:
    """The page: a month of one executive."""

    name: str
    first: date
    last: date
    today: date
    groups: list[GroupOfMonth] = field(default_factory=list)
    owed: int = 0
    talked: int = 0
    top_people: int = 0


def chief_month(employee: Any, *, first: date, book: Book, edition: Edition) -> ChiefMonth:
    """Compose the month that begins on `first`; a fixed number of queries, however many groups there are."""
    until = month_after(first)
    theirs = book_of(employee, day=book.day)
    groups = list(theirs.groups.order_by("group_class", "name")[:GROUPS_SHOWN])
    group_ids = [one.pk for one in groups]
    roles = key_persons_of(group_ids, day=book.day)
    top = [one for one in roles if one.role == "top_decision_maker"]
    shown = ChiefMonth(wording.employee_name(employee), first, until - timedelta(days=1), book.day)
    shown.top_people = len(top)
    person_ids = [one.person_id for one in top]
    circle = {"person_ids": person_ids, "group_ids": group_ids}
    owed = owed_to_circle(**circle, from_date=min(first, book.day), until_date=until)
    broken = broken_to_circle(**circle, since=book.day - BROKEN_SINCE)
    contacts = contacts_with_circle(**circle, since=_midnight(book.day - BACK))
    by_group = {
        one.pk: GroupOfMonth(one.code, one.name, one.group_class, one.group_kind or "") for one in groups
    }
    group_of = {one.person_id: one.group_id for one in top}
    people = _people(top, book=book)
    for role in top:
        by_group[role.group_id].people.append(people[role.person_id])
    for role in roles:
        by_group[role.group_id].others += role.role != "top_decision_maker"
    _add_contacts(people, contacts, shown)
    _add_owed(people, by_group, owed, edition=edition, book=book)
    for row, line in zip(broken, lines_of(broken, edition=edition, book=book), strict=True):
        _group(row, by_group, group_of).broken.append(line)
    for case in open_cases_of_circle(**circle):
        _group(case, by_group, group_of).cases.append(_case(case))
    shown.groups = list(by_group.values())
    shown.owed = sum(len(one.owed) for one in shown.groups) + sum(len(one.owed) for one in people.values())
    return shown


def _people(top: list[Any], *, book: Book) -> dict[int, TopPerson]:
    ids = [one.person_id for one in top]
    held, served = membership_on(ids, book.day), book.served(ids)
    return {
        one.person_id: TopPerson(
            code=one.person.code,
            name=one.person.name if one.person_id in served else masked_name(one.person.name),
            phone=masked_number(one.person.phone),
            role=one.role,
            card=held[one.person_id].card if one.person_id in held else None,
            standing=held[one.person_id].state if one.person_id in held else None,
            birthday=birthday_in_words(one.person),
        )
        for one in top
    }


def _add_contacts(people: dict[int, TopPerson], contacts: list[Any], shown: ChiefMonth) -> None:
    """Add the story of each top person: what was said and when, and the signs of the strip."""
    talked = set()
    for row in contacts:
        who = people.get(row.person_id)
        if who is None:
            continue
        day = timezone.localdate(row.happened_at)
        if shown.first <= day <= shown.last and row.channel not in MASS:
            talked.add(row.person_id)
        name = wording.word(wording.ACTIONS, row.channel)
        if row.channel not in MASS:
            if who.days_since is None:
                who.days_since = (shown.today - day).days
            if len(who.contacts) < CONTACTS_SHOWN:
                by = wording.employee_name(row.employee) if row.employee_id else ""
                who.contacts.append({"day": day, "channel": row.channel, "report": row.report, "by": by})
        x = _place(day, shown.today)
        if x is not None:
            kind = "small" if row.channel in MASS else "was"
            who.strip.append(Mark(x, kind, f"{name} {day:%m-%d}"))
    shown.talked = len(talked)


def _add_owed(
    people: dict[int, TopPerson],
    groups: dict[int, GroupOfMonth],
    owed: list[Any],
    *,
    edition: Edition,
    book: Book,
) -> None:
    counted: dict[int, int] = defaultdict(int)
    for row, line in zip(owed, lines_of(owed, edition=edition, book=book), strict=True):
        place: Any = people[row.person_id] if row.person_id is not None else groups[row.group_id]
        if row.action in MASS:
            place.messages += 1
            continue
        place.owed.append(line)
        if row.person_id is None:
            continue
        day = row.planned_on or row.due_date
        place.next_day = min(day, place.next_day or day)
        x = _place(day, book.day)
        if x is not None:
            counted[row.person_id] += 1
            place.strip.append(Mark(x, "owed", f"{line.title} {day:%m-%d}"))


def _group(row: Any, by_group: dict[int, GroupOfMonth], group_of: dict[int, int]) -> GroupOfMonth:
    """Find the group of a promise or a case: the person's where it is a person's, for a case names both."""
    if row.person_id in group_of:
        return by_group[group_of[row.person_id]]
    return by_group[row.group_id]


def _case(case: Any) -> dict[str, Any]:
    return {
        "id": case.pk,
        "title": case_words.case_title(case.kind, case.order_type),
        "opened": timezone.localdate(case.opened_at),
        "handler": wording.employee_name(case.handler) if case.handler_id else "",
    }


def _place(day: date, today: date) -> int | None:
    """Give where a day stands on the strip, in thousandths; None beyond its ends."""
    days = (day - today).days + STRIP_BACK
    whole = STRIP_BACK + STRIP_AHEAD
    return round(1000 * days / whole) if 0 <= days <= whole else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())
