"""Write the clocks of cases as lines: what is owed, until when, how it stands, and the words that count down live.

A line carries its due time and the moment from which it is due soon; `clocks.js` counts from them, with the server's
own time, for the clock of a desk may be wrong. Without a script the words stand as the server wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from upheld.faces import case_words, why, wording
from upheld.records.cases.queries import OpenClock


@dataclass(frozen=True)
class ClockLine:
    """One clock, or call-back, as pages show it."""

    promise_id: int
    clause: str
    action: str
    title: str
    state: str
    late: bool
    standing: str
    """`on_time`, `soon`, `overdue` or `still`; of what has ended the state: kept, broken, waived, cancelled."""
    due_at: datetime
    soon_at: datetime
    left: str
    running: bool
    live: bool = True
    """Whether it counts down while the page is open; a past moment does not."""

    @property
    def due_words(self) -> str:
        """Write when it is due."""
        return case_words.moment(self.due_at)


def line_of(promise: Any, *, now: datetime) -> ClockLine:
    """Write one promise that is due at an instant, as it stands at `now`."""
    return line_from(
        promise_id=promise.pk,
        clause=promise.clause,
        action=promise.action,
        state=promise.state,
        late=promise.late,
        due_at=promise.due_at,
        paused_at=promise.paused_at,
        warn_ats=promise.warn_ats,
        now=now,
    )


def line_of_owed(owed: OpenClock, *, now: datetime) -> ClockLine:
    """Write one clock that a case still owes, as lists of cases read it."""
    return line_from(
        promise_id=owed.promise_id,
        clause=owed.clause,
        action=owed.action,
        state=owed.state,
        late=False,
        due_at=owed.due_at,
        paused_at=owed.paused_at,
        warn_ats=owed.warn_ats,
        now=now,
    )


def line_from(
    *,
    promise_id: int,
    clause: str,
    action: str,
    state: str,
    late: bool,
    due_at: datetime,
    paused_at: datetime | None,
    warn_ats: list[datetime],
    now: datetime,
    live: bool = True,
) -> ClockLine:
    """Write one line from columns, as lists read them."""
    soon_at = min(warn_ats[0], due_at) if warn_ats else due_at
    standing = standing_of(state, late=late, due_at=due_at, paused_at=paused_at, soon_at=soon_at, now=now)
    return ClockLine(
        promise_id=promise_id,
        clause=clause,
        action=action,
        title=why.title_of(action=action, on_occasion=None),
        state=state,
        late=late,
        standing=standing,
        due_at=due_at,
        soon_at=soon_at,
        left=left_in_words(standing, due_at=due_at, now=now),
        running=standing in ("on_time", "soon", "overdue"),
        live=live,
    )


def standing_of(
    state: str, *, late: bool, due_at: datetime, paused_at: datetime | None, soon_at: datetime, now: datetime
) -> str:
    """Say how a clock stands: one that was broken and is not done yet is overdue still."""
    if state == "broken" and not late:
        return "overdue"
    if state != "open":
        return state
    if paused_at is not None:
        return "still"
    if now > due_at:
        return "overdue"
    return "soon" if now >= soon_at else "on_time"


def left_in_words(standing: str, *, due_at: datetime, now: datetime) -> str:
    """Write what is left of a running clock, or by how much it is over."""
    if standing == "still":
        return str(case_words.STANDINGS["still"])
    if standing not in case_words.STANDINGS:
        return wording.word(wording.STATES, standing)
    time = case_words.span(due_at - now)
    return (gettext("%(time)s over") if now > due_at else gettext("%(time)s left")) % {"time": time}
