"""Write promises as lines for people: what, to whom, why, until when, and how it ended.

What a list needs beside the promises themselves (cards, roles, clause titles) is fetched here for the whole list at
once, so that no page asks the database row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from upheld.faces import why, wording
from upheld.faces.book import Book
from upheld.faces.editions import clause_title, clauses_by_card
from upheld.faces.end_reasons import reason_in_words
from upheld.faces.masking import masked_name, masked_number
from upheld.faces.templatetags.shown import in_language
from upheld.policy.editions import Edition
from upheld.records.moments.queries import moments_of_promises
from upheld.records.people.queries import PlaceInGroup, places_of_people
from upheld.records.tiers.queries import MembershipOn, membership_on


@dataclass(frozen=True)
class Behind:
    """The page of what a promise came from: its key moment, or the customer's journey; for whom it may open."""

    url: str
    words: str
    permission: str


@dataclass(frozen=True)
class Line:
    """One promise as a line of a list."""

    id: int
    action: str
    title: str
    clause: str
    why: str
    from_date: date
    due_date: date
    state: str
    late: bool
    started: bool
    responsible: str
    customer_name: str
    group_name: str
    url: str
    end_words: str = ""
    behind: Behind | None = None


@dataclass
class Customer:
    """Who is owed something: a person or a group, as a list shows them, and the lines of what is owed."""

    kind: str
    id: int
    name: str
    url: str
    phone: str = ""
    card: str | None = None
    standing: str | None = None
    group_name: str = ""
    group_class: str | None = None
    role: str | None = None
    promises: list[Line] = field(default_factory=list)

    @property
    def several(self) -> int:
        """Count the promises when there are several, else 0: one greeting may meet them all."""
        return len(self.promises) if len(self.promises) > 1 else 0


@dataclass(frozen=True)
class Surroundings:
    """What is known of the people of a list on a day: their cards and their places in groups."""

    memberships: Mapping[int, MembershipOn]
    places: Mapping[int, PlaceInGroup]
    served: Collection[int]
    """The persons whom the reader serves; the names of all others are masked."""
    moments: Mapping[int, int] = field(default_factory=dict)
    """The key moments for which promises of the list were made."""

    @classmethod
    def of(cls, promises: Iterable[Any], *, book: Book) -> Surroundings:
        """Fetch them for all persons of a list, in three queries, and one more where key moments are among it."""
        rows = list(promises)
        ids = [row.person_id for row in rows if row.person_id is not None]
        return cls(
            membership_on(ids, book.day),
            places_of_people(ids, day=book.day),
            book.served(ids),
            moments_of_promises([row.pk for row in rows if row.source == "warning"]),
        )

    def name_of(self, row: Any) -> str:
        """Give the name of whom a promise is owed to, as the reader may read it."""
        if row.person_id is None:
            return str(row.group.name)
        return row.person.name if row.person_id in self.served else masked_name(row.person.name)


def lines_of(promises: Iterable[Any], *, edition: Edition, book: Book) -> list[Line]:
    """Write promises, which come with their subject and responsible, as lines in the same order."""
    rows = list(promises)
    around = Surroundings.of(rows, book=book)
    return [_line(row, around, edition=edition, today=book.day) for row in rows]


def customers_of(promises: Iterable[Any], *, edition: Edition, book: Book) -> list[Customer]:
    """Write promises grouped by whom they are owed to, in the order in which the customers first come."""
    rows = list(promises)
    around = Surroundings.of(rows, book=book)
    customers: dict[tuple[int | None, int | None], Customer] = {}
    for row in rows:
        key = (row.person_id, row.group_id)
        if key not in customers:
            customers[key] = _customer(row, around)
        customers[key].promises.append(_line(row, around, edition=edition, today=book.day))
    return list(customers.values())


def _customer(row: Any, around: Surroundings) -> Customer:
    if row.person_id is None:
        url = reverse("group", args=[row.group.code])
        return Customer("group", row.group_id, row.group.name, url, group_class=row.group.group_class)
    held, place = around.memberships.get(row.person_id), around.places.get(row.person_id)
    return Customer(
        "person",
        row.person_id,
        around.name_of(row),
        reverse("person", args=[row.person.code]),
        phone=masked_number(row.person.phone),
        card=held.card if held else None,
        standing=held.state if held else None,
        group_name=place.group_name if place else "",
        group_class=place.group_class if place else None,
        role=place.role if place else None,
    )


def _line(row: Any, around: Surroundings, *, edition: Edition, today: date) -> Line:
    is_group = row.person_id is None
    held, place = around.memberships.get(row.person_id), around.places.get(row.person_id)
    subject = row.group if is_group else row.person
    standing = why.whose(
        by_card=row.clause in clauses_by_card(edition),
        group_class=row.group.group_class if is_group else (place.group_class if place else None),
        role=place.role if place else None,
        card=held.card if held else None,
        is_group=is_group,
    )
    rhythm = why.rhythm_of(from_date=row.from_date, due_date=row.due_date, on_occasion=row.on_occasion)
    if row.source == "appointment":
        # No standard says how often: the customer was asked, and a time was agreed.
        standing, rhythm = "", gettext("agreed with the customer")
    title = in_language(clause_title(edition, row.clause))
    return Line(
        id=row.pk,
        action=row.action,
        title=why.title_of(action=row.action, on_occasion=row.on_occasion),
        clause=row.clause,
        why=why.why_in_words(clause_title=title, standing=standing, rhythm=rhythm),
        from_date=row.from_date,
        due_date=row.due_date,
        state=row.state,
        late=row.late,
        started=row.from_date <= today,
        responsible=wording.employee_name(row.responsible) if row.responsible_id else "",
        customer_name=around.name_of(row),
        group_name=place.group_name if place else "",
        url=reverse("group" if is_group else "person", args=[subject.code]),
        end_words=end_in_words(row),
        behind=_behind(row, around),
    )


def _behind(row: Any, around: Surroundings) -> Behind | None:
    if row.pk in around.moments:
        return Behind(reverse("moment", args=[around.moments[row.pk]]), gettext("Key moment"), "read_moments")
    if row.source == "journey" and row.person_id is not None:
        address = reverse("journey-of-person", args=[row.person.code])
        return Behind(address, gettext("Journey"), "read_journeys")
    return None


def end_in_words(row: Any) -> str:
    """Say how a promise ended: when, and why, where that says more than the state does."""
    if row.ended_at is None:
        return ""
    ended = date_format(timezone.localtime(row.ended_at).date(), gettext("j M Y"))
    parts = [wording.word(wording.STATES, row.state), ended, reason_in_words(row)]
    return " · ".join(part for part in parts if part)
