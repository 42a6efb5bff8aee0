"""Read calls for the pages: what was counted in each half hour, what the days before had, which queues there are.

Counting is done by PostgreSQL; how it counts - who asked, from when a call of several stays waited - is
`policy/staffing.py` said in SQL, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from upheld.records.telephony.models import Call

SLOT_SECONDS = 1800
FEW_GAVE_UP = 20
"""Of fewer who hung up nobody can tell how patient callers are."""

LONGEST_CALL = timedelta(hours=6)
"""How far apart two stays of one call may begin and still be looked at together."""


@dataclass(frozen=True)
class Counted:
    """What was counted in a half hour (`slot` from 0), or in the whole day (None). Waits are over all calls, in ms.

    `within` gives, for each limit asked for, how many were answered within it and how many hung up within it.
    """

    slot: int | None
    asked: int
    answered: int
    abandoned: int
    left: int
    median_wait_ms: int
    ninety_wait_ms: int
    within: dict[int, tuple[int, int]]


@dataclass(frozen=True)
class CountedDay:
    """A day's calls by half hour, and in all; half hours without a call are not there."""

    whole: Counted
    slots: tuple[Counted, ...]


def queues() -> list[str]:
    """Return the names of all queues that ever had a call, sorted; by steps through the index, not over all calls."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES)
        return sorted({name for (name,) in cursor.fetchall()})


def latest_day() -> date | None:
    """Return the day of the latest call, None where there is none."""
    latest = Call.objects.aggregate(latest=Max("entered_at"))["latest"]
    return None if latest is None else timezone.localdate(latest)


def day_of_calls(
    day: date, *, queue: str | None, limits: Sequence[int], counts_once: bool
) -> CountedDay | None:
    """Count a day's calls for limits in seconds; None where there was no call.

    `counts_once` makes one of all stays of a call, by its first asking; of a queue only its own stays are looked at.
    """
    begin, end = bounds_of(day)
    wanted = sorted(set(limits))
    calls = _ONCE if counts_once else _EACH
    counts = "".join(
        ", count(*) FILTER (WHERE ended = 'answered' AND wait_ms <= %s)"
        ", count(*) FILTER (WHERE ended = 'abandoned' AND wait_ms <= %s)"
        for _ in wanted
    )
    values: list[Any] = [begin - LONGEST_CALL, end + LONGEST_CALL, queue, queue]
    for limit in wanted:
        values += [limit * 1000, limit * 1000]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(calls=calls, counts=counts), [*values, begin, begin, end])
        rows = cursor.fetchall()
    found = [_counted(row, wanted) for row in rows]
    whole = next((one for one in found if one.slot is None), None)
    if whole is None or not whole.asked:
        return None
    slots = sorted((one for one in found if one.slot is not None), key=lambda one: one.slot or 0)
    return CountedDay(whole, tuple(slots))


def _counted(row: Sequence[Any], limits: Sequence[int]) -> Counted:
    slot, asked, answered, abandoned, left, median, ninety, *rest = row
    within = {limit: (rest[2 * place], rest[2 * place + 1]) for place, limit in enumerate(limits)}
    return Counted(slot, asked, answered, abandoned, left, median or 0, ninety or 0, within)


@dataclass(frozen=True)
class PastSlot:
    """What a half hour of a past day had: stays that asked, talks, and their seconds in sum."""

    day: date
    slot: int
    asked: int
    talks: int
    talk_seconds: float


def work_of_days(days: Iterable[date], *, queue: str | None) -> list[PastSlot]:
    """Return what agents were asked for on past days, by half hour; each stay in a queue is work of its own."""
    bounds = [bounds_of(day) for day in days]
    with connection.cursor() as cursor:
        cursor.execute(_WORK, [[begin for begin, _ in bounds], [end for _, end in bounds], queue, queue])
        return [
            PastSlot(timezone.localdate(begin), slot, asked, talks, float(seconds))
            for begin, slot, asked, talks, seconds in cursor.fetchall()
        ]


def measured_patience(*, since: datetime, until: datetime, queue: str | None) -> float | None:
    """Return the mean patience of callers in seconds, None where fewer than FEW_GAVE_UP hung up.

    All waiting over the number who gave up: the usual estimate where patience is of exponential length and most
    callers are answered before it ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE, [since, until, queue, queue])
        waited, gave_up = cursor.fetchone()
    return float(waited) / 1000 / gave_up if gave_up >= FEW_GAVE_UP else None


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """Return the instants between which a day lies, in the pages' time zone."""
    zone = timezone.get_default_timezone()
    return (
        datetime.combine(day, time(), zone),
        datetime.combine(day + timedelta(days=1), time(), zone),
    )


_QUEUES = """
    WITH RECURSIVE step AS (
        (SELECT source, queue FROM telephony_call ORDER BY source, queue LIMIT 1)
        UNION ALL
        SELECT further.source, further.queue
          FROM step, LATERAL (
               SELECT source, queue FROM telephony_call
                WHERE (source, queue) > (step.source, step.queue)
                ORDER BY source, queue LIMIT 1) AS further
    )
    SELECT queue FROM step
"""

_ONCE = """
    SELECT min(entered_at) AS entered_at,
           CASE WHEN bool_or("end" = 'answered') THEN 'answered'
                ELSE (array_agg("end" ORDER BY ended_at DESC, id DESC))[1] END AS ended,
           round(extract(epoch FROM coalesce(min(answered_at), max(ended_at)) - min(entered_at)) * 1000) AS wait_ms
      FROM stays GROUP BY source, call_id
"""
_EACH = 'SELECT entered_at, "end" AS ended, wait_ms FROM stays'

_COUNTED = """
    WITH stays AS MATERIALIZED (
        SELECT id, source, call_id, entered_at, answered_at, ended_at, "end", wait_ms
          FROM telephony_call
         WHERE entered_at >= %s AND entered_at < %s AND (%s::text IS NULL OR queue = %s)
    ), calls AS ({calls})
    SELECT slot, count(*),
           count(*) FILTER (WHERE ended = 'answered'),
           count(*) FILTER (WHERE ended = 'abandoned'),
           count(*) FILTER (WHERE ended = 'left_queue'),
           percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_ms)::bigint,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_ms)::bigint{counts}
      FROM (SELECT *, floor(extract(epoch FROM entered_at - %s) / 1800)::int AS slot FROM calls) AS placed
     WHERE entered_at >= %s AND entered_at < %s
     GROUP BY GROUPING SETS ((slot), ())
"""

_WORK = """
    SELECT day.begins, floor(extract(epoch FROM call.entered_at - day.begins) / 1800)::int AS slot,
           count(*), count(call.talk_ms), coalesce(sum(call.talk_ms), 0) / 1000.0
      FROM unnest(%s::timestamptz[], %s::timestamptz[]) AS day (begins, ends)
      JOIN telephony_call AS call ON call.entered_at >= day.begins AND call.entered_at < day.ends
     WHERE %s::text IS NULL OR call.queue = %s
     GROUP BY 1, 2
"""

_PATIENCE = """
    SELECT coalesce(sum(wait_ms), 0), count(*) FILTER (WHERE "end" = 'abandoned')
      FROM telephony_call
     WHERE entered_at >= %s AND entered_at < %s AND (%s::text IS NULL OR queue = %s)
"""
