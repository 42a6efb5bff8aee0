"""Stage one file's rows in a temporary table, judge their references, and write what differs.

Runs inside the transaction of `import_feed`. Everything is done for the whole file at once; nothing here
goes through rows one by one but the reading itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from upheld.gateways.feeds import FeedFile, Reject
from upheld.gateways.feeds.cells import Birthday
from upheld.operations.move_promises import change_who_serves
from upheld.operations.sql import feed_periods, feeds, messages
from upheld.policy.feed_columns import SPOKEN
from upheld.policy.message_addresses import SHAPES
from upheld.records.people.models import Region
from upheld.records.people.names import search_columns
from upheld.records.staff.models import Unit, UnitKind

TELL_EVERY = 10_000


@dataclass
class Counts:
    """Count what became of a file's good rows; `rejects` holds every fault of the bad ones."""

    good: int = 0
    new: int = 0
    changed: int = 0
    rejects: list[Reject] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    """Employees whose accounts a file of staff closed, and `opened` those whose it opened again."""
    opened: list[int] = field(default_factory=list)


def load_file(feed: FeedFile, *, today: date, progress: Callable[[int], object] | None = None) -> Counts:
    """Load one opened file; rows that say no first day are of `today`.

    Raises FileRefused where the file proves damaged while it is read.
    """
    counts = Counts()
    kind = feed.feed.kind
    with connection.cursor() as cursor:
        _stage(cursor, feed, counts, progress)
        _reject_what_the_database_refuses(cursor, feed, counts)
        cursor.execute(feeds.COUNT_ROWS)
        counts.good = cursor.fetchone()[0]
        if kind in feed_periods.PERIODS:
            if kind == "assignments":
                # Not before: while a long file is read, appointments are agreed and books handed over.
                change_who_serves()
            _write_periods(cursor, feed, counts, today)
            return counts
        if kind == "addresses":
            _write_addresses(cursor, feed, counts)
            return counts
        if kind == "staff":
            _make_units(cursor)
            cursor.execute(feeds.CHANGED_ACCOUNTS)
            for employee_id, opens in cursor.fetchall():
                (counts.opened if opens else counts.closed).append(employee_id)
        if kind in ("groups", "customers"):
            if "region" in feed.given_columns:
                _make_regions(cursor)
            _make_search_columns(cursor, kind)
        cursor.execute(feeds.upsert(kind, feed.given_columns))
        counts.new, counts.changed = cursor.fetchone()
    return counts


def _stage(cursor: Any, feed: FeedFile, counts: Counts, progress: Callable[[int], object] | None) -> None:
    cursor.execute("DROP TABLE IF EXISTS feed_rows, feed_names, feed_periods")
    cursor.execute(feeds.create_staging(feed.feed))
    birthday = next((at for at, column in enumerate(feed.feed.columns) if column.type == "birthday"), None)
    with cursor.copy(feeds.copy_staging(feed.feed)) as copy:
        copy.set_types([type_ for _, type_ in feeds.staging_columns(feed.feed)])
        for number, (line, values) in enumerate(feed.good_rows(counts.rejects.append), 1):
            if birthday is not None:
                born = values[birthday] or Birthday(None, None, None)  # type: ignore[arg-type]
                values = (*values[:birthday], *born, *values[birthday + 1 :])
            copy.write_row((line, *values))
            if progress is not None and number % TELL_EVERY == 0:
                progress(number)


def _reject_what_the_database_refuses(cursor: Any, feed: FeedFile, counts: Counts) -> None:
    """Reject rows that name something unknown, every fault of a row at once."""
    faults: list[tuple[int, str, str, str, str]] = []
    for column in feed.feed.columns:
        if column.refers_to:
            cursor.execute(feeds.unknown_references(column.name, column.refers_to))
            remedy = f"correct the number, or import it with {column.refers_to} first"
            faults += [
                (line, column.name, value, f"{value!r} is not known among {column.refers_to}", remedy)
                for line, value in cursor.fetchall()
            ]
    if feed.feed.kind == "staff":
        cursor.execute(feeds.TAKEN_USERNAMES)
        faults += [
            (
                line,
                "username",
                value,
                f"{value!r} is the sign-in name of another employee",
                "write another one",
            )
            for line, value in cursor.fetchall()
        ]
        cursor.execute(feeds.UNKNOWN_LANGUAGES, [list(SPOKEN)])
        remedy = f"write some of {', '.join(SPOKEN)}, with spaces between"
        faults += [
            (line, "speaks", value, f"{value!r} holds what is no language served in", remedy)
            for line, value in cursor.fetchall()
        ]
    if feed.feed.kind == "addresses":
        shapes = [list(SHAPES), list(SHAPES.values())]
        cursor.execute(messages.NO_ADDRESSES, shapes)
        faults += [
            (
                line,
                "address",
                value,
                f"{value!r} is no address by {channel}",
                "correct it, or leave the cell empty",
            )
            for line, value, channel in cursor.fetchall()
        ]
        cursor.execute(messages.SMS_OF_CUSTOMERS)
        remedy = "write the number into the column phone of customers"
        faults += [
            (line, "channel", "sms", "a customer's SMS goes to the phone of customers", remedy)
            for (line,) in cursor.fetchall()
        ]
    if not faults:
        return
    lines = {fault[0] for fault in faults}
    rows = feed.raw_rows(lines)
    counts.rejects += [Reject(*fault, rows[fault[0]]) for fault in faults]
    cursor.execute(feeds.DROP_LINES, [list(lines)])


LONG_AGO = date(2005, 1, 1)
"""Since when somebody is in a group of whom a first list says no day: when the oldest standard began."""


def _write_periods(cursor: Any, feed: FeedFile, counts: Counts, today: date) -> None:
    kind = feed.feed.kind
    cursor.execute(feed_periods.PERIODS[kind].resolve)
    if kind == "members":
        role_given = "role" in feed.given_columns
        values = {"today": today, "long_ago": LONG_AGO, "role_given": role_given}
        cursor.execute(feed_periods.BEGIN_UNDATED_MEMBERS, values)
    unsaid = feed_periods.keep_what_is_not_said(kind, feed.given_columns)
    if unsaid is not None:
        cursor.execute(unsaid)
    cursor.execute(feed_periods.end_where_the_next_begins(kind))
    cursor.execute(feed_periods.end_earlier_ones(kind))
    cursor.execute(feed_periods.change_periods(kind))
    counts.changed = cursor.rowcount
    cursor.execute(feed_periods.add_periods(kind))
    counts.new = cursor.rowcount


def _write_addresses(cursor: Any, feed: FeedFile, counts: Counts) -> None:
    """Set and withdraw addresses; a file without the column says nothing of any."""
    if "address" not in feed.given_columns:
        return
    cursor.execute(messages.WITHDRAW_ADDRESSES)
    counts.changed = cursor.rowcount
    for whose in ("person", "employee"):
        cursor.execute(messages.set_addresses(whose))
        new, changed = cursor.fetchone()
        counts.new += new
        counts.changed += changed


def _make_search_columns(cursor: Any, kind: str) -> None:
    cursor.execute(feeds.new_names(kind))
    names = [name for (name,) in cursor.fetchall()]
    cursor.execute(feeds.CREATE_NAMES)
    with cursor.copy(feeds.COPY_NAMES) as copy:
        for name in names:
            found = search_columns(name)
            copy.write_row((name, found["pinyin_key"], found["bigrams"]))


def _make_regions(cursor: Any) -> None:
    """Make the regions that a file names by path, and those above them."""
    cursor.execute(feeds.REGION_PATHS)
    for (path,) in cursor.fetchall():
        _region(path.split("/"))


def _region(names: list[str]) -> Region:
    above = _region(names[:-1]) if len(names) > 1 else None
    region, _ = Region.objects.get_or_create(
        code="/".join(names), defaults={"name": names[-1] or "/".join(names), "parent": above}
    )
    return region


def _make_units(cursor: Any) -> None:
    """Make the units that a file of staff names, and those above them; a team is in its city's region."""
    cursor.execute(feeds.UNIT_PATHS)
    for path in cursor.fetchall():
        _unit([name for name in path if name])


_LEVELS = (UnitKind.PROVINCE, UnitKind.CITY, UnitKind.TEAM)


def _unit(names: list[str]) -> Unit:
    above = _unit(names[:-1]) if len(names) > 1 else None
    found = Unit.objects.filter(code="/".join(names)).first()
    return found or Unit.objects.create(
        code="/".join(names),
        name=names[-1],
        kind=_LEVELS[len(names) - 1],
        parent=above,
        region=_region(names[:2]),
    )
