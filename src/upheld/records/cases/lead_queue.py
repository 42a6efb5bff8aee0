"""Read the queue of a team lead: what runs out next, what ran out, what nobody has, page by page and by index.

A case stands in a lane once, with its most urgent clock there. A page goes on after the last row of the page before,
and never counts or skips rows. Few cases (a team's, an employee's) are gone through by themselves; many are read in the
order of their due times until a page is full.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

LANES = ("overdue", "running", "unassigned", "calls", "still", "breached")
FEW = 5_000
"""Up to so many open cases are gone through one by one."""
MOST_COUNTED = 1_000

_LANE = {
    "overdue": "{p}.state = 'broken' AND NOT {p}.late AND {p}.case_id IS NOT NULL",
    "running": "{p}.state = 'open' AND {p}.due_at IS NOT NULL AND {p}.case_id IS NOT NULL AND {p}.paused_at IS NULL",
    "calls": "{p}.state = 'open' AND {p}.action = 'call_back' AND {p}.case_id IS NOT NULL",
    "still": "{p}.state = 'open' AND {p}.paused_at IS NOT NULL AND {p}.case_id IS NOT NULL",
    "breached": "{p}.state = 'broken' AND {p}.case_id IS NOT NULL AND {p}.due_date = %(day)s",
}
_ONCE_A_CASE = ("overdue", "running", "still")
_COLUMNS = """
    p.id, p.clause, p.action, p.state, p.late, p.due_at, p.paused_at, p.warn_ats,
    c.id, c.kind, c.order_type, c.state, c.waiting_for, c.summary, c.priority, c.opened_at,
    c.handler_id, handler.name, unit.name, c.person_id, person.code, person.name, grp.name
"""
_NAMES = """
    LEFT JOIN staff_employee handler ON handler.id = c.handler_id
    LEFT JOIN staff_unit unit ON unit.id = c.unit_id
    LEFT JOIN people_person person ON person.id = c.person_id
    LEFT JOIN people_group grp ON grp.id = c.group_id
"""


@dataclass(frozen=True)
class QueueRow:
    """A case in a lane with its most urgent clock there; a case without a clock has none of its columns."""

    promise_id: int | None
    clause: str | None
    action: str | None
    state: str | None
    late: bool | None
    due_at: datetime | None
    paused_at: datetime | None
    warn_ats: list[datetime] | None
    case_id: int
    kind: str
    order_type: str | None
    case_state: str
    waiting_for: str | None
    summary: str
    priority: int
    opened_at: datetime
    handler_id: int | None
    handler_name: str | None
    unit_name: str | None
    person_id: int | None
    person_code: str | None
    person_name: str | None
    group_name: str | None


Cursor = tuple[int, datetime | None, int]
"""Where a page ended: priority, due time, id of the promise or, among the unassigned, of the case."""


@dataclass(frozen=True)
class QueuePage:
    """Rows of a page, and where the next one goes on; None after the last."""

    rows: list[QueueRow]
    after: Cursor | None


@dataclass(frozen=True)
class Asked:
    """Which cases a queue is about: of units (None: all), of a kind, with a clause, of a handler; `day` is today."""

    day: date
    units: tuple[int, ...] | None = None
    kind: str = ""
    clause: str = ""
    handler_id: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Give the parameters of the statements."""
        return {
            "day": self.day,
            "units": list(self.units or ()),
            "kind": self.kind,
            "clause": self.clause,
            "handler_id": self.handler_id,
        }


def queue_page(lane: str, asked: Asked, *, after: Cursor | None = None, size: int = 50) -> QueuePage:
    """Give a page of a lane: by due time, among the unassigned the higher priority first."""
    values = {**asked.values, "size": size + 1}
    if after is not None:
        values |= {"after_priority": after[0], "after_at": after[1], "after_id": after[2]}
    lane_sql = _lane(lane, asked, after)
    with connection.cursor() as cursor:
        cursor.execute(lane_sql.page, values)
        rows = [QueueRow(*row) for row in cursor.fetchall()]
    more, rows = len(rows) > size, rows[:size]
    if not more:
        return QueuePage(rows, None)
    last = rows[-1]
    place = last.case_id if lane == "unassigned" else (last.promise_id or 0)
    return QueuePage(rows, (last.priority, last.due_at, place))


def lane_size(lane: str, asked: Asked) -> int:
    """Count the cases (or calls) of a lane, no further than MOST_COUNTED + 1."""
    with connection.cursor() as cursor:
        cursor.execute(_lane(lane, asked, None).count, {**asked.values, "size": MOST_COUNTED + 1})
        return int(cursor.fetchone()[0])


@dataclass(frozen=True)
class _LaneSql:
    """The parts of a lane's statement, which a page and a count share."""

    ahead: str
    source: str
    where: list[str]
    order: str

    @property
    def page(self) -> str:
        where = " AND ".join(self.where)
        return (
            f"{self.ahead} SELECT {_COLUMNS} FROM {self.source} {_NAMES} WHERE {where} "
            f"ORDER BY {self.order} LIMIT %(size)s"
        )

    @property
    def count(self) -> str:
        where = " AND ".join(self.where)
        found = f"SELECT 1 FROM {self.source} WHERE {where} LIMIT %(size)s"
        return f"{self.ahead} SELECT count(*) FROM ({found}) found"


def _lane(lane: str, asked: Asked, after: Cursor | None) -> _LaneSql:
    return _unassigned(asked, after) if lane == "unassigned" else _by_due(lane, asked, after)


def _by_due(lane: str, asked: Asked, after: Cursor | None) -> _LaneSql:
    where = [_LANE[lane].format(p="p"), "c.state <> 'closed'", *_of_cases(asked)]
    if asked.clause:
        where.append("p.clause = %(clause)s")
    if lane in _ONCE_A_CASE:
        # A more urgent one of the same case stands for it; with a clause asked for, only clocks of that clause count.
        same = " AND q.clause = %(clause)s" if asked.clause else ""
        where.append(
            "NOT EXISTS (SELECT 1 FROM promises_promise q WHERE q.case_id = p.case_id AND "
            f"{_LANE[lane].format(p='q')}{same} AND (q.due_at, q.id) < (p.due_at, p.id))"
        )
    if after is not None:
        where.append("(p.due_at, p.id) > (%(after_at)s, %(after_id)s)")
    ahead, source = "", "promises_promise p JOIN cases_case c ON c.id = p.case_id"
    if _are_few(asked):
        ahead = f"WITH mine AS MATERIALIZED ({_open_cases(asked)})"
        source = "mine JOIN promises_promise p ON p.case_id = mine.id JOIN cases_case c ON c.id = mine.id"
    return _LaneSql(ahead, source, where, "p.due_at, p.id")


def _unassigned(asked: Asked, after: Cursor | None) -> _LaneSql:
    """Go through the cases that nobody has, each with its next clock or none."""
    where = ["c.state <> 'closed'", "c.handler_id IS NULL", *_of_cases(asked)]
    if asked.clause:
        where.append("p.clause = %(clause)s")
    if after is not None:
        where.append(
            "(-c.priority, coalesce(p.due_at, 'infinity'), c.id) > "
            "(-%(after_priority)s::int, coalesce(%(after_at)s::timestamptz, 'infinity'), %(after_id)s)"
        )
    same = " AND n.clause = %(clause)s" if asked.clause else ""
    source = (
        "cases_case c LEFT JOIN LATERAL (SELECT * FROM promises_promise n WHERE n.case_id = c.id "
        "AND n.paused_at IS NULL AND (n.state = 'open' OR (n.state = 'broken' AND NOT n.late))"
        f"{same} ORDER BY n.due_at, n.id LIMIT 1) p ON true"
    )
    return _LaneSql("", source, where, "-c.priority, coalesce(p.due_at, 'infinity'), c.id")


def _of_cases(asked: Asked) -> list[str]:
    """Give what is asked of the cases themselves."""
    where = []
    if asked.units is not None:
        where.append("c.unit_id = ANY(%(units)s)")
    if asked.kind:
        where.append("c.kind = %(kind)s")
    if asked.handler_id is not None:
        where.append("c.handler_id = %(handler_id)s")
    return where


def _open_cases(asked: Asked) -> str:
    return "SELECT c.id FROM cases_case c WHERE " + " AND ".join(["c.state <> 'closed'", *_of_cases(asked)])


def _are_few(asked: Asked) -> bool:
    """Tell whether so few open cases are asked for that they are gone through by themselves."""
    if asked.units is None and asked.handler_id is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({_open_cases(asked)} LIMIT {FEW + 1}) found", asked.values)
        return int(cursor.fetchone()[0]) <= FEW


@dataclass(frozen=True)
class Load:
    """How many open cases somebody has, and how many of them ran out; id and name None: nobody has them."""

    handler_id: int | None
    name: str | None
    cases: int
    overdue: int | None


def load_of(units: Collection[int] | None, *, limit: int = 40) -> list[Load]:
    """Give who has how many open cases, the most first; at most `limit`. One query.

    Of the whole company (None) only the cases are counted; `overdue` is None then.
    """
    held = """
        SELECT c.handler_id, count(*) AS cases FROM cases_case c
        WHERE c.state <> 'closed' {units} GROUP BY c.handler_id ORDER BY count(*) DESC LIMIT %(limit)s"""
    ran_out = """
        SELECT c.handler_id, count(DISTINCT c.id) AS cases
        FROM cases_case c JOIN promises_promise p ON p.case_id = c.id
        WHERE p.state = 'broken' AND NOT p.late AND c.state <> 'closed' AND c.unit_id = ANY(%(units)s)
        GROUP BY c.handler_id"""
    if units is None:
        held, ran_out = (
            held.format(units=""),
            "SELECT NULL::bigint AS handler_id, NULL::bigint AS cases LIMIT 0",
        )
        overdue = "NULL::bigint"
    else:
        held, overdue = held.format(units="AND c.unit_id = ANY(%(units)s)"), "coalesce(ran_out.cases, 0)"
    sql = f"""
        SELECT held.handler_id, staff_employee.name, held.cases, {overdue}
        FROM ({held}) held
        LEFT JOIN ({ran_out}) ran_out ON ran_out.handler_id IS NOT DISTINCT FROM held.handler_id
        LEFT JOIN staff_employee ON staff_employee.id = held.handler_id
        ORDER BY held.cases DESC, staff_employee.name"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"units": list(units or ()), "limit": limit})
        return [Load(*row) for row in cursor.fetchall()]


@dataclass
class HalfHour:
    """What of the clocks due within one half hour was kept, broke, or is open still."""

    begins_at: datetime
    kept: int = 0
    broken: int = 0
    open: int = 0


@dataclass
class DayByHalfHours:
    """A day of clocks by half hours, with its sum."""

    slots: list[HalfHour] = field(default_factory=list)

    @property
    def broken(self) -> int:
        """Count what broke."""
        return sum(slot.broken for slot in self.slots)


def day_by_half_hours(units: Collection[int] | None, *, day: date, time_zone: str) -> DayByHalfHours:
    """Count the clocks of cases that are due on a day by the half hour of their due time. One query, by due date."""
    of_units = "" if units is None else "AND c.unit_id = ANY(%(units)s)"
    sql = f"""
        SELECT date_bin('30 minutes', p.due_at, (%(day)s::date)::timestamp AT TIME ZONE %(time_zone)s) AS slot,
               count(*) FILTER (WHERE p.state = 'kept'), count(*) FILTER (WHERE p.state = 'broken'),
               count(*) FILTER (WHERE p.state = 'open')
        FROM promises_promise p JOIN cases_case c ON c.id = p.case_id
        WHERE p.due_date = %(day)s AND p.case_id IS NOT NULL AND p.state IN ('kept', 'broken', 'open') {of_units}
        GROUP BY slot ORDER BY slot"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"units": list(units or ()), "day": day, "time_zone": time_zone})
        return DayByHalfHours([HalfHour(*row) for row in cursor.fetchall()])


def open_cases_within(case_ids: Collection[int], units: Collection[int] | None) -> list[int]:
    """Give those of some cases that are not closed and belong to the units (None: to any), by id."""
    of_units = "" if units is None else "AND unit_id = ANY(%(units)s)"
    sql = f"SELECT id FROM cases_case WHERE id = ANY(%(ids)s) AND state <> 'closed' {of_units} ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": list(case_ids), "units": list(units or ())})
        return [row[0] for row in cursor.fetchall()]
