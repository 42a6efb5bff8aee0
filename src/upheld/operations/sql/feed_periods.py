"""The SQL for feeds of periods: who has which role in a group, who looks after whom.

Periods of one subject never overlap (the tables' exclusion constraints hold that). A period ends where
the next one begins: a row with a later first day closes the earlier one, in the file as in the database.
So a handed-over customer needs one new row, and the same file read again finds everything as it left it.
"""

from __future__ import annotations

from typing import NamedTuple


class Periods(NamedTuple):
    """A table of periods: `subject` says whose they are, `carries` what a period says, `kind` tells kinds
    apart.
    """

    table: str
    resolve: str
    subject: tuple[str, ...]
    carries: str


PERIODS = {
    "members": Periods(
        "people_grouprole",
        """
        CREATE TEMP TABLE feed_periods ON COMMIT DROP AS
        SELECT f.line, p.id AS person_id, g.id AS group_id, f.role, f.from_date, f.until_date
        FROM feed_rows f
        JOIN people_person p ON p.code = f.customer_id
        JOIN people_group g ON g.code = f.group_id
        """,
        ("person_id", "group_id"),
        "role",
    ),
    "assignments": Periods(
        "staff_assignment",
        """ CREATE TEMP TABLE feed_periods ON COMMIT DROP AS SELECT f.line, p.id AS person_id, g.id AS
        group_id, f.kind, e.id AS employee_id, f.from_date, f.until_date FROM feed_rows f JOIN
        staff_employee e ON e.code = f.employee_id LEFT JOIN people_person p ON p.code = f.customer_id
        LEFT JOIN people_group g ON g.code = f.group_id """,
        ("person_id", "group_id", "kind"),
        "employee_id",
    ),
}


def _key(alias: str, names: tuple[str, ...]) -> str:
    """Compare-able subject: ids that may be missing become 0, which no row has."""
    return ", ".join(
        f"{alias}.{name}" if name == "kind" else f"coalesce({alias}.{name}, 0)" for name in names
    )


def _nexts(periods: Periods) -> str:
    """For each first day, of the file or the table, the next one of the same subject."""
    subject = ", ".join(periods.subject)
    return f"""
        WITH starts AS (
            SELECT {subject}, from_date FROM feed_periods
            UNION
            SELECT {subject}, from_date FROM {periods.table}
            WHERE from_date < coalesce(until_date, 'infinity')
        ), nexts AS (
            SELECT {subject}, from_date,
                   lead(from_date) OVER (PARTITION BY {subject} ORDER BY from_date) AS next_date
            FROM starts
        )
    """


def end_where_the_next_begins(kind: str) -> str:
    """Shorten the file's periods to where the subject's next period begins."""
    periods = PERIODS[kind]
    return f"""{_nexts(periods)}
        UPDATE feed_periods f SET until_date = least(f.until_date, n.next_date)
        FROM nexts n
        WHERE ({_key("n", periods.subject)}, n.from_date) = ({_key("f", periods.subject)}, f.from_date)
          AND n.next_date IS NOT NULL
    """


def end_earlier_ones(kind: str) -> str:
    """Shorten the table's periods to where a period of the file begins."""
    periods = PERIODS[kind]
    return f"""{_nexts(periods)}
        UPDATE {periods.table} kept SET until_date = n.next_date
        FROM nexts n
        WHERE ({_key("n", periods.subject)}, n.from_date) = ({_key("kept", periods.subject)}, kept.from_date)
          AND n.next_date < coalesce(kept.until_date, 'infinity')
    """


def _same_period(kind: str) -> str:
    # An empty period (superseded on its first day) is history, not the period of that day.
    periods = PERIODS[kind]
    return (
        f"({_key('kept', periods.subject)}, kept.from_date) = ({_key('f', periods.subject)}, f.from_date) "
        "AND kept.from_date < coalesce(kept.until_date, 'infinity')"
    )


def change_periods(kind: str) -> str:
    """Change the table's periods that begin on the same day and differ."""
    periods = PERIODS[kind]
    carries = periods.carries
    return f"""
        UPDATE {periods.table} kept SET {carries} = f.{carries}, until_date = f.until_date
        FROM feed_periods f
        WHERE {_same_period(kind)}
          AND ROW(kept.{carries}, kept.until_date) IS DISTINCT FROM ROW(f.{carries}, f.until_date)
    """


def add_periods(kind: str) -> str:
    """Add the file's periods that the table does not have."""
    periods = PERIODS[kind]
    names = ", ".join((*periods.subject, periods.carries, "from_date", "until_date"))
    values = ", ".join(f"f.{name}" for name in (*periods.subject, periods.carries, "from_date", "until_date"))
    return f"""
        INSERT INTO {periods.table} ({names})
        SELECT {values} FROM feed_periods f
        WHERE NOT EXISTS (SELECT FROM {periods.table} kept WHERE {_same_period(kind)})
    """
