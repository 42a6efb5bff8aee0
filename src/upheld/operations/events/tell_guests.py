"""Tell guests of an event by message: that they are invited, that time or place changed, or that it was called off.

Each once. The message keeps no promise: only taking part does. Whether and when it goes out is decided when it is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils import timezone

from upheld.operations.messages.add_steps import Step, add_steps
from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.records.events.models import Event, Invitation, InvitationStep
from upheld.records.messages.choices import MessageState, StepKind
from upheld.records.messages.models import Message
from upheld.records.staff.models import Employee

INVITATION, CHANGED, CALLED_OFF = "event_invitation", "event_changed", "event_cancelled"
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
    again hears of it again. After the event has begun nobody is told. Where it is called off, what has not left yet is
    stopped, and who never heard of the event hears of no cancelling.
    """
    unheard = _stop(event, at=at) if template == CALLED_OFF else frozenset()
    if event.starts_at <= at:
        return 0
    told = 0
    for one in invitations:
        if one.pk in unheard:
            continue
        turn = InvitationStep.objects.filter(invitation=one).count()
        is_new = _queue(event, one, template, f"event-{event.pk}-{one.pk}-{turn}", by=by, at=at)
        if is_new is None:
            return told
        told += is_new
    return told


def tell_of_change(
    event: Event, invitations: Collection[Invitation], *, by: Employee | None, at: datetime
) -> int:
    """Tell who has a seat that time or place is another one, once for the change; return how many are told.

    What has not left yet is stopped, for it names what is so no longer: whose invitation that was is invited anew, to
    the event as it is now.
    """
    unheard = _stop(event, at=at)
    if event.starts_at <= at:
        return 0
    keys = Message.objects.filter(key__startswith=f"event-{event.pk}-").values_list("key", flat=True)
    told_before, told = Counter(map(_invitation_in, keys)), 0
    for one in invitations:
        template = INVITATION if one.pk in unheard else CHANGED
        key = f"event-{event.pk}-{one.pk}-change-{told_before[one.pk]}"
        # An edition of before this message has no wording of a change, and still one to invite by.
        told += bool(_queue(event, one, template, key, by=by, at=at))
    return told


def _queue(
    event: Event, one: Invitation, template: str, key: str, *, by: Employee | None, at: datetime
) -> bool | None:
    """Queue one message; tell whether it is a new one, None where the company has no such wording."""
    to = one.person or one.through
    if to is None:
        return False
    try:
        queued = queue_message(
            template=template,
            to=to,
            source="event",
            key=key,
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
        return None
    return queued.is_new


def _stop(event: Event, *, at: datetime) -> frozenset[int]:
    """Stop the messages about the event that have not left; return the invitations of which none had left before."""
    rows = Message.objects.filter(key__startswith=f"event-{event.pk}-", template__in=(INVITATION, CHANGED))
    waiting = rows.filter(state__in=[MessageState.WAITING, MessageState.HELD])
    found = waiting.order_by("pk").select_for_update(no_key=True).values_list("pk", "key", "template")
    stopped = {pk: (key, template) for pk, key, template in found}
    Message.objects.filter(pk__in=stopped).update(
        state=MessageState.STOPPED, because=event.clauses[0], ended_at=at
    )
    add_steps([Step(pk, StepKind.STOPPED.value, event.clauses[0]) for pk in stopped], at=at)
    left = rows.filter(template=INVITATION, sent_at__isnull=False).values_list("key", flat=True)
    invited = {_invitation_in(key) for key, template in stopped.values() if template == INVITATION}
    return frozenset(invited) - frozenset(map(_invitation_in, left))


def _invitation_in(key: str) -> int:
    return int(key.split("-")[2])


def _in_words(instant: datetime) -> str:
    """Write a time as the messages do, which customers get in Chinese."""
    local = timezone.localtime(instant)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
