"""Give the open promises of customers to whoever answers for them now, when that has changed.

What the plan of contacts owes follows the customer. What else is owed (a step of a journey, a key moment, an
appointment) follows where it was owed by whoever answered before, or by nobody. What falls due while the new one is
away goes to the deputy. Cases have a way of their own (`cases/hand_over.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from upheld.operations.turns import share_turn, wait_for_turn
from upheld.policy.deputies import Absences, on_duty
from upheld.records.people.models import GroupRole
from upheld.records.periods import on_day
from upheld.records.promises.models import Promise
from upheld.records.staff.absences import all_absences, lent_promises
from upheld.records.staff.models import Lent
from upheld.records.staff.queries import Instead, leavers, responsible_for, responsible_for_groups

WHO_SERVES = "who_serves"
"""The act of which one is done at a time: changing who serves whom, or who is away."""


def change_who_serves() -> None:
    """Keep other changes of who serves whom, and chunks of the planning, out until this transaction ends."""
    wait_for_turn(WHO_SERVES)


def read_who_serves() -> None:
    """Keep changes of who serves whom out until this transaction ends; several may read at once."""
    share_turn(WHO_SERVES)


@dataclass(frozen=True)
class Answering:
    """Who answers on a day for some persons and groups; the persons of the groups are among them."""

    day: date
    people: Mapping[int, int]
    groups: Mapping[int, int]
    person_ids: tuple[int, ...]
    group_ids: tuple[int, ...]


def who_answers(
    *, person_ids: Collection[int], group_ids: Collection[int], day: date, instead: Instead | None = None
) -> Answering:
    """Read who answers for persons, for groups and for everybody in those groups on a day.

    With `instead`, who would answer after that change of who serves whom.
    """
    through = GroupRole.objects.filter(on_day(day), group_id__in=group_ids).values_list(
        "person_id", flat=True
    )
    people = tuple(sorted({*person_ids, *through}))
    groups = tuple(sorted(set(group_ids)))
    return Answering(
        day,
        responsible_for(people, day=day, instead=instead),
        responsible_for_groups(groups, day=day, instead=instead),
        people,
        groups,
    )


def move_promises(before: Answering) -> dict[int, int]:
    """Give open promises to whoever answers now; return how many each employee was given.

    `before` was read before the change, in the same transaction; the assignments are changed by now.
    """
    now = who_answers(person_ids=before.person_ids, group_ids=before.group_ids, day=before.day)
    person_ids = [pk for pk in now.person_ids if now.people.get(pk) is not None]
    group_ids = [pk for pk in now.group_ids if now.groups.get(pk) is not None]
    owed = Promise.objects.filter(
        Q(person_id__in=person_ids) | Q(group_id__in=group_ids), state="open", case__isnull=True
    )
    rows = list(
        owed.order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", "person_id", "group_id", "source", "responsible_id", "due_date")
    )
    lent = lent_promises(pk for pk, *_ in rows)
    absences, gone = all_absences(), leavers()
    given: dict[int, list[int]] = defaultdict(list)
    for pk, person, group, source, holder, due in rows:
        new = now.people[person] if person is not None else now.groups[group]
        old = before.people.get(person) if person is not None else before.groups.get(group)
        owner = lent.get(pk, holder)
        if source != "contact_plan" and (owner not in (None, old) or lent.get(pk) == new):
            continue
        target = _target(new, source, due, absences, gone)
        if target != holder:
            given[target].append(pk)
    return give(given)


def _target(new: int, source: str, due: date, absences: Absences, gone: Collection[int]) -> int:
    # What else is owed goes to the deputy by the night's lending, which knows how to bring it back.
    return on_duty(new, day=due, absences=absences, gone=gone) if source == "contact_plan" else new


def give(promises_of: Mapping[int, Collection[int]]) -> dict[int, int]:
    """Write the new responsible employee of locked promises, by employee; what was lent is so no longer."""
    counts: dict[int, int] = {}
    for employee, ids in promises_of.items():
        if ids:
            Lent.objects.filter(promise_id__in=ids, back_at__isnull=True).update(back_at=timezone.now())
            counts[employee] = Promise.objects.filter(pk__in=ids, state="open").update(
                responsible_id=employee
            )
    return counts
