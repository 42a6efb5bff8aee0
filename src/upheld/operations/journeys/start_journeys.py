"""Lead new customers through their first ninety days: each night one journey for each joiner, promised step by step.

Run again it changes nothing. Facts that came late (a VIP rating, a manager, a changed number) plan a journey anew by
the rules of `journey_plans.py`; customers who left have their journeys closed; what is over is closed (JOIN-1, JOIN-12,
JOIN-13, JOIN-22).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from upheld.operations.audit_trail import note_chunk, write_entry
from upheld.operations.customer_reach import reaches, refuse_reach
from upheld.operations.job_required import require_job
from upheld.operations.journeys.close_journey import close_if_complete, end_journey, is_over
from upheld.operations.journeys.journey_facts import known_of
from upheld.operations.journeys.journey_plans import Changes, Standing, compare
from upheld.operations.journeys.key_facts import queue_key_facts
from upheld.operations.journeys.tick_step import lock_journey, promises_of_journey, tick_steps
from upheld.operations.journeys.vip_managers import assign_managers
from upheld.operations.move_promises import change_who_serves
from upheld.operations.run_counts import RunCounts, new_run
from upheld.operations.turns import turn_over_chunks
from upheld.operations.which_edition import edition_for
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject
from upheld.policy.journeys import Step, journey_of
from upheld.records.journeys.choices import Ending
from upheld.records.journeys.models import Journey
from upheld.records.journeys.queries import DAYS, standing_ticks
from upheld.records.people.models import Person
from upheld.records.people.queries import chunks_of_people
from upheld.records.promises.choices import Source
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import leavers
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import loaded_edition

CHUNK = 500
MANAGER_STEP = "manager_assigned"


@dataclass
class JourneyReport(RunCounts):
    """Count what a run found and did; `by_clause` counts the promises added."""

    run: str
    day: date
    customers: int = 0
    started: int = 0
    restarted: int = 0
    left: int = 0
    over: int = 0
    complete: int = 0
    added: int = 0
    moved: int = 0
    cancelled: int = 0
    unchanged: int = 0
    managers: int = 0
    without_manager: int = 0
    messages: int = 0
    by_clause: Counter[str] = field(default_factory=Counter)


def start_journeys(
    *,
    day: date | None = None,
    by: Employee | None = None,
    progress: Callable[[int, int], object] | None = None,
    tell: bool = True,
    now: datetime | None = None,
) -> JourneyReport:
    """Start, plan anew and close the journeys of everybody who joined within ninety days before a day (today).

    With `tell`, key facts that are due are queued as messages, though never for a day that is over. A standard without
    steps of a journey starts none. Raises ActRefused where no edition is in force.
    """
    now = now or timezone.now()
    day = day or timezone.localdate(now)
    record, edition = edition_for(day)
    report = JourneyReport(new_run(), day)
    # Whose journey runs is looked at whatever the day of joining says by now.
    running = Journey.objects.filter(closed_at__isnull=True).values("person_id")
    joined = Q(joined_date__gt=day - timedelta(days=DAYS + 1), joined_date__lte=day)
    concerned = Person.objects.filter(joined | Q(pk__in=running))
    total = concerned.count() if progress is not None else 0
    with turn_over_chunks("start_journeys"):
        for ids in chunks_of_people(size=CHUNK, within=concerned):
            chunk = JourneyReport(report.run, day, customers=len(ids))
            with transaction.atomic():
                # First of all: a book that is handed over meanwhile locks promises too, and names who owes the steps.
                change_who_serves()
                _Chunk(ids, record, edition, chunk, by, now, leavers(), tell=tell).run()
                counts = chunk.numbers()
                if counts.keys() - {"customers", "unchanged", "without_manager"}:
                    note_chunk(
                        act="start_journeys", by=by, run=report.run, counts=counts, subject_kind="journey"
                    )
            report.add(chunk)
            if progress is not None:
                progress(report.customers, total)
        write_entry(act="start_journeys", by=by, subject_kind="journey", detail=report.as_json())
    return report


def start_journey(
    *, person: Person | int, by: Employee | None, now: datetime | None = None
) -> Journey | None:
    """Start one joiner's journey at once, or plan it anew; return it, None for who is no joiner of ninety days."""
    now = now or timezone.now()
    pk = person.pk if isinstance(person, Person) else person
    day = timezone.localdate(now)
    record, edition = edition_for(day)
    report = JourneyReport(new_run(), day)
    with transaction.atomic():
        change_who_serves()
        _Chunk([pk], record, edition, report, by, now, leavers()).run()
        counts = report.numbers()
        write_entry(act="start_journey", by=by, subject_kind="person", subject_id=pk, detail=dict(counts))
    return Journey.objects.filter(person_id=pk, closed_at__isnull=True).first()


def tell_number_changed(
    *, journey: Journey | int, changed: bool, by: Employee, now: datetime | None = None
) -> Journey:
    """Write down whether a customer changed number on joining, and plan the journey anew (JOIN-10).

    Raises NotAllowed unless `by` ticks journeys and reaches the customer, ActRefused where the journey is closed.
    """
    pk = journey.pk if isinstance(journey, Journey) else journey
    act = "tell_number_changed"
    require_job(by, "tick_journey", act=act, subject_kind="journey", subject_id=pk)
    person_id = Journey.objects.filter(pk=pk).values_list("person_id", flat=True).first()
    day = timezone.localdate(now)
    if person_id is not None and not reaches(by, person_id=person_id, group_id=None, day=day):
        raise refuse_reach(by, act=act, subject_kind="journey", subject_id=pk)
    with transaction.atomic():
        change_who_serves()
        one = lock_journey(pk)
        if one.number_changed != changed:
            one.number_changed = changed
            one.save(update_fields=["number_changed"])
            detail = {"number_changed": changed}
            write_entry(act=act, by=by, subject_kind="journey", subject_id=pk, detail=detail)
        start_journey(person=one.person_id, by=by, now=now)
        return one


class _Chunk:
    """Some joiners at once, in one transaction."""

    def __init__(
        self,
        ids: list[int],
        record: EditionRecord,
        edition: Edition,
        report: JourneyReport,
        by: Employee | None,
        now: datetime,
        gone: frozenset[int],
        *,
        tell: bool = False,
    ) -> None:
        self.ids, self.record, self.edition, self.report = ids, record, edition, report
        self.by, self.now, self.gone, self.day = by, now, gone, report.day
        self.tell = tell and report.day == timezone.localdate(now)
        rows = Journey.objects.select_for_update(no_key=True, of=("self",)).select_related("edition")
        rows = rows.defer("edition__content").filter(person_id__in=ids, closed_at__isnull=True).order_by("pk")
        self.running = {one.person_id: one for one in rows}
        self.known = known_of(ids, day=self.day)

    def run(self) -> None:
        """Close, start, assign managers and plan anew, in this order."""
        for person_id in list(self.running):
            self._close_left(person_id)
        self._start()
        waiting = self._without_manager()
        if waiting:
            assigned = assign_managers(waiting, day=self.day, by=self.by)
            self.report.managers += len(assigned)
            self.report.without_manager += len(waiting) - len(assigned)
            if assigned:
                self.known = known_of(self.ids, day=self.day)
        self._plan()
        self._tick_managers()
        if self.tell:
            self.report.messages += queue_key_facts(self.running, self.known, now=self.now)
        self._close_over()

    def _close_left(self, person_id: int) -> None:
        journey = self.running[person_id]
        joined = self.known.joined(person_id)
        if self.known.has_left(person_id):
            how = Ending.LEFT
            self.report.left += 1
        elif joined is not None and joined != journey.joined_date and joined <= self.day:
            how = Ending.RESTARTED
            self.report.restarted += 1
        else:
            return
        end_journey(journey, how=how, promises=promises_of_journey(journey), by=self.by, now=self.now)
        del self.running[person_id]

    def _start(self) -> None:
        had = set(Journey.objects.filter(person_id__in=self.ids).values_list("person_id", "joined_date"))
        new = []
        for person_id in self.ids:
            joined = self.known.joined(person_id)
            if person_id in self.running or joined is None or self.known.has_left(person_id):
                continue
            if not 0 <= (self.day - joined).days <= DAYS or (person_id, joined) in had:
                continue
            if _steps(self.edition, self.known.subjects[person_id], self.day):
                new.append(
                    Journey(person_id=person_id, joined_date=joined, edition=self.record, started_on=self.day)
                )
        for journey in Journey.objects.bulk_create(new):
            self.running[journey.person_id] = journey
        self.report.started += len(new)

    def _without_manager(self) -> list[int]:
        """Find the VIPs on a journey whom no manager serves yet (JOIN-12)."""
        return [
            person_id
            for person_id in self.running
            if self.known.subjects[person_id].get("vip")
            and "assigned_date" not in self.known.subjects[person_id]
        ]

    def _plan(self) -> None:
        standing, done = self._standing(), self._done()
        changes: dict[int, Changes] = {}
        for person_id, journey in self.running.items():
            steps = _steps(loaded_edition(journey.edition), self.known.of(journey), journey.started_on)
            changes[person_id] = compare(
                owed=steps,
                standing=[one for one in standing[person_id] if one.from_date >= journey.joined_date],
                done=done[journey.pk],
                responsible_id=self.known.responsible.get(person_id),
                day=self.day,
                leavers=self.gone,
            )
        self._write(changes)

    def _standing(self) -> dict[int, list[Standing]]:
        found: dict[int, list[Standing]] = defaultdict(list)
        rows = Promise.objects.filter(source=Source.JOURNEY, person_id__in=self.running).exclude(
            state="cancelled"
        )
        columns = ("pk", "action", "clause", "from_date", "due_date", "state", "responsible_id")
        told: Iterable[Any] = rows.values_list("person_id", *columns)
        for person_id, *promise in told:
            found[person_id].append(Standing(*promise))
        return found

    def _done(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = defaultdict(set)
        rows = standing_ticks().filter(journey__in=[one.pk for one in self.running.values()])
        for journey_id, step in rows.values_list("journey_id", "step"):
            found[journey_id].add(step)
        return found

    def _write(self, changes: dict[int, Changes]) -> None:
        touched = [pk for change in changes.values() for pk in (*change.cancel, *change.move)]
        rows = Promise.objects.filter(pk__in=touched).order_by("pk").select_for_update(no_key=True)
        locked = {one.pk: one for one in rows}
        for person_id, change in changes.items():
            for pk, reason in change.cancel.items():
                self.report.cancelled += _cancel(locked[pk], reason, self.now)
            for pk in change.move:
                one = locked[pk]
                if one.state == "open":
                    one.responsible_id = self.known.responsible.get(person_id)
                    one.save(update_fields=["responsible"])
                    self.report.moved += 1
            self.report.unchanged += change.unchanged
        Promise.objects.bulk_create(
            self._promise(person_id, step) for person_id, change in changes.items() for step in change.add
        )
        for change in changes.values():
            self.report.added += len(change.add)
            self.report.by_clause.update(step.clause for step in change.add)

    def _promise(self, person_id: int, step: Step) -> Promise:
        journey = self.running[person_id]
        return Promise(
            person_id=person_id,
            action=step.step,
            channels=[],
            clause=step.clause,
            standard=loaded_edition(journey.edition).clause(step.clause).standard,
            from_date=step.from_date,
            due_date=step.due_date,
            edition_id=journey.edition_id,
            source=Source.JOURNEY,
            responsible_id=self.known.responsible.get(person_id),
        )

    def _tick_managers(self) -> None:
        """Tick that a manager is assigned, where one is: nobody has to say so by hand."""
        assigned = {
            person_id: journey
            for person_id, journey in self.running.items()
            if "assigned_date" in self.known.subjects[person_id]
        }
        waiting = Promise.objects.filter(
            source=Source.JOURNEY, person_id__in=assigned, action=MANAGER_STEP, from_date__lte=self.day
        ).filter(Q(state="open") | Q(state="broken", late=False))
        for promise in waiting.order_by("pk"):
            journey = assigned[promise.person_id or 0]
            if promise.from_date < journey.joined_date:
                continue
            tick_steps(
                journey=journey, steps=[MANAGER_STEP], by=None, channel="system", way=None, at=self.now,
                key=f"manager of {promise.pk}", now=self.now,
            )  # fmt: skip

    def _close_over(self) -> None:
        """Close what is over, and what a contact recorded elsewhere, or a delivered message, has made complete."""
        owing = Promise.objects.filter(source=Source.JOURNEY, person_id__in=self.running).filter(
            Q(state="open") | Q(state="broken", late=False)
        )
        still = set(owing.values_list("person_id", flat=True))
        for person_id, journey in list(self.running.items()):
            if person_id not in still and close_if_complete(journey, by=self.by, now=self.now):
                self.report.complete += 1
                del self.running[person_id]
        late = [one for one in self.running.values() if (self.day - one.joined_date).days > DAYS]
        for journey in late:
            journey.refresh_from_db(fields=["closed_at", "closed_how"])
            promises = promises_of_journey(journey)
            if journey.closed_at is None and is_over(journey, promises, now=self.now):
                end_journey(journey, how=Ending.OVER, promises=promises, by=self.by, now=self.now)
                self.report.over += 1


def _steps(edition: Edition, subject: Subject, day: date) -> tuple[Step, ...]:
    return journey_of(edition=edition, subject=subject, as_of=day)


def _cancel(promise: Promise, reason: str, now: datetime) -> int:
    if promise.state != "open":
        return 0
    promise.state, promise.ended_at, promise.end_reason = "cancelled", now, reason
    promise.save(update_fields=["state", "ended_at", "end_reason"])
    return 1
