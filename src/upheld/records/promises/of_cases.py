"""Read what is owed in cases beside their clocks: the calls promised, and the follow-ups of dissatisfied customers."""

from __future__ import annotations

from upheld.records.promises.models import Promise


def calls_of_case(case_id: int) -> list[Promise]:
    """Give the call-backs and follow-ups of a case, the earliest due first, each with who makes the call."""
    calls = Promise.objects.filter(case_id=case_id, source__in=["call_back", "follow_up"])
    return list(calls.select_related("responsible").order_by("due_at", "pk"))
