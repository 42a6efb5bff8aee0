"""What a customer is owed when the law's limit was missed: the rent of an outage, or a share of a fee for each day.

Amounts are whole fen and exact; a fraction of a fen goes to the customer. What nobody knows, such as the rent of a
plan, leaves the amount open: the duty stands all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, fen_as_yuan
from upheld.policy.tables import Row

ONE_DAY = timedelta(days=1)


class Missed(NamedTuple):
    """A clock of a case and when its event was reached; `public`: the customer was told of it.

    `out_for`: how long there was no service, where that is not all the time from the start: a repair that held for a
    while before the fault came back.
    """

    clause: str
    stops_at: str
    public: bool
    started_at: datetime
    due_at: datetime
    done_at: datetime
    out_for: timedelta | None = None


class Compensation(NamedTuple):
    """What is owed by one clause: for how many days, and how much; None where the rent or the fee is not known."""

    clause: str
    pays: str
    days: int
    amount_fen: int | None
    from_at: datetime
    until_at: datetime
    stops_at: str

    def as_json(self) -> dict[str, Any]:
        """Return it as cases write it."""
        amount = None if self.amount_fen is None else fen_as_yuan(self.amount_fen)
        return {"clause": self.clause, "pays": self.pays, "days": self.days, "amount_yuan": amount}


def compensations_of(
    *, edition: Edition, subject: Subject, as_of: date, missed: Sequence[Missed]
) -> tuple[Compensation, ...]:
    """Return what is owed for clocks that were not kept, at most once by each clause, in the order of the standards.

    `subject` holds `case` and, where known, `plan_monthly_yuan` and `fee_yuan` (fen) and `fault_cause`; of several
    broken clocks the one that gives the most days counts. Clocks kept in time give nothing. Clauses: LAW-1, LAW-2.
    """
    edition.require_day(as_of)
    found: dict[str, Compensation] = {}
    for table in edition.tables("deadlines", "compensation"):
        for row in table.matching(subject, as_of):
            for clock in missed:
                if clock.done_at <= clock.due_at or not _answers_for(row, clock, subject):
                    continue
                owed = _owed(row, clock, subject)
                if row.clause not in found or found[row.clause].days < owed.days:
                    found[row.clause] = owed
    return tuple(found.values())


def _answers_for(row: Row, clock: Missed, subject: Subject) -> bool:
    """Say whether a row is about this clock, and the cause of the fault is none that it excepts."""
    if clock.stops_at != row.answer["stops_at"]:
        return False
    if subject.get("fault_cause") in row.answer.get("not_for", ()):
        return False
    return clock.clause == row.clause if row.answer["missed"] == "own_clock" else clock.public


def _owed(row: Row, clock: Missed, subject: Subject) -> Compensation:
    if row.answer["counted_from"] == "start":
        from_at, length = clock.started_at, clock.out_for or clock.done_at - clock.started_at
    else:
        from_at, length = clock.due_at, clock.done_at - clock.due_at
    days = begun_days(length)
    if row.answer["pays"] == "rent":
        amount = _share(subject.get("plan_monthly_yuan"), days, row.answer["month_days"])
    else:
        amount = _share(subject.get("fee_yuan"), row.answer["percent"] * days, 100)
    return Compensation(row.clause, row.answer["pays"], days, amount, from_at, clock.done_at, clock.stops_at)


def begun_days(length: timedelta) -> int:
    """Count the days of 24 hours in a length of time; one that has begun counts whole."""
    return -(-length // ONE_DAY)


def _share(fen: int | None, parts: int, whole: int) -> int | None:
    """Take `parts` of `whole` of an amount, up to the next whole fen."""
    return None if fen is None else -(-fen * parts // whole)
