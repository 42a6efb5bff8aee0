"""Plan a year for a million subjects: the standards' way against the same windows as DuckDB SQL written by hand.

    python bench/planning.py [--rows 1000000] [--repeats 5] [--small]

Subjects are key persons of groups and members of the club, with solar and lunar birthdays. Contestants, in turn, each a
process of its own, medians. The promises that both write are compared first. Beside them, how many of the same rows a
second come out of `dateutil` rules, the usual way to ask Python for recurring dates.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from measure import Mark, Run, child, data_folder, in_turn, run, say, since_began, table, verdict

FROM, UNTIL = date(2026, 1, 1), date(2027, 1, 1)
FACTS = ("group_class", "role", "group_kind", "card", "birthday", "birthday_calendar")
TITLES = {"hand": "planned by DuckDB SQL written by hand", "ours": "planned by the standards"}


def main() -> int:
    """Run the contest; return 1 where the mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="subjects")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="20 000 subjects, once: does it run at all")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        CONTESTANTS[told.one](told.rows)
        return 0
    rows, repeats = (20_000, 1) if told.small else (told.rows, told.repeats)
    return contest(rows, repeats, small=told.small)


def contest(rows: int, repeats: int, *, small: bool) -> int:
    """Make the data where they are not there yet, compare the answers, and measure both ways."""
    print(f"\n{rows:,} subjects, {FROM} to {UNTIL}")
    if not _file("subjects", rows).exists():
        run(child(__file__, "--one", "data", "--rows", rows))
    for name in TITLES:
        run(child(__file__, "--one", name, "--rows", rows))
    promises = run(child(__file__, "--one", "compare", "--rows", rows)).said["promises"]
    print(f"  the same {promises:,} promises by both ways")
    results: dict[str, Run] = in_turn(
        TITLES, lambda name: child(__file__, "--one", name, "--rows", rows), repeats
    )
    table(results, "hand", TITLES)
    ours = results["ours"]
    by_rules = run(child(__file__, "--one", "dateutil", "--rows", rows)).said["rate"]
    print(f"  started in {ours.said['started']:.2f} s; {promises / ours.wall:,.0f} promises a second, "
          f"{by_rules:,.0f} a second through dateutil")  # fmt: skip
    if small:
        return 0
    return (
        1
        if verdict([Mark(f"{rows:,}: CPU, of the SQL by hand", ours.cpu / results["hand"].cpu, 1.25)])
        else 0
    )


# --- Contestants ---


def _file(name: str, rows: int) -> Path:
    return data_folder() / f"{name}-{rows}.parquet"


def _connect() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET preserve_insertion_order = false")
    return connection


def by_standards(rows: int) -> None:
    """Plan by the shipped standards, compiled and run as `upheld plan` does."""
    from upheld.batch import contacts
    from upheld.batch.engine import DuckDB
    from upheld.policy.editions import load_edition

    with DuckDB() as engine:
        engine.run(f"CREATE VIEW customers AS FROM '{_file('subjects', rows)}'")
        plan = contacts.plan(edition=load_edition(), from_date=FROM, until_date=UNTIL, facts=FACTS, engine=engine,
                             owed_to="person", id_type="int64")  # fmt: skip
        statement = engine.copying(plan.expression, _file("out-ours-plan", rows))
        started = since_began()
        engine.run(statement)
    say(started=started)


def by_hand(rows: int) -> None:
    """Plan by SQL that somebody who knows DuckDB and these rules would write: cohorts joined to their windows."""
    _connect().execute(BY_HAND.format(
        subjects=_file("subjects", rows), birthdays=_file("birthday-days", rows), out=_file("out-hand-plan", rows)
    ))  # fmt: skip
    say()


BY_HAND = """
COPY (
WITH
months AS (
  SELECT range::DATE AS d, month(range) AS m FROM range(DATE '2026-01-01', DATE '2027-01-01', INTERVAL 1 MONTH)),
saturdays AS (SELECT range::DATE AS d FROM range(DATE '2026-01-03', DATE '2027-01-01', INTERVAL 7 DAY)),
windows(cadence, from_date, due_date, turn, on_occasion) AS (
  SELECT 'month', d, last_day(d), 1, NULL FROM months
  UNION ALL SELECT 'half_month', d, d + 14, 1, NULL FROM months
  UNION ALL SELECT 'half_month', d + 15, last_day(d), 1, NULL FROM months
  UNION ALL SELECT 'two_months', d, last_day((d + INTERVAL 1 MONTH)::DATE), 1, NULL FROM months WHERE m % 2 = 1
  UNION ALL SELECT 'quarter', d, last_day((d + INTERVAL 2 MONTH)::DATE), 1, NULL FROM months WHERE m % 3 = 1
  UNION ALL SELECT 'half_year', d, last_day((d + INTERVAL 5 MONTH)::DATE), 1, NULL FROM months WHERE m % 6 = 1
  UNION ALL SELECT 'year', DATE '2026-01-01', DATE '2026-12-31', 1, NULL
  UNION ALL SELECT 'twice_a_year', DATE '2026-01-01', DATE '2026-12-31', unnest([1, 2]), NULL
  UNION ALL SELECT 'weekend', d, d + 1, 1, 'weekend' FROM saturdays
  UNION ALL SELECT 'festival', d, d, 1, f FROM (VALUES
    (DATE '2026-01-01', 'new_year'), (DATE '2026-02-17', 'spring_festival'),
    (DATE '2026-06-19', 'dragon_boat'), (DATE '2026-09-25', 'mid_autumn')) t(d, f)),
owed(cohort, action, cadence, clause) AS (VALUES
  -- class A: 1 top decision maker, 2 others; class B: 3, 4; class C and D: 5 the three roles, 6 influencers
  (1, 'visit', 'quarter', 'KEY-5'), (1, 'sms', 'weekend', 'KEY-5'),
  (2, 'visit', 'month', 'KEY-5'), (2, 'call', 'month', 'KEY-5'), (2, 'sms', 'weekend', 'KEY-5'),
  (3, 'visit', 'two_months', 'KEY-5'), (3, 'sms', 'weekend', 'KEY-5'),
  (4, 'visit', 'month', 'KEY-5'), (4, 'call', 'month', 'KEY-5'), (4, 'sms', 'weekend', 'KEY-5'),
  (5, 'visit', 'quarter', 'KEY-5'), (5, 'call', 'half_month', 'KEY-5'), (5, 'sms', 'weekend', 'KEY-5'),
  (1, 'event', 'twice_a_year', 'KEY-8'), (2, 'event', 'twice_a_year', 'KEY-8'), (3, 'event', 'year', 'KEY-8'),
  (4, 'event', 'year', 'KEY-8'), (5, 'event', 'year', 'KEY-8'), (6, 'event', 'year', 'KEY-8'),
  (1, 'greeting', 'festival', 'KEY-6'), (2, 'greeting', 'festival', 'KEY-6'), (3, 'greeting', 'festival', 'KEY-6'),
  (4, 'greeting', 'festival', 'KEY-6'), (5, 'greeting', 'festival', 'KEY-6'), (6, 'greeting', 'festival', 'KEY-6'),
  (1, 'greeting', 'festival', 'KEY-7'), (2, 'greeting', 'festival', 'KEY-7'), (3, 'greeting', 'festival', 'KEY-7'),
  (4, 'greeting', 'festival', 'KEY-7'), (5, 'greeting', 'festival', 'KEY-7'), (6, 'greeting', 'festival', 'KEY-7'),
  -- members: 11 silver, 12 gold, 13 diamond
  (11, 'return_visit', 'half_year', 'CT-42'), (12, 'return_visit', 'quarter', 'CT-42'),
  (13, 'return_visit', 'two_months', 'CT-42'), (11, 'greeting', 'festival', 'CT-42'),
  (12, 'greeting', 'festival', 'CT-42'), (13, 'greeting', 'festival', 'CT-42')),
birthdays(cohort, action, clause) AS (VALUES
  (1, 'greeting', 'KEY-7'), (2, 'greeting', 'KEY-7'), (3, 'greeting', 'KEY-7'), (4, 'greeting', 'KEY-7'),
  (5, 'greeting', 'KEY-7'), (6, 'greeting', 'KEY-7'), (1, 'gift', 'KEY-7'), (2, 'gift', 'KEY-7'), (3, 'gift', 'KEY-7'),
  (1, 'greeting', 'KEY-41'), (2, 'greeting', 'KEY-41'), (3, 'greeting', 'KEY-41'), (4, 'greeting', 'KEY-41'),
  (11, 'greeting', 'CT-42'), (12, 'greeting', 'CT-42'), (13, 'greeting', 'CT-42')),
cohort_windows AS (
  SELECT cohort, action, from_date, due_date, clause, turn, on_occasion FROM owed JOIN windows USING (cadence)),
subjects AS (
  SELECT customer_id, birthday_calendar, birthday_month, birthday_day,
    CASE WHEN role IS NULL OR group_class IS NULL THEN 0
         WHEN group_class = 'A' THEN CASE WHEN role = 'top_decision_maker' THEN 1 ELSE 2 END
         WHEN group_class IN ('B1', 'B2') THEN CASE WHEN role = 'top_decision_maker' THEN 3 ELSE 4 END
         WHEN role = 'influencer' THEN 6 ELSE 5 END AS key_cohort,
    CASE card WHEN 'silver' THEN 11 WHEN 'gold' THEN 12 WHEN 'diamond' THEN 13 ELSE 0 END AS card_cohort
  FROM '{subjects}'),
cohorts AS (
  SELECT customer_id, key_cohort AS cohort, birthday_calendar, birthday_month, birthday_day
  FROM subjects WHERE key_cohort > 0
  UNION ALL
  SELECT customer_id, card_cohort, birthday_calendar, birthday_month, birthday_day FROM subjects WHERE card_cohort > 0)
SELECT customer_id, action, from_date, due_date, clause, turn, on_occasion
FROM cohorts JOIN cohort_windows USING (cohort)
UNION ALL
SELECT customer_id, action, d.day, d.day, clause, 1, 'birthday'
FROM cohorts JOIN birthdays USING (cohort)
JOIN '{birthdays}' d ON d.birthday_calendar = coalesce(cohorts.birthday_calendar, 'solar')
  AND d.birthday_month = cohorts.birthday_month AND d.birthday_day = cohorts.birthday_day
) TO '{out}' (FORMAT parquet)
"""


def by_dateutil(rows: int) -> None:
    """Make the same kinds of windows by dateutil's rules, subject by subject, for a second or so: rows a second."""
    from datetime import datetime, timedelta

    from dateutil.relativedelta import relativedelta
    from dateutil.rrule import MONTHLY, SA, WEEKLY, rrule

    start, end = datetime(2026, 1, 1), datetime(2026, 12, 31)  # noqa: DTZ001 - dateutil rules know no plain dates
    made: list[tuple[int, date, date]] = []
    subjects, began = 0, time.perf_counter()
    while time.perf_counter() - began < 2:
        for months in (1, 1, 12):
            for day in rrule(MONTHLY, interval=months, dtstart=start, until=end):
                made.append(
                    (subjects, day.date(), (day + relativedelta(months=months) - timedelta(days=1)).date())
                )
        for day in rrule(WEEKLY, byweekday=SA, dtstart=start, until=end):
            made.append((subjects, day.date(), (day + timedelta(days=1)).date()))
        subjects += 1
    say(rate=len(made) / (time.perf_counter() - began))


def compare(rows: int) -> None:
    """Stop the contest where the two ways do not write the very same promises."""
    columns = ("customer_id", "action", "from_date", "due_date", "clause", "turn", "on_occasion")
    row = ", ".join(f"CAST({name} AS VARCHAR)" for name in columns)
    query = f"SELECT count(*), sum(CAST(hash({row}) AS HUGEINT)) FROM '{{}}'"
    connection = _connect()
    hand, ours = (
        connection.execute(query.format(_file(f"out-{name}-plan", rows))).fetchone() for name in TITLES
    )
    if hand != ours:
        sys.exit(f"the promises differ: {hand} by hand, {ours} by the standards")
    say(promises=hand[0])


def make_data(rows: int) -> None:
    """Make subjects by arithmetic on row numbers, and the table of lunar birthdays that the SQL by hand looks up."""
    from upheld.batch.contacts import every_birthday
    from upheld.policy.editions import load_edition
    from upheld.policy.periods import birthday

    connection = _connect()
    connection.execute(DATA.format(rows=rows, target=_file("subjects", rows)))
    lunar = load_edition().lunar
    days = [
        (kind, born.month, born.day, window.from_date.isoformat())
        for kind, born in every_birthday()
        for window in birthday(born, kind, lunar, FROM, UNTIL)
    ]
    connection.execute(
        "CREATE TABLE days (birthday_calendar VARCHAR, birthday_month INT, birthday_day INT, day DATE)"
    )
    connection.executemany("INSERT INTO days VALUES (?, ?, ?, ?)", days)
    connection.execute(f"COPY days TO '{_file('birthday-days', rows)}'")
    say()


DATA = """
COPY (
  SELECT (i * 7368787 + 12345) % 9999999967 AS customer_id,
    CASE WHEN p < 300 THEN ['A', 'B1', 'B2', 'C', 'C', 'D', 'D', 'D'][1 + c % 8] END AS group_class,
    CASE WHEN p < 300 THEN
      ['top_decision_maker', 'contact', 'contact', 'telecom_manager', 'influencer'][1 + q % 5] END AS role,
    CASE WHEN p < 300 THEN ['government', 'key_department', 'key_enterprise', 'other'][1 + b % 4] END AS group_kind,
    CASE WHEN p >= 150 THEN ['silver', 'silver', 'silver', 'gold', 'diamond'][1 + c % 5] END AS card,
    CASE WHEN b < 900 THEN 1 + q % 12 END AS birthday_month,
    CASE WHEN b < 900 THEN 1 + c % 28 END AS birthday_day,
    CASE WHEN b < 150 THEN 'lunar' WHEN b < 800 THEN 'solar' END AS birthday_calendar
  FROM (
    SELECT i, (hash(i, 1) % 1000)::INTEGER AS p, (hash(i, 2) % 1000)::INTEGER AS q, (hash(i, 3) % 1000)::INTEGER AS c,
      (hash(i, 4) % 1000)::INTEGER AS b
    FROM range({rows}) t(i))
) TO '{target}' (FORMAT parquet)
"""

CONTESTANTS = {
    "data": make_data,
    "compare": compare,
    "hand": by_hand,
    "ours": by_standards,
    "dateutil": by_dateutil,
}

if __name__ == "__main__":
    raise SystemExit(main())
