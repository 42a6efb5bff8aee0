"""The SQL of sending messages: a batch goes in and out by arrays, one statement however many rows."""

CANDIDATES = """
    SELECT m.id, m.channel, m.purpose, m.content, m.subject, m.expires_at, m.tries, m.person_id, m.employee_id,
           CASE
               WHEN m.person_id IS NULL THEN (
                   SELECT address FROM messaging_address WHERE employee_id = m.employee_id AND channel = m.channel)
               WHEN m.channel = 'sms' THEN p.phone
               ELSE (SELECT address FROM messaging_address WHERE person_id = m.person_id AND channel = m.channel)
           END AS address,
           p.region_id, c.kind, coalesce(s.gone, NOT e.is_active, false) AS gone, m.because
    FROM (
        SELECT * FROM messaging_message
        WHERE state IN ('waiting', 'held') AND rank = %(rank)s AND next_at <= %(at)s AND channel = ANY(%(channels)s)
        ORDER BY next_at, id LIMIT %(limit)s
        FOR NO KEY UPDATE SKIP LOCKED
    ) m
    LEFT JOIN people_person p ON p.id = m.person_id
    LEFT JOIN staff_employee e ON e.id = m.employee_id
    LEFT JOIN LATERAL (
        SELECT bool_and(status = 'closed') AS gone FROM people_service WHERE person_id = m.person_id
    ) s ON m.person_id IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT kind FROM messaging_consentevent WHERE person_id = m.person_id ORDER BY at DESC, id DESC LIMIT 1
    ) c ON m.purpose = 'commercial'
    ORDER BY m.next_at, m.id
"""
"""What may be tried now, with all that the last look needs; rows that somebody else holds are passed over."""

LAST_WORDS = """
    SELECT p.id, c.kind FROM unnest(%s::bigint[]) AS p (id)
    JOIN LATERAL (
        SELECT kind FROM messaging_consentevent WHERE person_id = p.id ORDER BY at DESC, id DESC LIMIT 1
    ) c ON true
"""

SENT_LATELY = """
    SELECT person_id, sent_at, purpose, channel FROM messaging_message
    WHERE person_id = ANY(%s) AND sent_at > %s
"""

BEGIN = """
    WITH chosen AS (
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS chosen (id, address, sender)
    ), begun AS (
        UPDATE messaging_message m
        SET state = 'sending', sent_at = %s, address = chosen.address, sender = chosen.sender,
            tries = m.tries + 1, because = ''
        FROM chosen WHERE m.id = chosen.id
        RETURNING m.id, m.tries
    )
    INSERT INTO messaging_messageattempt (message_id, number, started_at, worker)
    SELECT b.id, b.tries, %s, %s FROM begun b
    RETURNING id, message_id
"""
"""Mark messages as being sent and write the attempt down: one statement, committed before anything is sent."""

BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
"""Everything here is looked up by id, a few hundred rows at a time: tables that grew since they were last counted must
not talk the planner into reading them whole."""

LOCK = "SELECT id FROM messaging_message WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

HOLD = """
    UPDATE messaging_message m SET state = 'held', next_at = held.until, because = held.because
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS held (id, until, because)
    WHERE m.id = held.id
"""

_MAY_HAVE_LEFT = """
    CASE WHEN EXISTS (SELECT FROM messaging_messagestep s WHERE s.message_id = m.id AND s.what = 'resent')
         THEN m.sent_at END
"""
"""When a message may have reached its customer although it waits: a doubt that somebody had sent again still counts."""

END = f"""
    UPDATE messaging_message m
    SET state = ended.state, because = ended.because, ended_at = %s, sent_at = {_MAY_HAVE_LEFT}
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS ended (id, state, because)
    WHERE m.id = ended.id
"""

ADD_PARTS = """
    INSERT INTO messaging_messagepart (attempt_id, part, parts, result, centre_id, error, ended_at)
    SELECT *, %s FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[])
    ON CONFLICT (attempt_id, part) DO NOTHING
"""

ACCEPTED = """
    UPDATE messaging_message
    SET state = 'accepted', because = '', counts_for_promise = promise_id IS NOT NULL AND NOT (id = ANY(%s))
    WHERE id = ANY(%s) AND state IN ('sending', 'doubtful')
"""
"""The first array names those of which a receipt is still to come: they count once it is there."""

BACK = f"""
    UPDATE messaging_message m SET state = 'waiting', next_at = back.at, because = back.why,
        sent_at = {_MAY_HAVE_LEFT}
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[]) AS back (id, attempt_id, at, why)
    WHERE m.id = back.id AND m.state = 'sending' AND NOT EXISTS (
        SELECT FROM messaging_messageattempt a WHERE a.message_id = m.id AND a.id > back.attempt_id)
"""
"""What is told late, or a second time, of an attempt before the present one gives nothing back: somebody is sending."""

TURNED_AWAY = """
    SELECT message_id FROM messaging_messagestep WHERE message_id = ANY(%s) AND what = 'not_sent'
    GROUP BY message_id HAVING count(*) >= %s
"""

REFUSED = """
    UPDATE messaging_message m
    SET state = 'failed', because = refused.why, ended_at = %s, sent_at = CASE WHEN refused.begun THEN sent_at END
    FROM unnest(%s::bigint[], %s::text[], %s::boolean[]) AS refused (id, why, begun)
    WHERE m.id = refused.id AND m.state IN ('sending', 'doubtful')
"""

DOUBTED = """
    UPDATE messaging_message m SET state = 'doubtful', because = doubted.why
    FROM unnest(%s::bigint[], %s::text[]) AS doubted (id, why)
    WHERE m.id = doubted.id AND m.state = 'sending'
    RETURNING m.id
"""

ADD_RECEIPTS = """
    INSERT INTO messaging_messagereceipt (centre_id, address, stat, error, reference, raw, received_at)
    SELECT * FROM unnest(
        %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::timestamptz[]
    )
"""

RECEIPTS_OF_IDS = """
    SELECT centre_id, right(address, 8), stat, error FROM messaging_messagereceipt
    WHERE centre_id = ANY(%s) AND received_at > %s
"""

MESSAGES_OF_RECEIPTS = """
    SELECT DISTINCT a.message_id
    FROM messaging_messagepart p JOIN messaging_messageattempt a ON a.id = p.attempt_id
    WHERE p.centre_id = ANY(%s) AND p.centre_id <> ''
"""

STATS_OF_PARTS = """
    SELECT a.message_id, a.id, p.part, p.parts, r.stat, r.error
    FROM messaging_messageattempt a
    JOIN messaging_message m ON m.id = a.message_id
    JOIN messaging_messagepart p ON p.attempt_id = a.id
    LEFT JOIN messaging_messagereceipt r
        ON r.centre_id = p.centre_id AND p.centre_id <> '' AND right(r.address, 8) = right(m.address, 8)
        AND r.received_at > a.started_at - interval '1 day'
    WHERE a.message_id = ANY(%s) AND m.state IN ('sending', 'accepted', 'doubtful', 'failed')
"""
"""What the centre has said of every part so far; an id counts for the number it went to, for centres use ids again."""

SETTLE = """
    UPDATE messaging_message m
    SET state = settled.state, because = settled.why, ended_at = settled.at,
        counts_for_promise = m.promise_id IS NOT NULL AND settled.state = 'delivered'
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) AS settled (id, state, why, at)
    WHERE m.id = settled.id AND m.state IN ('sending', 'accepted', 'doubtful', 'failed') AND m.state <> settled.state
    RETURNING m.id, settled.state
"""

ADD_STEPS = """
    INSERT INTO messaging_messagestep (message_id, what, at, because, until_at, note)
    SELECT id, what, %s, because, until, '' FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
        AS step (id, what, because, until)
"""

BEING_SENT = """
    SELECT m.id, a.id, a.worker, m.sent_at FROM messaging_message m
    JOIN LATERAL (
        SELECT id, worker FROM messaging_messageattempt WHERE message_id = m.id ORDER BY number DESC LIMIT 1
    ) a ON true
    WHERE m.state = 'sending' AND m.sent_at NOT BETWEEN %s AND %s
"""

BY_REFERENCE = """
    SELECT m.id, a.id, r.centre_id, r.stat
    FROM messaging_message m
    JOIN messaging_messageattempt a ON a.message_id = m.id
    JOIN messaging_messagereceipt r ON r.reference = a.id %% 65536
    WHERE r.reference = ANY(%s) AND m.state = 'doubtful'
      AND right(r.address, 8) = right(m.address, 8)
      AND r.received_at BETWEEN a.started_at - interval '1 minute' AND a.started_at + interval '3 days'
      AND NOT EXISTS (
          SELECT FROM messaging_messagepart p WHERE p.centre_id = r.centre_id AND p.attempt_id <> a.id)
"""
"""Receipts that give our own reference back, for messages of which we do not know whether they went out."""

# --- addresses from a feed: the rows are in `feed_rows` (see `feeds.py`) ----------------------------------------------

NO_ADDRESSES = """
    SELECT f.line, f.address, f.channel FROM feed_rows f
    JOIN unnest(%s::text[], %s::text[]) AS shape (channel, looks) ON shape.channel = f.channel
    WHERE f.address IS NOT NULL AND f.address !~ shape.looks ORDER BY f.line
"""

SMS_OF_CUSTOMERS = (
    "SELECT line FROM feed_rows WHERE channel = 'sms' AND customer_id IS NOT NULL ORDER BY line"
)

WITHDRAW_ADDRESSES = """
    DELETE FROM messaging_address a USING feed_rows f
    LEFT JOIN people_person p ON p.code = f.customer_id
    LEFT JOIN staff_employee e ON e.code = f.employee_id
    WHERE f.address IS NULL AND a.channel = f.channel AND (a.person_id = p.id OR a.employee_id = e.id)
"""


def set_addresses(whose: str) -> str:
    """Write the addresses of customers (`person`) or of staff (`employee`) that are new or differ; give both counts."""
    table, code = {
        "person": ("people_person", "customer_id"),
        "employee": ("staff_employee", "employee_id"),
    }[whose]
    return f"""
        WITH written AS (
            INSERT INTO messaging_address AS kept ({whose}_id, channel, address)
            SELECT t.id, f.channel, f.address FROM feed_rows f JOIN {table} t ON t.code = f.{code}
            WHERE f.address IS NOT NULL ORDER BY f.line
            ON CONFLICT ({whose}_id, channel) WHERE {whose}_id IS NOT NULL
            DO UPDATE SET address = EXCLUDED.address WHERE kept.address <> EXCLUDED.address
            RETURNING (kept.xmax = 0) AS is_new
        )
        SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
    """
