"""Let one process at a time do an act, by PostgreSQL's advisory locks.

Nothing is written to say that an act runs: the lock is the database session's, and goes when the session
goes, even by `kill -9`. So there is no stale flag to clear after a crash.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

CHUNK = 2_000
"""How many rows one transaction of such an act changes at most."""

_OURS = 20_052
"""First half of every advisory lock of Upheld, so that other users of the database do not meet them."""


def _key(act: str) -> int:
    return zlib.crc32(act.encode()) - 2**31


def wait_for_turn(act: str) -> None:
    """Wait until no other transaction does this act, and keep others out until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_OURS, _key(act)])


def share_turn(act: str) -> None:
    """Wait until no transaction that does this act alone is under way; others that share it go on beside this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [_OURS, _key(act)])


@contextmanager
def turn_over_chunks(act: str) -> Iterator[None]:
    """Keep others out of an act that has many transactions, until the block ends or the session does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_OURS, _key(act)])
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            _let_go(act)


def _let_go(act: str) -> None:
    # Inside a failed transaction no statement runs; the lock then goes with the session.
    if connection.in_atomic_block and connection.needs_rollback:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_OURS, _key(act)])
