"""Say who may work on what a manager owns: the manager, the leads above, the service department."""

from __future__ import annotations

from upheld.operations.audit_trail import note_refusal
from upheld.operations.job_required import require_job
from upheld.operations.refusals import NotAllowed
from upheld.operations.who_may import OVERSEEING
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import team_of


def require_craft(by: Employee, owner_id: int, *, act: str, subject_kind: str, subject_id: object) -> None:
    """Raise NotAllowed, noted in the audit trail, unless `by` owns it, leads the owner, or oversees."""
    require_job(by, "use_craft", act=act, subject_kind=subject_kind, subject_id=subject_id)
    if by.pk == owner_id or by.job in OVERSEEING:
        return
    if by.job == "team_lead" and team_of(by).filter(pk=owner_id).exists():
        return
    why = "this is another manager's"
    note_refusal(act=act, by=by, subject_kind=subject_kind, subject_id=subject_id, why=why)
    raise NotAllowed("not_yours", why)
