"""Compare the steps that a journey owes with the promises that are there: what to add, to move, to cancel.

Nothing is written here, and nothing read. A step is promised once on a journey:

- A promise that ended (kept, broken, waived) is history. It is never touched, and its step never promised again.
- An open promise whose step is still owed in the same window stays; only the responsible employee may change.
- Where the facts moved the window (a manager assigned, a VIP rated), the open promise is cancelled and one with the
  new window takes its place, unless that one would be over already: nobody is blamed for a day that nobody knew of.
- An open promise whose step is no longer owed is cancelled.
- A step whose window is over before it is known, or which was done before it was owed, is not promised.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from upheld.policy.journeys import Step

WINDOW_MOVED = "the facts of the journey moved its window"
NO_LONGER_OWED = "no longer owed: the facts of the journey changed"


class Standing(NamedTuple):
    """A promise of a journey that is there and not cancelled."""

    id: int
    step: str
    clause: str
    from_date: date
    due_date: date
    state: str
    responsible_id: int | None


@dataclass
class Changes:
    """What planning one journey anew comes to; `cancel` gives the reason by promise."""

    add: list[Step] = field(default_factory=list)
    move: list[int] = field(default_factory=list)
    cancel: dict[int, str] = field(default_factory=dict)
    unchanged: int = 0


def compare(
    *,
    owed: Iterable[Step],
    standing: Iterable[Standing],
    done: Collection[str],
    responsible_id: int | None,
    day: date,
    leavers: Collection[int] = (),
) -> Changes:
    """Say what to add, move (to another responsible employee) and cancel on one journey (JOIN-1 to JOIN-22)."""
    changes = Changes()
    there: dict[str, list[Standing]] = {}
    for promise in standing:
        there.setdefault(promise.step, []).append(promise)
    for step in owed:
        promises = there.pop(step.step, [])
        if any(one.state != "open" for one in promises):
            _cancel_open(promises, changes)
            continue
        fitting = [one for one in promises if _window(one) == (step.clause, step.from_date, step.due_date)]
        if not fitting and step.due_date >= day and step.step not in done:
            changes.add.append(step)
            changes.cancel |= dict.fromkeys((one.id for one in promises), WINDOW_MOVED)
            continue
        for one in fitting or promises:
            if one.responsible_id != responsible_id and not (
                responsible_id is None and one.responsible_id in leavers
            ):
                changes.move.append(one.id)
            else:
                changes.unchanged += 1
    for promises in there.values():
        _cancel_open(promises, changes)
    return changes


def _cancel_open(promises: Iterable[Standing], changes: Changes) -> None:
    changes.cancel |= {one.id: NO_LONGER_OWED for one in promises if one.state == "open"}


def _window(promise: Standing) -> tuple[str, date, date]:
    return promise.clause, promise.from_date, promise.due_date
