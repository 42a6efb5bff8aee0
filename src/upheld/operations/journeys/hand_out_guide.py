"""Hand out the service guide: printing it at the counter marks every step that the guide tells as done (JOIN-2)."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from upheld.operations.journeys.tick_step import Ticked, steps_known, tick_steps
from upheld.operations.refusals import ActRefused
from upheld.policy.journeys import ways_of
from upheld.records.journeys.models import Journey
from upheld.records.staff.models import Employee
from upheld.records.standards.queries import loaded_edition


def guide_steps(journey: Journey, *, now: datetime) -> list[str]:
    """Name the steps that the guide tells and whose window has begun."""
    edition, today = loaded_edition(journey.edition), timezone.localdate(now)
    return [
        name
        for name, step in steps_known(journey, day=now).items()
        if "guide" in ways_of(edition=edition, step=name, as_of=journey.started_on)
        and step.from_date <= today
    ]


def hand_out_guide(
    *, journey: Journey, by: Employee, channel: str, key: str, now: datetime | None = None
) -> Ticked:
    """Tick what the guide tells, by its own way; raises ActRefused as `tick_steps` does, and where it tells nothing."""
    now = now or timezone.now()
    steps = guide_steps(journey, now=now)
    if not steps:
        raise ActRefused("no_such_step", "the guide tells nothing that this customer is owed")
    return tick_steps(journey=journey, steps=steps, by=by, channel=channel, way="guide", key=key, now=now)
