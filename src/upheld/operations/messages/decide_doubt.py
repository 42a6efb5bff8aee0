"""Decide what becomes of a message of which nobody knows whether it went out: send it again, or leave it at that."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.records.messages.choices import MessageState
from upheld.records.messages.models import Message, MessageStep
from upheld.records.staff.models import Employee

RESEND, LEAVE = "resend", "leave"
LEFT_IN_DOUBT = "left_in_doubt"


def decide_doubt(
    *, message: int, what: str, by: Employee, note: str = "", at: datetime | None = None
) -> Message:
    """Send a doubtful message again, which may reach the customer twice, or leave it as it is; the state after.

    Sent again it takes its way through every check anew, within its own time: where whoever queued it said until when
    it is any use, not a moment longer. Deciding the same twice changes nothing. Raises ActRefused for a message that is
    not in doubt, and for one whose matter is over, NotAllowed for who does not lead.
    """
    if what not in (RESEND, LEAVE):
        raise ActRefused("unknown_decision", f"{what!r} is not one of {RESEND}, {LEAVE}")
    require_job(by, "decide_messages", act="decide_doubt", subject_kind="message", subject_id=message)
    now = at or timezone.now()
    with transaction.atomic():
        row = Message.objects.select_for_update(no_key=True).filter(pk=message).first()
        if row is None:
            raise ActRefused("no_such_message", f"there is no message {message}")
        if row.state != MessageState.DOUBTFUL:
            decided = {RESEND: "resent", LEAVE: "left"}[what]
            if MessageStep.objects.filter(message=row, what=decided, by=by).exists():
                return row
            raise ActRefused("not_doubtful", "the message is not in doubt, or not any more")
        if what == RESEND:
            # It keeps the instant at which it may have left: until it goes again, caps count that one.
            row.state, row.because = MessageState.WAITING, ""
            row.next_at = now
            row.expires_at = _sent_until(row, now)
        else:
            row.state, row.because, row.ended_at = MessageState.FAILED, LEFT_IN_DOUBT, now
        row.save(update_fields=["state", "because", "next_at", "expires_at", "ended_at"])
        MessageStep.objects.create(
            message=row, what="resent" if what == RESEND else "left", at=now, by=by, note=note.strip()
        )
        detail = {"what": what, "note": note.strip()}
        write_entry(act="decide_doubt", by=by, subject_kind="message", subject_id=row.pk, detail=detail)
        return row


def _sent_until(row: Message, now: datetime) -> datetime:
    """Return until when it may be sent again: nobody is reminded of a visit that is over."""
    if not row.expiry_told:
        return max(row.expires_at, now + timedelta(days=settings.MESSAGES_EXPIRE_AFTER_DAYS))
    if row.expires_at <= now:
        ended = timezone.localtime(row.expires_at)
        raise ActRefused("matter_is_over", f"what it speaks of was over at {ended:%Y-%m-%d %H:%M}")
    return row.expires_at
