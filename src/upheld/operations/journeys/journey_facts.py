"""Gather what decides on the steps of a journey: joined, rated a VIP, a manager assigned, number changed, left.

A VIP is who holds a card that is in force; the rating counts from the first day of cards without a gap. A manager is
assigned once somebody serves the person alone, or through a group; a change from one manager to the next begins nothing
anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from upheld.policy.facts import Subject
from upheld.records.journeys.models import Journey
from upheld.records.people.models import GroupRole
from upheld.records.people.queries import facts_of_people
from upheld.records.periods import on_day
from upheld.records.staff.choices import AssignmentKind
from upheld.records.staff.models import Assignment
from upheld.records.staff.queries import responsible_for
from upheld.records.tiers.models import Membership

MANAGERS = (AssignmentKind.ACCOUNT_MANAGER, AssignmentKind.PHONE_MANAGER)
Period = tuple[date, date | None]


@dataclass(frozen=True)
class Known:
    """What is known of persons on a day: the facts of their standing, and who answers for them."""

    day: date
    subjects: Mapping[int, Subject]
    responsible: Mapping[int, int]

    def joined(self, person_id: int) -> date | None:
        """Give the day of joining as the customer's data says it."""
        joined: date | None = self.subjects.get(person_id, {}).get("joined_date")
        return joined

    def has_left(self, person_id: int) -> bool:
        """Tell whether every service of the person is closed."""
        return self.subjects.get(person_id, {}).get("status") == "closed"

    def of(self, journey: Journey) -> Subject:
        """Give the facts that the standard asks for on this journey."""
        facts = dict(self.subjects.get(journey.person_id, {}))
        facts["joined_date"] = journey.joined_date
        if journey.number_changed is not None:
            facts["number_changed"] = journey.number_changed
        return facts


def known_of(person_ids: Sequence[int], *, day: date) -> Known:
    """Gather the facts of persons on a day; ten queries or so, however many they are."""
    ids = list(person_ids)
    subjects = {pk: dict(facts) for pk, facts in facts_of_people(ids, as_of=day).items()}
    for person_id, since in _rated(ids, day).items():
        subjects[person_id] |= {"vip": True, "rated_date": since}
    for person_id, since in _assigned(ids, day).items():
        subjects[person_id]["assigned_date"] = since
    return Known(day, subjects, responsible_for(ids, day=day))


def _rated(person_ids: list[int], day: date) -> dict[int, date]:
    """Give the day since which each VIP of a day holds cards without a gap."""
    periods: dict[int, list[Period]] = defaultdict(list)
    rows = Membership.objects.filter(person_id__in=person_ids, card__isnull=False, from_date__lte=day)
    in_force = set()
    for person_id, state, begins, ends in rows.values_list("person_id", "state", "from_date", "until_date"):
        periods[person_id].append((begins, ends))
        if state == "active" and (ends is None or ends > day):
            in_force.add(person_id)
    return {pk: since_without_gap(periods[pk], day) or day for pk in in_force}


def _assigned(person_ids: list[int], day: date) -> dict[int, date]:
    """Give the day since which each person is served by a manager without a gap, alone or through a group."""
    own: dict[int, list[Period]] = defaultdict(list)
    rows: Iterable[Any] = Assignment.objects.filter(
        person_id__in=person_ids, kind__in=MANAGERS, from_date__lte=day
    ).values_list("person_id", "from_date", "until_date", "employee__is_active")
    served = set()
    for person_id, begins, ends, is_active in rows:
        own[person_id].append((begins, ends))
        if is_active and (ends is None or ends > day):
            served.add(person_id)
    found = {pk: since_without_gap(own[pk], day) or day for pk in served}
    through = GroupRole.objects.filter(
        on_day(day),
        on_day(day, "group__assignments__"),
        person_id__in=[pk for pk in person_ids if pk not in found],
        group__assignments__kind=AssignmentKind.ACCOUNT_MANAGER,
        group__assignments__employee__is_active=True,
    ).values_list("person_id", "from_date", "group__assignments__from_date")
    for person_id, role_from, assigned_from in through:
        since = max(role_from, assigned_from)
        found[person_id] = min(found.get(person_id, since), since)
    return found


def since_without_gap(periods: Iterable[Period], day: date) -> date | None:
    """Return the first day of the unbroken string of periods that holds a day; None where none does."""
    since: date | None = None
    for begins, ends in sorted(
        (one for one in periods if one[0] != one[1]), key=lambda one: one[0], reverse=True
    ):
        holds = begins <= day and (ends is None or ends > day)
        if holds or (since is not None and ends is not None and ends >= since):
            since = begins if since is None else min(since, begins)
    return since
