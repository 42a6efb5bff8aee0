"""Note that an employee is away for some days: what falls due meanwhile is the deputy's, and goes back after.

Assignments stay, for the customers do not change hands. The plan of contacts counts by itself who does what is due on a
day (`policy/deputies.py`). What else is owed, and open cases, are lent: a row says what went, so that it can go back.
Every night finds what came in since (`carry_absences`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from upheld.operations.audit_trail import refusals_noted, write_entry
from upheld.operations.cases.hand_over import give_case
from upheld.operations.move_promises import change_who_serves, move_promises, who_answers
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.who_may import job_may
from upheld.policy.deputies import on_duty
from upheld.records.cases.models import Case
from upheld.records.promises.models import Promise
from upheld.records.staff.absences import all_absences
from upheld.records.staff.choices import AbsenceReason
from upheld.records.staff.models import Absence, Employee, Lent
from upheld.records.staff.queries import leavers, team_of

LONGEST_DAYS = 366


@dataclass(frozen=True)
class Away:
    """An absence as it stands, and what it moved: promises to the deputy or back, cases to the deputy or back."""

    absence_id: int
    promises: int = 0
    cases: int = 0
    is_new: bool = True


def note_absence(
    *,
    employee: Employee | int,
    from_date: date,
    until_date: date,
    reason: str,
    by: Employee | None,
    deputy: Employee | int | None = None,
    key: str | None = None,
    day: date | None = None,
) -> Away:
    """Note that somebody is away in [from_date, until_date) and who stands in; give the deputy what falls due then.

    Noted twice by the same key, it stands once. Raises ActRefused (`no_days`, `too_long`, `away_already`, `no_deputy`),
    NotAllowed for another team's employee.
    """
    pk, deputy_pk = _pk(employee), _pk(deputy) if deputy is not None else None
    today = day or timezone.localdate()
    if reason not in AbsenceReason.values:
        raise ActRefused("no_reason", "say why somebody is away")
    if until_date <= from_date:
        raise ActRefused("no_days", "the day of coming back lies after the first day away")
    if (until_date - from_date).days > LONGEST_DAYS:
        raise ActRefused("too_long", "whoever is away that long hands over the book")
    noted = refusals_noted(act="note_absence", by=by, subject_kind="employee", subject_id=pk)
    with noted, transaction.atomic():
        change_who_serves()
        stored = Absence.objects.filter(key=key).first() if key else None
        if stored is not None:
            return Away(stored.pk, is_new=False)
        _allow(by, pk)
        _check_deputy(pk, deputy_pk)
        absence = _store(pk, deputy_pk, from_date, until_date, reason, by, key)
        moved = _carry([absence], today=today, by=by)
        detail = {"from": from_date.isoformat(), "until": until_date.isoformat(), "reason": reason,
                  "deputy": deputy_pk, "promises": moved[0], "cases": moved[1]}  # fmt: skip
        write_entry(act="note_absence", by=by, subject_kind="employee", subject_id=pk, detail=detail)
        return Away(absence.pk, *moved)


def end_absence(
    *, absence: Absence | int, back_on: date, by: Employee | None, day: date | None = None
) -> Away:
    """Let somebody come back on an earlier day than noted (or not go at all); what is due from then on goes back.

    Raises ActRefused where there is no such absence or it ended by then, NotAllowed for another team's.
    """
    pk, today = _pk(absence), day or timezone.localdate()
    noted = refusals_noted(act="end_absence", by=by, subject_kind="absence", subject_id=pk)
    with noted, transaction.atomic():
        change_who_serves()
        found = Absence.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if found is None:
            raise ActRefused("no_such_absence", f"there is no absence {pk}")
        if by is not None and found.employee_id != by.pk:
            _allow(by, found.employee_id)
        if back_on >= found.until_date:
            raise ActRefused("ended_already", "the absence ends earlier")
        was = found.until_date
        found.until_date = max(back_on, found.from_date)
        found.save(update_fields=["until_date"])
        moved = _carry([found], today=today, by=by, until=was)
        detail = {"was": was.isoformat(), "until": found.until_date.isoformat(),
                  "promises": moved[0], "cases": moved[1]}  # fmt: skip
        write_entry(
            act="end_absence", by=by, subject_kind="employee", subject_id=found.employee_id, detail=detail
        )
        return Away(found.pk, *moved)


def carry_absences(*, day: date | None = None, by: Employee | None = None) -> Away:
    """Do the night's part: lend what came in for those who are away, bring back what is due later. Safe to repeat."""
    today = day or timezone.localdate()
    with transaction.atomic():
        change_who_serves()
        running = Q(until_date__gt=today) & ~Q(until_date=F("from_date"))
        ids = set(Absence.objects.filter(running).values_list("pk", flat=True))
        ids |= set(Lent.objects.filter(back_at__isnull=True).values_list("absence_id", flat=True))
        absences = list(Absence.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        moved = _carry(absences, today=today, by=by)
        if any(moved):
            detail = {"promises": moved[0], "cases": moved[1]}
            write_entry(act="carry_absences", by=by, subject_kind="absence", detail=detail)
        return Away(0, *moved)


def _pk(one: Any) -> int:
    return int(getattr(one, "pk", one))


def _allow(by: Employee | None, employee_id: int) -> None:
    if by is None or job_may(by, "assign_manager_of_any_team"):
        return
    if not job_may(by, "note_absence"):
        raise NotAllowed("not_a_lead", "only a team lead or above notes who is away")
    if not team_of(by).filter(pk=employee_id).exists():
        raise NotAllowed("other_team", "the employee is of another team")


def _check_deputy(employee_id: int, deputy_id: int | None) -> None:
    if not Employee.objects.filter(pk=employee_id).exists():
        raise ActRefused("no_such_employee", f"there is no employee {employee_id}")
    if deputy_id is None:
        return
    deputy = Employee.objects.filter(pk=deputy_id).first()
    if deputy is None or deputy_id == employee_id or not job_may(deputy, "record_contact"):
        raise ActRefused("no_deputy", "whoever stands in is a colleague who serves customers")


def _store(
    employee_id: int,
    deputy_id: int | None,
    from_date: date,
    until_date: date,
    reason: str,
    by: Employee | None,
    key: str | None,
) -> Absence:
    try:
        with transaction.atomic():
            return Absence.objects.create(
                employee_id=employee_id,
                deputy_id=deputy_id,
                from_date=from_date,
                until_date=until_date,
                reason=reason,
                noted_by=by,
                key=key,
            )
    except IntegrityError as twice:
        raise ActRefused("away_already", "some of these days are noted already") from twice


def _carry(
    absences: Collection[Absence], *, today: date, by: Employee | None, until: date | None = None
) -> tuple[int, int]:
    """Put right who has what because of some absences: cases first, then promises; return how many moved."""
    concerned = list({one.pk: one for one in (*absences, *_stood_in_for(absences, today))}.values())
    cases = sum(_carry_cases(one, today=today, by=by) for one in concerned)
    promises = sum(_carry_plan(one, today=today, until=until) for one in absences)
    promises += sum(_settle(one) for one in concerned)
    return promises + sum(_lend(one) for one in concerned), cases


def _stood_in_for(absences: Collection[Absence], today: date) -> list[Absence]:
    """Give the other absences of these employees, and of those who have them as deputies: a chain of them changes."""
    deputies = list(
        Absence.objects.exclude(until_date=F("from_date")).values_list("employee_id", "deputy_id")
    )
    found = {one.employee_id for one in absences}
    while new := {away for away, deputy in deputies if deputy in found} - found:
        found |= new
    lent = Lent.objects.filter(back_at__isnull=True).values("absence_id")
    theirs = Absence.objects.filter(employee_id__in=found).exclude(pk__in=[one.pk for one in absences])
    running = Q(until_date__gt=today) & ~Q(until_date=F("from_date"))
    return list(theirs.filter(running | Q(pk__in=lent)).order_by("pk").select_for_update(no_key=True))


def _carry_plan(absence: Absence, *, today: date, until: date | None) -> int:
    """Count anew who does what the plan of contacts owes in the days of an absence, as planning would."""
    owed = Promise.objects.filter(
        source="contact_plan",
        state="open",
        responsible_id__in=_who_stand_in(absence.employee_id),
        due_date__gte=absence.from_date,
        due_date__lt=max(until or absence.until_date, absence.until_date),
    )
    subjects = list(owed.values_list("person_id", "group_id").distinct())
    answering = who_answers(
        person_ids={person for person, _ in subjects if person},
        group_ids={group for _, group in subjects if group},
        day=today,
    )
    return sum(move_promises(answering).values())


def _who_stand_in(employee_id: int) -> set[int]:
    """Give an employee and everybody who ever stands in, for deputies who are away as well."""
    deputies: dict[int, set[int]] = defaultdict(set)
    for away, deputy in Absence.objects.filter(deputy__isnull=False).values_list("employee_id", "deputy_id"):
        deputies[away].add(deputy or away)
    found, new = {employee_id}, {employee_id}
    while new:
        new = {deputy for one in new for deputy in deputies[one]} - found
        found |= new
    return found


def _lend(absence: Absence) -> int:
    """Give the deputy what else is due in the days of the absence, and write down that it is lent."""
    absences, gone = all_absences(), leavers()
    owed = (
        Promise.objects.filter(
            responsible_id=absence.employee_id,
            state="open",
            case__isnull=True,
            due_date__gte=absence.from_date,
            due_date__lt=absence.until_date,
        )
        .exclude(source="contact_plan")
        # What is with the absent one for somebody else is passed on as that one's (`_settle`).
        .exclude(pk__in=Lent.objects.filter(promise__isnull=False, back_at__isnull=True).values("promise_id"))
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    lent = []
    for promise, due in owed.values_list("pk", "due_date"):
        has_it = on_duty(absence.employee_id, day=due, absences=absences, gone=gone)
        if has_it != absence.employee_id:
            lent.append(Lent(absence=absence, promise_id=promise, to_id=has_it))
    for receiver in {one.to_id for one in lent}:
        ids = [one.promise_id for one in lent if one.to_id == receiver and one.promise_id]
        Promise.objects.filter(pk__in=ids).update(responsible_id=receiver)
    Lent.objects.bulk_create(lent)
    return len(lent)


def _settle(absence: Absence) -> int:
    """Give back what is lent and not due in the absence any more, pass on what another deputy has to do by now.

    What ended meanwhile is lent no longer.
    """
    lent = Lent.objects.filter(absence=absence, promise__isnull=False, back_at__isnull=True)
    rows = (
        Promise.objects.filter(pk__in=lent.values("promise_id"))
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "state", "due_date", "responsible_id")
    )
    to, owner = dict(lent.values_list("promise_id", "to_id")), absence.employee_id
    absences, gone = all_absences(), leavers()
    ended, back, moved = [], [], 0
    for pk, state, due, holder in rows:
        is_away = absence.from_date <= due < absence.until_date
        has_it = on_duty(owner, day=due, absences=absences, gone=gone) if is_away else owner
        if state != "open" or holder != to[pk]:
            ended.append(pk)
        elif has_it == owner:
            back.append(pk)
        elif has_it != holder:
            moved += Promise.objects.filter(pk=pk).update(responsible_id=has_it)
            lent.filter(promise_id=pk).update(to_id=has_it)
    moved += Promise.objects.filter(pk__in=back).update(responsible_id=owner)
    lent.filter(promise_id__in=ended + back).update(back_at=timezone.now())
    return moved


def _carry_cases(absence: Absence, *, today: date, by: Employee | None) -> int:
    """Give the deputy the open cases as the absence begins, and back those still open as it ends."""
    away = absence.from_date <= today < absence.until_date
    lent = Lent.objects.filter(absence=absence, case__isnull=False, back_at__isnull=True).order_by("case_id")
    if away and absence.deputy_id is not None:
        return _lend_cases(absence, lent, today=today, by=by)
    if today < absence.until_date:
        return 0
    moved, owner = 0, Employee.objects.get(pk=absence.employee_id)
    for one in lent:
        case = Case.objects.filter(pk=one.case_id or 0).first()
        if owner.is_active and case is not None and case.handler_id == one.to_id and case.state != "closed":
            step = give_case(
                case=case, to=owner, by=by, permission="note_absence", note="back from the deputy"
            )
            moved += step is not None
        Lent.objects.filter(pk=one.pk).update(back_at=timezone.now())
    return moved


def _lend_cases(absence: Absence, lent: QuerySet[Lent], *, today: date, by: Employee | None) -> int:
    """Give whoever is on duty what the absent one has, and what a deputy has who is away by now as well."""
    has_them = on_duty(absence.employee_id, day=today, absences=all_absences(), gone=leavers())
    if has_them == absence.employee_id:
        return 0
    deputy, moved = Employee.objects.get(pk=has_them), 0
    rows = {one.case_id: one for one in lent}
    for_others = Lent.objects.filter(case__isnull=False, back_at__isnull=True).exclude(absence=absence)
    mine = Q(handler_id=absence.employee_id) & ~Q(pk__in=for_others.values("case_id"))
    passed_on = Q(pk__in=lent.exclude(to=deputy).values("case_id"), handler__in=lent.values("to_id"))
    found = Case.objects.filter(mine | passed_on).exclude(state="closed").order_by("pk")
    for case_id in list(found.values_list("pk", flat=True)):
        note = "the handler is away"
        if give_case(case=case_id, to=deputy, by=by, permission="note_absence", note=note) is not None:
            if case_id in rows:
                Lent.objects.filter(pk=rows[case_id].pk).update(to=deputy)
            else:
                Lent.objects.create(absence=absence, case_id=case_id, to=deputy)
            moved += 1
    return moved
