"""A make-believe SMS centre on loopback, for the demo alone: it takes every message and reaches nobody.

It runs as a process of its own, told its port and whose child it is, and ends with that process.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from typing import Any

import smpp34


async def serve(port: int, parent: int) -> None:
    """Take submissions and give a receipt for each, until the parent is gone."""
    server = smpp34.Server("127.0.0.1", port, system_id="make-believe")
    await server.start()
    listening = asyncio.create_task(_listen(server))
    while os.getppid() == parent:
        await asyncio.sleep(0.5)
    listening.cancel()


async def _listen(server: Any) -> None:
    sessions: dict[str, Any] = {}
    ids = itertools.count(int.from_bytes(os.urandom(4), "big"))
    receipts: set[asyncio.Task[None]] = set()
    while True:
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            sessions[event.session_id] = event
        elif isinstance(event, smpp34.Unbound):
            sessions.pop(event.session_id, None)
        elif isinstance(event, smpp34.SubmitSmEvent):
            message_id = f"demo{next(ids):x}"
            event.accept(message_id)
            task = asyncio.create_task(_tell(sessions.get(event.session_id), event, message_id))
            receipts.add(task)
            task.add_done_callback(receipts.discard)


async def _tell(session: Any, event: Any, message_id: str) -> None:
    """Say a moment later that the message arrived."""
    await asyncio.sleep(1)
    if session is None or not event.registered_delivery & 1:
        return
    text = f"id:{message_id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:"
    await session.deliver_sm(
        event.source_addr, text.encode(), source_addr=event.destination_addr, esm_class=4
    )


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
    os._exit(0)
