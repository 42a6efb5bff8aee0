"""Commands of messages: sender numbers, files of an operator's own systems, and forgetting what the law lets go.

Files are CSV in UTF-8 with a heading. What is wrong is told with its line, and the other lines are taken in; a line
that was taken in before changes nothing.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from upheld.config.serving import bring_up

MOST_TOLD = 20


def sender_number_command(words: argparse.Namespace) -> int:
    """Add a number to send from, or put one out of use."""
    if not bring_up(quiet=True):
        return 1
    from upheld.operations.messages.sender_numbers import set_sender_number
    from upheld.operations.refusals import ActRefused

    try:
        row = set_sender_number(number=words.number, line=words.line, by=None, in_use=not words.out_of_use)
    except ActRefused as refused:
        print(f"Not done: {refused.message}.", file=sys.stderr)
        return 1
    print(f"{row.number} carries {row.line} messages" + ("." if row.in_use else ", and is not in use."))
    return 0


def queue_messages_command(words: argparse.Namespace) -> int:
    """Queue messages from a file: `customer_id, template, key` and a column for each variable."""

    def queue(row: dict[str, str]) -> bool:
        from upheld.operations.messages.queue_message import queue_message
        from upheld.operations.refusals import ActRefused
        from upheld.records.people.queries import person_with_code

        person = person_with_code(row.pop("customer_id", ""))
        if person is None:
            raise ActRefused("no_such_person", "there is no such customer")
        template, key = row.pop("template", ""), row.pop("key", "")
        if not key:
            raise ActRefused("no_key", "the line has no key")
        told = {name: value for name, value in row.items() if value}
        return queue_message(
            template=template, to=person, source="feed", key=f"feed:{key}"[:160], variables=told
        ).is_new

    return _go_through(words.path, queue, done="queued")


def consents_command(words: argparse.Namespace) -> int:
    """Take in consents and refusals from a file: `customer_id, kind, at, proof, key`."""

    def note(row: dict[str, str]) -> bool:
        from django.utils import timezone

        from upheld.operations.messages.consent import note_consent
        from upheld.operations.refusals import ActRefused
        from upheld.records.people.queries import person_with_code

        person = person_with_code(row.get("customer_id", ""))
        if person is None:
            raise ActRefused("no_such_person", "there is no such customer")
        try:
            said_at = datetime.fromisoformat(row.get("at", ""))
        except ValueError as fault:
            raise ActRefused("bad_time", "at is no instant such as 2026-03-02T09:30:00+08:00") from fault
        if said_at.tzinfo is None:
            said_at = timezone.make_aware(said_at)
        if not row.get("key"):
            raise ActRefused("no_key", "the line has no key")
        note_consent(
            person=person, kind=row.get("kind", ""), way="feed", proof=row.get("proof", ""),
            key=f"feed:{row['key']}"[:160], at=said_at,
        )  # fmt: skip
        return True

    return _go_through(words.path, note, done="taken in")


def forget_messages_command(words: argparse.Namespace) -> int:
    """Blank what messages said that are older than so many months; the night's work does the same."""
    if not bring_up(quiet=True):
        return 1
    from django.conf import settings

    from upheld.operations.messages.forget_old_messages import forget_old_messages
    from upheld.operations.refusals import ActRefused

    months = settings.MESSAGES_KEPT_MONTHS if words.months is None else words.months
    try:
        forgotten = forget_old_messages(months=months, by=None)
    except ActRefused as refused:
        print(f"Not done: {refused.message}.", file=sys.stderr)
        return 1
    print(f"The words of {forgotten} messages older than {months} months were forgotten.")
    return 0


def _go_through(path: Path, act: Callable[[dict[str, str]], bool], *, done: str) -> int:
    """Do an act for every line of a file; return 1 where a line was not taken in."""
    if not bring_up(quiet=True):
        return 1
    from upheld.operations.refusals import ActRefused

    new, before, faults = 0, 0, []
    try:
        for line, row in _lines(path):
            try:
                if act(row):
                    new += 1
                else:
                    before += 1
            except ActRefused as refused:
                faults.append(f"line {line}: {refused.message}")
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        print(f"{path} cannot be read: {problem}.", file=sys.stderr)
        return 1
    print(f"{new} {done}, {before} known before, {len(faults)} not taken in.")
    for fault in faults[:MOST_TOLD]:
        print(fault, file=sys.stderr)
    if len(faults) > MOST_TOLD:
        print(f"and {len(faults) - MOST_TOLD} more", file=sys.stderr)
    return 1 if faults else 0


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader: Any = csv.DictReader(file, restkey="more", restval="")
        for row in reader:
            extra = row.pop("more", None)
            yield reader.line_num, {**row, **({"more": "?"} if extra else {})}
