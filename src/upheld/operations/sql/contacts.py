"""The SQL of contacts recorded in bulk: columns go in as arrays, one statement however many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ADD_INTERACTIONS = """
    INSERT INTO evidence_interaction
        (person_id, group_id, employee_id, channel, happened_at, report, outcome, key)
    SELECT * FROM unnest(
        %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[]
    )
    ON CONFLICT (key) DO NOTHING
    RETURNING key, id
"""

ADD_EVIDENCE = """
    INSERT INTO promises_promiseevidence (promise_id, interaction_id)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[])
"""

END_PROMISES = """
    UPDATE promises_promise AS promise
    SET state = ended.state, ended_at = ended.ended_at, late = ended.late, end_reason = ended.end_reason
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::boolean[], %s::text[])
        AS ended (id, state, ended_at, late, end_reason)
    WHERE promise.id = ended.id
"""


def columns_of(rows: Sequence[tuple[Any, ...]], *, width: int) -> list[list[Any]]:
    """Turn rows into columns, which PostgreSQL takes as arrays."""
    return [[row[place] for row in rows] for place in range(width)]
