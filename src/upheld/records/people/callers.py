"""Find who calls by the number that a telephone system shows: exactly, in two index look-ups, however large the base.

The search of the pages (`search.py`) reads a number's beginning and end as well; what rings is a whole number.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from django.db.models import F

from upheld.records.people.models import GroupRole, Person, Service
from upheld.records.periods import on_day

_SHORTEST = 5
"""Shorter numbers are services such as 10086, not customers."""


def plain_number(written: str) -> str:
    """Return a number as the records keep it: digits alone, without China's code or a long-distance zero.

    `+86 138-1234-1234` and `013812341234` are 13812341234; a landline keeps the zero of its area.
    """
    digits = re.sub(r"\D", "", written)[:32]
    for code in ("0086", "86"):
        if digits.startswith(code) and len(digits) - len(code) >= 10:
            digits = digits[len(code) :]
            break
    return digits[1:] if re.fullmatch(r"01[3-9]\d{9}", digits) else digits


def people_with_number(number: str, *, limit: int = 12) -> list[Person]:
    """Give the persons whose own number or whose service's number this is, in the order of their names."""
    plain = plain_number(number)
    if len(plain) < _SHORTEST:
        return []
    own = Person.objects.filter(phone=plain).values_list("pk", flat=True)
    through_service = Service.objects.filter(number=plain).values_list("person_id", flat=True)
    ids = {*own[:limit], *through_service[:limit]}
    if not ids:
        return []
    return list(Person.objects.filter(pk__in=ids).order_by("pinyin_key", "pk")[:limit])


def services_ringing(number: str, person_ids: Collection[int]) -> dict[int, int]:
    """Give the service of each of some persons whose number this is, by person id; who has none is left out."""
    rows = Service.objects.filter(number=plain_number(number), person_id__in=person_ids)
    return dict(rows.order_by("-pk").values_list("person_id", "pk"))


def key_persons_of(group_ids: Collection[int], *, day: date, limit: int = 12) -> list[tuple[Person, str]]:
    """Give the key persons of some groups on a day, each with the group's name: who is likely to call for it."""
    if not group_ids:
        return []
    roles = GroupRole.objects.filter(on_day(day), group_id__in=group_ids, role__isnull=False)
    rows = roles.select_related("person").annotate(group_name=F("group__name"))
    return [(row.person, row.group_name) for row in rows.order_by("group_id", "role", "pk")[:limit]]
