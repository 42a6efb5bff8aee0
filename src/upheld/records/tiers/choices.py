"""The closed lists of ratings and memberships, in the words of the ask contract."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RatingState(TextChoices):
    """The outcome of a rating, in the words of the ask contract."""

    ACTIVE = "active", _("Active")
    FROZEN = "frozen", _("Frozen")
    PROVISIONAL = "provisional", _("Provisional")
    CANCELLED = "cancelled", _("Membership ended")
    NONE = "none", _("No card")


class MembershipState(TextChoices):
    """How a membership stands. A frozen member keeps the card and gets no service by it."""

    ACTIVE = "active", _("Active")
    FROZEN = "frozen", _("Frozen")
    PROVISIONAL = "provisional", _("Provisional")
