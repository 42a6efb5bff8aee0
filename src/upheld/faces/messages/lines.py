"""Messages as lines and as lives: who, what, how it stands and why, with names and numbers masked as everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language, gettext

from upheld.faces.book import Book
from upheld.faces.editions import edition_in_force
from upheld.faces.masking import masked_address, masked_name
from upheld.faces.messages.words import (
    CHANNELS,
    COLOURS,
    PURPOSES,
    RESULTS,
    STATES,
    STEPS,
    clauses_in,
    why_in_words,
)
from upheld.policy.editions import Edition
from upheld.records.messages.queries import MessageLife

_SECRET = re.compile(r"/s/[a-z0-9]{16,}/?")


def message_lines(messages: Sequence[Any], *, book: Book) -> list[dict[str, Any]]:
    """Turn messages into lines; the names of those whom the reader does not serve are masked."""
    served = book.served([one.person_id for one in messages if one.person_id is not None])
    edition = edition_in_force(day=book.day).edition
    return [_line(one, edition, whole=_reads_whole(one, served)) for one in messages]


def address_lines(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Turn addresses into lines, masked: nobody reads one whole."""
    return [
        {"channel": one.channel, "words": CHANNELS[one.channel], "address": masked_address(one.address)}
        for one in rows
    ]


def _reads_whole(message: Any, served: frozenset[int]) -> bool:
    return message.person_id is None or message.person_id in served


def _line(message: Any, edition: Edition, *, whole: bool) -> dict[str, Any]:
    to = message.person or message.employee
    return {
        "id": message.pk,
        "name": to.name if whole else masked_name(to.name),
        "code": message.person.code if message.person_id else "",
        "title": title_of(edition, message.template) or message.subject,
        "channel": CHANNELS[message.channel],
        "purpose": PURPOSES[message.purpose],
        "clause": message.clause,
        "state": message.state,
        "state_words": STATES[message.state],
        "colour": COLOURS[message.state],
        "why": why_in_words(message.because),
        "why_clauses": clauses_in(message.because),
        "next_at": message.next_at if message.state in ("held", "waiting") else None,
        "at": message.sent_at or message.created_at,
        "content": _readable(message.content, to.name, whole=whole),
        "segments": message.segments,
    }


def _readable(content: str, name: str, *, whole: bool) -> str:
    """Hide the secret word of a survey's address, which is the customer's alone, and the name where it is masked."""
    shown = _SECRET.sub("/s/…", content)
    return shown if whole else shown.replace(name, masked_name(name))


def title_of(edition: Edition, template: str) -> str:
    """Return the title of a wording in the reader's language; empty for one that the edition does not have."""
    found = edition.templates.get(template)
    if found is None:
        return ""
    return found.title["en" if get_language() == "en" else "zh"]


def life_lines(life: MessageLife) -> list[dict[str, Any]]:
    """Tell the life of a message in the order of time: queued, held, tried, answered, told by receipts, decided."""
    message = life.message
    found: list[dict[str, Any]] = [
        {"at": message.created_at, "what": gettext("Queued"), "who": message.queued_by, "colour": "open"}
    ]
    for step in life.steps:
        found.append(
            {
                "at": step.at,
                "what": STEPS[step.what],
                "why": why_in_words(step.because),
                "why_clauses": clauses_in(step.because),
                "until": step.until_at,
                "who": step.by,
                "note": step.note,
                "colour": {"doubted": "broken", "settled": "kept"}.get(
                    step.what, COLOURS.get(step.what, "open")
                ),
                "last": True,
            }
        )
    for attempt in life.attempts:
        told = {"n": attempt.number, "to": masked_address(message.address), "sender": message.sender}
        what = gettext("Handed over, attempt %(n)s, to %(to)s") % told
        if message.sender:
            what = gettext("Handed over, attempt %(n)s, to %(to)s from %(sender)s") % told
        found.append({"at": attempt.started_at, "what": what, "colour": "open"})
    for part in life.parts:
        words = {"n": part.part, "all": part.parts, "result": RESULTS[part.result]}
        colour = "kept" if part.result == "accepted" else "broken"
        what = gettext("Part %(n)s of %(all)s %(result)s") % words
        found.append(
            {
                "at": part.ended_at,
                "what": what,
                "why": why_in_words(part.error),
                "detail": part.centre_id,
                "colour": colour,
            }
        )
    for receipt in life.receipts:
        colour = "kept" if receipt.stat == "DELIVRD" else "late"
        what = gettext("Receipt: %(stat)s") % {"stat": receipt.stat}
        found.append({"at": receipt.received_at, "what": what, "detail": receipt.centre_id, "colour": colour})
    # Of one instant: tried, answered, and only then what that meant.
    return sorted(found, key=lambda line: (line["at"], line.get("last", False)))
