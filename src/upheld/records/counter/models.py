"""Requests at the store counter, one form for all that a customer asks for (CT-25), and the store's waiting list.

A request keeps what the customer signed: the items with what was filled in, the papers that were seen, and what was
promised then. It is never changed; the cases it opened go on by themselves.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.people.models import Person


class Request(models.Model):
    """What one customer asked for at a counter, on one form. Append-only by trigger."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="requests")
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    unit = models.ForeignKey("staff.Unit", models.PROTECT, db_index=False, null=True, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    items = models.JSONField(db_comment="[{code, case, values: {field: text}, papers: [code], words}]")
    promised = models.JSONField(
        default=list,
        db_default=[],
        db_comment="what the customer was told: [{case, clause, stops_at, due_at}], public clocks alone",
    )
    note = models.TextField(default="", db_default="", blank=True)
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, stored once")

    class Meta:
        verbose_name = _("request at the counter")
        verbose_name_plural = _("requests at the counter")
        constraints = [
            CheckConstraint(name="request_has_items", condition=~Q(items=[])),
            CheckConstraint(name="request_key_is_given", condition=~Q(key="")),
        ]
        indexes = [
            Index(fields=["person", "-at"], name="request_of_person"),
            Index(fields=["unit", "-at"], name="request_of_unit"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk} of {self.person_id}"


class RequestCase(models.Model):
    """A case that a request opened. Append-only by trigger."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="cases")
    # By name only: the database must hold the link, yet the counter knows nothing of how cases are kept.
    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="request_case")

    class Meta:
        verbose_name = _("case of a request")
        verbose_name_plural = _("cases of requests")

    def __str__(self) -> str:
        return f"case {self.case_id} of request {self.request_id}"


class Arrival(models.Model):
    """Somebody who came to a store and waits for a counter: first by priority, then by arrival. Never deleted."""

    unit = models.ForeignKey("staff.Unit", models.PROTECT, db_index=False, related_name="+")
    day = models.DateField(db_comment="the store's day, within which numbers are counted")
    number = models.IntegerField(db_comment="1, 2 ... for each store and day")
    person = models.ForeignKey(
        Person, models.PROTECT, db_index=False, null=True, blank=True, related_name="arrivals"
    )
    priority = models.SmallIntegerField(
        default=0, db_default=0, db_comment="the higher, the sooner: a contact, then a VIP (KEY-27, KEY-16)"
    )
    arrived_at = models.DateTimeField()
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key of the arrival")
    called_at = models.DateTimeField(null=True, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    call_key = models.CharField(max_length=128, null=True, blank=True, unique=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    served = models.BooleanField(null=True, blank=True, db_comment="false: was called and had gone")

    class Meta:
        verbose_name = _("arrival at a store")
        verbose_name_plural = _("arrivals at stores")
        constraints = [
            UniqueConstraint(fields=["unit", "day", "number"], name="arrival_number_once_a_day"),
            CheckConstraint(name="arrival_counts_from_one", condition=Q(number__gte=1)),
            CheckConstraint(
                name="arrival_called_by_somebody",
                condition=Q(called_at__isnull=True, called_by__isnull=True)
                | Q(called_at__isnull=False, called_by__isnull=False),
            ),
            CheckConstraint(
                name="arrival_ends_either_way",
                condition=Q(ended_at__isnull=True, served__isnull=True)
                | Q(ended_at__isnull=False, served__isnull=False),
            ),
            CheckConstraint(
                name="arrival_is_called_before_it_ends",
                condition=Q(ended_at__isnull=True) | Q(called_at__isnull=False) | Q(served=False),
            ),
        ]
        indexes = [
            Index(
                F("unit"),
                F("day"),
                F("priority").desc(),
                F("arrived_at"),
                F("id"),
                name="arrival_waiting",
                condition=Q(called_at__isnull=True, ended_at__isnull=True),
            ),
            Index(
                fields=["called_by", "day"],
                name="arrival_being_served",
                condition=Q(called_at__isnull=False, ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"number {self.number} of {self.day} in {self.unit_id}"
