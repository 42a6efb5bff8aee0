"""Find customers within a user's reach, as a list that names each one just enough to be told apart."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from upheld.faces import wording
from upheld.faces.book import Book
from upheld.faces.masking import masked_name, masked_number
from upheld.records.people.queries import find_groups, find_people, places_of_people
from upheld.records.tiers.queries import membership_on

PEOPLE_SHOWN, GROUPS_SHOWN = 12, 5


@dataclass(frozen=True)
class Found:
    """One line of what a search found."""

    kind: str
    name: str
    url: str
    note: str
    card: str | None = None


def find(text: str, *, book: Book) -> list[Found]:
    """Find persons, then groups, by name, pinyin initials, masked number or code."""
    if not text:
        return []
    people = find_people(text, within=book.people, limit=PEOPLE_SHOWN)
    ids = [one.pk for one in people]
    held, places = membership_on(ids, book.day), places_of_people(ids, day=book.day)
    served = book.served(ids)
    found = []
    for one in people:
        place = places.get(one.pk)
        role = wording.word(wording.ROLES, place.role) if place and place.role else ""
        parts = [masked_number(one.phone), place.group_name if place else "", role]
        found.append(
            Found(
                "person",
                one.name if one.pk in served else masked_name(one.name),
                reverse("person", args=[one.code]),
                " · ".join(part for part in parts if part),
                held[one.pk].card if one.pk in held else None,
            )
        )
    for group in find_groups(text, within=book.groups, limit=GROUPS_SHOWN):
        note = gettext("class %(class)s group") % {"class": group.group_class}
        found.append(Found("group", group.name, reverse("group", args=[group.code]), note))
    return found
