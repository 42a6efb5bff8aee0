"""Read what happened with a person or a group, newest first, and find a row again by its key."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from upheld.records.evidence.models import Interaction


def interaction_with_key(key: str) -> Interaction | None:
    """Give the interaction stored under an idempotency key, or None."""
    return Interaction.objects.filter(key=key).first()


def interactions_recorded_with(key: str, *, by_id: int) -> list[int]:
    """Give the ids of the interactions that an employee recorded in one act, whose keys all begin with the act's."""
    rows = Interaction.objects.filter(key__startswith=f"{key}-", employee_id=by_id)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def interactions_of_person(person_id: int, *, limit: int = 50) -> list[Interaction]:
    """Give a person's interactions, newest first, each with the employee and `was_reversed`."""
    return list(_shown(Interaction.objects.filter(person_id=person_id))[:limit])


def interactions_of_group(group_id: int, *, limit: int = 50) -> list[Interaction]:
    """Give a group's own interactions, newest first, each with the employee and `was_reversed`."""
    return list(_shown(Interaction.objects.filter(group_id=group_id))[:limit])


def interactions_with_ids(interaction_ids: Sequence[int]) -> dict[int, Interaction]:
    """Give interactions by id, each with the employee and `was_reversed`."""
    return {row.pk: row for row in _shown(Interaction.objects.filter(pk__in=interaction_ids))}


def standing(rows: QuerySet[Interaction] | None = None) -> QuerySet[Interaction]:
    """Select the interactions that count: neither reversed nor themselves a reversal."""
    rows = Interaction.objects.all() if rows is None else rows
    return rows.filter(reverses__isnull=True).exclude(_reversed())


def _shown(rows: QuerySet[Interaction]) -> QuerySet[Interaction]:
    return rows.annotate(was_reversed=_reversed()).select_related("employee").order_by("-happened_at", "-pk")


def _reversed() -> Exists:
    return Exists(Interaction.objects.filter(reverses_id=OuterRef("pk")))
