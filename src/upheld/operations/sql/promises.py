"""The SQL of promises that the ORM would write too slowly: adding planned ones, and breaking overdue
ones, in bulk.
"""

from __future__ import annotations

PLANNED_COLUMNS: tuple[tuple[str, str], ...] = (
    ("person_id", "int8"),
    ("group_id", "int8"),
    ("action", "varchar"),
    ("channels", "varchar[]"),
    ("on_occasion", "varchar"),
    ("clause", "varchar"),
    ("standard", "varchar"),
    ("from_date", "date"),
    ("due_date", "date"),
    ("turn", "int2"),
    ("edition_id", "int8"),
    ("responsible_id", "int8"),
)
"""What a planned promise brings; the rest (open, from the contact plan) are the database's own defaults."""

ADD_PLANNED = (
    f"COPY promises_promise ({', '.join(name for name, _ in PLANNED_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
)

# Subject by subject, each by its own index: a table that grew since its statistics were made is otherwise read whole,
# by the due day, for every chunk of a first plan. OFFSET 0 keeps the inner query as it is written.
STANDING: dict[str, str] = {
    column: f"""
    SELECT asked.id, promise.* FROM unnest(%(ids)s::int8[]) AS asked (id) CROSS JOIN LATERAL (
        SELECT id, state, responsible_id, clause, action, from_date, due_date, turn FROM promises_promise
        WHERE {column} = asked.id AND due_date >= %(from)s AND from_date < %(until)s
            AND source = 'contact_plan' AND state <> 'cancelled'
        OFFSET 0
    ) AS promise
    """
    for column in ("person_id", "group_id")
}

# A promise breaks at the end of its due day, which is the standard's own midnight. What is due at an instant breaks
# there, by the sweep of the clocks. An array is filled once, whatever a plan without statistics thinks of the table.
BREAK_OVERDUE = """
    UPDATE promises_promise
    SET state = 'broken', end_reason = %(reason)s,
        ended_at = (due_date + 1)::timestamp AT TIME ZONE %(time_zone)s
    WHERE id = ANY (ARRAY(
        SELECT id FROM promises_promise
        WHERE state = 'open' AND due_at IS NULL AND standard = %(standard)s AND due_date < %(as_of)s
        ORDER BY id LIMIT %(chunk)s
        FOR NO KEY UPDATE
    ))
"""

# Only what is as it was read: a day that somebody chose meanwhile stays. Rows are locked by id, as every act does.
SUGGEST_DAYS = """
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(%s::int8[], %s::date[], %s::date[]) AS given (id, was, day)
    ), held AS MATERIALIZED (
        SELECT promise.id, given.was, given.day
        FROM promises_promise AS promise JOIN given ON promise.id = given.id
        WHERE promise.state = 'open' AND promise.planned_on IS NOT DISTINCT FROM given.was
        ORDER BY promise.id
        FOR NO KEY UPDATE OF promise
    ), again AS (
        INSERT INTO promises_plannedday (promise_id, day)
        SELECT id, day FROM held WHERE was IS NOT NULL
        RETURNING id
    ), planned AS (
        UPDATE promises_promise AS promise SET planned_on = held.day
        FROM held WHERE promise.id = held.id
        RETURNING promise.id
    )
    SELECT (SELECT count(*) FROM planned), (SELECT count(*) FROM again)
"""
