"""One bound session with an SMS centre over SMPP 3.4, kept up for as long as it is wanted.

It binds as a transceiver, binds again when the session ends, each time a little later, keeps a window of unanswered
submissions, and goes slower when the centre says so. What it does not know it does not hide: a submission without an
answer is `unanswered`, never `refused`, for the centre may have taken it.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import smpp34

from upheld.gateways.sms.told import (
    MESSAGE_PAYLOAD,
    USER_MESSAGE_REFERENCE,
    IncomingTold,
    ReceiptTold,
    read_delivery,
)

log = logging.getLogger("upheld.messages")

THROTTLED = frozenset({0x58, 0x14})
"""ESME_RTHROTTLED and ESME_RMSGQFUL: nothing was taken, later it may be."""
LATER = frozenset({0x08, 0x64, 0x65, 0x66})
"""Errors of the centre itself and of an application behind it, which pass: nothing was taken."""
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 5.0
ANSWER_SECONDS = 30.0
BIND_PAUSES = (0.5, 60.0)


@dataclass(frozen=True)
class Centre:
    """Where the centre is and how it wants to be spoken to; the password comes from the environment."""

    host: str
    port: int
    system_id: str
    password: str
    system_type: str = ""
    tls: bool = False
    window: int = 50
    long_by: str = "parts"
    """How a long message goes: cut in `parts`, or whole as `payload`."""
    receipts: bool = True
    per_second: int = 0
    """At most so many submissions a second; 0: as many as the window lets."""
    first_bind_pause: float = BIND_PAUSES[0]

    def __repr__(self) -> str:
        return f"Centre({self.host}:{self.port}, {self.system_id})"


@dataclass(frozen=True, slots=True)
class Submitted:
    """How one submission ended: `accepted` with the centre's id, `refused`, `later` (nothing taken), `unanswered`."""

    result: str
    centre_id: str = ""
    error: str = ""


NOT_BOUND = Submitted("later", error="not bound")
TOO_LATE = Submitted("later", error="too late")
"""Neither is the message's fault, nor the centre's answer."""


class SmsLink:
    """The session with a centre: `run` keeps it up, `submit` hands one part over, callbacks take what comes in."""

    def __init__(
        self,
        centre: Centre,
        *,
        on_receipt: Callable[[ReceiptTold], None],
        on_incoming: Callable[[IncomingTold], None],
    ) -> None:
        self.centre = centre
        self._on_receipt, self._on_incoming = on_receipt, on_incoming
        self._session: Any = None
        self._bound = asyncio.Event()
        self._window = asyncio.Semaphore(centre.window)
        self._ending: asyncio.Future[None] | None = None
        self._pause = 0.0
        self._next_at = 0.0
        self.binds = 0

    @property
    def is_bound(self) -> bool:
        """Tell whether the session stands."""
        return self._bound.is_set()

    async def bound(self) -> None:
        """Wait until the session stands."""
        await self._bound.wait()

    async def run(self) -> None:
        """Bind, listen, and bind again when the session ends, until cancelled; then unbind."""
        pause = self.centre.first_bind_pause
        try:
            while True:
                try:
                    client = self._client()
                    self._session = await client.connect()
                except (smpp34.SmppError, OSError) as problem:
                    log.warning("no session with %r: %s; trying again in %.1f s", self.centre, problem, pause)
                    # Spread out, so that many senders do not come back at one instant.
                    await asyncio.sleep(pause * random.uniform(0.7, 1.0))
                    pause = min(pause * 2, BIND_PAUSES[1])
                    continue
                pause = self.centre.first_bind_pause
                self.binds += 1
                self._bound.set()
                log.info("bound to %r", self.centre)
                await self._listen()
                self._bound.clear()
                log.warning("the session with %r has ended", self.centre)
        finally:
            self._bound.clear()
            if self._session is not None:
                await _unbind(self._session)

    def _client(self) -> Any:
        centre = self.centre
        return smpp34.Client(
            centre.host, centre.port, centre.system_id, centre.password, bind_type="TRX",
            system_type=centre.system_type, tls=centre.tls, window_size=centre.window, inbound_capacity=20_000,
        )  # fmt: skip

    async def _listen(self) -> None:
        session = self._session
        while True:
            event = await session.next()
            if isinstance(event, smpp34.Disconnected):
                return
            if isinstance(event, smpp34.DeliverSmEvent):
                told = read_delivery(event)
                if isinstance(told, ReceiptTold):
                    self._on_receipt(told)
                else:
                    self._on_incoming(told)

    async def submit(
        self,
        *,
        to: str,
        sender: str,
        body: bytes,
        coding: int,
        has_header: bool,
        reference: int,
        may_go: Callable[[], bool] | None = None,
    ) -> Submitted:
        """Hand one part over and wait for the answer; waits for room in the window and for the pace of the centre.

        `may_go` is asked after the waiting, right before the part leaves: a slow centre must not carry it into an hour
        that forbids it.
        """
        async with self._window:
            await self._keep_pace()
            if not self._bound.is_set():
                return NOT_BOUND
            if may_go is not None and not may_go():
                return TOO_LATE
            session = self._session
            tlvs = [smpp34.Tlv(USER_MESSAGE_REFERENCE, reference.to_bytes(2, "big"))]
            if len(body) > 254:
                tlvs.append(smpp34.Tlv(MESSAGE_PAYLOAD, body))
                body = b""
            try:
                answer = await asyncio.wait_for(
                    session.submit_sm(
                        to, body, source_addr=sender, esm_class=0x40 if has_header else 0, data_coding=coding,
                        registered_delivery=1 if self.centre.receipts else 0, tlvs=tlvs,
                    ),
                    ANSWER_SECONDS,
                )  # fmt: skip
            except TimeoutError:
                self._give_up(session)
                return Submitted("unanswered", error=f"no answer within {ANSWER_SECONDS:.0f} s")
            except smpp34.SmppError as problem:
                self._give_up(session)
                return Submitted("unanswered", error=f"the session ended: {problem}"[:200])
        return self._read(answer)

    def _give_up(self, session: Any) -> None:
        """Hand nothing more to a session that owes an answer; `run` binds anew once it has ended."""
        if session is self._session and self._bound.is_set():
            self._bound.clear()
            self._ending = asyncio.ensure_future(_unbind(session))

    def _read(self, answer: Any) -> Submitted:
        if answer.is_success:
            self._pause = self._pause / 2 if self._pause > FIRST_PAUSE / 4 else 0.0
            return Submitted("accepted", centre_id=answer.message_id or "")
        status = int(answer.command_status)
        error = f"command_status 0x{status:02x}"
        if status in THROTTLED:
            self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            self._next_at = max(self._next_at, asyncio.get_running_loop().time() + self._pause)
            return Submitted("later", error=error)
        return Submitted("later" if status in LATER else "refused", error=error)

    async def _keep_pace(self) -> None:
        """Wait for one's turn where the centre asked for less, or where so many a second were agreed."""
        loop = asyncio.get_running_loop()
        apart = max(self._pause, 1 / self.centre.per_second if self.centre.per_second else 0.0)
        if not apart and self._next_at <= loop.time():
            return
        turn = max(self._next_at, loop.time())
        self._next_at = turn + apart
        await asyncio.sleep(max(0.0, turn - loop.time()))


async def _unbind(session: Any) -> None:
    with suppress(smpp34.SmppError, OSError, TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(session.unbind(), 2)
