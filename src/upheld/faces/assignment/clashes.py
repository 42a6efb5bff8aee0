"""Show appointments of one employee that lie in the same time: both stand until somebody settles with a customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from upheld.faces.book import Book
from upheld.faces.masking import masked_name
from upheld.operations.appointment_clashes import Clash
from upheld.records.promises.planned import appointments_with_ids, hours_agreed
from upheld.records.staff.unserved import employees_named

MOST_SHOWN = 50


@dataclass(frozen=True)
class Side:
    """One of two appointments: with whom, from when until when, by visit or call, and where it is moved."""

    name: str
    begins_at: datetime
    until_at: datetime
    action: str
    url: str


@dataclass(frozen=True)
class ClashLine:
    """Two appointments in one time, and who cannot keep both."""

    employee: Any
    first: Side
    second: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Give both, the earlier first."""
        return self.first, self.second


def clash_lines(clashes: Iterable[Clash], *, book: Book) -> list[ClashLine]:
    """Write clashes as lines; names of whom the reader does not serve are masked, and what is over is left out."""
    every, now = list(clashes), timezone.now()
    if not every:
        return []
    promises = appointments_with_ids({pk for one in every for pk in (one.first_id, one.second_id)})
    to_come = {pk for pk, one in promises.items() if one.due_at is not None and one.due_at > now}
    found = [one for one in every if {one.first_id, one.second_id} <= to_come][:MOST_SHOWN]
    hours = hours_agreed(to_come)
    served = book.served([one.person_id for one in promises.values() if one.person_id is not None])
    staff = employees_named({one.employee_id for one in found})

    def side(pk: int) -> Side:
        one = promises[pk]
        name = one.group.name if one.group else one.person.name if one.person else ""
        if one.person_id is not None and one.person_id not in served:
            name = masked_name(name)
        until_at = timezone.localtime(one.due_at)
        return Side(
            name, timezone.localtime(hours[pk]), until_at, one.action, reverse("appointment", args=[pk])
        )

    return [ClashLine(staff[one.employee_id], side(one.first_id), side(one.second_id)) for one in found]
