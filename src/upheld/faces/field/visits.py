"""Write an engineer's visits: the next one ahead, each with its address, the time agreed and the clocks that run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from upheld.faces import case_words
from upheld.faces.clock_lines import ClockLine, line_of, line_of_owed
from upheld.faces.masking import masked_name
from upheld.operations.dispatch_fault import ON_SITE
from upheld.records.cases.queries import OpenClock, last_events_reached, open_cases, open_clocks_of
from upheld.records.promises.appointments import appointments_of_cases

VISITS_SHOWN = 40


@dataclass(frozen=True)
class Visit:
    """One case that an engineer is to go to, or works on."""

    case: Any
    title: str
    name: str
    place: str
    agreed: ClockLine | None
    clocks: Sequence[ClockLine]
    arrived: bool
    repaired: bool


def visits_of(employee_id: int, *, now: datetime) -> list[Visit]:
    """Give the open cases of an engineer for which somebody goes on site: by the next time that is due."""
    rows = open_cases(handlers=[employee_id]).filter(kind__in=ON_SITE).exclude(state="settled")
    found = list(
        rows.select_related("person", "group", "region").order_by(
            F("next_due_at").asc(nulls_last=True), "opened_at"
        )[:VISITS_SHOWN]
    )
    return _visits(found, now)


def visit_of(case: Any, *, now: datetime) -> Visit:
    """Give one case as a visit."""
    return _visits([case], now)[0]


def _visits(cases: Sequence[Any], now: datetime) -> list[Visit]:
    ids = [one.pk for one in cases]
    clocks, agreed = open_clocks_of(ids), appointments_of_cases(ids)
    reached = last_events_reached(ids)
    visits = [
        _visit(one, clocks.get(one.pk, ()), agreed.get(one.pk, ()), reached.get(one.pk, ()), now)
        for one in cases
    ]
    return sorted(visits, key=_when)


def _when(visit: Visit) -> tuple[bool, datetime]:
    """Order visits by the time agreed, else by the first clock; what has neither comes last, the oldest ahead."""
    due = visit.agreed.due_at if visit.agreed else visit.clocks[0].due_at if visit.clocks else None
    return (due is None, due or visit.case.opened_at)


def _visit(
    case: Any, clocks: Sequence[OpenClock], agreed: Sequence[Any], reached: Collection[str], now: datetime
) -> Visit:
    open_ones = [one for one in agreed if one.state == "open" or (one.state == "broken" and not one.late)]
    mine = {one.pk for one in agreed}
    return Visit(
        case=case,
        title=case_words.case_title(case.kind, case.order_type),
        name=masked_name(case.person.name) if case.person else (case.group.name if case.group else ""),
        place=_place(case),
        agreed=line_of(open_ones[-1], now=now) if open_ones else None,
        clocks=[
            line_of_owed(one, now=now)
            for one in clocks
            if one.promise_id not in mine and one.action != "call_back"
        ],
        arrived="onsite_arrival" in reached,
        repaired="repaired" in reached,
    )


def _place(case: Any) -> str:
    region = case.region.name if case.region else ""
    area = case_words.area_name(case.area) if case.area else ""
    return " · ".join(part for part in (case.address or region, area) if part)
