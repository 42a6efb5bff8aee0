"""Sweep a million open clocks for those that run out: the operation against a bare UPDATE and INSERT of the same rows.

    python bench/sweeping.py [--rows 1000000] [--due 20000] [--repeats 5] [--small]

Every promise has a clock that runs. In each turn as many run out: half of them for the first warning, three tenths as
they are due, which breaks them, the rest long after. The other contestant is told beforehand which rows those are and
what to write into them, and writes it in chunks of the same size over psycopg, with no search for them, no check and no
audit trail. In one run, in turn, medians. The plan of the sweep is printed, and how long a bell takes beside all that.
It makes and removes a database of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from measure import Mark, verdict
from measure.database import URL_VARIABLE, own_database, peak

BEGIN = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHUNK = 2_000
AGENTS, TEAMS, PEOPLE = 500, 20, 5_000
COLUMNS = (
    "person_id", "edition_id", "action", "clause", "standard", "from_date", "due_date", "turn", "source",
    "responsible_id", "state", "ended_at", "end_reason", "due_at", "warn_ats", "warned", "warn_at",
)  # fmt: skip


def main() -> int:
    """Make the clocks, let both sweep in turn, and print their ratio; return 1 where the mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="open promises with a clock")
    parser.add_argument("--due", type=int, default=20_000, help="how many of them a sweep finds")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--small", action="store_true", help="30 000 clocks, 2 000 due, twice: does it run at all"
    )
    told = parser.parse_args()
    rows, due, repeats = (30_000, 2_000, 2) if told.small else (told.rows, told.due, told.repeats)
    with own_database("test_upheld_sweeping", edition=False):
        began = time.perf_counter()
        _make_clocks(rows, due, turns=2 * repeats + 1)
        print(
            f"\n{rows:,} open clocks, {due:,} run out in each turn (made in {time.perf_counter() - began:.0f} s)"
        )
        ratio = _contest(due, repeats)
        _bells()
    print(f"  peak memory of this process {peak():,.0f} MiB")
    return 0 if told.small else verdict([Mark("sweep, of the bare writes", ratio, 2.0)])


def _make_clocks(rows: int, due: int, *, turns: int) -> None:
    """Copy the clocks in: those that run out in turn n in its hour, all others in the weeks after."""
    from django.db import connection

    from upheld.operations.activate_edition import activate_edition

    edition = activate_edition(active_from=date(2005, 1, 1), by=None).pk
    with connection.cursor() as cursor:
        cursor.execute(STAFF_AND_PEOPLE, {"agents": AGENTS, "teams": TEAMS, "people": PEOPLE})
        cursor.execute("SELECT min(id) FROM people_person")
        (person,) = cursor.fetchone()
        cursor.execute("SELECT min(id) FROM staff_employee WHERE job = 'hotline_agent'")
        (agent,) = cursor.fetchone()
        with cursor.copy(f"COPY promises_promise ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for number in range(rows):
                copy.write_row(_clock(number, due, turns, person=person, agent=agent, edition=edition))
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _clock(number: int, due: int, turns: int, *, person: int, agent: int, edition: int) -> tuple[Any, ...]:
    turn = number // due
    if turn < turns:
        # In the turn's own hour comes the first warning, the due time, or the last warning.
        instant = BEGIN + turn * HOUR + (number % due) * HOUR / due
        warned = (0, 0, 0, 0, 0, 1, 1, 1, 2, 2)[number % 10]
        ats = [instant + timedelta(days=at - warned) * (20 if at > warned else 1) for at in range(3)]
    else:
        instant, warned = BEGIN + timedelta(days=30, seconds=number), 0
        ats = [instant, instant + 4 * HOUR, instant + 8 * HOUR]
    day = ats[1].date()
    state = ("broken", ats[1], "not kept by the due time") if warned == 2 else ("open", None, "")
    return (
        person + number % PEOPLE, edition, "first_answer", "CT-16", "CT", day, day, 1 + number // PEOPLE,
        "case_deadline", agent + number * 7 // 10 % AGENTS, *state, ats[1], ats, warned, instant,
    )  # fmt: skip


def _contest(due: int, repeats: int) -> float:
    """Let both contestants take turns; print medians and return the ratio of their times."""
    _show_plan(BEGIN + HOUR)
    _ours(0, due)  # the plan and the caches of both
    ways: dict[str, Callable[[int, int], tuple[float, int]]] = {"bare": _bare, "ours": _ours}
    times: dict[str, list[float]] = {name: [] for name in ways}
    written: set[int] = set()
    for turn in range(1, 2 * repeats + 1):
        name = ("bare", "ours")[turn % 2]
        seconds, warnings = ways[name](turn, due)
        times[name].append(seconds)
        written.add(warnings)
    (warnings,) = written  # both wrote as many
    bare, ours = (statistics.median(times[name]) for name in ("bare", "ours"))
    print(f"  {'':<36} {'s':>7} {'warnings/s':>11}")
    for title, seconds in (("bare UPDATE and INSERT, rows known", bare), ("sweep_warnings", ours)):
        print(f"  {title:<36} {seconds:7.2f} {warnings / seconds:11,.0f}")
    print(f"  ratio {ours / bare:.2f}")
    began = time.perf_counter()
    _sweep(BEGIN + (2 * repeats + 1) * HOUR)
    print(f"  a sweep that finds nothing: {(time.perf_counter() - began) * 1000:.1f} ms")
    return ours / bare


def _sweep(now: datetime) -> Any:
    from upheld.operations.sweep_warnings import sweep_warnings

    return sweep_warnings(now=now, chunk=CHUNK)


def _ours(turn: int, due: int) -> tuple[float, int]:
    """Sweep what runs out in a turn; return the seconds and how many warnings were given."""
    began = time.perf_counter()
    swept = _sweep(BEGIN + (turn + 1) * HOUR - timedelta(microseconds=1))
    seconds = time.perf_counter() - began
    assert swept.before + swept.due + swept.after == due, swept
    assert swept.broken == swept.due, swept
    return seconds, swept.before + 2 * swept.due + 3 * swept.after


def _bare(turn: int, due: int) -> tuple[float, int]:
    """Write what a sweep of the turn would, by ids that are known: two statements and a commit for each chunk."""
    since = BEGIN + turn * HOUR
    with psycopg.connect(os.environ[URL_VARIABLE]) as connection:
        rows = connection.execute(
            "SELECT id, warned, warn_at, warn_ats[warned + 2], due_at FROM promises_promise"
            " WHERE warn_at >= %s AND warn_at < %s ORDER BY id",
            [since, since + HOUR],
        ).fetchall()
        connection.commit()
        assert len(rows) == due
        chunks = [_as_written(rows[start : start + CHUNK]) for start in range(0, due, CHUNK)]
        began = time.perf_counter()
        for changed, told in chunks:
            connection.execute(BARE_UPDATE, changed)
            connection.execute(BARE_INSERT, told)
            connection.commit()
        return time.perf_counter() - began, sum(len(told[0]) for _, told in chunks)


def _as_written(rows: list[tuple[Any, ...]]) -> tuple[list[list[Any]], list[list[Any]]]:
    """Give the columns of the promises of a chunk after its sweep, and those of its warnings."""
    stages, roles = ("before", "due", "after"), ("handler", "team_lead", "department")
    changed = [
        (pk, warned + 1, following, "broken" if warned else "open", due_at if warned else None)
        for pk, warned, _, following, due_at in rows
    ]
    told = [(pk, stages[warned], role, at) for pk, warned, at, *_ in rows for role in roles[: warned + 1]]
    return _columns(changed), _columns(told)


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _show_plan(now: datetime) -> None:
    """Print how PostgreSQL finds what runs out, and take back what that did."""
    from django.db import connection, transaction

    from upheld.operations import sweep_warnings as sweeping
    from upheld.operations.sql.warnings import GIVE_WARNINGS

    numbers, stages, roles = (list(column) for column in zip(*sweeping._ADDRESSED, strict=True))
    values = {
        "now": now, "since": sweeping._EVER, "chunk": CHUNK, "reason": "", "numbers": numbers, "stages": stages,
        "roles": roles,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {GIVE_WARNINGS}", values)
        lines = [row[0] for row in cursor.fetchall()]
        transaction.set_rollback(True)
    print("  the plan of one chunk, from where it looks for clocks that run out:")
    first = next(number for number, line in enumerate(lines) if "CTE pending" in line)
    for line in [*lines[first : first + 6], *(line for line in lines if "Execution Time" in line)]:
        print(f"    {line}")


def _bells() -> None:
    """Print how long the bell of an agent, a lead and the department takes, with all that was warned of unseen."""
    from upheld.operations.see_warning import reader_of
    from upheld.records.promises.warnings import unseen_count, warnings_for
    from upheld.records.staff.models import Employee

    now = BEGIN + timedelta(days=1)
    for job in ("hotline_agent", "team_lead", "service_department"):
        employee = Employee.objects.filter(job=job).order_by("pk").first()
        times: dict[str, list[float]] = {"bell": [], "list": []}
        for _ in range(9):
            for name, way in (("bell", unseen_count), ("list", warnings_for)):
                began = time.perf_counter()
                way(reader_of(employee), now=now)
                times[name].append((time.perf_counter() - began) * 1000)
        bell, listed = (statistics.median(times[name]) for name in ("bell", "list"))
        print(f"  {job:<20} bell {bell:6.1f} ms, list {listed:6.1f} ms")


STAFF_AND_PEOPLE = """
    INSERT INTO staff_unit (code, name, kind) VALUES ('P', 'P', 'province');
    INSERT INTO staff_unit (code, name, kind, parent_id) SELECT 'C', 'C', 'city', id FROM staff_unit;
    INSERT INTO staff_unit (code, name, kind, parent_id)
        SELECT 'T' || n, 'T', 'team', id FROM staff_unit, generate_series(0, %(teams)s - 1) n WHERE kind = 'city';
    INSERT INTO staff_employee (username, code, name, password, is_superuser, unit_id, job)
        SELECT 'a' || n, 'a' || n, 'a', '', false, unit.id, 'hotline_agent'
        FROM generate_series(0, %(agents)s - 1) n JOIN staff_unit unit ON unit.code = 'T' || n %% %(teams)s ORDER BY n;
    INSERT INTO staff_employee (username, code, name, password, is_superuser, unit_id, job)
        SELECT 'l' || code, 'l' || code, 'l', '', false, id, 'team_lead' FROM staff_unit WHERE kind = 'team';
    INSERT INTO staff_employee (username, code, name, password, is_superuser, unit_id, job)
        SELECT 'd', 'd', 'd', '', false, id, 'service_department' FROM staff_unit WHERE kind = 'province';
    INSERT INTO people_person (code, name, pinyin_key, bigrams)
        SELECT 'B' || n, 'B', 'b', '{}' FROM generate_series(1, %(people)s) n
"""
BARE_UPDATE = """
    UPDATE promises_promise AS promise
    SET warned = changed.warned, warn_at = changed.warn_at, state = changed.state, ended_at = changed.ended_at,
        end_reason = CASE changed.state WHEN 'broken' THEN 'not kept by the due time' ELSE '' END
    FROM unnest(%s::int8[], %s::int2[], %s::timestamptz[], %s::varchar[], %s::timestamptz[])
        AS changed (id, warned, warn_at, state, ended_at)
    WHERE promise.id = changed.id
"""
BARE_INSERT = """
    INSERT INTO promises_promisewarning (promise_id, stage, "to", at)
    SELECT * FROM unnest(%s::int8[], %s::varchar[], %s::varchar[], %s::timestamptz[])
"""

if __name__ == "__main__":
    raise SystemExit(main())
