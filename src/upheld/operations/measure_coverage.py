"""Measure the shares that a standard asks for of a whole population, such as KEY-40's chief representatives.

This reads and writes nothing. It stands among the operations because it brings together the standard with
groups, staff, promises and contacts, which know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from typing import NamedTuple

from django.utils import timezone

from upheld.operations.which_edition import Chosen, edition_for
from upheld.policy.contacts import CoverageTarget, coverage_targets
from upheld.policy.facts import Subject
from upheld.records.evidence.models import Interaction
from upheld.records.evidence.queries import standing
from upheld.records.people.queries import chunks_of_groups, chunks_of_people, facts_of_groups, facts_of_people
from upheld.records.promises.models import Promise
from upheld.records.staff.queries import chief_representatives


class Coverage(NamedTuple):
    """One target and where it stands; `of` says who the population is, in the words of the rule's
    conditions.
    """

    clause: str
    of: str
    population: int
    covered: int
    at_least_percent: int

    @property
    def percent(self) -> float | None:
        """The share covered, 0 to 100; None of an empty population."""
        return 100 * self.covered / self.population if self.population else None

    @property
    def is_met(self) -> bool | None:
        """Say whether the target is reached; None of an empty population."""
        return None if not self.population else 100 * self.covered >= self.at_least_percent * self.population


def measure_coverage(
    *, as_of: date, edition: Chosen = None, clauses: Collection[str] | None = None
) -> list[Coverage]:
    """Measure every coverage target of the edition in force on a day, or of some clauses, in the standard's order.

    chief_representative: groups with one assigned on that day (KEY-40). lecture: key persons with a
    lecture kept or recorded in the calendar year up to that day (KEY-43).
    """
    _, rules = edition_for(as_of, edition)
    targets = [
        one
        for one in coverage_targets(edition=rules, as_of=as_of)
        if clauses is None or one.clause in clauses
    ]
    counts = {place: [0, 0] for place in range(len(targets))}
    if any(target.of == "groups" for target in targets):
        for ids in chunks_of_groups():
            covered = set(chief_representatives(ids, day=as_of))
            _count(counts, targets, "groups", facts_of_groups(ids), covered, as_of)
    if any(target.of == "people" for target in targets):
        for ids in chunks_of_people():
            covered = _had_lecture(ids, as_of)
            _count(counts, targets, "people", facts_of_people(ids, as_of=as_of), covered, as_of)
    return [
        Coverage(
            target.clause,
            " and ".join(str(condition) for condition in target.conditions),
            counts[place][0],
            counts[place][1],
            target.at_least_percent,
        )
        for place, target in enumerate(targets)
    ]


def _count(
    counts: dict[int, list[int]],
    targets: Iterable[CoverageTarget],
    of: str,
    subjects: dict[int, Subject],
    covered: set[int],
    as_of: date,
) -> None:
    for place, target in enumerate(targets):
        if target.of != of:
            continue
        meant = [pk for pk, subject in subjects.items() if target.row.matches(subject, as_of)]
        counts[place][0] += len(meant)
        counts[place][1] += sum(pk in covered for pk in meant)


def _had_lecture(person_ids: list[int], as_of: date) -> set[int]:
    year = as_of.replace(month=1, day=1)
    kept = Promise.objects.filter(
        person_id__in=person_ids, action="lecture", state="kept", due_date__gte=year, from_date__lte=as_of
    )
    zone = timezone.get_default_timezone()
    begin = datetime.combine(year, time(), zone)
    end = datetime.combine(as_of, time.max, zone)
    recorded = standing(
        Interaction.objects.filter(
            person_id__in=person_ids, channel="lecture", outcome="reached", happened_at__range=(begin, end)
        )
    )
    return {*kept.values_list("person_id", flat=True), *recorded.values_list("person_id", flat=True)}
