"""Find who stands at the counter, by number, name, pinyin or code; or a case or form by the code on its paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext

from upheld.faces import case_words, wording
from upheld.faces.masking import masked_name, masked_number
from upheld.records.cases.queries import case_with_id
from upheld.records.counter.queries import request_with_id
from upheld.records.people.queries import find_people, places_of_people
from upheld.records.tiers.queries import membership_on

PEOPLE_SHOWN = 12
_PAPER = re.compile(r"([CcRr])(\d{1,15})")


@dataclass(frozen=True)
class Found:
    """One line of what was found; `code` is the customer's, who may be given a number."""

    name: str
    url: str
    note: str
    card: str | None = None
    code: str = ""


def found_at_counter(text: str, *, day: date) -> list[Found]:
    """Give what a text means: the code on a form (C18, R7) as a scanner types it, else customers, masked."""
    if not text:
        return []
    on_paper = _on_paper(text)
    if on_paper is not None:
        return [on_paper]
    people = find_people(text, limit=PEOPLE_SHOWN)
    ids = [one.pk for one in people]
    held, places = membership_on(ids, day), places_of_people(ids, day=day)
    found = []
    for one in people:
        place = places.get(one.pk)
        role = wording.word(wording.ROLES, place.role) if place and place.role else ""
        parts = [masked_number(one.phone), place.group_name if place else "", role]
        found.append(
            Found(
                masked_name(one.name),
                reverse("counter-customer", args=[one.code]),
                " · ".join(part for part in parts if part),
                held[one.pk].card if one.pk in held else None,
                one.code,
            )
        )
    return found


def _on_paper(text: str) -> Found | None:
    read = _PAPER.fullmatch(text)
    if read is None:
        return None
    letter, number = read[1].upper(), int(read[2])
    if letter == "C" and (case := case_with_id(number)) is not None:
        return Found(
            gettext("Case %(number)s") % {"number": number},
            reverse("case", args=[number]),
            case_words.case_title(case.kind, case.order_type),
        )
    if letter == "R" and (request := request_with_id(number)) is not None:
        return Found(
            gettext("Request %(number)s") % {"number": f"R{number}"},
            reverse("counter-request", args=[number]),
            case_words.moment(request.at),
        )
    return None
