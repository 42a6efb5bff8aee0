"""Write events and their guests as lines: who serves a guest reads the name, everybody else a mask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from upheld.faces.book import Book
from upheld.faces.events import words
from upheld.faces.masking import masked_name, masked_number
from upheld.faces.wording import employee_name, word
from upheld.records.events.queries import Seats
from upheld.records.people.queries import places_of_people


@dataclass(frozen=True)
class EventLine:
    """One event of the calendar."""

    id: int
    title: str
    kind: str
    state: str
    tag: str
    state_words: str
    starts_at: Any
    ends_at: Any
    place: str
    seats: Seats
    capacity: int
    clauses: list[str]

    @property
    def free(self) -> int:
        """Count the seats that nobody has."""
        return max(self.capacity - self.seats.taken, 0)


@dataclass(frozen=True)
class GuestLine:
    """One guest, or one who is to be invited."""

    id: int
    code: str
    name: str
    url: str
    group_name: str
    group_class: str | None
    role: str | None
    phone: str
    through: str
    clause: str
    due_date: date | None
    is_group: bool
    state: str = ""
    tag: str = ""
    state_words: str = ""
    place: int | None = None
    attended: bool | None = None
    mine: bool = True


@dataclass(frozen=True)
class Segment:
    """One part of the picture of seats, in thousandths of the bar."""

    kind: str
    label: str
    number: int
    x: int
    width: int


def event_line(event: Any, seats: Seats) -> EventLine:
    """Write an event."""
    return EventLine(
        id=event.pk,
        title=event.title,
        kind=word(words.KINDS, event.kind),
        state=event.state,
        tag=words.STATE_TAGS[event.state],
        state_words=word(words.STATES, event.state),
        starts_at=timezone.localtime(event.starts_at),
        ends_at=timezone.localtime(event.ends_at),
        place=event.place,
        seats=seats,
        capacity=event.capacity,
        clauses=list(event.clauses),
    )


def picture_of(line: EventLine) -> list[Segment]:
    """Lay the seats out as one bar: coming, invited, free; who waits is drawn behind its end by the page's words."""
    whole = max(line.capacity, line.seats.taken, 1)
    parts = [
        ("accepted", words.GUESTS["accepted"], line.seats.accepted),
        ("invited", words.GUESTS["invited"], line.seats.invited),
    ]
    found, x = [], 0
    for kind, label, number in parts:
        width = round(1000 * number / whole)
        found.append(Segment(kind, str(label), number, x, width))
        x += width
    return [one for one in found if one.number]


def guest_lines(
    invitations: Iterable[Any], *, book: Book, day: date, all_mine: bool = False
) -> list[GuestLine]:
    """Write the guests of an event; `all_mine` lets who gives the event act on every guest."""
    rows = list(invitations)
    people = [one.person_id for one in rows if one.person_id is not None]
    people += [one.through_id for one in rows if one.through_id is not None]
    served, places = book.served(people), places_of_people(people, day=day)
    held = _held_groups(book, [one.group_id for one in rows if one.group_id is not None])
    return [
        _guest(
            one,
            served,
            places,
            mine=all_mine or book.whole or one.person_id in served or one.group_id in held,
        )
        for one in rows
    ]


def proposal_lines(proposed: Iterable[Any], *, book: Book) -> list[GuestLine]:
    """Write whom an event may invite."""
    rows = list(proposed)
    ids = [one.person.pk for one in rows if one.person] + [one.through.pk for one in rows if one.through]
    served = book.served(ids)
    return [
        GuestLine(
            id=0,
            code=one.code,
            name=_name(one.person, served) if one.person else one.group.name,
            url=_url(one.person, one.group),
            group_name=one.group_name if one.person else "",
            group_class=one.group_class,
            role=one.role,
            phone=masked_number((one.person or one.through).phone) if one.person or one.through else "",
            through=_name(one.through, served) if one.through else "",
            clause=one.clause,
            due_date=one.due_date,
            is_group=one.person is None,
        )
        for one in rows
    ]


def story_lines(steps: Iterable[Any], *, book: Book) -> list[dict[str, Any]]:
    """Write what happened last on the list of an event."""
    rows = list(steps)
    served = book.served([one.invitation.person_id for one in rows if one.invitation.person_id is not None])
    return [
        {
            "at": timezone.localtime(one.at),
            "words": word(words.STEPS, one.step),
            "name": _name(one.invitation.person, served)
            if one.invitation.person
            else one.invitation.group.name,
            "by": employee_name(one.by) if one.by_id else "",
            "note": one.note,
        }
        for one in rows
    ]


def _guest(one: Any, served: frozenset[int], places: Any, *, mine: bool) -> GuestLine:
    place = places.get(one.person_id)
    asked = one.person or one.through
    return GuestLine(
        id=one.pk,
        code=one.person.code if one.person else one.group.code,
        name=_name(one.person, served) if one.person else one.group.name,
        url=_url(one.person, one.group),
        group_name=place.group_name if place else "",
        group_class=one.group.group_class if one.group else (place.group_class if place else None),
        role=place.role if place else None,
        phone=masked_number(asked.phone) if asked else "",
        through=_name(one.through, served) if one.through else "",
        clause=one.promise.clause if one.promise else "",
        due_date=one.promise.due_date if one.promise else None,
        is_group=one.person is None,
        state=one.state,
        tag=words.GUEST_TAGS[one.state],
        state_words=word(words.GUESTS, one.state),
        place=one.place,
        attended=one.attended,
        mine=mine,
    )


def _name(person: Any, served: frozenset[int]) -> str:
    return person.name if person.pk in served else masked_name(person.name)


def _url(person: Any, group: Any) -> str:
    return reverse("person", args=[person.code]) if person else reverse("group", args=[group.code])


def _held_groups(book: Book, group_ids: list[int]) -> frozenset[int]:
    if book.groups is None or not group_ids:
        return frozenset()
    return frozenset(book.groups.filter(pk__in=group_ids).values_list("pk", flat=True))
