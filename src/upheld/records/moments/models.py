"""Signals that an operator's systems send, the key moments found from them, who was sent, and what came of it.

A signal is source data and may be corrected by a later file. All else is only added: what ends the waiting of a moment
is a row of its own, each talk about it another.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import not_negative, one_of
from upheld.records.moments.choices import Decision, DispatchBy, Fate, Reached, Urgency
from upheld.records.people.models import Person
from upheld.records.standards.models import EditionRecord


def _ratio() -> models.DecimalField:
    return models.DecimalField(max_digits=15, decimal_places=6, null=True, blank=True)


class Signal(models.Model):
    """What the operator's systems noticed about a customer on a day (feed `signals`); NULL is unknown."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="signals")
    day = models.DateField()
    calls_forwarded_to_rival = models.BooleanField(null=True, blank=True)
    spend_drop_ratio = _ratio()
    bill_over_mean_ratio = _ratio()
    plan_use_ratio = _ratio()
    contract_ends = models.DateField(null=True, blank=True, db_comment="last day of the contract")
    porting_query = models.BooleanField(null=True, blank=True)
    plan_churn_rate = _ratio()
    brand_churn_rate = _ratio()
    rival_link_churn_rate = _ratio()
    number_range_churn_rate = _ratio()

    class Meta:
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        constraints = [UniqueConstraint(fields=["person", "day"], name="signal_once_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.day}"


class Moment(models.Model):
    """The moment of a customer that is acted on, one for all found with it (CARE-30). Append-only by trigger."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="moments")
    moment = models.CharField(max_length=64, db_comment="its name in rules/churn.yaml")
    clause = models.CharField(max_length=32)
    standard = models.CharField(max_length=32)
    urgency = models.CharField(max_length=16, choices=Urgency.choices)
    dispatch = models.CharField(max_length=16, choices=DispatchBy.choices)
    rank = models.IntegerField(db_comment="the lowest of a customer's moments is acted on")
    reasons = models.JSONField(db_comment="the facts it was found by, with their values as text")
    score = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    band = models.CharField(max_length=32, default="", db_default="", blank=True)
    found_on = models.DateField()
    from_date = models.DateField(db_comment="first day of the day, week or month in which it was found")
    until_date = models.DateField(db_comment="last day of it")
    offers = models.JSONField(default=list, db_comment="what may be offered: offer, family, clause")
    suppressed_by = models.CharField(
        max_length=32, default="", db_default="", blank=True, db_comment="the clause that forbids offers"
    )
    worth_fen = models.BigIntegerField(
        null=True, blank=True, db_comment="what the customer is billed a month, when it was found"
    )
    edition = models.ForeignKey(EditionRecord, models.PROTECT, db_index=False, related_name="+")
    found_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("key moment")
        verbose_name_plural = _("key moments")
        constraints = [
            one_of("urgency", Urgency, name="moment_urgency_is_known"),
            one_of("dispatch", DispatchBy, name="moment_dispatch_is_known"),
            not_negative("worth_fen", name="moment_worth_not_negative"),
            CheckConstraint(
                name="moment_found_in_its_period",
                condition=Q(from_date__lte=models.F("found_on"), until_date__gte=models.F("found_on")),
            ),
            UniqueConstraint(
                fields=["person", "moment", "from_date", "dispatch"], name="moment_once_a_period"
            ),
        ]
        indexes = [
            Index(fields=["person", "-found_on"], name="moment_of_person"),
            Index(fields=["found_on", "dispatch"], name="moment_found_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.moment} of {self.person_id} on {self.found_on}"


class NamedMoment(models.Model):
    """Another moment of the same customer, to be spoken of in the same talk (CARE-30). Append-only by trigger."""

    of = models.ForeignKey(Moment, models.PROTECT, db_index=False, related_name="named")
    moment = models.CharField(max_length=64)
    clause = models.CharField(max_length=32)
    urgency = models.CharField(max_length=16, choices=Urgency.choices)
    reasons = models.JSONField()
    found_on = models.DateField()

    class Meta:
        verbose_name = _("moment named with another")
        verbose_name_plural = _("moments named with another")
        constraints = [
            one_of("urgency", Urgency, name="named_moment_urgency_is_known"),
            UniqueConstraint(fields=["of", "moment"], name="named_moment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.moment} with {self.of_id}"


class MomentFate(models.Model):
    """What ended the waiting of a moment. Without this row it waits. Append-only by trigger."""

    moment = models.OneToOneField(Moment, models.PROTECT, related_name="fate")
    kind = models.CharField(max_length=16, choices=Fate.choices)
    day = models.DateField()
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    # By name only, as evidence and promises are linked: the database holds it, this app knows nothing of promises.
    promise = models.OneToOneField(
        "promises.Promise", models.PROTECT, null=True, blank=True, related_name="moment"
    )
    to = models.ForeignKey(
        Moment,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="instead_of",
        db_comment="the more urgent moment that took its place",
    )
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("fate of a moment")
        verbose_name_plural = _("fates of moments")
        constraints = [
            one_of("kind", Fate, name="moment_fate_is_known"),
            CheckConstraint(
                name="moment_is_sent_to_somebody_with_a_promise",
                condition=Q(kind="sent", employee__isnull=False, promise__isnull=False)
                | (~Q(kind="sent") & Q(employee__isnull=True, promise__isnull=True)),
            ),
            CheckConstraint(
                name="moment_gives_way_to_another",
                condition=Q(kind="gave_way", to__isnull=False) | (~Q(kind="gave_way") & Q(to__isnull=True)),
            ),
        ]
        indexes = [Index(fields=["day", "employee"], name="moment_sent_on")]

    def __str__(self) -> str:
        return f"{self.moment_id}: {self.kind} on {self.day}"


class MomentResult(models.Model):
    """What came of one talk, or of one try, about a moment; the latest counts. Append-only by trigger."""

    moment = models.ForeignKey(Moment, models.PROTECT, db_index=False, related_name="results")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    interaction = models.OneToOneField("evidence.Interaction", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Reached.choices)
    decision = models.CharField(
        max_length=16, choices=Decision.choices, default="", db_default="", blank=True
    )
    offer = models.CharField(max_length=64, default="", db_default="", blank=True)
    accepted = models.BooleanField(null=True, blank=True, db_comment="the offer; NULL: none was made")
    agreed_to_offers = models.BooleanField(
        default=False, db_default=False, db_comment="the customer agreed to hear what may be offered"
    )
    note = models.TextField(default="", db_default="", blank=True)
    cost_fen = models.BigIntegerField(db_comment="of the contact, and of the offer where it was accepted")
    key = models.CharField(max_length=128, unique=True, db_comment="idempotency key: sent twice, stored once")

    class Meta:
        verbose_name = _("result of a moment")
        verbose_name_plural = _("results of moments")
        constraints = [
            one_of("outcome", Reached, name="moment_outcome_is_known"),
            CheckConstraint(
                name="moment_decision_only_when_reached",
                condition=Q(outcome="reached", decision__in=Decision.values)
                | (~Q(outcome="reached") & Q(decision="")),
            ),
            CheckConstraint(
                name="moment_offer_is_answered",
                condition=Q(offer="", accepted__isnull=True)
                | (~Q(offer="") & Q(accepted__isnull=False, agreed_to_offers=True, outcome="reached")),
            ),
            not_negative("cost_fen", name="moment_cost_not_negative"),
        ]
        indexes = [
            Index(fields=["moment", "-at"], name="moment_result_latest"),
            Index(fields=["employee", "-at"], name="moment_result_of_employee"),
        ]

    def __str__(self) -> str:
        return f"{self.moment_id}: {self.outcome} {self.decision}"
