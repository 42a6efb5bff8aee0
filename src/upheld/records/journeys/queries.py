"""Read journeys: those that run, one customer's, and the ticks that count."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from upheld.records.journeys.models import Journey, JourneyStep

DAYS = 90
"""The last day of a journey (JOIN-1)."""


def journey_with_id(journey_id: int) -> Journey | None:
    """Give a journey with its person and edition, or None."""
    return _whole().filter(pk=journey_id).first()


def journey_of_person(person_id: int) -> Journey | None:
    """Give the journey that runs, else the latest one; None for somebody who never had one."""
    return _whole().filter(person_id=person_id).order_by("-joined_date").first()


def journeys_with_ids(journey_ids: Collection[int]) -> dict[int, Journey]:
    """Give journeys by id, each with its person."""
    return {one.pk: one for one in _whole().filter(pk__in=journey_ids)}


def running_journeys(
    *,
    people: QuerySet | Collection[int] | None = None,
    due_people: QuerySet | None = None,
    region_ids: Collection[int] | None = None,
) -> QuerySet[Journey]:
    """Select the journeys that run, the earliest joined first: of some `people`, of regions, of those owed now."""
    found = _whole().filter(closed_at__isnull=True)
    if people is not None:
        found = found.filter(person_id__in=people)
    if region_ids is not None:
        found = found.filter(person__region_id__in=region_ids)
    if due_people is not None:
        found = found.filter(person_id__in=due_people)
    return found.order_by("joined_date", "pk")


def _whole() -> QuerySet[Journey]:
    return Journey.objects.select_related("person", "person__region", "edition", "handed_to").defer(
        "edition__content"
    )


def ticks_of(journey_ids: Iterable[int]) -> dict[int, list[JourneyStep]]:
    """Give every tick of journeys, the earliest first, each with `taken_back` (the row that reversed it, or None)."""
    rows = JourneyStep.objects.filter(journey_id__in=list(journey_ids)).select_related("by")
    found: dict[int, list[JourneyStep]] = {}
    reversals = {}
    for row in rows.order_by("at", "pk"):
        if row.reverses_id is not None:
            reversals[row.reverses_id] = row
        else:
            found.setdefault(row.journey_id, []).append(row)
    for ticks in found.values():
        for tick in ticks:
            tick.taken_back = reversals.get(tick.pk)  # type: ignore[attr-defined]
    return found


def standing_ticks(rows: QuerySet[JourneyStep] | None = None) -> QuerySet[JourneyStep]:
    """Select the ticks that count: neither taken back nor themselves a taking back."""
    rows = JourneyStep.objects.all() if rows is None else rows
    reversed_ = Exists(JourneyStep.objects.filter(reverses_id=OuterRef("pk")))
    return rows.filter(reverses__isnull=True).exclude(reversed_)


def tick_with_id(tick_id: int) -> JourneyStep | None:
    """Give a tick with its journey, or None."""
    return JourneyStep.objects.select_related("journey").filter(pk=tick_id).first()


def day_of_journey(journey: Journey, day: date) -> int:
    """Say which day of the journey a day is; the day of joining is day 0."""
    return (day - journey.joined_date).days


def last_day_of(journey: Journey) -> date:
    """Give the ninetieth day."""
    return journey.joined_date + timedelta(days=DAYS)
