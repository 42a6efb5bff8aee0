"""The closed lists of the organisation: levels of units, jobs, ways of serving, languages of the pages."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class UnitKind(TextChoices):
    """A level of the organisation."""

    PROVINCE = "province", _("Province company")
    CITY = "city", _("City company")
    TEAM = "team", _("Team")


class Job(TextChoices):
    """What an employee does, and so what an employee may see and do."""

    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    PHONE_MANAGER = "phone_manager", _("Phone manager")
    TEAM_LEAD = "team_lead", _("Team lead")
    SERVICE_DEPARTMENT = "service_department", _("Service department")
    ADMINISTRATOR = "administrator", _("Administrator")
    CHIEF_REPRESENTATIVE = "chief_representative", _("Chief customer representative")


class AssignmentKind(TextChoices):
    """In what way an employee serves a customer or a group."""

    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    PHONE_MANAGER = "phone_manager", _("Phone manager")
    CHIEF_REPRESENTATIVE = "chief_representative", _("Chief customer representative")


class Language(TextChoices):
    """The languages of the pages."""

    CHINESE = "zh-hans", _("Chinese")
    ENGLISH = "en", _("English")
