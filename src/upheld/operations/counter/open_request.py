"""Take a whole request at the counter in one act (CT-25): one form, signed once, and a case for each kind of clock.

Items whose limits the standard counts alike go into one case, so that every clock runs by its own rule and no clock
twice: relocation and joining by line are one installation, complaints one complaint, and plain orders one order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.cases.open_case import open_case
from upheld.operations.counter.items import IDENTITY, ITEMS, PAPERS, Field, ItemKind, case_kind_of
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.policy.facts import read_amount
from upheld.records.cases.choices import Area, OrderType
from upheld.records.cases.models import CaseClock
from upheld.records.counter.models import Request, RequestCase
from upheld.records.people.models import Person, Service
from upheld.records.staff.models import Employee

LONGEST = {"text": 200, "long": 1_000}


@dataclass(frozen=True)
class Item:
    """One thing asked for: its code, what was filled in, the papers that were seen, and all of it in words."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    papers: Sequence[str] = ()
    words: str = ""


class BadItems(ActRefused):
    """Refuse a request with every fault of its items: (item code, field or 'papers', stable word)."""

    def __init__(self, faults: Sequence[tuple[str, str, str]]) -> None:
        super().__init__("bad_items", "; ".join(f"{code}: {name} {why}" for code, name, why in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Taken:
    """A stored request and its cases; `is_new` is false where the same form had been stored before."""

    request_id: int
    case_ids: tuple[int, ...]
    is_new: bool = True


def open_request(
    *,
    by: Employee,
    person: Person | int,
    items: Sequence[Item],
    key: str,
    note: str = "",
    at: datetime | None = None,
) -> Taken:
    """Store a request with its items under an idempotency `key` and open its cases; one transaction.

    Raises NotAllowed (noted) for who has no counter, BadItems with every fault at once, ActRefused as `open_case` does,
    and for a key that was used for another customer.
    """
    pk = person.pk if isinstance(person, Person) else person
    require_job(by, "use_counter", act="open_request", subject_kind="person", subject_id=pk)
    if not key:
        raise ValueError("a request needs a key")
    with transaction.atomic():
        before = _stored(key, pk)
        if before is not None:
            return before
        services = {one.code: one for one in Service.objects.filter(person_id=pk)}
        _check(items, services)
        case_ids, groups = _open_cases(by, pk, items, key, services, at)
        # Whoever sent the same form at this moment waited for our cases; the first to store it has stored it.
        before = _stored(key, pk)
        if before is not None:
            return before
        stored = Request.objects.create(
            person_id=pk,
            clerk=by,
            unit_id=by.unit_id,
            at=at or timezone.now(),
            items=[_as_stored(one, groups) for one in items],
            promised=_promised(case_ids),
            note=note.strip(),
            key=key,
        )
        RequestCase.objects.bulk_create(RequestCase(request=stored, case_id=one) for one in case_ids)
        detail = {"person": pk, "items": [one.code for one in items], "cases": list(case_ids)}
        write_entry(act="open_request", by=by, subject_kind="request", subject_id=stored.pk, detail=detail)
        return Taken(stored.pk, tuple(case_ids))


def _stored(key: str, person_id: int) -> Taken | None:
    stored = Request.objects.filter(key=key).first()
    if stored is None:
        return None
    if stored.person_id != person_id:
        raise ActRefused("key_used", f"the key {key!r} was used for another request")
    cases = RequestCase.objects.filter(request=stored).order_by("pk").values_list("case_id", flat=True)
    return Taken(stored.pk, tuple(cases), is_new=False)


def _open_cases(
    by: Employee,
    person_id: int,
    items: Sequence[Item],
    key: str,
    services: Mapping[str, Service],
    at: datetime | None,
) -> tuple[list[int], dict[str, int]]:
    """Open one case for each kind, in the order in which they were asked for; return ids, and the case by kind."""
    by_kind: dict[str, list[Item]] = {}
    for item in items:
        by_kind.setdefault(case_kind_of(ITEMS[item.code], item.values), []).append(item)
    opened: dict[str, int] = {}
    # Locks are taken in one order, whichever way round two clerks send the same form.
    for kind in sorted(by_kind):
        group = by_kind[kind]
        orders = [one.code for one in group if one.code in OrderType.values]
        service = services.get(_first(group, "service"))
        opened[kind] = open_case(
            by=by,
            kind=kind,
            channel="store",
            key=f"{key}:{kind}",
            person=person_id,
            service=service,
            area=_first(group, "area") or None,
            address=_first(group, "address"),
            order_type=orders[0] if orders else None,
            items=[one.code for one in group],
            summary="\n".join(one.words or one.code for one in group),
            at=at,
        ).case_id
    return [opened[kind] for kind in by_kind], opened


def _first(items: Sequence[Item], name: str) -> str:
    return next((value for one in items if (value := one.values.get(name, "").strip())), "")


def _as_stored(item: Item, cases: Mapping[str, int]) -> dict[str, Any]:
    kind = case_kind_of(ITEMS[item.code], item.values)
    values = {name: value.strip() for name, value in item.values.items() if value.strip()}
    return {
        "code": item.code,
        "case": cases[kind],
        "values": values,
        "papers": list(item.papers),
        "words": item.words,
    }


def _promised(case_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Give what the customer may be told: the public clocks of the cases, the earliest due first."""
    clocks = CaseClock.objects.filter(case_id__in=case_ids, public=True).exclude(confidence="unconfirmed")
    rows = clocks.select_related("promise").order_by("promise__due_at", "pk")
    return [
        {
            "case": one.case_id,
            "clause": one.promise.clause,
            "stops_at": one.stops_at,
            "due_at": one.promise.due_at.isoformat(),
            "provisional": one.provisional,
        }
        for one in rows
        if one.promise.due_at is not None
    ]


def _check(items: Sequence[Item], services: Mapping[str, Service]) -> None:
    """Refuse with every fault of every item."""
    if not items:
        raise ActRefused("no_items", "a request needs at least one item")
    faults: list[tuple[str, str, str]] = []
    for item in items:
        known = ITEMS.get(item.code)
        if known is None:
            faults.append((item.code, "code", "unknown"))
            continue
        for name in item.values:
            if known.field(name) is None:
                faults.append((item.code, name, "unknown"))
        faults += [
            (item.code, one.name, why)
            for one in known.fields
            if (why := _fault(one, item.values.get(one.name, "").strip(), services))
        ]
        faults += [(item.code, "papers", why) for why in _paper_faults(known, item)]
        faults += _line_faults(item)
    if faults:
        raise BadItems(faults)


def _line_faults(item: Item) -> list[tuple[str, str, str]]:
    """A line into a house needs the house."""
    if case_kind_of(ITEMS[item.code], item.values) != "installation":
        return []
    if item.code != OrderType.JOIN:
        return []
    return [
        (item.code, name, "missing") for name in ("address", "area") if not item.values.get(name, "").strip()
    ]


def _paper_faults(known: ItemKind, item: Item) -> list[str]:
    if any(one not in PAPERS for one in item.papers):
        return ["unknown"]
    if known.identity and not IDENTITY & set(item.papers):
        return ["not_seen"]
    return []


def _fault(asked: Field, value: str, services: Mapping[str, Service]) -> str:
    """Say in a stable word what is wrong with a value; empty where nothing is."""
    if not value:
        return "missing" if asked.required else ""
    if asked.kind == "amount":
        try:
            return "" if read_amount(value) < 10_000_000_00 else "too_large"
        except ValueError:
            return "no_amount"
    if asked.kind == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return "no_date"
        return "" if len(value) == 10 else "no_date"
    if asked.kind == "service":
        return "" if value in services else "no_service"
    if asked.kind in ("choice", "area"):
        return "" if value in (asked.choices or Area.values) else "unknown"
    return "too_long" if len(value) > LONGEST.get(asked.kind, 200) else ""
