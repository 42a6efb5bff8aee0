"""Let delivery receipts settle messages: they come before the answer, out of order, twice, or for an id never heard of.

Each is kept as it came; what a message's state is follows from all that is known of its parts, whenever it is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.messages.add_steps import Step, add_steps
from upheld.operations.sql import messages as sql
from upheld.operations.turns import wait_for_turn

TURN = "settle_messages"
DELIVERED = "DELIVRD"
NEVER = frozenset({"UNDELIV", "EXPIRED", "DELETED", "REJECTD", "UNKNOWN"})
"""What a centre says of a part that will not arrive any more; anything else is on its way."""
DOUBT_SETTLED = "settled_by_receipt"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery receipt as the centre sent it; `reference` where it gives ours back."""

    centre_id: str
    address: str
    stat: str
    received_at: datetime
    error: str = ""
    reference: int | None = None
    raw: str = ""


def store_receipts(*, receipts: Sequence[Receipt], at: datetime | None = None) -> int:
    """Keep receipts as they came and settle the messages they are about; return how many were settled."""
    if not receipts:
        return 0
    now = at or timezone.now()
    with transaction.atomic():
        # Answers and receipts take turns: two that come at one instant would not see each other.
        wait_for_turn(TURN)
        add_receipts(receipts)
        return settle_by_receipts(receipts, at=now)


def add_receipts(receipts: Sequence[Receipt]) -> None:
    """Add receipts as they came; within a transaction that has the turn."""
    rows = [
        (
            one.centre_id[:80],
            one.address[:32],
            one.stat[:16],
            one.error[:16],
            one.reference,
            one.raw,
            one.received_at,
        )
        for one in receipts
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(sql.ADD_RECEIPTS, [list(column) for column in zip(*rows, strict=True)])


def settle_by_receipts(receipts: Sequence[Receipt], *, at: datetime) -> int:
    """Settle the messages that some stored receipts are about, and doubts that they prove wrong; return how many."""
    if not receipts:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.BY_INDEX)
        cursor.execute(sql.MESSAGES_OF_RECEIPTS, [[one.centre_id for one in receipts]])
        known = [pk for (pk,) in cursor.fetchall()]
    references = sorted({one.reference for one in receipts if one.reference is not None})
    return settle(known, at=at) + settle_doubts(references, at=at)


def settle(message_ids: Collection[int], *, at: datetime) -> int:
    """Bring messages to the state that their parts' receipts tell; return how many changed. Within a transaction."""
    ids = sorted(set(message_ids))
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.BY_INDEX)
        cursor.execute(sql.LOCK, [ids])
        cursor.execute(sql.STATS_OF_PARTS, [ids])
        attempts: dict[tuple[int, int], Heard] = defaultdict(Heard)
        for message_id, attempt_id, part, parts, stat, error in cursor.fetchall():
            attempts[message_id, attempt_id].hear(part, parts, stat, error)
        told: dict[int, tuple[str, str]] = {}
        for (message_id, _), attempt in sorted(attempts.items()):
            verdict = attempt.verdict()
            if verdict is not None and told.get(message_id, ("",))[0] != "delivered":
                told[message_id] = verdict
        return write_settled(told, at)


class Heard:
    """What the centre has said of the parts of one attempt."""

    def __init__(self) -> None:
        self.parts = 0
        self.stats: dict[int, set[str]] = defaultdict(set)
        self.errors: dict[str, str] = {}

    def hear(self, part: int, parts: int, stat: str | None, error: str | None) -> None:
        """Take in what was said of a part; a part of which nothing was said counts as one all the same."""
        self.parts = parts
        if stat is not None:
            self.stats[part].add(stat)
            self.errors[stat] = error or ""

    def verdict(self) -> tuple[str, str] | None:
        """Delivered once all parts are; failed once one never will be: a part delivered after all counts more."""
        if sum(DELIVERED in stats for stats in self.stats.values()) == self.parts:
            return "delivered", ""
        for stats in self.stats.values():
            if DELIVERED not in stats and (never := sorted(stats & NEVER)):
                return "failed", f"{never[0]} {self.errors[never[0]]}".strip()
        return None


def settle_doubts(references: Sequence[int], *, at: datetime) -> int:
    """Settle a doubtful message by receipts that give our reference back: they prove that it went out.

    Only where a single message fits, and every part of it is told as delivered: less proves nothing.
    """
    if not references:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql.BY_REFERENCE, [list(references)])
        fits: dict[str, set[int]] = defaultdict(set)
        told: dict[int, set[str]] = defaultdict(set)
        for message_id, _, centre_id, stat in cursor.fetchall():
            fits[centre_id].add(message_id)
            if stat == DELIVERED:
                told[message_id].add(centre_id)
        alone = {pk: ids for pk, ids in told.items() if all(len(fits[centre_id]) == 1 for centre_id in ids)}
        if not alone:
            return 0
        cursor.execute(sql.LOCK, [sorted(alone)])
        cursor.execute(
            "SELECT id, segments FROM messaging_message WHERE id = ANY(%s) AND state = 'doubtful'",
            [list(alone)],
        )
        whole = [pk for pk, segments in cursor.fetchall() if len(alone[pk]) >= segments]
        add_steps([Step(pk, "settled", DOUBT_SETTLED) for pk in whole], at=at)
        return write_settled(dict.fromkeys(whole, ("delivered", "")), at)


def write_settled(told: dict[int, tuple[str, str]], at: datetime) -> int:
    """Bring messages to the state that is known of them, each with why; return how many changed."""
    if not told:
        return 0
    states, why = [state for state, _ in told.values()], [why for _, why in told.values()]
    with connection.cursor() as cursor:
        cursor.execute(sql.SETTLE, [list(told), states, why, [at] * len(told)])
        return len(cursor.fetchall())
