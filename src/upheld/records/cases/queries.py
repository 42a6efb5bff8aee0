"""Read cases: one with its steps and clocks, the lists of people and desks, and how the clocks stood at any moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery

from upheld.policy.clocks import ClockEvent as PolicyEvent
from upheld.policy.clocks import ClockState, Measure, replay
from upheld.records.cases.models import Attachment, Case, CaseClock, CaseStep, ClockEvent
from upheld.records.standards.queries import loaded_edition


@dataclass(frozen=True)
class ClockOfCase:
    """A clock with its promise, its events in order, and what is counted for it."""

    clock: CaseClock
    promise: Any
    events: tuple[ClockEvent, ...]

    @property
    def measure(self) -> Measure:
        """Give how its time counts."""
        return Measure(self.clock.measure_unit, self.clock.calendar, self.clock.business_hours)

    @property
    def last(self) -> ClockEvent:
        """Give what happened to it last."""
        return self.events[-1]

    @property
    def running(self) -> bool:
        """Say whether it runs now."""
        return self.last.due_at is not None

    @property
    def ended(self) -> bool:
        """Say whether it stopped or was cancelled."""
        return self.last.what in ("stopped", "cancelled")

    def state_at(self, at: datetime) -> ClockState | None:
        """Tell how it stood at a moment: running or not, used and left; None before it began."""
        return replay(
            [PolicyEvent(one.what, one.at, one.used, one.due_at, one.reason) for one in self.events],
            whole=self.clock.whole,
            measure=self.measure,
            calendars=loaded_edition(self.promise.edition).calendars,
            started_at=self.clock.started_at,
            at=at,
        )


def case_with_id(case_id: int) -> Case | None:
    """Give a case with its customer, service, unit and the employees named, or None. One query."""
    related = ("person", "group", "service", "unit", "region", "first_asked", "handler")
    return Case.objects.select_related(*related).filter(pk=case_id).first()


def cases_with_ids(case_ids: Iterable[int]) -> QuerySet[Case]:
    """Select cases by their ids, in no order."""
    return Case.objects.filter(pk__in=list(case_ids))


def steps_of(case_id: int) -> list[CaseStep]:
    """Give every step of a case with who took it, the first one first."""
    return list(CaseStep.objects.filter(case_id=case_id).select_related("by").order_by("pk"))


def clocks_of_case(case_id: int) -> list[ClockOfCase]:
    """Give every clock a case ever had, in the order in which they began, with promises and events. Two queries."""
    clocks = list(
        CaseClock.objects.filter(case_id=case_id).select_related("promise__edition").order_by("pk")
        .defer("promise__edition__content")
    )  # fmt: skip
    events: dict[int, list[ClockEvent]] = {}
    for event in ClockEvent.objects.filter(clock__case_id=case_id).order_by("pk"):
        events.setdefault(event.clock_id, []).append(event)
    return [ClockOfCase(clock, clock.promise, tuple(events.get(clock.pk, ()))) for clock in clocks]


def states_at(case_id: int, at: datetime) -> list[tuple[ClockOfCase, ClockState]]:
    """Tell which clocks of a case there were at a moment, and how each stood."""
    found = ((one, one.state_at(at)) for one in clocks_of_case(case_id))
    return [(one, state) for one, state in found if state is not None]


def attachments_of(case_id: int) -> list[Attachment]:
    """Give the files of a case without their contents."""
    return list(
        Attachment.objects.filter(case_id=case_id).select_related("step__by").defer("content").order_by("pk")
    )


def attachment_with_id(case_id: int, attachment_id: int) -> Attachment | None:
    """Give one file of a case with its contents, or None."""
    return Attachment.objects.filter(case_id=case_id, pk=attachment_id).first()


def cases_of_person(person_id: int, *, limit: int = 20) -> list[Case]:
    """Give a person's cases, the open ones first, then the latest."""
    return _latest(Case.objects.filter(person_id=person_id), limit)


def cases_of_group(group_id: int, *, limit: int = 20) -> list[Case]:
    """Give a group's cases and those of its people about it, the open ones first, then the latest."""
    return _latest(Case.objects.filter(group_id=group_id), limit)


def _latest(rows: QuerySet[Case], limit: int) -> list[Case]:
    rows = rows.select_related("handler", "unit").annotate(is_closed=F("closed_at"))
    return list(rows.order_by(F("closed_at").desc(nulls_first=True), "-opened_at")[:limit])


OPEN = ~Q(state="closed")


def open_cases(
    *,
    handlers: Collection[int] | None = None,
    units: Collection[int] | None = None,
    unassigned: bool = False,
) -> QuerySet[Case]:
    """Select the cases not closed of some handlers or units' queues (None: all), each with `next_due_at`.

    That is the earliest due time of what the case still owes and whose clock runs.
    """
    rows = Case.objects.filter(OPEN)
    if handlers is not None:
        rows = rows.filter(handler_id__in=list(handlers))
    if units is not None:
        rows = rows.filter(unit_id__in=list(units))
    if unassigned:
        rows = rows.filter(handler_id__isnull=True)
    # Asked case by case, not by joining and grouping: where cases are sorted by something else first, the due times are
    # only asked for as far as the list goes.
    promises: Any = Case._meta.get_field("promises").related_model  # by name: cases know nothing of promises
    owed = promises.objects.filter(case_id=OuterRef("pk"), state="open", paused_at__isnull=True).order_by()
    first = owed.values("case_id").annotate(first=Min("due_at")).values("first")
    return rows.annotate(next_due_at=Subquery(first))


@dataclass(frozen=True)
class OpenClock:
    """What one case owes and whose clock runs or stands still, as lists show it."""

    case_id: int
    promise_id: int
    clause: str
    action: str
    state: str
    due_at: datetime
    paused_at: datetime | None
    warn_ats: list[datetime]
    left: timedelta | None = None


def open_clocks_of(case_ids: Iterable[int]) -> Mapping[int, list[OpenClock]]:
    """Give what cases still owe by case id, the earliest due first; broken and not done yet among it. One query."""
    rows = Case.objects.filter(
        pk__in=list(case_ids), promises__state__in=["open", "broken"], promises__late=False
    ).order_by("promises__due_at", "promises__pk")
    found: dict[int, list[OpenClock]] = {}
    columns = ("pk", "promises__pk", "promises__clause", "promises__action", "promises__state",
               "promises__due_at", "promises__paused_at", "promises__warn_ats")  # fmt: skip
    for row in rows.values_list(*columns):
        found.setdefault(row[0], []).append(OpenClock(*row))
    return found


def last_events_reached(case_ids: Iterable[int]) -> Mapping[int, dict[str, datetime]]:
    """Give the events that cases reached by case id, each with its latest instant. One query."""
    rows = CaseStep.objects.filter(case_id__in=list(case_ids), event__isnull=False).order_by("pk")
    found: dict[int, dict[str, datetime]] = {}
    for case_id, event, at in rows.values_list("case_id", "event", "at"):
        if event:
            found.setdefault(case_id, {})[event] = at
    return found
