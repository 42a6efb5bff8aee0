"""Read the key persons of a few groups: whom an executive keeps the tie with (KEY-40)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from upheld.records.people.models import GroupRole
from upheld.records.periods import on_day


def key_persons_of(group_ids: Collection[int], *, day: date) -> list[GroupRole]:
    """Give the key persons of groups on a day, each with person and group: the top decision maker first."""
    roles = GroupRole.objects.filter(on_day(day), group_id__in=group_ids, role__isnull=False)
    rows = roles.select_related("person", "group").order_by("group__group_class", "group__name", "pk")
    return sorted(rows, key=lambda one: one.role != "top_decision_maker")
