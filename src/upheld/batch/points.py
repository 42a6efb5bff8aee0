"""Settle the points accounts of a whole base: the ledger of policy/point_ledger.py as set queries on DuckDB.

Whether a redemption is refused depends on those before it, so accounts are settled in turns: the first use of points of
every account at once, then the second, and so on; earnings need no turn. There are as many turns as the busiest account
has redemptions, transfers out and reversals. All numbers are whole; the rules of each account, the last days of points
and the clauses are worked out by policy, once for each different set of rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import ibis

from upheld.batch.columns import SUBJECT_ID, Base
from upheld.batch.engine import DuckDB
from upheld.batch.masks import RowMasks
from upheld.policy.editions import Edition
from upheld.policy.kinds.points import EARNINGS, SPENDINGS
from upheld.policy.point_events import PointEvent
from upheld.policy.point_ledger import Lot, PointRules, Refused
from upheld.policy.points import (
    ACCOUNT_KINDS,
    Budget,
    PointsAnswer,
    Spent,
    budget_from_totals,
    rules_from,
    value_fen,
)

EVENTS, PLAYED, LOTS, TURN, TAKEN, RULES = (
    "point_events", "point_played", "point_lots", "point_turn", "point_taken", "point_rules",
)  # fmt: skip

EVENT_COLUMNS = {"event_no": "int64", "event_date": "date", "kind": "string", "amount_fen": "int64", "points": "int64",
                 "expires_date": "date", "used_for": "string"}  # fmt: skip
"""The columns of the table `point_events`, after customer_id; `event_no` is the order in which events are given."""

_ID_TYPES = {"string": "VARCHAR", "int64": "BIGINT"}
_VALID = "(lot.expires_date IS NULL OR lot.expires_date >= {day})"


class Totals(NamedTuple):
    """The sums of a base: whole fen billed, points earned, used and left."""

    billed_fen: int
    earned: int
    used: int
    left: int


def settle_accounts(
    *, edition: Edition, as_of: date, facts: Collection[str], engine: DuckDB, id_type: str = "string"
) -> None:
    """Settle the account of every subject of the table `customers` on a day, from the table `point_events`.

    Leaves the tables `point_played` (every event up to the day, with `reason` and `clause` where it was refused, and
    `undone` where it was reversed) and `point_lots` (points earned, and `left` of them). Raises `OutsideDates`.
    Clauses: CARE-10 to CARE-13, CARE-15 to CARE-19.
    """
    edition.require_day(as_of)
    rules = _put_rules(edition, as_of, facts, engine, id_type)
    _put_played(engine, as_of)
    _put_clauses(engine, rules)
    _put_lots(engine, rules)
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {TAKEN} "
        f"({SUBJECT_ID} {_ID_TYPES[id_type]}, seq BIGINT, lot_seq BIGINT, taken BIGINT)"
    )
    last = engine.run(f"SELECT coalesce(max(turn), 0) FROM {PLAYED}")[0][0]
    for turn in range(1, last + 1):
        _decide(engine, turn)
        _carry_out(engine)


def totals(engine: DuckDB, as_of: date) -> Totals:
    """Sum the settled accounts (CARE-14)."""
    kept = "reason IS NULL AND NOT undone"
    [[billed, earned, used]] = engine.run(
        f"SELECT coalesce(sum(amount_fen) FILTER (kind = 'bill'), 0), "
        f"coalesce(sum(points) FILTER (kind IN {_words(EARNINGS)}), 0), "
        f"coalesce(sum(points) FILTER (kind IN {_words(SPENDINGS)}), 0) FROM {PLAYED} WHERE {kept}"
    )
    [[left]] = engine.run(
        f"SELECT coalesce(sum(left_points), 0) FROM {LOTS} AS lot WHERE {_VALID.format(day='$1')}", [as_of]
    )
    return Totals(int(billed), int(earned), int(used), int(left))


def budget(*, edition: Edition, as_of: date, engine: DuckDB) -> Budget | None:
    """Hold the settled accounts of a base against the plan's budget (CARE-14)."""
    sums = totals(engine, as_of)._asdict()
    return budget_from_totals(edition=edition, as_of=as_of, **sums)


def accounts(*, engine: DuckDB, as_of: date) -> Iterator[tuple[Any, PointsAnswer]]:
    """Give every settled account of the base as policy answers it, its rules' worth of a point included."""
    lots: dict[Any, list[Lot]] = {}
    qualifying: dict[Any, int] = {}
    for subject, earned, points, left, expires, counting in engine.run(
        f"SELECT {SUBJECT_ID}, earned_date, points, left_points, expires_date, qualifying_points "
        f"FROM {LOTS} AS lot WHERE {_VALID.format(day='$1')} ORDER BY {SUBJECT_ID}, seq",
        [as_of],
    ):
        qualifying[subject] = qualifying.get(subject, 0) + counting
        if left:
            lots.setdefault(subject, []).append(Lot(earned, points, left, expires, counting > 0))
    events: dict[Any, list[tuple[Any, ...]]] = {}
    for subject, *event in engine.run(
        f"SELECT {SUBJECT_ID}, event_date, kind, points, amount_fen, reason, clause FROM {PLAYED} "
        f"WHERE NOT undone AND (kind <> 'reverse' OR reason IS NOT NULL) ORDER BY {SUBJECT_ID}, seq"
    ):
        events.setdefault(subject, []).append(tuple(event))
    for subject, above, parts in engine.run(
        f"SELECT {SUBJECT_ID}, above_points, value_parts FROM point_holders JOIN {RULES} USING (rule)"
    ):
        held, worth = lots.get(subject, []), Decimal(parts) / 10_000
        yield subject, _account(held, qualifying.get(subject, 0) > above, worth, events.get(subject, []))


def _account(lots: list[Lot], eligible: bool, worth: Decimal, events: list[tuple[Any, ...]]) -> PointsAnswer:
    balance = sum(lot.left for lot in lots)
    done = [event for event in events if event[4] is None]
    return PointsAnswer(
        balance=balance,
        value_fen=value_fen(balance, worth),
        eligible=eligible,
        lots=tuple(lots),
        refused=tuple(
            Refused(day, kind, points, reason, clause)
            for day, kind, points, _, reason, clause in events
            if reason is not None
        ),
        spent=tuple(
            Spent(day, kind, points, value_fen(points, worth), clause)
            for day, kind, points, _, _, clause in done
            if kind in SPENDINGS
        ),
        earned=sum(points for _, kind, points, *_ in done if kind in EARNINGS),
        billed_fen=sum(amount or 0 for _, kind, _, amount, *_ in done if kind == "bill"),
    )


def _put_rules(
    edition: Edition, as_of: date, facts: Collection[str], engine: DuckDB, id_type: str
) -> list[PointRules]:
    """Make the table of each subject's rules, numbered; returns the different rules by number."""
    base = Base(facts, id_type=id_type)
    kinds, rows = [], []
    for kind in ACCOUNT_KINDS:
        for table in edition.tables("points", kind):
            in_force = [row for row in table.rows if row.in_force(as_of)]
            kinds += [kind] * len(in_force)
            rows += in_force
    masks = RowMasks(base, rows, as_of)
    columns = ", ".join(masks.columns)
    found = ibis.to_sql(base.table.select(base.subject_id, **masks.columns), dialect="duckdb")
    engine.run(f"CREATE OR REPLACE TEMP TABLE point_masks AS {found}")
    known = engine.run(f"SELECT DISTINCT {columns} FROM point_masks")
    rules = []
    for mask in known:
        matching: dict[str, list[Any]] = {}
        for place in masks.places(mask):
            matching.setdefault(kinds[place], []).append(rows[place])
        rules.append(rules_from(matching))
    numbers = {"rule": "int64", **masks.types, "points_per_yuan": "int64", "value_parts": "int64",
               "above_points": "int64", "frozen_by": "string", "eligibility_clause": "string",
               "correction_clause": "string"}  # fmt: skip
    values = [
        (number, *mask, r.points_per_yuan, int(r.value_yuan * 10_000), r.above_points, r.frozen_by,
         r.eligibility_clause, r.correction_clause)
        for number, (mask, r) in enumerate(zip(known, rules, strict=True))
    ]  # fmt: skip
    engine.lookup(RULES, numbers, values)
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE point_holders AS SELECT {SUBJECT_ID}, rule "
        f"FROM point_masks JOIN {RULES} USING ({columns})"
    )
    return rules


def _put_played(engine: DuckDB, as_of: date) -> None:
    """Number the events of each account in date order; turn numbers those that are not earnings.

    A bill gives whole points and drops fractions; a price takes whole points, rounded up; `value_parts` are
    hundredths of a fen.
    """
    engine.run(
        f"""
        CREATE OR REPLACE TEMP TABLE {PLAYED} AS
        SELECT event.{SUBJECT_ID}, holder.rule, event.event_date, event.kind, event.amount_fen, event.used_for,
            event.expires_date,
            CASE WHEN event.points IS NOT NULL THEN event.points
                WHEN event.kind = 'bill' THEN event.amount_fen // 100 * rules.points_per_yuan
                WHEN event.kind IN {_words(SPENDINGS)}
                THEN (event.amount_fen * 100 + rules.value_parts - 1) // rules.value_parts
            END AS points,
            row_number() OVER account AS seq,
            CASE WHEN event.kind NOT IN {_words(EARNINGS)} THEN count(*) FILTER
                (event.kind NOT IN {_words(EARNINGS)}) OVER account
            END AS turn,
            NULL::VARCHAR AS clause, NULL::VARCHAR AS reason, false AS undone
        FROM {EVENTS} AS event
        JOIN point_holders AS holder USING ({SUBJECT_ID})
        JOIN {RULES} AS rules USING (rule)
        WHERE event.event_date <= $1
        WINDOW account AS (PARTITION BY {SUBJECT_ID} ORDER BY event.event_date, event.event_no)
        """,
        [as_of],
    )


def _put_clauses(engine: DuckDB, rules: list[PointRules]) -> None:
    """Give every event the clause by which it is carried out; an event that no rule knows is refused."""
    ways = engine.run(f"SELECT DISTINCT rule, kind, used_for FROM {PLAYED} WHERE kind <> 'reverse'")
    clauses = []
    for rule, kind, used_for in ways:
        event = PointEvent(date.min, kind, points=0, use=used_for)
        known = (
            rules[rule].earning_clauses.get(kind) if kind in EARNINGS else rules[rule].spending_clause(event)
        )
        clauses.append((rule, kind, used_for, known))
    columns = {"rule": "int64", "kind": "string", "used_for": "string", "way_clause": "string"}
    engine.lookup("point_ways", columns, clauses)
    engine.run(
        f"""
        UPDATE {PLAYED} AS event SET clause = way.way_clause,
            reason = CASE WHEN way.way_clause IS NULL THEN 'no_rule' END
        FROM point_ways AS way
        WHERE way.rule = event.rule AND way.kind = event.kind AND way.used_for IS NOT DISTINCT FROM event.used_for
        """
    )


def _put_lots(engine: DuckDB, rules: list[PointRules]) -> None:
    """Make a lot of every earning, with its last day as policy counts it."""
    earned = f"kind IN {_words(EARNINGS)} AND reason IS NULL"
    days = engine.run(
        f"SELECT DISTINCT rule, event_date FROM {PLAYED} WHERE {earned} AND expires_date IS NULL"
    )
    last_days = [(rule, day, rules[rule].expiry.last_day(day)) for rule, day in days]
    columns = {"rule": "int64", "event_date": "date", "last_date": "date"}
    engine.lookup("point_last_days", columns, last_days)
    qualifying = [(number, kind) for number, rule in enumerate(rules) for kind in sorted(rule.qualifying)]
    engine.lookup("point_qualifying", {"rule": "int64", "kind": "string"}, qualifying)
    engine.run(
        f"""
        CREATE OR REPLACE TEMP TABLE {LOTS} AS
        SELECT event.{SUBJECT_ID}, event.seq, event.event_date AS earned_date, event.points,
            event.points AS left_points, coalesce(event.expires_date, last.last_date) AS expires_date,
            CASE WHEN qualifying.kind IS NULL THEN 0 ELSE event.points END AS qualifying_points
        FROM {PLAYED} AS event
        LEFT JOIN point_last_days AS last USING (rule, event_date)
        LEFT JOIN point_qualifying AS qualifying ON qualifying.rule = event.rule AND qualifying.kind = event.kind
        WHERE event.kind IN {_words(EARNINGS)} AND event.reason IS NULL
        """
    )


def _decide(engine: DuckDB, turn: int) -> None:
    """Decide one use or reversal of every account that has a `turn`-th: what is wanted of it, or why it is refused."""
    held = _VALID.format(day="event.event_date")
    engine.run(
        f"""
        CREATE OR REPLACE TEMP TABLE {TURN} AS
        WITH event AS (SELECT * FROM {PLAYED} WHERE turn = $1),
        found AS (
            SELECT event.{SUBJECT_ID}, max(earlier.seq) AS target
            FROM event JOIN {PLAYED} AS earlier ON earlier.{SUBJECT_ID} = event.{SUBJECT_ID}
                AND earlier.seq < event.seq AND earlier.kind <> 'reverse' AND earlier.reason IS NULL
                AND NOT earlier.undone
                AND CASE WHEN event.amount_fen IS NOT NULL THEN earlier.amount_fen = event.amount_fen
                    ELSE earlier.points = event.points END
            WHERE event.kind = 'reverse' GROUP BY ALL
        ),
        account AS (
            SELECT event.{SUBJECT_ID}, sum(lot.left_points) AS balance, sum(lot.qualifying_points) AS qualifying
            FROM event JOIN {LOTS} AS lot ON lot.{SUBJECT_ID} = event.{SUBJECT_ID} AND lot.seq < event.seq AND {held}
            GROUP BY ALL
        ),
        known AS (
            SELECT event.*, found.target, target.points AS target_points, lot.seq AS own_lot,
                coalesce(account.balance, 0) AS balance, coalesce(account.qualifying, 0) AS qualifying,
                rules.frozen_by, rules.eligibility_clause, rules.correction_clause, rules.above_points,
                CASE WHEN event.kind <> 'reverse' THEN event.points
                    WHEN lot.seq IS NULL THEN 0
                    WHEN {held} THEN lot.points ELSE lot.points - lot.left_points END AS wanted
            FROM event JOIN {RULES} AS rules USING (rule)
            LEFT JOIN found USING ({SUBJECT_ID})
            LEFT JOIN account USING ({SUBJECT_ID})
            LEFT JOIN {PLAYED} AS target ON target.{SUBJECT_ID} = event.{SUBJECT_ID} AND target.seq = found.target
            LEFT JOIN {LOTS} AS lot ON lot.{SUBJECT_ID} = event.{SUBJECT_ID} AND lot.seq = found.target
        )
        SELECT {SUBJECT_ID}, seq, kind, event_date, target, own_lot, wanted,
            CASE WHEN reason IS NOT NULL THEN reason
                WHEN kind = 'reverse' AND target IS NULL THEN 'nothing_to_reverse'
                WHEN kind <> 'reverse' AND frozen_by IS NOT NULL THEN 'frozen'
                WHEN kind <> 'reverse' AND qualifying <= above_points THEN 'not_eligible'
                WHEN wanted > balance THEN 'over_balance' END AS outcome,
            CASE outcome WHEN 'no_rule' THEN NULL WHEN 'frozen' THEN frozen_by
                WHEN 'not_eligible' THEN eligibility_clause
                ELSE CASE WHEN kind = 'reverse' THEN correction_clause ELSE clause END END AS by_clause,
            CASE WHEN kind <> 'reverse' THEN points ELSE coalesce(target_points, points, 0) END AS shown_points
        FROM known
        """,
        [turn],
    )


def _carry_out(engine: DuckDB) -> None:
    """Take the points wanted, oldest lot first (of a reversed earning its own lot first), or give points back."""
    same = f"event.{SUBJECT_ID} = turn.{SUBJECT_ID} AND event.seq = turn.seq"
    held = _VALID.format(day="turn.event_date")
    engine.run(
        f"UPDATE {PLAYED} AS event SET reason = turn.outcome, clause = turn.by_clause, points = turn.shown_points "
        f"FROM {TURN} AS turn WHERE {same}"
    )
    engine.run(
        f"""
        CREATE OR REPLACE TEMP TABLE point_takes AS
        WITH held AS (
            SELECT lot.{SUBJECT_ID}, turn.seq, turn.kind, lot.seq AS lot_seq, lot.left_points, turn.wanted,
                coalesce(sum(lot.left_points) OVER (PARTITION BY lot.{SUBJECT_ID}
                    ORDER BY CASE WHEN lot.seq = turn.own_lot THEN 0 ELSE 1 END, lot.seq
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
            FROM {TURN} AS turn JOIN {LOTS} AS lot ON lot.{SUBJECT_ID} = turn.{SUBJECT_ID}
                AND lot.seq < turn.seq AND lot.left_points > 0 AND {held}
            WHERE turn.outcome IS NULL AND turn.wanted > 0
        )
        SELECT {SUBJECT_ID}, seq, kind, lot_seq, least(left_points, wanted - before)::BIGINT AS taken
        FROM held WHERE before < wanted
        """
    )
    engine.run(
        f"UPDATE {LOTS} AS lot SET left_points = left_points - take.taken FROM point_takes AS take "
        f"WHERE lot.{SUBJECT_ID} = take.{SUBJECT_ID} AND lot.seq = take.lot_seq"
    )
    engine.run(
        f"INSERT INTO {TAKEN} SELECT {SUBJECT_ID}, seq, lot_seq, taken FROM point_takes WHERE kind <> 'reverse'"
    )
    reversal = f"FROM {TURN} AS turn WHERE turn.kind = 'reverse' AND turn.outcome IS NULL"
    engine.run(
        f"""
        UPDATE {LOTS} AS lot SET left_points = left_points + back.taken
        FROM (SELECT took.{SUBJECT_ID}, took.lot_seq, took.taken FROM {TAKEN} AS took JOIN {TURN} AS turn
            ON took.{SUBJECT_ID} = turn.{SUBJECT_ID} AND took.seq = turn.target
            WHERE turn.kind = 'reverse' AND turn.outcome IS NULL) AS back
        WHERE lot.{SUBJECT_ID} = back.{SUBJECT_ID} AND lot.seq = back.lot_seq
        """
    )
    engine.run(
        f"UPDATE {LOTS} AS lot SET qualifying_points = 0, points = 0 {reversal} "
        f"AND lot.{SUBJECT_ID} = turn.{SUBJECT_ID} AND lot.seq = turn.own_lot"
    )
    engine.run(
        f"UPDATE {PLAYED} AS event SET undone = true {reversal} "
        f"AND event.{SUBJECT_ID} = turn.{SUBJECT_ID} AND event.seq = turn.target"
    )


def _words(words: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"
