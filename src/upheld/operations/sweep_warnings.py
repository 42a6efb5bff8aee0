"""Warn of the clocks that run out: before they are due, as they are due, and after; and break what was not kept.

A sweep may come late, twice, or from two workers at once: a warning is stored once for each promise, stage and
recipient, and carries the instant for which it was due, not the one at which somebody got round to it. So an outage
delays warnings and changes nothing that is written down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.audit_trail import note_chunk, write_entry
from upheld.operations.cases.live_clocks import NOT_KEPT
from upheld.operations.run_counts import RunCounts, new_run
from upheld.operations.sql import warnings as sql
from upheld.operations.turns import CHUNK
from upheld.records.promises.choices import WarnedRole, WarningStage

RECIPIENTS: dict[str, tuple[str, ...]] = {
    WarningStage.BEFORE.value: (WarnedRole.HANDLER.value,),
    WarningStage.DUE.value: (WarnedRole.HANDLER.value, WarnedRole.TEAM_LEAD.value),
    WarningStage.AFTER.value: (
        WarnedRole.HANDLER.value,
        WarnedRole.TEAM_LEAD.value,
        WarnedRole.DEPARTMENT.value,
    ),
}
"""Who is warned at which stage, in the order of `warn_ats`."""

_ADDRESSED = [
    (number, stage, role)
    for number, (stage, roles) in enumerate(RECIPIENTS.items(), start=1)
    for role in roles
]
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Swept(RunCounts):
    """What a sweep did: promises warned of by stage, and promises broken."""

    before: int = 0
    due: int = 0
    after: int = 0
    broken: int = 0


def sweep_warnings(
    *, now: datetime | None = None, chunk: int = CHUNK, progress: Callable[[int], object] | None = None
) -> Swept:
    """Give the warnings whose instants have passed by `now`, and break the clocks that have run out; count them.

    Each chunk is a transaction with its audit entry. A promise is past its due time after that instant, not at it; it
    breaks as of its due time. One that stands still neither warns nor breaks. What another transaction has locked is
    left to the next sweep. `progress` is told after each chunk how many promises were looked at.
    """
    now = now or timezone.now()
    values: dict[str, Any] = {
        "now": now,
        "chunk": chunk,
        "reason": NOT_KEPT,
        "numbers": [number for number, _, _ in _ADDRESSED],
        "stages": [stage for _, stage, _ in _ADDRESSED],
        "roles": [role for _, _, role in _ADDRESSED],
    }
    run, swept, looked_at = new_run(), Swept(), 0
    for statement in (sql.GIVE_WARNINGS, sql.BREAK_RUN_OUT):
        since = _EVER
        while True:
            looked, last, part = _sweep_chunk(statement, {**values, "since": since}, run)
            swept.add(part)
            looked_at += looked
            if looked and progress is not None:
                progress(looked_at)
            if last is not None:
                # Later chunks begin where this one ended, past the dead rows that it leaves in the index.
                since = last
            elif since == _EVER:
                break
            else:
                # A clock that was moved while the chunk was read may lie before its end: look once more.
                since = _EVER
    if swept.numbers():
        detail = {"run": run, "now": now.isoformat(), **swept.numbers()}
        write_entry(act="sweep_warnings", by=None, subject_kind="warning", detail=detail)
    return swept


def _sweep_chunk(statement: str, values: dict[str, Any], run: str) -> tuple[int, datetime | None, Swept]:
    """Sweep one chunk; return how many promises were looked at, the last one's instant, and what was done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        looked, last, *counts = cursor.fetchone()
        part = Swept(*counts)
        if part.numbers():
            note_chunk(act="sweep_warnings", by=None, run=run, counts=part.numbers(), subject_kind="warning")
        return looked, last, part
