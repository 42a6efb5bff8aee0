"""Read the contacts with a few customers, persons and groups together, newest first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from upheld.records.evidence.models import Interaction
from upheld.records.evidence.queries import standing

MOST = 2_000


def contacts_with_circle(
    *, person_ids: Collection[int], group_ids: Collection[int], since: datetime
) -> list[Interaction]:
    """Give the contacts since an instant that were not taken back, newest first, each with who made it."""
    theirs = Q(person_id__in=person_ids) | Q(group_id__in=group_ids)
    rows = standing(Interaction.objects.filter(theirs, outcome="reached", happened_at__gte=since))
    return list(rows.select_related("employee").order_by("-happened_at", "-pk")[:MOST])
