"""The lists of cases at the desk: a caller's open ones, the agent's own, the unit's queue, and the call-backs owed.

Every list is three queries, however long: which cases, what is shown of them, and what they still owe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.urls import NoReverseMatch, reverse

from upheld.faces import case_words
from upheld.faces.book import Book
from upheld.faces.cases.reach import reaches_case
from upheld.faces.clock_lines import ClockLine, line_of, line_of_owed
from upheld.faces.hotline.telling import instant_in_words
from upheld.faces.masking import masked_name
from upheld.records.cases.queries import OpenClock, cases_with_ids, open_cases, open_clocks_of

CASES_SHOWN = 12
CLOCKS_SHOWN = 4
_COLUMNS = (
    "pk", "kind", "order_type", "state", "waiting_for", "summary", "opened_at", "priority", "person__code",
    "person__name", "group__name", "handler_id", "handler__name", "unit__name", "first_asked__name", "area",
)  # fmt: skip


@dataclass(frozen=True)
class CaseLine:
    """One open case as a line of a list."""

    id: int
    url: str
    title: str
    state: str
    waiting_for: str | None
    summary: str
    opened: str
    first_in_queue: bool
    customer: str
    customer_url: str
    handler: str
    handler_id: int | None
    unit: str
    first_asked: str
    area: str
    clocks: Sequence[ClockLine]
    more_clocks: int
    within_reach: bool = True
    """Whether the reader may work on it, as far as the case goes."""


def cases_of_caller(person_id: int, *, book: Book, now: datetime) -> list[CaseLine]:
    """Give a person's open cases, the next due first; those out of a lead's reach are seen and not worked on."""
    lines = _lines(open_cases().filter(person_id=person_id), now=now)
    if book.whole:
        return lines
    reached = {one.pk for one in cases_with_ids(line.id for line in lines) if reaches_case(book, one)}
    return [replace(line, within_reach=line.id in reached) for line in lines]


def cases_of_agent(employee_id: int, *, now: datetime) -> list[CaseLine]:
    """Give the open cases that an employee works on, the next due first."""
    return _lines(open_cases(handlers=[employee_id]), now=now)


def case_line(case_id: int, *, now: datetime) -> CaseLine | None:
    """Give one open case as a line, or None."""
    return next(iter(_lines(open_cases().filter(pk=case_id), now=now)), None)


def queue_of_unit(unit_id: int | None, *, now: datetime) -> list[CaseLine]:
    """Give what waits in a unit's queue for somebody to take it: contacts first (KEY-16), then the next due."""
    if unit_id is None:
        return []
    return _lines(open_cases(units=[unit_id], unassigned=True).exclude(state="settled"), now=now, queue=True)


def _lines(rows: QuerySet[Any], *, now: datetime, queue: bool = False) -> list[CaseLine]:
    order: list[Any] = [F("next_due_at").asc(nulls_last=True), "pk"]
    # First which ones, then what is shown of them: a long queue is sorted without the names of all who stand in it.
    first = list(
        rows.order_by(*(["-priority", *order] if queue else order)).values_list("pk", flat=True)[:CASES_SHOWN]
    )
    if not first:
        return []
    found = {row[0]: row for row in cases_with_ids(first).values_list(*_COLUMNS)}
    owed = open_clocks_of(first)
    return [_line(found[pk], owed.get(pk, ()), now) for pk in first if pk in found]


def _line(row: tuple[Any, ...], owed: Sequence[OpenClock], now: datetime) -> CaseLine:
    pk, kind, order_type, state, waiting_for, summary, opened_at, priority, code, name, group, *who = row
    handler_id, handler, unit, first_asked, area = who
    clocks = [line_of_owed(one, now=now) for one in owed]
    return CaseLine(
        id=pk,
        url=_address_of(pk),
        title=case_words.case_title(kind, order_type),
        state=state,
        waiting_for=waiting_for,
        summary=summary[:160],
        opened=instant_in_words(opened_at, now=now),
        first_in_queue=priority > 1,
        customer=masked_name(name) if name else group or "",
        customer_url=reverse("caller", args=[code]) if code else "",
        handler=handler or "",
        handler_id=handler_id,
        unit=unit or "",
        first_asked=first_asked or "",
        area=area or "",
        clocks=clocks[:CLOCKS_SHOWN],
        more_clocks=max(len(clocks) - CLOCKS_SHOWN, 0),
    )


def _address_of(case_id: int) -> str:
    try:
        return reverse("case", args=[case_id])
    except NoReverseMatch:
        return ""


@dataclass(frozen=True)
class CallBack:
    """A call that an agent owes, with whom and about which case."""

    id: int
    case_id: int
    customer: str
    customer_url: str
    summary: str
    clock: ClockLine


def call_backs_owed(rows: Sequence[Any], *, now: datetime) -> list[CallBack]:
    """Write call-back promises, which come with their person and case, as lines in the same order."""
    return [
        CallBack(
            id=row.pk,
            case_id=row.case_id,
            customer=masked_name(row.person.name) if row.person else row.group.name,
            customer_url=reverse("caller", args=[row.person.code]) if row.person else "",
            summary=row.case.summary[:120],
            clock=line_of(row, now=now),
        )
        for row in rows
    ]
