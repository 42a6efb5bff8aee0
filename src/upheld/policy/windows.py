"""May this reach this person now, and if not, from when: quiet hours, hours of visits, and consent.

All windows that a contact meets must let it through. Quiet time takes its start and leaves out its end, and so do
hours of visits. What lacks consent or was refused has no later instant: `next_at` is then None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from upheld.policy.day_spans import DAY_SECONDS, Span
from upheld.policy.editions import Edition
from upheld.policy.facts import FACTS, Subject, read_subject
from upheld.policy.problems import OutsideDates
from upheld.policy.tables import Row
from upheld.policy.working_time import BEIJING


class WindowAnswer(NamedTuple):
    """Whether a contact may go out now, the first instant at which it may (None: now, or never), and the clauses.

    `because` names the clauses that hold it back; of a contact that may go, those that were asked.
    """

    allowed: bool
    next_at: datetime | None
    because: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the answer in the shape of the ask contract."""
        return {
            "allowed": self.allowed,
            "next_at": None if self.next_at is None else self.next_at.isoformat(timespec="seconds"),
            "because": [{"clause": clause} for clause in self.because],
        }


def window_of(*, edition: Edition, subject: Subject, as_of: date) -> WindowAnswer:
    """Say whether a contact may reach a person at an instant.

    `subject` holds `channel` and `at`; consent that is not known is no consent. Raises `OutsideDates`, and
    OverflowError for instants at the end of time. Clauses: CT-22, CT-23, LAW-7, LAW-8.
    """
    edition.require_day(as_of)
    consents = [
        row for table in edition.tables("windows", "consent") for row in table.matching(subject, as_of)
    ]
    forbidding = [row.clause for row in consents if _forbids(row, subject)]
    at = subject["at"].astimezone(BEIJING)
    shut = list(_shut_times(edition, subject, as_of))
    waiting = [row.clause for row, spans in shut if _inside(spans, _second(at))]
    held = tuple(dict.fromkeys(forbidding + waiting))
    if not held:
        asked = [row.clause for row in consents] + [row.clause for row, _ in shut]
        return WindowAnswer(True, None, tuple(dict.fromkeys(asked)))
    if forbidding:
        return WindowAnswer(False, None, held)
    return WindowAnswer(False, _first_open(at, [span for _, spans in shut for span in spans]), held)


def _forbids(row: Row, subject: Subject) -> bool:
    if row.answer["ends_on_refusal"] and subject.get("refused") is True:
        return True
    return bool(row.answer["needs_consent"]) and subject.get("consent") is not True


def _shut_times(edition: Edition, subject: Subject, as_of: date) -> Iterator[tuple[Row, list[Span]]]:
    """Give, for each rule that the contact meets, the stretches of a day in which it may not go out.

    There are none where the customer's wish lifts the rule.
    """
    wished = subject.get("customer_wish") is True
    for kind in ("quiet", "visit_hours"):
        for table in edition.tables("windows", kind):
            for row in table.matching(subject, as_of)[:1]:
                later = row.answer.get("later_hours", 0) * 3600
                spans = [_shifted(span, later) for span in row.answer["hours"]]
                if wished and row.answer.get("lifted_by_wish", False):
                    spans = []
                elif kind == "visit_hours":
                    spans = _outside(spans)
                yield row, spans


def _shifted(span: Span, later: int) -> Span:
    if not later:
        return span
    return Span((span.start + later) % DAY_SECONDS, (span.end + later) % DAY_SECONDS)


def _outside(spans: list[Span]) -> list[Span]:
    """Return the stretches of a day between the given ones, the last reaching over midnight to the first."""
    ordered = sorted(spans)
    starts = [start for start, _ in ordered[1:]] + [ordered[0][0]]
    return [
        Span(end % DAY_SECONDS, start)
        for (_, end), start in zip(ordered, starts, strict=True)
        if end % DAY_SECONDS != start
    ]


def _inside(spans: list[Span], second: int) -> bool:
    """Say whether a time of day lies in a stretch: its start is inside, its end outside, and it may pass midnight."""
    return any(
        start <= second < end if start < end else second >= start or second < end for start, end in spans
    )


def _second(at: datetime) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _first_open(at: datetime, spans: list[Span]) -> datetime | None:
    """Return the first end of a stretch, from an instant on, at which none is running; None where one always is."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(3):
        for end in sorted({end for _, end in spans}):
            opens = midnight + timedelta(days=day, seconds=end)
            if opens > at and not _inside(spans, end % DAY_SECONDS):
                return opens
    return None


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask windows`; `channel` and `at` must be there."""
    messages = []
    if raw.get("channel") is None:
        messages.append(f"channel: is missing; write one of {', '.join(FACTS['channel'].values)}")
    if raw.get("at") is None:
        messages.append("at: is missing; write an instant such as 2026-03-02T09:30:00+08:00")
    subject = read_subject(raw, besides=messages)
    try:
        return window_of(edition=edition, subject=subject, as_of=as_of).as_json()
    except OverflowError:
        raise OutsideDates(f"at: no calendar reaches {raw['at']}") from None
