"""The SQL for feeds of periods: who has which role in a group, who looks after whom.

Periods of one subject never overlap (the tables' exclusion constraints hold that). A period ends where
the next one begins: a row with a later first day closes the earlier one, in the file as in the database.
So a handed-over customer needs one new row, and the same file read again finds everything as it left it.

What a file does not say stays as it is: a column that is missing is filled from the period that the row
continues or cuts short, before anything is compared. A row without a first day tells how things are on the
day of the import; what the database holds of earlier days is not touched by it.
"""

from __future__ import annotations

from typing import NamedTuple

_MAY_BE_MISSING = ("role", "until_date")


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


# A row without a first day. It begins: where another row of its subject has a day, before all of them; where it says
# that the time is over, with the last period before that; where the subject has a period today that says the same,
# with that period; where it says something else, today; where the group has a list already, today; else it is the
# first that is heard of the group, and its people are taken to have been there all along.
BEGIN_UNDATED_MEMBERS = """
    WITH undated AS (
        SELECT f.line, f.until_date <= %(today)s AS is_over,
               EXISTS (SELECT FROM feed_periods o WHERE (o.person_id, o.group_id) = (f.person_id, f.group_id)
                       AND o.from_date IS NOT NULL) AS has_dated,
               EXISTS (SELECT FROM people_grouprole k WHERE k.group_id = f.group_id) AS group_is_known,
               past.from_date AS past_from, past.role AS past_role,
               held.from_date AS held_from,
               NOT %(role_given)s OR held.role IS NOT DISTINCT FROM f.role AS says_the_same
        FROM feed_periods f
        LEFT JOIN people_grouprole held ON (held.person_id, held.group_id) = (f.person_id, f.group_id)
             AND held.from_date <= %(today)s AND %(today)s < coalesce(held.until_date, 'infinity')
        LEFT JOIN LATERAL (
            SELECT k.from_date, k.role FROM people_grouprole k
            WHERE (k.person_id, k.group_id) = (f.person_id, f.group_id)
              AND k.from_date < f.until_date AND k.from_date < coalesce(k.until_date, 'infinity')
            ORDER BY k.from_date DESC LIMIT 1
        ) past ON true
        WHERE f.from_date IS NULL
    ), begun AS (
        SELECT line, CASE
            WHEN has_dated THEN NULL
            WHEN is_over THEN past_from
            WHEN held_from IS NOT NULL AND says_the_same THEN held_from
            WHEN held_from IS NOT NULL OR group_is_known THEN %(today)s
        END AS from_date, is_over AND past_from IS NOT NULL AND NOT has_dated AS only_ends, past_role
        FROM undated
    )
    UPDATE feed_periods f
    SET from_date = coalesce(b.from_date, least(%(long_ago)s, f.until_date - 1)),
        role = CASE WHEN b.only_ends THEN b.past_role ELSE f.role END
    FROM begun b WHERE b.line = f.line
"""


def keep_what_is_not_said(kind: str, given: frozenset[str]) -> str | None:
    """Fill the columns that the file lacks from the period in which a row begins; None where it has them all."""
    periods = PERIODS[kind]
    unsaid = [
        name for name in (periods.carries, "until_date") if name in _MAY_BE_MISSING and name not in given
    ]
    if not unsaid:
        return None
    return f"""
        UPDATE feed_periods f SET {", ".join(f"{name} = kept.{name}" for name in unsaid)}
        FROM {periods.table} kept
        WHERE ({_key("kept", periods.subject)}) = ({_key("f", periods.subject)})
          AND kept.from_date <= f.from_date AND f.from_date < coalesce(kept.until_date, 'infinity')
    """


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
