"""Remind a person by SMS of the time agreed, the day before or at once: queued here, sent when it may be sent.

Where the time changes, what waits for the hour before is stopped: nobody is reminded of a visit that is not to be.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from upheld.operations.messages.add_steps import Step, add_steps
from upheld.operations.messages.queue_message import queue_message
from upheld.operations.refusals import ActRefused
from upheld.records.messages.choices import MessageState, StepKind
from upheld.records.messages.models import Message
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

TEMPLATE, CLAUSE = "visit_reminder", "CT-49"
AHEAD = timedelta(hours=24)


def remind_of_visit(
    *, promise: Promise, person: Person, begins_at: datetime, by: Employee, turn: int, now: datetime
) -> bool:
    """Queue the reminder of a visit; tell whether there is one.

    None for a call, for who has no telephone, and where the standards in force have no such wording. The appointment
    itself is not kept by it, and one for an hour that was changed meanwhile finds its time over (CT-49).
    """
    if promise.action != "visit" or not person.phone:
        return False
    local = timezone.localtime(begins_at)
    time = f"{local.month}月{local.day}日 {local:%H:%M}"
    try:
        queue_message(
            template=TEMPLATE,
            to=person,
            source="appointment",
            key=_key(promise.pk, turn),
            by=by,
            variables={"time": time},
            not_before=max(now, begins_at - AHEAD),
            expires_at=begins_at,
            at=now,
        )
    except ActRefused:
        # No wording, no reminder: an agreed visit does not hang on a message.
        return False
    return True


def stop_reminders(*, promise: Promise, turns: int, now: datetime) -> int:
    """Stop the reminders of an appointment's first `turns` hours that have not gone yet; return how many."""
    keys = [_key(promise.pk, turn) for turn in range(1, turns + 1)]
    waiting = Message.objects.filter(key__in=keys, state__in=[MessageState.WAITING, MessageState.HELD])
    ids = list(waiting.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    Message.objects.filter(pk__in=ids).update(state=MessageState.STOPPED, because=CLAUSE, ended_at=now)
    add_steps([Step(pk, StepKind.STOPPED.value, CLAUSE) for pk in ids], at=now)
    return len(ids)


def _key(promise_id: int, turn: int) -> str:
    return f"appointment-{promise_id}-{turn}"
