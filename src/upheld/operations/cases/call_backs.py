"""Promise to call a customer back (CT-10, CT-12), and keep that promise by a call that reached the customer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.cases.acting import OPEN_STATES, act_on
from upheld.operations.cases.dated_promises import end_as_done
from upheld.operations.job_required import require_job
from upheld.operations.record_contact import add_contacts, check_contact
from upheld.operations.refusals import ActRefused
from upheld.operations.which_edition import edition_for
from upheld.policy.clocks import warning_shares
from upheld.records.cases.models import Case
from upheld.records.evidence.models import Interaction
from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.staff.models import Employee

CLAUSE = "CT-10"
"""A hold that would be longer than two minutes becomes a call-back."""
LONGEST = timedelta(days=30)


def promise_call_back(
    *,
    case: Case | int,
    by: Employee | None,
    due_at: datetime,
    note: str = "",
    key: str | None = None,
    responsible: Employee | None = None,
    clause: str = CLAUSE,
    source: str = "call_back",
    permission: str = "work_case",
    at: datetime | None = None,
) -> Promise:
    """Owe the customer of a case a call by an instant; whoever works on the case, or `responsible`, makes it.

    `permission`: what who promises it must be allowed, where that is another than works on the case.
    Raises ActRefused for an instant that is over or more than LONGEST ahead, and where no standard has the clause.
    """
    states = OPEN_STATES | {"settled", "closed"}
    with act_on(case, by=by, key=key, at=at, permission=permission, states=states) as act:
        if act.done is not None:
            return Promise.objects.get(pk=act.done.detail["promise"])
        if not act.at < due_at <= act.at + LONGEST:
            raise ActRefused("bad_due_time", f"name an instant from now to {LONGEST.days} days ahead")
        record, edition = edition_for(timezone.localdate(act.at))
        try:
            standard = edition.clause(clause).standard
        except KeyError as error:
            raise ActRefused("no_clause", f"no standard in force has the clause {clause}") from error
        shares = warning_shares(edition)
        warn_ats = [act.at + (due_at - act.at) * share.numerator / share.denominator for share in shares]
        turns = Promise.objects.filter(case=act.case, clause=clause, action="call_back").values_list(
            "turn", flat=True
        )
        case_now = act.case
        promise = Promise.objects.create(
            person_id=case_now.person_id,
            group_id=case_now.group_id if case_now.person_id is None else None,
            action="call_back",
            channels=["call"],
            clause=clause,
            standard=standard,
            from_date=timezone.localdate(act.at),
            due_date=timezone.localdate(due_at),
            turn=max(turns, default=0) + 1,
            edition=record,
            source=source,
            responsible=responsible or case_now.handler or by,
            case=case_now,
            due_at=due_at,
            warn_ats=warn_ats,
            warn_at=warn_ats[0],
        )
        act.step("call_back", note=note, detail={"promise": promise.pk, "due_at": due_at.isoformat()})
        act.save()
        return promise


def keep_call_back(
    *,
    promise: Promise | int,
    by: Employee,
    key: str,
    note: str = "",
    outcome: str = "reached",
    at: datetime | None = None,
) -> Promise:
    """Record the call; one that reached the customer keeps the promise, late where its time was over.

    A call that reached nobody is kept as evidence, and the promise stays open. Raises ActRefused where it is no
    call-back, or has ended; NotAllowed where calling back is not part of the job.
    """
    pk = promise.pk if isinstance(promise, Promise) else promise
    why = "calling back is not part of the job"
    require_job(by, "work_case", act="keep_call_back", subject_kind="promise", subject_id=pk, why=why)
    now = timezone.now()
    happened_at = at or now
    with transaction.atomic():
        owed = (
            Promise.objects.select_for_update(no_key=True)
            .filter(pk=pk, action="call_back", case__isnull=False)
            .first()
        )
        if owed is None:
            raise ActRefused("no_such_promise", f"there is no call-back {pk}")
        check_contact("call", outcome, happened_at, owed.person_id, owed.group_id, key, now)
        call = Interaction(
            person_id=owed.person_id, group_id=owed.group_id, employee=by, channel="call",
            happened_at=happened_at, report=note, outcome=outcome, key=key,
        )  # fmt: skip
        ids = add_contacts([call])
        if key not in ids:
            return owed
        if owed.state not in ("open", "broken"):
            raise ActRefused("already_ended", f"the call-back is {owed.state}")
        PromiseEvidence.objects.create(promise=owed, interaction_id=ids[key])
        if outcome == "reached":
            end_as_done(owed, happened_at)
        detail = {"promise": owed.pk, "outcome": outcome, "interaction": ids[key]}
        write_entry(act="keep_call_back", by=by, subject_kind="case", subject_id=owed.case_id, detail=detail)
        return owed
