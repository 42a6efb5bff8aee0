"""The last look before commercial messages leave: asks the database for many at once, and keeps refusals waiting.

Each message stands between its look and the wire for a turn of the loop or two; the transaction that asked stays open
until the last of its batch has left, so that a refusal is either seen or stored afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from django.db import connection, transaction

from upheld.operations.messages.last_word import agreeing

log = logging.getLogger("upheld.messages")


class _Batch:
    """Those who look together: whom they want to write to, what was answered, and whether all have left."""

    def __init__(self) -> None:
        self.people: list[int] = []
        self.inside = 0
        self.agreed: asyncio.Future[frozenset[int]] = asyncio.get_running_loop().create_future()
        self.left = threading.Event()

    def enter(self, person_id: int) -> None:
        self.people.append(person_id)
        self.inside += 1
        self.left.clear()

    def leave(self) -> None:
        self.inside -= 1
        if not self.inside:
            self.left.set()


class LastLooks:
    """Looks once more whether customers still agree to commercial messages, with a connection of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="last-looks")
        self._next: _Batch | None = None
        self._asking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def look(self, person_id: int) -> AsyncIterator[bool]:
        """Tell whether a person still agrees; while the block lasts no refusal is stored. LAW-7, LAW-8."""
        if self._next is None:
            self._next = _Batch()
        batch = self._next
        batch.enter(person_id)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        try:
            yield person_id in await asyncio.shield(batch.agreed)
        finally:
            batch.leave()

    async def close(self) -> None:
        """End the thread and its connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _disconnect)
        self._thread.shutdown()

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        while self._next is not None:
            batch, self._next = self._next, None
            await loop.run_in_executor(self._thread, self._hold, batch, loop)

    def _hold(self, batch: _Batch, loop: asyncio.AbstractEventLoop) -> None:
        """Ask within a transaction, and keep it open until all have left."""
        try:
            with transaction.atomic():
                agreed = agreeing(batch.people)
                loop.call_soon_threadsafe(_tell, batch, agreed)
                batch.left.wait()
        except Exception as problem:
            # Who is not known to agree does not; what was not answered for goes back into the outbox.
            log.warning("the last look failed: %s", problem)
            connection.close()
            loop.call_soon_threadsafe(_tell, batch, frozenset[int]())


def _tell(batch: _Batch, agreed: frozenset[int]) -> None:
    if not batch.agreed.done():
        batch.agreed.set_result(agreed)


def _disconnect() -> None:
    """Close the connection of the thread that this runs in."""
    connection.close()
