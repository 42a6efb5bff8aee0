"""Tables that only ever grow: a migration operation that makes PostgreSQL itself refuse any change to them.

A rule kept by Python alone is broken by the first `psql` session, so the refusal is a trigger. It holds for
every role, the table's owner included. TRUNCATE is refused too, with one exception: Django's test runner
empties tables between transactional tests, and the databases it makes are always named `test_...`; there, and
only there, TRUNCATE passes.
"""

from __future__ import annotations

from django.db import migrations

_REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION upheld_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\\_%' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is not allowed on %: rows are only added, a mistake is reversed by a new row',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def append_only(table: str) -> migrations.RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE on `table`. The database raises IntegrityError (SQLSTATE 23000)."""
    return _guard(table, "UPDATE OR DELETE")


def never_deleted(table: str) -> migrations.RunSQL:
    """Refuse DELETE and TRUNCATE on `table`, whose rows may still change.

    The database raises IntegrityError.
    """
    return _guard(table, "DELETE")


def _guard(table: str, verbs: str) -> migrations.RunSQL:
    """Write the two triggers: one for rows, one for TRUNCATE, which row triggers never see."""
    return migrations.RunSQL(
        sql=[
            _REFUSE_FUNCTION,
            f"CREATE TRIGGER {table}_only_grows BEFORE {verbs} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION upheld_refuse_change()",
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION upheld_refuse_change()",
        ],
        reverse_sql=[
            f"DROP TRIGGER IF EXISTS {table}_only_grows ON {table}",
            f"DROP TRIGGER IF EXISTS {table}_never_emptied ON {table}",
        ],
    )
