"""One SMPP 3.4 session with a centre: binds, submits, and acknowledges a delivery when it is told to, not before.

`smpp34` reads and writes the units of the protocol. Its own client acknowledges what a centre delivers before anybody
can have stored it, so the session is ours: an acknowledgement is a promise that nothing is lost any more.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from struct import Struct
from typing import Any

import smpp34

log = logging.getLogger("upheld.messages")

BIND_TRANSCEIVER, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
GENERIC_NACK, ANSWER = 0x8000_0000, 0x8000_0000
"""The answer to a request has its number with the highest bit set; without a number it is a refusal of anything."""
OK, UNKNOWN_COMMAND, LATER, NEVER = 0x00, 0x03, 0x64, 0x65
"""command_status: done; no such request here; not now (ESME_RX_T_APPN); never (ESME_RX_P_APPN)."""
NO_ANSWER = frozenset({0x0B, 0x102})
"""outbind and alert_notification, which nobody answers."""
VERSION = 0x34
LONGEST = 70_000
"""More octets than any unit has: the longest parameter takes 65,535."""
MOST_UNSTORED = 20_000
"""Deliveries that wait to be stored; what comes beyond is asked for again later."""
CONNECT_SECONDS, ENQUIRE_SECONDS, UNBIND_SECONDS = 10.0, 30.0, 2.0

_HEAD = Struct(">IIII")


class SessionEnded(Exception):
    """The session is over, or never began; what was asked and not answered may have been done."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a centre delivered; `answer` says whether it is stored: what is not, the centre delivers again later."""

    unit: Any
    answer: Callable[[bool], None]


class Session(asyncio.Protocol):
    """A connection to a centre. `connect` makes one that is bound; `ended` is set once it is over."""

    def __init__(self, on_delivery: Callable[[Delivery], None]) -> None:
        self.ended = asyncio.Event()
        self._on_delivery = on_delivery
        self._wire: Any = None
        self._read = bytearray()
        self._sequence = 0
        self._unanswered: dict[int, asyncio.Future[tuple[int, bytes]]] = {}
        self._unstored = 0
        self._leaving = False

    @property
    def is_open(self) -> bool:
        """Tell whether anything may still be asked."""
        return self._wire is not None and not self._leaving and not self._wire.is_closing()

    # --- asking -----------------------------------------------------------------------------------------------

    def submit(self, **fields: Any) -> asyncio.Future[tuple[int, bytes]]:
        """Send a `submit_sm` at once; the future is its answer: the status, and the octets of its body.

        Raises SmppError or ValueError for fields that no unit holds, SessionEnded where the session is over: nothing
        was sent then.
        """
        sequence, answer = self._expect()
        try:
            self._wire.write(smpp34.SubmitSm(**fields, sequence_number=sequence).encode())
        except (smpp34.SmppError, ValueError):
            del self._unanswered[sequence]
            raise
        return answer

    def ask(self, command: int, body: bytes = b"") -> asyncio.Future[tuple[int, bytes]]:
        """Send any request at once; the future is its answer."""
        sequence, answer = self._expect()
        self._send(command, OK, sequence, body)
        return answer

    async def unbind(self) -> None:
        """Take leave of the centre, and end."""
        if self.is_open:
            leave = self.ask(UNBIND)
            self._leaving = True
            with suppress(SessionEnded, TimeoutError):
                await asyncio.wait_for(leave, UNBIND_SECONDS)
        self.end()

    def end(self) -> None:
        """End at once."""
        self._leaving = True
        if self._wire is not None:
            self._wire.abort()

    async def watch(self) -> None:
        """Ask now and then whether the centre is still there; ends the session where it does not answer."""
        while True:
            await asyncio.sleep(ENQUIRE_SECONDS)
            try:
                await asyncio.wait_for(self.ask(ENQUIRE), ENQUIRE_SECONDS)
            except SessionEnded:
                return
            except TimeoutError:
                log.warning("the centre does not answer any more")
                self.end()
                return

    def _expect(self) -> tuple[int, asyncio.Future[tuple[int, bytes]]]:
        if not self.is_open:
            raise SessionEnded("the session is over")
        self._sequence = self._sequence % 0x7FFF_FFFF + 1
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self._unanswered[self._sequence] = answer
        return self._sequence, answer

    def _send(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        if self._wire is not None and not self._wire.is_closing():
            self._wire.write(_HEAD.pack(16 + len(body), command, status, sequence) + body)

    # --- being told -------------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._wire = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """End: whoever waits for an answer gets none."""
        self._leaving = True
        unanswered, self._unanswered = self._unanswered, {}
        for answer in unanswered.values():
            if not answer.done():
                answer.set_exception(SessionEnded(str(exc or "the connection was closed")))
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        """Take whole units out of what has come so far."""
        self._read += data
        begin = 0
        while len(self._read) - begin >= 16:
            length, command, status, sequence = _HEAD.unpack_from(self._read, begin)
            if not 16 <= length <= LONGEST:
                log.warning("the centre sent a unit of %s octets", length)
                self.end()
                return
            if len(self._read) - begin < length:
                break
            self._take(bytes(self._read[begin : begin + length]), command, status, sequence)
            begin += length
        del self._read[:begin]

    def _take(self, unit: bytes, command: int, status: int, sequence: int) -> None:
        if command & ANSWER:
            answer = self._unanswered.pop(sequence, None)
            if answer is not None and not answer.done():
                # A refusal of anything is one, whatever status it names.
                refused = status or (NEVER if command == GENERIC_NACK else OK)
                answer.set_result((refused, unit[16:]))
        elif command == DELIVER:
            self._deliver(unit, sequence)
        elif command in (ENQUIRE, UNBIND):
            self._send(command | ANSWER, OK, sequence)
            if command == UNBIND:
                self._leaving = True
                self._wire.close()
        elif command not in NO_ANSWER:
            self._send(GENERIC_NACK, UNKNOWN_COMMAND, sequence)

    def _deliver(self, unit: bytes, sequence: int) -> None:
        if self._unstored >= MOST_UNSTORED:
            self._send(DELIVER | ANSWER, LATER, sequence, b"\0")
            return
        try:
            told = smpp34.decode(unit)
        except smpp34.SmppError as problem:
            log.warning("the centre delivered what nobody can read: %s", problem)
            self._send(DELIVER | ANSWER, NEVER, sequence, b"\0")
            return
        self._unstored += 1

        def answer(stored: bool) -> None:
            self._unstored -= 1
            self._send(DELIVER | ANSWER, OK if stored else LATER, sequence, b"\0")

        self._on_delivery(Delivery(told, answer))


async def connect(
    *,
    host: str,
    port: int,
    system_id: str,
    password: str,
    system_type: str,
    trust: ssl.SSLContext | None,
    on_delivery: Callable[[Delivery], None],
) -> Session:
    """Connect and bind as a transceiver, by TLS where `trust` is given; raises SessionEnded or OSError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_SECONDS):
        _, session = await loop.create_connection(
            lambda: Session(on_delivery), host, port, ssl=trust, server_hostname=host if trust else None
        )
        words = (system_id, password, system_type)
        body = b"".join(word.encode() + b"\0" for word in words) + bytes([VERSION, 0, 0, 0])
        try:
            status, _ = await session.ask(BIND_TRANSCEIVER, body)
        except BaseException:
            session.end()
            raise
    if status != OK:
        session.end()
        raise SessionEnded(f"the centre does not let us bind: command_status 0x{status:02x}")
    return session
