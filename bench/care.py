"""Measure the planning of a month: into PostgreSQL by COPY, and planned anew after one customer in a hundred changed.

    python bench/care.py [--rows 1000000] [--small]

A made-up operator of so many served persons (three in ten key persons of groups, most of the others with a card), its
groups, their managers. Then, in one run:

1. plan the month for everybody, into empty tables (`plan_contacts`);
2. stream the very same rows, encoded beforehand by PostgreSQL itself, into the same emptied table by a bare binary
   COPY: nothing that reads and compares anything can be faster;
3. change one person in a hundred, and plan only those anew;
4. plan everybody anew, who finds nothing left to do.

What was touched is proved by the database's own transaction numbers on the rows (`xmin`): after 3 only promises of
changed persons have newer ones, after 4 none has. It makes and removes a database of its own.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from measure.database import backend_cpu, execute, own_database, peak, value

MONTH, UNTIL = date(2026, 12, 1), date(2027, 1, 1)
BLOCK = 1 << 20


def main() -> int:
    """Run all four and print them; return 1 where a promise was touched that should not have been."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="persons who are served")
    parser.add_argument("--small", action="store_true", help="10 000 persons: does it run at all")
    told = parser.parse_args()
    rows = 10_000 if told.small else told.rows
    with own_database("test_upheld_care"):
        wrong = _measure(rows)
    print(f"peak memory of this process {peak():,.0f} MiB")
    return 1 if wrong else 0


def _measure(rows: int) -> int:
    from upheld.operations.plan_contacts import plan_contacts

    def plan(changed_only: bool = False) -> Any:
        return plan_contacts(from_date=MONTH, until_date=UNTIL, by=None, changed_only=changed_only)

    with _told("made the operator"):
        people, groups = _make_operator(rows)
    print(f"{people:,} persons and {groups:,} groups, planned for {MONTH:%Y-%m}", flush=True)
    with _told("planned everybody") as planned:
        first = plan()
    with tempfile.NamedTemporaryFile(prefix="upheld-bench-") as file:
        _encode(Path(file.name))
        execute("TRUNCATE promises_promise CASCADE")
        with _told("bare binary COPY of the same rows") as copied:
            _copy(Path(file.name))
    number = value("SELECT count(*) FROM promises_promise")
    ours, copy = number / planned.seconds, number / copied.seconds
    print(
        f"  {number:,} promises: ours {ours:,.0f} rows/s, COPY {copy:,.0f} rows/s, "
        f"{planned.seconds / copied.seconds:.2f} times the time and {planned.cpu / copied.cpu:.2f} times the CPU; "
        f"{first.subjects / planned.seconds:,.0f} subjects/s",
        flush=True,
    )
    execute("VACUUM ANALYZE promises_promise")
    mark = _mark()
    changed = _change_one_in_a_hundred()
    with _told("planned the changed ones") as again:
        report = plan(changed_only=True)
    touched = _touched_since(mark)
    strangers = value(f"SELECT count(*) FROM promises_promise WHERE {_newer(mark)} AND person_id NOT IN "
                     "(SELECT id FROM bench_changed)")  # fmt: skip
    print(
        f"  {changed:,} changed: {report.subjects:,} looked at, {report.added:,} added, "
        f"{report.cancelled:,} cancelled, {touched:,} promises touched, "
        f"{strangers} of others; {planned.seconds / again.seconds:.1f} times as quick",
        flush=True,
    )
    mark = _mark()
    with _told("planned everybody anew"):
        whole = plan()
    after = _touched_since(mark)
    print(f"  {whole.unchanged:,} unchanged, {after} promises touched", flush=True)
    ours_alone = report.scope == "changed" and touched == report.added + report.cancelled
    return strangers + after + (not ours_alone)


class Clock:
    """How long something took, and the CPU of this process and of PostgreSQL's."""

    seconds = cpu = 0.0


@contextmanager
def _told(what: str) -> Iterator[Clock]:
    clock, begin, here, there = Clock(), time.perf_counter(), time.process_time(), backend_cpu()
    yield clock
    clock.seconds = max(time.perf_counter() - begin, 1e-9)
    here, there = time.process_time() - here, backend_cpu() - there
    clock.cpu = max(here + there, 1e-9)
    print(f"{what}: {clock.seconds:,.1f} s; CPU {here:,.1f} s, of PostgreSQL {there:,.1f} s", flush=True)


OPERATOR = (
    # Persons by arithmetic on their numbers, as `bench/planning.py` makes them.
    """
    INSERT INTO people_person (code, name, pinyin_key, bigrams, papers, brand, birthday_month, birthday_day,
                               birthday_calendar)
    SELECT 'B' || n, 'B', 'b', '{}', 'personal', 'tianyi',
           CASE WHEN b < 900 THEN 1 + abs(q) % 12 END, CASE WHEN b < 900 THEN 1 + abs(c) % 28 END,
           CASE WHEN b < 150 THEN 'lunar' WHEN b < 900 THEN 'solar' END
    FROM (SELECT n, abs(hashint4(n * 3)) % 1000 AS q, abs(hashint4(n * 7)) % 1000 AS c,
                 abs(hashint4(n * 11)) % 1000 AS b FROM generate_series(1, %(rows)s) n) drawn
    """,
    """
    INSERT INTO people_group (code, name, pinyin_key, bigrams, group_class, group_kind)
    SELECT 'G' || n, 'G', 'g', '{}', (ARRAY['A', 'B1', 'B2', 'C', 'C', 'D', 'D', 'D'])[1 + n %% 8],
           (ARRAY['government', 'key_department', 'key_enterprise', 'other'])[1 + n / 8 %% 4]
    FROM generate_series(1, greatest(%(rows)s / 12, 8)) n
    """,
    # Three in ten are key persons: the first of each ten, so that a group has three or four.
    """
    INSERT INTO people_grouprole (person_id, group_id, role, from_date)
    SELECT p.id, g.first + p.number %% g.number,
           (ARRAY['top_decision_maker', 'contact', 'contact', 'telecom_manager', 'influencer'])[1 + p.number / 7 %% 5],
           DATE '2020-01-01'
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM people_person) p,
         (SELECT min(id) AS first, count(*) AS number FROM people_group) g
    WHERE p.number %% 10 < 3
    """,
    """
    INSERT INTO tiers_rating (person_id, edition_id, as_of, card, state, because, run)
    SELECT p.id, (SELECT min(id) FROM standards_editionrecord), DATE '2026-01-01',
           (ARRAY['silver', 'silver', 'silver', 'gold', 'diamond'])[1 + p.id %% 5], 'active', '[]', 'bench'
    FROM people_person p WHERE p.id %% 100 >= 15
    """,
    """
    INSERT INTO tiers_membership (person_id, card, state, from_date, rating_id)
    SELECT person_id, card, 'active', as_of, id FROM tiers_rating
    """,
    """
    INSERT INTO staff_employee (username, code, name, job, password, is_superuser)
    SELECT job || n, job || n, 'E', job, '!', false
    FROM generate_series(1, greatest(%(rows)s / 1000, 2)) n, unnest(ARRAY['account_manager', 'phone_manager']) job
    """,
    """
    INSERT INTO staff_assignment (employee_id, group_id, kind, from_date)
    SELECT e.ids[1 + g.id %% cardinality(e.ids)], g.id, 'account_manager', DATE '2020-01-01'
    FROM people_group g, (SELECT array_agg(id) AS ids FROM staff_employee WHERE job = 'account_manager') e
    """,
    """
    INSERT INTO staff_assignment (employee_id, person_id, kind, from_date)
    SELECT e.ids[1 + p.id %% cardinality(e.ids)], p.id, 'phone_manager', DATE '2020-01-01'
    FROM people_person p, (SELECT array_agg(id) AS ids FROM staff_employee WHERE job = 'phone_manager') e
    WHERE NOT EXISTS (SELECT FROM people_grouprole r WHERE r.person_id = p.id)
    """,
)


def _make_operator(rows: int) -> tuple[int, int]:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for statement in OPERATOR:
            cursor.execute(
                statement if "%%" in statement else statement.replace(" % ", " %% "), {"rows": rows}
            )
    for table in (
        "people_person",
        "people_group",
        "people_grouprole",
        "tiers_membership",
        "staff_assignment",
    ):
        execute(f"VACUUM ANALYZE {table}")
    return value("SELECT count(*) FROM people_person"), value("SELECT count(*) FROM people_group")


def _change_one_in_a_hundred() -> int:
    """Give one key person in fifty another role, and other persons a birthday: one in a hundred of all."""
    execute("CREATE TABLE bench_changed (id bigint PRIMARY KEY)")
    execute(
        "INSERT INTO bench_changed SELECT id FROM people_person ORDER BY hashint8(id) "
        "LIMIT (SELECT count(*) / 100 FROM people_person)"
    )
    execute("UPDATE people_grouprole SET role = 'telecom_manager' WHERE role = 'contact' AND person_id IN "
             "(SELECT id FROM bench_changed)")  # fmt: skip
    execute(
        "UPDATE people_person SET birthday_month = 12, birthday_day = 1 + id % 28, birthday_calendar = 'solar' "
        "WHERE id IN (SELECT id FROM bench_changed)"
    )
    return value("SELECT count(*) FROM bench_changed")


def _encode(file: Path) -> None:
    """Write the promises as PostgreSQL's own binary COPY stream."""
    from django.db import connection

    from upheld.operations.sql.promises import PLANNED_COLUMNS

    names = ", ".join(name for name, _ in PLANNED_COLUMNS)
    query = f"COPY (SELECT {names} FROM promises_promise ORDER BY id) TO STDOUT (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(query) as copy, file.open("wb") as stream:
        for block in copy:
            stream.write(block)


def _copy(file: Path) -> None:
    from django.db import connection

    from upheld.operations.sql.promises import ADD_PLANNED

    with connection.cursor() as cursor, file.open("rb") as stream, cursor.copy(ADD_PLANNED) as copy:
        while block := stream.read(BLOCK):
            copy.write(block)


def _mark() -> int:
    return value("SELECT pg_current_xact_id()::text::bigint")


def _newer(mark: int) -> str:
    return f"xmin::text::bigint > {mark}"


def _touched_since(mark: int) -> int:
    return value(f"SELECT count(*) FROM promises_promise WHERE {_newer(mark)}")


if __name__ == "__main__":
    raise SystemExit(main())
