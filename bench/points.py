"""Settle the points of a whole base: earned, used, expired, taken back; beside a bare scan of the same events.

    python bench/points.py [--rows 200000] [--repeats 3] [--small]

Accounts with two years of monthly bills each, redemptions, bonuses with a time limit, and redemptions taken back; one
in fifty is frozen for arrears. Contestants, in turn, each a process of its own, medians:

1. scan: DuckDB sums what each account was billed and used, in one pass, and writes it. It knows no expiry, no order of
   lots, no refusal: nothing that reads every event and writes every account can be faster.
2. ours: the accounts are settled by the shipped standards (`batch/points.py`), lots and events written.

Before that, a sample of the accounts is settled by policy one by one and compared with the base's, lot by lot; how many
accounts a second that makes stands beside.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path
from typing import Any

from measure import Run, child, data_folder, in_turn, run, say, table

AS_OF = date(2026, 3, 1)
FACTS = ("arrears_months",)
SAMPLE = 500
TITLES = {"scan": "bare scan of the events, summed by account", "ours": "settled by the standards"}


def main() -> int:
    """Compare a sample, then run the contest; return 1 where an account differs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=200_000, help="accounts")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="5 000 accounts, once: does it run at all")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        CONTESTANTS[told.one](told.rows)
        return 0
    rows, repeats = (5_000, 1) if told.small else (told.rows, told.repeats)
    if not _file("accounts", rows).exists() or not _file("events", rows).exists():
        run(child(__file__, "--one", "data", "--rows", rows))
    compared = run(child(__file__, "--one", "compare", "--rows", rows)).said
    print(
        f"\n{rows:,} accounts, {compared['events']:,} events, {compared['refused']:,} of them refused as of {AS_OF}; "
        f"{compared['compared']} of {SAMPLE} accounts like policy's, which settles {compared['rate']:,.0f} a second"
    )
    results: dict[str, Run] = in_turn(
        TITLES, lambda name: child(__file__, "--one", name, "--rows", rows), repeats
    )
    table(results, "scan", TITLES)
    print(f"  {rows / results['ours'].wall:,.0f} accounts a second by the standards")
    return 0 if compared["compared"] == SAMPLE else 1


def _file(name: str, rows: int) -> Path:
    return data_folder() / f"points-{name}-{rows}.parquet"


def by_scan(rows: int) -> None:
    """Sum by account what was billed and used, and write it."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(
        "COPY (SELECT customer_id, sum(amount_fen // 100) AS earned, sum(points) FILTER (kind = 'redeem') AS used, "
        f"max(event_date) AS last FROM '{_file('events', rows)}' GROUP BY customer_id) "
        f"TO '{_file('out-scan', rows)}' (FORMAT parquet)"
    )
    say()


def _settled(rows: int) -> Any:
    """Settle the base in an engine and return that."""
    from upheld.batch import points
    from upheld.batch.engine import DuckDB
    from upheld.policy.editions import load_edition

    engine = DuckDB()
    engine.run(f"CREATE VIEW customers AS FROM '{_file('accounts', rows)}'")
    engine.run(f"CREATE VIEW {points.EVENTS} AS FROM '{_file('events', rows)}'")
    points.settle_accounts(edition=load_edition(), as_of=AS_OF, facts=FACTS, engine=engine, id_type="int64")
    return engine


def by_standards(rows: int) -> None:
    """Settle by the shipped standards; write the lots and what became of every event."""
    from upheld.batch import points

    with _settled(rows) as engine:
        for name in (points.LOTS, points.PLAYED):
            engine.run(f"COPY {name} TO '{_file(f'out-{name}', rows)}' (FORMAT parquet)")
    say()


def compare(rows: int) -> None:
    """Settle a sample by policy one by one; tell how many are the same as in the base, and how fast that is."""
    from upheld.batch import points
    from upheld.policy.editions import load_edition
    from upheld.policy.point_events import PointEvent
    from upheld.policy.points import points_of

    edition, asked = load_edition(), f"customer_id < {SAMPLE}"
    with _settled(rows) as engine:
        [[events, refused]] = engine.run(f"SELECT count(*), count(reason) FROM {points.PLAYED}")
        sample: dict[int, dict[str, Any]] = {
            number: {"arrears_months": months, "events": []}
            for number, months in engine.run(
                f"SELECT customer_id, arrears_months FROM customers WHERE {asked}"
            )
        }
        for number, day, kind, amount, given, expires, use in engine.run(
            "SELECT customer_id, event_date, kind, amount_fen, points, expires_date, used_for "
            f"FROM {points.EVENTS} WHERE {asked} ORDER BY customer_id, event_no"
        ):
            sample[number]["events"].append(PointEvent(day, kind, amount, given, expires, use))
        began = time.process_time()
        alone = {n: points_of(edition=edition, subject=one, as_of=AS_OF) for n, one in sample.items()}
        seconds = time.process_time() - began
        settled = dict(points.accounts(engine=engine, as_of=AS_OF))
    same = sum(settled[number] == answer for number, answer in alone.items())
    say(compared=same, rate=len(alone) / seconds, events=events, refused=refused)


def make_data(rows: int) -> None:
    """Make accounts and their events by arithmetic on their numbers."""
    import duckdb

    connection = duckdb.connect()
    for name, query in (("accounts", ACCOUNTS), ("events", EVENTS)):
        connection.execute(f"COPY ({query.format(rows=rows)}) TO '{_file(name, rows)}' (FORMAT parquet)")
    say()


ACCOUNTS = "SELECT i AS customer_id, CASE WHEN i % 50 = 7 THEN 3 ELSE 0 END AS arrears_months FROM range({rows}) t(i)"
EVENTS = """
WITH customers AS (SELECT i FROM range({rows}) t(i)),
events(customer_id, event_date, kind, amount_fen, points, expires_date, used_for) AS (
  SELECT i, month::DATE, 'bill', 4000 + (hash(i, month) % 12000)::BIGINT, NULL, NULL, NULL
  FROM customers, range(DATE '2024-03-01', DATE '2026-03-01', INTERVAL 1 MONTH) m(month)
  UNION ALL
  SELECT i, DATE '2025-06-15', 'redeem', NULL, 100 + i % 400, NULL, 'service' FROM customers WHERE i % 2 = 0
  UNION ALL SELECT i, DATE '2025-12-15', 'redeem', NULL, 300 + i % 900, NULL, NULL FROM customers WHERE i % 5 = 0
  UNION ALL SELECT i, DATE '2025-12-20', 'reverse', NULL, 300 + i % 900, NULL, NULL FROM customers WHERE i % 50 = 0
  UNION ALL SELECT i, DATE '2025-10-01', 'bonus', NULL, 500, DATE '2026-01-31', NULL FROM customers WHERE i % 20 = 3
)
SELECT customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY event_date, kind) AS event_no, event_date,
  kind, amount_fen::BIGINT AS amount_fen, points::BIGINT AS points, expires_date::DATE AS expires_date,
  used_for::VARCHAR AS used_for
FROM events
"""

CONTESTANTS = {"data": make_data, "compare": compare, "scan": by_scan, "ours": by_standards}

if __name__ == "__main__":
    raise SystemExit(main())
