"""Send somebody to a customer: the least loaded engineer of the area, within the hours of visits, at a time agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from upheld.operations.cases.acting import OPEN_STATES, Act, act_on
from upheld.operations.cases.hand_over import hand_over
from upheld.operations.cases.settle_case import cancel_appointments
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import wait_for_turn
from upheld.operations.which_edition import edition_for
from upheld.policy.clocks import warning_shares
from upheld.policy.editions import Edition
from upheld.policy.windows import window_of
from upheld.records.cases.models import Case, CaseStep
from upheld.records.people.models import Region
from upheld.records.people.queries import regions_below
from upheld.records.promises.models import Promise
from upheld.records.staff.choices import Job
from upheld.records.staff.models import Employee

ON_SITE = frozenset(
    {"fault", "product_fault", "mas_adc_fault", "installation", "home_appointment", "mas_adc_installation"}
)
"""The kinds of cases for which somebody goes to the customer."""

APPOINTMENT_CLAUSE = "CT-23"
"""An agreed visit is a promise within the hours of on-site service."""


ANOTHER_TIME = "another time was agreed"
"""Why a visit is cancelled in whose place another was agreed with the customer before it was due."""


class OutsideHours(ActRefused):
    """Refuse a visit outside the hours of on-site service; `next_at` is the first instant that is inside."""

    def __init__(self, next_at: datetime | None, clauses: Sequence[str]) -> None:
        then = f"; the next is {next_at.isoformat(timespec='minutes')}" if next_at else ""
        super().__init__("outside_hours", f"no visit is made then ({', '.join(clauses)}){then}")
        self.next_at, self.clauses = next_at, tuple(clauses)


@dataclass(frozen=True)
class Engineer:
    """An engineer who may be sent, with how many open cases wait for them already."""

    id: int
    code: str
    name: str
    unit: str
    load: int


@dataclass(frozen=True)
class Dispatched:
    """Who goes, and the promise of the time agreed (None: no time was)."""

    engineer_id: int
    promise_id: int | None


def engineers_for(region_id: int | None) -> list[Engineer]:
    """Give the engineers of a region and of those below it, the least loaded first; else of the next region above.

    Without a region, or where none above it has engineers, all of them.
    """
    region = Region.objects.filter(pk=region_id).first() if region_id is not None else None
    while region is not None:
        found = _with_load(_engineers().filter(unit__region_id__in=regions_below(region.pk)))
        if found:
            return found
        region = Region.objects.filter(pk=region.parent_id).first() if region.parent_id else None
    return _with_load(_engineers())


def dispatch_fault(
    *,
    case: Case | int,
    by: Employee,
    key: str,
    engineer: Employee | int | None = None,
    appointment_at: datetime | None = None,
    customer_wish: bool = False,
    note: str = "",
    at: datetime | None = None,
) -> Dispatched:
    """Hand a case to an engineer, the least loaded of its area unless one is named; one transaction, once for a key.

    An appointment is a promise due at its instant; one agreed before and not yet due is cancelled by it.
    Raises OutsideHours (CT-23) unless the customer wishes for that
    hour, ActRefused where nobody can be sent, the time is over, or nobody goes on site for such a case.
    """
    pk = case.pk if isinstance(case, Case) else case
    require_job(by, "work_case", act="dispatch_fault", subject_kind="case", subject_id=pk)
    with transaction.atomic():
        with act_on(pk, by=by, key=key, at=at) as act:
            done, kind, region_id = act.done, act.case.kind, act.case.region_id
        if done is not None:
            return _dispatched_before(pk, key, done)
        if kind not in ON_SITE:
            raise ActRefused("not_on_site", "nobody goes on site for such a case")
        if appointment_at is not None:
            _check_hours(appointment_at, wish=customer_wish, at=at)
        chosen = engineer.pk if isinstance(engineer, Employee) else engineer
        if chosen is None:
            # Of two who send somebody at once the second counts the case of the first.
            wait_for_turn("dispatch_fault")
            known = engineers_for(region_id)
            if not known:
                raise ActRefused("no_engineer", "there is no engineer who could be sent")
            chosen = known[0].id
        elif not _engineers().filter(pk=chosen).exists():
            raise ActRefused("no_such_engineer", "there is no such engineer")
        hand_over(case=pk, by=by, to_employee=chosen, note=note, key=key, at=at)
        promise_id = None
        if appointment_at is not None:
            promise_id = appoint(
                case=pk,
                by=by,
                due_at=appointment_at,
                key=f"{key}:appointment",
                wish=customer_wish,
                instead=True,
                at=at,
            ).pk
        return Dispatched(chosen, promise_id)


def appoint(
    *,
    case: int,
    by: Employee,
    due_at: datetime,
    key: str,
    wish: bool = False,
    instead: bool = False,
    note: str = "",
    at: datetime | None = None,
) -> Promise:
    """Promise a visit by an instant; whoever works on the case makes it.

    `instead`: the customer agreed to it in place of the visits agreed before; otherwise those stay what they are.
    """
    with act_on(case, by=by, key=key, at=at, states=OPEN_STATES | {"settled"}) as act:
        if act.done is not None:
            return Promise.objects.get(pk=act.done.detail["appointment"])
        if due_at <= act.at:
            raise ActRefused("appointment_over", "the time agreed is over already")
        if instead:
            cancel_appointments(act, reason=ANOTHER_TIME)
        promise = _promise(act, due_at)
        detail = {"appointment": promise.pk, "due_at": due_at.isoformat(), "customer_wish": wish}
        act.step("note", note=note, detail=detail)
        act.save()
        return promise


def appointments_of(case_id: int) -> QuerySet[Promise]:
    """Select the promises of visits to the customer of a case: agreed times and clocks of arrival."""
    return Promise.objects.filter(case_id=case_id, action="onsite_arrival")


def _promise(act: Act, due_at: datetime) -> Promise:
    record, edition = edition_for(timezone.localdate(act.at))
    shares = warning_shares(edition)
    warn_ats = [act.at + (due_at - act.at) * share.numerator / share.denominator for share in shares]
    turns = Promise.objects.filter(case=act.case, clause=APPOINTMENT_CLAUSE, action="onsite_arrival")
    case = act.case
    return Promise.objects.create(
        person_id=case.person_id,
        group_id=case.group_id if case.person_id is None else None,
        action="onsite_arrival",
        channels=["visit"],
        clause=APPOINTMENT_CLAUSE,
        standard=_standard(edition),
        from_date=timezone.localdate(act.at),
        due_date=timezone.localdate(due_at),
        turn=max(turns.values_list("turn", flat=True), default=0) + 1,
        edition=record,
        source="appointment",
        responsible_id=case.handler_id,
        case=case,
        due_at=due_at,
        warn_ats=warn_ats,
        warn_at=warn_ats[0],
    )


def _standard(edition: Edition) -> str:
    try:
        return edition.clause(APPOINTMENT_CLAUSE).standard
    except KeyError as error:
        message = f"no standard in force has the clause {APPOINTMENT_CLAUSE}"
        raise ActRefused("no_clause", message) from error


def _check_hours(appointment_at: datetime, *, wish: bool, at: datetime | None) -> None:
    _, edition = edition_for(timezone.localdate(at))
    subject = {"channel": "visit", "purpose": "service", "at": appointment_at, "customer_wish": wish}
    answer = window_of(edition=edition, subject=subject, as_of=timezone.localdate(appointment_at))
    if not answer.allowed:
        raise OutsideHours(answer.next_at, answer.because)


def _engineers() -> QuerySet[Employee]:
    return Employee.objects.filter(job=Job.FIELD_ENGINEER, is_active=True)


def _with_load(engineers: QuerySet[Employee]) -> list[Engineer]:
    # By name of the link: employees know nothing of cases.
    loads = dict(
        Case.objects.filter(handler__in=engineers)
        .exclude(state__in=["settled", "closed"])
        .values_list("handler_id")
        .annotate(number=Count("pk"))
    )
    rows = engineers.select_related("unit").filter(~Q(code=""))
    found = [
        Engineer(one.pk, one.code, one.name, one.unit.name if one.unit else "", loads.get(one.pk, 0))
        for one in rows
    ]
    return sorted(found, key=lambda one: (one.load, one.code))


def _dispatched_before(case_id: int, key: str, done: CaseStep) -> Dispatched:
    agreed = CaseStep.objects.filter(case_id=case_id, key=f"{key}:appointment").first()
    return Dispatched(done.detail["to"], agreed.detail["appointment"] if agreed else None)
