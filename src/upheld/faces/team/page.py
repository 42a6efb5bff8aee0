"""Compose the page of a team lead: lanes of cases by time left, filters, who has how many, the day by half hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces import case_words, rule_words
from upheld.faces.addresses import text_in
from upheld.faces.book import Book
from upheld.faces.clock_lines import ClockLine, line_from
from upheld.faces.masking import masked_name
from upheld.records.cases.lead_queue import (
    LANES,
    MOST_COUNTED,
    Asked,
    Cursor,
    QueueRow,
    day_by_half_hours,
    lane_size,
    load_of,
    queue_page,
)
from upheld.records.staff.queries import unit_tree, units_below

ROWS_A_PAGE = 50
LABELS = {
    "overdue": _("Overdue"),
    "running": _("By time left"),
    "unassigned": _("Nobody has it"),
    "calls": _("Call-backs"),
    "still": _("Stands still"),
    "breached": _("Broken today"),
}


@dataclass(frozen=True)
class Line:
    """One case in a lane."""

    row: QueueRow
    title: str
    customer: str
    clock: ClockLine | None


@dataclass
class TeamPage:
    """What the page shows."""

    lane: str
    lines: list[Line]
    tabs: list[dict[str, Any]]
    kinds: list[tuple[str, str]]
    units: list[dict[str, str]]
    unit: str
    scope_words: str
    asked: Asked
    kind: str
    clause: str
    handler: str
    next_url: str
    first_url: str
    load: list[dict[str, Any]] = field(default_factory=list)
    chart: dict[str, Any] = field(default_factory=dict)
    slots: list[dict[str, Any]] = field(default_factory=list)
    broken_today: int = 0


@dataclass(frozen=True)
class Reach:
    """Whose cases a lead reaches: of the own unit and those below; who oversees, of all or of a chosen unit."""

    units: tuple[int, ...] | None
    unit_code: str
    words: str
    offered: list[dict[str, str]]


def reach_of(user: Any, unit_code: str) -> Reach:
    """Find whose cases a lead may look at and act on."""
    if user.job == "team_lead":
        units = tuple(units_below(user.unit_id)) if user.unit_id is not None else ()
        return Reach(units, "", user.unit.name if user.unit else "", [])
    tree = unit_tree()
    offered = [{"code": unit.code, "name": "\u3000" * depth + unit.name} for unit, depth in tree]
    chosen = next((unit for unit, _depth in tree if unit.code == unit_code), None)
    if chosen is None:
        return Reach(None, "", gettext("All units"), offered)
    return Reach(tuple(units_below(chosen)), chosen.code, chosen.name, offered)


def team_page(asked: Mapping[str, str], *, book: Book, now: datetime) -> TeamPage:
    """Compose the page from what its address asks for; what cannot be meant is as good as not there."""
    reach = reach_of(book.user, text_in(asked, "unit"))
    kind = asked.get("kind", "") if asked.get("kind") in rule_words.VALUES["case"] else ""
    clause = text_in(asked, "clause")[:32]
    handler = _number(asked.get("handler", ""))
    narrowed = Asked(book.day, reach.units, kind, clause, handler)
    lane = asked.get("lane", "") if asked.get("lane") in LANES else ""
    sizes = {one: lane_size(one, narrowed) for one in LANES}
    if not lane:
        lane = next((one for one in ("overdue", "running", "unassigned") if sizes[one]), "running")
    page = queue_page(lane, narrowed, after=_cursor(asked.get("after", "")), size=ROWS_A_PAGE)
    base = {"lane": lane, "unit": reach.unit_code, "kind": kind, "clause": clause,
            "handler": "" if handler is None else str(handler)}  # fmt: skip
    shown = TeamPage(
        lane=lane,
        lines=_lines(page.rows, book=book, now=now),
        tabs=[
            {
                "key": one,
                "label": LABELS[one],
                "count": _counted(sizes[one]),
                "url": _url({**base, "lane": one}),
            }
            for one in LANES
        ],
        kinds=[(code, str(capfirst(str(words)))) for code, words in rule_words.VALUES["case"].items()],
        units=reach.offered,
        unit=reach.unit_code,
        scope_words=reach.words,
        asked=narrowed,
        kind=kind,
        clause=clause,
        handler=base["handler"],
        next_url=_url({**base, "after": _written(page.after)}) if page.after else "",
        first_url=_url(base) if asked.get("after") else "",
    )
    _add_load(shown, reach, base)
    _add_day(shown, reach)
    return shown


def _lines(rows: list[QueueRow], *, book: Book, now: datetime) -> list[Line]:
    served = book.served([row.person_id for row in rows if row.person_id is not None])
    return [
        Line(
            row=row,
            title=case_words.case_title(row.kind, row.order_type),
            customer=_customer(row, served),
            clock=_clock(row, now),
        )
        for row in rows
    ]


def _customer(row: QueueRow, served: frozenset[int]) -> str:
    if row.person_name:
        return row.person_name if row.person_id in served else masked_name(row.person_name)
    return row.group_name or ""


def _clock(row: QueueRow, now: datetime) -> ClockLine | None:
    if row.promise_id is None or row.due_at is None:
        return None
    return line_from(
        promise_id=row.promise_id,
        clause=row.clause or "",
        action=row.action or "",
        state=row.state or "open",
        late=bool(row.late),
        due_at=row.due_at,
        paused_at=row.paused_at,
        warn_ats=row.warn_ats or [],
        now=now,
    )


def _add_load(shown: TeamPage, reach: Reach, base: dict[str, str]) -> None:
    """Add who has how many; each leads on to that employee's cases."""
    found = load_of(reach.units)
    most = max((one.cases for one in found), default=1)
    shown.load = [
        {
            "name": one.name or gettext("nobody yet"),
            "cases": one.cases,
            "overdue": one.overdue,
            "share": f"{one.cases / most:.3f}",
            "url": _url({**base, "lane": "unassigned", "handler": ""})
            if one.handler_id is None
            else _url({**base, "handler": str(one.handler_id)}),
        }
        for one in found
    ]


def _add_day(shown: TeamPage, reach: Reach) -> None:
    """Add today's clocks by the half hour in which they are due, for the picture and the table beside it."""
    day = day_by_half_hours(reach.units, day=shown.asked.day, time_zone=settings.TIME_ZONE)
    shown.broken_today = day.broken
    shown.slots = [
        {
            "time": date_format(timezone.localtime(slot.begins_at), "H:i"),
            "kept": slot.kept, "broken": slot.broken, "open": slot.open,
        }
        for slot in day.slots
    ]  # fmt: skip
    shown.chart = {
        "times": [slot["time"] for slot in shown.slots],
        "series": [
            {"key": key, "name": str(name), "values": [slot[key] for slot in shown.slots]}
            for key, name in (
                ("kept", gettext("kept")),
                ("broken", gettext("broken")),
                ("open", gettext("open")),
            )
        ],
    }


def _counted(size: int) -> str:
    return str(size) if size <= MOST_COUNTED else f"{MOST_COUNTED}+"


def _url(words: Mapping[str, str]) -> str:
    return f"{reverse('team')}?{urlencode({name: value for name, value in words.items() if value})}"


def _written(cursor: Cursor) -> str:
    priority, due_at, place = cursor
    return f"{priority}_{due_at.isoformat() if due_at else ''}_{place}"


def _cursor(text: str) -> Cursor | None:
    """Read where the page before ended; anything unreadable begins from the start."""
    priority, _first, rest = text.partition("_")
    due_at, _second, place = rest.rpartition("_")
    number, at = _number(place), None
    try:
        at = datetime.fromisoformat(due_at) if due_at else None
        if number is None or not -99 <= int(priority) <= 99 or (at is not None and timezone.is_naive(at)):
            return None
        return int(priority), at, number
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
