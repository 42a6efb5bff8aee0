"""How a command that works in the foreground is told to stop, and how one is run beside another process.

Ctrl-C and a TERM signal are the same word: stop, and end what is under way. Whoever says it twice means it, and the
second one ends the process as the system would. A command that runs beside another process stops with it, even where
that one was killed and could tell nobody.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

LOOK_SECONDS = 0.5


@asynccontextmanager
async def until_stopped(*, beside: int | None) -> AsyncIterator[asyncio.Event]:
    """Give the event that a signal sets, or the end of the process that this one stands `beside` (its parent)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told_to_stop() -> None:
        stop.set()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)

    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, told_to_stop)
    watching = asyncio.create_task(_watch(beside, stop)) if beside is not None else None
    try:
        yield stop
    finally:
        if watching is not None:
            watching.cancel()


async def _watch(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(LOOK_SECONDS)
    stop.set()


@contextmanager
def command_beside(name: str, *, environment: Mapping[str, str], stop_seconds: float) -> Iterator[None]:
    """Run a command of `upheld` as a child while a `with` block lasts; it stops with this process, even by `kill -9`.

    One that has not stopped `stop_seconds` after it was told to is killed.
    """
    command = [sys.executable, "-m", "upheld.config.main", name, "--beside", str(os.getpid())]
    child = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(stop_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
