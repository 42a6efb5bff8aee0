"""Read events: a month's, one with its guests, what happened to an invitation, and who counts on an event already."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from upheld.records.events.choices import LIVE
from upheld.records.events.models import Event, Invitation, InvitationStep


class Seats(NamedTuple):
    """How an event's list stands, by number."""

    accepted: int = 0
    invited: int = 0
    waiting: int = 0
    declined: int = 0
    attended: int = 0
    absent: int = 0

    @property
    def taken(self) -> int:
        """Count the seats that are spoken for."""
        return self.accepted + self.invited


def event_with_id(event_id: int) -> Event | None:
    """Give an event with its unit and who planned it, or None."""
    return Event.objects.select_related("unit", "planned_by").filter(pk=event_id).first()


def events_between(
    first: datetime, until: datetime, *, unit_ids: Collection[int] | None = None
) -> list[Event]:
    """Give the events that begin in [first, until), the earliest first; with `unit_ids` those of the units, and of
    none.
    """
    rows = Event.objects.filter(starts_at__gte=first, starts_at__lt=until).select_related("unit")
    if unit_ids is not None:
        rows = rows.filter(Q(unit_id__in=unit_ids) | Q(unit_id=None))
    return list(rows.order_by("starts_at", "pk"))


def seats_of(event_ids: Iterable[int]) -> dict[int, Seats]:
    """Count the invitations of events by how they stand. One query."""
    meant = {name: Q(state=name) for name in ("accepted", "invited", "waiting", "declined")}
    meant |= {"attended": Q(attended=True), "absent": Q(attended=False)}
    rows = (
        Invitation.objects.filter(event_id__in=list(event_ids))
        .values_list("event_id")
        .annotate(**{f"number_{name}": Count("pk", filter=meant[name]) for name in Seats._fields})
        .order_by()
    )
    return {event: Seats(*numbers) for event, *numbers in rows}


def guests_of(event_id: int) -> list[Invitation]:
    """Give an event's invitations with whom they ask and their promise: seated first, then waiting, the rest."""
    order = {"accepted": 0, "invited": 1, "waiting": 2, "declined": 3, "cancelled": 4}
    rows = _shown(Invitation.objects.filter(event_id=event_id))
    return sorted(rows, key=lambda one: (order[one.state], one.place or 0, one.pk))


def invitation_with_id(invitation_id: int) -> Invitation | None:
    """Give an invitation with event, person, group, contact and promise, or None."""
    return _shown(Invitation.objects.filter(pk=invitation_id)).select_related("event").first()


def steps_of(invitation_id: int) -> list[InvitationStep]:
    """Give what happened to an invitation, the first step first, each with who did it."""
    return list(
        InvitationStep.objects.filter(invitation_id=invitation_id).select_related("by").order_by("pk")
    )


def latest_steps(event_id: int, *, limit: int = 30) -> list[InvitationStep]:
    """Give what happened last on an event's list, the latest first, each with its guest and who did it."""
    hidden = [
        f"invitation__{subject}__{column}"
        for subject in ("person", "group")
        for column in ("bigrams", "pinyin_key")
    ]
    rows = InvitationStep.objects.filter(invitation__event_id=event_id)
    rows = rows.select_related("invitation__person", "invitation__group", "by").defer(*hidden)
    return list(rows.order_by("-pk")[:limit])


def counted_on(promise_ids: Collection[int]) -> frozenset[int]:
    """Give those of some promises for which somebody counts on an event that is still to come or to be ticked."""
    rows = Invitation.objects.filter(promise_id__in=promise_ids, state__in=LIVE, attended=None)
    return frozenset(pk for pk in rows.values_list("promise_id", flat=True) if pk is not None)


def on_the_list(event_id: int) -> tuple[frozenset[int], frozenset[int]]:
    """Give the persons and the groups that stand on an event's list, whatever they answered; not who was taken off."""
    rows = Invitation.objects.filter(event_id=event_id).exclude(state="cancelled")
    pairs = list(rows.values_list("person_id", "group_id"))
    people = frozenset(person for person, _ in pairs if person is not None)
    return people, frozenset(group for _, group in pairs if group is not None)


def _shown(rows: QuerySet[Invitation]) -> QuerySet[Any]:
    hidden = [
        f"{subject}__{column}"
        for subject in ("person", "group", "through")
        for column in ("bigrams", "pinyin_key")
    ]
    return rows.select_related("person", "group", "through", "promise").defer(*hidden)
