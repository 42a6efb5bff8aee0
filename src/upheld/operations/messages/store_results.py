"""Write down what the SMS centre answered: taken over, turned down, not handed over, or nothing, which is a doubt.

A doubt is never resolved by guessing: a receipt that comes later settles it, or people decide (`decide_doubt`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.messages.add_steps import Step, add_steps
from upheld.operations.messages.settle_messages import (
    TURN,
    Heard,
    Receipt,
    add_receipts,
    settle_by_receipts,
    settle_doubts,
    write_settled,
)
from upheld.operations.sql import messages as sql
from upheld.operations.turns import wait_for_turn
from upheld.policy.sms_parts import REFERENCES

ACCEPTED, REFUSED, UNANSWERED, NOT_SENT = "accepted", "refused", "unanswered", "not_sent"
MOST_TRIES = 8
"""How often a message is tried that the centre has no room for, before it counts as failed."""


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """How the centre answered one part: `accepted` with its id, `refused` with an error, or `unanswered`."""

    part: int
    parts: int
    result: str
    centre_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How sending one message ended; `not_sent` is tried again at `again_at`.

    `receipt_to_come`: the centre was asked for receipts, so that only they say that it was delivered; they name the
    `address`.
    """

    message_id: int
    attempt_id: int
    outcome: str
    parts: tuple[PartAnswer, ...] = ()
    why: str = ""
    again_at: datetime | None = None
    receipt_to_come: bool = False
    address: str = ""


def store_results(
    *, results: Sequence[Result], receipts: Sequence[Receipt] = (), at: datetime | None = None
) -> None:
    """Store how sending ended, and the receipts that came meanwhile, all in one transaction.

    A result stored twice changes nothing the second time.
    """
    if not results and not receipts:
        return
    now = at or timezone.now()
    by_outcome: dict[str, list[Result]] = {ACCEPTED: [], REFUSED: [], UNANSWERED: [], NOT_SENT: []}
    for one in results:
        by_outcome[one.outcome].append(one)
    with transaction.atomic(), connection.cursor() as cursor:
        wait_for_turn(TURN)
        cursor.execute(sql.BY_INDEX)
        cursor.execute(sql.LOCK, [[one.message_id for one in results]])
        add_receipts(receipts)
        _add_parts(cursor, results, now)
        _accept(cursor, by_outcome[ACCEPTED], now)
        _refuse(cursor, by_outcome[REFUSED], now)
        _put_back(cursor, by_outcome[NOT_SENT], now)
        unanswered = by_outcome[UNANSWERED]
        doubt(cursor, [(one.message_id, one.why) for one in unanswered], now)
        settle_doubts([one.attempt_id % REFERENCES for one in unanswered], at=now)
        # What the receipts say of this very batch is known; the others are of messages stored before.
        here = {part.centre_id for one in results for part in one.parts}
        settle_by_receipts([one for one in receipts if one.centre_id not in here], at=now)


def _accept(cursor: Any, accepted: Sequence[Result], now: datetime) -> None:
    """Mark what the centre has taken over, and at once as delivered what its receipts have already told of."""
    if not accepted:
        return
    waiting = [one for one in accepted if one.receipt_to_come]
    told: dict[int, tuple[str, str]] = {}
    if waiting:
        ids = [part.centre_id for one in waiting for part in one.parts if part.centre_id]
        cursor.execute(sql.RECEIPTS_OF_IDS, [ids, now - timedelta(days=1)])
        heard: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for centre_id, *said in cursor.fetchall():
            heard[centre_id].append((said[0], said[1], said[2]))
        for one in waiting:
            attempt = Heard()
            for part in one.parts:
                attempt.hear(part.part, part.parts, None, None)
                for address, stat, error in heard.get(part.centre_id, ()):
                    # Centres use ids again: an id counts for the number it went to.
                    if address == one.address[-8:]:
                        attempt.hear(part.part, part.parts, stat, error)
            verdict = attempt.verdict()
            if verdict is not None:
                told[one.message_id] = verdict
    rest = [one for one in accepted if one.message_id not in told]
    if rest:
        to_come = [one.message_id for one in rest if one.receipt_to_come]
        cursor.execute(sql.ACCEPTED, [to_come, [one.message_id for one in rest]])
    write_settled(told, now)


def _add_parts(cursor: Any, results: Sequence[Result], now: datetime) -> None:
    rows = [
        (one.attempt_id, part.part, part.parts, part.result, part.centre_id[:80], part.error[:200])
        for one in results
        for part in one.parts
    ]
    if rows:
        cursor.execute(sql.ADD_PARTS, [now, *(list(column) for column in zip(*rows, strict=True))])


def _refuse(cursor: Any, refused: Sequence[Result], now: datetime) -> None:
    if not refused:
        return
    begun = [any(part.result == ACCEPTED for part in one.parts) for one in refused]
    why = [one.why[:200] for one in refused]
    cursor.execute(sql.REFUSED, [now, [one.message_id for one in refused], why, begun])


def _put_back(cursor: Any, back: Sequence[Result], now: datetime) -> None:
    """Let what was not handed over wait for another try; after too many it has failed."""
    if not back:
        return
    # Only what the centre turned away is a try: what a slow queue or a broken session gave back is not held against it.
    cursor.execute(sql.TURNED_AWAY, [[one.message_id for one in back if one.why], MOST_TRIES - 1])
    given_up = {pk for (pk,) in cursor.fetchall()}
    again = [one for one in back if one.message_id not in given_up]
    cursor.execute(
        sql.BACK,
        [
            [one.message_id for one in again],
            [one.attempt_id for one in again],
            [one.again_at or now for one in again],
            [one.why[:200] for one in again],
        ],
    )
    steps = [Step(one.message_id, "not_sent", one.why[:200], one.again_at) for one in again if one.why]
    add_steps(steps, at=now)
    _refuse(cursor, [one for one in back if one.message_id in given_up], now)


def doubt(cursor: Any, doubted: Sequence[tuple[int, str]], now: datetime) -> int:
    """Mark messages of which nobody knows whether they went out, each with why; return how many."""
    if not doubted:
        return 0
    why = dict(doubted)
    cursor.execute(sql.DOUBTED, [list(why), [reason[:200] for reason in why.values()]])
    marked = [pk for (pk,) in cursor.fetchall()]
    add_steps([Step(pk, "doubted", why[pk][:200]) for pk in marked], at=now)
    return len(marked)
