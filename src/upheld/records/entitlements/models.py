"""Uses of entitlements: each is a row that is only ever added, and the balance is counted from them.

A use taken back is a new row that reverses it. A use out of a quota has a number of its own within the month (or
year), held unique by the database, so that the last one is never given out twice.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import exactly_one_subject, one_of
from upheld.records.entitlements.choices import ReturnState
from upheld.records.people.models import Group, Person, Service
from upheld.records.standards.models import EditionRecord


class EntitlementUse(models.Model):
    """One use of an entitlement. Append-only by trigger; `reverses` takes back an earlier one."""

    person = models.ForeignKey(
        Person, models.PROTECT, db_index=False, null=True, blank=True, related_name="entitlement_uses"
    )
    group = models.ForeignKey(
        Group, models.PROTECT, db_index=False, null=True, blank=True, related_name="entitlement_uses"
    )
    service = models.ForeignKey(
        Service, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    entitlement = models.CharField(max_length=64)
    clause = models.CharField(max_length=32)
    edition = models.ForeignKey(EditionRecord, models.PROTECT, db_index=False, related_name="+")
    card = models.CharField(
        max_length=16, null=True, blank=True, db_comment="the card that was held when it was used"
    )
    used_at = models.DateTimeField()
    until_at = models.DateTimeField(
        null=True,
        blank=True,
        db_comment="the end of its longest use, such as two days of emergency reopening",
    )
    period = models.DateField(
        null=True, blank=True, db_comment="first day of the month or year whose quota it uses; NULL: no quota"
    )
    nth = models.SmallIntegerField(
        null=True, blank=True, db_comment="place within the quota; of those not taken back each is used once"
    )
    times = models.SmallIntegerField(
        null=True, blank=True, db_comment="the quota, as the clause gave it then"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    # By name only, as promises point to evidence.
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, db_index=False, null=True, blank=True, related_name="entitlement_uses"
    )
    note = models.TextField(default="", db_default="", blank=True)
    detail = models.JSONField(default=dict, db_default={})
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, used once")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("use of an entitlement")
        verbose_name_plural = _("uses of entitlements")
        constraints = [
            exactly_one_subject(name="entitlement_use_of_one_subject"),
            CheckConstraint(name="entitlement_use_key_is_given", condition=~Q(key="")),
            CheckConstraint(name="entitlement_use_reverses_another", condition=~Q(reverses=F("id"))),
            CheckConstraint(
                name="entitlement_use_within_quota",
                condition=Q(nth__isnull=True, times__isnull=True)
                | Q(
                    nth__isnull=False,
                    times__isnull=False,
                    period__isnull=False,
                    nth__gte=1,
                    nth__lte=F("times"),
                ),
            ),
        ]
        indexes = [
            Index(fields=["person", "entitlement", "period"], name="entitlement_use_of_person"),
            Index(fields=["group", "entitlement", "period"], name="entitlement_use_of_group"),
            Index(fields=["-used_at"], name="entitlement_use_lately"),
            # What is out is looked for among what was lent, not among every use there ever was.
            Index(
                fields=["used_at", "id"],
                condition=Q(detail__form="loan", reverses__isnull=True),
                name="entitlement_use_lent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement} of {self.person_id or self.group_id} at {self.used_at}"


class LoanReturn(models.Model):
    """A lent phone or card came back. Append-only by trigger."""

    use = models.OneToOneField(EntitlementUse, models.PROTECT, related_name="returned")
    returned_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=ReturnState.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    note = models.TextField(default="", db_default="", blank=True)

    class Meta:
        verbose_name = _("return of a loan")
        verbose_name_plural = _("returns of loans")
        constraints = [one_of("state", ReturnState, name="loan_return_state_is_known")]

    def __str__(self) -> str:
        return f"return of {self.use_id} at {self.returned_at}"


class QuotaPlace(models.Model):
    """A place of a quota that is taken: one row a use that is not taken back. The database lets no two share it."""

    use = models.OneToOneField(EntitlementUse, models.PROTECT, related_name="place")
    subject = models.CharField(max_length=32, db_comment="p12 or g3: a person or a group by id")
    entitlement = models.CharField(max_length=64)
    period = models.DateField()
    nth = models.SmallIntegerField()

    class Meta:
        verbose_name = _("place in a quota")
        verbose_name_plural = _("places in quotas")
        constraints = [
            UniqueConstraint(
                fields=["subject", "entitlement", "period", "nth"], name="quota_place_taken_once"
            ),
            CheckConstraint(name="quota_place_counts_from_one", condition=Q(nth__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement} {self.nth} of {self.subject}"
