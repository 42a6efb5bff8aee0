"""Read the messages: one with its life, those of a person, lists by state, consent, and the doubts to decide."""

from __future__ import annotations

from upheld.records.messages.models import Message


def messages_of_person(person_id: int, *, limit: int = 20) -> list[Message]:
    """Give a person's messages, the latest first."""
    return list(Message.objects.filter(person_id=person_id).order_by("-pk")[:limit])
