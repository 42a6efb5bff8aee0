"""Answer for a whole base which entitlements each subject has on a day.

They are taken from the rows that match, so a mask for each subject is all that the set query finds; see masks.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from upheld.batch.engine import DuckDB
from upheld.batch.masks import matching_rows, rows_in_force
from upheld.policy.editions import Edition
from upheld.policy.entitlements import Grant


def grants(
    *, edition: Edition, as_of: date, facts: Collection[str], engine: DuckDB, id_type: str = "string"
) -> Iterator[tuple[Any, tuple[Grant, ...]]]:
    """Give each subject of the table `customers` with its entitlements, in the order of the standards.

    Subjects with the same rows share one tuple. Raises `OutsideDates`. Clauses: those of the grant tables.
    """
    edition.require_day(as_of)
    rows = rows_in_force(edition.tables("entitlements", "grant"), as_of)
    made = [
        Grant(
            row.answer["entitlement"], row.clause, {k: v for k, v in row.answer.items() if k != "entitlement"}
        )
        for row in rows
    ]
    for subject, places in matching_rows(rows=rows, as_of=as_of, facts=facts, engine=engine, id_type=id_type):
        yield subject, tuple(made[place] for place in places)
