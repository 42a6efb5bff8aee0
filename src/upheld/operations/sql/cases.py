"""The SQL of cases: a case with its first step, and clocks with their promises and events, each in one statement.

A case is opened while somebody is on the telephone, and every clock is three rows in three tables; one statement for
the case and all of them, its clocks sent as one JSON array, keeps that as cheap as the rows themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from upheld.records.people.choices import GroupClass, Role
from upheld.records.people.facts import STATED


def _in_order(values: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(repr(value) for value in values)}]::varchar[]"


# The edition in force, and what is known of who asks: read in one go, for somebody waits on the telephone. The place in
# a group is chosen as `people/facts.py` chooses it, the edition as `standards/queries.py` does.
WHO_ASKS = f"""
    SELECT edition.id, edition.name, edition.content_hash, edition.active_from,
           asking.id, asking_group.group_class, asking_group.group_kind, person.id,
           {", ".join(f"person.{column}" for column in STATED)},
           place.group_class, place.group_kind, place.role, held.card, service.brand
    FROM (VALUES (%(group_id)s::int8)) AS asking (id)
    LEFT JOIN LATERAL (
        SELECT record.id, record.name, record.content_hash, record.active_from
        FROM standards_editionrecord record
        JOIN standards_activation activation ON activation.edition_id = record.id
        WHERE activation.active_from <= %(day)s
        ORDER BY activation.active_from DESC, activation.id DESC LIMIT 1
    ) edition ON true
    LEFT JOIN people_group asking_group ON asking_group.id = asking.id
    LEFT JOIN people_person person ON person.id = %(person_id)s
    LEFT JOIN LATERAL (
        SELECT its.group_class, its.group_kind, role.role
        FROM people_grouprole role JOIN people_group its ON its.id = role.group_id
        WHERE role.person_id = person.id AND role.from_date <= %(day)s
          AND (role.until_date IS NULL OR role.until_date > %(day)s)
          AND (asking.id IS NULL OR role.group_id = asking.id)
        ORDER BY role.role IS NULL, array_position({_in_order(GroupClass.values)}, its.group_class),
                 array_position({_in_order(Role.values)}, role.role), its.id
        LIMIT 1
    ) place ON true
    LEFT JOIN tiers_membership held ON held.person_id = person.id AND held.state = 'active'
         AND held.from_date <= %(day)s AND (held.until_date IS NULL OR held.until_date > %(day)s)
    LEFT JOIN people_service service ON service.id = %(service_id)s
"""

# One element of `clocks` is one clock. The promise that a clock is comes first; the clock and its event follow its id.
_CLOCKS = """
    given AS (
        SELECT * FROM jsonb_to_recordset(%(clocks)s) AS given (
            clause varchar, standard varchar, stops_at varchar, starts_at varchar, turn int2, limit_unit varchar,
            limit_amount int4, measure_unit varchar, calendar varchar, business_hours varchar, pauses varchar[],
            whole interval, started_at timestamptz, public bool, confidence varchar, provisional bool, carries int8,
            what varchar, at timestamptz, used interval, event_due_at timestamptz, reason varchar, due_at timestamptz,
            paused_at timestamptz, warn_before timestamptz, warn_after timestamptz
        )
    ), promise AS (
        INSERT INTO promises_promise (
            person_id, group_id, action, clause, standard, from_date, due_date, turn, edition_id, source,
            responsible_id, case_id, due_at, paused_at, warn_ats, warn_at
        )
        SELECT %(person_id)s, CASE WHEN %(person_id)s::int8 IS NULL THEN %(group_id)s::int8 END,
               stops_at, clause, standard,
               least((started_at AT TIME ZONE %(time_zone)s)::date, (due_at AT TIME ZONE %(time_zone)s)::date),
               (due_at AT TIME ZONE %(time_zone)s)::date, turn, %(edition_id)s, 'case_deadline', %(handler_id)s,
               case_id, due_at, paused_at, ARRAY[warn_before, due_at, warn_after],
               CASE WHEN paused_at IS NULL THEN warn_before END
        FROM given CROSS JOIN begun_by
        RETURNING id, clause, action, turn
    ), clock AS (
        INSERT INTO cases_caseclock (
            case_id, promise_id, stops_at, starts_at, limit_unit, limit_amount, measure_unit, calendar,
            business_hours, pauses, whole, started_at, public, confidence, provisional, carries_id
        )
        SELECT case_id, promise.id, stops_at, starts_at, limit_unit, limit_amount, measure_unit, calendar,
               business_hours, pauses, whole, started_at, public, confidence, provisional, carries
        FROM given CROSS JOIN begun_by
        JOIN promise ON (promise.clause, promise.action, promise.turn) = (given.clause, stops_at, given.turn)
        RETURNING id, promise_id
    ), event AS (
        INSERT INTO cases_clockevent (clock_id, what, at, used, due_at, reason, step_id)
        SELECT clock.id, what, at, used, event_due_at, reason, step_id
        FROM given CROSS JOIN begun_by
        JOIN promise ON (promise.clause, promise.action, promise.turn) = (given.clause, stops_at, given.turn)
        JOIN clock ON clock.promise_id = promise.id
    )
"""

OPEN_CASE = f"""
    WITH opened AS (
        INSERT INTO cases_case (
            person_id, group_id, service_id, kind, order_type, items, channel, area, address, region_id, summary,
            priority, state, opened_at, first_asked_id, handler_id, unit_id, facts, last_step_at, key
        ) VALUES (
            %(person_id)s, %(group_id)s, %(service_id)s, %(kind)s, %(order_type)s, %(items)s::varchar[], %(channel)s,
            %(area)s, %(address)s,
            coalesce((SELECT region_id FROM people_person WHERE id = %(person_id)s),
                     (SELECT region_id FROM people_group WHERE id = %(group_id)s)),
            %(summary)s, %(priority)s, %(state)s, %(opened_at)s, %(by_id)s,
            %(handler_id)s, %(unit_id)s, %(facts)s, %(opened_at)s, %(key)s
        )
        ON CONFLICT (key) DO NOTHING
        RETURNING id
    ), begun_by AS (
        INSERT INTO cases_casestep (case_id, what, at, by_id, detail)
        SELECT id, 'opened', %(opened_at)s, %(by_id)s, %(detail)s FROM opened
        RETURNING case_id, id AS step_id
    ), entry AS (
        INSERT INTO audit_entry (act, actor_id, subject_kind, subject_id, detail)
        SELECT 'open_case', %(by_id)s, 'case', id::text, %(detail)s FROM opened
    ), {_CLOCKS}
    SELECT case_id, ARRAY(SELECT id FROM promise ORDER BY id) FROM begun_by
"""

ADD_CLOCKS = f"""
    WITH begun_by AS (SELECT %(case_id)s::int8 AS case_id, %(step_id)s::int8 AS step_id), {_CLOCKS}
    SELECT id FROM promise ORDER BY id
"""

ADD_EVENTS = """
    INSERT INTO cases_clockevent (clock_id, what, at, used, due_at, reason, step_id)
    SELECT clock_id, what, at, used, due_at, reason, %(step_id)s
    FROM unnest(
        %(clock_ids)s::int8[], %(whats)s::varchar[], %(ats)s::timestamptz[], %(used)s::interval[],
        %(due_ats)s::timestamptz[], %(reasons)s::varchar[]
    ) AS given (clock_id, what, at, used, due_at, reason)
"""

CLOCKS_OF_CASE = """
    SELECT clock.id, clock.promise_id, promise.clause, clock.stops_at, clock.starts_at, clock.limit_unit,
           clock.limit_amount, clock.measure_unit, clock.calendar, clock.business_hours, clock.pauses, clock.whole,
           clock.started_at, clock.public, clock.confidence, clock.provisional, promise.state, promise.due_at,
           promise.warned, promise.turn, promise.edition_id,
           event.what, event.at, event.used, event.due_at, event.reason
    FROM cases_caseclock clock
    JOIN promises_promise promise ON promise.id = clock.promise_id
    JOIN LATERAL (
        SELECT what, at, used, due_at, reason FROM cases_clockevent
        WHERE clock_id = clock.id ORDER BY id DESC LIMIT 1
    ) event ON true
    WHERE clock.case_id = %s
    ORDER BY promise.id
    FOR NO KEY UPDATE OF promise
"""
