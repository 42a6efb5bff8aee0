"""Add steps to the story of messages, many in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from upheld.operations.sql import messages as sql


class Step(NamedTuple):
    """What befell a message, why (a word or clauses), and until when it is held."""

    message_id: int
    what: str
    because: str = ""
    until: datetime | None = None


def add_steps(steps: Sequence[Step], *, at: datetime) -> None:
    """Add steps; call it in the transaction that changes the messages."""
    if not steps:
        return
    columns = [list(column) for column in zip(*steps, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql.ADD_STEPS, [at, *columns])
