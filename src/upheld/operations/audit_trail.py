"""Write the audit trail: one entry for each act, each look behind a mask, each refusal.

An entry of an act stands in the act's own transaction, so that there is never one without the other. An act
over the whole base has a transaction for each chunk: every chunk that changed something has its entry there,
and a closing entry sums up the run. A refusal is written after the act has been rolled back, or it would be
rolled back with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from upheld.operations.refusals import NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.staff.models import Employee


def write_entry(
    *,
    act: str,
    by: Employee | None,
    subject_kind: str = "",
    subject_id: object = "",
    detail: dict[str, Any] | None = None,
    allowed: bool = True,
) -> Entry:
    """Add one entry. `by` is None for a command or a scheduled job; `detail` is anything that JSON can
    hold.
    """
    return Entry.objects.create(
        act=act,
        actor=by,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        detail=detail or {},
        allowed=allowed,
    )


def note_chunk(
    *,
    act: str,
    by: Employee | None,
    run: str,
    counts: Mapping[str, object],
    subject_kind: str = "",
    subject_id: object = "",
) -> Entry:
    """Note what one chunk of an act's run changed; call it within the chunk's transaction."""
    detail = {"run": run, **counts}
    return write_entry(
        act=f"{act}_chunk", by=by, subject_kind=subject_kind, subject_id=subject_id, detail=detail
    )


def note_refusal(
    *,
    act: str,
    by: Employee | None,
    subject_kind: str,
    subject_id: object,
    why: str,
    detail: Mapping[str, object] | None = None,
) -> Entry:
    """Note that somebody was refused something: another manager's customer, a promise that is not theirs
    to waive.
    """
    told = {**(detail or {}), "why": why}
    return write_entry(
        act=act, by=by, subject_kind=subject_kind, subject_id=subject_id, detail=told, allowed=False
    )


@contextmanager
def refusals_noted(*, act: str, by: Employee | None, subject_kind: str, subject_id: object) -> Iterator[None]:
    """Note a refusal that a `with` block raises; a transaction within the block is rolled back by then."""
    try:
        yield
    except NotAllowed as refused:
        note_refusal(act=act, by=by, subject_kind=subject_kind, subject_id=subject_id, why=refused.message)
        raise


def note_kept_after_all(contact_of: Mapping[int, int], *, by: Employee | None) -> None:
    """Note of each promise that it was broken and is kept: a contact in its window was written down only now.

    `contact_of` gives the contact's id by the promise's.
    """
    if contact_of:
        Entry.objects.bulk_create(
            Entry(
                act="keep_broken_promise",
                actor=by,
                subject_kind="promise",
                subject_id=str(promise_id),
                detail={"was": "broken", "interaction": contact_id},
            )
            for promise_id, contact_id in contact_of.items()
        )


def note_unmasking(*, by: Employee, subject_kind: str, subject_id: object, field: str) -> Entry:
    """Note that somebody looked at a number or a name in full; `field` is what was shown."""
    return write_entry(
        act="unmask", by=by, subject_kind=subject_kind, subject_id=subject_id, detail={"field": field}
    )
