"""Take back a claim that was entered by mistake: a new row reverses it, and its place in the quota is free again.

The use itself is never changed. Somebody who used a quota to its end does not get it back by a colleague's favour, so
whoever did not enter it, or comes after its end, must be a team lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.audit_trail import refusals_noted, write_entry
from upheld.operations.cases.acting import act_on
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.sql import entitlements as sql
from upheld.operations.who_may import job_may
from upheld.records.entitlements.models import EntitlementUse, LoanReturn, QuotaPlace
from upheld.records.entitlements.queries import subject_key
from upheld.records.staff.models import Employee

LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class TakenBack:
    """The row that reverses a use; `is_new` is false where it had been taken back before."""

    use_id: int
    reversal_id: int
    is_new: bool = True


def take_back_claim(*, use: int, by: Employee | None, note: str, at: datetime | None = None) -> TakenBack:
    """Reverse a claim and free its place; taking it back again returns the same row.

    Raises ActRefused for a missing reason, a use that is not there, a reversal, or a loan that came back; NotAllowed
    (with an audit entry) for a colleague's claim, or one whose time is over, unless a team lead or above asks.
    """
    now = at or timezone.now()
    with refusals_noted(act="take_back_claim", by=by, subject_kind="entitlement_use", subject_id=use):
        return _take_back(use, by, note.strip(), now)


@transaction.atomic
def _take_back(pk: int, by: Employee | None, note: str, now: datetime) -> TakenBack:
    use = EntitlementUse.objects.filter(pk=pk).first()
    if use is None:
        raise ActRefused("no_such_claim", f"there is no claim {pk}")
    if use.reverses_id is not None:
        raise ActRefused("is_reversal", "a reversal is not reversed; claim it anew")
    forbidden = _forbidden(use, by, now)
    if forbidden is not None:
        raise forbidden
    if not note:
        raise ActRefused("no_reason", "taking a claim back needs a reason")
    lock_claims_of(use)
    before = EntitlementUse.objects.filter(reverses_id=pk).first()
    if before is not None:
        return TakenBack(pk, before.pk, is_new=False)
    if LoanReturn.objects.filter(use_id=pk).exists():
        raise ActRefused("already_returned", "what was lent has come back; that it was lent stands")
    reversal = EntitlementUse.objects.create(
        person_id=use.person_id, group_id=use.group_id, service_id=use.service_id, entitlement=use.entitlement,
        clause=use.clause, edition_id=use.edition_id, card=use.card, used_at=now, period=use.period, by=by,
        case_id=use.case_id, note=note, reverses=use, key=f"reverses {pk}",
    )  # fmt: skip
    _tell_the_taker(use, by, note)
    freed, _ = QuotaPlace.objects.filter(use_id=pk).delete()
    detail = {"reason": note, "entitlement": use.entitlement, "freed": freed}
    write_entry(act="take_back_claim", by=by, subject_kind="entitlement_use", subject_id=pk, detail=detail)
    return TakenBack(pk, reversal.pk)


def _tell_the_taker(use: EntitlementUse, by: Employee | None, note: str) -> None:
    """Write it on the open case by which the claim was handed on: who carries it out must not do so any more."""
    handed_on_as = use.detail.get("handed_on_as")
    if handed_on_as is None:
        return
    try:
        with act_on(handed_on_as, by=by, permission="read_case") as act:
            act.step("note", note=f"the claim was taken back: {note}"[:LONGEST_NOTE])
            act.save()
    except ActRefused as refused:
        # Closed or settled by now: it was carried out.
        if refused.code != "wrong_state":
            raise


def lock_claims_of(use: EntitlementUse) -> None:
    """Keep other claims, take-backs and returns of one entitlement by one subject out until the transaction ends."""
    whose = subject_key(person=use.person_id, group=use.group_id)
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_SUBJECT, [f"{whose} {use.entitlement}"])


def _forbidden(use: EntitlementUse, by: Employee | None, now: datetime) -> NotAllowed | None:
    if by is None or job_may(by, "take_back_claim_of_others"):
        return None
    if not job_may(by, "take_back_claim") or use.by_id != by.pk:
        return NotAllowed("not_yours", "the claim was entered by somebody else")
    if use.until_at is not None and use.until_at <= now:
        return NotAllowed("time_is_over", "its time is over, so a team lead has to take it back")
    return None
