"""Give each VIP on a journey a manager, one to one, by region, language and load (JOIN-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from upheld.operations.assign_manager import assign_manager
from upheld.operations.refusals import ActRefused
from upheld.records.staff.choices import AssignmentKind
from upheld.records.staff.models import Employee


def assign_managers(person_ids: Sequence[int], *, day: date, by: Employee | None) -> list[int]:
    """Assign a manager to each person; return those who have one now.

    Where nobody has room the person goes on without: the step stays owed, and breaks by its day.
    """
    served = []
    for person_id in person_ids:
        try:
            with transaction.atomic():
                assign_manager(
                    person=person_id, kind=AssignmentKind.ACCOUNT_MANAGER, by=by, day=day, why="JOIN-12"
                )
        except ActRefused:
            continue
        served.append(person_id)
    return served
