"""Turn what the standards owe into promises for a range of days: missing ones are added, changed ones put
right.

Running it again changes nothing. One transaction a chunk of subjects; new promises go in by COPY. Asked for the changed
ones alone, it touches nobody else (`changed_subjects.py` finds them). `contact_plans.py` holds the rules of comparing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from upheld.operations.audit_trail import note_chunk, write_entry
from upheld.operations.changed_subjects import ACT, changed_subjects, last_planning, oldest_transaction
from upheld.operations.contact_plans import Changes, Planner, Standing, compare
from upheld.operations.move_promises import read_who_serves
from upheld.operations.refusals import ActRefused
from upheld.operations.run_counts import RunCounts, new_run
from upheld.operations.sql import promises as sql
from upheld.operations.sql.planned_rows import PlannedRows
from upheld.operations.turns import CHUNK, turn_over_chunks
from upheld.operations.which_edition import Chosen, edition_ruling
from upheld.policy.contacts import PlannedPromise
from upheld.policy.facts import Subject
from upheld.records.people.models import Group, Person
from upheld.records.people.queries import chunks_of_groups, chunks_of_people, facts_of_groups, facts_of_people
from upheld.records.promises.models import Promise
from upheld.records.staff.absences import all_absences
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import leavers, responsible_for, responsible_for_groups
from upheld.records.standards.models import EditionRecord
from upheld.records.tiers.models import Membership
from upheld.records.tiers.queries import active_cards

Progress = Callable[[int, int], object]
"""Told of the subjects done and of all subjects."""


@dataclass
class PlanReport(RunCounts):
    """Count what a run found and did; `by_clause` counts the added promises."""

    run: str
    edition: str
    from_date: date
    until_date: date
    scope: str = "whole"
    subjects: int = 0
    added: int = 0
    moved: int = 0
    cancelled: int = 0
    unchanged: int = 0
    unassigned: int = 0
    by_clause: Counter[str] = field(default_factory=Counter)


def plan_contacts(
    *,
    from_date: date,
    until_date: date,
    by: Employee | None,
    edition: Chosen = None,
    progress: Progress | None = None,
    changed_only: bool = False,
) -> PlanReport:
    """Plan the windows that begin in [from_date, until_date) for every person and group.

    Facts, cards, roles and responsible employees are those of `from_date`. A frozen member's card counts
    as none (CT-37). With `changed_only` only those of whom something changed since the last planning are looked at;
    everybody is, where there is none that went as far by the same edition (`scope` of the report says so).
    Raises ActRefused where no edition, or none of its standards, is in force, or the range is empty.
    """
    if until_date <= from_date:
        raise ActRefused("empty_range", f"{until_date} is not after {from_date}")
    record, rules = edition_ruling(from_date, edition)
    report = PlanReport(new_run(), record.name, from_date, until_date)
    planner = Planner(rules, from_date, until_date, leavers=leavers(), absences=all_absences())
    with turn_over_chunks(ACT):
        changes_from = oldest_transaction()
        people, groups, total = _subjects(planner, record.name, changed_only, counted=progress is not None)
        report.scope = "changed" if isinstance(people, list) else "whole"
        for plan, chunks in ((_plan_people, people), (_plan_groups, groups)):
            for ids in chunks:
                chunk = PlanReport(report.run, record.name, from_date, until_date, subjects=len(ids))
                with transaction.atomic():
                    read_who_serves()
                    planner.leavers, planner.absences = leavers(), all_absences()
                    plan(ids, planner, record, chunk)
                    if chunk.added or chunk.moved or chunk.cancelled:
                        subject = {"subject_kind": "edition", "subject_id": record.name}
                        counts = chunk.numbers()
                        note_chunk(act=ACT, by=by, run=report.run, counts=counts, **subject)
                report.add(chunk)
                if progress is not None:
                    progress(report.subjects, total)
        detail = report.as_json() | {"changes_from": changes_from.isoformat()}
        write_entry(act=ACT, by=by, subject_kind="edition", subject_id=record.name, detail=detail)
    return report


def _subjects(
    planner: Planner, edition: str, changed_only: bool, *, counted: bool
) -> tuple[Iterable[list[int]], Iterable[list[int]], int]:
    """Give the persons and the groups to plan, in lists of ids, and how many they are (0 where nobody asked)."""
    if changed_only:
        since = last_planning(
            edition=edition,
            from_date=planner.from_date,
            until_date=planner.until_date,
            facts=planner.facts,
        )
        if since is not None:
            changed = changed_subjects(since, day=planner.from_date)
            people, groups = _in_chunks(changed.person_ids), _in_chunks(changed.group_ids)
            return people, groups, len(changed.person_ids) + len(changed.group_ids)
    total = Person.objects.count() + Group.objects.count() if counted else 0
    return chunks_of_people(), chunks_of_groups(), total


def _in_chunks(ids: Sequence[int]) -> list[list[int]]:
    return [list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)]


def _plan_people(ids: list[int], planner: Planner, record: EditionRecord, report: PlanReport) -> None:
    day = planner.from_date
    subjects = facts_of_people(ids, as_of=day, wanted=planner.facts | {"birthday_calendar"})
    for person_id, card in active_cards(ids, day).items():
        subjects[person_id]["card"] = card
    responsible = responsible_for(ids, day=day)
    changes = _compare_all("person_id", subjects, responsible, planner)
    reasons = _reasons_for_people(changes, planner)
    _write("person_id", changes, reasons, responsible, planner, record, report)


def _plan_groups(ids: list[int], planner: Planner, record: EditionRecord, report: PlanReport) -> None:
    subjects = facts_of_groups(ids)
    responsible = responsible_for_groups(ids, day=planner.from_date)
    changes = _compare_all("group_id", subjects, responsible, planner)
    reasons = {
        promise.id: "no longer owed: the class of the group or the standard changed"
        for change in changes.values()
        for promise in change.cancel
    }
    _write("group_id", changes, reasons, responsible, planner, record, report)


def _compare_all(
    column: str, subjects: dict[int, Subject], responsible: dict[int, int], planner: Planner
) -> dict[int, Changes]:
    """Compare each subject with its promises, read in one query."""
    standing: dict[int, list[Standing]] = defaultdict(list)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"from": planner.from_date, "until": planner.until_date}
        values["ids"] = list(subjects)
        cursor.execute(sql.STANDING[column], values)
        for subject_id, pk, state, employee, *identity in cursor.fetchall():
            standing[subject_id].append(Standing(pk, tuple(identity), state, employee))
    owed_to = column.removesuffix("_id")
    return {
        subject_id: compare(
            owed=planner.owed(subject, owed_to),
            standing=standing.get(subject_id, ()),
            responsible_id=responsible.get(subject_id),
            from_date=planner.from_date,
            leavers=planner.leavers,
            who=planner.who,
        )
        for subject_id, subject in subjects.items()
    }


def _write(
    column: str,
    changes: dict[int, Changes],
    reasons: dict[int, str],
    responsible: dict[int, int],
    planner: Planner,
    record: EditionRecord,
    report: PlanReport,
) -> None:
    _lock([*reasons, *(promise_id for change in changes.values() for promise_id in change.move)])
    report.cancelled += _cancel(reasons)
    moves: dict[int | None, list[int]] = defaultdict(list)
    for change in changes.values():
        report.unchanged += change.unchanged
        for promise_id, has_it in change.move.items():
            moves[has_it].append(promise_id)
    for employee, promise_ids in moves.items():
        if promise_ids:
            moved = Promise.objects.filter(pk__in=promise_ids, state="open").update(responsible_id=employee)
            report.moved += moved
    added = {subject_id: change.add for subject_id, change in changes.items() if change.add}
    add_promises(column, added, responsible, planner, record.pk)
    for subject_id, promises in added.items():
        report.added += len(promises)
        report.unassigned += len(promises) * (subject_id not in responsible)
        report.by_clause.update(promise.clause for promise in promises)


def add_promises(
    column: str,
    added: dict[int, list[PlannedPromise]],
    responsible: dict[int, int],
    planner: Planner,
    edition_id: int,
) -> None:
    """Add planned promises, by subject id, with one binary COPY. `column` is person_id or group_id."""
    if not added:
        return
    with connection.cursor() as cursor, cursor.copy(sql.ADD_PLANNED) as copy:
        rows = PlannedRows(column, planner, edition_id)
        for block in rows.blocks(added, responsible):
            copy.write(block)


def _lock(promise_ids: list[int]) -> None:
    """Lock promises by id, as every act does, so that a contact recorded meanwhile waits or is waited for."""
    rows = Promise.objects.filter(pk__in=promise_ids).order_by("pk").select_for_update(no_key=True)
    len(rows.values_list("pk"))


def _cancel(reasons: dict[int, str]) -> int:
    """Cancel open promises, those with one reason in one statement; return how many were open still."""
    by_reason: dict[str, list[int]] = defaultdict(list)
    for promise_id, reason in reasons.items():
        by_reason[reason].append(promise_id)
    return sum(
        Promise.objects.filter(pk__in=promise_ids, state="open").update(
            state="cancelled", ended_at=timezone.now(), end_reason=reason
        )
        for reason, promise_ids in by_reason.items()
    )


def _reasons_for_people(changes: dict[int, Changes], planner: Planner) -> dict[int, str]:
    """Say for each promise to cancel why it is no longer owed."""
    concerned = [person_id for person_id, change in changes.items() if change.cancel]
    cards = _what_became_of_cards(concerned, planner.from_date)
    reasons = {}
    for person_id in concerned:
        for promise in changes[person_id].cancel:
            by_card = planner.asks_for_card(promise.identity[0]) and cards.get(person_id)
            what = by_card or "role, class of the group or the standard changed"
            reasons[promise.id] = f"no longer owed: {what}"
    return reasons


def _what_became_of_cards(person_ids: Sequence[int], day: date) -> dict[int, str]:
    """Tell each person's last move between memberships up to a day, such as 'card changed from gold to
    silver'.
    """
    periods: dict[int, list[Any]] = defaultdict(list)
    rows: Iterable[Any] = (
        Membership.objects.filter(person_id__in=person_ids, from_date__lte=day)
        .order_by("from_date", "pk")
        .values_list("person_id", "card", "state", "until_date")
    )
    for person_id, card, state, until in rows:
        periods[person_id].append((card, state, until))
    return {person_id: _last_move(found, day) for person_id, found in periods.items()}


def _last_move(periods: list[tuple[str | None, str, date | None]], day: date) -> str:
    card, state, until = periods[-1]
    if until is not None and until <= day:
        return f"membership ended (card was {card or 'none'})"
    if state == "frozen":
        return f"membership frozen ({card} card)"
    if len(periods) > 1 and periods[-2][0] != card:
        return f"card changed from {periods[-2][0] or 'none'} to {card or 'none'}"
    return ""
