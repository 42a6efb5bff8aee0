"""Agree with a customer when somebody comes or calls: a promise of its own, due by the end of the time agreed.

It stands beside what the standard owes: the visit that was agreed counts for both (`record_contact.py`). Each hour that
was ever agreed stays in the story (`PlannedDay`), so that a calendar can tell the newest from the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.dispatch_fault import OutsideHours
from upheld.operations.job_required import require_job
from upheld.operations.move_promises import read_who_serves
from upheld.operations.own_promises import refusals_noted, require_own
from upheld.operations.refusals import ActRefused
from upheld.operations.remind_of_visit import remind_of_visit, stop_reminders
from upheld.operations.turns import wait_for_turn
from upheld.operations.which_edition import edition_for
from upheld.policy.clocks import warning_shares
from upheld.policy.contacts import channels_keeping
from upheld.policy.editions import Edition
from upheld.policy.windows import window_of
from upheld.records.people.models import Group, Person
from upheld.records.promises.choices import Source
from upheld.records.promises.models import PlannedDay, Promise
from upheld.records.promises.planned import hours_agreed
from upheld.records.staff.given_away import gave_away
from upheld.records.staff.models import Employee

CLAUSES = {"visit": "MGR-5", "call": "MGR-9"}
"""A visit is planned; a call that was announced is made as announced."""
LONGEST, FURTHEST = timedelta(hours=8), timedelta(days=183)


@dataclass(frozen=True)
class Appointed:
    """The promise of a time agreed; `is_new` is false where the same had been agreed before."""

    promise_id: int
    is_new: bool


@dataclass(frozen=True)
class Hours:
    """When it was agreed to come: from an instant until another of the same day."""

    begins_at: datetime
    until_at: datetime


def agree_appointment(
    *,
    by: Employee,
    begins_at: datetime,
    until_at: datetime,
    person: Person | None = None,
    group: Group | None = None,
    channel: str = "visit",
    responsible: Employee | None = None,
    customer_wish: bool = False,
    remind: bool = True,
    now: datetime | None = None,
) -> Appointed:
    """Agree with a person or a group that somebody comes (or calls) between two instants; sent twice, agreed once.

    It is kept by a contact that begins by `until_at`. `responsible` (else `by`) goes there, and cannot be in two
    places. A person is reminded by SMS, where that is wanted. Raises OutsideHours (CT-22, CT-23) unless the customer
    wishes for that hour; ActRefused for a time that has passed, is too long, too far ahead or taken already, for an
    unknown channel, and where who was to go left or handed the customer over meanwhile (`handed_over`).
    """
    require_job(by, "arrange_days", act="agree_appointment", subject_kind="promise")
    if (person is None) == (group is None):
        raise ValueError("an appointment is with one person or one group")
    now, hours, who = now or timezone.now(), Hours(begins_at, until_at), responsible or by
    subject: dict[str, Any] = {"person": person} if person is not None else {"group": group}
    with transaction.atomic():
        read_who_serves()
        edition = _check(hours, channel, wish=customer_wish, now=now)
        _refuse_who_left(who.pk, person.pk if person else None, group.pk if group else None, now)
        wait_for_turn(f"appointments of {who.pk}")
        _wait_for_subject(person.pk if person else None, group.pk if group else None)
        same = _same(hours, channel, who, subject)
        if same is not None:
            return Appointed(same, False)
        _refuse_if_taken(hours, who.pk)
        owed = Promise.objects.create(**_columns(hours, channel, who, subject, edition, now))
        PlannedDay.objects.create(promise=owed, day=owed.due_date, at_time=_clock(hours), by=by)
        _note("agree_appointment", owed.pk, by, hours, customer_wish=customer_wish)
        if remind and person is not None:
            remind_of_visit(promise=owed, person=person, begins_at=begins_at, by=by, turn=1, now=now)
        return Appointed(owed.pk, True)


def move_appointment(
    *,
    promise: Promise | int,
    by: Employee,
    begins_at: datetime,
    until_at: datetime,
    customer_wish: bool = False,
    seen_due_at: datetime | None = None,
    now: datetime | None = None,
) -> Promise:
    """Agree on another time, before the one agreed is over; whoever was reminded is reminded of the new one.

    `seen_due_at` is what the page showed: where it was moved meanwhile, nothing is changed. Raises as
    `agree_appointment` does, and NotAllowed unless `by` owes it or leads who does.
    """
    pk = promise.pk if isinstance(promise, Promise) else promise
    now, hours = now or timezone.now(), Hours(begins_at, until_at)
    with refusals_noted(pk, by, act="move_appointment"), transaction.atomic():
        read_who_serves()
        known = Promise.objects.filter(pk=pk).values_list("responsible_id", "person_id", "group_id").first()
        owner, person_id, group_id = known or (None, None, None)
        wait_for_turn(f"appointments of {owner}")
        _wait_for_subject(person_id, group_id)
        owed = _open(pk, by, now)
        if seen_due_at is not None and owed.due_at != seen_due_at:
            raise ActRefused("moved_meanwhile", "another time was agreed meanwhile")
        before = hours_agreed([pk]).get(pk)
        if owed.due_at == until_at and before == begins_at:
            return owed
        channel = owed.action
        edition = _check(hours, channel, wish=customer_wish, now=now)
        _refuse_if_taken(hours, owed.responsible_id, but=pk)
        who = owed.responsible
        subject = {"person_id": owed.person_id, "group_id": owed.group_id}
        columns = _columns(hours, channel, who, subject, edition, now)
        for name in ("from_date", "due_date", "turn", "due_at", "planned_on", "warn_ats", "warn_at"):
            setattr(owed, name, columns[name])
        owed.warned = 0
        owed.save()
        PlannedDay.objects.create(promise=owed, day=owed.due_date, at_time=_clock(hours), by=by)
        was = before and before.isoformat()
        _note("move_appointment", pk, by, hours, customer_wish=customer_wish, was=was)
        turn = owed.planned_days.count()
        stop_reminders(promise=owed, turns=turn - 1, now=now)
        if owed.person is not None:
            remind_of_visit(promise=owed, person=owed.person, begins_at=begins_at, by=by, turn=turn, now=now)
        return owed


def cancel_appointment(
    *, promise: Promise | int, by: Employee, reason: str, now: datetime | None = None
) -> Promise:
    """Call an appointment off before it is over, for a reason; called off twice, it is called off once.

    Raises ActRefused for no reason, one that is over or has ended otherwise; NotAllowed unless `by` owes it or leads
    who does.
    """
    pk = promise.pk if isinstance(promise, Promise) else promise
    now = now or timezone.now()
    with refusals_noted(pk, by, act="cancel_appointment"), transaction.atomic():
        if not reason.strip():
            raise ActRefused("no_reason", "say why it is called off")
        owed = _held(pk, by)
        if owed.state == "cancelled":
            return owed
        owed = _open(pk, by, now)
        owed.state, owed.ended_at, owed.end_reason, owed.warn_at = "cancelled", now, reason.strip(), None
        owed.save(update_fields=["state", "ended_at", "end_reason", "warn_at"])
        stop_reminders(promise=owed, turns=owed.planned_days.count(), now=now)
        detail = {"reason": reason.strip()}
        write_entry(act="cancel_appointment", by=by, subject_kind="promise", subject_id=pk, detail=detail)
        return owed


def _refuse_who_left(employee_id: int, person_id: int | None, group_id: int | None, now: datetime) -> None:
    """Refuse who serves the customer no more: a book handed over meanwhile leaves no appointment behind."""
    is_here = Employee.objects.filter(pk=employee_id, is_active=True).exists()
    if not is_here or gave_away(
        employee_id, person_id=person_id, group_id=group_id, day=timezone.localdate(now)
    ):
        raise ActRefused("handed_over", "somebody else serves this customer by now; look at it again")


def _wait_for_subject(person_id: int | None, group_id: int | None) -> None:
    """Let one agree with a customer at a time: two colleagues at once must not take one turn of the day."""
    wait_for_turn(f"appointments with person {person_id}, group {group_id}")


def _held(pk: int, by: Employee) -> Promise:
    owed = Promise.objects.select_for_update(no_key=True).filter(pk=pk, case__isnull=True).first()
    if owed is None or owed.source != Source.APPOINTMENT:
        raise ActRefused("no_such_appointment", f"there is no appointment {pk}")
    require_own(owed, by)
    return owed


def _open(pk: int, by: Employee, now: datetime) -> Promise:
    owed = _held(pk, by)
    if owed.state != "open":
        raise ActRefused("already_ended", f"the appointment is {owed.state}")
    if owed.due_at is None or owed.due_at < now:
        raise ActRefused("appointment_over", "the time agreed is over already")
    return owed


def _check(hours: Hours, channel: str, *, wish: bool, now: datetime) -> Edition:
    if channel not in CLAUSES:
        raise ActRefused("unknown_channel", f"{channel!r} is not one of {', '.join(CLAUSES)}")
    if hours.until_at <= hours.begins_at or hours.until_at - hours.begins_at > LONGEST:
        raise ActRefused("bad_hours", "the time agreed ends after it begins, and within eight hours")
    if _day(hours.begins_at) != _day(hours.until_at):
        raise ActRefused("bad_hours", "the time agreed lies within one day")
    if hours.begins_at <= now:
        raise ActRefused("appointment_over", "the time agreed is over already")
    if hours.begins_at - now > FURTHEST:
        raise ActRefused("too_far_ahead", f"nothing is agreed more than {FURTHEST.days} days ahead")
    _, edition = edition_for(timezone.localdate(now))
    subject = {"channel": channel, "purpose": "service", "at": hours.begins_at, "customer_wish": wish}
    answer = window_of(edition=edition, subject=subject, as_of=_day(hours.begins_at))
    if not answer.allowed:
        raise OutsideHours(answer.next_at, answer.because)
    return edition


def _columns(
    hours: Hours,
    channel: str,
    who: Employee | None,
    subject: dict[str, Any],
    edition: Edition,
    now: datetime,
) -> dict[str, Any]:
    record, _ = edition_for(timezone.localdate(now))
    clause, day = CLAUSES[channel], _day(hours.begins_at)
    try:
        standard = edition.clause(clause).standard
    except KeyError as error:
        raise ActRefused("no_clause", f"no standard in force has the clause {clause}") from error
    whole = hours.until_at - now
    warn_ats = [now + whole * share.numerator / share.denominator for share in warning_shares(edition)]
    turns = Promise.objects.filter(**subject, clause=clause, action=channel, due_date=day)
    return {
        **subject,
        "action": channel,
        "channels": list(channels_keeping(edition=edition, clause=clause, action=channel)),
        "clause": clause,
        "standard": standard,
        "from_date": day,
        "due_date": day,
        "turn": max(turns.values_list("turn", flat=True), default=0) + 1,
        "edition": record,
        "source": Source.APPOINTMENT,
        "responsible": who,
        "due_at": hours.until_at,
        "planned_on": day,
        "warn_ats": warn_ats,
        "warn_at": warn_ats[0],
    }


def _of(employee_id: int | None, day: datetime) -> Any:
    return Promise.objects.filter(
        responsible_id=employee_id, source=Source.APPOINTMENT, state="open", due_date=_day(day), case=None
    )


def _same(hours: Hours, channel: str, who: Employee, subject: dict[str, Any]) -> int | None:
    rows = _of(who.pk, hours.begins_at).filter(**subject, action=channel, due_at=hours.until_at)
    found: int | None = rows.values_list("pk", flat=True).first()
    return found if found and hours_agreed([found]).get(found) == hours.begins_at else None


def _refuse_if_taken(hours: Hours, employee_id: int | None, *, but: int | None = None) -> None:
    ends = dict(_of(employee_id, hours.begins_at).exclude(pk=but).values_list("pk", "due_at"))
    for pk, begins_at in hours_agreed(ends).items():
        if begins_at < hours.until_at and hours.begins_at < ends[pk]:
            raise ActRefused("time_is_taken", "another appointment lies in this time")


def _note(act: str, pk: int, by: Employee, hours: Hours, **more: object) -> None:
    times = {"begins_at": hours.begins_at.isoformat(), "until_at": hours.until_at.isoformat()}
    write_entry(act=act, by=by, subject_kind="promise", subject_id=pk, detail={**times, **more})


def _day(at: datetime) -> Any:
    return timezone.localdate(at)


def _clock(hours: Hours) -> Any:
    return timezone.localtime(hours.begins_at).time()
