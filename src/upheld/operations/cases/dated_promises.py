"""End what a case owes by an instant without a clock of its own: a call-back, an agreed visit.

The rule is that of the clocks (`live_clocks.py`): what was done by its instant is kept, whenever it was written down;
what was not is broken at that instant, whoever looks first, and marked as late once it is done.
"""

from __future__ import annotations

from datetime import datetime

from upheld.operations.cases.live_clocks import NOT_KEPT
from upheld.operations.record_contact import KEPT_AFTER_ALL
from upheld.records.promises.models import Promise

ENDS = ("state", "ended_at", "late", "end_reason", "paused_at", "warn_at")
"""The columns that an end changes."""


def end_as_done(owed: Promise, at: datetime) -> None:
    """End an open or broken promise that was done at an instant, and save it; the caller holds its row."""
    assert owed.due_at is not None
    if at <= owed.due_at:
        owed.end_reason = KEPT_AFTER_ALL if owed.state == "broken" else ""
        owed.state, owed.ended_at, owed.late = "kept", at, False
    else:
        if owed.state == "open":
            owed.state, owed.ended_at, owed.end_reason = "broken", owed.due_at, NOT_KEPT
        owed.late = True
    _save(owed)


def end_as_not_owed(owed: Promise, at: datetime, *, reason: str) -> None:
    """End an open promise that nobody owes any more, and save it; one whose time was over by then is broken."""
    assert owed.due_at is not None
    if owed.due_at < at:
        owed.state, owed.ended_at, owed.end_reason = "broken", owed.due_at, NOT_KEPT
    else:
        owed.state, owed.ended_at, owed.end_reason = "cancelled", at, reason
    _save(owed)


def _save(owed: Promise) -> None:
    owed.paused_at = owed.warn_at = None
    owed.save(update_fields=list(ENDS))
