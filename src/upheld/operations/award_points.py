"""Count what employees did in points, by the rules of the standard (CARE-42).

Done again, it writes nothing; what turned out otherwise since is taken back by a row of its own and counted anew. An
act goes by the edition in force on its day, and keeps that whatever comes later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.refusals import ActRefused, refuse_a_day_to_come
from upheld.operations.run_counts import RunCounts, new_run
from upheld.operations.sql import staff_points as sql
from upheld.operations.turns import wait_for_turn
from upheld.policy.kinds.staff_points import GROUPS
from upheld.policy.staff_acts import StaffAct
from upheld.policy.staff_points import awards_of
from upheld.records.staff.models import Employee
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import edition_in_force, loaded_edition


@dataclass
class PointsReport(RunCounts):
    """Count the rows a run wrote: acts counted, and rows taken back."""

    run: str
    from_date: date
    until_date: date
    added: int = 0
    taken_back: int = 0


def award_points(
    *, from_date: date, until_date: date, by: Employee | None, today: date | None = None
) -> PointsReport:
    """Bring the ledger of the days [from, until] up to what is so now; one transaction.

    Raises ActRefused where `until_date` is to come or lies before `from_date`.
    """
    refuse_a_day_to_come(until_date, today=today or timezone.localdate())
    if until_date < from_date:
        raise ActRefused("empty_range", f"{until_date} is before {from_date}")
    report = PointsReport(new_run(), from_date, until_date)
    editions = list(_by_edition(from_date, until_date))
    with transaction.atomic(), connection.cursor() as cursor:
        wait_for_turn("award_points")
        for about in GROUPS:
            days: dict[str, Any] = {
                "first": from_date,
                "last": until_date,
                "about": about,
                "zone": settings.TIME_ZONE,
            }
            cursor.execute(sql.take_back(about), days)
            report.taken_back += cursor.rowcount
            for record, first, last in editions:
                days |= {"first": first, "last": last}
                cursor.execute(sql.kinds_of_act(about), days)
                rules = _rules(record, last, cursor.fetchall())
                cursor.execute(sql.add(about), {**days, **rules, "edition": record.pk})
                report.added += cursor.rowcount
        write_entry(act="award_points", by=by, subject_kind="staff_points", detail=report.as_json())
    return report


def _rules(record: EditionRecord, day: date, kinds: list[tuple[str, str]]) -> dict[str, list[Any]]:
    """Say in columns what each kind of act earns; a kind that no row speaks of is left out."""
    edition = loaded_edition(record)
    awards = awards_of(
        edition=edition, acts=[StaffAct(event, action or None) for event, action in kinds], as_of=day
    )
    return {
        "events": [award.event for award in awards],
        "actions": [award.action or "" for award in awards],
        "points": [award.points for award in awards],
        "possible": [award.possible for award in awards],
        "clauses": [award.clause for award in awards],
    }


def _by_edition(first: date, last: date) -> Iterator[tuple[EditionRecord, date, date]]:
    """Give the editions in force on the days of a range, each with its first and last day; days without one are not
    counted.
    """
    day = first
    while day <= last:
        record = edition_in_force(day)
        begun = day
        while day <= last and edition_in_force(day) == record:
            day += timedelta(days=1)
        if record is not None:
            yield record, begun, day - timedelta(days=1)


def first_day_to_count(day: date) -> date:
    """Return the first day of the month before: a contact may be written down, or taken back, so much later."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
