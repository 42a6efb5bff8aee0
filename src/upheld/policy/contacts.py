"""Which contacts a subject is owed, the promises they make over a range of days, and what keeps a promise.

Rows of kind `contact` say what is owed; `kept_by` which recorded contact keeps it; `together` which promises one
contact may keep at once; `coverage` which share of a population must be reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from upheld.policy import periods
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, read_day, read_subject
from upheld.policy.journeys import channels_of_step
from upheld.policy.kinds.contacts import FESTIVALS
from upheld.policy.tables import Condition, Row


class ContactOwed(NamedTuple):
    """A contact owed so many times per period; `times` is None on demand; `on` names an occasion."""

    channel: str
    times: int | None
    per: str
    on: str | None
    clause: str

    def as_json(self) -> dict[str, Any]:
        """Return the contact in the shape of the ask contract."""
        answer: dict[str, Any] = {"channel": self.channel, "times": self.times, "per": self.per}
        if self.on is not None:
            answer["on"] = self.on
        return {**answer, "clause": self.clause}


class PlannedPromise(NamedTuple):
    """A promise with the first and last day of its window; `turn` tells apart several in one window."""

    action: str
    from_date: date
    due_date: date
    clause: str
    turn: int
    on: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the promise in the shape of the ask contract."""
        return {
            "action": self.action,
            "from": self.from_date.isoformat(),
            "due": self.due_date.isoformat(),
            "clause": self.clause,
        }


@dataclass(frozen=True)
class CoverageTarget:
    """A share of a population that must be reached: `of` groups or people for whom the conditions hold."""

    clause: str
    of: str
    measure: str
    at_least_percent: int
    per: str | None
    conditions: tuple[Condition, ...]
    row: Row

    def as_json(self) -> dict[str, Any]:
        """Return the target as a case shows it."""
        return {
            "clause": self.clause,
            "of": self.of,
            "measure": self.measure,
            "at_least_percent": self.at_least_percent,
        }


def contacts_owed(
    *, edition: Edition, subject: Subject, as_of: date, owed_to: str | None = None
) -> tuple[ContactOwed, ...]:
    """Return every contact owed to a subject on a day, in the order of the standards.

    `owed_to` ("person" or "group") keeps only what is owed to that kind of subject. Raises `OutsideDates`.
    """
    edition.require_day(as_of)
    return tuple(
        _owed(row, item)
        for table in edition.tables("contacts", "contact")
        if owed_to in (None, table.owed_to)
        for row in table.matching(subject, as_of)
        for item in row.answer["owed"]
    )


def plan_of(
    *, edition: Edition, subject: Subject, from_date: date, until_date: date, owed_to: str | None = None
) -> tuple[PlannedPromise, ...]:
    """Return the promises whose windows begin in [from, until), sorted by first day, action, clause.

    A window follows the rows in force on its first day. Raises `OutsideDates` for a day or lunar year not covered.
    """
    return in_order(
        promise
        for owed, start, end in contacts_between(
            edition=edition, subject=subject, from_date=from_date, until_date=until_date, owed_to=owed_to
        )
        for promise in promises_of(edition, owed, subject, start, end)
    )


def contacts_between(
    *, edition: Edition, subject: Subject, from_date: date, until_date: date, owed_to: str | None = None
) -> tuple[tuple[ContactOwed, date, date], ...]:
    """Return every contact owed to a subject, each with the part of [from, until) in which its row is in force.

    In the order of the standards; conditions are asked on the first day. Raises `OutsideDates`.
    """
    edition.require_day(from_date)
    found: list[tuple[ContactOwed, date, date]] = []
    for table in edition.tables("contacts", "contact"):
        if owed_to not in (None, table.owed_to):
            continue
        for row in table.rows:
            start, end = max(from_date, row.from_date), min(until_date, row.until_date or until_date)
            if start < end and row.matches(subject, from_date):
                found += ((_owed(row, item), start, end) for item in row.answer["owed"])
    return tuple(found)


def in_order(promises: Iterable[PlannedPromise]) -> tuple[PlannedPromise, ...]:
    """Return promises by first day, action, clause; those of one window by turn."""
    return tuple(sorted(promises, key=lambda p: (p.from_date, p.action, p.clause, p.due_date, p.turn)))


def promises_of(
    edition: Edition, owed: ContactOwed, subject: Subject, from_date: date, until_date: date
) -> Iterator[PlannedPromise]:
    """Give the promises that one contact owed makes for a subject in [from, until); none on demand."""
    for window in _windows(edition, owed, subject, from_date, until_date):
        yield PlannedPromise(
            owed.channel, window.from_date, window.due_date, owed.clause, window.turn, owed.on
        )


def _windows(
    edition: Edition, owed: ContactOwed, subject: Subject, from_date: date, until_date: date
) -> Iterator[periods.Window]:
    if owed.times is None:
        return iter(())
    if owed.on == "weekend":
        return periods.weekends(from_date, until_date)
    if owed.on == "birthday":
        born = subject.get("birthday")
        if born is None:
            return iter(())
        in_calendar = subject.get("birthday_calendar", "solar")
        return periods.birthday(born, in_calendar, edition.lunar, from_date, until_date)
    if owed.on in FESTIVALS:
        return periods.festival(owed.on, edition.lunar, from_date, until_date)
    if owed.per == "week":
        return periods.weeks(from_date, until_date, owed.times)
    return periods.calendar_periods(owed.per, owed.times, from_date, until_date)


def channels_keeping(*, edition: Edition, clause: str, action: str) -> tuple[str, ...]:
    """Return which recorded channels keep a promise of this clause and action; the action itself where none is said.

    A step of a journey is done by the channels that its ways of delivery allow (JOIN-2).
    """
    for table in edition.tables("contacts", "kept_by"):
        for row in table.rows:
            if row.clause == clause and row.answer["action"] == action:
                return tuple(row.answer["channels"])
    return channels_of_step(edition=edition, step=action) or (action,)


def may_close_together(*, edition: Edition, first: tuple[str, str], second: tuple[str, str]) -> bool:
    """Say whether the standard lets one contact keep two promises, each given as (clause, action).

    Two promises of one clause are never kept at once: twice a month means two contacts.
    """
    if first[0] == second[0]:
        return False
    for table in edition.tables("contacts", "together"):
        for row in table.rows:
            actions = {row.answer["action"], row.answer.get("other_action", row.answer["action"])}
            clauses = row.answer["clauses"]
            if all(clause in clauses and action in actions for clause, action in (first, second)):
                return True
    return False


def coverage_targets(*, edition: Edition, as_of: date) -> tuple[CoverageTarget, ...]:
    """Return the shares of populations that must be reached on a day (KEY-40, KEY-43)."""
    return tuple(
        CoverageTarget(
            row.clause,
            row.answer["of"],
            row.answer["measure"],
            row.answer["at_least_percent"],
            row.answer.get("per"),
            row.conditions,
            row,
        )
        for table in edition.tables("contacts", "coverage")
        for row in table.rows
        if row.in_force(as_of)
    )


def _owed(row: Row, item: dict[str, Any]) -> ContactOwed:
    return ContactOwed(item["channel"], item["times"], item["per"], item["on"], row.clause)


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask contacts`."""
    owed = contacts_owed(edition=edition, subject=read_subject(raw), as_of=as_of)
    return {"owed": [contact.as_json() for contact in owed]}


def answer_plan(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask plan`; `from` and `until` stand among the facts."""
    days, messages = _asked_days(raw)
    facts = {name: value for name, value in raw.items() if name not in ("from", "until")}
    subject = read_subject(facts, besides=messages)
    edition.require_day(as_of)
    plan = plan_of(edition=edition, subject=subject, from_date=days["from"], until_date=days["until"])
    return {"promises": [promise.as_json() for promise in plan]}


def _asked_days(raw: Mapping[str, Any]) -> tuple[dict[str, date], list[str]]:
    days: dict[str, date] = {}
    messages: list[str] = []
    for name in ("from", "until"):
        try:
            if raw.get(name) is None:
                raise ValueError("is missing; write a day as YYYY-MM-DD")
            days[name] = read_day(raw[name])
        except ValueError as error:
            messages.append(f"{name}: {error}")
    if len(days) == 2 and days["from"] > days["until"]:
        messages.append(f"until: {days['until']} is before from {days['from']}")
    return days, messages
