"""Take back a contact that was recorded by mistake: a new row says so, and what it kept is open or broken
again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.journeys.settling import FIELDS as STEP_FIELDS
from upheld.operations.journeys.settling import first_done, settle
from upheld.operations.journeys.take_back_tick import lock_journey_behind, take_back_ticks_of
from upheld.operations.record_contact import KEPT_AFTER_ALL, day_of
from upheld.operations.refusals import ActRefused
from upheld.operations.reversing_row import store_reversing_row
from upheld.records.evidence.models import Interaction
from upheld.records.promises.choices import Source
from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import leavers, responsible_for, responsible_for_groups


def reverse_contact(
    *, interaction: Interaction | int, by: Employee | None, reason: str, now: datetime | None = None
) -> Interaction:
    """Reverse a contact and return the reversing row; reversing it again returns the same row.

    A promise that no other contact keeps becomes open again, or broken where it is past due at `now`.
    Raises ActRefused for a missing reason or a reversal of a reversal; NotAllowed (with an audit entry)
    for another employee's contact, unless a team lead or above asks.
    """
    pk = interaction.pk if isinstance(interaction, Interaction) else interaction
    contact = Interaction.objects.filter(pk=pk).first()
    if contact is None:
        raise ActRefused("no_such_contact", f"there is no contact {pk}")
    needed = "reverse_contact" if by and contact.employee_id == by.pk else "reverse_contact_of_others"
    require_job(
        by, needed, act="reverse_contact", subject_kind="interaction", subject_id=pk,
        code="not_yours", why="the contact was recorded by somebody else",
    )  # fmt: skip
    if not reason.strip():
        raise ActRefused("no_reason", "a reversal needs a reason")
    if contact.reverses_id is not None:
        raise ActRefused("is_reversal", "a reversal is not reversed; record the contact anew")
    now = now or timezone.now()
    with transaction.atomic():
        return _reverse(contact, by, reason, now)


def _reverse(contact: Interaction, by: Employee | None, reason: str, now: datetime) -> Interaction:
    lock_journey_behind(contact)
    promises = Promise.objects.filter(evidence__interaction=contact, state__in=["kept", "broken"])
    locked = list(
        promises.select_related("edition").defer("edition__content").order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )  # fmt: skip
    reversal, is_new = store_reversing_row(contact, by=by, reason=reason, now=now)
    if not is_new:
        return reversal
    # What a journey promised stands by its ticks, which go with the contact.
    take_back_ticks_of(contact, by=by, reason=reason, now=now)
    changed = {promise.pk: _without(promise, contact, now) for promise in locked}
    detail = {"reason": reason, "promises": {str(pk): state for pk, state in changed.items()}}
    write_entry(
        act="reverse_contact", by=by, subject_kind="interaction", subject_id=contact.pk, detail=detail
    )
    return reversal


def _without(promise: Promise, contact: Interaction, now: datetime) -> str:
    """Put a promise into the state it has without the contact, and return that state."""
    if promise.source == Source.JOURNEY:
        # Ticks may keep it too.
        promise.refresh_from_db(fields=STEP_FIELDS)
        if settle(promise, done_at=first_done(promise), now=now):
            promise.save(update_fields=STEP_FIELDS)
        return promise.state
    reached = PromiseEvidence.objects.filter(promise=promise, interaction__outcome="reached")
    others = reached.exclude(interaction=contact).exclude(
        Exists(Interaction.objects.filter(reverses_id=OuterRef("interaction_id")))
    )  # fmt: skip
    left = list(others.select_related("interaction").order_by("interaction__happened_at"))
    first = left[0].interaction if left else None
    late = first is not None and _is_over(promise, first.happened_at)
    if promise.state == "broken":
        promise.late = late
    elif late and promise.end_reason == KEPT_AFTER_ALL:
        # Without the contact in its window it is what it was before: broken, and done late.
        promise.state, promise.ended_at, promise.late = "broken", now, True
        promise.end_reason = "the contact that kept it was reversed after it was due"
    elif first is not None:
        promise.ended_at, promise.late = first.happened_at, late
    elif _is_over(promise, now):
        promise.state, promise.ended_at, promise.late = "broken", now, False
        promise.end_reason = "the contact that kept it was reversed after it was due"
    else:
        promise.state, promise.ended_at, promise.late, promise.end_reason = "open", None, False, ""
        promise.responsible_id = _who_owes(promise, now)
        # A call-back that is owed again is warned of again, as far as it was not yet.
        promise.warn_at = next(iter(promise.warn_ats[promise.warned :]), None)
    promise.save(update_fields=["state", "ended_at", "late", "end_reason", "warn_at", "responsible"])
    return promise.state


def _who_owes(promise: Promise, now: datetime) -> int | None:
    """Return who owes what is open again: of somebody who left meanwhile, whoever serves the customer by now."""
    if promise.responsible_id not in leavers():
        return promise.responsible_id
    day = timezone.localdate(now)
    if promise.person_id is not None:
        serving = responsible_for([promise.person_id], day=day).get(promise.person_id)
    else:
        serving = responsible_for_groups([promise.group_id or 0], day=day).get(promise.group_id or 0)
    return serving or promise.responsible_id


def _is_over(promise: Promise, at: datetime) -> bool:
    """Say whether an instant lies after what a promise was due by: its own instant, else the end of its day."""
    if promise.due_at is not None:
        return at > promise.due_at
    return day_of(at, promise) > promise.due_date
