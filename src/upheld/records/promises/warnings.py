"""Read the warnings of promises: what somebody was warned of and has not seen, counted for the bell and as a list.

A warning matters until what it warned of is done: kept, waived, cancelled, or done late. So every reading begins at the
few promises that were warned of and are not done, which have an index of their own, and looks back for LATELY alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from upheld.records.promises.choices import WarnedRole, WarningStage
from upheld.records.promises.models import PromiseWarning, WarningSeen

LATELY = timedelta(days=60)
"""How long after its due time a promise is still warned of."""
MOST_COUNTED = 100
"""The bell counts no further: beyond it says `99+`."""

_SHOWN = ("promise__person", "promise__group", "promise__responsible")
_NOT_SHOWN = tuple(
    f"promise__{subject}__{column}" for subject in ("person", "group") for column in ("bigrams", "pinyin_key")
)
_NOT_DONE = Q(promise__state="open") | Q(promise__state="broken", promise__late=False)


@dataclass(frozen=True)
class Reader:
    """Somebody whom warnings reach: as the one who works on it, as the lead of units, as the department."""

    employee_id: int
    leads_units: tuple[int, ...] = ()
    """The lead's own unit and those below it; empty for who leads nobody."""
    is_department: bool = False


def unseen_count(reader: Reader, *, now: datetime) -> int:
    """Count the promises of whose warnings somebody has not seen one, up to MOST_COUNTED.

    One query for who works on cases, three for who leads a team, two for the department.
    """
    counted = 0
    for part in _parts(reader, now, unseen_only=True):
        promises = part.order_by().values("promise_id").distinct()
        counted += promises[: MOST_COUNTED - counted].count()
        if counted >= MOST_COUNTED:
            break
    return counted


def warnings_for(reader: Reader, *, now: datetime, unseen_only: bool = False, limit: int = 50) -> list[Any]:
    """Give the latest warnings that reach somebody, each with its promise, the promise's subject and responsible.

    `is_seen` says of each whether this reader has seen it.
    """
    seen = WarningSeen.objects.filter(warning=OuterRef("pk"), employee=reader.employee_id)
    found: list[Any] = []
    for part in _parts(reader, now, unseen_only=unseen_only):
        rows = part.annotate(is_seen=Exists(seen)).select_related(*_SHOWN).defer(*_NOT_SHOWN)
        found += rows.order_by("-at", "-pk")[:limit]
    return sorted(found, key=lambda one: (one.at, one.pk), reverse=True)[:limit]


def reaching(reader: Reader, *, now: datetime, warning_ids: Collection[int] | None = None) -> frozenset[int]:
    """Give the ids of the unseen warnings that reach somebody: all of them, or some with the earlier of their promises.

    Who sees that a promise is overdue need not be told any more that it was soon due; what comes later is news.
    """
    ids: set[int] = set()
    for part in _parts(reader, now, unseen_only=True):
        if warning_ids is not None:
            seen_now = PromiseWarning.objects.filter(
                pk__in=warning_ids, promise=OuterRef("promise"), at__gte=OuterRef("at")
            )
            part = part.filter(Exists(seen_now))
        ids |= set(part.values_list("pk", flat=True))
    return frozenset(ids)


def _parts(reader: Reader, now: datetime, *, unseen_only: bool) -> list[QuerySet[PromiseWarning]]:
    """Give the warnings by the way on which they reach somebody, each way entering its own index."""
    lately = PromiseWarning.objects.filter(
        _NOT_DONE, promise__warned__gt=0, promise__due_at__gte=now - LATELY
    )
    if unseen_only:
        seen = WarningSeen.objects.filter(warning=OuterRef("pk"), employee=reader.employee_id)
        lately = lately.filter(~Exists(seen))
    parts = [lately.filter(to=WarnedRole.HANDLER, promise__responsible_id=reader.employee_id)]
    if reader.leads_units:
        led = lately.filter(to=WarnedRole.TEAM_LEAD)
        of_team = led.filter(promise__responsible__unit_id__in=reader.leads_units)
        parts.append(of_team.exclude(promise__responsible_id=reader.employee_id))
        # Nobody works on it yet: the lead of the queue hears of it from the first warning on.
        first = Q(to=WarnedRole.HANDLER, stage=WarningStage.BEFORE)
        of_nobody = lately.filter(Q(to=WarnedRole.TEAM_LEAD) | first, promise__responsible__isnull=True)
        parts.append(of_nobody.filter(promise__case__unit_id__in=reader.leads_units))
    if reader.is_department:
        everywhere = lately.filter(to=WarnedRole.DEPARTMENT, at__gte=now - LATELY)
        parts.append(everywhere.exclude(promise__responsible_id=reader.employee_id))
    return parts
