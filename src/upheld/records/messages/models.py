"""The outbox and what became of each message; consent; sender numbers.

A message is one row that moves from state to state; everything that happened to it is a row of its own that is only
ever added. Content and proof of consent are kept six months at least (LAW-7), which the database itself sees to.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from upheld.records.constraints import one_of
from upheld.records.messages.choices import (
    Channel,
    ConsentKind,
    ConsentWay,
    Line,
    MessageState,
    PartResult,
    Purpose,
    StepKind,
)
from upheld.records.people.models import Person

RANK_OF_PURPOSE: dict[str, int] = {Purpose.SERVICE: 0, Purpose.CARE: 1, Purpose.COMMERCIAL: 2}
"""In which order messages that may go are sent."""


class SenderNumber(models.Model):
    """A port number of the SMS centre that we send from: for service and care, or for commercial messages (LAW-7).

    The number is unique over all time, so that it can never change sides.
    """

    number = models.CharField(max_length=32, unique=True)
    line = models.CharField(max_length=16, choices=Line.choices)
    in_use = models.BooleanField(default=True, db_default=True)
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("sender number")
        verbose_name_plural = _("sender numbers")
        constraints = [
            one_of("line", Line, name="sender_line_is_known"),
            CheckConstraint(name="sender_number_is_given", condition=~Q(number="")),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.line})"


class Address(models.Model):
    """Where a person or an employee is reached by a way other than SMS to the person's own phone."""

    person = models.ForeignKey(
        Person, models.PROTECT, db_index=False, null=True, blank=True, related_name="addresses"
    )
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="addresses",
    )
    channel = models.CharField(max_length=16, choices=Channel.choices)
    address = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            one_of("channel", Channel, name="address_channel_is_known"),
            CheckConstraint(name="address_is_given", condition=~Q(address="")),
            CheckConstraint(
                name="address_of_one",
                condition=Q(person__isnull=False, employee__isnull=True)
                | Q(person__isnull=True, employee__isnull=False),
            ),
            UniqueConstraint(
                fields=["person", "channel"], name="address_of_person_once", condition=Q(person__isnull=False)
            ),
            UniqueConstraint(
                fields=["employee", "channel"],
                name="address_of_employee_once",
                condition=Q(employee__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} of {self.person_id or self.employee_id}"


class Message(models.Model):
    """One message to one person or employee: what it says, and how it stands."""

    key = models.CharField(
        max_length=160, unique=True, db_comment="idempotency key: queued twice, stored once"
    )
    person = models.ForeignKey(
        Person, models.PROTECT, db_index=False, null=True, blank=True, related_name="messages"
    )
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    template = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    rank = models.SmallIntegerField(db_comment="order of sending: 0 service, 1 care, 2 commercial")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    source = models.CharField(max_length=32, db_comment="what asked for it: contact_plan, journey, case ...")
    clause = models.CharField(max_length=32)
    # By name only: the database must hold the link, yet messages know nothing of promises.
    promise = models.ForeignKey(
        "promises.Promise",
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="messages",
        db_comment="the promise that it keeps once delivered",
    )
    subject = models.CharField(max_length=200, default="", db_default="", blank=True)
    content = models.TextField(db_comment="as it is sent; blanked six months after at the earliest")
    segments = models.SmallIntegerField(db_comment="parts of an SMS; 1 on other channels")
    address = models.CharField(
        max_length=200, default="", db_default="", blank=True, db_comment="where it went, as of sending"
    )
    sender = models.CharField(max_length=32, default="", db_default="", blank=True)
    state = models.CharField(
        max_length=16,
        choices=MessageState.choices,
        default=MessageState.WAITING,
        db_default=MessageState.WAITING,
    )
    because = models.CharField(
        max_length=200, default="", db_default="", blank=True, db_comment="why it stands so: a code, clauses"
    )
    next_at = models.DateTimeField(db_comment="when to try, or to try again")
    expires_at = models.DateTimeField(db_comment="not sent after this instant")
    expiry_told = models.BooleanField(
        default=True,
        db_default=True,
        db_comment="whoever queued it said until when it is any use; otherwise it has our usual time",
    )
    tries = models.SmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(
        null=True, blank=True, db_comment="when it was handed over, or may have been: what caps count"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    counts_for_promise = models.BooleanField(
        default=False, db_default=False, db_comment="its delivery still has to be written down as evidence"
    )
    queued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            one_of("purpose", Purpose, name="message_purpose_is_known"),
            one_of("channel", Channel, name="message_channel_is_known"),
            one_of("state", MessageState, name="message_state_is_known"),
            CheckConstraint(name="message_key_is_given", condition=~Q(key="")),
            CheckConstraint(
                name="message_to_one",
                condition=Q(person__isnull=False, employee__isnull=True)
                | Q(person__isnull=True, employee__isnull=False),
            ),
            CheckConstraint(
                name="message_ends_when_final",
                condition=Q(state__in=["delivered", "failed", "stopped", "expired"], ended_at__isnull=False)
                | Q(state__in=["waiting", "held", "sending", "accepted", "doubtful"], ended_at__isnull=True),
            ),
            CheckConstraint(name="message_has_segments", condition=Q(segments__gte=1)),
        ]
        indexes = [
            # What the sender takes next; held ones come back here by their next instant.
            Index(
                fields=["rank", "next_at", "id"],
                name="message_to_send",
                condition=Q(state__in=["waiting", "held"]),
            ),
            Index(fields=["sent_at"], name="message_being_sent", condition=Q(state="sending")),
            Index(fields=["-id"], name="message_in_doubt", condition=Q(state="doubtful")),
            # A message that simply goes out does not touch this one: each index more slows every step of sending.
            Index(
                fields=["state", "-id"],
                name="message_in_state",
                condition=Q(state__in=["held", "failed", "stopped", "expired"]),
            ),
            # What frequency caps count, and a customer's page shows.
            Index(fields=["person", "sent_at"], name="message_to_person", condition=Q(person__isnull=False)),
            Index(
                fields=["employee", "-id"], name="message_of_employee", condition=Q(employee__isnull=False)
            ),
            Index(fields=["promise"], name="message_for_promise", condition=Q(promise__isnull=False)),
            Index(fields=["id"], name="message_still_to_count", condition=Q(counts_for_promise=True)),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.person_id or self.employee_id}: {self.state}"


class Bulletin(models.Model):
    """Business information for groups, of some days (KEY-21). Append-only by trigger: a later one holds."""

    zh = models.CharField(max_length=200)
    en = models.CharField(max_length=200)
    promotes = models.BooleanField(db_comment="it recommends something: then it is commercial (LAW-8)")
    from_date = models.DateField()
    until_date = models.DateField(db_comment="the last day on which it is news")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=160, unique=True)
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("business information")
        verbose_name_plural = _("business information")
        constraints = [
            CheckConstraint(
                name="bulletin_ends_not_before_it_begins", condition=Q(until_date__gte=F("from_date"))
            ),
            CheckConstraint(name="bulletin_says_something", condition=~Q(zh="") & ~Q(en="")),
        ]

    def __str__(self) -> str:
        return f"{self.from_date} to {self.until_date}: {self.zh}"


class MessageStep(models.Model):
    """Something that befell a message beside being tried: held, stopped, doubted, decided. Append-only by trigger."""

    message = models.ForeignKey(Message, models.PROTECT, db_index=False, related_name="steps")
    what = models.CharField(max_length=16, choices=StepKind.choices)
    at = models.DateTimeField()
    because = models.CharField(max_length=200, default="", db_default="", blank=True)
    until_at = models.DateTimeField(null=True, blank=True, db_comment="held until")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    note = models.TextField(default="", db_default="", blank=True)

    class Meta:
        verbose_name = _("step of a message")
        verbose_name_plural = _("steps of messages")
        constraints = [one_of("what", StepKind, name="message_step_is_known")]
        indexes = [Index(fields=["message", "id"], name="message_step_of")]

    def __str__(self) -> str:
        return f"message {self.message_id} {self.what}"


class MessageAttempt(models.Model):
    """A message is about to be handed over: written down before, so that a crash leaves a trace. Append-only."""

    message = models.ForeignKey(Message, models.PROTECT, db_index=False, related_name="attempts")
    number = models.SmallIntegerField(db_comment="1 for the first")
    started_at = models.DateTimeField()
    worker = models.CharField(max_length=64, db_comment="which sender, by machine and process")

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [UniqueConstraint(fields=["message", "number"], name="attempt_once")]

    def __str__(self) -> str:
        return f"message {self.message_id}, attempt {self.number}"


class MessagePart(models.Model):
    """How one part of an attempt was answered, with the centre's id. Append-only by trigger."""

    attempt = models.ForeignKey(MessageAttempt, models.PROTECT, db_index=False, related_name="parts")
    part = models.SmallIntegerField()
    parts = models.SmallIntegerField()
    result = models.CharField(max_length=16, choices=PartResult.choices)
    centre_id = models.CharField(max_length=80, default="", db_default="", blank=True)
    error = models.CharField(max_length=200, default="", db_default="", blank=True)
    ended_at = models.DateTimeField()

    class Meta:
        verbose_name = _("part of an attempt")
        verbose_name_plural = _("parts of attempts")
        constraints = [
            one_of("result", PartResult, name="part_result_is_known"),
            UniqueConstraint(fields=["attempt", "part"], name="part_once"),
        ]
        indexes = [Index(fields=["centre_id"], name="part_by_centre_id", condition=~Q(centre_id=""))]

    def __str__(self) -> str:
        return f"attempt {self.attempt_id}, part {self.part}: {self.result}"


class MessageReceipt(models.Model):
    """A delivery receipt as it came, known or not, first or second time. Append-only by trigger."""

    centre_id = models.CharField(max_length=80, db_comment="of the part that it is about")
    address = models.CharField(max_length=32, db_comment="who received the message")
    stat = models.CharField(max_length=16, db_comment="DELIVRD, UNDELIV ..., as the centre says")
    error = models.CharField(max_length=16, default="", db_default="", blank=True)
    reference = models.IntegerField(
        null=True, blank=True, db_comment="user_message_reference, where the centre gives it back"
    )
    raw = models.TextField(default="", db_default="", blank=True)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("delivery receipt")
        verbose_name_plural = _("delivery receipts")
        indexes = [
            Index(fields=["centre_id"], name="receipt_by_centre_id"),
            Index(
                fields=["reference", "-id"], name="receipt_by_reference", condition=Q(reference__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.centre_id}: {self.stat}"


class IncomingMessage(models.Model):
    """A message that a customer sent to one of our numbers. Append-only by trigger."""

    from_number = models.CharField(max_length=32)
    to_number = models.CharField(max_length=32)
    text = models.TextField()
    received_at = models.DateTimeField()
    took_as = models.CharField(
        max_length=16, default="", db_default="", blank=True, db_comment="refused: it was taken as a refusal"
    )

    class Meta:
        verbose_name = _("incoming message")
        verbose_name_plural = _("incoming messages")
        indexes = [Index(fields=["from_number", "-id"], name="incoming_of_number")]

    def __str__(self) -> str:
        return f"from {self.from_number} at {self.received_at}"


class ConsentEvent(models.Model):
    """A person agreed to commercial messages, with proof, or refused them; the last row holds. Append-only."""

    person = models.ForeignKey(Person, models.PROTECT, db_index=False, related_name="consents")
    kind = models.CharField(max_length=16, choices=ConsentKind.choices)
    way = models.CharField(max_length=16, choices=ConsentWay.choices)
    proof = models.TextField(db_comment="where the proof lies, or the words said; kept six months at least")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=160, unique=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            one_of("kind", ConsentKind, name="consent_kind_is_known"),
            one_of("way", ConsentWay, name="consent_way_is_known"),
            CheckConstraint(name="consent_given_with_proof", condition=~Q(kind="given") | ~Q(proof="")),
        ]
        # By when it was said, not by when we heard of it: an old consent that arrives late undoes no refusal.
        indexes = [Index(fields=["person", "-at", "-id"], name="consent_by_time")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"
