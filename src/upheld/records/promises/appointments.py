"""Read the times agreed for visits: promises of their own, beside the clocks of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upheld.records.promises.models import Promise


def appointments_of_cases(case_ids: Iterable[int]) -> Mapping[int, list[Promise]]:
    """Give every time agreed for the visits of cases, by case id, in the order in which they were agreed. One query."""
    rows = Promise.objects.filter(
        case_id__in=list(case_ids), source="appointment", action="onsite_arrival"
    ).order_by("pk")
    found: dict[int, list[Promise]] = {}
    for one in rows:
        if one.case_id is not None:
            found.setdefault(one.case_id, []).append(one)
    return found
