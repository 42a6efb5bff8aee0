"""What employees did, as facts: how each act ended, and what a promise was for; every fault by its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from upheld.policy.kinds.staff_points import EVENTS
from upheld.policy.problems import BadFacts, nearest

_KEYS = ("event", "action")


class StaffAct(NamedTuple):
    """How an act ended; `action` names what a promise was for (visit, call ...), None for other acts."""

    event: str
    action: str | None = None


def read_acts(raw: Any) -> tuple[StaffAct, ...]:
    """Read the acts of an employee; raises `BadFacts` naming every fault."""
    if not isinstance(raw, (list, tuple)):
        raise BadFacts(["is not a list of acts; write [{event: kept, action: visit}, ...]"])
    faults: list[str] = []
    found = []
    for place, item in enumerate(raw):
        if isinstance(item, StaffAct):
            found.append(item)
        else:
            found += _act(f"[{place}]", item, faults)
    if faults:
        raise BadFacts(faults)
    return tuple(found)


def _act(name: str, item: Any, faults: list[str]) -> list[StaffAct]:
    if not isinstance(item, Mapping):
        faults.append(f"{name}: {item!r} is not an act; write {{{', '.join(_KEYS)}}}")
        return []
    before = len(faults)
    for key in item:
        if key not in _KEYS:
            faults.append(f"{name}.{key}: unknown key{nearest(str(key), _KEYS)}; use {', '.join(_KEYS)}")
    event, action = item.get("event"), item.get("action")
    if event not in EVENTS:
        faults.append(f"{name}.event: {event!r} is not one of {', '.join(EVENTS)}; say how it ended")
    if action is not None and not (isinstance(action, str) and action.strip()):
        faults.append(f"{name}.action: {action!r} is not an action; leave it out where there is none")
    return [] if len(faults) > before else [StaffAct(str(event), action)]
