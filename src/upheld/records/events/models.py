"""Events and their invitations. An invitation holds a seat or waits; what happens to it is only ever added to."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import exactly_one_subject, one_of
from upheld.records.events.choices import LIVE, EventKind, EventState, InvitationState, Step
from upheld.records.people.models import Group, Person


class Event(models.Model):
    """One event at a place and a time, with so many seats. Never deleted; who changed what is in the audit trail."""

    kind = models.CharField(max_length=32, choices=EventKind.choices)
    title = models.CharField(max_length=200)
    # By name only: the database must hold the links, yet events know nothing of the staff.
    unit = models.ForeignKey("staff.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    capacity = models.IntegerField(db_comment="seats; who is invited or has accepted takes one")
    clauses = ArrayField(
        models.CharField(max_length=32), db_comment="the clauses whose promises it is meant to keep"
    )
    state = models.CharField(
        max_length=16, choices=EventState.choices, default=EventState.PLANNED, db_default=EventState.PLANNED
    )
    end_reason = models.TextField(default="", db_default="", blank=True)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    planned_at = models.DateTimeField(db_default=Now(), editable=False)
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, stored once")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            one_of("kind", EventKind, name="event_kind_is_known"),
            one_of("state", EventState, name="event_state_is_known"),
            CheckConstraint(name="event_has_a_title", condition=~Q(title="")),
            CheckConstraint(name="event_key_is_given", condition=~Q(key="")),
            CheckConstraint(name="event_ends_after_its_start", condition=Q(ends_at__gt=F("starts_at"))),
            CheckConstraint(name="event_has_seats", condition=Q(capacity__gte=1)),
            CheckConstraint(name="event_serves_a_clause", condition=~Q(clauses=[])),
            CheckConstraint(
                name="event_cancelled_with_reason", condition=~Q(state="cancelled") | ~Q(end_reason="")
            ),
        ]
        indexes = [Index(fields=["starts_at", "id"], name="event_by_day")]

    def __str__(self) -> str:
        return self.title


class Invitation(models.Model):
    """A person, or a group by its contact, is asked to one event, once. Never deleted."""

    event = models.ForeignKey(Event, models.PROTECT, db_index=False, related_name="invitations")
    person = models.ForeignKey(
        Person, models.PROTECT, db_index=False, null=True, blank=True, related_name="invitations"
    )
    group = models.ForeignKey(
        Group, models.PROTECT, db_index=False, null=True, blank=True, related_name="invitations"
    )
    through = models.ForeignKey(
        Person,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="the contact by whom a group is invited",
    )
    promise = models.ForeignKey(
        "promises.Promise",
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="invitations",
        db_comment="what taking part would keep; NULL: nothing is owed, as where the clause is on demand",
    )
    state = models.CharField(max_length=16, choices=InvitationState.choices)
    place = models.IntegerField(
        null=True,
        blank=True,
        db_comment="1, 2 ... on the waiting list in the order of waiting; NULL: not waiting",
    )
    attended = models.BooleanField(null=True, blank=True, db_comment="NULL: nobody has ticked it yet")
    interaction = models.ForeignKey(
        "evidence.Interaction",
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="the contact that records the attendance",
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            exactly_one_subject(name="invitation_asks_one_subject"),
            one_of("state", InvitationState, name="invitation_state_is_known"),
            UniqueConstraint(
                fields=["event", "person"], name="invitation_person_once", condition=Q(person__isnull=False)
            ),
            UniqueConstraint(
                fields=["event", "group"], name="invitation_group_once", condition=Q(group__isnull=False)
            ),
            # Nobody counts on two events for one thing owed; after one was missed, on the next.
            UniqueConstraint(
                fields=["promise"],
                name="invitation_promise_once",
                condition=Q(promise__isnull=False, state__in=LIVE, attended__isnull=True),
            ),
            UniqueConstraint(
                fields=["event", "place"], name="invitation_place_once", condition=Q(place__isnull=False)
            ),
            CheckConstraint(
                name="invitation_waits_in_a_place",
                condition=Q(state="waiting", place__isnull=False)
                | (~Q(state="waiting") & Q(place__isnull=True)),
            ),
            CheckConstraint(
                name="invitation_attended_with_evidence",
                condition=Q(attended=True, interaction__isnull=False)
                | Q(attended=False, interaction__isnull=True)
                | Q(attended__isnull=True, interaction__isnull=True),
            ),
        ]
        indexes = [
            Index(fields=["event", "state", "place"], name="invitation_of_event"),
            Index(fields=["person", "-id"], name="invitation_of_person", condition=Q(person__isnull=False)),
            Index(fields=["group", "-id"], name="invitation_of_group", condition=Q(group__isnull=False)),
            Index(fields=["promise"], name="invitation_of_promise", condition=Q(promise__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.group_id} to event {self.event_id}"


class InvitationStep(models.Model):
    """What happened to an invitation. Append-only by trigger; the first row is the invitation itself."""

    invitation = models.ForeignKey(Invitation, models.PROTECT, db_index=False, related_name="steps")
    step = models.CharField(max_length=16, choices=Step.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="NULL: followed from another act, such as moving up from the waiting list",
    )
    at = models.DateTimeField()
    note = models.TextField(default="", db_default="", blank=True)

    class Meta:
        verbose_name = _("step of an invitation")
        verbose_name_plural = _("steps of invitations")
        constraints = [one_of("step", Step, name="invitation_step_is_known")]
        indexes = [Index(fields=["invitation", "id"], name="invitation_steps")]

    def __str__(self) -> str:
        return f"{self.step} of invitation {self.invitation_id}"
