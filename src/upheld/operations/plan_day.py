"""Set the day on which a promise is meant to be done, inside its window; and ask the lead where it cannot be.

The window is what the standard owes. A day outside of it is no plan but a waiver, which somebody else must approve.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.own_promises import refusals_noted, require_own
from upheld.operations.refusals import ActRefused
from upheld.records.promises.choices import Source
from upheld.records.promises.models import PlannedDay, Promise, WaiverAsked
from upheld.records.staff.models import Employee

_ANY = date.min
"""Stands for 'whatever day it had', where the caller does not say which one was seen."""


class OutsideWindow(ActRefused):
    """Refuse a day outside the window; the lead may be asked for a waiver (`ask_waiver`)."""

    def __init__(self, from_date: date, due_date: date) -> None:
        super().__init__("outside_window", f"the standard owes it from {from_date} to {due_date}")
        self.from_date, self.due_date = from_date, due_date


@dataclass(frozen=True)
class Planned:
    """The day set, and the one before; `is_new` is false where it had that day already."""

    promise_id: int
    day: date | None
    was: date | None
    is_new: bool


def plan_day(
    *,
    promise: Promise | int,
    day: date | None,
    by: Employee,
    seen: date | None = _ANY,
    now: datetime | None = None,
) -> Planned:
    """Set (None: take off) the day on which an open promise is meant to be done, and keep the story of it.

    `seen` is the day that the promise had on the page: where it has another one meanwhile, nothing is changed. Raises
    OutsideWindow, ActRefused for a day that has passed, an ended promise, an appointment (which has an hour), the clock
    of a case; NotAllowed, noted in the audit trail, unless `by` owes it or leads who does.
    """
    pk = promise.pk if isinstance(promise, Promise) else promise
    with refusals_noted(pk, by, act="plan_day"), transaction.atomic():
        return _plan(pk, day, by, seen, timezone.localdate(now))


def _plan(pk: int, day: date | None, by: Employee, seen: date | None, today: date) -> Planned:
    owed = _held(pk, by)
    if owed.case_id is not None or owed.source == Source.APPOINTMENT:
        raise ActRefused("has_an_hour", "it is due at an instant of its own")
    if owed.state != "open":
        raise ActRefused("already_ended", f"the promise is {owed.state}")
    was = owed.planned_on
    if was == day:
        return Planned(pk, day, was, False)
    if seen not in (_ANY, was):
        raise ActRefused("moved_meanwhile", f"somebody else planned it for {was} meanwhile")
    if day is not None:
        if not owed.from_date <= day <= owed.due_date:
            raise OutsideWindow(owed.from_date, owed.due_date)
        if day < today:
            raise ActRefused("day_has_passed", f"{day} has passed")
    if day is None and not owed.planned_days.exists():
        # Calendars must be told which day it is that no longer holds; the night's suggestion has no row of its own.
        PlannedDay.objects.create(promise=owed, day=was)
    owed.planned_on = day
    owed.save(update_fields=["planned_on"])
    PlannedDay.objects.create(promise=owed, day=day, by=by)
    detail = {"day": day and day.isoformat(), "was": was and was.isoformat()}
    write_entry(act="plan_day", by=by, subject_kind="promise", subject_id=pk, detail=detail)
    return Planned(pk, day, was, True)


def ask_waiver(
    *, promise: Promise | int, by: Employee, reason: str, wished_day: date | None = None
) -> WaiverAsked:
    """Ask the lead to waive an open promise that cannot be kept in its window; asked twice, it is asked once.

    Raises ActRefused for a missing reason and an ended promise; NotAllowed unless `by` owes it.
    """
    pk = promise.pk if isinstance(promise, Promise) else promise
    with refusals_noted(pk, by, act="ask_waiver"), transaction.atomic():
        return _ask(pk, by, reason.strip(), wished_day)


def _ask(pk: int, by: Employee, reason: str, wished_day: date | None) -> WaiverAsked:
    owed = _held(pk, by)
    if not reason:
        raise ActRefused("no_reason", "a waiver needs a reason")
    if owed.state != "open":
        raise ActRefused("already_ended", f"the promise is {owed.state}")
    asked, is_new = WaiverAsked.objects.get_or_create(
        promise=owed, defaults={"by": by, "reason": reason, "wished_day": wished_day}
    )
    if is_new:
        detail = {"reason": reason, "wished_day": wished_day and wished_day.isoformat()}
        write_entry(act="ask_waiver", by=by, subject_kind="promise", subject_id=pk, detail=detail)
    return asked


def _held(pk: int, by: Employee) -> Promise:
    """Lock the promise; refuse who may not arrange it."""
    owed = Promise.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if owed is None:
        raise ActRefused("no_such_promise", f"there is no promise {pk}")
    require_own(owed, by)
    return owed
