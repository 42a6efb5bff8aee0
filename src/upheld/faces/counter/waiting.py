"""Write the waiting list of a store as its clerks see it: who is next and why, and whom the clerk serves now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from upheld.faces import case_words
from upheld.faces.counter import words
from upheld.faces.masking import masked_name
from upheld.records.counter.queries import being_served_by, waiting_in, waiting_number


@dataclass(frozen=True)
class Waiting:
    """One who waits or is being served."""

    id: int
    number: str
    name: str
    priority: str
    waited: str
    url: str


@dataclass(frozen=True)
class WaitingPage:
    """The store's list; `store` is empty for a clerk without one."""

    store: str
    waiting: Sequence[Waiting]
    number: int
    served: Sequence[Waiting]


def waiting_page(user: Any, *, now: datetime) -> WaitingPage:
    """Give the list of the user's store on this day."""
    if user.unit is None:
        return WaitingPage("", (), 0, ())
    day = timezone.localdate(now)
    return WaitingPage(
        user.unit.name,
        [_line(one, now) for one in waiting_in(user.unit_id, day=day)],
        waiting_number(user.unit_id, day=day),
        [_line(one, now) for one in being_served_by(user.pk, day=day)],
    )


def _line(one: Any, now: datetime) -> Waiting:
    url = ""
    if one.person is not None:
        url = f"{reverse('counter-customer', args=[one.person.code])}?arrival={one.pk}"
    until = one.called_at or now
    return Waiting(
        one.pk,
        f"{one.number:03d}",
        masked_name(one.person.name) if one.person else "",
        str(words.PRIORITIES.get(one.priority, "")),
        case_words.span(max(until - one.arrived_at, until - until)),
        url,
    )
