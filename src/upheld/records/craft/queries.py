"""Read the craft: an employee's month, prospects with their marks, the story of a sale, use of what was sold."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet

from upheld.records.craft.models import (
    ChapterStep,
    Coordination,
    Document,
    Judgement,
    MonthlyTarget,
    Prospect,
    TargetReview,
    UsageFigure,
)

_HIDDEN = ("group__bigrams", "group__pinyin_key")


def targets_of(employee_id: int, *, month: date) -> dict[str, MonthlyTarget]:
    """Give an employee's targets of a month by measure."""
    rows = MonthlyTarget.objects.filter(employee_id=employee_id, month=month)
    return {one.measure: one for one in rows}


def last_reviews(target_ids: Collection[int]) -> dict[int, TargetReview]:
    """Give the review that holds of each target, by target id. One query."""
    rows = TargetReview.objects.filter(target_id__in=target_ids).select_related("by")
    return {one.target_id: one for one in rows.order_by("pk")}


def entered_between(owner_id: int, chapter: str, *, first: datetime, until: datetime) -> int:
    """Count the prospects of an owner that entered a chapter for the first time in [first, until)."""
    rows = ChapterStep.objects.filter(prospect__owner_id=owner_id, chapter=chapter)
    before = rows.filter(at__lt=first).values("prospect_id")
    return (
        rows.filter(at__gte=first, at__lt=until)
        .exclude(prospect_id__in=before)
        .aggregate(number=Count("prospect_id", distinct=True))["number"]
    )


def prospects_of(owner_ids: Collection[int] | None, *, limit: int = 300) -> list[Prospect]:
    """Give the prospects of some owners, or (None) of all, those longest in their chapter first."""
    rows = Prospect.objects.select_related("owner", "group").defer(*_HIDDEN)
    if owner_ids is not None:
        rows = rows.filter(owner_id__in=owner_ids)
    return list(rows.order_by("moved_at", "pk")[:limit])


def prospect_with_id(prospect_id: int) -> Prospect | None:
    """Give a prospect with owner, group and region, or None."""
    rows = Prospect.objects.select_related("owner", "group", "region").defer(*_HIDDEN)
    return rows.filter(pk=prospect_id).first()


def marks_of(prospect_ids: Collection[int]) -> dict[int, dict[str, Judgement]]:
    """Give the judgement that holds of each mark, by prospect and mark. One query."""
    found: dict[int, dict[str, Judgement]] = {}
    rows = Judgement.objects.filter(prospect_id__in=prospect_ids).select_related("by")
    for one in rows.order_by("pk"):
        found.setdefault(one.prospect_id, {})[one.mark] = one
    return found


def story_of(prospect_id: int) -> list[ChapterStep]:
    """Give the steps of a sale, the latest first, each with who took it."""
    return list(ChapterStep.objects.filter(prospect_id=prospect_id).select_related("by").order_by("-pk"))


def documents_of(prospect_id: int) -> list[Document]:
    """Give the documents of a sale without their content, the latest first."""
    rows = Document.objects.filter(prospect_id=prospect_id).select_related("by").defer("content")
    return list(rows.order_by("-pk"))


def document_with_id(prospect_id: int, document_id: int) -> Document | None:
    """Give a document of a sale with its content, or None."""
    return Document.objects.filter(prospect_id=prospect_id, pk=document_id).first()


def usage_of(
    group_ids: QuerySet[Any] | Collection[int] | None, *, since: date
) -> dict[tuple[int, str], dict[date, UsageFigure]]:
    """Give the figures that hold since a month, by group and product, then by month; each with its group."""
    rows = UsageFigure.objects.filter(month__gte=since).select_related("group").defer(*_HIDDEN)
    if group_ids is not None:
        rows = rows.filter(group_id__in=group_ids)
    found: dict[tuple[int, str], dict[date, UsageFigure]] = {}
    for one in rows.order_by("group__name", "product", "month", "pk"):
        found.setdefault((one.group_id, one.product), {})[one.month] = one
    return found


def coordinations(
    *, to_id: int | None = None, asked_by_ids: Collection[int] | None = None, limit: int = 100
) -> list[Coordination]:
    """Give requests to an employee, or asked by some, the latest due first, with promise, group and answers."""
    rows = Coordination.objects.select_related("promise__responsible", "group", "asked_by", "prospect").defer(
        *_HIDDEN
    )
    if to_id is not None:
        rows = rows.filter(promise__responsible_id=to_id)
    if asked_by_ids is not None:
        rows = rows.filter(asked_by_id__in=asked_by_ids)
    return list(rows.prefetch_related("answers").order_by("-promise__due_at", "-pk")[:limit])


def coordination_with_id(coordination_id: int) -> Coordination | None:
    """Give a request with its promise and group, or None."""
    return (
        Coordination.objects.select_related("promise", "group", "asked_by").filter(pk=coordination_id).first()
    )
