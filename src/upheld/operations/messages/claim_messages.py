"""Take the messages that may go out now, and write down before anything is sent that somebody is sending them.

Everything that forbids a message is asked here, at the moment of sending: quiet hours by province, consent, refusals,
caps over all sources, its expiry, whether the person is still there and where, and which number may carry it. Claims
take turns, so that two senders at once never exceed a cap between them; the sending itself goes side by side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.messages.add_steps import Step, add_steps
from upheld.operations.sql import messages as sql
from upheld.operations.turns import wait_for_turn
from upheld.policy.editions import Edition
from upheld.policy.message_gate import EXPIRE, GO, HOLD, Asked, Gate, Sent, Verdict
from upheld.records.messages.choices import Channel, Line, Purpose
from upheld.records.messages.models import SenderNumber
from upheld.records.people.queries import provinces_of_regions
from upheld.records.standards.queries import edition_in_force, loaded_edition

TURN = "claim_messages"
RANKS = (0, 1, 2)
NO_SENDER, NO_ADDRESS, GONE, NO_EDITION = "no_sender", "no_address", "gone", "no_standard"
LOOK_AGAIN = timedelta(minutes=10)
"""When to look again at what waits for something that people must see to: a sender number, a standard in force."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that may go out now, with what the last look before it needs again (`asked`; None for an employee)."""

    message_id: int
    attempt_id: int
    person_id: int | None
    channel: str
    address: str
    sender: str
    subject: str
    content: str
    asked: Asked | None
    expires_at: datetime


@dataclass
class Claims:
    """What one turn brought: the messages to send, and how many were held, stopped or had expired."""

    claimed: list[Claimed] = field(default_factory=list)
    edition: Edition | None = None
    held: int = 0
    stopped: int = 0
    expired: int = 0

    @property
    def looked_at(self) -> int:
        """Tell how many messages were looked at."""
        return len(self.claimed) + self.held + self.stopped + self.expired


class _Row(NamedTuple):
    id: int
    channel: str
    purpose: str
    content: str
    subject: str
    expires_at: datetime
    tries: int
    person_id: int | None
    employee_id: int | None
    address: str | None
    region_id: int | None
    consent: str | None
    gone: bool
    because: str


def claim_messages(
    *, worker: str, limit: int, channels: Collection[str] = ("sms",), at: datetime | None = None
) -> Claims:
    """Take up to `limit` messages by the channels that the sender serves, service before care before commercial.

    Those that may go are marked as being sent by `worker`, with an attempt, in one committed transaction; the others
    are held until they might go, stopped or expired, with the clauses. Clauses: CT-22, LAW-7, LAW-8.
    """
    now = at or timezone.now()
    with transaction.atomic():
        wait_for_turn(TURN)
        rows = _candidates(limit, sorted(channels), now)
        if not rows:
            return Claims()
        return _Turn(rows, now, worker).take()


def _candidates(limit: int, channels: Sequence[str], now: datetime) -> list[_Row]:
    rows: list[_Row] = []
    with connection.cursor() as cursor:
        for rank in RANKS:
            asked: dict[str, Any] = {
                "rank": rank,
                "at": now,
                "channels": channels,
                "limit": limit - len(rows),
            }
            cursor.execute(sql.CANDIDATES, asked)
            rows += [_Row(*row) for row in cursor.fetchall()]
            if len(rows) >= limit:
                break
    return rows


class _Turn:
    """One turn at the outbox: what is known of the rows, and what becomes of each."""

    def __init__(self, rows: Sequence[_Row], now: datetime, worker: str) -> None:
        self.rows, self.now, self.worker = rows, now, worker
        record = edition_in_force(timezone.localdate(now))
        self.gate = None if record is None else Gate(loaded_edition(record), now)
        self.provinces = provinces_of_regions({row.region_id for row in rows if row.region_id is not None})
        self.senders = _senders()
        self.sent = self._sent_lately()
        self.claims = Claims(edition=None if self.gate is None else self.gate.edition)

    def take(self) -> Claims:
        """Judge every row in order and write down what becomes of it."""
        go: list[tuple[_Row, str, Asked | None]] = []
        kept: list[tuple[_Row, Verdict]] = []
        for row in self.rows:
            asked = self._asked(row)
            verdict, sender = self._judge(row, asked)
            if verdict.what == GO:
                go.append((row, sender, asked))
                if row.person_id is not None:
                    self.sent[row.person_id].append(Sent(self.now, row.purpose, row.channel))
            else:
                kept.append((row, verdict))
        self._keep_back(kept)
        self._begin(go)
        return self.claims

    def _asked(self, row: _Row) -> Asked | None:
        if row.person_id is None:
            return None
        province = self.provinces.get(row.region_id) if row.region_id is not None else None
        consent, refused = row.consent == "given", row.consent == "refused"
        return Asked(row.channel, row.purpose, province, consent, refused, row.expires_at)

    def _judge(self, row: _Row, asked: Asked | None) -> tuple[Verdict, str]:
        """Say what becomes of a row, and by which number it goes. The rules protect customers, not our own staff."""
        if row.expires_at <= self.now:
            return Verdict(EXPIRE, None, ("expired",)), ""
        if row.gone:
            return Verdict("stop", None, (GONE,)), ""
        if not row.address:
            return Verdict("stop", None, (NO_ADDRESS,)), ""
        later = min(self.now + LOOK_AGAIN, row.expires_at)
        if asked is not None:
            if self.gate is None:
                return Verdict(HOLD, later, (NO_EDITION,)), ""
            verdict = self.gate.verdict(asked, self.sent[row.person_id or 0])
            if verdict.what != GO:
                return verdict, ""
        if row.channel != Channel.SMS:
            return Verdict(GO), ""
        sender = self.senders.get(line_of(row.purpose), "")
        return (Verdict(GO), sender) if sender else (Verdict(HOLD, later, (NO_SENDER,)), "")

    def _sent_lately(self) -> dict[int, list[Sent]]:
        found: dict[int, list[Sent]] = defaultdict(list)
        if self.gate is None:
            return found
        people = sorted({row.person_id for row in self.rows if row.person_id is not None})
        longest = self.gate.longest({(row.purpose, row.channel) for row in self.rows})
        if people and longest:
            with connection.cursor() as cursor:
                cursor.execute(sql.BY_INDEX)
                cursor.execute(sql.SENT_LATELY, [people, self.now - longest])
                for person_id, *sent in cursor.fetchall():
                    found[person_id].append(Sent(*sent))
        return found

    def _keep_back(self, kept: Sequence[tuple[_Row, Verdict]]) -> None:
        if not kept:
            return
        held = [(row, verdict) for row, verdict in kept if verdict.what == HOLD]
        ended = [(row, verdict) for row, verdict in kept if verdict.what != HOLD]
        states = [_word(verdict) for _, verdict in ended]
        with connection.cursor() as cursor:
            if held:
                cursor.execute(
                    sql.HOLD,
                    [
                        [row.id for row, _ in held],
                        [verdict.until for _, verdict in held],
                        [", ".join(verdict.because) for _, verdict in held],
                    ],
                )
            if ended:
                because = [", ".join(verdict.because) for _, verdict in ended]
                cursor.execute(sql.END, [self.now, [row.id for row, _ in ended], states, because])
        steps = [
            Step(row.id, _word(verdict), why, verdict.until)
            for row, verdict in kept
            # What is held once more for the same reason has no new story to tell.
            if (why := ", ".join(verdict.because)) != row.because
        ]
        add_steps(steps, at=self.now)
        self.claims.held = len(held)
        self.claims.expired = states.count("expired")
        self.claims.stopped = states.count("stopped")

    def _begin(self, go: Sequence[tuple[_Row, str, Asked | None]]) -> None:
        if not go:
            return
        columns: list[Any] = [
            [row.id for row, _, _ in go],
            [row.address for row, _, _ in go],
            [sender for _, sender, _ in go],
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql.BY_INDEX)
            cursor.execute(sql.BEGIN, [*columns, self.now, self.now, self.worker])
            attempts = {message_id: attempt_id for attempt_id, message_id in cursor.fetchall()}
        self.claims.claimed = [
            Claimed(row.id, attempts[row.id], row.person_id, row.channel, row.address or "", sender, row.subject,
                    row.content, asked, row.expires_at)
            for row, sender, asked in go
        ]  # fmt: skip


def _word(verdict: Verdict) -> str:
    """Return the state, and the step, of a message that may not go."""
    return {HOLD: "held", EXPIRE: "expired"}.get(verdict.what, "stopped")


def line_of(purpose: str) -> str:
    """Return which numbers carry messages of a purpose: commercial ones never share one with the others (LAW-7)."""
    return Line.COMMERCIAL if purpose == Purpose.COMMERCIAL else Line.SERVICE


def _senders() -> Mapping[str, str]:
    """Give the number in use for each line, the one added first."""
    rows = SenderNumber.objects.filter(in_use=True).order_by("-pk").values_list("line", "number")
    return dict(rows)


def may_still_go(claimed: Claimed, gate: Gate | None, *, at: datetime) -> bool:
    """Say, right before a claimed message is handed over, whether the hour still lets it: time passes in a queue.

    `gate` stands at the second of `at`. Caps are not asked again, for the claim itself has taken its place in them;
    whether the customer refused meanwhile `last_word.agreeing` says.
    """
    if claimed.expires_at <= at:
        return False
    return claimed.asked is None or (gate is not None and gate.verdict(claimed.asked).what == GO)
