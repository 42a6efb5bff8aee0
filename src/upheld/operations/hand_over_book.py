"""Hand over a whole book in one act: of somebody who left, who does another job, or who has too much.

Assignments, open promises, cases with their clocks, appointments with their hours, standing in for others: all of it
goes to one colleague, or to several by region, language and load, in one transaction, and nothing is left with nobody.
A preview does the very same and takes it back, so that it never tells anything else than what will be done.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from upheld.operations.assign_manager import put_in_place
from upheld.operations.audit_trail import note_refusal, write_entry
from upheld.operations.book_shares import Shares, share_out
from upheld.operations.cases.hand_over import give_case
from upheld.operations.move_promises import Answering, change_who_serves, give, move_promises, who_answers
from upheld.operations.refusals import ActRefused, NotAllowed, refuse_a_day_to_come
from upheld.operations.who_may import job_may
from upheld.policy.deputies import on_duty
from upheld.records.cases.models import Case
from upheld.records.periods import on_day
from upheld.records.promises.models import Promise
from upheld.records.staff.absences import all_absences
from upheld.records.staff.choices import HandoverReason
from upheld.records.staff.models import Absence, Assignment, Employee, Handover, Lent
from upheld.records.staff.queries import leavers, team_of


@dataclass(frozen=True)
class Load:
    """How much somebody has: customers served, open promises, open cases."""

    customers: int = 0
    promises: int = 0
    cases: int = 0


class Owed(NamedTuple):
    """An open promise that changes hands."""

    pk: int
    person_id: int | None
    group_id: int | None
    source: str
    due_date: date
    planned_on: date | None


@dataclass(frozen=True)
class HandedOver:
    """What went where: counts by kind of thing, and the loads before and after by employee, the giver among them."""

    handover_id: int | None
    counts: dict[str, int]
    before: dict[int, Load] = field(default_factory=dict)
    after: dict[int, Load] = field(default_factory=dict)
    is_new: bool = True


def hand_over_book(
    *,
    employee: Employee | int,
    by: Employee | None,
    to: Employee | int | None = None,
    day: date | None = None,
    reason: str = "left",
    key: str | None = None,
    preview: bool = False,
) -> HandedOver:
    """Hand over everything an employee has as of a day (today): to one colleague, or spread where `to` is None.

    The same key again returns what was done then. With `preview` nothing stays written. Raises ActRefused
    (`empty_book`, `to_oneself`, `gone`, `nobody_to_choose`), NotAllowed for another team's book or colleague.
    """
    pk = employee.pk if isinstance(employee, Employee) else employee
    if reason not in HandoverReason.values:
        raise ActRefused("no_reason", "say why the book is handed over")
    day = day or timezone.localdate()
    refuse_a_day_to_come(day, today=timezone.localdate())
    try:
        with transaction.atomic():
            done = _hand_over(pk, to, by, day, reason, key)
            if preview:
                transaction.set_rollback(True)
            return done
    except NotAllowed as forbidden:
        note_refusal(
            act="hand_over_book", by=by, subject_kind="employee", subject_id=pk, why=forbidden.message
        )
        raise


def _hand_over(
    pk: int, to: Employee | int | None, by: Employee | None, day: date, reason: str, key: str | None
) -> HandedOver:
    change_who_serves()
    if key is not None:
        stored = Handover.objects.filter(key=key).first()
        if stored is not None:
            return HandedOver(stored.pk, stored.counts["things"], is_new=False)
    giver = Employee.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if giver is None:
        raise ActRefused("no_such_employee", f"there is no employee {pk}")
    within = _allow(giver, by)
    receiver = _receiver(giver, to, within)
    shares = share_out(giver, to=receiver, day=day, within=within)
    concerned = sorted({giver.pk, shares.rest.pk, *shares.receivers})
    before = loads_of(concerned, day=day)
    things = _move_all(giver, shares, by, day)
    if not any(things.values()):
        raise ActRefused("empty_book", "there is nothing to hand over")
    after = loads_of(concerned, day=day)
    counts = {"things": dict(things), "to": {str(one): vars(after[one]) for one in after if one != giver.pk}}
    stored = Handover.objects.create(
        employee=giver, to=receiver, reason=reason, from_date=day, counts=counts, by=by, key=key
    )
    write_entry(act="hand_over_book", by=by, subject_kind="employee", subject_id=giver.pk,
                detail={"handover": stored.pk, "to": receiver.pk if receiver else None, "reason": reason,
                        "from": day.isoformat(), **counts})  # fmt: skip
    return HandedOver(stored.pk, dict(things), before, after)


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


def _move_all(giver: Employee, shares: Shares, by: Employee | None, day: date) -> Counter[str]:
    """Move everything; cases come before promises, as in every act, and every promise is locked in the order of ids."""
    things: Counter[str] = Counter()
    note = f"the book of {giver.code} was handed over"
    receivers = Employee.objects.in_bulk(list(set(shares.cases.values())))
    for case_id, receiver in sorted(shares.cases.items()):
        given = give_case(case=case_id, to=receivers[receiver], by=by, permission="hand_over_book", note=note)
        things["cases"] += given is not None
    answering = _answering(giver, shares, day)
    for (column, kind), employee_of in shares.now.items():
        put_in_place(employee_of, column=column, kind=kind, day=day)
        things[f"{column}s"] += len(employee_of)
    for assignment_id, receiver in shares.later.items():
        things["later"] += Assignment.objects.filter(pk=assignment_id).update(employee_id=receiver)
    things["stands_in"] += _stands_in(giver, shares.rest, day)
    mine = _own_promises(giver)
    things["appointments"] = sum(one.source == "appointment" for one in mine)
    things["planned_days"] = sum(one.planned_on is not None for one in mine)
    things["promises"] = len(mine)
    _return_to_the_book(giver, day)
    move_promises(answering)
    _give_the_rest(giver, shares, day)
    return things


def _answering(giver: Employee, shares: Shares, day: date) -> Answering:
    """Read who answered before, as if the giver were still there; what somebody who left owes is to be moved too."""
    people = [pk for (column, _), served in shares.now.items() if column == "person" for pk in served]
    groups = [pk for (column, _), served in shares.now.items() if column == "group" for pk in served]
    found = who_answers(person_ids=people, group_ids=groups, day=day)
    if giver.is_active:
        return found
    everybody = {pk: found.people.get(pk, giver.pk) for pk in found.person_ids}
    all_groups = {pk: found.groups.get(pk, giver.pk) for pk in found.group_ids}
    return Answering(day, everybody, all_groups, found.person_ids, found.group_ids)


def _own_promises(giver: Employee) -> list[Owed]:
    """Lock and give the open promises of the giver and of the giver's deputies that belong to no case."""
    lent = Lent.objects.filter(absence__employee=giver, promise__isnull=False, back_at__isnull=True)
    mine = Promise.objects.filter(responsible=giver, state="open", case__isnull=True)
    ids = {*lent.values_list("promise_id", flat=True), *mine.values_list("pk", flat=True)}
    rows = Promise.objects.filter(pk__in=ids, state="open").order_by("pk").select_for_update(no_key=True)
    columns = ("pk", "person_id", "group_id", "source", "due_date", "planned_on")
    return [Owed(*row) for row in rows.values_list(*columns)]


def _return_to_the_book(giver: Employee, day: date) -> None:
    """Take back what deputies have of the giver, and call off the days on which the giver was to be away."""
    lent = Lent.objects.filter(absence__employee=giver, back_at__isnull=True)
    give({giver.pk: [pk for pk in lent.values_list("promise_id", flat=True) if pk is not None]})
    lent.update(back_at=timezone.now())
    Absence.objects.filter(employee=giver, from_date__gt=day).update(until_date=F("from_date"))


def _stands_in(giver: Employee, rest: Employee, day: date) -> int:
    """Let somebody else stand in wherever the giver was to, and do what the giver has of those who are away."""
    pending = Absence.objects.filter(deputy=giver, until_date__gt=day)
    changed = pending.exclude(employee=rest).update(deputy=rest)
    changed += pending.filter(employee=rest).update(deputy=None)
    held = Lent.objects.filter(to=giver, back_at__isnull=True)
    for one in held.select_related("absence", "case").order_by("promise_id", "pk"):
        if one.case is not None:
            receiver = one.case.handler_id or rest.pk
        else:
            receiver = rest.pk if one.absence.employee_id != rest.pk else one.absence.employee_id
            Promise.objects.filter(pk=one.promise_id or 0, state="open").update(responsible_id=receiver)
        Lent.objects.filter(pk=one.pk).update(to_id=receiver)
    return changed


def _give_the_rest(giver: Employee, shares: Shares, day: date) -> None:
    """Give what is with the giver still: to the colleague named, or to who serves the customer; all else to one.

    What the plan of contacts owes belongs to whoever serves the customer, in either case.
    """
    left = _own_promises(giver)
    now = who_answers(
        person_ids={one.person_id for one in left if one.person_id},
        group_ids={one.group_id for one in left if one.group_id},
        day=day,
    )
    absences, gone = all_absences(), leavers() | {giver.pk}
    given: dict[int, list[int]] = defaultdict(list)
    for one in left:
        answers = now.groups.get(one.group_id) if one.group_id else now.people.get(one.person_id or 0)
        if answers in (None, giver.pk) or (shares.to_one and one.source != "contact_plan"):
            answers = shares.rest.pk
        given[on_duty(answers, day=one.due_date, absences=absences, gone=gone)].append(one.pk)
    give(given)


def loads_of(employee_ids: Iterable[int], *, day: date) -> dict[int, Load]:
    """Count what each of some employees has: customers served on a day, open promises, open cases. Three queries."""
    ids = list(employee_ids)
    served = Assignment.objects.filter(on_day(day), employee_id__in=ids).values_list("employee_id")
    owed = Promise.objects.filter(responsible_id__in=ids, state="open").values_list("responsible_id")
    cases = Case.objects.filter(handler_id__in=ids).exclude(state="closed").values_list("handler_id")
    counted = [dict(rows.annotate(Count("pk")).order_by()) for rows in (served, owed, cases)]
    return {pk: Load(*(one.get(pk, 0) for one in counted)) for pk in ids}
