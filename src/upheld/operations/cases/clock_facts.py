"""Tell what the clocks of a case rest on: the facts stored with it, the events reached, the times it waited."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from upheld.operations.cases.acting import Act
from upheld.policy.facts import Subject, read_subject
from upheld.policy.working_time import BEIJING
from upheld.records.cases.models import Case, CaseStep, ClockEvent


def stored_subject(case: Case) -> Subject:
    """Give the facts by which the running clocks were given, as policy takes them."""
    return read_subject({**case.facts, "opened_at": case.opened_at.astimezone(BEIJING)})


def happened_in(act: Act) -> dict[str, datetime]:
    """Give the events reached so far with their instants; one that a reopening let be owed again is not."""
    steps = CaseStep.objects.filter(case=act.case, what="reached", event__isnull=False)
    told: list[tuple[Any, ...]] = list(steps.values_list("pk", "what", "event", "at"))
    told += ClockEvent.objects.filter(clock__case=act.case, what__in=["stopped", "restarted"]).values_list(
        "step_id", "what", "clock__stops_at", "at"
    )
    reached: dict[str, datetime] = {}
    for _, what, event, at in sorted(told, key=lambda one: one[0]):
        if what == "restarted":
            reached.pop(event, None)
        elif what == "reached" or event not in reached:
            reached[event] = at.astimezone(BEIJING)
    return reached


def ran_between(
    case: Case, *, from_at: datetime, until_at: datetime, pauses: tuple[str, ...]
) -> list[tuple[datetime, datetime]]:
    """Give the stretches from the first instant to the second in which a clock with such pauses would have run.

    It would have stood still while the case waited for one of them, and while the case was settled or closed.
    """
    stretches: list[tuple[datetime, datetime]] = []
    since: datetime | None = from_at
    steps = CaseStep.objects.filter(
        case=case, what__in=["waiting", "resumed", "settled", "closed", "reopened"], at__lte=until_at
    )
    for step in steps.order_by("pk"):
        stands = step.what in ("settled", "closed") or (step.what == "waiting" and step.waiting_for in pauses)
        if stands and since is not None:
            if step.at > since:
                stretches.append((since, step.at))
            since = None
        elif step.what in ("resumed", "reopened") and since is None:
            since = max(step.at, from_at)
    if since is not None and until_at > since:
        stretches.append((since, until_at))
    return stretches
