"""Calls that asked for an agent, as facts: when each entered a queue, how long it waited, how the wait ended.

Read whole, every fault named by its place and with a remedy. A call that stayed in several queues is several items of
one `call`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from upheld.policy.facts import read_instant
from upheld.policy.problems import BadFacts, nearest
from upheld.policy.transcripts import read_milliseconds

ENDS = ("answered", "abandoned", "left_queue")
"""An agent answered; the caller hung up; the telephone system sent the caller out of the queue."""

_KEYS = ("call", "entered_at", "waited_seconds", "end")


class QueuedCall(NamedTuple):
    """One stay of a call in a queue; `call` is None where nobody knows which call it was."""

    call: str | None
    entered_at: datetime
    waited_ms: int
    end: str


def read_calls(raw: Any) -> tuple[QueuedCall, ...]:
    """Read the calls of a hotline; raises `BadFacts` naming every fault."""
    if not isinstance(raw, (list, tuple)):
        raise BadFacts(["is not a list of calls; write [{entered_at: , waited_seconds: , end: }, ...]"])
    faults: list[str] = []
    found = []
    for place, item in enumerate(raw):
        if isinstance(item, QueuedCall):
            found.append(item)
            continue
        call = _call(f"[{place}]", item, faults)
        if call is not None:
            found.append(call)
    if faults:
        raise BadFacts(faults)
    return tuple(found)


def _call(name: str, item: Any, faults: list[str]) -> QueuedCall | None:
    if not isinstance(item, Mapping):
        faults.append(f"{name}: {item!r} is not a call; write {{{', '.join(_KEYS)}}}")
        return None
    before = len(faults)
    for key in item:
        if key not in _KEYS:
            faults.append(f"{name}.{key}: unknown key{nearest(str(key), _KEYS)}; use {', '.join(_KEYS)}")
    call, end = item.get("call"), item.get("end")
    if call is not None and not (isinstance(call, str) and call.strip()):
        faults.append(f"{name}.call: {call!r} is not a name; leave it out where it is not known")
    if end not in ENDS:
        faults.append(f"{name}.end: {end!r} is not one of {', '.join(ENDS)}; say how the wait ended")
    entered_at = _instant(name, item.get("entered_at"), faults)
    waited_ms = _waited(name, item.get("waited_seconds"), faults)
    if entered_at is None or waited_ms is None or len(faults) > before:
        return None
    return QueuedCall(call, entered_at, waited_ms, str(end))


def _instant(name: str, value: Any, faults: list[str]) -> datetime | None:
    if value is None:
        faults.append(f"{name}.entered_at: missing; write an instant such as 2026-03-02T09:30:00+08:00")
        return None
    try:
        return read_instant(value)
    except ValueError as error:
        faults.append(f"{name}.entered_at: {error}")
        return None


def _waited(name: str, value: Any, faults: list[str]) -> int | None:
    if value is None:
        faults.append(
            f"{name}.waited_seconds: missing; write the seconds from entering to the end of the wait"
        )
        return None
    try:
        return read_milliseconds(value)
    except ValueError as error:
        faults.append(f"{name}.waited_seconds: {error}")
        return None
