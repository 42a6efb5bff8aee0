"""The steps owed to a new customer over the first ninety days, each with its window and its clause.

Rows of kind `step` say what is owed and when; days are counted from the day of joining (day 0) or from another day that
the row names. A row that counts from a day that is not known does not match. Rows of kind `delivery` say by which ways
a step may reach the customer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, read_subject
from upheld.policy.problems import BadFacts
from upheld.policy.tables import Row, Table

_ASSIGNMENT = "manager_assigned"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the journey: the first and the last day of its window, and the ways it may be delivered by."""

    step: str
    from_date: date
    due_date: date
    clause: str
    ways: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the step in the shape of the ask contract."""
        return {
            "step": self.step,
            "from": self.from_date.isoformat(),
            "due": self.due_date.isoformat(),
            "clause": self.clause,
        }


def journey_of(
    *, edition: Edition, subject: Subject, as_of: date, done: Collection[str] = ()
) -> tuple[Step, ...]:
    """Return the steps of a customer's journey, sorted by first day and then as the standard lists them.

    `done` names steps that any channel has carried out already (JOIN-2): they are left out. Raises `BadFacts` without
    a joining day, `OutsideDates` where no standard is in force. Clauses: JOIN-1 to JOIN-22.
    """
    edition.require_day(as_of)
    if "joined_date" not in subject:
        raise BadFacts(["joined_date: is missing; a journey is counted from the day of joining"])
    try:
        found = [
            (_step(edition, row, subject, as_of), row.order)
            for table in edition.tables("journeys", "step")
            for row in _rows(table, edition, subject, as_of)
            if row.answer["step"] not in done
        ]
    except OverflowError:
        raise BadFacts(["joined_date: the journey would end after the last day of the calendar"]) from None
    found.sort(key=lambda item: (item[0].from_date, item[1]))
    return tuple(step for step, _ in found)


def ways_of(*, edition: Edition, step: str, as_of: date) -> tuple[str, ...]:
    """Return the ways a step may be delivered by: guide, sms, staff; none where the standard does not say (JOIN-2)."""
    for table in edition.tables("journeys", "delivery"):
        for row in table.rows:
            if row.answer["step"] == step and row.in_force(as_of):
                return tuple(row.answer["ways"])
    return ()


_CHANNELS_OF_WAY = {
    "staff": ("call", "visit", "return_visit", "message", "information", "training"),
    "sms": ("sms",),
    "guide": ("information",),
}


def channels_of_step(*, edition: Edition, step: str) -> tuple[str, ...]:
    """Return the channels of contacts that may do a step, by the ways of its delivery; none for what is no step."""
    found = [
        channel
        for table in edition.tables("journeys", "delivery")
        for row in table.rows
        if row.answer["step"] == step
        for way in row.answer["ways"]
        for channel in _CHANNELS_OF_WAY[way]
    ]
    return tuple(dict.fromkeys(found))


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask journeys`."""
    steps = journey_of(edition=edition, subject=read_subject(raw), as_of=as_of)
    return {"steps": [step.as_json() for step in steps]}


def answer_beside(edition: Edition, subject: Subject, as_of: date) -> dict[str, Any]:
    """Return what only cases ask for: the ways in which each step of the journey may be delivered."""
    rows = [row for table in edition.tables("journeys", "delivery") for row in table.matching(subject, as_of)]
    ways = [{"step": r.answer["step"], "ways": list(r.answer["ways"]), "clause": r.clause} for r in rows]
    return {"delivery": ways}


def _rows(table: Table, edition: Edition, subject: Subject, as_of: date) -> list[Row]:
    rows = [
        row
        for row in table.matching(subject, as_of)
        if _rated_in_time(row, subject) and _anchor(edition, row, subject, as_of) is not None
    ]
    return rows[:1] if table.take == "first" else rows


def _rated_in_time(row: Row, subject: Subject) -> bool:
    """Say whether the rating came by, or after, the day of the journey that the row asks for."""
    by, after = row.answer.get("rated_by_day"), row.answer.get("rated_after_day")
    if by is None and after is None:
        return True
    if "rated_date" not in subject:
        return False
    day = (subject["rated_date"] - subject["joined_date"]).days
    return (by is None or day <= by) and (after is None or day > after)


def _anchor(edition: Edition, row: Row, subject: Subject, as_of: date) -> date | None:
    """Return the day that a row counts from; None where it is not known.

    A rating or an assignment from before joining counts from the day of joining. While no manager is assigned, the
    assignment counts as made on the last day allowed for it.
    """
    name = row.answer.get("after", "joined_date")
    if name in subject:
        return _since_joining(subject, name)
    if name == "assigned_date":
        for table in edition.tables("journeys", "step"):
            for other in table.matching(subject, as_of):
                start = other.answer.get("after", "joined_date")
                if other.answer["step"] == _ASSIGNMENT and start in subject:
                    return _since_joining(subject, start) + timedelta(days=other.answer["due_day"])
    return None


def _since_joining(subject: Subject, name: str) -> date:
    day: date = max(subject[name], subject["joined_date"])
    return day


def _step(edition: Edition, row: Row, subject: Subject, as_of: date) -> Step:
    anchor = _anchor(edition, row, subject, as_of)
    assert anchor is not None  # _rows leaves out what cannot be counted
    from_date = anchor + timedelta(days=row.answer["from_day"])
    due_date = anchor + timedelta(days=row.answer["due_day"])
    if row.answer.get("not_before") in subject:
        from_date = max(from_date, subject[row.answer["not_before"]])
    ways = ways_of(edition=edition, step=row.answer["step"], as_of=as_of)
    return Step(row.answer["step"], from_date, max(from_date, due_date), row.clause, ways)
