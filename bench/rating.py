"""Rate millions of customers from Parquet to a Parquet of changes with clause: the standards' way against SQL by hand.

    python bench/rating.py [--rows 1000000 3000000 10000000] [--repeats 5] [--small]

Twelve columns a customer (club, rank, revenue and key-person schemes; highest card wins; freeze and cancel), joined
with last year's card. Contestants, in turn, each a process of its own, medians: a bare scan (least and greatest of
every value), the scan with the join alone, DuckDB SQL written by hand for these very rules, and the shipped standards
compiled through Ibis. Once more with last year's card beside the row, without any join. The rows that the two ways of
rating write are compared first. Sizes up to 120 million are arguments; the data (33 MB a million) go to a temporary
folder, or to the one that UPHELD_BENCH_DATA names.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from measure import Mark, Run, child, data_folder, in_turn, run, say, since_began, table, verdict

AS_OF = date(2026, 3, 1)
FACTS = ("papers", "organisation_kind", "rank", "brand", "annual_spend_yuan", "group_revenue_yuan", "strategic",
         "group_class", "role", "arrears_months", "card_valid_until")  # fmt: skip
COLUMNS = (
    "customer_id",
    *(f"{fact.removesuffix('_yuan')}_fen" if fact.endswith("_yuan") else fact for fact in FACTS),
)
TITLES = {
    "bare": "bare scan",
    "join": "scan with the join alone",
    "hand": "rated by DuckDB SQL written by hand",
    "ours": "rated by the standards",
    "bare-beside": "bare scan, last year's card beside the row",
    "hand-beside": "by hand, last year's card beside the row",
    "ours-beside": "by the standards, last year's card beside the row",
    "files": "upheld rate: checks, rates, writes everybody, counts",
}


def main() -> int:
    """Run the contest for each size; return 1 where a mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 3_000_000, 10_000_000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="200 000 rows, once: does it run at all")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        CONTESTANTS[told.one](told.rows[0])
        return 0
    sizes, repeats = ([200_000], 1) if told.small else (told.rows, told.repeats)
    results = {rows: contest(rows, repeats) for rows in sizes}
    if told.small:
        print("  too small a base for the marks: starting costs more than rating")
        return 0
    missed = sum(verdict(marks(rows, found)) for rows, found in results.items())
    if len(sizes) > 1:
        growth(results)
    return 1 if missed else 0


def contest(rows: int, repeats: int) -> dict[str, Run]:
    """Make the data where they are not there yet, compare the answers, and measure every contestant."""
    print(f"\n{rows:,} customers")
    if not _file("beside", rows).exists():
        run(child(__file__, "--one", "data", "--rows", rows))
    names = list(TITLES) if repeats > 1 else ["bare", "join", "hand", "ours"]
    for name in ("hand", "ours"):
        run(child(__file__, "--one", name, "--rows", rows))
    same = run(child(__file__, "--one", "compare", "--rows", rows)).said
    print(f"  the same {same['changes']:,} changes by both ways")
    results = in_turn(names, lambda name: child(__file__, "--one", name, "--rows", rows), repeats)
    table(results, "hand", TITLES)
    said = results["ours"].said
    print(
        f"  standards compiled and engine started in {said['started']:.2f} s, {said['busy']:.2f} s of CPU\n"
    )
    return results


def marks(rows: int, found: dict[str, Run]) -> list[Mark]:
    """List the marks; those of CPU are for ten million and more, where starting no longer counts."""
    ours = found["ours"]
    result = [
        Mark(f"{rows:,}: seconds to compile the standards and start", ours.said["started"], 0.5),
        Mark(f"{rows:,}: memory, of the SQL by hand", ours.peak / found["hand"].peak, 1.15),
    ]
    if rows < 10_000_000:
        return result
    return [
        Mark(f"{rows:,}: CPU, of the SQL by hand (1.1 is the mark to beat)", ours.cpu / found["hand"].cpu, 1.25),
        Mark(f"{rows:,}: CPU, of the scan with the join alone", ours.cpu / found["join"].cpu, 1.75),
        Mark(f"{rows:,}: CPU, of a bare scan", ours.cpu / found["bare"].cpu, 3.5),
        Mark(f"{rows:,}: CPU, of a bare scan, last year's card beside the row",
             found["ours-beside"].cpu / found["bare-beside"].cpu, 2.0),
        *result,
    ]  # fmt: skip


def growth(results: dict[int, Run | dict[str, Run]]) -> None:
    """Print CPU seconds for each further million: the same at every step where growth is linear."""
    sizes = sorted(results)
    for small, large in pairwise(sizes):
        more = results[large]["ours"].cpu - results[small]["ours"].cpu
        print(
            f"  from {small:,} to {large:,}: {more / ((large - small) / 1e6):.3f} CPU seconds for each further million"
        )


# --- Contestants ---


def _file(name: str, rows: int) -> Path:
    return data_folder() / f"{name}-{rows}.parquet"


def _connect() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    return connection


def _copy(connection: Any, query: str, name: str, rows: int) -> None:
    connection.execute(f"COPY ({query}) TO '{_file(f'out-{name}', rows)}' (FORMAT parquet)")


def bare(rows: int, joined: bool = False, beside: bool = False) -> None:
    """Read every value once: its least and its greatest."""
    columns = [*COLUMNS, "previous_card"] if joined or beside else COLUMNS
    values = ", ".join(f'min("{column}"), max("{column}")' for column in columns)
    source = f"'{_file('beside' if beside else 'customers', rows)}'"
    if joined:
        cards = f"SELECT customer_id, card AS previous_card FROM '{_file('cards', rows)}'"
        source += f" LEFT JOIN ({cards}) USING (customer_id)"
    _copy(_connect(), f"SELECT {values} FROM {source}", "bare", rows)
    say()


def by_hand(rows: int, beside: bool = False) -> None:
    """Rate by SQL that somebody who knows DuckDB and these rules would write: small codes, rated before the join."""
    source = _file("beside" if beside else "customers", rows)
    rank = "CASE {} WHEN 'silver' THEN 1::TINYINT WHEN 'gold' THEN 2::TINYINT WHEN 'diamond' THEN 3::TINYINT ELSE 0 END"
    rated = BY_HAND.format(source=source, more=f", {rank.format('previous_card')} AS prev" if beside else "")
    if not beside:
        cards = f"SELECT customer_id, {rank.format('card')} AS rank FROM '{_file('cards', rows)}'"
        rated = f"SELECT r.*, coalesce(c.rank, 0) AS prev FROM ({rated}) r LEFT JOIN ({cards}) c USING (customer_id)"
    _copy(_connect(), BY_HAND_WORDS.format(rated=rated), "hand", rows)
    say()


# A code is the rank times 100 and the clause's place in the document from the end, so that the highest is the answer.
BY_HAND = """
SELECT customer_id, ended, frozen, CASE WHEN ended THEN 0 ELSE code END AS code{more} FROM (
  SELECT *,
    coalesce(card_valid_until < DATE '2026-03-01', FALSE) AS ended,
    coalesce(arrears_months >= 1, FALSE) AS frozen,
    greatest(
      CASE WHEN papers = 'personal' THEN
        CASE WHEN brand = 'e_home' THEN CASE WHEN annual_spend_fen >= 336000 THEN 333 WHEN annual_spend_fen >= 216000
               THEN 233 WHEN annual_spend_fen >= 108000 THEN 133 ELSE 0 END
             WHEN brand = 'tianyi' THEN CASE WHEN annual_spend_fen >= 336000 THEN 332 WHEN annual_spend_fen >= 216000
               THEN 232 WHEN annual_spend_fen >= 103200 THEN 132 ELSE 0 END
             WHEN brand IS NOT NULL THEN CASE WHEN annual_spend_fen >= 360000 THEN 331 WHEN annual_spend_fen >= 240000
               THEN 231 WHEN annual_spend_fen >= 120000 THEN 131 ELSE 0 END
             ELSE 0 END
      WHEN papers = 'organisation' THEN
        CASE WHEN organisation_kind = 'government' THEN
               CASE rank WHEN 'bureau' THEN 335 WHEN 'division' THEN 235 WHEN 'section' THEN 135 ELSE 0 END
             WHEN organisation_kind IN ('finance', 'large_enterprise', 'high_end_cluster') THEN
               CASE WHEN strategic OR group_revenue_fen >= 30000000 THEN 334 WHEN group_revenue_fen >= 10000000 THEN 234
                    WHEN group_revenue_fen >= 5000000 THEN 134 ELSE 0 END
             ELSE 0 END
      ELSE 0 END,
      CASE WHEN group_class IS NULL THEN 0
           WHEN rank = 'division' AND NOT (group_class = 'A' AND coalesce(role = 'top_decision_maker', FALSE)) THEN 236
           WHEN role IS NULL THEN 0
           WHEN group_class = 'A' THEN CASE WHEN role = 'top_decision_maker' THEN 336 ELSE 236 END
           WHEN group_class IN ('B1', 'B2') THEN CASE WHEN role = 'top_decision_maker' THEN 236 ELSE 136 END
           WHEN group_class = 'C' THEN CASE WHEN role <> 'influencer' THEN 136 ELSE 0 END
           WHEN role IN ('top_decision_maker', 'contact') THEN 136
           ELSE 0 END) AS code
  FROM '{source}')
"""
BY_HAND_WORDS = """
SELECT customer_id,
  CASE code // 100 WHEN 1 THEN 'silver' WHEN 2 THEN 'gold' WHEN 3 THEN 'diamond' END AS card,
  CASE WHEN ended THEN 'cancelled' WHEN frozen THEN 'frozen' WHEN code > 0 THEN 'active' ELSE 'none' END AS state,
  CASE WHEN ended THEN 'CT-38' WHEN frozen THEN 'CT-37' ELSE CASE code % 100 WHEN 36 THEN 'KEY-3' WHEN 35 THEN 'CT-31'
    WHEN 34 THEN 'CT-32' WHEN 33 THEN 'CT-33' WHEN 32 THEN 'CT-34' WHEN 31 THEN 'CT-35' END END AS clause,
  CASE prev WHEN 1 THEN 'silver' WHEN 2 THEN 'gold' WHEN 3 THEN 'diamond' END AS previous_card,
  CASE WHEN prev = 0 THEN 'new' WHEN code = 0 THEN 'ended' WHEN code // 100 > prev THEN 'up' ELSE 'down' END AS change
FROM ({rated}) WHERE code // 100 <> prev
"""


def by_standards(rows: int, beside: bool = False) -> None:
    """Rate by the shipped standards, compiled and run as `upheld rate` does."""
    from upheld.batch import quick_start

    with quick_start():
        from upheld.batch import tiers
        from upheld.batch.engine import DuckDB
        from upheld.policy.editions import load_edition

        facts = (*FACTS, "previous_card") if beside else FACTS
        rating = tiers.rating(edition=load_edition(), as_of=AS_OF, facts=facts, last_year_file=not beside,
                              changes_only=True, id_type="int64")  # fmt: skip
        with DuckDB() as engine:
            engine.run(f"CREATE VIEW customers AS FROM '{_file('beside' if beside else 'customers', rows)}'")
            if not beside:
                engine.run(f"CREATE VIEW cards AS FROM '{_file('cards', rows)}'")
            tiers.put_answers(engine, rating)
            statement = engine.copying(rating.expression, _file("out-ours", rows))
            started, busy = since_began(), time.process_time()
            engine.run(statement)
    say(started=started, busy=busy)


def by_files(rows: int) -> None:
    """Do all that the command does: judge every value, find ids that stand twice, write everybody, count by clause."""
    from upheld.batch.file_mode import rate_files
    from upheld.policy.editions import load_edition

    feed = data_folder() / f"feed-{rows}"
    feed.mkdir(exist_ok=True)
    for name in ("customers", "cards"):
        link = feed / f"{name}.parquet"
        if not link.exists():
            link.symlink_to(_file(name, rows))
    rate_files(edition=load_edition(), feed=feed, as_of=AS_OF, out=data_folder() / f"out-{rows}")
    say()


def compare(rows: int) -> None:
    """Stop the contest where the two ways of rating do not write the very same rows."""
    # Rows are summed up by their hashes: sets of a hundred million need no join to be compared.
    row = ", ".join(f"CAST({name} AS VARCHAR)" for name in ("customer_id", "card", "state", "clause", "previous_card",
                                                           "change"))  # fmt: skip
    query = f"SELECT count(*), sum(CAST(hash({row}) AS HUGEINT)) FROM '{{}}'"
    connection = _connect()
    hand, ours = (
        connection.execute(query.format(_file(f"out-{name}", rows))).fetchone() for name in ("hand", "ours")
    )
    if hand != ours:
        sys.exit(f"the answers differ: {hand} by hand, {ours} by the standards")
    say(changes=hand[0])


def make_data(rows: int) -> None:
    """Make a base by arithmetic on row numbers: the same at every run, streamed, whatever its size."""
    connection = _connect()
    customers, cards, beside = (_file(name, rows) for name in ("customers", "cards", "beside"))
    connection.execute(DATA.format(rows=rows, target=customers))
    # Last year's card follows last year's spend, which was within five per cent: most keep theirs, some rise or fall.
    before = "annual_spend_fen * (95 + hash(customer_id, 9) % 11) / 100"
    held = "CASE WHEN s >= 336000 THEN 'diamond' WHEN s >= 216000 THEN 'gold' ELSE 'silver' END"
    spent = f"SELECT customer_id, {before} AS s FROM '{customers}'"
    connection.execute(
        f"COPY (SELECT customer_id, {held} AS card FROM ({spent}) WHERE s >= 105000) TO '{cards}'"
    )
    joined = f"SELECT c.*, card AS previous_card FROM '{customers}' c LEFT JOIN '{cards}' USING (customer_id)"
    connection.execute(f"COPY ({joined}) TO '{beside}'")
    say()


DATA = """
COPY (
  SELECT (i * 7368787 + 12345) % 9999999967 AS customer_id,
    CASE WHEN p < 850 THEN 'personal' ELSE 'organisation' END AS papers,
    CASE WHEN p < 850 THEN NULL WHEN p < 880 THEN 'government' WHEN p < 900 THEN 'finance' WHEN p < 940
      THEN 'large_enterprise' WHEN p < 960 THEN 'high_end_cluster' ELSE 'low_end_cluster' END AS organisation_kind,
    CASE WHEN p >= 850 AND p < 880
      THEN ['bureau', 'division', 'division', 'section', 'section', 'section', NULL][1 + q % 7] END AS rank,
    CASE WHEN q < 250 THEN 'e_home' WHEN q < 550 THEN 'tianyi' WHEN q < 600 THEN 'business_navigator'
      WHEN q < 800 THEN 'global_pass' WHEN q < 900 THEN 'three_g' WHEN q < 980 THEN 'other' END AS brand,
    CASE WHEN a <> 999 THEN (20000 + 60000 * pow(1 / (1 - s * 0.9999), 0.6))::BIGINT END AS annual_spend_fen,
    CASE WHEN p >= 880 THEN (1000000 * pow(1 / (1 - s * 0.9999), 1.2))::BIGINT END AS group_revenue_fen,
    CASE WHEN p >= 850 THEN q < 200 END AS strategic,
    CASE WHEN g < 150 THEN ['A', 'B1', 'B2', 'C', 'C', 'D', 'D', 'D'][1 + c % 8] END AS group_class,
    CASE WHEN g < 40 THEN ['top_decision_maker', 'contact', 'telecom_manager', 'influencer'][1 + q % 4] END AS role,
    CASE WHEN a < 30 THEN a % 6 + 1 ELSE 0 END AS arrears_months,
    CASE WHEN s > 0.45 THEN DATE '2026-02-01' + (a * 7 % 1000)::INTEGER END AS card_valid_until
  FROM (
    SELECT i, (hash(i, 1) % 1000)::INTEGER AS p, (hash(i, 2) % 1000)::INTEGER AS q, (hash(i, 3) % 1000000) / 1e6 AS s,
      (hash(i, 4) % 1000)::INTEGER AS g, (hash(i, 5) % 1000)::INTEGER AS c, (hash(i, 6) % 1000)::INTEGER AS a
    FROM range({rows}) t(i))
) TO '{target}' (FORMAT parquet)
"""

CONTESTANTS = {
    "data": make_data,
    "compare": compare,
    "bare": bare,
    "join": lambda rows: bare(rows, joined=True),
    "hand": by_hand,
    "ours": by_standards,
    "bare-beside": lambda rows: bare(rows, beside=True),
    "hand-beside": lambda rows: by_hand(rows, beside=True),
    "ours-beside": lambda rows: by_standards(rows, beside=True),
    "files": by_files,
}

if __name__ == "__main__":
    raise SystemExit(main())
