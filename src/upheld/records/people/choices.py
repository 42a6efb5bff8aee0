"""The closed lists that describe a customer, in the words of the ask contract.

Other apps take `Card` from here.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Card(TextChoices):
    """The card of a member, from low to high."""

    SILVER = "silver", _("Silver card")
    GOLD = "gold", _("Gold card")
    DIAMOND = "diamond", _("Diamond card")


class GroupClass(TextChoices):
    """How important a corporate group is to the company; B of the source is B1 and B2."""

    A = "A", _("Class A")
    B1 = "B1", _("Class B1")
    B2 = "B2", _("Class B2")
    C = "C", _("Class C")
    D = "D", _("Class D")


class GroupKind(TextChoices):
    """What a corporate group is."""

    GOVERNMENT = "government", _("Government body")
    KEY_DEPARTMENT = "key_department", _("Important department")
    KEY_ENTERPRISE = "key_enterprise", _("Important enterprise")
    OTHER = "other", _("Other group")


class Role(TextChoices):
    """A key person's role in the group (KEY-2)."""

    TOP_DECISION_MAKER = "top_decision_maker", _("Top decision maker")
    CONTACT = "contact", _("Contact")
    TELECOM_MANAGER = "telecom_manager", _("Telecom manager")
    INFLUENCER = "influencer", _("Influencer")


class Papers(TextChoices):
    """The certificate a customer is registered with."""

    PERSONAL = "personal", _("Personal papers")
    ORGANISATION = "organisation", _("An organisation's papers")


class OrganisationKind(TextChoices):
    """The kind of organisation behind an organisation's papers (CT-31, CT-32)."""

    GOVERNMENT = "government", _("Government")
    FINANCE = "finance", _("Finance")
    LARGE_ENTERPRISE = "large_enterprise", _("Large enterprise")
    HIGH_END_CLUSTER = "high_end_cluster", _("High-end cluster")
    LOW_END_CLUSTER = "low_end_cluster", _("Low-end cluster")


class Rank(TextChoices):
    """An official's rank."""

    BUREAU = "bureau", _("Bureau level")
    DIVISION = "division", _("Division level")
    SECTION = "section", _("Section level")


class Brand(TextChoices):
    """The brand a customer or a service belongs to."""

    E_HOME = "e_home", _("My e-home")
    TIANYI = "tianyi", _("Tianyi")
    BUSINESS_NAVIGATOR = "business_navigator", _("Business Navigator")
    GLOBAL_PASS = "global_pass", _("Global Pass")
    THREE_G = "three_g", _("3G")
    OTHER = "other", _("Other brand")


class BirthdayCalendar(TextChoices):
    """The calendar in which a birthday is kept."""

    SOLAR = "solar", _("Solar calendar")
    LUNAR = "lunar", _("Lunar calendar")


class Gender(TextChoices):
    """How to address a person; nothing else depends on it."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")


class ServiceStatus(TextChoices):
    """Whether a service of a customer runs."""

    ACTIVE = "active", _("In service")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")
