"""Hand a message to mail, WeCom, DingTalk or Feishu through Apprise, one address at a time.

How a way is reached is an Apprise address with `{address}` in it, such as `wecombot://{address}` or
`mailtos://user:word@smtp.example.com?from=care@example.com&to={address}`; it comes from the environment, for it holds
secrets. Apprise says yes or no and nothing in between: a no may hide that the message went out, so it is a doubt.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import quote

import apprise

log = logging.getLogger("upheld.messages")


@dataclass(frozen=True, slots=True)
class Notified:
    """Whether a message was taken over; `why` not, as Apprise told it."""

    taken: bool
    why: str = ""


class _Overheard(logging.Handler):
    """Hears what Apprise complains of, each call its own: another message's reason is none of this one's."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = _LINES.get()
        if lines is not None:
            lines.append(record.getMessage())


_LINES: ContextVar[list[str] | None] = ContextVar("apprise_lines", default=None)
"""Apprise takes the context of a call along into the threads of its own."""
# Once for the process: a handler for each call would hear the calls of all.
logging.getLogger("apprise").addHandler(_Overheard(logging.WARNING))


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Give the lines that belong to the calls of this block."""
    lines: list[str] = []
    before = _LINES.set(lines)
    try:
        yield lines
    finally:
        _LINES.reset(before)


class Notifier:
    """The ways that are set up, by channel (`mail`, `wecom`, `dingtalk`, `feishu`)."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = {channel: told for channel, told in addresses.items() if told}

    @property
    def channels(self) -> frozenset[str]:
        """Name the ways that are set up."""
        return frozenset(self._addresses)

    def send(self, *, channel: str, address: str, subject: str, content: str) -> Notified:
        """Hand a message over and wait for the answer; never raises. KeyError for a way that is not set up."""
        target = self._addresses[channel].replace("{address}", quote(address, safe="@"))
        way = apprise.Apprise()
        if not way.add(target):
            return Notified(False, "the way is not set up as Apprise wants it")
        with _listening() as lines:
            try:
                taken = way.notify(
                    body=content,
                    title=subject if channel == "mail" else "",
                    body_format=apprise.NotifyFormat.TEXT,
                )
            except Exception as problem:
                log.exception("%s could not be reached", channel)
                return Notified(False, f"{type(problem).__name__}: {problem}"[:200])
            why = " ".join(lines).strip() if not taken else ""
        # What Apprise tells may name the address it called, with its secrets.
        return Notified(
            bool(taken), why.replace(target, "...").replace(quote(address, safe="@"), "...")[:200]
        )
