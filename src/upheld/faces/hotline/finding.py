"""Find who calls: by the number that rings, by what the agent types, or through the name of the caller's group.

Names are masked in the list, as in every list: the caller's own page needs the name, the list only the choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from upheld.faces import wording
from upheld.faces.masking import masked_name, masked_number
from upheld.records.people.callers import key_persons_of, people_with_number, plain_number, services_ringing
from upheld.records.people.queries import find_groups, find_people, places_of_people
from upheld.records.tiers.queries import membership_on

PEOPLE_SHOWN, GROUPS_SHOWN, KEY_PERSONS_SHOWN = 12, 4, 8


@dataclass(frozen=True)
class Found:
    """One line of what was found: whom the agent may open."""

    name: str
    url: str
    note: str
    card: str | None


def callers_with_number(number: str, *, day: date) -> list[Found]:
    """Give those whose own number, or whose service's number, rings; their pages know which service it is.

    The address names the service by its id: a number does not stand in an address for everybody to read.
    """
    people = people_with_number(number, limit=PEOPLE_SHOWN)
    rang = services_ringing(number, [one.pk for one in people])
    return _lines([(one, "") for one in people], day=day, rang=rang)


def callers_called(text: str, *, day: date) -> list[Found]:
    """Give whom a text may mean: a whole number first, else names, pinyin, ends of numbers, codes, groups' people."""
    if not text:
        return []
    if plain_number(text) and (people := people_with_number(text, limit=PEOPLE_SHOWN)):
        return _lines([(one, "") for one in people], day=day)
    found = [(one, "") for one in find_people(text, limit=PEOPLE_SHOWN)]
    groups = [one.pk for one in find_groups(text, limit=GROUPS_SHOWN)]
    known = {one.pk for one, _ in found}
    through = key_persons_of(groups, day=day, limit=KEY_PERSONS_SHOWN)
    return _lines([*found, *((one, group) for one, group in through if one.pk not in known)], day=day)


def _lines(people: list[tuple[Any, str]], *, day: date, rang: Mapping[int, int] | None = None) -> list[Found]:
    ids = [one.pk for one, _ in people]
    held, places = membership_on(ids, day), places_of_people(ids, day=day)
    lines = []
    for person, group in people:
        place = places.get(person.pk)
        role = wording.word(wording.ROLES, place.role) if place and place.role else ""
        parts = [masked_number(person.phone), group or (place.group_name if place else ""), role]
        lines.append(
            Found(
                masked_name(person.name),
                _address_of(person, (rang or {}).get(person.pk)),
                " · ".join(part for part in parts if part),
                held[person.pk].card if person.pk in held else None,
            )
        )
    return lines


def _address_of(person: Any, service_id: int | None) -> str:
    address = reverse("caller", args=[person.code])
    return f"{address}?{urlencode({'rang': service_id})}" if service_id else address
