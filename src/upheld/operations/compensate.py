"""Give a customer what the law says for a missed limit (LAW-1, LAW-2): reckoned from the clocks, approved by a lead.

What was given is a step of the case. A fault that came back after that extends the outage: only the days beyond those
given already are given again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import refusals_noted
from upheld.operations.cases.acting import OPEN_STATES, act_on
from upheld.operations.cases.call_backs import promise_call_back
from upheld.operations.cases.clock_facts import stored_subject
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.visit_on_site import cause_of
from upheld.operations.which_edition import edition_for
from upheld.policy.compensation import Compensation, Missed, compensations_of
from upheld.policy.facts import read_amount
from upheld.policy.windows import window_of
from upheld.records.cases.models import Case, CaseStep
from upheld.records.cases.queries import ClockOfCase, clocks_of_case
from upheld.records.counter.queries import request_of_case
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import team_of

ANY_STATE = OPEN_STATES | {"settled", "closed"}
TELL_WITHIN = timedelta(hours=24)
"""By when the customer is told who has not been; moved on to an hour in which calls are made (CT-22)."""


@dataclass(frozen=True)
class Due:
    """What one clause gives for a case: all of it, what was given before, and what is left to give.

    `running`: the clock has not stopped, so that the days still grow. `amount_fen` is None where the rent or the fee is
    not known.
    """

    clause: str
    pays: str
    days: int
    amount_fen: int | None
    given_days: int
    given_fen: int
    base_fen: int | None
    from_at: datetime
    until_at: datetime
    running: bool

    @property
    def left_days(self) -> int:
        """Give the days that have not been given yet."""
        return max(self.days - self.given_days, 0)

    @property
    def left_fen(self) -> int | None:
        """Give the amount that has not been given yet."""
        return None if self.amount_fen is None else max(self.amount_fen - self.given_fen, 0)


def compensation_due(
    case: Case, *, at: datetime | None = None, base_fen: int | None = None
) -> tuple[Due, ...]:
    """Reckon what the law gives the customer of a case, whether or not it was given; nothing where no limit was missed.

    `base_fen` is the month's rent, or the fee, where the records do not know it.
    """
    now = at or timezone.now()
    if not Promise.objects.filter(case_id=case.pk, due_at__lt=now).exclude(state="cancelled").exists():
        return ()
    late = [one for one in clocks_of_case(case.pk) if _counts(one, now)]
    if not late:
        return ()
    came_back = _outages_after(case, now)
    missed = [_missed(one, came_back, now) for one in late]
    _, edition = edition_for(timezone.localdate(case.opened_at))
    subject = _subject(case, base_fen)
    owed = compensations_of(
        edition=edition, subject=subject, as_of=timezone.localdate(case.opened_at), missed=missed
    )
    still_out = {one.clock.stops_at for one in late if not one.ended}
    if any(until is None for _, until in came_back):
        still_out |= {one.clock.stops_at for one in late}
    return tuple(_due(case.pk, one, subject, one.stops_at in still_out) for one in owed)


def _due(case_id: int, owed: Compensation, subject: dict[str, Any], running: bool) -> Due:
    steps = CaseStep.objects.filter(case_id=case_id, what="compensated", detail__clause=owed.clause)
    given = list(steps.values_list("detail", flat=True))
    return Due(
        clause=owed.clause,
        pays=owed.pays,
        days=owed.days,
        amount_fen=owed.amount_fen,
        given_days=sum(one["days"] for one in given),
        given_fen=sum(one["amount_fen"] for one in given),
        base_fen=subject.get("plan_monthly_yuan" if owed.pays == "rent" else "fee_yuan"),
        from_at=owed.from_at,
        until_at=owed.until_at,
        running=running,
    )


def _counts(one: ClockOfCase, now: datetime) -> bool:
    """Say whether a clock used up more than its time; what another clock carries on is counted there."""
    if one.last.what == "cancelled" or hasattr(one.clock, "carried_by"):
        return False
    return _used(one, now) > one.clock.whole


def _used(one: ClockOfCase, now: datetime) -> timedelta:
    state = one.state_at(now)
    return state.used if state is not None else timedelta()


Stretch = tuple[datetime, datetime | None]


def _outages_after(case: Case, now: datetime) -> list[Stretch]:
    """Give the times in which a reopened case was without service again; None where it still is."""
    stretches: list[Stretch] = []
    steps = CaseStep.objects.filter(case_id=case.pk, at__lte=now).order_by("pk")
    for what, event, detail, at in steps.values_list("what", "event", "detail", "at"):
        if what == "reopened":
            stretches.append((at, None))
        ended = event == "repaired" or what in ("settled", "closed") or "repaired_again" in detail
        if ended and stretches and stretches[-1][1] is None:
            stretches[-1] = (stretches[-1][0], at)
    return stretches


def _missed(one: ClockOfCase, came_back: list[Stretch], now: datetime) -> Missed:
    """Tell policy of a clock that used up its time; how long there was no service is what it counted, and after it."""
    ended_at = one.last.at if one.ended else now
    after = [(from_at, until_at or now) for from_at, until_at in came_back if from_at >= ended_at]
    due_at, out_for = one.promise.due_at, None
    if one.clock.measure_unit == "continuous":
        due_at = min(due_at, ended_at - timedelta(microseconds=1))
        if not one.clock.pauses:
            out_for = _used(one, now) + sum((until - since for since, until in after), timedelta())
    done_at = after[-1][1] if after else ended_at
    return Missed(
        one.promise.clause,
        one.clock.stops_at,
        one.clock.public,
        one.clock.started_at,
        due_at,
        done_at,
        out_for,
    )


def _subject(case: Case, base_fen: int | None) -> dict[str, Any]:
    subject = dict(stored_subject(case))
    known = Person.objects.filter(pk=case.person_id or 0).values_list("plan_monthly_fen", flat=True).first()
    rent = known if base_fen is None else base_fen
    fee = _fee(case.pk) if base_fen is None else base_fen
    subject |= {"plan_monthly_yuan": rent} if rent is not None else {}
    subject |= {"fee_yuan": fee} if fee is not None else {}
    cause = cause_of(case.pk)
    return subject | ({"fault_cause": cause} if cause else {})


def _fee(case_id: int) -> int | None:
    """Give the fee that the signed form of the counter names for the case, in fen."""
    request = request_of_case(case_id)
    fees = [one["values"].get("fee") for one in request.items if one["case"] == case_id] if request else []
    known = [read_amount(fee) for fee in fees if fee]
    return sum(known) if known else None


def compensate(
    *,
    case: Case | int,
    by: Employee,
    clause: str,
    key: str,
    told: bool = False,
    base_fen: int | None = None,
    note: str = "",
    at: datetime | None = None,
) -> CaseStep:
    """Approve what a clause gives and has not given yet; once for a key, and never twice for the same days.

    Where the customer was not `told`, a call-back is promised with it. `base_fen`: the month's rent or the fee, where
    the records do not know it. Raises NotAllowed (noted) for who leads no cases or another team, ActRefused where
    nothing is owed, all was given (`already_given`), the clock still runs, or the rent is not known (`amount_unknown`).
    """
    pk = case.pk if isinstance(case, Case) else case
    require_job(by, "lead_cases", act="compensate", subject_kind="case", subject_id=pk)
    with refusals_noted(act="compensate", by=by, subject_kind="case", subject_id=pk), transaction.atomic():
        with act_on(pk, by=by, key=key, at=at, permission="lead_cases", states=ANY_STATE) as act:
            if act.done is not None:
                return act.done
            _refuse_other_team(act.case, by)
            due = _to_give(act.case, clause, act.at, base_fen)
            step = act.step("compensated", note=note.strip(), detail=_given(due, base_fen, told))
            act.save()
        if not told:
            _promise_to_tell(act.case, by, key, clause, act.at)
        return step


def _to_give(case: Case, clause: str, at: datetime, base_fen: int | None) -> Due:
    found = [one for one in compensation_due(case, at=at, base_fen=base_fen) if one.clause == clause]
    if not found:
        raise ActRefused("nothing_owed", f"nothing is owed by {clause}: no limit of it was missed")
    due = found[0]
    if due.running:
        raise ActRefused("still_running", "the days still grow: it is given once the fault is repaired")
    if due.left_days == 0:
        raise ActRefused("already_given", "what is owed for this outage was given already")
    if due.left_fen is None:
        raise ActRefused("amount_unknown", "the rent or the fee is not known; write it down")
    return due


def _given(due: Due, base_fen: int | None, told: bool) -> dict[str, Any]:
    return {
        "clause": due.clause,
        "pays": due.pays,
        "days": due.left_days,
        "amount_fen": due.left_fen,
        "base_fen": due.base_fen,
        "base_by_hand": base_fen is not None,
        "from": due.from_at.isoformat(),
        "until": due.until_at.isoformat(),
        "told": told,
    }


def _promise_to_tell(case: Case, by: Employee, key: str, clause: str, at: datetime) -> Promise:
    """Owe the customer a call that says so (LAW-1: tell the user), in an hour in which calls are made.

    Who approves leads cases and need not work on them: the call is for whoever works on it, or was asked first.
    """
    due_at = at + TELL_WITHIN
    _, edition = edition_for(timezone.localdate(at))
    asked = {"channel": "call", "purpose": "service", "at": due_at}
    window = window_of(edition=edition, subject=asked, as_of=timezone.localdate(due_at))
    if not window.allowed and window.next_at is not None:
        due_at = window.next_at
    return promise_call_back(
        case=case.pk,
        by=by,
        due_at=due_at,
        key=f"{key}:tell",
        responsible=case.handler or case.first_asked,
        clause=clause,
        permission="lead_cases",
        at=at,
    )


def _refuse_other_team(case: Case, by: Employee) -> None:
    if by.job != "team_lead" or case.handler_id is None:
        return
    if not team_of(by).filter(pk=case.handler_id).exists():
        raise NotAllowed("other_team", "the case is another team's")
