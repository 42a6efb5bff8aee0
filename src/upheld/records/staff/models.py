"""The operator's organisation: units by region, employees who sign in, and who serves which customer."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import exactly_one_subject, never_overlapping, one_of, until_after_from
from upheld.records.people.choices import SpokenLanguage
from upheld.records.people.models import Group, Person, Region
from upheld.records.staff.choices import (
    AbsenceReason,
    AssignmentKind,
    HandoverReason,
    Job,
    Language,
    UnitKind,
)


class Unit(models.Model):
    """A province company, a city company or a team."""

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=UnitKind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="units")

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            one_of("kind", UnitKind, name="unit_kind_is_known"),
            CheckConstraint(name="unit_is_not_its_own_parent", condition=~Q(parent=F("id"))),
            CheckConstraint(
                name="unit_stands_in_the_tree",
                condition=Q(kind=UnitKind.PROVINCE, parent__isnull=True)
                | Q(kind__in=[UnitKind.CITY, UnitKind.TEAM], parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Employees(BaseUserManager["Employee"]):
    """Make employees with a hashed password; the shape Django's own commands expect."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Employee:
        """Make an employee. Without a password nobody can sign in as this employee."""
        fields.setdefault("code", username)
        fields.setdefault("name", username)
        employee = self.model(username=username, **fields)
        employee.set_password(password)
        employee.save(using=self._db)
        return employee

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> Employee:
        """Make an administrator who may do everything."""
        fields.setdefault("job", Job.ADMINISTRATOR)
        return self.create_user(username, password, is_superuser=True, **fields)


class Employee(AbstractBaseUser, PermissionsMixin):
    """A member of the staff, who may sign in while active."""

    username = models.CharField(max_length=150, unique=True)
    code = models.CharField(max_length=64, unique=True, db_comment="the operator's own staff number")
    name = models.CharField(max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="employees")
    job = models.CharField(max_length=32, choices=Job.choices)
    language = models.CharField(
        max_length=16, choices=Language.choices, default=Language.CHINESE, db_default=Language.CHINESE
    )
    speaks = ArrayField(
        models.CharField(max_length=8, choices=SpokenLanguage.choices),
        default=list,
        db_default=[],
        blank=True,
        db_comment="the languages in which customers are served; empty: not known",
    )
    is_active = models.BooleanField(default=True, db_default=True)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(
        db_default=Now(), editable=False, db_comment="when the account was last opened or closed"
    )

    objects: ClassVar[Employees] = Employees()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["code", "name", "job"]

    class Meta:
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        constraints = [
            one_of("job", Job, name="employee_job_is_known"),
            one_of("language", Language, name="employee_language_is_known"),
            CheckConstraint(
                name="employee_speaks_known_languages",
                condition=Q(speaks__contained_by=SpokenLanguage.values),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Give the name as it is shown."""
        return self.name

    def get_short_name(self) -> str:
        """Give the name as it is shown; a Chinese name has no shorter form that would be polite."""
        return self.name


class Assignment(models.Model):
    """An employee serves a person, or a whole group, from a day until a day."""

    employee = models.ForeignKey(Employee, models.PROTECT, db_index=False, related_name="assignments")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="assignments")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="assignments")
    kind = models.CharField(max_length=32, choices=AssignmentKind.choices)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True, db_comment="first day that no longer counts")
    changed_at = models.DateTimeField(
        db_default=Now(), editable=False, db_comment="set by the database itself"
    )

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            one_of("kind", AssignmentKind, name="assignment_kind_is_known"),
            exactly_one_subject(name="assignment_serves_one_subject"),
            until_after_from(name="assignment_until_after_from", may_be_empty=True),
            # A text needs an extension to stand in a GiST index, so each kind has a constraint of its own.
            *(
                never_overlapping(
                    subject,
                    name=f"assignment_{subject}_one_{kind.value}",
                    condition=Q(kind=kind.value, **{f"{subject}__isnull": False}),
                )
                for subject in ("person", "group")
                for kind in AssignmentKind
            ),
        ]
        indexes = [
            Index(fields=["employee", "kind"], name="assignment_book"),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} serves {self.person_id or self.group_id} as {self.kind}"


class Absence(models.Model):
    """An employee is away from a day until the day of coming back; a deputy does what falls due meanwhile."""

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(
        Employee, models.PROTECT, null=True, blank=True, related_name="stands_in", db_comment="NULL: nobody"
    )
    from_date = models.DateField()
    until_date = models.DateField(db_comment="the day of coming back; as from_date: called off")
    reason = models.CharField(max_length=16, choices=AbsenceReason.choices)
    noted_by = models.ForeignKey(Employee, models.PROTECT, null=True, blank=True, related_name="+")
    noted_at = models.DateTimeField(db_default=Now(), editable=False)
    key = models.CharField(max_length=200, unique=True, null=True, blank=True)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            one_of("reason", AbsenceReason, name="absence_reason_is_known"),
            until_after_from(name="absence_until_not_before_from", may_be_empty=True),
            CheckConstraint(
                name="absence_deputy_is_another", condition=Q(deputy__isnull=True) | ~Q(deputy=F("employee"))
            ),
            never_overlapping("employee", name="absence_one_at_a_time"),
        ]
        indexes = [Index(fields=["until_date", "employee"], name="absence_by_end")]

    def __str__(self) -> str:
        return f"{self.employee_id} is away from {self.from_date} until {self.until_date}"


class Lent(models.Model):
    """A promise or a case of an absent employee that the deputy has for the days of the absence.

    The plan of contacts counts its own responsible anew; what else is owed goes back by these rows.
    """

    absence = models.ForeignKey(Absence, models.PROTECT, related_name="lent")
    # By name only: the database must hold the links, yet the organisation knows nothing of promises and cases.
    promise = models.ForeignKey(
        "promises.Promise", models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    to = models.ForeignKey(Employee, models.PROTECT, db_index=False, related_name="+")
    lent_at = models.DateTimeField(db_default=Now(), editable=False)
    back_at = models.DateTimeField(
        null=True, blank=True, db_comment="when it went back, or had ended meanwhile"
    )

    class Meta:
        verbose_name = _("what a deputy has")
        verbose_name_plural = _("what deputies have")
        constraints = [
            CheckConstraint(
                name="lent_is_one_thing",
                condition=Q(promise__isnull=False, case__isnull=True)
                | Q(promise__isnull=True, case__isnull=False),
            ),
            UniqueConstraint(
                fields=["promise"],
                name="lent_promise_once",
                condition=Q(promise__isnull=False, back_at__isnull=True),
            ),
            UniqueConstraint(
                fields=["case"], name="lent_case_once", condition=Q(case__isnull=False, back_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return (
            f"absence {self.absence_id}: promise {self.promise_id} or case {self.case_id} with {self.to_id}"
        )


class Handover(models.Model):
    """A whole book went from one employee to one or several others, in one act. Append-only by trigger."""

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="handovers")
    to = models.ForeignKey(
        Employee,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_comment="NULL: spread over several",
    )
    reason = models.CharField(max_length=16, choices=HandoverReason.choices)
    from_date = models.DateField(db_comment="the first day on which the others serve")
    counts = models.JSONField(default=dict, db_comment="how many of each kind, and by receiver")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    key = models.CharField(max_length=200, unique=True, null=True, blank=True)
    handed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("handed-over book")
        verbose_name_plural = _("handed-over books")
        constraints = [one_of("reason", HandoverReason, name="handover_reason_is_known")]

    def __str__(self) -> str:
        return f"the book of {self.employee_id}, handed over on {self.from_date}"
