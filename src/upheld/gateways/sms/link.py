"""One bound session with an SMS centre over SMPP 3.4, kept up for as long as it is wanted.

It binds as a transceiver, binds again when the session ends, each time a little later, keeps a window of unanswered
submissions, and goes slower when the centre says so. What it does not know it does not hide: a submission without an
answer is `unanswered`, never `refused`, for the centre may have taken it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import smpp34

from upheld.gateways.sms.session import Delivery, Session, SessionEnded, connect
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
    authority: str = ""
    """A file of those who may vouch for the centre by TLS; empty: whom this machine trusts."""
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


LastLook = Callable[[], AbstractAsyncContextManager[bool]]
"""Whether a part may still go; while the block lasts, nothing that would forbid it is stored."""


class SmsLink:
    """The session with a centre: `run` keeps it up, `submit` hands one part over, a callback takes what comes in.

    The callback gets what was told, and how to tell the centre whether that is stored.
    """

    def __init__(
        self, centre: Centre, *, on_told: Callable[[ReceiptTold | IncomingTold, Callable[[bool], None]], None]
    ) -> None:
        self.centre = centre
        self._on_told = on_told
        self._session: Session | None = None
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
                    self._session = await self._connect()
                except (SessionEnded, OSError) as problem:
                    log.warning("no session with %r: %s; trying again in %.1f s", self.centre, problem, pause)
                    # Spread out, so that many senders do not come back at one instant.
                    await asyncio.sleep(pause * random.uniform(0.7, 1.0))
                    pause = min(pause * 2, BIND_PAUSES[1])
                    continue
                pause = self.centre.first_bind_pause
                self.binds += 1
                self._bound.set()
                log.info("bound to %r", self.centre)
                watching = asyncio.create_task(self._session.watch())
                try:
                    await self._session.ended.wait()
                finally:
                    watching.cancel()
                self._bound.clear()
                log.warning("the session with %r has ended", self.centre)
        finally:
            self._bound.clear()
            if self._session is not None:
                await self._session.unbind()

    async def _connect(self) -> Session:
        centre = self.centre
        # Made anew each time: certificates are renewed while a sender is at work.
        trust = ssl.create_default_context(cafile=centre.authority or None) if centre.tls else None
        return await connect(
            host=centre.host, port=centre.port, system_id=centre.system_id, password=centre.password,
            system_type=centre.system_type, trust=trust, on_delivery=self._hear,
        )  # fmt: skip

    def _hear(self, delivery: Delivery) -> None:
        self._on_told(read_delivery(delivery.unit), delivery.answer)

    async def submit(
        self,
        *,
        to: str,
        sender: str,
        body: bytes,
        coding: int,
        has_header: bool,
        reference: int,
        last_look: LastLook | None = None,
    ) -> Submitted:
        """Hand one part over and wait for the answer; waits for room in the window and for the pace of the centre.

        `last_look` is asked after the waiting, right before the part leaves: a slow centre must not carry it into an
        hour that forbids it.
        """
        async with self._window:
            await self._keep_pace()
            session = self._session
            if session is None or not self._bound.is_set():
                return NOT_BOUND
            tlvs = [smpp34.Tlv(USER_MESSAGE_REFERENCE, reference.to_bytes(2, "big"))]
            if len(body) > 254:
                tlvs.append(smpp34.Tlv(MESSAGE_PAYLOAD, body))
                body = b""
            fields = {
                "source_addr": sender, "destination_addr": to, "short_message": body, "data_coding": coding,
                "esm_class": 0x40 if has_header else 0, "tlvs": tlvs,
                "registered_delivery": 1 if self.centre.receipts else 0,
            }  # fmt: skip
            try:
                if last_look is None:
                    answering = session.submit(**fields)
                else:
                    async with last_look() as may_go:
                        if not may_go:
                            return TOO_LATE
                        answering = session.submit(**fields)
            except SessionEnded:
                return NOT_BOUND  # it was over before the part left
            except (smpp34.SmppError, ValueError) as problem:
                return Submitted("refused", error=f"no unit holds it: {problem}"[:200])
            try:
                status, told = await asyncio.wait_for(answering, ANSWER_SECONDS)
            except TimeoutError:
                self._give_up(session)
                return Submitted("unanswered", error=f"no answer within {ANSWER_SECONDS:.0f} s")
            except SessionEnded as problem:
                self._give_up(session)
                return Submitted("unanswered", error=f"the session ended: {problem}"[:200])
        return self._read(status, told)

    def _give_up(self, session: Session) -> None:
        """Hand nothing more to a session that owes an answer; `run` binds anew once it has ended."""
        if session is self._session and self._bound.is_set():
            self._bound.clear()
            self._ending = asyncio.ensure_future(session.unbind())

    def _read(self, status: int, told: bytes) -> Submitted:
        if not status:
            self._pause = self._pause / 2 if self._pause > FIRST_PAUSE / 4 else 0.0
            return Submitted("accepted", centre_id=told.split(b"\0", 1)[0].decode("latin-1"))
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
