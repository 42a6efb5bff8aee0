"""The SQL of the sweep: a chunk of the clocks that somebody is to be warned of, in one statement.

Each statement begins at an index that holds open clocks alone, in the order of their instants, and skips rows that
another worker or an act on a case has locked; the next sweep finds them.
"""

from __future__ import annotations

# `reached` counts the warnings whose instants have passed, in their order: after an outage several at once. What has
# ended otherwise than by breaking needs no warning any more; it only leaves the index.
GIVE_WARNINGS = """
    WITH pending AS MATERIALIZED (
        SELECT id, state, late, due_at, paused_at, warn_ats, warned, warn_at FROM promises_promise
        WHERE warn_at <= %(now)s AND warn_at >= %(since)s
        ORDER BY warn_at, id LIMIT %(chunk)s
        FOR NO KEY UPDATE SKIP LOCKED
    ), counted AS MATERIALIZED (
        SELECT id, warn_ats, warned,
            paused_at IS NULL AND (state = 'open' OR state = 'broken' AND NOT late) AS matters,
            state = 'open' AND paused_at IS NULL AND due_at < %(now)s AS breaks,
            greatest(warned, (
                SELECT coalesce(min(number) - 1, cardinality(warn_ats))
                FROM generate_subscripts(warn_ats, 1) AS number
                WHERE number > warned AND warn_ats[number] > %(now)s
            )) AS reached
        FROM pending
    ), given AS (
        INSERT INTO promises_promisewarning (promise_id, stage, "to", at)
        SELECT counted.id, addressed.stage, addressed.role, counted.warn_ats[addressed.number]
        FROM counted
        JOIN unnest(%(numbers)s::int[], %(stages)s::varchar[], %(roles)s::varchar[])
            AS addressed (number, stage, role)
            ON addressed.number > counted.warned AND addressed.number <= counted.reached
        WHERE counted.matters
        ON CONFLICT (promise_id, stage, "to") DO NOTHING
        RETURNING promise_id, stage
    ), moved AS (
        UPDATE promises_promise AS promise
        SET warned = CASE WHEN matters THEN reached ELSE promise.warned END,
            warn_at = CASE WHEN matters THEN promise.warn_ats[reached + 1] END,
            state = CASE WHEN breaks THEN 'broken' ELSE promise.state END,
            ended_at = CASE WHEN breaks THEN promise.due_at ELSE promise.ended_at END,
            end_reason = CASE WHEN breaks THEN %(reason)s ELSE promise.end_reason END
        FROM counted WHERE promise.id = counted.id
        RETURNING breaks
    )
    SELECT (SELECT count(*) FROM pending), (SELECT max(warn_at) FROM pending),
        (SELECT count(DISTINCT promise_id) FROM given WHERE stage = 'before'),
        (SELECT count(DISTINCT promise_id) FROM given WHERE stage = 'due'),
        (SELECT count(DISTINCT promise_id) FROM given WHERE stage = 'after'),
        (SELECT count(*) FROM moved WHERE breaks)
"""

# What is due at an instant and has no warnings, such as a call-back; and what was due at the very instant of a sweep.
BREAK_RUN_OUT = """
    WITH pending AS MATERIALIZED (
        SELECT id, due_at FROM promises_promise
        WHERE state = 'open' AND due_at < %(now)s AND due_at >= %(since)s AND paused_at IS NULL
        ORDER BY due_at, id LIMIT %(chunk)s
        FOR NO KEY UPDATE SKIP LOCKED
    ), broken AS (
        UPDATE promises_promise AS promise
        SET state = 'broken', ended_at = promise.due_at, end_reason = %(reason)s
        FROM pending WHERE promise.id = pending.id
        RETURNING promise.id
    )
    SELECT (SELECT count(*) FROM pending), (SELECT max(due_at) FROM pending), 0, 0, 0, (SELECT count(*) FROM broken)
"""

ADD_SEEN = """
    INSERT INTO promises_warningseen (warning_id, employee_id)
    SELECT unnest(%s::int8[]), %s
    ON CONFLICT (warning_id, employee_id) DO NOTHING
"""
