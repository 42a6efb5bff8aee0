"""Mark steps of a journey as done, by whatever channel: everyone sees it, and the promise is kept (JOIN-2).

One act may tick several steps, as one talk tells several things; it leaves one contact behind. A step that is done a
second time, or by a second way, adds evidence and no second promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import note_kept_after_all, note_refusal, write_entry
from upheld.operations.journeys.journey_facts import known_of
from upheld.operations.journeys.settling import FIELDS, first_done, settle
from upheld.operations.record_contact import add_contacts
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.turns import wait_for_turn
from upheld.operations.who_may import job_may
from upheld.policy.journeys import Step, journey_of, ways_of
from upheld.records.evidence.models import Interaction
from upheld.records.journeys.choices import StepChannel, Way
from upheld.records.journeys.models import Journey, JourneyStep
from upheld.records.promises.choices import Source
from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.staff.choices import Job
from upheld.records.staff.models import Employee
from upheld.records.standards.queries import loaded_edition

OWN_CONTACTS = "journey "
"""How the keys of contacts begin that came to be with a tick, and go with it."""

LONGEST_NOTE = 1_000

CHANNELS_OF: dict[str, tuple[str, ...]] = {
    Job.STORE_CLERK: (StepChannel.COUNTER,),
    Job.HOTLINE_AGENT: (StepChannel.HOTLINE,),
    Job.ACCOUNT_MANAGER: (StepChannel.MANAGER,),
    Job.PHONE_MANAGER: (StepChannel.MANAGER,),
    Job.CHIEF_REPRESENTATIVE: (StepChannel.MANAGER,),
    Job.TEAM_LEAD: (StepChannel.MANAGER, StepChannel.COUNTER, StepChannel.HOTLINE),
}
"""Through which channel each job ticks; the first where none is named."""

CONTACTS: dict[str, tuple[str, ...]] = {
    StepChannel.COUNTER: ("information", "training"),
    StepChannel.HOTLINE: ("call",),
    StepChannel.MANAGER: ("call", "visit", "return_visit", "message"),
}
"""Which contacts each channel may leave behind; the first where none is named."""


@dataclass(frozen=True)
class Ticked:
    """The ticks stored, the promises they kept, and whether the journey is complete by them."""

    ticks: tuple[JourneyStep, ...]
    kept: tuple[Promise, ...]
    completed: bool = False
    is_new: bool = True


def tick_steps(
    *,
    journey: Journey | int,
    steps: Sequence[str],
    by: Employee | None,
    channel: str,
    key: str,
    way: str | None = "staff",
    at: datetime | None = None,
    note: str = "",
    contact: str | None = None,
    interaction: Interaction | int | None = None,
    now: datetime | None = None,
) -> Ticked:
    """Mark steps as done at an instant (now), under an idempotency `key`, by one way of the standard (JOIN-2).

    `by` None is the system. An employee's act leaves a contact of kind `contact` behind, unless `interaction` names the
    one in which it happened. Raises ActRefused, and stores nothing, for a journey that is closed, a step that is not
    this customer's or whose window has not begun, a way by which the standard does not deliver it, an instant to come
    or too long ago; NotAllowed for a job that does not work through the channel.
    """
    now = now or timezone.now()
    at, note = at or now, note.strip()
    pk = journey.pk if isinstance(journey, Journey) else journey
    wanted = list(dict.fromkeys(steps))
    _check(pk, wanted, by, channel, way, contact, at, note, key, now)
    with transaction.atomic():
        wait_for_turn(f"tick {key}")
        stored = list(JourneyStep.objects.filter(key__in=[_row_key(key, one) for one in wanted]))
        if stored:
            return _stored_before(stored, pk)
        one = lock_journey(pk)
        _check_steps(one, wanted, way, at, now)
        promises = _lock_promises(one, wanted)
        contact_id = _contact_of(one, wanted, by, channel, way, contact, at, note, key, interaction)
        ticks = JourneyStep.objects.bulk_create(
            JourneyStep(
                journey=one, step=step, way=way, channel=channel, by=by, at=at, note=note,
                promise=promises.get(step), interaction_id=contact_id, key=_row_key(key, step),
            )
            for step in wanted
        )  # fmt: skip
        kept = keep_by_ticks(promises.values(), contact_id, by=by, now=now)
        detail = {
            "steps": wanted, "way": way, "channel": channel, "interaction": contact_id,
            "kept": [promise.pk for promise in kept],
        }  # fmt: skip
        write_entry(act="tick_step", by=by, subject_kind="journey", subject_id=pk, detail=detail)
        from upheld.operations.journeys.close_journey import close_if_complete

        completed = close_if_complete(one, by=by, now=now)
        return Ticked(tuple(ticks), tuple(kept), completed)


def lock_journey(pk: int) -> Journey:
    """Lock a journey that runs, before its promises, as every act on it does; raises ActRefused."""
    found = (
        Journey.objects.select_for_update(no_key=True, of=("self",)).select_related("person").filter(pk=pk)
    )
    one = found.first()
    if one is None:
        raise ActRefused("no_such_journey", f"there is no journey {pk}")
    if one.closed_at is not None:
        raise ActRefused("journey_over", "the journey is closed")
    return one


def promises_of_journey(journey: Journey) -> list[Promise]:
    """Lock and return the promises of a journey that were not cancelled, by id."""
    rows = Promise.objects.filter(
        person_id=journey.person_id, source=Source.JOURNEY, from_date__gte=journey.joined_date
    ).exclude(state="cancelled")
    rows = rows.select_related("edition").defer("edition__content").order_by("pk")
    return list(rows.select_for_update(no_key=True, of=("self",)))


def steps_known(journey: Journey, *, day: datetime) -> dict[str, Step]:
    """Give the steps of a journey by name, by the facts of a day and the edition under which it began."""
    today = timezone.localdate(day)
    subject = known_of([journey.person_id], day=today).of(journey)
    steps = journey_of(edition=loaded_edition(journey.edition), subject=subject, as_of=journey.started_on)
    return {one.step: one for one in steps}


def _check(
    pk: int,
    steps: Sequence[str],
    by: Employee | None,
    channel: str,
    way: str | None,
    contact: str | None,
    at: datetime,
    note: str,
    key: str,
    now: datetime,
) -> None:
    if at.tzinfo is None:
        raise ValueError("at carries no offset")
    if not key or not steps:
        raise ValueError("a tick needs a key and a step")
    if channel not in StepChannel.values or (way is not None and way not in Way.values):
        raise ActRefused("unknown_channel", f"{channel!r} by {way!r} is no way to do a step")
    if by is not None and (not job_may(by, "tick_journey") or channel not in CHANNELS_OF.get(by.job, ())):
        why = f"{by.job} does not tick as {channel}"
        note_refusal(act="tick_step", by=by, subject_kind="journey", subject_id=pk, why=why)
        raise NotAllowed("not_your_channel", why)
    if by is None and channel != StepChannel.SYSTEM:
        raise ActRefused("nobody", "only the system ticks without a name")
    if contact is not None and contact not in CONTACTS.get(channel, ()):
        raise ActRefused("unknown_channel", f"{contact!r} is no contact of {channel}")
    if at > now:
        raise ActRefused("in_the_future", f"{at.isoformat()} lies in the future")
    days = settings.CONTACTS_RECORDED_WITHIN_DAYS
    if by is not None and now - at > timedelta(days=days):
        raise ActRefused("too_long_ago", f"{at.isoformat()} is more than {days} days ago")
    if len(note) > LONGEST_NOTE:
        raise ActRefused("note_too_long", f"the note is longer than {LONGEST_NOTE} characters")


def _check_steps(
    journey: Journey, steps: Sequence[str], way: str | None, at: datetime, now: datetime
) -> None:
    edition = loaded_edition(journey.edition)
    known, day = steps_known(journey, day=now), timezone.localdate(at)
    if day < journey.joined_date:
        raise ActRefused("before_window", f"the journey begins on {journey.joined_date}")
    for step in steps:
        owed = known.get(step)
        if owed is None:
            raise ActRefused("no_such_step", f"{step!r} is not a step of this journey")
        ways = ways_of(edition=edition, step=step, as_of=journey.started_on)
        if (way not in ways) if ways else (way is not None):
            raise ActRefused("other_way", f"{step} is done by {', '.join(ways) or 'nobody in person'}")
        if day < owed.from_date:
            raise ActRefused("before_window", f"{step} begins on {owed.from_date}")


def _lock_promises(journey: Journey, steps: Sequence[str]) -> dict[str, Promise]:
    """Lock the promises of some steps; of a step with two, the last one counts (the first was ended with a waiver)."""
    return {one.action: one for one in promises_of_journey(journey) if one.action in steps}


def _contact_of(
    journey: Journey,
    steps: Sequence[str],
    by: Employee | None,
    channel: str,
    way: str | None,
    contact: str | None,
    at: datetime,
    note: str,
    key: str,
    interaction: Interaction | int | None,
) -> int | None:
    """Return the contact in which the steps were done, made anew unless it is named; None for the system's own acts."""
    if interaction is not None:
        found = Interaction.objects.filter(
            pk=interaction.pk if isinstance(interaction, Interaction) else interaction
        ).first()
        if found is None or found.person_id != journey.person_id:
            raise ActRefused("other_subject", "the contact is not one with this customer")
        return found.pk
    if by is None:
        return None
    made = Interaction(
        person_id=journey.person_id,
        employee=by,
        channel=contact or CONTACTS[channel][0],
        happened_at=at,
        report=note,
        outcome="reached",
        key=f"{OWN_CONTACTS}{key}"[:128],
    )
    ids = add_contacts([made])
    if made.key not in ids:
        raise ActRefused("key_used", f"the key {key!r} was used for another contact")
    return ids[made.key]


def keep_by_ticks(
    promises: Iterable[Promise], contact_id: int | None, *, by: Employee | None, now: datetime
) -> list[Promise]:
    """Settle promises after a tick was added, link its contact to them, and return those it kept."""
    kept = []
    for promise in sorted(promises, key=lambda one: one.pk):
        was = promise.state
        if settle(promise, done_at=first_done(promise), now=now):
            promise.save(update_fields=FIELDS)
        if contact_id is not None and promise.state in ("kept", "broken"):
            PromiseEvidence.objects.get_or_create(promise=promise, interaction_id=contact_id)
        if was != "kept" and promise.state == "kept":
            kept.append(promise)
        if was == "broken" and promise.state == "kept" and contact_id is not None:
            note_kept_after_all({promise.pk: contact_id}, by=by)
    return kept


def _row_key(key: str, step: str) -> str:
    return f"{key} {step}"[:160]


def _stored_before(stored: Sequence[JourneyStep], journey_id: int) -> Ticked:
    if any(one.journey_id != journey_id for one in stored):
        raise ActRefused("key_used", "the key was used on another journey")
    ids = [one.promise_id for one in stored if one.promise_id]
    kept = Promise.objects.filter(pk__in=ids, state="kept").order_by("pk")
    return Ticked(tuple(stored), tuple(kept), is_new=False)
