"""Read the warnings that were given of promises: to whom, at which stage, and for which instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from upheld.records.promises.models import PromiseWarning


class GivenWarning(NamedTuple):
    """One warning: `at` is the instant for which it was due, however late it was given."""

    promise_id: int
    stage: str
    to: str
    at: datetime


def warnings_of(promise_ids: Iterable[int]) -> list[GivenWarning]:
    """Give the warnings of some promises, the first one first. One query."""
    rows = PromiseWarning.objects.filter(promise_id__in=list(promise_ids)).order_by("at", "pk")
    return [GivenWarning(*row) for row in rows.values_list("promise_id", "stage", "to", "at")]
