"""A case told by somebody who has a watch and a sheet of paper: its clocks are counted minute by minute.

Nothing here calls what counts in the product. Instants are whole minutes since `MIDNIGHT`; each clock keeps a line for
each moment in its life, and whatever is asked of it is found by walking from the last line, one minute at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from .made_standards import Made

BEIJING = timezone(timedelta(hours=8))
MIDNIGHT = datetime(2026, 3, 1, tzinfo=BEIJING)
DAY = 24 * 60
ENDS = ("settled", "outcome_reply", "legal_answer", "repaired", "in_force", "server_configured")


def minute_of(at: datetime) -> int:
    """Return the minute in which an instant lies; every instant of these stories begins one."""
    minutes, rest = divmod((at.astimezone(UTC) - MIDNIGHT).total_seconds(), 60)
    assert rest == 0, at
    return int(minutes)


def instant_of(minute: int) -> datetime:
    """Return the instant at which a minute begins."""
    return MIDNIGHT + timedelta(minutes=minute)


class Paper:
    """The working minutes of an edition, ticked off on paper for half a year."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.business = bytearray(DAY * 180)
        spans = [[_minutes(end) for end in span.split("-")] for span in made.hours.split(", ")]
        self.day_length = sum(until - since for since, until in spans)
        for number in range(180):
            day = MIDNIGHT.date() + timedelta(days=number)
            if (day.weekday() < 5 and day not in made.days_off) or day in made.worked:
                for since, until in spans:
                    for minute in range(since, until):
                        self.business[number * DAY + minute] = 1

    def whole(self, limit: dict[str, int]) -> int:
        ((unit, number),) = limit.items()
        each = {"minutes": 1, "hours": 60, "days": DAY, "working_hours": 60, "working_days": self.day_length}
        return number * each[unit]


def _minutes(words: str) -> int:
    hour, minute = words.split(":")
    return int(hour) * 60 + int(minute)


@dataclass
class Line:
    """One line on the sheet of a clock: what was used by then, and when it is due if it goes on."""

    what: str
    at: int
    used: int
    due: int | None
    waits_for: str = ""


@dataclass
class Given:
    """A row of an edition as it holds for a case: from which minute it counts, and until when without a pause."""

    row: dict[str, Any]
    paper: Paper
    started: int

    @property
    def unit(self) -> str:
        """Give how time counts: by the wall clock, by hours of business, or by days of business."""
        unit = next(iter(self.row["limit"]))
        return unit if unit.startswith("working") else "continuous"

    @property
    def whole(self) -> int:
        return self.paper.whole(self.row["limit"])

    @property
    def name(self) -> tuple[str, str]:
        return self.row["clause"], self.row["stops_at"]

    def counts(self, minute: int) -> bool:
        """Say whether a minute counts."""
        if self.unit == "continuous":
            return True
        if self.unit == "working_days" and minute // DAY <= self.started // DAY:
            return False
        return bool(self.paper.business[minute])

    def walk(self, since: int, until: int) -> int:
        """Count from one minute to another."""
        if self.unit == "continuous":
            return len(range(since, until))
        if self.unit == "working_days":
            since = max(since, (self.started // DAY + 1) * DAY)
        return sum(self.paper.business[since:until])

    def due(self, since: int, left: int) -> int:
        """Walk on until nothing is left."""
        minute = since
        while left > 0:
            left -= self.counts(minute)
            minute += 1
        return minute


@dataclass
class Sheet:
    """One clock of a case, and its promise."""

    given: Given
    turn: int
    batch: int
    lines: list[Line] = field(default_factory=list)
    state: str = "open"
    ended: int | None = None
    late: bool = False
    due: int = 0
    carried: bool = False
    before: list[tuple[int, int]] = field(default_factory=list)
    """The stretches in which the clocks ran whose time this one keeps."""

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def is_over(self) -> bool:
        return self.last.what in ("stopped", "cancelled")

    @property
    def runs(self) -> bool:
        return self.last.due is not None

    def line_at(self, minute: int) -> Line | None:
        found = [line for line in self.lines if line.at <= minute]
        return found[-1] if found else None

    def used(self, minute: int) -> int:
        """Tell what was used by a minute."""
        line = self.line_at(minute)
        assert line is not None
        return line.used + (self.given.walk(line.at, minute) if line.due is not None else 0)

    def was_late(self, minute: int) -> bool:
        """Say whether a due time had passed by a minute, or more than all was used when the clock began."""
        for number, line in enumerate(line for line in self.lines if line.at <= minute):
            following = self.lines[number + 1] if number + 1 < len(self.lines) else None
            until = minute if following is None else min(following.at, minute)
            if line.used > self.given.whole or (line.due is not None and until > line.due):
                return True
        return False

    def ran(self, until: int) -> list[tuple[int, int]]:
        """Give the stretches in which it ran, and those before whose time it keeps."""
        spans = list(self.before)
        for number, line in enumerate(self.lines):
            if line.due is not None:
                end = self.lines[number + 1].at if number + 1 < len(self.lines) else until
                spans.append((line.at, end))
        return spans

    def run_on(self, what: str, at: int, used: int) -> None:
        due = self.given.due(at, self.given.whole - used)
        self.lines.append(Line(what, at, used, due))
        if self.state == "open":
            self.due = due

    def stand(self, what: str, at: int, used: int, waits_for: str) -> None:
        self.lines.append(Line(what, at, used, None, waits_for))

    def has_run_out(self, at: int) -> bool:
        return self.last.due is not None and at > self.due

    def breaks(self) -> None:
        self.state, self.ended = "broken", self.due

    def stop(self, at: int) -> None:
        """Reach the event: kept in time, else broken as it was due, and done late."""
        if self.state == "open":
            if self.has_run_out(at):
                self.breaks()
                self.late = True
            else:
                self.state, self.ended = "kept", at
        elif self.state == "broken":
            self.late = True
        self.lines.append(Line("stopped", at, self.used(at), None))

    def cancel(self, at: int) -> None:
        """Owe it no more; what had run out stays broken."""
        if self.state == "open" and self.has_run_out(at):
            self.breaks()
        elif self.state == "open":
            self.state, self.ended = "cancelled", at
        self.lines.append(Line("cancelled", at, self.used(at), None))
