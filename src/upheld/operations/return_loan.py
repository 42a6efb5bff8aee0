"""Take a lent phone or card back in: in which state it came, or that it is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.take_back_claim import lock_claims_of
from upheld.records.entitlements.choices import ReturnState
from upheld.records.entitlements.models import EntitlementUse, LoanReturn
from upheld.records.staff.models import Employee


@dataclass(frozen=True)
class Returned:
    """A loan that is over; `is_new` is false where the same return had been written down before."""

    use_id: int
    state: str
    is_new: bool = True


def return_loan(
    *, use: int, by: Employee | None, state: str, note: str = "", at: datetime | None = None
) -> Returned:
    """Write down that what was lent came back in a state of good, damaged or lost; told twice, it is stored once.

    Raises ActRefused for what is no loan, was taken back or came back otherwise, for an unknown state, for damage or
    loss without a word on it, and for a time before it was lent or to come; NotAllowed for whose job it is not.
    """
    why = "claiming entitlements is not part of the job"
    require_job(
        by, "claim_entitlement", act="return_loan", subject_kind="entitlement_use", subject_id=use, why=why
    )
    now = timezone.now()
    returned_at, said = at or now, note.strip()
    if state not in ReturnState.values:
        raise ActRefused("unknown_state", f"{state!r} is not one of {', '.join(ReturnState.values)}")
    if state != ReturnState.GOOD and not said:
        raise ActRefused("no_reason", "damage or loss needs a word on what happened")
    if returned_at > now:
        raise ActRefused("in_the_future", f"{returned_at.isoformat()} lies in the future")
    with transaction.atomic():
        return _return(use, by, state, said, returned_at)


def _return(pk: int, by: Employee | None, state: str, note: str, returned_at: datetime) -> Returned:
    loan = EntitlementUse.objects.filter(pk=pk).first()
    if loan is None or loan.reverses_id is not None or loan.detail.get("form") != "loan":
        raise ActRefused("no_such_loan", f"{pk} is no loan")
    if returned_at < loan.used_at:
        raise ActRefused("before_it_was_lent", f"it was lent at {loan.used_at.isoformat()}")
    lock_claims_of(loan)
    if EntitlementUse.objects.filter(reverses_id=pk).exists():
        raise ActRefused("taken_back", "the claim was taken back: nothing was lent")
    before = LoanReturn.objects.filter(use_id=pk).first()
    if before is not None and before.state != state:
        raise ActRefused("already_returned", f"it came back before, as {before.state}")
    if before is not None:
        return Returned(pk, state, is_new=False)
    LoanReturn.objects.create(use_id=pk, returned_at=returned_at, state=state, by=by, note=note)
    detail = {"state": state, "note": note, "entitlement": loan.entitlement}
    write_entry(act="return_loan", by=by, subject_kind="entitlement_use", subject_id=pk, detail=detail)
    return Returned(pk, state)
