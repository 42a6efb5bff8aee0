"""Read the customers: the facts of standards, the search, and what a customer's page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Model, QuerySet

from upheld.records.people.facts import facts_of_group, facts_of_groups, facts_of_people
from upheld.records.people.models import Bill, Group, GroupRole, Person, Region, Service
from upheld.records.people.search import find_groups, find_people
from upheld.records.periods import on_day

__all__ = [
    "PlaceInGroup",
    "bills_of_person",
    "chunks_of_groups",
    "chunks_of_people",
    "facts_of_group",
    "facts_of_groups",
    "facts_of_people",
    "find_groups",
    "find_people",
    "group_with_code",
    "group_with_id",
    "members_of_group",
    "people_of_groups",
    "person_with_code",
    "person_with_id",
    "places_of_people",
    "provinces_of_regions",
    "regions_below",
    "roles_of_person",
    "services_of_person",
]


@dataclass(frozen=True)
class PlaceInGroup:
    """A person's place in a group; `role` None is an ordinary member."""

    group_id: int
    group_code: str
    group_name: str
    group_class: str
    role: str | None


def chunks_of_people(*, size: int = 2_000, within: QuerySet[Person] | None = None) -> Iterator[list[int]]:
    """Go through the ids of all persons, or of those `within`, in ascending lists of at most `size`."""
    return _chunks(Person.objects.all() if within is None else within, size)


def chunks_of_groups(*, size: int = 2_000, within: QuerySet[Group] | None = None) -> Iterator[list[int]]:
    """Go through the ids of all groups, or of those `within`, in ascending lists of at most `size`."""
    return _chunks(Group.objects.all() if within is None else within, size)


def person_with_id(person_id: int) -> Person | None:
    """Give a person with its region, or None."""
    return Person.objects.select_related("region").filter(pk=person_id).first()


def person_with_code(code: str) -> Person | None:
    """Give a person with its region by the operator's own number, or None."""
    return Person.objects.select_related("region").filter(code=code).first()


def group_with_code(code: str) -> Group | None:
    """Give a group with its region by the operator's own number, or None."""
    return Group.objects.select_related("region").filter(code=code).first()


def group_with_id(group_id: int) -> Group | None:
    """Give a group with its region, or None."""
    return Group.objects.select_related("region").filter(pk=group_id).first()


def roles_of_person(person_id: int, *, day: date) -> list[GroupRole]:
    """Give a person's places in groups on a day, each with its group, the higher class of group first."""
    roles = GroupRole.objects.filter(on_day(day), person_id=person_id).select_related("group")
    return list(roles.order_by("group__group_class", "group__name", "pk"))


def places_of_people(person_ids: Sequence[int], *, day: date) -> dict[int, PlaceInGroup]:
    """Give each person's leading place in a group on a day, by person id. One query.

    A key person's place comes before an ordinary member's, then the higher class of group, as `facts_of_people` does.
    """
    roles = GroupRole.objects.filter(on_day(day), person_id__in=person_ids).order_by(
        F("role").asc(nulls_last=True), "group__group_class", "group_id"
    )
    columns = ("person_id", "group_id", "group__code", "group__name", "group__group_class", "role")
    ranked = sorted(roles.values_list(*columns), key=lambda row: (row[5] is None, row[4]))
    places: dict[int, PlaceInGroup] = {}
    for person, *place in ranked:
        places.setdefault(person, PlaceInGroup(*place))
    return places


def members_of_group(group_id: int, *, day: date, limit: int = 200) -> list[GroupRole]:
    """Give a group's people on a day, each with the person: key persons first, at most `limit`."""
    roles = GroupRole.objects.filter(on_day(day), group_id=group_id).select_related("person")
    # PostgreSQL sorts NULL, the ordinary member, behind every role.
    return list(roles.order_by("role", "person__pinyin_key", "pk")[:limit])


def people_of_groups(group_ids: QuerySet | list[int], *, day: date) -> QuerySet[Person]:
    """Select the persons who have a place in one of the groups on a day."""
    roles = GroupRole.objects.filter(on_day(day), group_id__in=group_ids)
    return Person.objects.filter(pk__in=roles.values("person_id"))


def services_of_person(person_id: int) -> list[Service]:
    """Give a person's services, in the order of their numbers."""
    return list(Service.objects.filter(person_id=person_id).order_by("number", "pk"))


def bills_of_person(person_id: int, *, months: int = 12) -> list[Bill]:
    """Give a person's latest bills, newest first, at most `months`."""
    return list(Bill.objects.filter(person_id=person_id).order_by("-month")[:months])


def regions_below(region_id: int) -> list[int]:
    """Give the ids of a region and of all regions below it."""
    sql = """
        WITH RECURSIVE below AS (
            SELECT id FROM people_region WHERE id = %s
            UNION
            SELECT child.id FROM people_region child JOIN below ON child.parent_id = below.id
        ) SELECT id FROM below"""
    return [region.pk for region in Region.objects.raw(sql, [region_id])]


def _chunks(rows: QuerySet[Model], size: int) -> Iterator[list[int]]:
    """Page by key, not by offset: rows added meanwhile move no page, and the last costs what the first does."""
    last = 0
    while True:
        ids: list[int] = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size])
        if not ids:
            return
        yield ids
        last = ids[-1]


def provinces_of_regions(region_ids: Iterable[int]) -> dict[int, str]:
    """Give the name of the province that each region lies in: the top of its branch, itself where it is one."""
    parents: dict[int, tuple[int | None, str]] = {
        pk: (parent, name) for pk, parent, name in Region.objects.values_list("pk", "parent_id", "name")
    }
    return {pk: _top(pk, parents) for pk in region_ids if pk in parents}


def _top(region_id: int, parents: dict[int, tuple[int | None, str]]) -> str:
    seen = set()
    while (above := parents[region_id][0]) is not None and region_id not in seen:
        seen.add(region_id)
        region_id = above
    return parents[region_id][1]
