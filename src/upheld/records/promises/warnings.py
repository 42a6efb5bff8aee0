"""Read the warnings of promises: what somebody was warned of and has not seen, counted for the bell and as a list.

A warning matters until what it warned of is done: kept, waived, cancelled, or done late. So every reading begins at the
few promises that were warned of and are not done, which have an index of their own, and looks back for LATELY alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from upheld.records.promises.choices import WarnedRole, WarningStage
from upheld.records.promises.models import Promise, PromiseWarning, WarningSeen

LATELY = timedelta(days=60)
"""How long after its due time a promise is still warned of."""
MOST_COUNTED = 100
"""The bell counts no further: beyond it says `99+`."""

_SHOWN = ("promise__person", "promise__group", "promise__responsible")
_NOT_SHOWN = tuple(
    f"promise__{subject}__{column}" for subject in ("person", "group") for column in ("bigrams", "pinyin_key")
)


@dataclass(frozen=True)
class Reader:
    """Somebody whom warnings reach: as the one who works on it, as the lead of units, as the department."""

    employee_id: int
    leads_units: tuple[int, ...] = ()
    """The lead's own unit and those below it; empty for who leads nobody."""
    leads: tuple[int, ...] = ()
    """The employees of those units, the lead left out."""
    is_department: bool = False


@dataclass(frozen=True)
class _Way:
    """One way on which warnings reach a reader: whose promises they are of, and to whom they were given."""

    whose: Mapping[str, Any]
    told: Q
    one_each: bool = False
    """Whether there is no more than one such warning of a promise, so that warnings may be counted for promises."""


def unseen_count(reader: Reader, *, now: datetime) -> int:
    """Count the promises of whose warnings somebody has not seen one, up to MOST_COUNTED.

    One query for who works on cases, three for who leads a team, two for the department.
    """
    counted = 0
    for way in _ways(reader):
        left = MOST_COUNTED - counted
        if way.one_each:
            counted += _unseen(_warnings(way, now), reader)[:left].count()
        else:
            told = _unseen(PromiseWarning.objects.filter(way.told, promise=OuterRef("pk")), reader)
            owed = Promise.objects.filter(_not_done(now), **way.whose).filter(Exists(told))
            counted += owed[:left].count()
        if counted >= MOST_COUNTED:
            break
    return counted


def warnings_for(reader: Reader, *, now: datetime, unseen_only: bool = False, limit: int = 50) -> list[Any]:
    """Give the latest warnings that reach somebody, each with its promise, the promise's subject and responsible.

    `is_seen` says of each whether this reader has seen it.
    """
    found: list[Any] = []
    for way in _ways(reader):
        part = _unseen(_warnings(way, now), reader) if unseen_only else _warnings(way, now)
        rows = part.annotate(is_seen=Exists(_seen(reader))).select_related(*_SHOWN).defer(*_NOT_SHOWN)
        found += rows.order_by("-at", "-pk")[:limit]
    return sorted(found, key=lambda one: (one.at, one.pk), reverse=True)[:limit]


def reaching(reader: Reader, *, now: datetime, warning_ids: Collection[int] | None = None) -> frozenset[int]:
    """Give the ids of the unseen warnings that reach somebody: all of them, or some with the earlier of their promises.

    Who sees that a promise is overdue need not be told any more that it was soon due; what comes later is news.
    """
    ids: set[int] = set()
    for way in _ways(reader):
        part = _unseen(_warnings(way, now), reader)
        if warning_ids is not None:
            seen_now = PromiseWarning.objects.filter(
                pk__in=warning_ids, promise=OuterRef("promise"), at__gte=OuterRef("at")
            )
            part = part.filter(Exists(seen_now))
        ids |= set(part.values_list("pk", flat=True))
    return frozenset(ids)


def _ways(reader: Reader) -> list[_Way]:
    """Name the ways on which warnings reach somebody; no promise is reached by two of them."""
    ways = [_Way({"responsible_id": reader.employee_id}, Q(to=WarnedRole.HANDLER))]
    if reader.leads_units:
        to_lead = Q(to=WarnedRole.TEAM_LEAD)
        ways.append(_Way({"responsible_id__in": reader.leads}, to_lead))
        # Nobody works on it yet: the lead of the queue hears of it from the first warning on.
        first = Q(to=WarnedRole.HANDLER, stage=WarningStage.BEFORE)
        of_nobody = {"responsible_id__isnull": True, "case__unit_id__in": reader.leads_units}
        ways.append(_Way(of_nobody, to_lead | first))
    if reader.is_department:
        ways.append(_Way({}, Q(to=WarnedRole.DEPARTMENT), one_each=True))
    return ways


def _warnings(way: _Way, now: datetime) -> QuerySet[PromiseWarning]:
    whose = {f"promise__{name}": value for name, value in way.whose.items()}
    return PromiseWarning.objects.filter(_not_done(now, "promise__"), way.told, at__gte=now - LATELY, **whose)


def _not_done(now: datetime, of: str = "") -> Q:
    """Select promises that were warned of lately and are not done: as their index holds them."""
    owed = Q(**{f"{of}state": "open"}) | Q(**{f"{of}state": "broken", f"{of}late": False})
    return Q(**{f"{of}warned__gt": 0, f"{of}due_at__gte": now - LATELY}) & owed


def _seen(reader: Reader) -> QuerySet[WarningSeen]:
    return WarningSeen.objects.filter(warning=OuterRef("pk"), employee=reader.employee_id)


def _unseen(warnings: QuerySet[PromiseWarning], reader: Reader) -> QuerySet[PromiseWarning]:
    return warnings.filter(~Exists(_seen(reader)))
