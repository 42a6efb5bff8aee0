"""Tell guests of an event by message, once each: that they are invited, or that it was called off.

The message keeps no promise: only taking part does. Whether and when it goes out is decided when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from upheld.operations.messages.add_steps import Step, add_steps
from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.records.events.models import Event, Invitation, InvitationStep
from upheld.records.messages.choices import MessageState, StepKind
from upheld.records.messages.models import Message
from upheld.records.staff.models import Employee

INVITATION, CALLED_OFF = "event_invitation", "event_cancelled"
NO_WORDING = frozenset({"unknown_template", "no_edition"})
"""A company that wrote no such message invites in its own way; the list is kept all the same."""
MOST = 40


def tell_guests(
    event: Event,
    invitations: Iterable[Invitation],
    *,
    by: Employee | None,
    at: datetime,
    template: str = INVITATION,
) -> int:
    """Put a message for each of the guests into the outbox; return how many were put there.

    A group is told by its contact. Each turn of an invitation is told once: who was taken off the list and is asked
    again hears of it again. After the event has begun nobody is told. Where it is called off, an invitation that has
    not left yet is stopped, and who never heard of the event hears of no cancelling.
    """
    unheard = _stop_invitations(event, at=at) if template == CALLED_OFF else frozenset()
    if event.starts_at <= at:
        return 0
    told = 0
    for one in invitations:
        to = one.person or one.through
        if to is None or one.pk in unheard:
            continue
        turn = InvitationStep.objects.filter(invitation=one).count()
        try:
            queued = queue_message(
                template=template,
                to=to,
                source="event",
                key=f"event-{event.pk}-{one.pk}-{turn}",
                by=by,
                variables={
                    "event": event.title[:MOST],
                    "time": _in_words(event.starts_at),
                    "place": event.place[:MOST],
                },
                clause=event.clauses[0],
                expires_at=event.starts_at,
                at=at,
            )
        except ActRefused as refused:
            if refused.code not in NO_WORDING:
                raise
            return told
        told += queued.is_new
    return told


def _stop_invitations(event: Event, *, at: datetime) -> frozenset[int]:
    """Stop the messages that still invite to the event; return the invitations of which none had left."""
    rows = Message.objects.filter(key__startswith=f"event-{event.pk}-", template=INVITATION)
    waiting = rows.filter(state__in=[MessageState.WAITING, MessageState.HELD])
    keys = dict(waiting.order_by("pk").select_for_update(no_key=True).values_list("pk", "key"))
    Message.objects.filter(pk__in=keys).update(
        state=MessageState.STOPPED, because=event.clauses[0], ended_at=at, sent_at=None
    )
    add_steps([Step(pk, StepKind.STOPPED.value, event.clauses[0]) for pk in keys], at=at)
    left = rows.filter(sent_at__isnull=False).values_list("key", flat=True)
    return frozenset(map(_invitation_in, keys.values())) - frozenset(map(_invitation_in, left))


def _invitation_in(key: str) -> int:
    return int(key.split("-")[2])


def _in_words(instant: datetime) -> str:
    """Write a time as the messages do, which customers get in Chinese."""
    local = timezone.localtime(instant)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
