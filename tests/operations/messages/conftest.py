"""Stories of messages: a small operator with sender numbers, an SMS centre on loopback, a sender in a thread."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections
from tests.gateways.sms_centre import SmsCentre, wait_until
from tests.operations.conftest import at

from upheld.config.message_sender import MessageSender
from upheld.operations.messages.queue_message import queue_message
from upheld.records.messages.models import Message, SenderNumber
from upheld.records.people.models import Person

MONDAY = at("2026-08-03", 10)
"""Ten in the morning: nobody's quiet hours."""


@pytest.fixture
def numbers(operator: Any) -> Any:
    """Numbers to send from, one for each line."""
    SenderNumber.objects.create(number="10690001", line="service")
    SenderNumber.objects.create(number="10690002", line="commercial")
    return operator


@pytest.fixture
def centre() -> Iterator[SmsCentre]:
    """An SMS centre on loopback."""
    running = SmsCentre()
    yield running
    running.close()


def person(code: str = "P2") -> Person:
    return Person.objects.get(code=code)


def queued(key: str = "k", *, to: str = "P2", when: datetime = MONDAY, **changes: Any) -> int:
    """Queue a greeting, or something else, and return the message's id."""
    asked: dict[str, Any] = {"template": "greeting_new_year", "to": person(to), "source": "test", **changes}
    return queue_message(key=key, at=when, **asked).message_id


def offered(key: str = "o", *, to: str = "P2", when: datetime = MONDAY, **changes: Any) -> int:
    """Queue an offer."""
    words = {"offer": "合作商户九折", "until": "8月31日"}
    return queued(key, to=to, when=when, template="club_offer", variables=words, **changes)


def message(pk: int) -> Message:
    return Message.objects.get(pk=pk)


def wait_for(pk: int, *states: str) -> Message:
    """Wait until a message stands so; return it."""

    def stands() -> Message | None:
        row = message(pk)
        return row if row.state in states else None

    found: Message = wait_until(stands)
    return found


@contextmanager
def sender(clock: Callable[[], datetime] | None = None, **made: Any) -> Iterator[MessageSender]:
    """Run a sender in a thread of its own while a `with` block lasts."""
    clock = clock or (lambda: MONDAY)
    one = MessageSender(clock=clock, look_seconds=0.02, **made)
    ready, ended = threading.Event(), threading.Event()
    held: list[Any] = []

    async def work() -> None:
        stop = asyncio.Event()
        held.extend([asyncio.get_running_loop(), stop])
        ready.set()
        await one.run(stop)

    def live() -> None:
        try:
            asyncio.run(work())
        finally:
            connections.close_all()
            ended.set()

    threading.Thread(target=live, daemon=True).start()
    ready.wait(10)
    try:
        yield one
    finally:
        loop, stop = held
        loop.call_soon_threadsafe(stop.set)
        assert ended.wait(30)


VICTIM = """
import asyncio, os, django
django.setup()
from upheld.config.message_sender import MessageSender
from upheld.config.messages_command import centre_from
from datetime import datetime
sender = MessageSender(centre=centre_from(os.environ), clock=lambda: datetime.fromisoformat(os.environ["NOW"]))
asyncio.run(sender.run(asyncio.Event()))
"""


def victim(centre: SmsCentre, *command: str) -> subprocess.Popen[bytes]:
    """Run a sender as a process of its own on this test's database."""
    told = connection.settings_dict
    name, host, port = told["NAME"], told["HOST"], told["PORT"]
    words = {
        "DJANGO_SETTINGS_MODULE": "upheld.config.settings",
        "UPHELD_DATABASE_URL": _url(told, name, host, port),
        "UPHELD_SMS_HOST": "127.0.0.1",
        "UPHELD_SMS_PORT": str(centre.port),
        "UPHELD_SMS_SYSTEM_ID": "upheld",
        "UPHELD_SMS_PASSWORD": "secret",
        "NOW": MONDAY.isoformat(),
    }
    return subprocess.Popen([sys.executable, *(command or ("-c", VICTIM))], env={**os.environ, **words})


def _url(told: dict, name: str, host: str, port: object) -> str:
    url = os.environ["UPHELD_DATABASE_URL"]
    head, _, tail = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")
