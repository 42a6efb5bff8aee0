"""Planned promises as the rows of a binary COPY.

What a promise says is the same for thousands of subjects, and so are the bytes: they are made once, and each row adds
only whose it is and who does it. Row by row the driver would take longer than PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from struct import Struct
from typing import TYPE_CHECKING

from django.db import connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import Format

from upheld.operations.sql.promises import PLANNED_COLUMNS
from upheld.policy.contacts import PlannedPromise

if TYPE_CHECKING:
    from upheld.operations.contact_plans import Planner

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
BLOCK = 1 << 17
_PERSON, _GROUP = Struct("!hiqi"), Struct("!hiiq")
_LENGTH, _RESPONSIBLE = Struct("!i"), Struct("!iq")
_NULL = _LENGTH.pack(-1)


class PlannedRows:
    """Rows of `ADD_PLANNED`: promises to persons or to groups (`column`), planned by one edition."""

    def __init__(self, column: str, planner: Planner, edition_id: int) -> None:
        self._is_person, self._planner, self._edition_id = column == "person_id", planner, edition_id
        self._said: dict[PlannedPromise, bytes] = {}
        connection.ensure_connection()
        registry = connection.connection.adapters.types
        self._dump = Transformer(connection.connection)
        self._types = [registry.get_oid(type_) for _, type_ in PLANNED_COLUMNS[2:-1]]

    def blocks(
        self, added: Mapping[int, Iterable[PlannedPromise]], responsible: Mapping[int, int]
    ) -> Iterator[bytes]:
        """Give the whole COPY in blocks: each is a message, and a message for each subject cost more than its rows."""
        block = bytearray(HEADER)
        for subject_id, promises in added.items():
            block += self._of_subject(subject_id, promises, responsible.get(subject_id))
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
        yield bytes(block) + TRAILER

    def _of_subject(
        self, subject_id: int, promises: Iterable[PlannedPromise], responsible_id: int | None
    ) -> bytes:
        """Return the rows of what one subject is owed, done by whoever is there on the day."""
        count, width = len(PLANNED_COLUMNS), 8
        if self._is_person:
            begin = _PERSON.pack(count, width, subject_id, -1)
        else:
            begin = _GROUP.pack(count, -1, width, subject_id)
        who = self._planner.who
        always = None if responsible_id in self._planner.absences else _done_by(responsible_id)
        rows: list[bytes] = []
        for promise in promises:
            said = self._said.get(promise)
            if said is None:
                said = self._said[promise] = self._say(promise)
            rows += (begin, said, always or _done_by(who(responsible_id, promise.due_date)))
        return b"".join(rows)

    def _say(self, promise: PlannedPromise) -> bytes:
        """Return the columns between whose the promise is and who does it."""
        action, begins, due, clause, turn, occasion = promise
        channels, standard = self._planner.channels(clause, action), self._planner.standard(clause)
        values = (action, channels, occasion, clause, standard, begins, due, turn, self._edition_id)
        self._dump.set_dumper_types(self._types, Format.BINARY)
        fields = self._dump.dump_sequence(values, [PyFormat.BINARY] * len(values))
        return b"".join(
            _NULL if value is None else _LENGTH.pack(len(value)) + bytes(value) for value in fields
        )


def _done_by(employee_id: int | None) -> bytes:
    return _NULL if employee_id is None else _RESPONSIBLE.pack(8, employee_id)
