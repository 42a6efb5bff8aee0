"""The SQL that brings a feed's rows into the tables, whole files at a time.

A file's good rows are copied into the temporary table `feed_rows`, whose columns are the kind's declared
ones. One INSERT ... ON CONFLICT then writes only what differs, so a second run of the same file touches
no row.
"""

from __future__ import annotations

from typing import NamedTuple

from upheld.policy.feed_columns import FEEDS, Feed

TYPES = {
    "text": "text",
    "choice": "text",
    "integer": "int4",
    "amount": "int8",
    "date": "date",
    "month": "date",
    "boolean": "bool",
    "ratio": "numeric",
    "rate": "numeric",
}

LINE = ("line", "int4")


def staging_columns(feed: Feed) -> list[tuple[str, str]]:
    """Name the columns of `feed_rows` with their types: the line, then the declared columns, a birthday
    as three.
    """
    columns = [LINE]
    for column in feed.columns:
        if column.type == "birthday":
            columns += [("birthday_year", "int2"), ("birthday_month", "int2"), ("birthday_day", "int2")]
        else:
            columns.append((column.name, TYPES[column.type]))
    return columns


def create_staging(feed: Feed) -> str:
    """Create `feed_rows`, gone at the end of the transaction."""
    columns = ", ".join(f"{name} {type_}" for name, type_ in staging_columns(feed))
    return f"CREATE TEMP TABLE feed_rows ({columns}) ON COMMIT DROP"


def copy_staging(feed: Feed) -> str:
    """Copy rows into `feed_rows`, in binary form."""
    columns = ", ".join(name for name, _ in staging_columns(feed))
    return f"COPY feed_rows ({columns}) FROM STDIN (FORMAT BINARY)"


TABLE_OF = {
    "staff": "staff_employee",
    "groups": "people_group",
    "customers": "people_person",
    "services": "people_service",
}
"""The table whose `code` is the number that the feeds of a kind give."""


def unknown_references(column: str, kind: str) -> str:
    """Find rows whose `column` names a row of `kind` that the database does not know: line, value."""
    return (
        f"SELECT line, {column} FROM feed_rows WHERE {column} IS NOT NULL AND NOT EXISTS "
        f"(SELECT FROM {TABLE_OF[kind]} t WHERE t.code = feed_rows.{column}) ORDER BY line"
    )


# A sign-in name belongs to one employee: taken by another code of the database, or earlier in the file.
TAKEN_USERNAMES = """
    SELECT f.line, coalesce(f.username, f.employee_id)
    FROM feed_rows f
    WHERE EXISTS (SELECT FROM staff_employee e
                  WHERE e.username = coalesce(f.username, f.employee_id) AND e.code <> f.employee_id)
       OR EXISTS (SELECT FROM feed_rows o
                  WHERE coalesce(o.username, o.employee_id) = coalesce(f.username, f.employee_id)
                    AND o.line < f.line)
    ORDER BY f.line
"""

# A word that is no language in which customers are served.
UNKNOWN_LANGUAGES = """
    SELECT line, speaks FROM feed_rows
    WHERE NOT coalesce(regexp_split_to_array(nullif(speaks, ''), ' +'), '{}') <@ %s::text[] ORDER BY line
"""

# Whose account a file of staff closes (false) or opens (true).
CHANGED_ACCOUNTS = """
    SELECT e.id, f.active FROM feed_rows f JOIN staff_employee e ON e.code = f.employee_id
    WHERE f.active <> e.is_active ORDER BY e.id
"""

DROP_LINES = "DELETE FROM feed_rows WHERE line = ANY(%s)"
COUNT_ROWS = "SELECT count(*) FROM feed_rows"

# Pinyin and search terms are made in Python, so only for names that are new or changed.
CREATE_NAMES = "CREATE TEMP TABLE feed_names (name text, pinyin_key text, bigrams text[]) ON COMMIT DROP"
COPY_NAMES = "COPY feed_names (name, pinyin_key, bigrams) FROM STDIN"


def new_names(kind: str) -> str:
    """Find the names that the table of `kind` does not hold yet for their number."""
    key = FEEDS[kind].key[0]
    return (
        f"SELECT DISTINCT f.name FROM feed_rows f LEFT JOIN {TABLE_OF[kind]} t ON t.code = f.{key} "
        "WHERE t.name IS DISTINCT FROM f.name"
    )


REGION_PATHS = "SELECT DISTINCT region FROM feed_rows WHERE region IS NOT NULL"
UNIT_PATHS = "SELECT DISTINCT province, city, team FROM feed_rows"


class Column(NamedTuple):
    """One column to write: its expression over `feed_rows f` and the joins, and the feed's column it
    needs.
    """

    name: str
    expression: str
    needs: str


class Target(NamedTuple):
    """Where rows of a kind go: conflicts on `key`; `columns` are compared and updated, `at_birth` only
    inserted.
    """

    table: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]
    at_birth: tuple[Column, ...] = ()
    joins: str = ""


def _same(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, f"f.{name}", name) for name in names)


_NAMED = (
    Column("name", "f.name", "name"),
    Column("pinyin_key", "coalesce(n.pinyin_key, t.pinyin_key)", "name"),
    Column("bigrams", "coalesce(n.bigrams, t.bigrams)", "name"),
)
_NAMES = "LEFT JOIN feed_names n ON n.name = f.name"
_REGION = Column("region_id", "r.id", "region")
_REGIONS = "LEFT JOIN people_region r ON r.code = f.region"
_PERSON = "JOIN people_person p ON p.code = f.customer_id"

TARGETS = {
    "staff": Target(
        "staff_employee",
        (Column("code", "f.employee_id", "employee_id"),),
        (
            Column("username", "coalesce(f.username, f.employee_id)", "username"),
            *_same("name", "job"),
            Column("unit_id", "u.id", "province"),
            Column("language", "CASE f.language WHEN 'en' THEN 'en' ELSE 'zh-hans' END", "language"),
            Column("speaks", "coalesce(regexp_split_to_array(nullif(f.speaks, ''), ' +'), '{}')", "speaks"),
            # Nobody's account is opened or closed by a cell that says nothing.
            Column("is_active", "coalesce(f.active, t.is_active, true)", "active"),
        ),
        (
            Column("username", "coalesce(f.username, f.employee_id)", ""),
            # An unusable password: someone sets one, or the operator's own sign-in is used.
            Column("password", "'!' || md5(random()::text)", ""),
            Column("is_superuser", "false", ""),
        ),
        "LEFT JOIN staff_employee t ON t.code = f.employee_id "
        "LEFT JOIN staff_unit u ON u.code = concat_ws('/', f.province, f.city, f.team)",
    ),
    "groups": Target(
        "people_group",
        (Column("code", "f.group_id", "group_id"),),
        (*_NAMED, *_same("group_class", "group_kind", "wished_language"), _REGION),
        joins=f"LEFT JOIN people_group t ON t.code = f.group_id {_NAMES} {_REGIONS}",
    ),
    "customers": Target(
        "people_person",
        (Column("code", "f.customer_id", "customer_id"),),
        (
            *_NAMED,
            *_same("gender", "phone", "wished_language"),
            _REGION,
            *(
                Column(name, f"f.{name}", "birthday")
                for name in ("birthday_year", "birthday_month", "birthday_day")
            ),
            *_same("birthday_calendar", "papers", "organisation_kind", "rank", "brand", "strategic"),
            Column("annual_spend_fen", "f.annual_spend_yuan", "annual_spend_yuan"),
            Column("group_revenue_fen", "f.group_revenue_yuan", "group_revenue_yuan"),
            Column("plan_monthly_fen", "f.plan_monthly_yuan", "plan_monthly_yuan"),
            *_same("joined_date", "card_valid_until", "dunning_failed", "cancel_requested", "serious_harm"),
            *_same("override_card", "override_approved_by"),
        ),
        joins=f"LEFT JOIN people_person t ON t.code = f.customer_id {_NAMES} {_REGIONS}",
    ),
    "services": Target(
        "people_service",
        (Column("code", "f.service_id", "service_id"),),
        (
            Column("person_id", "p.id", "customer_id"),
            *_same("number", "kind", "brand", "status", "arrears_months"),
        ),
        joins=_PERSON,
    ),
    "bills": Target(
        "people_bill",
        (Column("person_id", "p.id", "customer_id"), Column("month", "f.month", "month")),
        (Column("amount_fen", "f.amount_yuan", "amount_yuan"),),
        joins=_PERSON,
    ),
    "signals": Target(
        "moments_signal",
        (Column("person_id", "p.id", "customer_id"), Column("day", "f.day", "day")),
        _same(*(name for name in FEEDS["signals"].names if name not in FEEDS["signals"].key)),
        joins=_PERSON,
    ),
}


def upsert(kind: str, given: frozenset[str]) -> str:
    """Write the rows of `feed_rows` that are new or differ; give the two counts (new, changed).

    `given` are the feed's columns that the file has: the others are left as they are.
    """
    target = TARGETS[kind]
    columns = [column for column in target.columns if column.needs in given]
    names = {column.name for column in columns}
    born = [column for column in target.at_birth if column.name not in names]
    inserted = [*target.key, *columns, *born]
    key = ", ".join(column.name for column in target.key)
    if columns:
        changes = ", ".join(f"{column.name} = EXCLUDED.{column.name}" for column in columns)
        old = ", ".join(f"kept.{column.name}" for column in columns)
        new = ", ".join(f"EXCLUDED.{column.name}" for column in columns)
        on_conflict = f"DO UPDATE SET {changes} WHERE ROW({old}) IS DISTINCT FROM ROW({new})"
    else:
        on_conflict = "DO NOTHING"
    return f"""
        WITH written AS (
            INSERT INTO {target.table} AS kept ({", ".join(column.name for column in inserted)})
            SELECT {", ".join(column.expression for column in inserted)}
            FROM feed_rows f {target.joins}
            ORDER BY f.line
            ON CONFLICT ({key}) {on_conflict}
            RETURNING (kept.xmax = 0) AS is_new
        )
        SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
    """
