"""Suggest on which day each promise is done, after the night's planning: nobody opens the morning to a heap.

Windows come from the standard; within them the days are spread for each employee, so that no day is fuller than it
has to be (`policy/day_spread.py`). A suggestion is not a duty: whoever owes the promise moves it inside its window, and
what somebody chose, or agreed with the customer, is never touched. Only a day that has passed with nothing done is
suggested anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q

from upheld.operations.audit_trail import note_chunk, write_entry
from upheld.operations.refusals import ActRefused
from upheld.operations.run_counts import RunCounts, new_run
from upheld.operations.sql import promises as sql
from upheld.operations.turns import turn_over_chunks
from upheld.operations.which_edition import edition_for
from upheld.policy.calendars import DEFAULT_CALENDAR
from upheld.policy.day_spread import is_on_the_road, spread_days
from upheld.records.among import among
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

EMPLOYEES_A_CHUNK = 20
Load = dict[tuple[int, bool], dict[date, int]]
"""How much lies on a day, by employee and by whether it is done on the road."""


@dataclass
class Suggested(RunCounts):
    """What a run did: employees looked at, promises given a first day, and another one after theirs had passed."""

    employees: int = 0
    suggested: int = 0
    again: int = 0


@dataclass(frozen=True)
class ToSpread:
    """A promise that is to have a day, for the employee who is to do it; `was` is the day it has."""

    id: int
    employee_id: int
    on_the_road: bool
    from_date: date
    due_date: date
    was: date | None
    place: tuple[int, int, int]
    """District and customer: who lives near each other is visited on one day."""


def suggest_days(
    *,
    from_date: date,
    until_date: date,
    by: Employee | None = None,
    employees: Collection[int] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Suggested:
    """Give each open promise without a day to come a day of its window, not before `from_date`; return the counts.

    Concerned are windows that begin before `until_date` and are not over on `from_date`, of active employees (or of
    those named). What has an hour (an appointment, a clock) has its day already. Visits and what is done at the desk
    are spread apart. Done again it changes nothing. Raises ActRefused where no edition is in force.
    """
    _, edition = edition_for(from_date)
    calendar = edition.calendars[DEFAULT_CALENDAR]
    done, run = Suggested(), new_run()
    with turn_over_chunks("suggest_days"):
        concerned = _concerned(from_date, until_date, employees)
        for start in range(0, len(concerned), EMPLOYEES_A_CHUNK):
            chunk = concerned[start : start + EMPLOYEES_A_CHUNK]
            part = Suggested(employees=len(chunk))
            with transaction.atomic():
                owed = _owed(chunk, from_date, until_date)
                days = _spread(owed, _load(chunk, from_date), calendar.is_working, from_date)
                part.suggested, part.again = _store(owed, days)
                if part.suggested or part.again:
                    note_chunk(act="suggest_days", by=by, run=run, counts=part.numbers())
            done.add(part)
            if progress is not None:
                progress(start + len(chunk), len(concerned))
        if done.suggested or done.again:
            span = {"run": run, "from_date": from_date.isoformat(), "until_date": until_date.isoformat()}
            write_entry(act="suggest_days", by=by, subject_kind="promise", detail=span | done.numbers())
    return done


def level_anew(
    owed: Iterable[ToSpread], *, from_date: date, given: Collection[ToSpread] = ()
) -> dict[int, date]:
    """Say on which day each of some promises is done by who is given them, beside what these have; nothing is written.

    `owed` may be spread over their windows, from a day on; `given` come with the day they have. Empty where no edition
    is in force.
    """
    try:
        _, edition = edition_for(from_date)
    except ActRefused:
        return {}
    calendar = edition.calendars[DEFAULT_CALENDAR]
    rows = sorted(
        (one for one in owed if one.due_date >= from_date),
        key=lambda one: (one.from_date, one.due_date, one.place, one.id),
    )
    load = _load({one.employee_id for one in rows}, from_date, but=[one.id for one in (*rows, *given)])
    for one in given:
        if one.was is not None and one.was >= from_date:
            load[one.employee_id, one.on_the_road][one.was] += 1
    return _spread(rows, load, calendar.is_working, from_date)


def store_days(owed: Iterable[ToSpread], days: dict[int, date]) -> tuple[int, int]:
    """Store the days of those that have another one than they had, and are as they were read.

    Return how many have a first day, and how many another one.
    """
    return _store([one for one in owed if one.id in days and days[one.id] != one.was], days)


def _without_a_day(from_date: date, until_date: date) -> Q:
    no_day = Q(planned_on__isnull=True) | Q(planned_on__lt=from_date)
    span = Q(due_date__gte=from_date, from_date__lt=until_date)
    return Q(state="open", case__isnull=True, due_at__isnull=True) & span & no_day


def _concerned(from_date: date, until_date: date, employees: Collection[int] | None) -> list[int]:
    rows = Promise.objects.filter(_without_a_day(from_date, until_date), responsible__is_active=True)
    if employees is not None:
        rows = rows.filter(responsible_id__in=employees)
    return sorted(rows.order_by().values_list("responsible_id", flat=True).distinct())


def _owed(employee_ids: Collection[int], from_date: date, until_date: date) -> list[ToSpread]:
    rows = Promise.objects.filter(_without_a_day(from_date, until_date), responsible_id__in=employee_ids)
    columns = (
        "pk", "responsible_id", "action", "from_date", "due_date", "planned_on", "person_id", "group_id",
        "person__region_id", "group__region_id",
    )  # fmt: skip
    found = []
    for pk, employee, action, begins, due, was, person, group, home, seat in rows.values_list(*columns):
        place = (home or seat or 0, group or 0, person or 0)
        found.append(ToSpread(pk, employee, is_on_the_road(action), begins, due, was, place))
    return sorted(found, key=lambda one: (one.from_date, one.due_date, one.place, one.id))


def _load(employee_ids: Collection[int], from_date: date, *, but: Collection[int] = ()) -> Load:
    planned = Promise.objects.filter(
        state="open", responsible_id__in=employee_ids, planned_on__gte=from_date
    ).order_by()
    if but:
        planned = planned.exclude(among("id", but))
    load: Load = defaultdict(lambda: defaultdict(int))
    counted = planned.values_list("responsible_id", "action", "planned_on").annotate(number=Count("pk"))
    for employee, action, day, number in counted:
        load[employee, is_on_the_road(action)][day] += number
    return load


def _spread(
    owed: Iterable[ToSpread], load: Load, is_working: Callable[[int], bool], first_day: date
) -> dict[int, date]:
    """Choose the days, employee by employee, the road apart from the desk."""
    parts: dict[tuple[int, bool], list[ToSpread]] = defaultdict(list)
    for one in owed:
        parts[one.employee_id, one.on_the_road].append(one)
    days: dict[int, date] = {}
    for key, part in parts.items():
        chosen = spread_days(
            windows=[(one.from_date, one.due_date) for one in part],
            load=load[key],
            is_working=lambda day: is_working(day.toordinal()),
            first_day=first_day,
        )
        days.update((one.id, day) for one, day in zip(part, chosen, strict=True))
    return days


def _store(owed: Iterable[ToSpread], days: dict[int, date]) -> tuple[int, int]:
    """Store the days; return how many promises have a first one, and how many another one."""
    rows: list[Any] = [(one.id, one.was, days[one.id]) for one in owed]
    if not rows:
        return 0, 0
    with connection.cursor() as cursor:
        cursor.execute(sql.SUGGEST_DAYS, [list(column) for column in zip(*rows, strict=True)])
        planned, again = cursor.fetchone()
    return planned - again, again
