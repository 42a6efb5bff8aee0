"""Find messages whose sender died in the middle: nobody knows whether they went out, and so nobody sends them again.

A sender at work holds a lock in the database for as long as its connection lives, which ends even with `kill -9`.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.messages.settle_messages import TURN, settle_doubts
from upheld.operations.messages.store_results import doubt
from upheld.operations.sql import messages as sql
from upheld.operations.turns import wait_for_turn
from upheld.policy.sms_parts import REFERENCES

OURS = 20_053
"""First half of the lock of every sender at work."""
SENDER_DIED = "sender_died"
LONGEST = timedelta(hours=1)
"""After so long a message is doubted even where its sender is at work."""


def hold_as_sender(worker: str) -> None:
    """Hold the lock of a sender on this connection, until the connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [OURS, _key(worker)])


def doubt_abandoned(*, myself: str = "", at: datetime | None = None) -> int:
    """Mark as doubtful what senders that are gone had begun; return how many. `myself` is at work, whatever it holds.

    Younger than `settings.MESSAGES_DOUBTED_AFTER_SECONDS` they are left alone: a sender that lost its connection for a
    moment may still bring the answers, which then settle the doubt as receipts do.
    """
    now = at or timezone.now()
    spared = timedelta(seconds=settings.MESSAGES_DOUBTED_AFTER_SECONDS)
    with transaction.atomic(), connection.cursor() as cursor:
        wait_for_turn(TURN)
        # A clock that was set back dates messages into the future: they are looked at as well.
        cursor.execute(sql.BEING_SENT, [now - spared, now + spared])
        rows = cursor.fetchall()
        at_work = {worker for worker in {row[2] for row in rows} if worker == myself or not _is_gone(worker)}
        left = [
            (pk, attempt_id)
            for pk, attempt_id, worker, sent_at in rows
            if worker not in at_work or abs(now - sent_at) > LONGEST
        ]
        if not left:
            return 0
        cursor.execute(sql.LOCK, [[pk for pk, _ in left]])
        marked = doubt(cursor, [(pk, SENDER_DIED) for pk, _ in left], now)
        settle_doubts([attempt_id % REFERENCES for _, attempt_id in left], at=now)
        return marked


def _is_gone(worker: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [OURS, _key(worker)])
        return bool(cursor.fetchone()[0])


def _key(worker: str) -> int:
    return zlib.crc32(worker.encode()) - 2**31
