"""Find the customers of whom something that the plan of contacts asks for has changed since it was last made.

Three things change a plan: a row that was written since (its `changed_at`, a rating, a closed account), a day that came
(a role, a card or an assignment that begins or ends), and a new edition or a longer range, for which everybody is
planned anew. A transaction may have begun before the last planning and ended after it; so changes count from the begin
of the oldest transaction that was under way when the last planning began.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from upheld.operations.sql import changes as sql
from upheld.records.audit.queries import entries

ACT = "plan_contacts"
FROM_BILLS = frozenset({"annual_spend_yuan"})
"""Facts that other tables may tell, without a mark on the person: a plan that asks for them is made whole."""


@dataclass(frozen=True)
class Since:
    """The last planning that this one can build on: changes count from an instant, days after a day."""

    at: datetime
    day: date


@dataclass(frozen=True)
class Changed:
    """Who is to be planned anew, in the order of their ids."""

    person_ids: tuple[int, ...]
    group_ids: tuple[int, ...]


def oldest_transaction() -> datetime:
    """Return when the oldest transaction under way began; its rows may still appear with that instant on them."""
    with connection.cursor() as cursor:
        cursor.execute(sql.OLDEST_TRANSACTION)
        found: datetime = cursor.fetchone()[0]
    return found


def last_planning(*, edition: str, from_date: date, until_date: date, facts: Collection[str]) -> Since | None:
    """Return the last planning that went as far by the same edition; None where everybody has to be planned."""
    if FROM_BILLS & set(facts):
        return None
    found = entries(subject_kind="edition", subject_id=edition, act=ACT, limit=1)
    if not found:
        return None
    told = found[0].detail
    if "changes_from" not in told or date.fromisoformat(told["until_date"]) < until_date:
        return None
    day = date.fromisoformat(told["from_date"])
    return Since(datetime.fromisoformat(told["changes_from"]), day) if day <= from_date else None


def changed_subjects(since: Since, *, day: date) -> Changed:
    """Return the persons and groups of whom something changed since a planning, as of a day. Two queries."""
    values = {"at": since.at, "after": since.day, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(sql.CHANGED_PEOPLE, values)
        people = tuple(sorted(pk for (pk,) in cursor.fetchall()))
        cursor.execute(sql.CHANGED_GROUPS, values)
        groups = tuple(sorted(pk for (pk,) in cursor.fetchall()))
    return Changed(people, groups)
