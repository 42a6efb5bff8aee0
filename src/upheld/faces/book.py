"""Say whose customers a user reaches: an account manager the own book, a team lead the team's, the others all.

What a role may do with them is said in `faces/permissions.py`; the operations ask the same reach of every act.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from upheld.operations.customer_reach import employees_reached
from upheld.records.staff.queries import book_of_all, serves_group, serves_person


@dataclass(frozen=True)
class Book:
    """The reach of one user on one day; `employee_ids` is None where the user reaches every customer."""

    user: Any
    day: date
    employee_ids: tuple[int, ...] | None

    @property
    def whole(self) -> bool:
        """Tell whether every customer is within reach."""
        return self.employee_ids is None

    @property
    def people(self) -> QuerySet | None:
        """Give the persons within reach as a query, None for all."""
        return None if self.employee_ids is None else book_of_all(self.employee_ids, day=self.day).people

    @property
    def groups(self) -> QuerySet | None:
        """Give the groups within reach as a query, None for all."""
        return None if self.employee_ids is None else book_of_all(self.employee_ids, day=self.day).groups

    def holds_person(self, person_id: int) -> bool:
        """Tell whether the person is within reach."""
        return self.employee_ids is None or serves_person(self.employee_ids, person_id, day=self.day)

    def holds_group(self, group_id: int) -> bool:
        """Tell whether the group is within reach."""
        return self.employee_ids is None or serves_group(self.employee_ids, group_id, day=self.day)

    def holds(self, *, person_id: int | None, group_id: int | None) -> bool:
        """Tell whether the subject of a promise, a person or a group, is within reach."""
        if person_id is not None:
            return self.holds_person(person_id)
        return group_id is not None and self.holds_group(group_id)

    def holds_promise(self, promise: Any) -> bool:
        """Tell whether a promise is the user's to see and to do: a deputy has some of other books."""
        if promise.responsible_id == self.user.pk:
            return True
        return self.holds(person_id=promise.person_id, group_id=promise.group_id)

    def holds_all(self, *, person_ids: Collection[int], group_ids: Collection[int]) -> bool:
        """Tell whether all of some persons and groups are within reach; two queries, however many they are."""
        if self.people is None or self.groups is None:
            return True
        people = self.people.filter(pk__in=person_ids).count() == len(set(person_ids))
        return people and self.groups.filter(pk__in=group_ids).count() == len(set(group_ids))

    def served(self, person_ids: Collection[int]) -> frozenset[int]:
        """Give those of some persons whom the user, or the user's team, serves: their names need not be masked."""
        if self.people is None or not person_ids:
            return frozenset()
        return frozenset(self.people.filter(pk__in=person_ids).values_list("pk", flat=True))

    @property
    def words(self) -> str:
        """Say whose customers these are."""
        if self.whole:
            return gettext("All customers")
        if self.user.job == "team_lead":
            return gettext("Customers of my team")
        return gettext("My own customers")


def book_of(user: Any, *, day: date) -> Book:
    """Find the reach of a signed-in user on a day."""
    return Book(user, day, employees_reached(user))
