"""The statements that bring stays of calls in: staged by COPY, added where they are not known yet."""

from __future__ import annotations

COLUMNS = (
    "call_id",
    "queue",
    "entered_at",
    "answered_at",
    "ended_at",
    "ended_by",
    "agent",
    "wait_ms",
    "talk_ms",
    "line",
)
TYPES = ("text", "text", "timestamptz", "timestamptz", "timestamptz", "text", "text", "int4", "int4", "int4")

STAGING = "call_rows"
CREATE_STAGING = (
    f"CREATE TEMPORARY TABLE {STAGING} (number bigint GENERATED ALWAYS AS IDENTITY, source text, "
    + ", ".join(f"{name} {type_}" for name, type_ in zip(COLUMNS, TYPES, strict=True))
    + ") ON COMMIT DROP"
)
DROP_STAGING = "DROP TABLE IF EXISTS call_rows"
COPY_STAGING = f"COPY call_rows (source, {', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)"

# A stay that a file tells in part may begin a second earlier or later than the same stay told in whole, so a stay
# of the same call in the same queue at the same time is the same one. The unique constraint is the last word.
ADD_NEW = """
    INSERT INTO telephony_call
        (source, call_id, queue, entered_at, answered_at, ended_at, "end", agent, wait_ms, talk_ms, file, line)
    SELECT new.source, new.call_id, new.queue, new.entered_at, new.answered_at, new.ended_at, new.ended_by, new.agent,
           new.wait_ms, new.talk_ms, %s, new.line
      FROM call_rows AS new
     WHERE NOT EXISTS (
               SELECT 1 FROM telephony_call AS known
                WHERE known.source = new.source AND known.queue = new.queue AND known.call_id = new.call_id
                  AND known.entered_at < new.ended_at AND new.entered_at < known.ended_at)
     ORDER BY new.number
    ON CONFLICT ON CONSTRAINT call_once DO NOTHING
"""
COUNT_STAGED = "SELECT count(*) FROM call_rows"
