"""Hold clocks against the calendar, against each other and against the law: no standard may be looser than the law.

A standard whose head says `floor: true` is law. Its clocks bind the clocks of every other standard for the same case
and event, and for the events that its row names in `floor_for`, wherever one subject could match both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from upheld.policy.calendars import DEFAULT_CALENDAR, OfficialCalendar
from upheld.policy.checker import may_both_match
from upheld.policy.kinds.deadlines import OPENED, Limit
from upheld.policy.problems import Problem, nearest
from upheld.policy.tables import Row, Table
from upheld.policy.working_time import WorkingTime, working_time


def check_clocks(
    tables: Sequence[Table],
    calendars: Mapping[str, OfficialCalendar],
    law: Sequence[Table],
) -> Iterable[Problem]:
    """Return every error of the clocks: no case, unknown calendar or stage, looser than the law.

    `law` holds the tables of the standards that are a floor; they may stand outside `tables`.
    """
    clocks = [table for table in tables if (table.noun, table.kind) == ("deadlines", "clock")]
    usable = []
    for table in clocks:
        faults = [problem for row in table.rows for problem in _faults(table, row, calendars)]
        yield from faults
        if not faults:
            usable.append(table)
    for table in usable:
        others = [other for other in law if other.kind == "clock" and other.standard != table.standard]
        legal = [row for other in others for row in other.rows]
        for row in table.rows:
            yield from _looser(table, row, legal, calendars)


def _faults(table: Table, row: Row, calendars: Mapping[str, OfficialCalendar]) -> Iterable[Problem]:
    def fault(message: str, remedy: str) -> Problem:
        return Problem(row.file, row.line, message, remedy, row.clause)

    if not any(condition.fact == "case" for condition in row.conditions):
        yield fault("the clock names no case.", "add `when: {case: ...}`.")
    name = row.answer.get("calendar", DEFAULT_CALENDAR)
    if name not in calendars:
        remedy = "name a folder of _calendars, or add the calendar's years."
        yield fault(f"calendar '{name}' does not exist{nearest(name, calendars)}", remedy)
    seen = [row]
    while (start := seen[-1].answer.get("starts_at", OPENED)) != OPENED:
        before = _stage_before(table, seen[-1])
        if before is None:
            yield fault(
                f"the clock starts at {start}, and no clock of the table stops there for the same case.",
                "add the stage before, or let the clock start with the case.",
            )
            return
        if before in seen:
            yield fault(
                "the clock waits for itself, stage after stage.", "let one stage start with the case."
            )
            return
        seen.append(before)


def _stage_before(table: Table, row: Row) -> Row | None:
    start = row.answer.get("starts_at", OPENED)
    return next((o for o in table.rows if o.answer["stops_at"] == start and may_both_match(o, row)), None)


def _looser(
    table: Table, row: Row, legal: Sequence[Row], calendars: Mapping[str, OfficialCalendar]
) -> Iterable[Problem]:
    for floor in legal:
        stops = (floor.answer["stops_at"], *floor.answer.get("floor_for", ()))
        if row.answer["stops_at"] not in stops or floor.confidence == "unconfirmed":
            continue
        if not may_both_match(row, floor):
            continue
        chain = [row]
        while (before := _stage_before(table, chain[-1])) is not None:
            chain.append(before)
        limits = [stage.answer["limit"] for stage in chain]
        allowed: Limit = floor.answer["limit"]
        if _longer(limits, allowed, calendars[row.answer.get("calendar", DEFAULT_CALENDAR)]):
            given = " and ".join(str(limit) for limit in reversed(limits))
            yield Problem(
                row.file,
                row.line,
                f"{row.clause} is looser than the law: {row.answer['stops_at']} within {given}, where "
                f"{floor.clause} allows {allowed} ({floor.file}:{floor.line}).",
                f"shorten the limit to what {floor.clause} allows, or leave the clock out: the law's own runs anyway.",
                row.clause,
            )


def _longer(limits: Sequence[Limit], allowed: Limit, calendar: OfficialCalendar) -> bool:
    """Say whether limits that follow each other can take longer than the law allows.

    Limits by one calendar are compared by their numbers. Otherwise working time is taken at the longest that it has
    ever run over the announced years, and the law's at the shortest.
    """
    if all(limit.unit == allowed.unit for limit in limits):
        return sum(limit.amount for limit in limits) > allowed.amount
    time = working_time(calendar)
    longest = sum((_longest(limit, time) for limit in limits), timedelta())
    return longest > _shortest(allowed, time)


def _longest(limit: Limit, time: WorkingTime) -> timedelta:
    if limit.continuous is not None:
        return limit.continuous
    if limit.unit == "working_days":
        return time.longest(limit.amount)
    return time.longest(limit.amount * 3600 // time.seconds_a_day + 1)


def _shortest(limit: Limit, time: WorkingTime) -> timedelta:
    if limit.continuous is not None:
        return limit.continuous
    if limit.unit == "working_days":
        return timedelta(days=limit.amount - 1) + time.close
    return timedelta(hours=limit.amount)
