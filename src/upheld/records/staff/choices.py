"""The closed lists of the organisation: levels of units, jobs, ways of serving, languages of the pages."""

from __future__ import annotations

from django.db.models import TextChoices


class UnitKind(TextChoices):
    """A level of the organisation."""

    PROVINCE = "province"
    CITY = "city"
    TEAM = "team"


class Job(TextChoices):
    """What an employee does, and so what an employee may see and do."""

    ACCOUNT_MANAGER = "account_manager"
    PHONE_MANAGER = "phone_manager"
    TEAM_LEAD = "team_lead"
    SERVICE_DEPARTMENT = "service_department"
    ADMINISTRATOR = "administrator"
    CHIEF_REPRESENTATIVE = "chief_representative"
    HOTLINE_AGENT = "hotline_agent"
    STORE_CLERK = "store_clerk"
    FIELD_ENGINEER = "field_engineer"
    QUALITY_INSPECTOR = "quality_inspector"


class AssignmentKind(TextChoices):
    """In what way an employee serves a customer or a group."""

    ACCOUNT_MANAGER = "account_manager"
    PHONE_MANAGER = "phone_manager"
    CHIEF_REPRESENTATIVE = "chief_representative"


class AbsenceReason(TextChoices):
    """Why an employee is away for some days."""

    LEAVE = "leave"
    SICKNESS = "sickness"
    TRAINING = "training"
    OTHER = "other"


class HandoverReason(TextChoices):
    """Why a whole book goes from one employee to others."""

    LEFT = "left"
    ANOTHER_JOB = "another_job"
    LOAD = "load"


class Language(TextChoices):
    """The languages of the pages."""

    CHINESE = "zh-hans"
    ENGLISH = "en"
