"""The SQL of contacts recorded in bulk: columns go in as arrays, one statement however many rows."""

from __future__ import annotations

ADD_INTERACTIONS = """
    INSERT INTO evidence_interaction
        (person_id, group_id, employee_id, channel, happened_at, report, outcome, key)
    SELECT * FROM unnest(
        %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[]
    )
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
