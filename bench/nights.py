"""Measure three acts of the night at size, each beside bare SQL that writes the very same rows.

    python bench/nights.py [--rows 100000] [--repeats 3] [--small]

1. Suggested days: so many open promises of a month without a day (`suggest_days`). The bare way knows every day
   beforehand and writes it, by an array of ids and days for each chunk of the same employees.
2. Key moments: so many customers with five bills each, every fiftieth of whom something is found
   (`dispatch_moments`). The bare way scans the same bills and signals once, for one sum a customer, and copies in the
   very same moments, fates and promises, encoded beforehand by PostgreSQL itself.
3. Employees' points: so many promises that were kept, kept late or broken in a month (`award_points`). The bare way
   inserts the same rows of the ledger from a table in which they stand ready.

In one run, in turn, medians of wall time: the work is PostgreSQL's and this process's by turns. Each act is then done
once more, when there is nothing left to do: it must write nothing, and the time stands beside. It makes and removes a
database of its own.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from measure.database import execute, own_database, peak, value

DAY, FIRST, LAST = date(2026, 3, 16), date(2026, 3, 1), date(2026, 3, 31)
PROMISES_OF_ONE = 400
"""What an employee of the made-up operator owes in the month, and half as many persons are in the book."""


@dataclass
class Contest:
    """Two ways to write the same rows, and how to take them away in between."""

    title: str
    ours: Callable[[], int]
    remember: Callable[[], None]
    bare: Callable[[], None]
    empty: Callable[[], None]


def main() -> int:
    """Run the three contests; return 1 where an act did something the second time, or not all the first."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=100_000, help="promises, customers, and promises again")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="8 000 rows, once: does it run at all")
    told = parser.parse_args()
    rows, repeats = (8_000, 1) if told.small else (told.rows, told.repeats)
    wrong = 0
    with own_database("test_upheld_nights"):
        _make_operator(rows)
        for contest, expected in ((_days(rows), rows), (_moments(), rows // 50), (_points(rows), rows)):
            wrong += _run(contest(), expected, repeats)
    print(f"peak memory of this process {peak():,.0f} MiB")
    return 1 if wrong else 0


def _run(contest: Contest, expected: int, repeats: int) -> int:
    """Let both go in turn and print their ratio; return how many rows went wrong."""
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    done = contest.ours()
    contest.remember()
    again, left = _timed(contest.ours)
    for _ in range(repeats):
        contest.empty()
        seconds, _ = _timed(contest.bare)
        times["bare"].append(seconds)
        contest.empty()
        seconds, found = _timed(contest.ours)
        times["ours"].append(seconds)
        done = min(done, found)
    ours, bare = statistics.median(times["ours"]), statistics.median(times["bare"])
    print(
        f"{contest.title}: {done:,} of {expected:,}; ours {ours:.2f} s, bare {bare:.2f} s, {ours / bare:.2f} times; "
        f"{done / ours:,.0f} a second; again {again:.2f} s, {left} written (medians of {repeats})",
        flush=True,
    )
    return abs(done - expected) + left


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def _make_operator(rows: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(OPERATOR, {"rows": rows, "employees": max(rows // PROMISES_OF_ONE, 2)})
    execute("VACUUM ANALYZE")


# --- Suggested days -------------------------------------------------------------------------------------------------


def _days(rows: int) -> Callable[[], Contest]:
    from upheld.operations.suggest_days import EMPLOYEES_A_CHUNK, suggest_days

    chunks: list[tuple[list[int], list[date]]] = []

    def contest() -> Contest:
        execute(PROMISES_OF_A_MONTH.format(rows=rows))
        execute("VACUUM ANALYZE promises_promise")
        return Contest("suggested days", ours, remember, bare, empty)

    def ours() -> int:
        return suggest_days(from_date=FIRST, until_date=LAST).suggested

    def remember() -> None:
        outside = "planned_on IS NULL OR planned_on NOT BETWEEN from_date AND due_date"
        assert not value(f"SELECT count(*) FROM promises_promise WHERE {outside}")
        by_employee: dict[int, list[tuple[int, date]]] = {}
        for employee, pk, day in _rows(
            "SELECT responsible_id, id, planned_on FROM promises_promise ORDER BY 1, 2"
        ):
            by_employee.setdefault(employee, []).append((pk, day))
        known = list(by_employee.values())
        for start in range(0, len(known), EMPLOYEES_A_CHUNK):
            chunk = [row for one in known[start : start + EMPLOYEES_A_CHUNK] for row in one]
            chunks.append(([pk for pk, _ in chunk], [day for _, day in chunk]))

    def bare() -> None:
        from django.db import connection

        for chunk in chunks:
            with connection.cursor() as cursor:
                cursor.execute(BARE_DAYS, chunk)

    def empty() -> None:
        execute("UPDATE promises_promise SET planned_on = NULL")
        execute("VACUUM FULL ANALYZE promises_promise")

    return contest


# --- Key moments ------------------------------------------------------------------------------------------------------

OF_MOMENTS = ("moments_moment", "moments_namedmoment", "promises_promise", "moments_momentfate")


def _moments() -> Callable[[], Contest]:
    from upheld.operations.dispatch_moments import dispatch_moments

    written: dict[str, bytes] = {}

    def contest() -> Contest:
        empty()
        return Contest("key moments", ours, remember, bare, empty)

    def ours() -> int:
        return dispatch_moments(as_of=DAY, by=None, today=DAY).found

    def remember() -> None:
        from django.db import connection

        for table in OF_MOMENTS:
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy,
            ):
                written[table] = b"".join(bytes(block) for block in copy)

    def bare() -> None:
        from django.db import connection, transaction

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SCAN_OF_MOMENTS)
            cursor.fetchall()
            for table, rows in written.items():
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(rows)

    def empty() -> None:
        execute(f"TRUNCATE {', '.join(OF_MOMENTS)} CASCADE")

    return contest


# --- Employees' points ------------------------------------------------------------------------------------------------


def _points(rows: int) -> Callable[[], Contest]:
    from upheld.operations.award_points import award_points

    def contest() -> Contest:
        execute("TRUNCATE promises_promise CASCADE")
        execute(PROMISES_OF_A_MONTH.format(rows=rows))
        execute(ENDED)
        execute("VACUUM FULL ANALYZE promises_promise")
        return Contest("employees' points", ours, remember, bare, empty)

    def ours() -> int:
        report = award_points(from_date=FIRST, until_date=LAST, by=None, today=LAST)
        return report.added + report.taken_back

    def remember() -> None:
        execute("CREATE TABLE bench_ledger AS SELECT * FROM staff_points_pointsrow ORDER BY id")

    def bare() -> None:
        execute("INSERT INTO staff_points_pointsrow OVERRIDING SYSTEM VALUE SELECT * FROM bench_ledger")

    def empty() -> None:
        execute("TRUNCATE staff_points_pointsrow CASCADE")

    return contest


def _rows(query: str) -> Sequence[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


OPERATOR = """
    INSERT INTO staff_unit (code, name, kind) VALUES ('P', 'P', 'province');
    INSERT INTO staff_employee (username, code, name, job, password, is_superuser, unit_id)
        SELECT 'e' || n, 'e' || n, 'E', 'phone_manager', '!', false, (SELECT min(id) FROM staff_unit)
        FROM generate_series(0, %(employees)s - 1) n ORDER BY n;
    INSERT INTO people_person (code, name, pinyin_key, bigrams, papers, brand)
        SELECT 'B' || n, 'B', 'b', '{}', 'personal', 'tianyi' FROM generate_series(0, %(rows)s - 1) n ORDER BY n;
    INSERT INTO staff_assignment (employee_id, person_id, kind, from_date)
        SELECT e.first + substr(p.code, 2)::int %% %(employees)s, p.id, 'phone_manager', DATE '2020-01-01'
        FROM people_person p, (SELECT min(id) AS first FROM staff_employee) e;
    INSERT INTO people_bill (person_id, month, amount_fen)
        SELECT p.id, DATE '2026-03-01' - make_interval(months => back),
               CASE WHEN back = 1 AND substr(p.code, 2)::int %% 50 = 0 THEN 2000 ELSE 10000 + back * 10 END
        FROM people_person p, generate_series(1, 5) back;
    INSERT INTO moments_signal (person_id, day, plan_use_ratio)
        SELECT id, DATE '2026-03-10', 0.9 FROM people_person WHERE substr(code, 2)::int %% 10 = 1;
"""

# Visits and calls by the month, by the half-month, and what has a day of its own, in equal parts.
PROMISES_OF_A_MONTH = """
    INSERT INTO promises_promise (person_id, action, clause, standard, from_date, due_date, edition_id, responsible_id)
    SELECT p.id, (ARRAY['visit', 'call', 'call', 'greeting'])[1 + p.n % 4],
           (ARRAY['KEY-5', 'KEY-5', 'CT-42', 'KEY-6'])[1 + p.n % 4],
           (ARRAY['KEY', 'KEY', 'CT', 'KEY'])[1 + p.n % 4],
           (ARRAY[DATE '2026-03-01', DATE '2026-03-16', DATE '2026-03-01', DATE '2026-03-08'])[1 + p.n % 4],
           (ARRAY[DATE '2026-03-31', DATE '2026-03-31', DATE '2026-03-15', DATE '2026-03-08'])[1 + p.n % 4],
           (SELECT min(id) FROM standards_editionrecord), a.employee_id
    FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM people_person ORDER BY id LIMIT {rows}) p
    JOIN staff_assignment a ON a.person_id = p.id
"""

ENDED = """
    UPDATE promises_promise
    SET state = CASE WHEN id % 10 = 0 THEN 'broken' ELSE 'kept' END, late = id % 10 = 1,
        ended_at = from_date + interval '12 hours'
"""

BARE_DAYS = """
    UPDATE promises_promise AS promise SET planned_on = known.day
    FROM unnest(%s::int8[], %s::date[]) AS known (id, day) WHERE promise.id = known.id
"""

SCAN_OF_MOMENTS = """
    SELECT count(*), sum(lately::numeric / nullif(before, 0)) FROM (
        SELECT person_id, max(amount_fen) FILTER (WHERE month = '2026-02-01') AS lately,
               avg(amount_fen) FILTER (WHERE month < '2026-02-01') AS before
        FROM people_bill WHERE month >= '2025-10-01' AND month < '2026-03-01' GROUP BY person_id
    ) AS bills LEFT JOIN moments_signal USING (person_id)
"""

if __name__ == "__main__":
    raise SystemExit(main())
