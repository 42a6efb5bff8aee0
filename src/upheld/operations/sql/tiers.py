"""The SQL of ratings and memberships: both are copied in, since a whole base may change its cards in one night."""

from __future__ import annotations

RATING_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "int8"),
    ("person_id", "int8"),
    ("edition_id", "int8"),
    ("as_of", "date"),
    ("card", "varchar"),
    ("state", "varchar"),
    ("because", "jsonb"),
    ("provisional_card", "varchar"),
    ("run", "varchar"),
)

MEMBERSHIP_COLUMNS: tuple[tuple[str, str], ...] = (
    ("person_id", "int8"),
    ("card", "varchar"),
    ("state", "varchar"),
    ("from_date", "date"),
    ("rating_id", "int8"),
)

# A membership names its rating, so the ratings' ids are drawn before both are copied.
DRAW_RATING_IDS = "SELECT nextval(pg_get_serial_sequence('tiers_rating', 'id')) FROM generate_series(1, %s)"


def _copy(table: str, columns: tuple[tuple[str, str], ...]) -> str:
    return f"COPY {table} ({', '.join(name for name, _ in columns)}) FROM STDIN (FORMAT BINARY)"


ADD_RATINGS = _copy("tiers_rating", RATING_COLUMNS)
ADD_MEMBERSHIPS = _copy("tiers_membership", MEMBERSHIP_COLUMNS)
