"""Read what people hold and why: the membership of a day, and the latest ratings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from upheld.records.among import among
from upheld.records.periods import on_day
from upheld.records.tiers.models import Membership, Rating


@dataclass(frozen=True)
class MembershipOn:
    """What a person holds on a day.

    `card` is None for a provisional member; `until_date` None: until further notice.
    """

    id: int
    card: str | None
    state: str
    from_date: date
    until_date: date | None
    rating_id: int


def membership_on(person_ids: Iterable[int] | QuerySet, day: date) -> dict[int, MembershipOn]:
    """Give the membership of each person on a day, by person id; who holds nothing is left out. One query."""
    them = Q(person_id__in=person_ids) if isinstance(person_ids, QuerySet) else among("person_id", person_ids)
    held = Membership.objects.filter(them, on_day(day)).values_list(
        "person_id", "pk", "card", "state", "from_date", "until_date", "rating_id"
    )
    return {person: MembershipOn(*shown) for person, *shown in held}  # type: ignore[arg-type]


def active_cards(person_ids: Iterable[int], day: date) -> dict[int, str]:
    """Give the card of each person on a day, by person id; a frozen one counts as none (CT-37). One query."""
    held = Membership.objects.filter(among("person_id", person_ids), on_day(day), state="active")
    return {person: card for person, card in held.values_list("person_id", "card") if card is not None}


def latest_ratings(person_ids: Sequence[int], *, until: date | None = None) -> dict[int, Rating]:
    """Give the newest rating of each person, as of `until` at the latest, by person id. One query."""
    ratings = Rating.objects.filter(among("person_id", person_ids))
    if until is not None:
        ratings = ratings.filter(as_of__lte=until)
    newest = ratings.order_by("person_id", "-as_of", "-pk").distinct("person_id")
    return {rating.person_id: rating for rating in newest}
