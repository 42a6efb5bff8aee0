"""Ratings, which are decisions and so only ever added, and memberships, the periods that follow from them."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import never_overlapping, one_of, until_after_from
from upheld.records.people.choices import Card
from upheld.records.people.models import Person
from upheld.records.standards.models import EditionRecord
from upheld.records.tiers.choices import MembershipState, RatingState

_HOLDS_A_CARD = ("active", "frozen")


class Rating(models.Model):
    """What the edition said of a person on a day, and why.

    Append-only by trigger; stored only where it changed something.
    """

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="ratings")
    edition = models.ForeignKey(EditionRecord, models.PROTECT, db_index=False, related_name="ratings")
    as_of = models.DateField()
    card = models.CharField(max_length=16, choices=Card.choices, null=True, blank=True)
    state = models.CharField(max_length=16, choices=RatingState.choices)
    because = models.JSONField(default=list, db_comment='[{"clause": ..., "card": ...}]')
    provisional_card = models.CharField(max_length=16, choices=Card.choices, null=True, blank=True)
    run = models.CharField(
        max_length=64, default="", db_default="", db_comment="the rating run it belongs to"
    )
    rated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            one_of("card", Card, name="rating_card_is_known"),
            one_of("provisional_card", Card, name="rating_provisional_card_is_known"),
            one_of("state", RatingState, name="rating_state_is_known"),
            CheckConstraint(
                name="rating_card_fits_state",
                condition=Q(state__in=_HOLDS_A_CARD, card__isnull=False)
                | (~Q(state__in=_HOLDS_A_CARD) & Q(card__isnull=True)),
            ),
        ]
        # This index serves the foreign key too, which therefore has none of its own (db_index=False).
        indexes = [
            Index(fields=["person", "-as_of", "-id"], name="rating_history"),
            Index(fields=["run"], name="rating_run"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.as_of}: {self.card or self.state}"


class Membership(models.Model):
    """One card in one state, from a day until a day.

    A period that a rating of the same day replaced is empty.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    card = models.CharField(max_length=16, choices=Card.choices, null=True, blank=True)
    state = models.CharField(max_length=16, choices=MembershipState.choices)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True, db_comment="first day that no longer counts")
    rating = models.ForeignKey(
        Rating,
        models.PROTECT,
        db_index=False,
        related_name="memberships",
        db_comment="the rating that gave it",
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            one_of("card", Card, name="membership_card_is_known"),
            one_of("state", MembershipState, name="membership_state_is_known"),
            CheckConstraint(
                name="membership_card_fits_state",
                condition=Q(state__in=_HOLDS_A_CARD, card__isnull=False)
                | Q(state="provisional", card__isnull=True),
            ),
            until_after_from(name="membership_until_after_from", may_be_empty=True),
            never_overlapping("person", name="membership_never_overlaps"),
        ]
        indexes = [
            Index(fields=["card", "state"], name="membership_current", condition=Q(until_date__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.card or self.state} from {self.from_date}"
