"""Read the points of staff: sums by employee, somebody's rows, and the objections that wait for an answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from upheld.policy.staff_points import Tally
from upheld.records.staff_points.models import Objection, PointsRow


def tallies(
    *, from_date: date, until_date: date, employee_ids: Collection[int] | QuerySet | None = None
) -> list[Tally]:
    """Sum by employee what acts of [from, until] earned and could have earned; who has none is left out. One query.

    A row that was taken back counts for nothing, for its counterpart has the same day.
    """
    rows = PointsRow.objects.filter(day__gte=from_date, day__lte=until_date)
    if employee_ids is not None:
        rows = rows.filter(employee_id__in=employee_ids)
    sums = rows.values("employee_id").annotate(
        points=Sum("points"),
        possible=Sum("possible"),
        written=Count("pk", filter=Q(reverses=None)),
        back=Count("pk", filter=Q(reverses__isnull=False)),
    )
    return [
        Tally(row["employee_id"], row["points"], row["possible"], row["written"] - row["back"])
        for row in sums.order_by("employee_id")
    ]


def rows_of(*, employee_id: int, from_date: date, until_date: date) -> QuerySet[PointsRow]:
    """Select somebody's rows of [from, until] that still count, the newest first, each with its objection."""
    rows = PointsRow.objects.filter(employee_id=employee_id, day__gte=from_date, day__lte=until_date)
    standing = rows.filter(reverses=None).filter(~Exists(PointsRow.objects.filter(reverses=OuterRef("pk"))))
    return standing.select_related(
        "objected",
        "objected__answer",
        "promise",
        "promise__person",
        "promise__group",
        "moment",
        "moment__person",
    ).order_by("-day", "-pk")


def sums_by_event(*, employee_id: int, from_date: date, until_date: date) -> list[tuple[str, int, int, int]]:
    """Give event, number, points and possible points of somebody's acts that count, by event. One query."""
    counted = rows_of(employee_id=employee_id, from_date=from_date, until_date=until_date).order_by()
    rows = (
        counted.values_list("event").annotate(Count("pk"), Sum("points"), Sum("possible")).order_by("event")
    )
    return [(str(event), int(number), int(points), int(possible)) for event, number, points, possible in rows]


def row_with_id(row_id: int) -> PointsRow | None:
    """Give one row with its objection; None where there is none."""
    return PointsRow.objects.select_related("objected", "employee").filter(pk=row_id).first()


def objection_with_id(objection_id: int) -> Objection | None:
    """Give one objection with its row and its answer."""
    return _told(Objection.objects.filter(pk=objection_id)).first()


def open_objections(employee_ids: Collection[int] | None) -> list[Objection]:
    """Give the objections of employees (None: of everybody) that nobody has answered, the oldest first."""
    found = Objection.objects.filter(answer=None)
    if employee_ids is not None:
        found = found.filter(employee_id__in=employee_ids)
    return list(_told(found).order_by("at", "pk"))


def objections_of(employee_id: int, *, limit: int = 20) -> list[Objection]:
    """Give somebody's latest objections with their answers."""
    return list(_told(Objection.objects.filter(employee_id=employee_id)).order_by("-at", "-pk")[:limit])


def _told(found: QuerySet[Objection]) -> QuerySet[Objection]:
    return found.select_related("row", "row__promise", "employee", "answer", "answer__by")
