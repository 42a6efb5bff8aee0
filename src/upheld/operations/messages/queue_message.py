"""Queue a message: fill in its wording and put it into the outbox, where the sender finds it. Nothing is sent here.

Whether it may go is decided when it is sent, not when it is queued: quiet hours, consent, refusals and caps are those
of that moment. What is stored under one key is stored once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from upheld.operations.refusals import ActRefused
from upheld.policy.editions import Edition
from upheld.policy.message_templates import BUILT_IN, REFUSAL, Template, filled_in
from upheld.policy.problems import nearest
from upheld.policy.sms_parts import parts_of
from upheld.records.messages.choices import Channel
from upheld.records.messages.models import RANK_OF_PURPOSE, Message
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.standards.queries import edition_in_force, loaded_edition

REFUSAL_WORDS = "refusal_words"
"""The parameter of the law's standard: what a customer replies to refuse, parted by commas, the first one shown."""


@dataclass(frozen=True)
class Queued:
    """A message in the outbox; `is_new` is false where its key had been queued before."""

    message_id: int
    is_new: bool


def queue_message(
    *,
    template: str,
    to: Person | Employee,
    source: str,
    key: str,
    by: Employee | None = None,
    variables: Mapping[str, str] | None = None,
    clause: str | None = None,
    promise: Promise | int | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    channel: str = "sms",
    language: str | None = None,
    at: datetime | None = None,
) -> Queued:
    """Put a message by a template of the edition in force into the outbox; return it, the same one for the same key.

    `clause` is what it is owed by, the template's own where left out; a `promise` is kept once the message is
    delivered. It goes from `not_before` on, and not after `expires_at` (three days where left out). Raises ActRefused
    for no edition, an unknown template, wrong variables, an unknown channel, an expiry before it begins, and a key
    used for somebody else. Clauses: LAW-7, CT-22.
    """
    if not key:
        raise ValueError("a message needs a key")
    now = at or timezone.now()
    if channel not in Channel.values:
        raise ActRefused("unknown_channel", f"{channel!r} is not one of {', '.join(Channel.values)}")
    person_id, employee_id = (to.pk, None) if isinstance(to, Person) else (None, to.pk)
    done = _before(key, person_id, employee_id)
    if done is not None:
        return done
    edition = _edition(now)
    wording = template_of(edition, template)
    begins = not_before or now
    expires = _expiry(begins, expires_at)
    spoken = language or _language(to)
    content = content_of(edition, wording, name=to.name, language=spoken, variables=variables or {})
    row = Message(
        key=key,
        person_id=person_id,
        employee_id=employee_id,
        template=template,
        language=spoken,
        purpose=wording.purpose,
        rank=RANK_OF_PURPOSE[wording.purpose],
        channel=channel,
        source=source,
        clause=clause or wording.clause,
        promise_id=promise.pk if isinstance(promise, Promise) else promise,
        subject=wording.title[spoken],
        content=content,
        segments=len(parts_of(content)) if channel == Channel.SMS else 1,
        next_at=begins,
        expires_at=expires,
        expiry_told=expires_at is not None,
        queued_by=by,
        created_at=now,
    )
    return _store(row)


def _expiry(begins: datetime, told: datetime | None) -> datetime:
    expires = told or begins + timedelta(days=settings.MESSAGES_EXPIRE_AFTER_DAYS)
    if expires <= begins:
        raise ActRefused("expires_before", "the message would expire before it may go")
    return expires


def _store(row: Message) -> Queued:
    """Add the row, unless its key was stored meanwhile."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        done = _before(row.key, row.person_id, row.employee_id)
        if done is None:
            raise
        return done
    return Queued(row.pk, True)


def _before(key: str, person_id: int | None, employee_id: int | None) -> Queued | None:
    """Give what was queued under a key before; refuse the key for somebody else."""
    stored = Message.objects.filter(key=key).values_list("pk", "person_id", "employee_id").first()
    if stored is None:
        return None
    if stored[1:] != (person_id, employee_id):
        raise ActRefused("key_used", f"the key {key!r} was used for a message to somebody else")
    return Queued(stored[0], False)


def _edition(now: datetime) -> Edition:
    record = edition_in_force(timezone.localdate(now))
    if record is None:
        raise ActRefused("no_edition", "no standard is in force, so there is no wording")
    return loaded_edition(record)


def template_of(edition: Edition, name: str) -> Template:
    """Return a template of an edition by name; raises ActRefused (`unknown_template`)."""
    found = edition.templates.get(name)
    if found is None:
        message = f"there is no template {name!r}{nearest(name, edition.templates)}"
        raise ActRefused("unknown_template", message)
    return found


def content_of(
    edition: Edition, wording: Template, *, name: str, language: str, variables: Mapping[str, str]
) -> str:
    """Return what the message says, with our signature in front; raises ActRefused (`bad_variables`)."""
    values = dict(variables)
    if wording.asks_for("name"):
        values["name"] = name[: BUILT_IN["name"].most]
    try:
        if wording.asks_for("refuse"):
            word = refusal_words(edition)[0]
            refusal = template_of(edition, REFUSAL)
            values["refuse"] = filled_in(refusal, language=language, variables={"word": word})
        text = filled_in(wording, language=language, variables=values)
    except ValueError as fault:
        raise ActRefused("bad_variables", str(fault)) from fault
    signature = settings.MESSAGE_SIGNATURE
    return f"【{signature}】{text}" if signature else text


def refusal_words(edition: Edition) -> list[str]:
    """Return the words by which a customer refuses commercial messages, the one that is shown first (LAW-7)."""
    told = str(edition.parameters.get(REFUSAL_WORDS, "R"))
    return [word.strip() for word in told.split(",") if word.strip()] or ["R"]


def _language(to: Person | Employee) -> str:
    """Return the language of a message: an employee's own, the one a customer wished for, Chinese otherwise."""
    wished = to.language if isinstance(to, Employee) else to.wished_language
    return "en" if wished == "en" else "zh"
