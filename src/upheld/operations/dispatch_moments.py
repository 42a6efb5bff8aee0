"""Send key moments out: each to whoever serves the customer, as a promise due at the end of its day, week or month.

Done again, it finds and sends nothing twice. What a manager has no room for waits, the most urgent first, and is sent
on a later day; nothing is dropped (CARE-30, CARE-33, CARE-35).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from upheld.operations.audit_trail import note_chunk, write_entry
from upheld.operations.find_moments import DispatchReport, Finder
from upheld.operations.move_promises import read_who_serves
from upheld.operations.refusals import refuse_a_day_to_come
from upheld.operations.run_counts import new_run
from upheld.operations.turns import CHUNK, turn_over_chunks
from upheld.operations.which_edition import Chosen, edition_for
from upheld.policy.contacts import channels_keeping
from upheld.policy.editions import Edition
from upheld.policy.moments import ACTION, Waiting, period_of, shared_out
from upheld.records.among import among
from upheld.records.moments.choices import Fate
from upheld.records.moments.models import Moment, MomentFate
from upheld.records.moments.queries import count_sent, waiting_moments
from upheld.records.people.models import Person
from upheld.records.people.queries import chunks_of_people
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import responsible_for
from upheld.records.standards.models import EditionRecord

Progress = Callable[[int, int], object]
"""Told of the persons done and of all persons."""


def dispatch_moments(
    *,
    as_of: date,
    by: Employee | None,
    edition: Chosen = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> DispatchReport:
    """Find the moments of everybody as of a day and send out what each manager has room for.

    Raises ActRefused for a day after `today` (the clock's own where left out), or where no edition is in force.
    """
    refuse_a_day_to_come(as_of, today=today or timezone.localdate())
    record, rules = edition_for(as_of, edition)
    finder = Finder(record, rules, as_of)
    report = DispatchReport(new_run(), record.name, as_of)
    total = Person.objects.count() if progress is not None else 0
    done = 0
    subject: dict[str, Any] = {"subject_kind": "edition", "subject_id": record.name}
    with turn_over_chunks("dispatch_moments"):
        for ids in chunks_of_people():
            chunk = DispatchReport(report.run, record.name, as_of)
            with transaction.atomic():
                finder.find_among(ids, chunk)
                if chunk.found or chunk.named or chunk.gone:
                    counts = chunk.numbers()
                    note_chunk(act="dispatch_moments", by=by, run=report.run, counts=counts, **subject)
            report.add(chunk)
            done += len(ids)
            if progress is not None:
                progress(done, total)
        with transaction.atomic():
            # Nobody hands a book over between the reading of who serves and the promise.
            read_who_serves()
            _send(finder, report)
            write_entry(act="dispatch_moments", by=by, detail=report.as_json(), **subject)
    return report


def _send(finder: Finder, report: DispatchReport) -> None:
    """Share out what waits, and make a promise of each that is sent."""
    waiting = {one.pk: one for one in waiting_moments()}
    serving = responsible_for([one.person_id for one in waiting.values()], day=finder.as_of)
    monday, _ = period_of("week", finder.as_of)
    counted = count_sent(day=finder.as_of, from_date=monday, employee_ids=sorted(set(serving.values())))
    chosen = shared_out(
        (
            Waiting(
                one.pk,
                serving.get(one.person_id),
                one.urgency,
                one.rank,
                one.found_on,
                int(one.score * 10) if one.score is not None else 0,
            )
            for one in waiting.values()
        ),
        terms=finder.terms,
        sent_today={employee: today for employee, (today, _) in counted.items()},
        sent_this_week={employee: week for employee, (_, week) in counted.items()},
    )
    _promise(
        [(waiting[one.id], one.employee or 0) for one in chosen], finder.rules, finder.record, finder.as_of
    )
    report.sent += len(chosen)
    report.waiting += len(waiting) - len(chosen)
    report.unserved += sum(one.person_id not in serving for one in waiting.values())


def _promise(chosen: list[tuple[Moment, int]], rules: Edition, record: EditionRecord, day: date) -> None:
    """Make the promises of what is sent, each due on the last day of its period, and note who was sent."""
    turns = _turns_taken([moment.person_id for moment, _ in chosen], day)
    promises, fates = [], []
    for moment, employee_id in chosen:
        _, due = period_of(moment.dispatch, day)
        identity = (moment.person_id, moment.clause, due)
        turns[identity] += 1
        promise = Promise(
            person_id=moment.person_id,
            action=ACTION,
            channels=list(channels_keeping(edition=rules, clause=moment.clause, action=ACTION)),
            clause=moment.clause,
            standard=moment.standard,
            from_date=day,
            due_date=due,
            turn=turns[identity],
            edition=record,
            source="warning",
            responsible_id=employee_id,
        )
        promises.append(promise)
        sent = MomentFate(moment=moment, kind=Fate.SENT, day=day, employee_id=employee_id, promise=promise)
        fates.append(sent)
    Promise.objects.bulk_create(promises, batch_size=CHUNK)
    MomentFate.objects.bulk_create(fates, batch_size=CHUNK)


def _turns_taken(person_ids: list[int], day: date) -> dict[tuple[int, str, date], int]:
    """Count the like promises that begin on the day: one customer may be owed two talks by one clause."""
    taken: dict[tuple[int, str, date], int] = defaultdict(int)
    rows = Promise.objects.filter(among("person_id", person_ids), action=ACTION, from_date=day, case=None)
    for person, clause, due, turn in rows.values_list("person_id", "clause", "due_date").annotate(
        Max("turn")
    ):
        taken[person, clause, due] = turn
    return taken
