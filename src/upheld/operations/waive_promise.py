"""Waive a promise: somebody who answers for the service, and is not the one who owes it, says why it need
not be kept.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import note_refusal, write_entry
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import team_of

MAY_WAIVE = ("team_lead", "service_department", "administrator")


def waive_promise(*, promise: Promise | int, reason: str, approver: Employee) -> Promise:
    """Waive an open or broken promise and return it; one already waived is returned as it is.

    The approver is a team lead (for the own team's and unassigned promises) or above, and never the one
    responsible. Raises NotAllowed (with an audit entry) for anybody else, ActRefused for a missing reason
    or a promise kept or cancelled.
    """
    pk = promise.pk if isinstance(promise, Promise) else promise
    owed = Promise.objects.filter(pk=pk).first()
    if owed is None:
        raise ActRefused("no_such_promise", f"there is no promise {pk}")
    forbidden = _forbidden(owed, approver)
    if forbidden is not None:
        note_refusal(
            act="waive_promise", by=approver, subject_kind="promise", subject_id=pk, why=forbidden.message
        )
        raise forbidden
    if not reason.strip():
        raise ActRefused("no_reason", "a waiver needs a reason")
    return _waive(owed.pk, reason.strip(), approver)


def _forbidden(owed: Promise, approver: Employee) -> NotAllowed | None:
    if approver.job not in MAY_WAIVE or not approver.is_active:
        return NotAllowed("not_an_approver", "only a team lead or above may waive a promise")
    if owed.responsible_id == approver.pk:
        return NotAllowed("own_promise", "nobody waives an own promise")
    leads = approver.job == "team_lead" and owed.responsible_id is not None
    if leads and not team_of(approver).filter(pk__in=[owed.responsible_id]).exists():
        return NotAllowed("other_team", "the promise is another team's")
    return None


@transaction.atomic
def _waive(pk: int, reason: str, approver: Employee) -> Promise:
    owed = Promise.objects.select_for_update(no_key=True).get(pk=pk)
    if owed.state == "waived":
        return owed
    if owed.state not in ("open", "broken"):
        raise ActRefused("already_ended", f"the promise is {owed.state} and cannot be waived")
    # Asked again under the lock: the promise may have been handed to the approver meanwhile.
    if owed.responsible_id == approver.pk:
        raise NotAllowed("own_promise", "nobody waives an own promise")
    was = owed.state
    owed.state, owed.ended_at, owed.late = "waived", timezone.now(), False
    owed.end_reason, owed.approved_by = reason, approver
    owed.save(update_fields=["state", "ended_at", "late", "end_reason", "approved_by"])
    detail = {"reason": reason, "was": was}
    write_entry(act="waive_promise", by=approver, subject_kind="promise", subject_id=pk, detail=detail)
    return owed
