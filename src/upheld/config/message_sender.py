"""The sender: claims messages, hands them over, and writes down what became of them, for as long as it is wanted.

Claims, submissions and writing go side by side: while one batch is on its way the next is claimed, and answers and
receipts are stored many at a time. An attempt is in the database before its message leaves; what an answer never came
for is a doubt. What the centre delivers is acknowledged once it is stored, and delivered again where we died before.
When it is told to stop it claims nothing more, gives back what it has not begun, and waits a moment
for the answers to what it has.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import Error, connection
from django.utils import timezone

from upheld.config.last_looks import LastLooks
from upheld.gateways.messages.notifier import Notifier
from upheld.gateways.sms.link import NOT_BOUND, TOO_LATE, Centre, LastLook, SmsLink, Submitted
from upheld.gateways.sms.told import IncomingTold, ReceiptTold
from upheld.operations.messages.claim_messages import Claimed, Claims, claim_messages, may_still_go
from upheld.operations.messages.consent import take_incoming
from upheld.operations.messages.count_deliveries import count_deliveries
from upheld.operations.messages.doubt_abandoned import doubt_abandoned, hold_as_sender
from upheld.operations.messages.settle_messages import Receipt
from upheld.operations.messages.store_results import (
    ACCEPTED,
    NOT_SENT,
    REFUSED,
    UNANSWERED,
    PartAnswer,
    Result,
    store_results,
)
from upheld.policy.message_gate import Gate
from upheld.policy.sms_parts import REFERENCES, coding_of, encoded, short_messages

log = logging.getLogger("upheld.messages")

BATCH = 500
LOOK_SECONDS = 1.0
WRITE_SECONDS = 0.1
"""So long what comes back is gathered before it is written down."""
QUIET_SECONDS = 0.01
"""A centre that delivers nothing more for so long waits for our word, and is not kept waiting."""
SWEEP_SECONDS = 5.0
STOP_SECONDS = 10.0
FRESH_SECONDS = 20.0
"""A claim older than this is given back: a refusal may have come since."""
AGAIN = timedelta(seconds=30)
"""When to try again what the centre had no room for; each try waits longer."""
LONGEST_THROTTLED = 15.0
AT_ONCE_ELSEWHERE = 4

Answer = TypeVar("Answer")
ToCentre = Callable[[bool], None]
"""Tells the centre whether what it delivered is stored."""


class MessageSender:
    """One sender with a link to the SMS centre, or the other ways, or both. `run` works until told to stop."""

    def __init__(
        self,
        *,
        centre: Centre | None = None,
        notifier: Notifier | None = None,
        clock: Callable[[], datetime] = timezone.now,
        batch: int = BATCH,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"[:64]
        self.notifier, self.clock, self.batch, self.look_seconds = notifier, clock, batch, look_seconds
        self.link = SmsLink(centre, on_told=self._hear) if centre else None
        self.receipts_asked = centre is not None and centre.receipts
        self.long_by = centre.long_by if centre else "parts"
        self.sent = 0
        self._sms: asyncio.Queue[tuple[Claimed, float]] = asyncio.Queue()
        self._elsewhere: asyncio.Queue[tuple[Claimed, float]] = asyncio.Queue()
        self._results: list[Result] = []
        self._receipts: list[tuple[Receipt, ToCentre]] = []
        self._incoming: list[tuple[IncomingTold, datetime, str, ToCentre]] = []
        self._answers: list[tuple[ToCentre, bool]] = []
        self._to_write = asyncio.Event()
        self._edition: Any = None
        self._gate: Gate | None = None
        self._busy = 0
        self._ending = False
        self._last_looks = LastLooks()
        # Claims and writing have a connection each; the first one carries the sign that this sender is at work.
        self._claims_thread = ThreadPoolExecutor(1, thread_name_prefix="claims")
        self._writes_thread = ThreadPoolExecutor(1, thread_name_prefix="writes")
        self._holds = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; database and centre may go away and come back meanwhile.

        Raises what no part of the work can go on after; what was under way is then in doubt, as after a crash.
        """
        link = asyncio.create_task(self.link.run()) if self.link else None
        writing = asyncio.create_task(self._write())
        sweeping = asyncio.create_task(self._sweep())
        sending = [asyncio.create_task(self._send_sms()) for _ in range(self._window)]
        sending += [asyncio.create_task(self._send_elsewhere()) for _ in range(AT_ONCE_ELSEWHERE)]
        claiming = asyncio.create_task(self._claim())
        work = [writing, sweeping, *sending, claiming] + ([link] if link is not None else [])
        told = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([told, *work], return_when=asyncio.FIRST_COMPLETED)
            failed = [one.exception() for one in work if one.done()]
        finally:
            await _end(told, claiming, sweeping)
            self._give_back()
            await self._until_idle(STOP_SECONDS)
            await _end(*sending)
            # What came back is stored, and acknowledged while the session still stands.
            self._ending = True
            self._to_write.set()
            await asyncio.wait([writing], timeout=STOP_SECONDS)
            await _end(writing)
            if link is not None:
                await _end(link)
            await self._last_looks.close()
            for thread in (self._claims_thread, self._writes_thread):
                await asyncio.get_running_loop().run_in_executor(thread, _disconnect)
                thread.shutdown()
        for problem in failed:
            if problem is not None:
                raise problem

    @property
    def _window(self) -> int:
        return self.link.centre.window if self.link else 0

    # --- claims ---------------------------------------------------------------------------------------------

    async def _claim(self) -> None:
        while True:
            channels = set(self.notifier.channels) if self.notifier else set()
            if self.link is not None and self.link.is_bound:
                channels.add("sms")
            room = self.batch - self._sms.qsize() - self._elsewhere.qsize()
            if not channels or room < self.batch // 2:
                await asyncio.sleep(0.005 if channels else self.look_seconds / 10)
                continue
            claims = await self._asking(self._claims_thread, partial(self._claim_some, channels))
            if claims is None or not claims.looked_at:
                await asyncio.sleep(self.look_seconds)
                continue
            if claims.edition is not self._edition:
                self._edition, self._gate = claims.edition, None
            begun = time.monotonic()
            for one in claims.claimed:
                (self._sms if one.channel == "sms" else self._elsewhere).put_nowait((one, begun))

    def _claim_some(self, channels: set[str]) -> Claims:
        if not self._holds:
            hold_as_sender(self.worker)
            self._holds = True
        return claim_messages(worker=self.worker, limit=self.batch, channels=channels, at=self.clock())

    async def _asking(self, thread: ThreadPoolExecutor, act: Callable[[], Answer]) -> Answer | None:
        """Run an act on the database in a thread; where the database fails it, say so, wait, and return None."""
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, act)
        except Error as problem:
            log.warning("the database does not answer: %s", problem)
            await asyncio.get_running_loop().run_in_executor(thread, _disconnect)
            if thread is self._claims_thread:
                self._holds = False
            await asyncio.sleep(self.look_seconds)
            return None

    def _give_back(self) -> None:
        """Let what was claimed and not begun wait for the next sender."""
        for queue in (self._sms, self._elsewhere):
            while not queue.empty():
                claimed, _ = queue.get_nowait()
                self._note(Result(claimed.message_id, claimed.attempt_id, NOT_SENT))

    async def _until_idle(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while self._busy and time.monotonic() < ends:
            await asyncio.sleep(0.01)

    # --- sending --------------------------------------------------------------------------------------------

    def _fit(self, claimed: Claimed, begun: float) -> bool:
        """Look once more, right before a message leaves."""
        now = self.clock()
        second = now.replace(microsecond=0)
        if self._edition is not None and (self._gate is None or self._gate.at != second):
            self._gate = Gate(self._edition, second)
        return time.monotonic() - begun < FRESH_SECONDS and may_still_go(claimed, self._gate, at=now)

    @asynccontextmanager
    async def _last_look(self, claimed: Claimed, begun: float) -> AsyncIterator[bool]:
        """Tell right before a message leaves whether it still may; no refusal is stored while the block lasts."""
        if not self._fit(claimed, begun):
            yield False
        elif claimed.person_id is None or claimed.asked is None or claimed.asked.purpose != "commercial":
            yield True
        else:
            async with self._last_looks.look(claimed.person_id) as agrees:
                yield agrees and self._fit(claimed, begun)

    async def _send_sms(self) -> None:
        while True:
            claimed, begun = await self._sms.get()
            self._busy += 1
            try:
                self._note(await self._submit(claimed, partial(self._last_look, claimed, begun)))
            except Exception as problem:
                self._note(self._stumbled(claimed, problem))
            finally:
                self._busy -= 1

    def _stumbled(self, claimed: Claimed, problem: Exception) -> Result:
        """Leave a message in doubt that we ourselves could not deal with: the others go on."""
        log.error("message %s could not be dealt with", claimed.message_id, exc_info=problem)
        return Result(
            claimed.message_id, claimed.attempt_id, UNANSWERED, why=f"{type(problem).__name__}"[:200]
        )

    async def _submit(self, claimed: Claimed, last_look: LastLook) -> Result:
        """Hand over a message, part by part; once one part is with the centre the others must follow."""
        assert self.link is not None
        reference = claimed.attempt_id % REFERENCES
        whole = self.long_by == "payload"
        bodies = [encoded(claimed.content)] if whole else short_messages(claimed.content, reference=reference)
        coding = coding_of(claimed.content)
        told: list[PartAnswer] = []
        for number, body in enumerate(bodies, 1):
            ends = time.monotonic() + LONGEST_THROTTLED
            while True:
                answer = await self.link.submit(
                    to=claimed.address, sender=claimed.sender, body=body, coding=coding,
                    has_header=len(bodies) > 1, reference=reference, last_look=None if told else last_look,
                )  # fmt: skip
                if answer.result != "later" or time.monotonic() > ends or not (told and self.link.is_bound):
                    break
            if answer.result == "later" and not told:
                return self._later(claimed, answer)
            result = "refused" if answer.result == "later" else answer.result
            told.append(PartAnswer(number, len(bodies), result, answer.centre_id, answer.error))
            if result != ACCEPTED:
                break
        self.sent += 1
        outcome = {"accepted": ACCEPTED, "unanswered": UNANSWERED}.get(told[-1].result, REFUSED)
        return Result(
            claimed.message_id, claimed.attempt_id, outcome, tuple(told),
            why="" if outcome == ACCEPTED else f"part {len(told)} of {len(bodies)}: {told[-1].error}",
            receipt_to_come=self.receipts_asked, address=claimed.address,
        )  # fmt: skip

    def _later(self, claimed: Claimed, answer: Submitted) -> Result:
        """Give back what the centre did not take; a broken session is not the message's fault and counts as no try."""
        fault = "" if answer in (NOT_BOUND, TOO_LATE) else answer.error
        again = self.clock() + (AGAIN if fault else timedelta(0))
        return Result(claimed.message_id, claimed.attempt_id, NOT_SENT, why=fault, again_at=again)

    async def _send_elsewhere(self) -> None:
        while True:
            claimed, begun = await self._elsewhere.get()
            self._busy += 1
            try:
                self._note(await self._notify(claimed, begun))
            except Exception as problem:
                self._note(self._stumbled(claimed, problem))
            finally:
                self._busy -= 1

    async def _notify(self, claimed: Claimed, begun: float) -> Result:
        assert self.notifier is not None
        async with self._last_look(claimed, begun) as may_go:
            if not may_go:
                return self._later(claimed, TOO_LATE)
            # Begun within the look; how long the other side takes, no refusal waits for.
            sending = asyncio.get_running_loop().run_in_executor(
                None,
                partial(
                    self.notifier.send, channel=claimed.channel, address=claimed.address,
                    subject=claimed.subject, content=claimed.content,
                ),
            )  # fmt: skip
        done = await sending
        outcome = ACCEPTED if done.taken else UNANSWERED
        part = PartAnswer(1, 1, "accepted" if done.taken else "unanswered", error=done.why)
        return Result(claimed.message_id, claimed.attempt_id, outcome, (part,), why=done.why)

    # --- what came back -------------------------------------------------------------------------------------

    def _note(self, result: Result) -> None:
        self._results.append(result)
        self._to_write.set()

    def _hear(self, told: ReceiptTold | IncomingTold, answer: ToCentre) -> None:
        now = self.clock()
        if isinstance(told, IncomingTold):
            self._incoming.append((told, now, os.urandom(8).hex(), answer))
        else:
            receipt = Receipt(
                told.centre_id, told.address, told.stat, now, told.error, told.reference, told.raw
            )
            self._receipts.append((receipt, answer))
        self._to_write.set()

    async def _write(self) -> None:
        while not (self._ending and not self._to_write.is_set()):
            await self._to_write.wait()
            await self._gather()
            self._to_write.clear()
            await self._store()

    async def _gather(self) -> None:
        """Wait for more to write down together, but not while the centre waits for our word and tells nothing more."""
        ends = time.monotonic() + WRITE_SECONDS
        heard = 0
        while not self._ending and (left := ends - time.monotonic()) > 0:
            await asyncio.sleep(min(left, QUIET_SECONDS))
            now = len(self._receipts) + len(self._incoming)
            if now and now == heard:
                return
            heard = now

    async def _store(self) -> None:
        """Store what came back, then tell the centre; what could not be stored stays and is tried again."""
        results, self._results = self._results, []
        receipts, self._receipts = self._receipts, []
        incoming, self._incoming = self._incoming, []
        if not (results or receipts or incoming):
            return
        done = await self._asking(self._writes_thread, partial(self._store_all, results, receipts, incoming))
        answers, self._answers = self._answers, []
        for answer, is_stored in answers:
            answer(is_stored)
        if done is None:
            # In front again: each act stores a thing once, however often it is told.
            self._results = results + self._results
            self._receipts = receipts + self._receipts
            self._incoming = incoming + self._incoming
            self._to_write.set()

    def _store_all(self, results: list[Result], receipts: list[Any], incoming: list[Any]) -> bool:
        store_results(results=results, receipts=[receipt for receipt, _ in receipts], at=self.clock())
        self._answers += [(answer, True) for _, answer in receipts]
        results.clear()
        receipts.clear()
        while incoming:
            told, heard_at, key, answer = incoming[0]
            try:
                take_incoming(
                    from_number=told.from_number, to_number=told.to_number, text=told.text, key=key,
                    at=heard_at,
                )  # fmt: skip
                self._answers.append((answer, True))
            except Error:
                raise
            except Exception:
                log.exception("what a customer sent could not be taken in; the centre is to deliver it again")
                self._answers.append((answer, False))
            incoming.pop(0)
        return True

    async def _sweep(self) -> None:
        """Find what senders that died had begun, and let deliveries keep their promises."""
        while True:
            await self._asking(self._writes_thread, self._sweep_once)
            await asyncio.sleep(SWEEP_SECONDS)

    def _sweep_once(self) -> int:
        now = self.clock()
        doubted = doubt_abandoned(myself=self.worker, at=now)
        if doubted:
            log.warning("%s messages are in doubt: their sender died", doubted)
        counted = 0
        while some := count_deliveries(at=now):
            counted += some
        return counted


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _disconnect() -> None:
    """Close the connection of the thread that this runs in."""
    connection.close()
