"""The waiting list of a store: take a number, be called, be served. Contacts and VIPs come first (KEY-27).

The list lives in the database, so it outlasts a restart, and two clerks who call at once call two people.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.cases.case_facts import priority_of, who_asks
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.who_may import job_may
from upheld.records.counter.models import Arrival
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee, Unit


def arrive(
    *, by: Employee, key: str, person: Person | int | None = None, at: datetime | None = None
) -> Arrival:
    """Give somebody who came to the clerk's store the next number of the day; sent twice under one key, once.

    Who is not known yet waits like any other customer. Raises ActRefused for a clerk without a store.
    """
    unit_id = _store_of(by, "arrive")
    pk = person.pk if isinstance(person, Person) else person
    arrived_at = at or timezone.now()
    with transaction.atomic():
        # The store's row is what gives numbers out: one at a time.
        Unit.objects.select_for_update(no_key=True).get(pk=unit_id)
        before = Arrival.objects.filter(key=key).first()
        if before is not None:
            return before
        day = timezone.localdate(arrived_at)
        taken = Arrival.objects.filter(unit_id=unit_id, day=day).aggregate(last=Max("number"))["last"] or 0
        stored = Arrival.objects.create(
            unit_id=unit_id,
            day=day,
            number=taken + 1,
            person_id=pk,
            priority=_priority(pk, arrived_at) if pk is not None else 0,
            arrived_at=arrived_at,
            key=key,
        )
        detail = {"number": stored.number, "priority": stored.priority, "person": pk}
        write_entry(act="arrive", by=by, subject_kind="arrival", subject_id=stored.pk, detail=detail)
        return stored


def call_next(*, by: Employee, key: str, at: datetime | None = None) -> Arrival | None:
    """Call whoever is next in the clerk's store: by priority, then by arrival; None where nobody waits.

    Pressed twice under one key, the same customer is called.
    """
    unit_id = _store_of(by, "call_next")
    called_at = at or timezone.now()
    with transaction.atomic():
        # Before the key is looked for: of two presses at one instant the second then sees what the first called.
        Unit.objects.select_for_update(no_key=True).get(pk=unit_id)
        before = Arrival.objects.filter(call_key=key).select_related("person").first()
        if before is not None:
            return before
        day = timezone.localdate(called_at)
        waiting = Arrival.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(
            unit_id=unit_id, day=day, called_at__isnull=True, ended_at__isnull=True
        )
        called = waiting.order_by("-priority", "arrived_at", "pk").first()
        if called is None:
            return None
        called.called_at, called.called_by, called.call_key = max(called_at, called.arrived_at), by, key
        called.save(update_fields=["called_at", "called_by", "call_key"])
        write_entry(
            act="call_next",
            by=by,
            subject_kind="arrival",
            subject_id=called.pk,
            detail={"number": called.number},
        )
        return called


def finish(*, arrival: Arrival | int, by: Employee, served: bool, at: datetime | None = None) -> Arrival:
    """Write down that somebody was served, or had gone; done already, it stays as it was.

    Raises ActRefused where nobody was called, or another clerk called.
    """
    pk = arrival.pk if isinstance(arrival, Arrival) else arrival
    unit_id = _store_of(by, "finish")
    with transaction.atomic():
        waiting = Arrival.objects.select_for_update(no_key=True).filter(pk=pk, unit_id=unit_id).first()
        if waiting is None:
            raise ActRefused("no_such_arrival", f"nobody waits under {pk}")
        if waiting.ended_at is not None:
            return waiting
        if waiting.called_at is None and served:
            raise ActRefused("not_called", "nobody has called this number yet")
        if waiting.called_by_id not in (None, by.pk) and not job_may(by, "lead_cases"):
            raise ActRefused("other_clerk", "another clerk serves this number")
        waiting.ended_at, waiting.served = at or timezone.now(), served
        waiting.save(update_fields=["ended_at", "served"])
        write_entry(
            act="finish_arrival", by=by, subject_kind="arrival", subject_id=pk, detail={"served": served}
        )
        return waiting


def _store_of(by: Employee, act: str) -> int:
    require_job(by, "use_counter", act=act, subject_kind="arrival")
    if by.unit_id is None:
        raise ActRefused("no_store", "you belong to no store; ask the administrator for a unit")
    return by.unit_id


def _priority(person_id: int, at: datetime) -> int:
    """Ask for the place in the queue as for a case: a contact before a VIP before the rest."""
    asking = who_asks(day=timezone.localdate(at), person_id=person_id, group_id=None, service_id=None)
    subject = asking.subject(kind="order", opened_at=at, area=None)
    # The area is the contacts' own (KEY-27); a VIP comes after them and before the rest.
    return 2 if subject.get("role") == "contact" else priority_of(subject)
