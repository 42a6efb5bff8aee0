"""What happened to a points account, as facts: bills, redemptions, bonuses, transfers and reversals.

Read whole, with every fault named by the number of the event, so that a ledger is never settled on half its events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from upheld.policy.facts import as_written, read_amount, read_day
from upheld.policy.kinds.points import EVENTS
from upheld.policy.problems import BadFacts, nearest

_KEYS = ("date", "kind", "amount_yuan", "points", "expires_date", "use")
_IN_YUAN = ("bill", "redeem", "reverse")
_LIMITED = ("bonus", "transfer_in")


@dataclass(frozen=True, slots=True)
class PointEvent:
    """One event: exactly one of `amount_fen` and `points` is given; `expires_date` is a bonus's own time limit."""

    event_date: date
    kind: str
    amount_fen: int | None = None
    points: int | None = None
    expires_date: date | None = None
    use: str | None = None


def read_events(raw: Any) -> tuple[PointEvent, ...]:
    """Read the events of an account, in the order given; raises `BadFacts` naming every fault of every event."""
    if not isinstance(raw, (list, tuple)):
        raise BadFacts(["is not a list of events"])
    messages: list[str] = []
    events = []
    for number, item in enumerate(raw, 1):
        if isinstance(item, PointEvent):
            events.append(item)
            continue
        faults: list[str] = []
        event = _read_event(item, faults)
        messages += [f"event {number}: {fault}" for fault in faults]
        if event is not None:
            events.append(event)
    if messages:
        raise BadFacts(messages)
    return tuple(events)


def _read_event(item: Any, faults: list[str]) -> PointEvent | None:
    if not isinstance(item, dict):
        faults.append("is not {date: , kind: , amount_yuan: or points: }")
        return None
    faults += [f"unknown key '{key}'{nearest(key, _KEYS)}" for key in item if key not in _KEYS]
    kind = str(item.get("kind"))
    if kind not in EVENTS:
        faults.append(f"kind: '{kind}' is not one of {', '.join(EVENTS)}{nearest(kind, EVENTS)}")
    day = _read(item, "date", read_day, faults)
    if item.get("date") is None:
        faults.append("date: is missing")
    amount = _read(item, "amount_yuan", read_amount, faults)
    points = _read(item, "points", _whole, faults)
    given = [key for key in ("amount_yuan", "points") if item.get(key) is not None]
    if len(given) != 1:
        faults.append("give either amount_yuan or points")
    elif given == ["amount_yuan"] and kind in EVENTS and kind not in _IN_YUAN:
        faults.append(f"amount_yuan: a {kind} is given in points")
    expires = _read(item, "expires_date", read_day, faults)
    if expires is not None:
        if kind in EVENTS and kind not in _LIMITED:
            faults.append(f"expires_date: a {kind} has no time limit of its own")
        elif day is not None and expires < day:
            faults.append(f"expires_date: {expires} is before the event's date {day}")
    use = item.get("use")
    if use is not None and not isinstance(use, str):
        faults.append(f"use: {use!r} is not text")
    if faults or day is None:
        return None
    return PointEvent(day, kind, amount, points, expires, use)


def _read(item: dict[str, Any], key: str, reader: Any, faults: list[str]) -> Any:
    value = item.get(key)
    if value is None:
        return None
    try:
        return reader(value)
    except ValueError as error:
        faults.append(f"{key}: {error}")
        return None


def _whole(value: Any) -> int:
    try:
        number = int(value)
        if isinstance(value, (bool, str)) or number != value:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{as_written(value)} is not a whole number of points") from None
    if number < 0:
        raise ValueError(f"'{value}' is negative")
    return number
