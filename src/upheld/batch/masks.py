"""Which rows of a list match each subject, as bits of whole numbers.

A base of millions has only some hundred different sets of matching rows. So the set query finds each subject's set as a
mask, and what a set means (windows over a year, entitlements with their terms) is worked out once for each set, by the
policy code itself. Answers then agree with policy because they are policy's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from upheld.batch.columns import Base
from upheld.batch.decision_tree import sum_of_codes
from upheld.batch.engine import DuckDB
from upheld.policy.tables import Row, Table

BITS = 62
"""Rows that one bigint holds; more rows take a further column."""

Mask = tuple[int, ...]
"""The values of the mask columns of one subject."""


class RowMasks:
    """Masks over a fixed list of rows: the columns that hold them, and what their values mean."""

    def __init__(self, base: Base, rows: Sequence[Row], as_of: date) -> None:
        self.rows = tuple(rows)
        self.columns: dict[str, ir.IntegerValue] = {}
        for start in range(0, max(len(self.rows), 1), BITS):
            coded = [(row.conditions, 1 << bit) for bit, row in enumerate(self.rows[start : start + BITS])]
            written = sum_of_codes(base=base, rows=coded, as_of=as_of)
            name = f"mask_{start // BITS}"
            self.columns[name] = ibis.literal(0).cast("int64") if written is None else written

    @property
    def types(self) -> dict[str, str]:
        """Return the Ibis types of the mask columns."""
        return dict.fromkeys(self.columns, "int64")

    def places(self, mask: Mask) -> list[int]:
        """List the places, in the list of rows, of the rows that a mask stands for."""
        return [
            number * BITS + bit for number, part in enumerate(mask) for bit in range(BITS) if part >> bit & 1
        ]


def rows_in_force(tables: Collection[Table], day: date) -> list[Row]:
    """List the rows of tables that hold on a day, in the order of the standards."""
    return [row for table in tables for row in table.rows if row.in_force(day)]


def matching_rows(
    *, rows: list[Row], as_of: date, facts: Collection[str], engine: DuckDB, id_type: str = "string"
) -> Iterator[tuple[Any, list[int]]]:
    """Give each subject of the table `customers` with the places of the rows that match it."""
    base = Base(facts, id_type=id_type)
    masks = RowMasks(base, rows, as_of)
    known: dict[Mask, list[int]] = {}
    for subject, *mask in engine.fetch(base.table.select(base.subject_id, **masks.columns)):
        key = tuple(mask)
        if key not in known:
            known[key] = masks.places(key)
        yield subject, known[key]
