"""Break what was not kept: an open promise past its due day is broken, at the end of that day."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.audit_trail import note_chunk, write_entry
from upheld.operations.refusals import refuse_a_day_to_come
from upheld.operations.run_counts import new_run
from upheld.operations.sql import promises as sql
from upheld.operations.turns import CHUNK, turn_over_chunks
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import loaded_edition

REASON = "not kept by the due day"


def close_overdue(
    *, as_of: date | datetime, by: Employee | None, now: datetime | None = None
) -> Counter[str]:
    """Break the open promises whose due day is over as of a day (or an instant); count them by standard.

    The due day itself is still time: a promise due today is broken from tomorrow on, by the standard's
    own time zone. Raises ActRefused for a day (or an instant) after `now`, the clock's own where left out: what
    is broken stays broken, and those days are still time to keep it.
    """
    now = now or timezone.now()
    if isinstance(as_of, datetime):
        as_of_day = timezone.localdate(as_of)
    else:
        as_of_day = as_of
    refuse_a_day_to_come(as_of_day, today=timezone.localdate(now))
    broken: Counter[str] = Counter()
    run = new_run()
    with turn_over_chunks("close_overdue"):
        for standard, zone in _zones().items():
            day = as_of.astimezone(ZoneInfo(zone)).date() if isinstance(as_of, datetime) else as_of
            # Where the standard's own day began later than the clock's, its yesterday is not over.
            day = min(day, now.astimezone(ZoneInfo(zone)).date())
            values: dict[str, str | int | date] = {
                "reason": REASON,
                "time_zone": zone,
                "standard": standard,
                "as_of": day,
                "chunk": CHUNK,
            }
            while (changed := _break_chunk(values, run, by)) > 0:
                broken[standard] += changed
        detail = {"run": run, "as_of": as_of.isoformat(), "broken": dict(broken)}
        write_entry(act="close_overdue", by=by, subject_kind="promise", detail=detail)
    return broken


def _break_chunk(values: dict[str, str | int | date], run: str, by: Employee | None) -> int:
    """Break at most a chunk of one standard's promises and note it, in one transaction; return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.BREAK_OVERDUE, values)
        broken = int(cursor.rowcount)
        if broken:
            counts = {"standard": values["standard"], "broken": broken}
            note_chunk(act="close_overdue", by=by, run=run, counts=counts, subject_kind="promise")
        return broken


def _zones() -> dict[str, str]:
    """Give the time zone of each standard that has open promises, as its newest edition says."""
    named = Promise.objects.filter(state="open").order_by("standard", "-edition_id").distinct("standard")
    zones = {}
    for standard, edition_id in named.values_list("standard", "edition_id"):
        edition = loaded_edition(EditionRecord.objects.defer("content").get(pk=edition_id))
        known = {one.id: one.time_zone for one in edition.standards}
        zones[standard] = known.get(standard, settings.TIME_ZONE)
    return zones
