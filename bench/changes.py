"""Measure how fast changes get into PostgreSQL: our acts against a bare binary COPY of the very same rows.

    python bench/changes.py [--rows 300000] [--repeats 5] [--small]

Two kinds of changes: planned promises (`plan_contacts`: compared with what is there, then copied in) and
tier changes (`rate_base`: ratings drawn, copied, and the memberships that follow). The other contestant
streams the same rows, encoded beforehand by PostgreSQL itself, into the same tables with the same indexes
and constraints: nothing that checks anything can be faster. In one run, in turn, medians; the mark is 0.6
of its rate. It makes and removes a database of its own.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from measure.database import execute, own_database, peak, value

MARK = 0.6
AS_OF = date(2026, 1, 1)
CHUNK = 2_000
BLOCK = 1 << 20


@dataclass
class Contest:
    """Two ways of getting the same rows in, and the tables to empty in between."""

    name: str
    tables: tuple[str, ...]
    ours: Callable[[], None]
    columns: dict[str, tuple[tuple[str, str], ...]]


def main() -> int:
    """Run both contests and print their ratios; return 1 where a ratio is below the mark."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--rows", type=int, default=300_000, help="promises, and tier changes (100 000 to 1 000 000)"
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="20 000 rows, three times: does it run at all")
    told = parser.parse_args()
    rows, repeats = (20_000, 3) if told.small else (told.rows, told.repeats)
    with own_database("test_upheld_changes"):
        results = [_run(contest, repeats) for contest in (_promises(rows), _tier_changes(rows))]
    print(f"peak memory of this process {peak():,.0f} MiB")
    return 0 if told.small or min(results) >= MARK else 1


def _people(number: int) -> list[int]:
    """Make customers of our own, gold by what they spend, and return their ids."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_person
                (code, name, pinyin_key, bigrams, papers, brand, annual_spend_fen, birthday_month, birthday_day)
            SELECT 'B' || n, 'B', 'b', '{}', 'personal', 'tianyi', 250000, 1 + mod(n, 12), 1 + mod(n, 28)
            FROM generate_series(1, %s) n
            ON CONFLICT DO NOTHING
            """,
            [number],
        )
        cursor.execute("SELECT id FROM people_person ORDER BY id LIMIT %s", [number])
        return [pk for (pk,) in cursor.fetchall()]


def _chunks(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _promises(rows: int) -> Contest:
    """A year for gold members: the act's own comparing and writing; facts and cards are at hand, as in
    its chunk.
    """
    from django.db import transaction

    from upheld.operations import plan_contacts as act
    from upheld.operations.contact_plans import Planner
    from upheld.operations.sql.promises import PLANNED_COLUMNS
    from upheld.operations.which_edition import edition_for

    record, rules = edition_for(AS_OF)
    year = date(AS_OF.year + 1, 1, 1)
    one = {"card": "gold", "birthday_calendar": "solar"}
    each = len(Planner(rules, AS_OF, year).owed(one, "person").planned)
    ids = _people(max(rows // (each + 1), 1))  # and the birthday
    from upheld.policy.facts import MonthDay

    subjects = {pk: {**one, "birthday": MonthDay(1 + n % 12, 1 + n % 28)} for n, pk in enumerate(ids)}

    def ours() -> None:
        planner = Planner(rules, AS_OF, year)
        report = act.PlanReport("bench", record.name, AS_OF, year)
        for chunk in _chunks(ids):
            with transaction.atomic():
                changes = act._compare_all("person_id", {pk: subjects[pk] for pk in chunk}, {}, planner)
                act._write("person_id", changes, {}, {}, planner, record, report)

    return Contest("promises", ("promises_promise",), ours, {"promises_promise": PLANNED_COLUMNS})


def _tier_changes(rows: int) -> Contest:
    """A base that gets its first cards: half of the rows are ratings, half memberships."""
    from django.db import transaction

    from upheld.operations import rate_base as act
    from upheld.operations.sql.tiers import MEMBERSHIP_COLUMNS, RATING_COLUMNS
    from upheld.operations.which_edition import edition_for
    from upheld.policy.tiers import Reason, TierAnswer

    record, _ = edition_for(AS_OF)
    ids = _people(max(rows // 2, 1))
    answer = TierAnswer("gold", "active", (Reason("CT-34", "gold"),))

    def ours() -> None:
        for chunk in _chunks(ids):
            outcomes = [act._compare(pk, None, None, answer, set()) for pk in chunk]
            with transaction.atomic():
                act._write(outcomes, AS_OF, record, "bench")

    columns = {"tiers_rating": RATING_COLUMNS, "tiers_membership": MEMBERSHIP_COLUMNS}
    return Contest("tier changes", ("tiers_membership", "tiers_rating"), ours, columns)


def _run(contest: Contest, repeats: int) -> float:
    """Let both go in turn; print and return the ratio of the rates."""
    _empty(contest)
    contest.ours()
    encoded = {table: _encoded(table, columns) for table, columns in contest.columns.items()}
    rows = sum(value(f"SELECT count(*) FROM {table}") for table in contest.columns)
    times: dict[str, list[float]] = {"ours": [], "copy": []}
    for _ in range(repeats):
        for name, go in (("ours", contest.ours), ("copy", lambda: _copy(contest, encoded))):
            _empty(contest)
            begin = time.perf_counter()
            go()
            times[name].append(time.perf_counter() - begin)
    ours, copy = statistics.median(times["ours"]), statistics.median(times["copy"])
    print(f"{contest.name}: {rows:,} rows, medians of {repeats}")
    print(f"  ours         {ours:7.2f} s  {rows / ours:9,.0f} rows/s")
    print(f"  binary COPY  {copy:7.2f} s  {rows / copy:9,.0f} rows/s")
    print(f"  ratio of rates {copy / ours:.2f} (mark {MARK})", flush=True)
    return copy / ours


def _empty(contest: Contest) -> None:
    execute(f"TRUNCATE {', '.join(contest.tables)} CASCADE")


def _encoded(table: str, columns: tuple[tuple[str, str], ...]) -> list[bytes]:
    """Return the rows of a table as PostgreSQL's own binary COPY stream, in blocks."""
    from django.db import connection

    names = ", ".join(name for name, _ in columns)
    stream = bytearray()
    query = f"COPY (SELECT {names} FROM {table} ORDER BY id) TO STDOUT (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            stream += block
    return [bytes(stream[start : start + BLOCK]) for start in range(0, len(stream), BLOCK)]


def _copy(contest: Contest, encoded: dict[str, list[bytes]]) -> None:
    from django.db import connection, transaction

    for table, blocks in encoded.items():
        names = ", ".join(name for name, _ in contest.columns[table])
        with transaction.atomic(), connection.cursor() as cursor:
            copy: Any
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
                for block in blocks:
                    copy.write(block)


if __name__ == "__main__":
    raise SystemExit(main())
