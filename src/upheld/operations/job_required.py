"""Refuse an act to who has another job, before its transaction begins: a refusal noted within would go with it."""

from __future__ import annotations

from upheld.operations.audit_trail import note_refusal
from upheld.operations.refusals import NotAllowed
from upheld.operations.who_may import job_may
from upheld.records.staff.models import Employee


def require_job(
    by: Employee | None,
    permission: str,
    *,
    act: str,
    subject_kind: str,
    subject_id: object = "",
    code: str = "not_your_job",
    why: str = "this is not part of the job",
) -> None:
    """Raise NotAllowed, noted in the audit trail, unless the job of `by` carries the permission (None: the system)."""
    if by is not None and not job_may(by, permission):
        note_refusal(act=act, by=by, subject_kind=subject_kind, subject_id=subject_id, why=why)
        raise NotAllowed(code, why)
