"""Note that a person agrees to commercial messages, with proof, or refuses them, which stops them at once.

A refusal ends the commercial messages that wait, in the same transaction; those already handed over are with the
centre. What counts is when a person said it: an old consent that becomes known late undoes no refusal. Clauses: LAW-7,
LAW-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.messages.add_steps import Step, add_steps
from upheld.operations.messages.claim_messages import TURN
from upheld.operations.messages.last_word import wait_until_none_is_leaving
from upheld.operations.messages.queue_message import queue_message, refusal_words
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import wait_for_turn
from upheld.records.messages.choices import ConsentKind, ConsentWay, MessageState, Purpose
from upheld.records.messages.models import ConsentEvent, IncomingMessage, Message
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee
from upheld.records.standards.queries import edition_in_force, loaded_edition

REFUSED_CLAUSES = "LAW-7, LAW-8"


def note_consent(
    *,
    person: Person | int,
    kind: str,
    way: str,
    key: str,
    proof: str = "",
    by: Employee | None = None,
    at: datetime | None = None,
    now: datetime | None = None,
) -> ConsentEvent:
    """Store what a person said, once for each key; consent needs proof, a refusal none.

    Raises ActRefused for unknown words, consent without proof, a day to come, a key used for another person.
    """
    now = now or timezone.now()
    said_at = at or now
    if kind not in ConsentKind.values or way not in ConsentWay.values:
        raise ActRefused("unknown_word", f"{kind!r} by {way!r} is not known")
    if kind == ConsentKind.GIVEN and not proof.strip():
        raise ActRefused("no_proof", "consent counts only with proof: say where it lies, or the words said")
    if "\x00" in proof:
        raise ActRefused("no_proof", "the proof holds a character that no text has")
    if said_at > now:
        raise ActRefused("in_the_future", f"{said_at.isoformat()} is still to come")
    pk = person.pk if isinstance(person, Person) else person
    with transaction.atomic():
        # Together with claims: who claims after this sees the refusal. Who claimed before asks once more right before
        # a message leaves, so what has not left by now does not leave any more.
        wait_for_turn(TURN)
        if kind == ConsentKind.REFUSED:
            wait_until_none_is_leaving()
        stored = ConsentEvent.objects.filter(key=key).first()
        if stored is not None:
            if (stored.person_id, stored.kind) != (pk, kind):
                raise ActRefused("key_used", f"the key {key!r} was used for something else")
            return stored
        event = ConsentEvent.objects.create(
            person_id=pk, kind=kind, way=way, proof=proof.strip(), at=said_at, by=by, key=key
        )
        stopped = _stop_waiting([pk], now) if _refuses_now(pk) else 0
        detail = {"kind": kind, "way": way, "stopped": stopped}
        write_entry(act="note_consent", by=by, subject_kind="person", subject_id=pk, detail=detail)
        return event


def take_incoming(
    *, from_number: str, to_number: str, text: str, key: str, at: datetime | None = None
) -> IncomingMessage:
    """Keep what a customer sent to one of our numbers; a word of refusal refuses for everybody with that phone.

    The refusal is confirmed by a service message. Clause: LAW-7.
    """
    now = at or timezone.now()
    clean = text.replace("\x00", "")
    record = edition_in_force(timezone.localdate(now))
    words = refusal_words(loaded_edition(record)) if record is not None else ["R"]
    refuses = _is_refusal(clean, words)
    people = list(_people_with(from_number)) if refuses else []
    with transaction.atomic():
        row = IncomingMessage.objects.create(
            from_number=from_number[:32], to_number=to_number[:32], text=clean, received_at=now,
            took_as="refused" if refuses else "",
        )  # fmt: skip
        for person in people:
            note_consent(
                person=person,
                kind="refused",
                way="sms_reply",
                proof=clean,
                key=f"{key}:{person.pk}",
                at=now,
                now=now,
            )
        for person in people[:1]:
            # A standard without that wording confirms nothing, and refuses all the same.
            with suppress(ActRefused):
                queue_message(
                    template="refusal_confirmed",
                    to=person,
                    source="consent",
                    at=now,
                    # Told twice by the centre, or by a customer in earnest: confirmed once a day.
                    key=f"confirm:{person.pk}:{timezone.localdate(now)}",
                )
        return row


def _is_refusal(text: str, words: Iterable[str]) -> bool:
    """Say whether a reply is one of the words, however it is spaced, cased or ended."""
    bare = re.sub(r"[\s。.!！,，]", "", text).casefold()
    return bare in {word.casefold() for word in words}


def _people_with(number: str) -> Iterable[Person]:
    """Find who has a phone number, with or without the country's code."""
    digits = re.sub(r"\D", "", number)
    bare = digits.removeprefix(settings.COUNTRY_CODE) if len(digits) > 11 else digits
    spellings = {number, digits, bare, f"{settings.COUNTRY_CODE}{bare}", f"+{settings.COUNTRY_CODE}{bare}"}
    return Person.objects.filter(phone__in=spellings - {""}).order_by("pk")[:50] if bare else []


def _refuses_now(person_id: int) -> bool:
    last = ConsentEvent.objects.filter(person_id=person_id).order_by("-at", "-pk").first()
    return last is not None and last.kind == ConsentKind.REFUSED


def _stop_waiting(person_ids: list[int], now: datetime) -> int:
    """Stop the commercial messages of people that wait or are held; return how many."""
    waiting = Message.objects.filter(
        person_id__in=person_ids,
        purpose=Purpose.COMMERCIAL,
        state__in=[MessageState.WAITING, MessageState.HELD],
    )
    ids = list(waiting.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    Message.objects.filter(pk__in=ids).update(
        state=MessageState.STOPPED, because=REFUSED_CLAUSES, ended_at=now
    )
    add_steps([Step(pk, "stopped", REFUSED_CLAUSES) for pk in ids], at=now)
    return len(ids)
