"""Open a case: what a customer wants is written down, and every clock that the standard gives it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from upheld.operations.cases.case_facts import as_stored, priority_of, who_asks
from upheld.operations.cases.live_clocks import Begun, columns_of, counting_of
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.sql import cases as sql
from upheld.policy import clocks as policy
from upheld.policy.deadlines import Clock, clocks_of
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.kinds.deadlines import OPENED
from upheld.policy.problems import OutsideDates
from upheld.records.cases.choices import Area, CaseChannel, CaseKind, OrderType
from upheld.records.cases.models import Case
from upheld.records.people.models import Group, Person, Service
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee, Unit

LONGEST_SUMMARY = 4_000


@dataclass(frozen=True)
class Opened:
    """A case and the promises that its clocks are; `is_new` is false where the key had been stored before."""

    case_id: int
    promise_ids: tuple[int, ...]
    is_new: bool = True


def open_case(
    *,
    by: Employee | None,
    kind: str,
    channel: str,
    key: str,
    summary: str,
    person: Person | int | None = None,
    group: Group | int | None = None,
    service: Service | int | None = None,
    area: str | None = None,
    address: str = "",
    order_type: str | None = None,
    items: Sequence[str] = (),
    unit: Unit | int | None = None,
    handler: Employee | int | None = None,
    at: datetime | None = None,
) -> Opened:
    """Store a case of a person, or a group, under an idempotency `key`, and start its clocks, all at once.

    Who opens it was asked first and works on it, unless `unit` (whose queue it goes to) or `handler` says otherwise.
    Each clock is a promise due at an instant, with the edition in force. Raises ActRefused, and stores nothing, with
    every fault named: an unknown kind, channel, area or order, no customer, no summary, a time to come, a day on which
    no edition is in force.
    """
    require_job(
        by, "open_case", act="open_case", subject_kind="case", why="opening cases is not part of the job"
    )
    now = timezone.now()
    opened_at = at or now
    person_id, group_id, service_id = _id(person), _id(group), _id(service)
    _check(kind, channel, area, order_type, summary, person_id, group_id, opened_at, now, key)
    asking = who_asks(
        day=timezone.localdate(opened_at), person_id=person_id, group_id=group_id, service_id=service_id
    )
    subject = asking.subject(kind=kind, opened_at=opened_at, area=area)
    begun = clocks_begun_by(edition=asking.edition, subject=subject)
    handler_id = _id(handler) if handler is not None else (None if unit is not None or by is None else by.pk)
    unit_id = _id(unit) if unit is not None else (by.unit_id if by is not None else None)
    detail = {"kind": kind, "clocks": [f"{one.clock.clause} {one.clock.stops_at}" for one in begun]}
    case = {
        "person_id": person_id, "group_id": group_id, "service_id": service_id, "kind": kind, "order_type": order_type,
        "items": list(items), "channel": channel, "area": area, "address": address.strip(), "summary": summary.strip(),
        "priority": priority_of(subject), "state": "open" if handler_id is None else "assigned", "opened_at": opened_at,
        "by_id": by.pk if by else None, "handler_id": handler_id, "unit_id": unit_id,
        "facts": Jsonb(as_stored(subject)), "detail": Jsonb(detail), "key": key,
    }  # fmt: skip
    with connection.cursor() as cursor:
        # All of it or nothing: one statement needs no transaction around it.
        clocks = columns_of(begun, edition=asking.edition, edition_id=asking.edition_id)
        cursor.execute(sql.OPEN_CASE, case | clocks)
        row = cursor.fetchone()
    if row is None:
        return _opened_before(key, kind, person_id, group_id)
    return Opened(row[0], tuple(row[1]))


def clocks_begun_by(*, edition: Edition, subject: Subject) -> list[Begun]:
    """Give the clocks that begin as the case is opened; the later stages of a chain begin as their stage is reached.

    Raises ActRefused where the calendar of the edition does not reach back to the opening.
    """
    clocks = clocks_given(edition=edition, subject=subject)
    return [Begun(clock, first_event(clock, edition)) for clock in clocks if clock.starts_at == OPENED]


def clocks_given(*, edition: Edition, subject: Subject) -> tuple[Clock, ...]:
    """Ask policy for every clock of a case on the day of its opening, as ActRefused where it refuses."""
    try:
        day = timezone.localdate(subject["opened_at"])
        return clocks_of(edition=edition, subject=subject, as_of=day)
    except (OutsideDates, OverflowError) as error:
        raise ActRefused("outside_dates", str(error)) from error


def first_event(clock: Clock, edition: Edition) -> policy.ClockEvent:
    """Begin a clock at the instant from which policy counts it."""
    whole, counting = counting_of(clock, edition)
    return policy.start(whole=whole, **counting)


def _id(row: Person | Group | Service | Unit | Employee | int | None) -> int | None:
    return row if isinstance(row, int) or row is None else row.pk


def _check(
    kind: str,
    channel: str,
    area: str | None,
    order_type: str | None,
    summary: str,
    person_id: int | None,
    group_id: int | None,
    opened_at: datetime,
    now: datetime,
    key: str,
) -> None:
    """Refuse with every fault at once; ValueError for a fault of the caller."""
    if opened_at.tzinfo is None:
        raise ValueError("at carries no offset")
    if not key:
        raise ValueError("a case needs a key")
    faults = [
        f"{value!r} is not one of {', '.join(choices.values)}"
        for value, choices, needed in (
            (kind, CaseKind, True),
            (channel, CaseChannel, True),
            (area, Area, False),
            (order_type, OrderType, False),
        )
        if (needed or value is not None) and value not in choices.values
    ]
    if person_id is None and group_id is None:
        faults.append("name the person or the group whose case it is")
    if not summary.strip():
        faults.append("write down what the customer wants")
    if len(summary) > LONGEST_SUMMARY:
        faults.append(f"the summary is longer than {LONGEST_SUMMARY} characters; attach a file")
    if opened_at > now:
        faults.append(f"{opened_at.isoformat()} lies in the future")
    if faults:
        raise ActRefused("bad_case", "; ".join(faults))


def _opened_before(key: str, kind: str, person_id: int | None, group_id: int | None) -> Opened:
    stored = Case.objects.get(key=key)
    if (stored.kind, stored.person_id, stored.group_id) != (kind, person_id, group_id):
        raise ActRefused("key_used", f"the key {key!r} was used for another case")
    promises = Promise.objects.filter(case_id=stored.pk).order_by("pk").values_list("pk", flat=True)
    return Opened(stored.pk, tuple(promises), is_new=False)
