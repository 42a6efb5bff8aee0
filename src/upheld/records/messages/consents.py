"""Read what a person said last about commercial contact: what counts is when it was said, not when we heard of it."""

from __future__ import annotations

from upheld.records.messages.models import ConsentEvent


def last_consent(person_id: int) -> str:
    """Give the last word, `given` or `refused`; an empty text where the person said nothing (LAW-7, LAW-8)."""
    said = ConsentEvent.objects.filter(person_id=person_id).order_by("-at", "-pk")
    return said.values_list("kind", flat=True).first() or ""
