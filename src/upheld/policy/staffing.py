"""Within which time calls that ask for an agent are answered: the share that a standard counts, and by which rule.

    share = calls that an agent answered within the limit / calls that asked for an agent

A row says its limit, whether a caller who hangs up before the limit is among those who asked, and whether a call that
stays in several queues asked once (from first asking to the first answer) or each time. How many agents the limit needs
is reckoned in `erlang.py`, how many calls to expect in `call_forecast.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from upheld.policy.assignments import served_by
from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, read_subject
from upheld.policy.queued_calls import QueuedCall
from upheld.policy.tables import Row

_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True)
class AnswerRule:
    """How one clause counts answers: the limit, the share it wants (None: it wants none), and who is counted."""

    clause: str
    within_seconds: int
    at_least_percent: int | None
    leaves_out_early: bool
    counts_once: bool


class Tally(NamedTuple):
    """What was counted of some calls for one limit; `gave_up_within` is how many hung up before it."""

    asked: int
    answered_within: int
    gave_up_within: int


@dataclass(frozen=True)
class AnswerRate:
    """How one rule came out: how many asked, how many of them were answered in time."""

    rule: AnswerRule
    asked: int
    answered_within: int

    @property
    def rate(self) -> Decimal | None:
        """Return the share, to six decimals, half a unit up; None where nobody asked."""
        if not self.asked:
            return None
        return (Decimal(self.answered_within) / self.asked).quantize(_MILLIONTH, ROUND_HALF_UP)

    @property
    def met(self) -> bool | None:
        """Say whether the share reaches what the clause wants, by whole numbers; None where it wants none."""
        if self.rule.at_least_percent is None or not self.asked:
            return None
        return self.answered_within * 100 >= self.rule.at_least_percent * self.asked

    def as_json(self) -> dict[str, Any]:
        """Return the rate in the shape of the answer."""
        return {
            "clause": self.rule.clause,
            "within_seconds": self.rule.within_seconds,
            "asked": self.asked,
            "answered_within": self.answered_within,
            "rate": None if self.rate is None else str(self.rate),
            "at_least_percent": self.rule.at_least_percent,
            "met": self.met,
        }


def answer_rules(*, edition: Edition, as_of: date, subject: Subject | None = None) -> tuple[AnswerRule, ...]:
    """Return the rules in force that match, in the order of the standards. Raises `OutsideDates`."""
    edition.require_day(as_of)
    rows = [
        row
        for table in edition.tables("staffing", "answer_rate")
        for row in table.matching(subject or {}, as_of)
    ]
    return tuple(_rule(row) for row in rows)


def _rule(row: Row) -> AnswerRule:
    return AnswerRule(
        row.clause,
        row.answer["within_seconds"],
        row.answer.get("at_least_percent"),
        row.answer["gave_up_in_time"] == "left_out",
        row.answer["several_queues"] == "once",
    )


def answer_rates(*, edition: Edition, subject: Subject, as_of: date) -> tuple[AnswerRate, ...]:
    """Count the calls of `subject["calls"]` by every rule. Raises `OutsideDates`. Clauses: CT-21, LAW-5."""
    calls: Sequence[QueuedCall] = subject["calls"]
    merged = merge_stays(calls)
    return tuple(
        rate_by(rule, tally_of(merged if rule.counts_once else calls, rule.within_seconds))
        for rule in answer_rules(edition=edition, as_of=as_of, subject=subject)
    )


def rate_by(rule: AnswerRule, tally: Tally) -> AnswerRate:
    """Apply a rule to what was counted for its limit."""
    left_out = tally.gave_up_within if rule.leaves_out_early else 0
    return AnswerRate(rule, tally.asked - left_out, tally.answered_within)


def tally_of(calls: Iterable[QueuedCall], within_seconds: int) -> Tally:
    """Count calls for a limit: a wait of just the limit is within it."""
    asked = answered = gave_up = 0
    limit = within_seconds * 1000
    for call in calls:
        asked += 1
        if call.waited_ms <= limit:
            answered += call.end == "answered"
            gave_up += call.end == "abandoned"
    return Tally(asked, answered, gave_up)


def merge_stays(calls: Iterable[QueuedCall]) -> list[QueuedCall]:
    """Make one of all stays of a call: from first asking to the first answer, or to the end of the last wait.

    What follows the first answer, such as a hand-over to another queue, adds nothing. Stays of no known call stay as
    they are.
    """
    found: list[QueuedCall] = []
    stays: dict[str, list[QueuedCall]] = {}
    for call in calls:
        if call.call is None:
            found.append(call)
        else:
            stays.setdefault(call.call, []).append(call)
    return found + [_merged(sorted(of_call, key=_ended)) for of_call in stays.values()]


def _merged(stays: Sequence[QueuedCall]) -> QueuedCall:
    entered = min(stay.entered_at for stay in stays)
    told = next((stay for stay in stays if stay.end == "answered"), stays[-1])
    waited = (_ended(told) - entered) // timedelta(milliseconds=1)
    return told._replace(entered_at=entered, waited_ms=waited)


def _ended(stay: QueuedCall) -> Any:
    return stay.entered_at + timedelta(milliseconds=stay.waited_ms)


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask staffing`: of `calls` (be it an empty list) their rates, of other facts who is to serve."""
    known = {name for name, value in raw.items() if value is not None}
    messages = [] if known else ["calls: is missing; write the list of calls, or []"]
    subject = read_subject(raw, besides=messages)
    told: dict[str, Any] = {}
    if "calls" in known:
        rates = answer_rates(edition=edition, subject=subject, as_of=as_of)
        told["rates"] = [rate.as_json() for rate in rates]
    if known - {"calls"}:
        ways = served_by(edition=edition, subject=subject, as_of=as_of)
        told["served_by"] = [way.as_json() for way in ways]
    return told
