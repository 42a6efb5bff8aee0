"""Promises: what is owed to whom, by whom, in which window and by which clause; and how each one ended."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import exactly_one_subject, one_of
from upheld.records.people.models import Group, Person
from upheld.records.promises.choices import (
    Action,
    Occasion,
    PromiseState,
    Source,
    WarnedRole,
    WarningStage,
)
from upheld.records.standards.models import EditionRecord

_IDENTITY = ("clause", "action", "from_date", "due_date", "turn")


class Promise(models.Model):
    """One thing owed to a person or a group within a window of days, both included.

    Never deleted (trigger).
    """

    person = models.ForeignKey(
        Person, models.PROTECT, db_index=False, null=True, blank=True, related_name="promises"
    )
    group = models.ForeignKey(
        Group, models.PROTECT, db_index=False, null=True, blank=True, related_name="promises"
    )
    action = models.CharField(max_length=32, choices=Action.choices)
    channels = ArrayField(
        models.CharField(max_length=32),
        default=list,
        db_default=[],
        db_comment="channels that would keep it, as planned; the standard decides when it is recorded",
    )
    on_occasion = models.CharField(max_length=32, choices=Occasion.choices, null=True, blank=True)
    clause = models.CharField(max_length=32)
    standard = models.CharField(max_length=32, db_comment="id of the standard, such as KEY")
    from_date = models.DateField()
    due_date = models.DateField()
    turn = models.SmallIntegerField(
        default=1, db_default=1, db_comment="1, 2 ... where clause, action and window are the same"
    )
    edition = models.ForeignKey(EditionRecord, models.PROTECT, db_index=False, related_name="promises")
    source = models.CharField(
        max_length=32, choices=Source.choices, default=Source.CONTACT_PLAN, db_default=Source.CONTACT_PLAN
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="promises",
        db_comment="NULL: nobody is assigned yet",
    )
    state = models.CharField(
        max_length=16, choices=PromiseState.choices, default=PromiseState.OPEN, db_default=PromiseState.OPEN
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(default="", db_default="", blank=True)
    late = models.BooleanField(default=False, db_default=False, db_comment="done, but after the due date")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        db_comment="who approved a waiver",
    )
    # By name only, as for evidence: the database must hold the link, yet promises know nothing of cases.
    case = models.ForeignKey(
        "cases.Case",
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="promises",
        db_comment="the case whose clock or call-back this is",
    )
    due_at = models.DateTimeField(
        null=True, blank=True, db_comment="due at an instant, not at the end of a day; due_date is its day"
    )
    paused_at = models.DateTimeField(
        null=True, blank=True, db_comment="its clock stands still since; due_at is then only an estimate"
    )
    warn_ats = ArrayField(
        models.DateTimeField(),
        default=list,
        db_default=[],
        blank=True,
        db_comment="when to warn: before it is due, as it is due, after",
    )
    warned = models.SmallIntegerField(
        default=0, db_default=0, db_comment="how many of the warnings were given"
    )
    warn_at = models.DateTimeField(
        null=True, blank=True, db_comment="when the next warning is to be given; NULL: none"
    )
    planned_on = models.DateField(
        null=True,
        blank=True,
        db_comment="the day of its window on which it is meant to be done; NULL: not planned yet",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            exactly_one_subject(name="promise_owed_to_one_subject"),
            one_of("state", PromiseState, name="promise_state_is_known"),
            one_of("source", Source, name="promise_source_is_known"),
            CheckConstraint(name="promise_due_not_before_from", condition=Q(due_date__gte=F("from_date"))),
            CheckConstraint(name="promise_turn_counts_from_one", condition=Q(turn__gte=1)),
            CheckConstraint(
                name="promise_ends_when_not_open",
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
            ),
            CheckConstraint(
                name="promise_waived_with_approval",
                condition=~Q(state="waived") | (Q(approved_by__isnull=False) & ~Q(end_reason="")),
            ),
            CheckConstraint(
                name="promise_cancelled_with_reason", condition=~Q(state="cancelled") | ~Q(end_reason="")
            ),
            CheckConstraint(
                name="promise_late_only_when_done", condition=Q(late=False) | Q(state__in=["kept", "broken"])
            ),
            UniqueConstraint(
                fields=["person", *_IDENTITY],
                name="promise_once_for_person",
                condition=Q(person__isnull=False, case__isnull=True) & ~Q(state="cancelled"),
            ),
            UniqueConstraint(
                fields=["group", *_IDENTITY],
                name="promise_once_for_group",
                condition=Q(group__isnull=False, case__isnull=True) & ~Q(state="cancelled"),
            ),
            # One person may have several cases a day, each with the same clocks; a reopened case has them again.
            UniqueConstraint(
                fields=["case", "clause", "action", "turn"],
                name="promise_once_for_case",
                condition=Q(case__isnull=False) & ~Q(state="cancelled"),
            ),
            CheckConstraint(
                name="promise_of_case_is_due_at_an_instant",
                condition=Q(case__isnull=True) | Q(due_at__isnull=False),
            ),
            # A day outside the window is a waiver, not a plan.
            CheckConstraint(
                name="promise_planned_within_window",
                condition=Q(planned_on__isnull=True)
                | Q(planned_on__gte=F("from_date"), planned_on__lte=F("due_date")),
            ),
            CheckConstraint(
                name="promise_stands_still_only_open",
                condition=Q(paused_at__isnull=True) | Q(state="open", warn_at__isnull=True),
            ),
        ]
        # Foreign keys have no index of their own (db_index=False): those below serve them, and each one more makes
        # the nightly planning slower.
        indexes = [
            # The workbench reads open promises only: one employee's, a team's, or all that nobody has yet.
            Index(
                fields=["responsible", "due_date", "id"], name="promise_open_book", condition=Q(state="open")
            ),
            Index(fields=["due_date", "id"], name="promise_open_due", condition=Q(state="open")),
            Index(
                fields=["responsible", "planned_on"],
                name="promise_planned_book",
                condition=Q(state="open", planned_on__isnull=False),
            ),
            # What broke lately and has not been done late stays on the workbench among the overdue.
            Index(
                fields=["responsible", "due_date", "id"],
                name="promise_broken_book",
                condition=Q(state="broken", late=False),
            ),
            # What a message may keep, by when its time comes: looked at every hour, among all that is planned ahead.
            Index(
                fields=["from_date"],
                name="promise_to_be_told",
                condition=Q(state="open", action__in=["greeting", "sms", "information"], case__isnull=True),
            ),
            # The dashboard counts a range of due dates by clause and state, and pages through one clause.
            Index(
                fields=["due_date", "clause", "state"], name="promise_count", include=["responsible", "late"]
            ),
            Index(fields=["clause", "due_date", "id"], name="promise_of_clause"),
            Index(fields=["person", "due_date"], name="promise_of_person", condition=Q(person__isnull=False)),
            Index(fields=["group", "due_date"], name="promise_of_group", condition=Q(group__isnull=False)),
            Index(fields=["case", "id"], name="promise_of_case", condition=Q(case__isnull=False)),
            # The queue by time left, and the sweep for warnings, read the few that have a clock.
            Index(
                fields=["due_at", "id"],
                name="promise_clock_due",
                condition=Q(state="open", due_at__isnull=False),
            ),
            # What ran out in a case and is not done yet: the lead's queue, the longest over due first.
            Index(
                fields=["due_at", "id"],
                name="promise_clock_run_out",
                condition=Q(state="broken", late=False, case__isnull=False),
            ),
            # Calls owed, and clocks that stand still: few among many, so each has a small index of its own.
            Index(
                fields=["due_at", "id"],
                name="promise_call_due",
                condition=Q(state="open", action="call_back", case__isnull=False),
            ),
            Index(
                fields=["due_at", "id"],
                name="promise_clock_still",
                condition=Q(state="open", paused_at__isnull=False),
            ),
            Index(fields=["warn_at", "id"], name="promise_to_warn_of", condition=Q(warn_at__isnull=False)),
            # The bell of an employee counts what was warned of and is not done; the few that are, not the whole book.
            Index(
                fields=["responsible", "due_at"],
                name="promise_warned_of",
                condition=Q(warned__gt=0) & (Q(state="open") | Q(state="broken", late=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clause} {self.action} to {self.person_id or self.group_id} by {self.due_date}"


class PlannedDay(models.Model):
    """Somebody set the day on which a promise is meant to be done. Append-only by trigger; the last row holds.

    Days that the night suggests have no row here: only what a person chose, or agreed with the customer, has a story.
    """

    promise = models.ForeignKey(Promise, models.PROTECT, db_index=False, related_name="planned_days")
    day = models.DateField(null=True, blank=True, db_comment="NULL: taken off the plan again")
    at_time = models.TimeField(null=True, blank=True, db_comment="by the clock of the standard's time zone")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("planned day")
        verbose_name_plural = _("planned days")
        indexes = [Index(fields=["promise", "id"], name="planned_day_of_promise")]

    def __str__(self) -> str:
        return f"promise {self.promise_id} on {self.day}"


class WaiverAsked(models.Model):
    """Whoever owes a promise asked the lead to waive it, and why. Append-only by trigger; the answer is the waiver."""

    promise = models.ForeignKey(Promise, models.PROTECT, db_index=False, related_name="waivers_asked")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    reason = models.TextField()
    wished_day = models.DateField(
        null=True, blank=True, db_comment="the day outside the window on which it would be done instead"
    )
    asked_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("waiver asked for")
        verbose_name_plural = _("waivers asked for")
        constraints = [
            CheckConstraint(name="waiver_asked_with_reason", condition=~Q(reason="")),
            UniqueConstraint(fields=["promise"], name="waiver_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} asks to waive promise {self.promise_id}"


class PromiseWarning(models.Model):
    """Somebody was warned of a promise, once for each stage and each recipient. Append-only by trigger."""

    promise = models.ForeignKey(Promise, models.PROTECT, db_index=False, related_name="given_warnings")
    stage = models.CharField(max_length=16, choices=WarningStage.choices)
    to = models.CharField(max_length=16, choices=WarnedRole.choices)
    at = models.DateTimeField(db_comment="the instant for which it was due, however late it was given")
    given_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("warning of a promise")
        verbose_name_plural = _("warnings of promises")
        constraints = [
            one_of("stage", WarningStage, name="promise_warning_stage_is_known"),
            one_of("to", WarnedRole, name="promise_warning_to_is_known"),
            UniqueConstraint(fields=["promise", "stage", "to"], name="promise_warning_once"),
        ]
        indexes = [Index(fields=["to", "-at"], name="promise_warning_lately")]

    def __str__(self) -> str:
        return f"promise {self.promise_id}: {self.stage} to {self.to}"


class WarningSeen(models.Model):
    """An employee has seen a warning. Append-only by trigger."""

    warning = models.ForeignKey(PromiseWarning, models.PROTECT, db_index=False, related_name="seen")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("seen warning")
        verbose_name_plural = _("seen warnings")
        constraints = [UniqueConstraint(fields=["warning", "employee"], name="warning_seen_once")]

    def __str__(self) -> str:
        return f"{self.employee_id} saw {self.warning_id}"


class PromiseEvidence(models.Model):
    """An interaction that counts for a promise. Append-only by trigger."""

    promise = models.ForeignKey(Promise, models.PROTECT, db_index=False, related_name="evidence")
    # By name only: the database must hold the link, yet promises know nothing of how evidence is kept.
    interaction = models.ForeignKey("evidence.Interaction", models.PROTECT, related_name="promise_links")
    linked_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("evidence of a promise")
        verbose_name_plural = _("evidence of promises")
        constraints = [
            UniqueConstraint(fields=["promise", "interaction"], name="promise_evidence_once"),
        ]

    def __str__(self) -> str:
        return f"promise {self.promise_id} by interaction {self.interaction_id}"
