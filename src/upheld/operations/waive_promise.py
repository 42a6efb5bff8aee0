"""Waive a promise: somebody who answers for the service, and is not the one who owes it, says why it need
not be kept.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import refusals_noted, write_entry
from upheld.operations.cases.waived_clocks import end_waived_clock
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.who_may import job_may
from upheld.records.cases.models import Case
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import is_in_region_of, serves_group, serves_person, team_of


def waive_promise(*, promise: Promise | int, reason: str, approver: Employee) -> Promise:
    """Waive an open or broken promise and return it; one already waived is returned as it is.

    The approver is a team lead (for the own team's promises, and for unassigned ones to customers whom the
    team serves or who live in its region) or above, and never the one responsible. Raises NotAllowed (with an
    audit entry) for anybody else, ActRefused for a missing reason or a promise kept or cancelled.
    """
    pk = promise.pk if isinstance(promise, Promise) else promise
    with refusals_noted(act="waive_promise", by=approver, subject_kind="promise", subject_id=pk):
        return _waive(pk, reason.strip(), approver)


def _forbidden(owed: Promise, approver: Employee) -> NotAllowed | None:
    if not job_may(approver, "waive_promise"):
        return NotAllowed("not_an_approver", "only a team lead or above may waive a promise")
    if owed.responsible_id == approver.pk:
        return NotAllowed("own_promise", "nobody waives an own promise")
    if not job_may(approver, "waive_promise_of_any_team") and not is_of_team(owed, approver):
        return NotAllowed("other_team", "the promise is another team's")
    return None


def is_of_team(owed: Promise, lead: Employee) -> bool:
    """Say whether a promise falls to a lead's team: to one of them, or to nobody yet and the customer is theirs."""
    if owed.responsible_id is not None:
        return team_of(lead).filter(pk=owed.responsible_id).exists()
    today, team = timezone.localdate(), list(team_of(lead).values_list("pk", flat=True))
    if owed.person_id is not None:
        served = serves_person(team, owed.person_id, day=today)
    else:
        served = serves_group(team, owed.group_id or 0, day=today)
    return served or is_in_region_of(lead, person_id=owed.person_id, group_id=owed.group_id, day=today)


@transaction.atomic
def _waive(pk: int, reason: str, approver: Employee) -> Promise:
    # The case first, as every act on a case does.
    case_id = Promise.objects.filter(pk=pk).values_list("case_id", flat=True).first()
    case = Case.objects.select_for_update(no_key=True).get(pk=case_id) if case_id is not None else None
    # Asked under the lock, with the approver as stored: the promise may be handed over meanwhile, the approver leave.
    owed = Promise.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if owed is None:
        raise ActRefused("no_such_promise", f"there is no promise {pk}")
    forbidden = _forbidden(owed, Employee.objects.select_related("unit").get(pk=approver.pk))
    if forbidden is not None:
        raise forbidden
    if not reason:
        raise ActRefused("no_reason", "a waiver needs a reason")
    if owed.state == "waived":
        return owed
    if owed.state not in ("open", "broken"):
        raise ActRefused("already_ended", f"the promise is {owed.state} and cannot be waived")
    was = owed.state
    owed.state, owed.ended_at, owed.late = "waived", timezone.now(), False
    owed.end_reason, owed.approved_by = reason, approver
    if case is not None:
        end_waived_clock(case, owed, by=approver, reason=reason, at=owed.ended_at)
    owed.paused_at = owed.warn_at = None
    owed.save(
        update_fields=["state", "ended_at", "late", "end_reason", "approved_by", "paused_at", "warn_at"]
    )
    detail = {"reason": reason, "was": was}
    write_entry(act="waive_promise", by=approver, subject_kind="promise", subject_id=pk, detail=detail)
    return owed
