"""The SQL of points: which acts there are, which rows no longer say the truth, which acts have no row yet.

An act is a row (source, employee, day, event, action) of a sub-query, one for each group of events. Both statements
look at acts and rows of some days alone, and do nothing where everything is as it should be.
"""

from __future__ import annotations

# Promises count by how they ended; what was waived or cancelled is no act.
_PROMISES = """
    SELECT p.id AS source, p.responsible_id AS employee,
           (p.ended_at AT TIME ZONE %(zone)s)::date AS day, p.action::text AS action,
           CASE WHEN p.state = 'broken' THEN 'broken' WHEN p.late THEN 'kept_late' ELSE 'kept' END AS event
    FROM promises_promise p
    WHERE p.state IN ('kept', 'broken') AND p.responsible_id IS NOT NULL
"""

# What a customer says of a case counts for who had it, unless that very person wrote the answer down.
_SURVEYS = """
    SELECT a.id AS source, c.handler_id AS employee,
           (a.answered_at AT TIME ZONE %(zone)s)::date AS day, ''::text AS action,
           CASE WHEN a.score = 5 THEN 'very_satisfied' WHEN a.score = 4 THEN 'satisfied'
                WHEN a.score = 3 THEN 'so_so' ELSE 'dissatisfied' END AS event
    FROM surveys_surveyanswer a
    JOIN surveys_survey s ON s.id = a.survey_id
    JOIN cases_case c ON c.id = s.case_id
    WHERE c.handler_id IS NOT NULL AND a.taken_by_id IS DISTINCT FROM c.handler_id
"""

# A moment counts for who is responsible for it, on the day of the first try, as the latest talk says.
_MOMENTS = """
    SELECT m.id AS source, p.responsible_id AS employee, told.day, ''::text AS action,
           coalesce(told.decision, 'not_reached') AS event
    FROM moments_moment m
    JOIN moments_momentfate f ON f.moment_id = m.id AND f.kind = 'sent'
    JOIN promises_promise p ON p.id = f.promise_id AND p.responsible_id IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT (min(r.at) AT TIME ZONE %(zone)s)::date AS day,
               (array_agg(r.decision ORDER BY r.at DESC, r.id DESC) FILTER (WHERE r.outcome = 'reached'))[1]::text
                   AS decision
        FROM moments_momentresult r WHERE r.moment_id = m.id
        HAVING count(*) > 0
    ) told
"""

# An offer counts for who made it, on its day; of several about one moment the latest.
_OFFERS = """
    SELECT DISTINCT ON (r.moment_id) r.moment_id AS source, r.employee_id AS employee,
           (r.at AT TIME ZONE %(zone)s)::date AS day, ''::text AS action,
           CASE WHEN r.accepted THEN 'accepted' ELSE 'declined' END AS event
    FROM moments_momentresult r
    WHERE r.accepted IS NOT NULL
    ORDER BY r.moment_id, r.at DESC, r.id DESC
"""

ACTS = {"promise": _PROMISES, "survey": _SURVEYS, "moment": _MOMENTS, "offer": _OFFERS}
"""The acts of each group of events."""

COLUMN = {"promise": "promise_id", "survey": "answer_id", "moment": "moment_id", "offer": "moment_id"}
"""The column of the ledger that names the source of an act."""

_COLUMNS = "employee_id, day, about, event, action, points, possible, clause, edition_id, {column}, turn"


def take_back(about: str) -> str:
    """Take back the rows of some days that the acts no longer bear out; what an objection settled stays."""
    column = COLUMN[about]
    return f"""
        WITH act AS ({ACTS[about]}), standing AS (
            SELECT r.* FROM staff_points_pointsrow r
            WHERE r.about = %(about)s AND r.reverses_id IS NULL AND r.objection_id IS NULL
              AND NOT EXISTS (SELECT FROM staff_points_pointsrow b WHERE b.reverses_id = r.id)
        )
        INSERT INTO staff_points_pointsrow ({_COLUMNS.format(column=column)}, reverses_id)
        SELECT r.employee_id, r.day, r.about, r.event, r.action, -r.points, -r.possible, r.clause, r.edition_id,
               r.{column}, r.turn, r.id
        FROM standing r LEFT JOIN act ON act.source = r.{column}
        WHERE (r.day BETWEEN %(first)s AND %(last)s OR act.day BETWEEN %(first)s AND %(last)s)
          AND (act.source IS NULL OR (act.employee, act.event, act.action) IS DISTINCT FROM
                                     (r.employee_id, r.event, r.action))
        ORDER BY r.id
        ON CONFLICT DO NOTHING
    """


def kinds_of_act(about: str) -> str:
    """Name the events and actions that occur among the acts of some days."""
    return f"""
        WITH act AS ({ACTS[about]})
        SELECT DISTINCT act.event, act.action FROM act WHERE act.day BETWEEN %(first)s AND %(last)s
    """


def add(about: str) -> str:
    """Write a row for each act of some days that has none that counts, and that no objection settled.

    The rules come as arrays: events, actions, points, possible points, clauses. What the ledger says of an act is
    found by two indexes: its rows that are no reversals, and the reversal of each.
    """
    column = COLUMN[about]
    return f"""
        WITH act AS ({ACTS[about]}), rule AS (
            SELECT * FROM unnest(%(events)s::text[], %(actions)s::text[], %(points)s::int[], %(possible)s::int[],
                                 %(clauses)s::text[]) AS rule (event, action, points, possible, clause)
        )
        INSERT INTO staff_points_pointsrow ({_COLUMNS.format(column=column)})
        SELECT act.employee, act.day, %(about)s, act.event, act.action, rule.points, rule.possible, rule.clause,
               %(edition)s, act.source, before.turns + 1
        FROM act
        JOIN rule USING (event, action)
        CROSS JOIN LATERAL (
            SELECT count(*) AS turns, count(b.id) AS taken_back,
                   coalesce(bool_or(r.objection_id IS NOT NULL OR b.objection_id IS NOT NULL), false) AS settled
            FROM staff_points_pointsrow r LEFT JOIN staff_points_pointsrow b ON b.reverses_id = r.id
            WHERE r.{column} = act.source AND r.about = '{about}' AND r.reverses_id IS NULL
        ) before
        WHERE act.day BETWEEN %(first)s AND %(last)s
          AND before.turns = before.taken_back AND NOT before.settled
        ORDER BY act.day, act.source
        ON CONFLICT DO NOTHING
    """
