"""Score a whole base for its risk of leaving, and find everybody's key moments.

The score is summed in whole millionths by the set query; which rows match each customer is a mask (masks.py), and what
a set of rows means is worked out once for each set, by the policy code itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from upheld.batch.columns import Base
from upheld.batch.engine import DuckDB
from upheld.batch.masks import RowMasks
from upheld.policy.churn import CHURN_KINDS, PARTS, ChurnAnswer, answer_from, parts, tenths
from upheld.policy.editions import Edition
from upheld.policy.tables import Row


def answers(
    *, edition: Edition, as_of: date, facts: Collection[str], engine: DuckDB, id_type: str = "string"
) -> Iterator[tuple[Any, ChurnAnswer]]:
    """Give each subject of the table `customers` with its score, band, moments and offers.

    Subjects with the same rows and score share one answer. Raises `OutsideDates`. Clauses: CARE-30 to CARE-33, CARE-35,
    CARE-37, LAW-3, LAW-10.
    """
    edition.require_day(as_of)
    base = Base(facts, id_type=id_type)
    rows = [
        (kind, row)
        for kind in CHURN_KINDS
        for table in edition.tables("churn", kind)
        for row in table.rows
        if row.in_force(as_of)
    ]
    masks = RowMasks(base, [row for _, row in rows], as_of)
    terms = [row for kind, row in rows if kind == "term"]
    asked = base.table.select(
        base.subject_id,
        weighed=_weighed(base, terms, as_of),
        known_weight=_known_weight(base, terms, as_of),
        **masks.columns,
    )
    known: dict[tuple[int, ...], ChurnAnswer] = {}
    for subject, *key in engine.fetch(asked):
        found = tuple(key)
        if found not in known:
            weighed, known_weight, *mask = found
            known[found] = _answer(
                edition, [rows[p] for p in masks.places(tuple(mask))], weighed, known_weight, as_of
            )
        yield subject, known[found]


def _answer(
    edition: Edition, rows: Sequence[tuple[str, Row]], weighed: int, known_weight: int, as_of: date
) -> ChurnAnswer:
    matching: dict[str, list[Row]] = {kind: [] for kind in CHURN_KINDS}
    for kind, row in rows:
        matching[kind].append(row)
    score = None
    if matching["term"]:
        unknown = matching["unknown"]
        shared = bool(unknown) and unknown[0].answer["unknown_rates"] == "shared_among_known"
        score = tenths(weighed, known_weight if shared else PARTS)
    return answer_from(edition, matching, score, as_of)


def _weighed(base: Base, terms: Sequence[Row], as_of: date) -> ir.IntegerValue:
    """Write the sum of rates times weights, both in millionths, over the rates that are known."""
    total = ibis.literal(0).cast("int64")
    for row in terms:
        if row.answer["rate"] in base.facts and base.knows(row.conditions):
            rate = (base.fact(row.answer["rate"]) * PARTS).cast("int64")
            weighed = ibis.coalesce(rate * ibis.literal(parts(row.answer["weight"])).cast("int64"), 0)
            total = total + ibis.cases((base.all_hold(row.conditions, as_of), weighed), else_=0)
    return total


def _known_weight(base: Base, terms: Sequence[Row], as_of: date) -> ir.IntegerValue:
    """Write the sum of the weights, in millionths, of the rates that are known."""
    total = ibis.literal(0).cast("int64")
    for row in terms:
        if row.answer["rate"] in base.facts and base.knows(row.conditions):
            counts = base.fact(row.answer["rate"]).notnull() & base.all_hold(row.conditions, as_of)
            weight = ibis.literal(parts(row.answer["weight"])).cast("int64")
            total = total + ibis.cases((counts, weight), else_=0)
    return total
