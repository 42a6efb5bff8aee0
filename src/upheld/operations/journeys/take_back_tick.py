"""Take back a tick that was made by mistake: a new row says so, and what it kept is open or broken again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.journeys.settling import FIELDS, first_done, settle
from upheld.operations.journeys.tick_step import OWN_CONTACTS, promises_of_journey
from upheld.operations.refusals import ActRefused
from upheld.operations.reversing_row import store_reversing_row
from upheld.records.evidence.models import Interaction
from upheld.records.journeys.choices import Ending
from upheld.records.journeys.models import Journey, JourneyStep
from upheld.records.journeys.queries import standing_ticks
from upheld.records.staff.models import Employee


def take_back_tick(
    *, tick: JourneyStep | int, by: Employee | None, reason: str, now: datetime | None = None
) -> JourneyStep:
    """Reverse a tick and return the reversing row; reversing it again returns the same row.

    A promise that no other tick keeps becomes open again, or broken where it is past due. A journey that the tick made
    complete runs on. The contact that came with the tick is reversed with the last tick that stands on it. Raises
    ActRefused for a missing reason, a reversal, or a journey that ended otherwise; NotAllowed (with an audit entry) for
    another employee's tick, unless a team lead or above asks.
    """
    pk = tick.pk if isinstance(tick, JourneyStep) else tick
    found = JourneyStep.objects.filter(pk=pk).first()
    if found is None:
        raise ActRefused("no_such_tick", f"there is no tick {pk}")
    needed = "tick_journey" if by and found.by_id == by.pk else "take_back_tick_of_others"
    require_job(
        by, needed, act="take_back_tick", subject_kind="journey", subject_id=found.journey_id,
        code="not_yours", why="the step was ticked by somebody else",
    )  # fmt: skip
    if not reason.strip():
        raise ActRefused("no_reason", "taking back needs a reason")
    if found.reverses_id is not None:
        raise ActRefused("is_reversal", "what was taken back is ticked anew")
    now = now or timezone.now()
    with transaction.atomic():
        journey = Journey.objects.select_for_update(no_key=True).get(pk=found.journey_id)
        stored = JourneyStep.objects.filter(reverses_id=pk).first()
        if stored is not None:
            return stored
        if journey.closed_at is not None and journey.closed_how != Ending.COMPLETE:
            raise ActRefused("journey_over", "the journey is closed")
        return _take_back(journey, [found], by, reason.strip(), now)[0]


def lock_journey_behind(contact: Interaction) -> None:
    """Lock the journey that has ticks on a contact, before any promise, as every act on a journey does."""
    ticks = JourneyStep.objects.filter(interaction=contact).values("journey_id")
    list(Journey.objects.select_for_update(no_key=True).filter(pk__in=ticks).values_list("pk"))


def take_back_ticks_of(
    contact: Interaction, *, by: Employee | None, reason: str, now: datetime
) -> list[JourneyStep]:
    """Reverse the ticks that stand on a contact which is being reversed; call it within that transaction."""
    ticks = list(standing_ticks(JourneyStep.objects.filter(interaction=contact)).order_by("pk"))
    if not ticks:
        return []
    journey = Journey.objects.select_for_update(no_key=True).get(pk=ticks[0].journey_id)
    return _take_back(journey, ticks, by, reason, now)


def _take_back(
    journey: Journey, ticks: list[JourneyStep], by: Employee | None, reason: str, now: datetime
) -> list[JourneyStep]:
    promises = {one.pk: one for one in promises_of_journey(journey)}
    rows = [
        JourneyStep.objects.create(
            journey=journey, step=tick.step, way=tick.way, channel="system" if by is None else tick.channel,
            by=by, at=now, note=reason, promise_id=tick.promise_id, interaction_id=tick.interaction_id,
            key=f"takes back {tick.pk}", reverses=tick,
        )
        for tick in ticks
    ]  # fmt: skip
    states = {}
    for tick in ticks:
        promise = promises.get(tick.promise_id or 0)
        if promise is None:
            continue
        if settle(promise, done_at=first_done(promise), now=now):
            promise.save(update_fields=FIELDS)
        states[str(promise.pk)] = promise.state
    for tick in ticks:
        _reverse_own_contact(tick, by, reason, now)
    if journey.closed_at is not None:
        journey.closed_at = journey.closed_how = None
        journey.save(update_fields=["closed_at", "closed_how"])
    detail = {"reason": reason, "steps": [tick.step for tick in ticks], "promises": states}
    write_entry(act="take_back_tick", by=by, subject_kind="journey", subject_id=journey.pk, detail=detail)
    return rows


def _reverse_own_contact(tick: JourneyStep, by: Employee | None, reason: str, now: datetime) -> None:
    """Reverse the contact that came with a tick, once no other tick stands on it."""
    contact = tick.interaction
    if contact is None or not contact.key.startswith(OWN_CONTACTS):
        return
    if standing_ticks(JourneyStep.objects.filter(interaction=contact)).exists():
        return
    store_reversing_row(contact, by=by, reason=reason, now=now)
