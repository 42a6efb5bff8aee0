"""Close a journey: complete, over after its last day, left by the customer, or begun anew (JOIN-22).

Its record stays as it is. Whoever answers for the customer from then on is written down: regular care, by the contact
plan, goes on by itself. What was still promised is cancelled where the customer left; otherwise it breaks by its due
day, as every promise does.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.ask_survey import invite
from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.journeys.tick_step import lock_journey, promises_of_journey
from upheld.operations.refusals import ActRefused
from upheld.records.journeys.choices import Ending
from upheld.records.journeys.models import Journey
from upheld.records.journeys.queries import last_day_of
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.staff.queries import responsible_for
from upheld.records.surveys.models import Survey

LEFT = "the customer left during the first ninety days"
RESTARTED = "the day of joining was put right, or the customer joined anew"
REASONS = {Ending.LEFT.value: LEFT, Ending.RESTARTED.value: RESTARTED}


def close_journey(*, journey: Journey | int, by: Employee | None, now: datetime | None = None) -> Journey:
    """Close a journey whose last day is over, or that is complete; a closed one is returned as it is.

    Raises ActRefused (`still_owed`) while something is owed on it, NotAllowed for a job that does not lead.
    """
    now = now or timezone.now()
    pk = journey.pk if isinstance(journey, Journey) else journey
    why = "only a team lead or above closes a journey by hand"
    require_job(
        by,
        "close_journey",
        act="close_journey",
        subject_kind="journey",
        subject_id=pk,
        code="not_a_lead",
        why=why,
    )
    with transaction.atomic():
        stored = Journey.objects.filter(pk=pk, closed_at__isnull=False).first()
        if stored is not None:
            return stored
        one = lock_journey(pk)
        promises = promises_of_journey(one)
        if is_complete(promises):
            return end_journey(one, how=Ending.COMPLETE, promises=promises, by=by, now=now)
        if is_over(one, promises, now=now):
            return end_journey(one, how=Ending.OVER, promises=promises, by=by, now=now)
        raise ActRefused("still_owed", "steps of the journey are still owed")


def close_if_complete(journey: Journey, *, by: Employee | None, now: datetime) -> bool:
    """Close a locked journey where everything promised on it was done; tell whether it was."""
    promises = promises_of_journey(journey)
    if not is_complete(promises):
        return False
    end_journey(journey, how=Ending.COMPLETE, promises=promises, by=by, now=now)
    return True


def is_complete(promises: list[Promise]) -> bool:
    """Tell whether something was promised, and all of it was done, in time or late, or waived."""
    done = ("kept", "waived")
    return bool(promises) and all(
        one.state in done or (one.state == "broken" and one.late) for one in promises
    )


def is_over(journey: Journey, promises: list[Promise], *, now: datetime) -> bool:
    """Tell whether the ninetieth day is past and nothing promised on the journey has time left (JOIN-1)."""
    today = timezone.localdate(now)
    return today > last_day_of(journey) and not any(
        one.state == "open" and one.due_date >= today for one in promises
    )


def end_journey(
    journey: Journey, *, how: str, promises: list[Promise], by: Employee | None, now: datetime
) -> Journey:
    """Close a locked journey in one way, with its locked promises; what a leaver was promised is cancelled."""
    today = timezone.localdate(now)
    cancelled = []
    if how in REASONS:
        cancelled = [one for one in promises if one.state == "open"]
        for one in cancelled:
            one.state, one.ended_at, one.end_reason = "cancelled", now, REASONS[how]
            one.save(update_fields=["state", "ended_at", "end_reason"])
    serving = {} if how == Ending.LEFT else responsible_for([journey.person_id], day=today)
    journey.closed_at, journey.closed_how = now, how
    journey.handed_to_id = serving.get(journey.person_id)
    journey.save(update_fields=["closed_at", "closed_how", "handed_to"])
    if how in (Ending.COMPLETE, Ending.OVER):
        asked = Survey.objects.filter(journey_id=journey.pk).exists()
        if not asked:
            invite(person_id=journey.person_id, by=by, at=now, journey_id=journey.pk)
    detail = {
        "how": how,
        "kept": sum(one.state == "kept" and not one.late for one in promises),
        "late": sum(one.late for one in promises),
        "missed": sum(one.state == "broken" and not one.late for one in promises),
        "cancelled": [one.pk for one in cancelled],
        "handed_to": journey.handed_to_id,
    }
    write_entry(act="close_journey", by=by, subject_kind="journey", subject_id=journey.pk, detail=detail)
    return journey
