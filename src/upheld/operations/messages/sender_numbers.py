"""Add a number to send from, or put one out of use: which messages a number carries never changes (LAW-7)."""

from __future__ import annotations

import re

from django.db import transaction

from upheld.operations.audit_trail import write_entry
from upheld.operations.refusals import ActRefused
from upheld.records.messages.choices import Line
from upheld.records.messages.models import SenderNumber
from upheld.records.staff.models import Employee


def set_sender_number(*, number: str, line: str, by: Employee | None, in_use: bool = True) -> SenderNumber:
    """Add a number for a line, or put a known one in or out of use; ActRefused where it carries the other line."""
    if line not in Line.values:
        raise ActRefused("unknown_line", f"{line!r} is not one of {', '.join(Line.values)}")
    if not re.fullmatch(r"[0-9]{3,21}", number):
        raise ActRefused("bad_number", "a sender number is 3 to 21 digits")
    with transaction.atomic():
        row, is_new = SenderNumber.objects.select_for_update(no_key=True).get_or_create(
            number=number, defaults={"line": line, "in_use": in_use}
        )
        if row.line != line:
            told = f"{number} carries {row.line} messages, and a number never changes sides (LAW-7)"
            raise ActRefused("other_line", told)
        if row.in_use != in_use:
            row.in_use = in_use
            row.save(update_fields=["in_use"])
        elif not is_new:
            return row
        detail = {"number": number, "line": line, "in_use": in_use}
        write_entry(
            act="set_sender_number", by=by, subject_kind="sender_number", subject_id=row.pk, detail=detail
        )
        return row
