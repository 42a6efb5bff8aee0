"""Ask for the last word of customers right before commercial messages leave: a refusal may have come since the claim.

While the transaction that asks is open no refusal is stored, so who asks and hands over within it sends nothing that
had been refused, and a refusal that waits is stored once the message has left.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from upheld.operations.sql import messages as sql
from upheld.operations.turns import share_turn, wait_for_turn

TURN = "last_word"
LONGEST = "5s"
"""A sender that stands still for longer keeps no refusal waiting: the database ends its transaction."""


def agreeing(people: Collection[int]) -> frozenset[int]:
    """Name those whose last word is consent to commercial messages; refusals wait until the transaction ends.

    Clauses: LAW-7, LAW-8.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [LONGEST])
        share_turn(TURN)
        cursor.execute(sql.LAST_WORDS, [sorted(people)])
        return frozenset(pk for pk, kind in cursor.fetchall() if kind == "given")


def wait_until_none_is_leaving() -> None:
    """Wait until no offer is between its last look and the wire; none gets there until the transaction ends."""
    wait_for_turn(TURN)
