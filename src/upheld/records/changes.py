"""When a row was last changed: a migration operation that lets PostgreSQL itself note it, whoever writes.

What depends on many tables (the plan of contacts) can then look at the changed customers alone. The instant is that of
the transaction's begin, so whoever asks for changes since an instant asks from the begin of the oldest transaction that
was under way then (`operations/changed_subjects.py`).
"""

from __future__ import annotations

from django.db import migrations

_NOTE_FUNCTION = """
CREATE OR REPLACE FUNCTION upheld_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := now();
    RETURN NEW;
END $$;
"""


def note_changes(table: str, *, when: str = "OLD IS DISTINCT FROM NEW") -> migrations.RunSQL:
    """Set `changed_at` of a row of `table` whenever it is updated and the condition `when` holds."""
    return migrations.RunSQL(
        sql=[
            _NOTE_FUNCTION,
            f"CREATE TRIGGER {table}_changed BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION upheld_note_change()",
        ],
        reverse_sql=[f"DROP TRIGGER IF EXISTS {table}_changed ON {table}"],
    )
