"""Read a lane of the workbench customer by customer, because one visit or greeting may meet several promises.

`queries.worklist` pages through single promises; here a page is a number of customers, each with all that the lane
owes to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min, Q, QuerySet

from upheld.records.promises.models import Promise
from upheld.records.promises.queries import Lane, Responsible, owed_in, with_subjects


@dataclass(frozen=True)
class CustomerPage:
    """Promises of one page of customers, kept together, and how many customers the lane has in all."""

    promises: list[Promise]
    customers: int


def worklist_by_customer(
    lane: Lane,
    *,
    responsible: Responsible,
    today: date,
    action: str | None = None,
    page: int = 1,
    size: int = 20,
) -> CustomerPage:
    """Give the promises of the `page`-th `size` customers of a lane; who is owed something soonest comes first.

    A page beyond the last is the last. `action` keeps one kind of contact. Three queries, however long the
    lane.
    """
    rows = owed_in(lane, responsible=responsible, today=today)
    if action is not None:
        rows = rows.filter(action=action)
    owed = rows.values("person_id", "group_id")
    customers = owed.distinct().count()
    pages = max(-(-customers // size), 1)
    start = (min(max(page, 1), pages) - 1) * size
    on_page = owed.annotate(first_due=Min("due_date")).order_by("first_due", "person_id", "group_id")
    subjects = [(row["person_id"], row["group_id"]) for row in on_page[start : start + size]]
    here = Q(person_id__in=[person for person, _ in subjects if person is not None])
    here |= Q(group_id__in=[group for _, group in subjects if group is not None])
    place: dict[tuple[int | None, int | None], int] = {
        subject: index for index, subject in enumerate(subjects)
    }
    promises = sorted(
        with_subjects(rows.filter(here)) if subjects else [],
        key=lambda one: (place[one.person_id, one.group_id], one.due_date, one.clause, one.pk),
    )
    return CustomerPage(promises, customers)


def action_sizes(lane: Lane, *, responsible: Responsible, today: date) -> dict[str, int]:
    """Count the promises of a lane by action, the most first. One query."""
    counted = (
        owed_in(lane, responsible=responsible, today=today).values_list("action").annotate(number=Count("pk"))
    )
    return dict(counted.order_by("-number", "action"))


def begun_of_action(
    lane: Lane, *, responsible: Responsible, today: date, action: str, limit: int
) -> list[int]:
    """Give the ids of a lane's promises of one action that can be done already, the earliest due first."""
    rows = _begun(lane, responsible, today, action).order_by("due_date", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def number_begun(lane: Lane, *, responsible: Responsible, today: date, action: str) -> int:
    """Count a lane's promises of one action that can be done already."""
    return _begun(lane, responsible, today, action).count()


def _begun(lane: Lane, responsible: Responsible, today: date, action: str) -> QuerySet[Promise]:
    rows = owed_in(lane, responsible=responsible, today=today)
    return rows.filter(action=action, from_date__lte=today)
