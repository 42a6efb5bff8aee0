"""Say how a promise of a journey stands, by the ticks that count for it: the rule by which all its acts go.

It is the rule of `record_contact`: done within the window keeps the promise, also where it is written down late; done
after the window keeps an open one late, and leaves a broken one broken and done late.
"""

from __future__ import annotations

from datetime import datetime

from upheld.operations.record_contact import KEPT_AFTER_ALL, day_of
from upheld.records.evidence.models import Interaction
from upheld.records.evidence.queries import standing
from upheld.records.journeys.queries import standing_ticks
from upheld.records.promises.models import Promise

TAKEN_BACK = "the step that kept it was taken back after it was due"
FIELDS = ["state", "ended_at", "late", "end_reason"]


def first_done(promise: Promise) -> datetime | None:
    """Return when a step was first done: by the ticks that stand, or by a contact recorded for it elsewhere."""
    ticked = promise.journey_ticks.all()
    first = standing_ticks(ticked).order_by("at", "pk").values_list("at", flat=True).first()
    reached = Interaction.objects.filter(promise_links__promise=promise, outcome="reached")
    alone = reached.exclude(pk__in=ticked.filter(interaction__isnull=False).values("interaction"))
    recorded = standing(alone).order_by("happened_at").values_list("happened_at", flat=True).first()
    return min((at for at in (first, recorded) if at is not None), default=None)


def settle(promise: Promise, *, done_at: datetime | None, now: datetime) -> bool:
    """Put a promise into the state that its earliest standing tick (None: there is none) gives it.

    Waived and cancelled ones stay. Return whether anything changed; the caller saves `FIELDS`.
    """
    if promise.state in ("waived", "cancelled"):
        return False
    before = (promise.state, promise.ended_at, promise.late, promise.end_reason)
    was_broken = promise.state == "broken" or promise.end_reason == KEPT_AFTER_ALL
    if done_at is None:
        _undone(promise, now)
    elif day_of(done_at, promise) <= promise.due_date:
        promise.state, promise.ended_at, promise.late = "kept", done_at, False
        promise.end_reason = KEPT_AFTER_ALL if was_broken else ""
    elif not was_broken:
        promise.state, promise.ended_at, promise.late, promise.end_reason = "kept", done_at, True, ""
    else:
        if promise.state != "broken":
            promise.state, promise.ended_at, promise.end_reason = "broken", now, TAKEN_BACK
        promise.late = True
    return before != (promise.state, promise.ended_at, promise.late, promise.end_reason)


def _undone(promise: Promise, now: datetime) -> None:
    if day_of(now, promise) <= promise.due_date:
        promise.state, promise.ended_at, promise.late, promise.end_reason = "open", None, False, ""
    elif promise.state == "broken":
        promise.late = False
    else:
        promise.state, promise.ended_at, promise.late, promise.end_reason = "broken", now, False, TAKEN_BACK
