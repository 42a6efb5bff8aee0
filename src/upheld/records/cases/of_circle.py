"""Read the cases of a few customers, persons and groups together, that are not closed yet."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from upheld.records.cases.models import Case

MOST = 100


def open_cases_of_circle(*, person_ids: Collection[int], group_ids: Collection[int]) -> list[Case]:
    """Give the cases that are neither settled nor closed, the latest first, each with its customer and handler."""
    theirs = Q(person_id__in=person_ids) | Q(group_id__in=group_ids)
    rows = Case.objects.filter(theirs).exclude(state__in=["settled", "closed"])
    related = rows.select_related("person", "group", "handler")
    hidden = [f"{who}__{column}" for who in ("person", "group") for column in ("bigrams", "pinyin_key")]
    return list(related.defer(*hidden).order_by("-opened_at", "-pk")[:MOST])
