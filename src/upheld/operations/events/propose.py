"""Say who is to be invited to an event: those who are owed one first, then those whom the standard asks on demand.

This reads and writes nothing. It stands among the operations because it brings together events, promises, people and
the standard, which know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db.models import Q, QuerySet
from django.utils import timezone

from upheld.operations.which_edition import edition_for
from upheld.policy.contacts import contacts_owed
from upheld.policy.editions import Edition
from upheld.records.events.choices import ACTION_OF
from upheld.records.events.models import Event
from upheld.records.events.queries import counted_on, on_the_list
from upheld.records.evidence.models import Interaction
from upheld.records.evidence.queries import standing
from upheld.records.people.models import Group, GroupRole, Person
from upheld.records.people.queries import facts_of_people, places_of_people
from upheld.records.periods import on_day
from upheld.records.promises.models import Promise
from upheld.records.promises.queries import with_subjects

_LAST = "Z"
"""Behind every class of group: a customer who belongs to none."""


@dataclass(frozen=True)
class Proposal:
    """One customer who is to be invited: by which clause, and what taking part would keep (None: on demand)."""

    person: Person | None
    group: Group | None
    group_name: str
    group_class: str | None
    role: str | None
    clause: str
    promise_id: int | None
    due_date: date | None
    through: Person | None = None

    @property
    def code(self) -> str:
        """Name the proposal in a form: what is owed, else whom."""
        if self.promise_id is not None:
            return f"promise-{self.promise_id}"
        return (
            f"person-{self.person.pk}" if self.person is not None else f"group-{self.group and self.group.pk}"
        )


def proposals(
    *,
    event: Event,
    people: QuerySet[Person] | None = None,
    groups: QuerySet[Group] | None = None,
    limit: int = 200,
) -> list[Proposal]:
    """Give at most `limit` who may be invited, the earliest due first, of one due day the higher class of group first.

    Who stands on the list already, or counts on another event for the same promise, is left out. Where clauses of the
    event are on demand (KEY-12, KEY-43, KEY-44), the others whom they name follow, those first who had none this
    year. `people` and `groups` narrow it to a book; None is everybody.
    """
    owed = _owed(event, people=people, groups=groups, limit=limit)
    if len(owed) >= limit:
        return owed
    named = {one.person.pk for one in owed if one.person is not None}
    return owed + list(
        islice(_on_demand(event, people=people, left_out=named, wanted=limit), limit - len(owed))
    )


def event_day(event: Event) -> date:
    """Give the day on which an event begins."""
    return timezone.localdate(event.starts_at)


def contact_of(group_ids: list[int], *, day: date) -> dict[int, Person]:
    """Give the person by whom each group is invited: its contact, else its top decision maker. One query."""
    roles = GroupRole.objects.filter(
        on_day(day), group_id__in=group_ids, role__in=["contact", "top_decision_maker"]
    )
    found: dict[int, Person] = {}
    for role in roles.select_related("person").order_by("role", "pk"):
        found.setdefault(role.group_id, role.person)
    return found


def _owed(
    event: Event, *, people: QuerySet[Person] | None, groups: QuerySet[Group] | None, limit: int
) -> list[Proposal]:
    day = event_day(event)
    theirs = Q()
    if people is not None or groups is not None:
        theirs = Q(person_id__in=(people or Person.objects.none()).values("pk"))
        theirs |= Q(group_id__in=(groups or Group.objects.none()).values("pk"))
    listed_people, listed_groups = on_the_list(event.pk)
    rows = Promise.objects.filter(
        theirs,
        state="open",
        case=None,
        action=ACTION_OF[event.kind],
        clause__in=event.clauses,
        from_date__lte=day,
        due_date__gte=day,
    ).exclude(Q(person_id__in=listed_people) | Q(group_id__in=listed_groups))
    # A little more than asked for: some count on another event, and the class orders what the due day does not.
    found = list(with_subjects(rows).order_by("due_date", "pk")[: limit * 2 + 50])
    taken = counted_on([one.pk for one in found])
    found = [one for one in found if one.pk not in taken]
    places = places_of_people([one.person_id for one in found if one.person_id is not None], day=day)
    contacts = contact_of([one.group_id for one in found if one.group_id is not None], day=day)
    seen: set[tuple[int | None, int | None]] = set()
    proposed = []
    for one in found:
        if (one.person_id, one.group_id) in seen:
            continue
        seen.add((one.person_id, one.group_id))
        place = places.get(one.person_id or 0)
        proposed.append(
            Proposal(
                person=one.person,
                group=one.group,
                group_name=one.group.name if one.group else (place.group_name if place else ""),
                group_class=one.group.group_class if one.group else (place.group_class if place else None),
                role=place.role if place else None,
                clause=one.clause,
                promise_id=one.pk,
                due_date=one.due_date,
                through=contacts.get(one.group_id or 0),
            )
        )
    proposed.sort(key=lambda one: (one.due_date, one.group_class or _LAST, one.promise_id))
    return proposed[:limit]


def _on_demand(
    event: Event, *, people: QuerySet[Person] | None, left_out: set[int], wanted: int
) -> Iterator[Proposal]:
    """Go through key persons by class, those without such a contact this year first, and ask the standard of each."""
    day = event_day(event)
    _, edition = edition_for(min(day, timezone.localdate()))
    action = ACTION_OF[event.kind]
    if not _has_on_demand(edition, event.clauses, action):
        return
    roles = GroupRole.objects.filter(on_day(day), role__isnull=False)
    if people is not None:
        roles = roles.filter(person_id__in=people.values("pk"))
    listed, _ = on_the_list(event.pk)
    ordered = roles.order_by("group__group_class", "group_id", "pk").values_list("person_id", flat=True)
    ids = [pk for pk in dict.fromkeys(ordered[: wanted * 20]) if pk not in listed and pk not in left_out]
    had = _had_this_year(ids, action, day)
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        facts, places = facts_of_people(chunk, as_of=day), places_of_people(chunk, day=day)
        known = Person.objects.defer("bigrams", "pinyin_key").in_bulk(chunk)
        # Those who had one follow their chunk, not the whole list: a chunk is more than a hall holds.
        for pk in sorted(chunk, key=lambda one: one in had):
            clause = next(
                (
                    owed.clause
                    for owed in contacts_owed(edition=edition, subject=facts[pk], as_of=day, owed_to="person")
                    if owed.times is None and owed.channel == action and owed.clause in event.clauses
                ),
                None,
            )
            place = places.get(pk)
            if clause is not None and place is not None:
                yield Proposal(
                    known[pk], None, place.group_name, place.group_class, place.role, clause, None, None
                )


def _has_on_demand(edition: Edition, clauses: list[str], action: str) -> bool:
    return any(
        row.clause in clauses and item["channel"] == action and item["times"] is None
        for table in edition.tables("contacts", "contact")
        for row in table.rows
        for item in row.answer["owed"]
    )


def _had_this_year(person_ids: list[int], action: str, day: date) -> set[int]:
    rows = Interaction.objects.filter(
        person_id__in=person_ids, channel=action, outcome="reached", happened_at__year=day.year
    )
    return {pk for pk in standing(rows).values_list("person_id", flat=True) if pk is not None}
