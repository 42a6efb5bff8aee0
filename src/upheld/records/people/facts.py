"""Turn stored customers into the facts that standards ask about, a chunk at a time in a few queries.

The values are already normalised as `upheld.policy.facts.read_subject` would give them (amounts in whole fen,
dates, `MonthDay`), so policy and planning take them as they are. An unknown fact is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, Sum

from upheld.policy.facts import MonthDay, Subject
from upheld.records.among import among
from upheld.records.people.choices import GroupClass, Role, ServiceStatus
from upheld.records.people.models import Bill, Group, GroupRole, Person, Service
from upheld.records.periods import on_day

STATED = {
    "papers": "papers",
    "organisation_kind": "organisation_kind",
    "rank": "rank",
    "brand": "brand",
    "annual_spend_fen": "annual_spend_yuan",
    "group_revenue_fen": "group_revenue_yuan",
    "plan_monthly_fen": "plan_monthly_yuan",
    "strategic": "strategic",
    "override_card": "override_card",
    "override_approved_by": "override_approved_by",
    "dunning_failed": "dunning_failed",
    "cancel_requested": "cancel_requested",
    "serious_harm": "serious_harm",
    "card_valid_until": "card_valid_until",
    "joined_date": "joined_date",
    "birthday_calendar": "birthday_calendar",
}
"""Column of a person, and the fact it states."""

_OF_SERVICES = frozenset({"status", "arrears_months"})
_CLASS_RANK = {value: place for place, value in enumerate(GroupClass.values)}
_ROLE_RANK: dict[str | None, int] = {value: place for place, value in enumerate(Role.values)}
_NO_ROLE = len(_ROLE_RANK)


def facts_of_people(
    person_ids: Sequence[int],
    *,
    as_of: date,
    in_group: int | None = None,
    wanted: Collection[str] | None = None,
) -> dict[int, Subject]:
    """Give the facts of persons on a day, by person id, in at most four queries however many persons are asked for.

    The role is the person's place in a group on that day; of several, a key person's comes before an ordinary
    member's, then the higher class of group, then the higher role. Last year's spend is the stated figure,
    else the sum of the bills of the twelve whole months before `as_of`. Services: closed when all are, else
    suspended when any is, else active; arrears are the longest of all. `previous_card` is not a fact of this
    app: the rating adds it. `in_group` asks for the place in that group alone. Where some facts are `wanted`, what
    only others need is not read; birthdays and places in groups always are.
    """
    subjects: dict[int, Subject] = {}
    stated_facts = {column: fact for column, fact in STATED.items() if wanted is None or fact in wanted}
    facts = tuple(stated_facts.values())
    columns = Person.objects.filter(among("pk", person_ids)).values_list(
        "pk", "birthday_month", "birthday_day", "birthday_year", *stated_facts
    )
    for pk, month, day, year, *stated in columns:
        subject: dict[str, Any] = {
            fact: value for fact, value in zip(facts, stated, strict=True) if value is not None
        }
        if month is not None:
            subject["birthday"] = MonthDay(month, day, year)
        subjects[pk] = subject
    _add_roles(subjects, as_of, in_group)
    if wanted is None or _OF_SERVICES.intersection(wanted):
        _add_services(subjects)
    if wanted is None or "annual_spend_yuan" in wanted:
        _add_billed_spend(subjects, as_of)
    return subjects


def facts_of_groups(group_ids: Sequence[int]) -> dict[int, Subject]:
    """Give the facts of groups themselves, by group id: `group_class` and, where known, `group_kind`."""
    groups = Group.objects.filter(among("pk", group_ids)).values_list("pk", "group_class", "group_kind")
    return {pk: facts_of_group(group_class, group_kind) for pk, group_class, group_kind in groups}


def facts_of_group(group_class: str, group_kind: str | None) -> Subject:
    """Give the facts of a group of a class and a kind: there are no others, so groups may be counted by the two."""
    return {"group_class": group_class} | ({"group_kind": group_kind} if group_kind else {})


def _add_roles(subjects: dict[int, Subject], as_of: date, in_group: int | None) -> None:
    roles = GroupRole.objects.filter(among("person_id", subjects), on_day(as_of))
    if in_group is not None:
        roles = roles.filter(group_id=in_group)
    best: dict[int, tuple[bool, int, int, int]] = {}
    for person, group, role, group_class, group_kind in roles.values_list(
        "person_id", "group_id", "role", "group__group_class", "group__group_kind"
    ):
        place = _ROLE_RANK.get(role, _NO_ROLE)
        strength = (place == _NO_ROLE, _CLASS_RANK[group_class], place, group)
        if person in best and best[person] <= strength:
            continue
        best[person] = strength
        told = {"group_class": group_class, "group_kind": group_kind, "role": role}
        subjects[person].update({fact: value for fact, value in told.items() if value is not None})
        for fact, value in told.items():
            if value is None:  # a weaker place may have left its own behind
                subjects[person].pop(fact, None)


def _add_services(subjects: dict[int, Subject]) -> None:
    services = Service.objects.filter(among("person_id", subjects)).values("person_id")
    for row in services.annotate(
        all=Count("pk"),
        closed=Count("pk", filter=Q(status=ServiceStatus.CLOSED)),
        suspended=Count("pk", filter=Q(status=ServiceStatus.SUSPENDED)),
        arrears=Max("arrears_months"),
    ):
        subject = subjects[row["person_id"]]
        if row["closed"] == row["all"]:
            subject["status"] = "closed"
        else:
            subject["status"] = "suspended" if row["suspended"] else "active"
        if row["arrears"] is not None:
            subject["arrears_months"] = row["arrears"]


def _add_billed_spend(subjects: dict[int, Subject], as_of: date) -> None:
    unknown = [pk for pk, subject in subjects.items() if "annual_spend_yuan" not in subject]
    until = as_of.replace(day=1)
    # Twelve whole months before a first of the month begin on the same day a year earlier.
    bills = Bill.objects.filter(
        among("person_id", unknown), month__gte=until.replace(year=until.year - 1), month__lt=until
    )
    for person, billed in bills.values_list("person_id").annotate(Sum("amount_fen")):
        subjects[person]["annual_spend_yuan"] = int(billed)
