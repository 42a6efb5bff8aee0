"""Hand over a whole book in one act: of somebody who left, who does another job, or who has too much.

Assignments, open promises, cases with their clocks, appointments with their hours, standing in for others: all of it
goes to one colleague, or to several by region, language and load, in one transaction, and nothing is left with nobody.
What changes is worked out in reading alone (`book_plan.py`): the act carries out what the preview shows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from upheld.operations.appointment_clashes import Clash, clashes_of
from upheld.operations.assign_manager import put_in_place
from upheld.operations.audit_trail import note_refusal, write_entry
from upheld.operations.book_plan import CASE_STILL_OWES, BookPlan, Load, plan_book, promises_concerned
from upheld.operations.book_shares import Shares, cases_of, share_out
from upheld.operations.cases.hand_over import give_case
from upheld.operations.move_promises import change_who_serves
from upheld.operations.refusals import ActRefused, NotAllowed, refuse_a_day_to_come
from upheld.operations.suggest_days import store_days
from upheld.operations.who_may import job_may
from upheld.records.promises.models import Promise
from upheld.records.staff.choices import HandoverReason
from upheld.records.staff.models import Absence, Assignment, Employee, Handover, Lent
from upheld.records.staff.queries import team_of


@dataclass(frozen=True)
class HandedOver:
    """What went where: counts by kind of thing, and the loads before and after by employee, the giver among them."""

    handover_id: int | None
    counts: dict[str, int]
    before: dict[int, Load] = field(default_factory=dict)
    after: dict[int, Load] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    """Appointments that lie in the time of another one of who gets them: kept, and to be settled."""
    is_new: bool = True


def look_at_book(
    *,
    employee: Employee | int,
    by: Employee | None,
    to: Employee | int | None = None,
    day: date | None = None,
) -> HandedOver:
    """Say what handing a book over would do. This reads alone: nothing is locked, and nothing written but a refusal.

    Raises what `hand_over_book` does.
    """
    pk, day = _asked(employee, day)
    try:
        giver = Employee.objects.filter(pk=pk).first()
        _, plan = _planned(giver, to, by, day)
    except NotAllowed as forbidden:
        _note_refusal(forbidden, pk, by)
        raise
    return HandedOver(None, dict(plan.things), plan.before, plan.after, plan.clashes)


def hand_over_book(
    *,
    employee: Employee | int,
    by: Employee | None,
    to: Employee | int | None = None,
    day: date | None = None,
    reason: str = "left",
    key: str | None = None,
) -> HandedOver:
    """Hand over everything an employee has as of a day (today): to one colleague, or spread where `to` is None.

    The same key again returns what was done then. Raises ActRefused (`empty_book`, `to_oneself`, `gone`,
    `nobody_to_choose`), NotAllowed for another team's book or colleague.
    """
    if reason not in HandoverReason.values:
        raise ActRefused("no_reason", "say why the book is handed over")
    pk, day = _asked(employee, day)
    try:
        with transaction.atomic():
            return _hand_over(pk, to, by, day, reason, key)
    except NotAllowed as forbidden:
        _note_refusal(forbidden, pk, by)
        raise


def _asked(employee: Employee | int, day: date | None) -> tuple[int, date]:
    day = day or timezone.localdate()
    refuse_a_day_to_come(day, today=timezone.localdate())
    return employee.pk if isinstance(employee, Employee) else employee, day


def _note_refusal(forbidden: NotAllowed, pk: int, by: Employee | None) -> None:
    note_refusal(act="hand_over_book", by=by, subject_kind="employee", subject_id=pk, why=forbidden.message)


def _planned(
    giver: Employee | None, to: Employee | int | None, by: Employee | None, day: date, *, hold: bool = False
) -> tuple[Employee | None, BookPlan]:
    """Return who takes all of it, None where it is spread, and what changes; with `hold` under the rows' locks."""
    if giver is None:
        raise ActRefused("no_such_employee", "there is no such employee")
    within = _allow(giver, by)
    receiver = _receiver(giver, to, within)
    if hold:
        list(cases_of(giver).order_by("pk").select_for_update(no_key=True, of=("self",)))
    shares = share_out(giver, to=receiver, day=day, within=within)
    if hold:
        _hold_promises(giver, shares, day)
    plan = plan_book(giver, shares, day=day)
    if not any(plan.things.values()):
        raise ActRefused("empty_book", "there is nothing to hand over")
    return receiver, plan


def _hold_promises(giver: Employee, shares: Shares, day: date) -> None:
    """Lock every promise that may change hands, those of cases too, in the order of their ids, as every act does."""
    concerned = promises_concerned(giver, shares, day) | (Q(case_id__in=shares.cases) & CASE_STILL_OWES)
    ids = list(Promise.objects.filter(concerned).values_list("pk", flat=True))
    rows = Promise.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))


def _hand_over(
    pk: int, to: Employee | int | None, by: Employee | None, day: date, reason: str, key: str | None
) -> HandedOver:
    change_who_serves()
    if key is not None:
        stored = Handover.objects.filter(key=key).first()
        if stored is not None:
            receivers = {int(one) for one in stored.counts["to"]}
            clashes = clashes_of(receivers, from_date=timezone.localdate())
            return HandedOver(stored.pk, stored.counts["things"], clashes=clashes, is_new=False)
    giver = Employee.objects.select_for_update(no_key=True).filter(pk=pk).first()
    receiver, plan = _planned(giver, to, by, day, hold=True)
    assert giver is not None
    _carry_out(giver, plan, by)
    after = {str(one): vars(load) for one, load in plan.after.items() if one != pk}
    counts = {
        "things": dict(plan.things),
        "to": after,
        "clashes": [(one.first_id, one.second_id) for one in plan.clashes],
    }
    stored = Handover.objects.create(
        employee=giver, to=receiver, reason=reason, from_date=day, counts=counts, by=by, key=key
    )
    write_entry(act="hand_over_book", by=by, subject_kind="employee", subject_id=giver.pk,
                detail={"handover": stored.pk, "to": receiver.pk if receiver else None, "reason": reason,
                        "from": day.isoformat(), **counts})  # fmt: skip
    return HandedOver(stored.pk, dict(plan.things), plan.before, plan.after, plan.clashes)


def _allow(giver: Employee, by: Employee | None) -> list[int] | None:
    """Return whom the book may go to: None for anybody."""
    if by is None or job_may(by, "assign_manager_of_any_team"):
        return None
    if not job_may(by, "hand_over_book"):
        raise NotAllowed("not_a_lead", "only a team lead or above hands over a book")
    team = list(team_of(by).values_list("pk", flat=True))
    if giver.pk not in team:
        raise NotAllowed("other_team", "the book is another team's")
    return team


def _receiver(giver: Employee, to: Employee | int | None, within: list[int] | None) -> Employee | None:
    if to is None:
        return None
    pk = to.pk if isinstance(to, Employee) else to
    if pk == giver.pk:
        raise ActRefused("to_oneself", "a book is handed over to somebody else")
    found = Employee.objects.filter(pk=pk, is_active=True).first()
    if found is None or not job_may(found, "record_contact"):
        raise ActRefused("gone", "nobody of that number serves customers here")
    if within is not None and pk not in within:
        raise NotAllowed("other_team", "the colleague is of another team")
    return found


def _carry_out(giver: Employee, plan: BookPlan, by: Employee | None) -> None:
    """Write what was planned, cases before promises, as in every act."""
    shares, note = plan.shares, f"the book of {giver.code} was handed over"
    receivers = Employee.objects.in_bulk(list(set(shares.cases.values())))
    for case_id, receiver in sorted(shares.cases.items()):
        give_case(case=case_id, to=receivers[receiver], by=by, permission="hand_over_book", note=note)
    for (column, kind), employee_of in shares.now.items():
        put_in_place(employee_of, column=column, kind=kind, day=plan.day)
    for assignment_id, receiver in shares.later.items():
        Assignment.objects.filter(pk=assignment_id).update(employee_id=receiver)
    for absence_id, deputy in plan.deputies.items():
        Absence.objects.filter(pk=absence_id).update(deputy_id=deputy)
    Absence.objects.filter(pk__in=plan.called_off).update(until_date=F("from_date"))
    promises_of: dict[int, list[int]] = defaultdict(list)
    for promise, owner in plan.owners.items():
        promises_of[owner].append(promise)
    for owner, ids in promises_of.items():
        Promise.objects.filter(pk__in=ids, state="open").update(responsible_id=owner)
    _lend(giver, plan)
    store_days(plan.spread, plan.days)


def _lend(giver: Employee, plan: BookPlan) -> None:
    """Write down what deputies have from now on: nothing of the giver's, and what the giver had is somebody else's."""
    ended = Q(absence__employee=giver) | Q(promise_id__in=plan.back)
    Lent.objects.filter(ended, back_at__isnull=True).update(back_at=timezone.now())
    Lent.objects.bulk_create(
        Lent(promise_id=promise, absence_id=one.absence_id, to_id=one.to_id)
        for promise, one in sorted(plan.lent.items())
    )
    for lent_id, receiver in plan.cases_lent.items():
        Lent.objects.filter(pk=lent_id).update(to_id=receiver)
