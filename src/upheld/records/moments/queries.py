"""Read key moments: the lists of a day, a week, a month; what waits; what one customer had; what came of each kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from upheld.records.moments.choices import Fate
from upheld.records.moments.models import Moment, MomentFate, MomentResult

URGENCY_ORDER = {"at_once": 0, "soon": 1, "in_time": 2}


def waiting_moments() -> QuerySet[Moment]:
    """Select the moments that nobody was sent yet and that nothing ended."""
    return Moment.objects.filter(fate__isnull=True)


def sent_moments(
    *,
    employee_ids: Collection[int] | None,
    dispatch: str,
    from_date: date,
    until_date: date,
    limit: int = 300,
) -> list[Moment]:
    """Give the moments of a list (day, week, month) sent in [from, until], each with customer, promise, results.

    `employee_ids` narrows it to who is responsible now, for a book may have been handed over; None is everybody.
    """
    sent = Moment.objects.filter(
        fate__kind=Fate.SENT, fate__day__gte=from_date, fate__day__lte=until_date, dispatch=dispatch
    )
    if employee_ids is not None:
        sent = sent.filter(fate__promise__responsible_id__in=employee_ids)
    return _whole(sent.order_by("rank", "fate__day", "pk"), limit)


def moments_waiting_for(
    *, person_ids: QuerySet | Collection[int] | None, limit: int = 300
) -> tuple[list[Moment], int]:
    """Give the moments that wait, the first to go first, and how many there are; `person_ids` narrows by customer."""
    waiting = waiting_moments()
    if person_ids is not None:
        waiting = waiting.filter(person_id__in=person_ids)
    found = _whole(waiting.order_by("rank", "found_on", "pk"), limit)
    return sorted(
        found, key=lambda one: (URGENCY_ORDER[one.urgency], one.rank, one.found_on, one.pk)
    ), waiting.count()


def moment_with_id(moment_id: int) -> Moment | None:
    """Give one moment with its customer, its fate, its promise, what was named with it, and its results."""
    found = _whole(Moment.objects.filter(pk=moment_id), 1)
    return found[0] if found else None


def moments_of_person(person_id: int, *, limit: int = 20) -> list[Moment]:
    """Give the latest moments of a customer, the newest first."""
    return _whole(Moment.objects.filter(person_id=person_id).order_by("-found_on", "-pk"), limit)


def moments_of_promises(promise_ids: Collection[int]) -> dict[int, int]:
    """Give the moment for which each promise was made, by promise; one query, and none for no promise."""
    if not promise_ids:
        return {}
    sent = MomentFate.objects.filter(promise_id__in=promise_ids)
    return {promise: moment for promise, moment in sent.values_list("promise_id", "moment_id") if promise}


def count_sent(*, day: date, from_date: date, employee_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Count for each employee what was sent on a day, and from a day until it; who was sent nothing is left out."""
    sent = MomentFate.objects.filter(
        kind=Fate.SENT, day__gte=from_date, day__lte=day, employee_id__in=employee_ids
    )
    rows = sent.values("employee_id").annotate(today=Count("pk", filter=Q(day=day)), since=Count("pk"))
    return {row["employee_id"]: (row["today"], row["since"]) for row in rows}


@dataclass(frozen=True)
class Effect:
    """What came of the moments of one kind: how many were sent, and what the latest result of each says.

    `talks` counts every try; `cost_fen` is of all tries, `kept_fen` what those who stay are billed a month.
    """

    moment: str
    sent: int
    tried: int
    reached: int
    stays: int
    thinks: int
    leaves: int
    offered: int
    accepted: int
    talks: int
    cost_fen: int
    kept_fen: int


def effects(
    *, from_date: date, until_date: date, employee_ids: Collection[int] | None = None
) -> list[Effect]:
    """Count by kind of moment what was sent in [from, until] and what came of it (CARE-38); two queries."""
    sent = Moment.objects.filter(fate__kind=Fate.SENT, fate__day__gte=from_date, fate__day__lte=until_date)
    if employee_ids is not None:
        sent = sent.filter(fate__promise__responsible_id__in=employee_ids)
    results = MomentResult.objects.filter(moment=OuterRef("pk"))
    latest = results.order_by("-at", "-pk")
    reached = Exists(results.filter(outcome="reached"))
    told = latest.filter(outcome="reached")
    rows = (
        sent.annotate(
            tried_=Exists(results),
            reached_=reached,
            decision_=Subquery(told.values("decision")[:1]),
            offered_=Exists(results.filter(accepted__isnull=False)),
            accepted_=Exists(results.filter(accepted=True)),
        )
        .values("moment")
        .annotate(
            sent=Count("pk"),
            tried=Count("pk", filter=Q(tried_=True)),
            reached=Count("pk", filter=Q(reached_=True)),
            stays=Count("pk", filter=Q(decision_="stays")),
            thinks=Count("pk", filter=Q(decision_="thinks")),
            leaves=Count("pk", filter=Q(decision_="leaves")),
            offered=Count("pk", filter=Q(offered_=True)),
            accepted=Count("pk", filter=Q(accepted_=True)),
            kept_fen=Sum("worth_fen", filter=Q(decision_="stays")),
        )
        .order_by("moment")
    )
    spent = {
        row["of"]: (row["talks"], row["cost"])
        for row in MomentResult.objects.filter(moment__in=sent)
        .values(of=F("moment__moment"))
        .annotate(talks=Count("pk"), cost=Sum("cost_fen"))
    }
    found = []
    for row in rows:
        talks, cost = spent.get(row["moment"], (0, 0))
        counted: dict[str, Any] = {**row, "kept_fen": row["kept_fen"] or 0}
        found.append(Effect(**counted, talks=talks, cost_fen=cost or 0))
    return found


def _whole(moments: QuerySet[Moment], limit: int) -> list[Moment]:
    return list(
        moments.select_related(
            "person", "fate", "fate__promise", "fate__promise__responsible", "fate__to"
        ).prefetch_related("named", "results", "results__employee")[:limit]
    )
