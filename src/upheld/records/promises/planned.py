"""Read what is planned: the hours agreed with customers, and an employee's promises by the day they are meant for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from upheld.records.promises.models import PlannedDay, Promise, WaiverAsked
from upheld.records.promises.queries import Responsible, held_by, with_subjects


@dataclass(frozen=True)
class Setting:
    """The last setting of a promise's day: how many there were, when the last, and the hour agreed."""

    times: int
    day: date | None
    at_time: time | None
    set_at: datetime
    day_before: date | None
    """The last day that was not 'none', where the last setting took it off the plan."""


def settings_of(promise_ids: Iterable[int]) -> dict[int, Setting]:
    """Give the last setting of the day of promises that have any, by promise id. One query."""
    found: dict[int, Setting] = {}
    rows = PlannedDay.objects.filter(promise_id__in=list(promise_ids)).order_by("promise_id", "pk")
    for promise_id, day, at_time, set_at in rows.values_list("promise_id", "day", "at_time", "set_at"):
        before = found.get(promise_id)
        last = day or (before.day_before if before else None)
        found[promise_id] = Setting((before.times if before else 0) + 1, day, at_time, set_at, last)
    return found


def hours_agreed(promise_ids: Iterable[int]) -> dict[int, datetime]:
    """Give the instants at which agreed visits and calls begin, by promise id. One query."""
    return {
        pk: timezone.make_aware(datetime.combine(one.day, one.at_time))
        for pk, one in settings_of(promise_ids).items()
        if one.day is not None and one.at_time is not None
    }


def planned_between(
    *, responsible: Responsible, from_date: date, until_date: date, states: Collection[str] = ("open",)
) -> list[Promise]:
    """Give the promises meant for a day of [from, until), earliest first, each with its subject and its district."""
    rows = Promise.objects.filter(
        held_by(responsible),
        state__in=list(states),
        case__isnull=True,
        planned_on__gte=from_date,
        planned_on__lt=until_date,
    )
    rows = with_subjects(rows).select_related("person__region__parent", "group__region__parent")
    return list(rows.order_by("planned_on", "due_at", "due_date", "pk"))


def first_planned(
    *, responsible: Responsible, day: date, limit: int, appointments: bool = True
) -> tuple[list[Promise], int]:
    """Give the first `limit` open promises meant for a day, and how many there are: of a whole company, thousands."""
    rows = Promise.objects.filter(held_by(responsible), state="open", case__isnull=True, planned_on=day)
    if not appointments:
        rows = rows.exclude(source="appointment")
    shown = with_subjects(rows).select_related("person__region__parent", "group__region__parent")
    return _first(shown.order_by("due_at", "due_date", "pk"), limit)


def _first(rows: QuerySet[Promise], limit: int) -> tuple[list[Promise], int]:
    found = list(rows[:limit])
    return found, len(found) if len(found) < limit else rows.count()


def slipped(*, responsible: Responsible, today: date, limit: int) -> tuple[list[Promise], int]:
    """Give the first open promises whose day has passed while their window has not, the earliest due first, and how
    many there are.
    """
    rows = Promise.objects.filter(
        held_by(responsible), state="open", case__isnull=True, planned_on__lt=today, due_date__gte=today
    )
    rows = with_subjects(rows).select_related("person__region__parent", "group__region__parent")
    return _first(rows.order_by("due_date", "pk"), limit)


def waiting_for_a_day(
    *, responsible: Responsible, from_date: date, until_date: date, limit: int
) -> tuple[list[Promise], int]:
    """Give the open promises without a day whose window touches [from, until), earliest due first, and their number."""
    rows = Promise.objects.filter(
        held_by(responsible),
        state="open",
        case__isnull=True,
        due_at__isnull=True,
        planned_on__isnull=True,
        due_date__gte=from_date,
        from_date__lt=until_date,
    )
    shown = with_subjects(rows).select_related("person__region__parent", "group__region__parent")
    return list(shown.order_by("due_date", "pk")[:limit]), rows.count()


def numbers_by_day(
    *, responsible: Responsible, from_date: date, until_date: date
) -> dict[date, dict[str, int]]:
    """Count what is meant for each day of [from, until): `open`, and `done` (kept, or broken and done late)."""
    rows = Promise.objects.filter(
        held_by(responsible), case__isnull=True, planned_on__gte=from_date, planned_on__lt=until_date
    )
    done = Q(state="kept") | Q(state="broken", late=True)
    counted = rows.values_list("planned_on").annotate(
        open=Count("pk", filter=Q(state="open")), done=Count("pk", filter=done)
    )
    return {day: {"open": opened, "done": ended} for day, opened, ended in counted.order_by()}


def numbers_by_action(*, responsible: Responsible, day: date) -> dict[str, dict[str, int]]:
    """Count a day's promises by activity: planned for it, done on it, and of the planned those still open (CARE-34)."""
    begins = timezone.make_aware(datetime.combine(day, time()))
    ends = timezone.make_aware(datetime.combine(date.fromordinal(day.toordinal() + 1), time()))
    done = Q(state="kept", ended_at__gte=begins, ended_at__lt=ends)
    rows = Promise.objects.filter(held_by(responsible), Q(planned_on=day) | done, case__isnull=True)
    counted = rows.values_list("action").annotate(
        planned=Count("pk", filter=Q(planned_on=day) & ~Q(state__in=["waived", "cancelled"])),
        done=Count("pk", filter=done),
        open=Count("pk", filter=Q(planned_on=day, state="open")),
    )
    found = {action: {"planned": p, "done": d, "open": o} for action, p, d, o in counted.order_by("action")}
    return {action: numbers for action, numbers in found.items() if any(numbers.values())}


def appointments_between(*, responsible: Responsible, from_date: date, until_date: date) -> list[Promise]:
    """Give the times agreed with customers for [from, until), whatever became of them, in their order."""
    rows = Promise.objects.filter(
        held_by(responsible),
        source="appointment",
        case__isnull=True,
        due_date__gte=from_date,
        due_date__lt=until_date,
    ).exclude(state="cancelled")
    rows = with_subjects(rows).select_related("person__region__parent", "group__region__parent")
    return list(rows.order_by("due_at", "pk"))


def appointments_with(
    *, person_id: int | None = None, group_id: int | None = None, today: date
) -> list[Promise]:
    """Give the open appointments of one customer from a day on, in their order."""
    whose = Q(person_id=person_id) if person_id is not None else Q(group_id=group_id)
    agreed = Q(source="appointment", case__isnull=True, state="open", due_date__gte=today)
    rows = Promise.objects.filter(whose, agreed)
    return list(with_subjects(rows).order_by("due_at", "pk"))


def appointments_with_ids(promise_ids: Iterable[int]) -> dict[int, Promise]:
    """Give appointments by their ids, each with its customer and who goes or calls."""
    rows = Promise.objects.filter(pk__in=list(promise_ids), source="appointment")
    return {one.pk: one for one in with_subjects(rows).select_related("responsible")}


def of_the_calendar(*, employee_id: int, from_date: date, until_date: date) -> list[Promise]:
    """Give what an employee's calendar shows of [from, until): planned and agreed days, called off ones too.

    What was taken off the plan again is among it as long as its window lies there, for calendars must be told.
    """
    planned = Q(planned_on__gte=from_date, planned_on__lt=until_date)
    taken_off = Q(planned_on__isnull=True, pk__in=PlannedDay.objects.values("promise_id"))
    window = Q(due_date__gte=from_date, from_date__lt=until_date)
    rows = Promise.objects.filter(window, planned | taken_off, responsible_id=employee_id, case__isnull=True)
    rows = with_subjects(rows).select_related("person__region", "group__region")
    return list(rows.order_by("pk"))


def waivers_asked(*, responsible: Responsible) -> list[WaiverAsked]:
    """Give what leads were asked to waive and is open still, the oldest first, with each promise and its subject."""
    open_ones = with_subjects(Promise.objects.filter(held_by(responsible), state="open"))
    asked = WaiverAsked.objects.filter(promise__in=open_ones.only("pk")).select_related(
        "by", "promise__person", "promise__group", "promise__responsible"
    )
    return list(asked.order_by("pk"))


def was_asked(promise_id: int) -> bool:
    """Tell whether the lead was asked to waive a promise."""
    return WaiverAsked.objects.filter(promise_id=promise_id).exists()
