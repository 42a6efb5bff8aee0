"""The closed lists that describe a customer, in the words of the ask contract.

Other apps take `Card` from here.
"""

from __future__ import annotations

from django.db.models import TextChoices


class Card(TextChoices):
    """The card of a member, from low to high."""

    SILVER = "silver"
    GOLD = "gold"
    DIAMOND = "diamond"


class GroupClass(TextChoices):
    """How important a corporate group is to the company; B of the source is B1 and B2."""

    A = "A"
    B1 = "B1"
    B2 = "B2"
    C = "C"
    D = "D"


class GroupKind(TextChoices):
    """What a corporate group is."""

    GOVERNMENT = "government"
    KEY_DEPARTMENT = "key_department"
    KEY_ENTERPRISE = "key_enterprise"
    OTHER = "other"


class Role(TextChoices):
    """A key person's role in the group (KEY-2)."""

    TOP_DECISION_MAKER = "top_decision_maker"
    CONTACT = "contact"
    TELECOM_MANAGER = "telecom_manager"
    INFLUENCER = "influencer"


class Papers(TextChoices):
    """The certificate a customer is registered with."""

    PERSONAL = "personal"
    ORGANISATION = "organisation"


class OrganisationKind(TextChoices):
    """The kind of organisation behind an organisation's papers (CT-31, CT-32)."""

    GOVERNMENT = "government"
    FINANCE = "finance"
    LARGE_ENTERPRISE = "large_enterprise"
    HIGH_END_CLUSTER = "high_end_cluster"
    LOW_END_CLUSTER = "low_end_cluster"


class Rank(TextChoices):
    """An official's rank."""

    BUREAU = "bureau"
    DIVISION = "division"
    SECTION = "section"


class Brand(TextChoices):
    """The brand a customer or a service belongs to."""

    E_HOME = "e_home"
    TIANYI = "tianyi"
    BUSINESS_NAVIGATOR = "business_navigator"
    GLOBAL_PASS = "global_pass"
    THREE_G = "three_g"
    OTHER = "other"


class BirthdayCalendar(TextChoices):
    """The calendar in which a birthday is kept."""

    SOLAR = "solar"
    LUNAR = "lunar"


class SpokenLanguage(TextChoices):
    """A language in which a customer wishes to be served, and which an employee speaks."""

    MANDARIN = "zh"
    CANTONESE = "yue"
    ENGLISH = "en"
    JAPANESE = "ja"
    KOREAN = "ko"


class Gender(TextChoices):
    """How to address a person; nothing else depends on it."""

    FEMALE = "female"
    MALE = "male"


class ServiceStatus(TextChoices):
    """Whether a service of a customer runs."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
