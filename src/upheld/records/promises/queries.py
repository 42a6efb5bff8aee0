"""Read promises: an employee's lists, a customer's, a clause's page, and the evidence behind an ended one.

Every list is one query over an index and pages by key, so the thousandth page costs what the first one does.
The counts of the dashboard are in `counts.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from upheld.records.promises.choices import PromiseState
from upheld.records.promises.counts import ClauseCount, counts_by_clause, counts_by_employee, counts_by_month
from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.standards.models import EditionRecord

__all__ = [
    "DONE_LATE_WITHIN",
    "ClauseCount",
    "Cursor",
    "Lane",
    "Page",
    "Responsible",
    "Whose",
    "counts_by_clause",
    "counts_by_employee",
    "counts_by_month",
    "evidence_of",
    "held_by",
    "lane_sizes",
    "newest_edition_promising",
    "open_promises_of_group",
    "open_promises_of_person",
    "owed_in",
    "promise_with_id",
    "promises_kept_by",
    "promises_of_clause",
    "promises_of_group",
    "promises_of_person",
    "still_owed_with_ids",
    "subjects_of",
    "with_subjects",
    "worklist",
]

Cursor = tuple[date, int]
"""Where a page ended: due date and id of its last promise."""


class Whose(Enum):
    """Whose promises, where no employee is named."""

    EVERYBODY = "everybody"
    NOBODY = "nobody"


DONE_LATE_WITHIN = timedelta(days=30)
"""How long a broken promise stays among the overdue: after a month the next round of most contacts is due (KEY-5)."""

Responsible = int | Collection[int] | Whose
"""Whose promises: one employee's, those of several, everybody's, or those that nobody was given yet."""


class Lane(Enum):
    """A list of the workbench. A promise still owed is in one lane, except that today's are also this week's."""

    TODAY = "today"
    WEEK = "week"
    OVERDUE = "overdue"
    UNDER_WAY = "under_way"
    LATER = "later"

    def holds(self, today: date) -> Q:
        """Select the lane's promises on a day; weeks end on Sunday.

        Overdue: due before today, whether still open or broken (see `owed_in`). Today: due today. Week: due from
        today until Sunday. Under way: the window has begun and ends after Sunday, so it may be done already. Later:
        the window begins in future and ends after Sunday.
        """
        sunday = today + timedelta(days=6 - today.weekday())
        return {
            Lane.OVERDUE: Q(due_date__lt=today),
            Lane.TODAY: Q(due_date=today),
            Lane.WEEK: Q(due_date__gte=today, due_date__lte=sunday),
            Lane.UNDER_WAY: Q(due_date__gt=sunday, from_date__lte=today),
            Lane.LATER: Q(due_date__gt=sunday, from_date__gt=today),
        }[self]


@dataclass(frozen=True)
class Page:
    """Promises in order, and where the next page begins: None after the last."""

    promises: list[Promise]
    after: Cursor | None


_BY_CONTACT = Q(case__isnull=True) & ~Q(source="coordination")
"""What a contact keeps; the clocks of cases have queues of their own (`records/cases/queries.py`), and so has what one
department promises another.
"""


def worklist(
    lane: Lane, *, responsible: Responsible, today: date, after: Cursor | None = None, size: int = 50
) -> Page:
    """Give a page of a lane's promises, the earliest due first, each with its subject and responsible."""
    return _page(owed_in(lane, responsible=responsible, today=today), after=after, size=size)


def owed_in(lane: Lane, *, responsible: Responsible, today: date) -> QuerySet[Promise]:
    """Select the promises of a lane: the open ones, and among the overdue those that broke and may be done late."""
    owed = Q(state=PromiseState.OPEN)
    if lane is Lane.OVERDUE:
        owed |= _broken_not_done(today)
    return Promise.objects.filter(held_by(responsible), lane.holds(today), owed, _BY_CONTACT)


def lane_sizes(*, responsible: Responsible, today: date) -> dict[Lane, int]:
    """Count the promises of every lane in one query."""
    # What is broken was due before today, so that only the overdue lane can hold it.
    owed = Q(state=PromiseState.OPEN) | _broken_not_done(today)
    counted = Promise.objects.filter(held_by(responsible), owed, _BY_CONTACT).aggregate(
        **{lane.value: Count("pk", filter=lane.holds(today)) for lane in Lane}
    )
    return {lane: counted[lane.value] for lane in Lane}


def promise_with_id(promise_id: int) -> Promise | None:
    """Give a promise with its subject, edition, responsible and approver, or None."""
    rows = with_subjects(Promise.objects.filter(pk=promise_id)).select_related("edition", "approved_by")
    return rows.defer("edition__content").first()


def still_owed_with_ids(promise_ids: Iterable[int], *, today: date) -> list[Promise]:
    """Give those of some promises that can be done on a day, the earliest due first, each with subject and edition.

    That is: open and begun, or broken and not done late yet.
    """
    begun = Q(state=PromiseState.OPEN, from_date__lte=today)
    rows = Promise.objects.filter(begun | _broken_not_done(today), _BY_CONTACT, pk__in=list(promise_ids))
    owed = with_subjects(rows).select_related("edition").defer("edition__content")
    return list(owed.order_by("due_date", "pk"))


def newest_edition_promising(clause: str) -> EditionRecord | None:
    """Give the record of the newest edition under which a clause was promised, without its text, or None."""
    promised = Promise.objects.filter(clause=clause, edition=OuterRef("pk"))
    records = EditionRecord.objects.defer("content").filter(Exists(promised))
    return records.order_by("-active_from", "-pk").first()


def subjects_of(promise_ids: Collection[int]) -> dict[int, tuple[int | None, int | None]]:
    """Give the person and the group that promises are owed to, one of them None, by promise id. One query."""
    rows = Promise.objects.filter(pk__in=promise_ids).values_list("pk", "person_id", "group_id")
    return {pk: (person, group) for pk, person, group in rows}


def promises_of_person(
    person_id: int, *, due_from: date | None = None, due_until: date | None = None
) -> list[Promise]:
    """Give what a person is or was owed, latest due first; `due_until` is the first day left out."""
    return _of_subject(Q(person_id=person_id), due_from, due_until)


def promises_of_group(
    group_id: int, *, due_from: date | None = None, due_until: date | None = None
) -> list[Promise]:
    """Give what a group itself is or was owed, latest due first; `due_until` is the first day left out."""
    return _of_subject(Q(group_id=group_id), due_from, due_until)


def open_promises_of_person(person_id: int, *, day: date) -> list[Promise]:
    """Give a person's open promises whose window has begun on a day, the earliest due first."""
    return _begun(Q(person_id=person_id), day)


def open_promises_of_group(group_id: int, *, day: date) -> list[Promise]:
    """Give a group's open promises whose window has begun on a day, the earliest due first."""
    return _begun(Q(group_id=group_id), day)


def promises_of_clause(
    clause: str,
    *,
    due_from: date | None = None,
    due_until: date | None = None,
    states: Sequence[str] | None = None,
    late: bool | None = None,
    responsible: Responsible = Whose.EVERYBODY,
    unit_ids: Iterable[int] | None = None,
    after: Cursor | None = None,
    size: int = 50,
) -> Page:
    """Give a page of a clause's promises, the earliest due first; cancelled ones only if `states` names them.

    `due_until` is the first day left out.
    """
    rows = Promise.objects.filter(held_by(responsible), clause=clause, **_due(due_from, due_until))
    rows = rows.filter(state__in=states) if states else rows.exclude(state=PromiseState.CANCELLED)
    if late is not None:
        rows = rows.filter(late=late)
    if unit_ids is not None:
        rows = rows.filter(responsible__unit_id__in=list(unit_ids))
    return _page(rows, after=after, size=size)


def evidence_of(promise_ids: Iterable[int]) -> dict[int, list[PromiseEvidence]]:
    """Give the evidence of promises, each with its interaction and employee, by promise id. One query."""
    links = PromiseEvidence.objects.filter(promise_id__in=list(promise_ids)).select_related(
        "interaction__employee"
    )
    found: dict[int, list[PromiseEvidence]] = {}
    for link in links.order_by("pk"):
        found.setdefault(link.promise_id, []).append(link)
    return found


def promises_kept_by(interaction_ids: Iterable[int]) -> dict[int, list[Promise]]:
    """Give the promises that interactions count for, by interaction id. One query."""
    links = PromiseEvidence.objects.filter(interaction_id__in=list(interaction_ids)).select_related("promise")
    found: dict[int, list[Promise]] = {}
    for link in links.order_by("pk"):
        found.setdefault(link.interaction_id, []).append(link.promise)
    return found


def who_owes(employee_ids: Collection[int]) -> frozenset[int]:
    """Give those of the employees who answer for an open promise. One query, none for nobody."""
    if not employee_ids:
        return frozenset()
    owing = Promise.objects.filter(state="open", responsible_id__in=employee_ids)
    return frozenset(owing.order_by().values_list("responsible_id", flat=True).distinct())


def held_by(responsible: Responsible) -> Q:
    """Select the promises of whoever is meant."""
    if responsible is Whose.EVERYBODY:
        return Q()
    if responsible is Whose.NOBODY:
        return Q(responsible__isnull=True)
    if isinstance(responsible, int):
        return Q(responsible_id=responsible)
    return Q(responsible_id__in=list(responsible))


def _broken_not_done(today: date) -> Q:
    """Select what broke within DONE_LATE_WITHIN and has not been done since; a promise breaks as its due day ends.

    Where evidence counts for it, nothing is left to do, whatever the state says.
    """
    broken = Q(
        state=PromiseState.BROKEN, late=False, due_date__gte=today - DONE_LATE_WITHIN, due_date__lt=today
    )
    counts = PromiseEvidence.objects.filter(promise=OuterRef("pk"), interaction__reversed_by__isnull=True)
    return broken & ~Q(Exists(counts))


def with_subjects(rows: QuerySet[Promise]) -> QuerySet[Promise]:
    """Read person or group and the responsible along, without the search columns that no page shows."""
    return rows.select_related("person", "group", "responsible").defer(
        "person__bigrams", "person__pinyin_key", "group__bigrams", "group__pinyin_key"
    )


def _due(due_from: date | None, due_until: date | None) -> dict[str, date]:
    bounds = {"due_date__gte": due_from, "due_date__lt": due_until}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _page(rows: QuerySet[Promise], *, after: Cursor | None, size: int) -> Page:
    if after is not None:
        due, last = after
        # Written as a range with an exception, not as OR, so that the index is entered at the right place.
        rows = rows.filter(due_date__gte=due).exclude(due_date=due, pk__lte=last)
    # One more than shown tells whether there is a next page.
    found = list(with_subjects(rows).order_by("due_date", "pk")[: size + 1])
    shown = found[:size]
    return Page(shown, (shown[-1].due_date, shown[-1].pk) if len(found) > size else None)


def _of_subject(subject: Q, due_from: date | None, due_until: date | None) -> list[Promise]:
    rows = with_subjects(Promise.objects.filter(subject, **_due(due_from, due_until)))
    return list(rows.order_by("-due_date", "-pk"))


def _begun(subject: Q, day: date) -> list[Promise]:
    rows = Promise.objects.filter(subject, state=PromiseState.OPEN, from_date__lte=day)
    return list(with_subjects(rows).order_by("due_date", "pk"))
