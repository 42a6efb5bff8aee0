"""By when something is due: every clock that runs for a case, the event that stops it, and which one binds.

Several clocks may run for one event; the earliest binds. `binding` and the order follow the ask contract. A clock
without a number ("at once") is not a clock: a reading gives it a ceiling, or nothing runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from upheld.policy.calendars import DEFAULT_CALENDAR
from upheld.policy.clocks import CONTINUOUS, Measure
from upheld.policy.compensation import Missed, compensations_of
from upheld.policy.derived import with_derived
from upheld.policy.editions import Edition
from upheld.policy.facts import FACTS, Subject, read_subject
from upheld.policy.kinds.deadlines import OPENED, Limit
from upheld.policy.problems import OutsideDates
from upheld.policy.tables import Row, Table
from upheld.policy.working_time import BEIJING, BUSINESS_HOURS, working_time


class Clock(NamedTuple):
    """One running limit of a case; instants are in +08:00.

    `public`: the customer may be told. `binding`: the earliest clock for its event. `provisional`: counted over a year
    whose official calendar is not out. `pauses`: what a case may wait for while this clock stands still. `measure`: how
    its time counts, by which its life goes on once it has been stored (`clocks.py`). `starts_at`: the event that
    starts it.
    """

    stops_at: str
    due_at: datetime
    clause: str
    public: bool
    binding: bool
    provisional: bool
    started_at: datetime
    limit: Limit
    confidence: str
    pauses: tuple[str, ...]
    measure: Measure = CONTINUOUS
    starts_at: str = OPENED

    def as_json(self) -> dict[str, Any]:
        """Return the clock in the shape of the ask contract."""
        answer = {
            "stops_at": self.stops_at,
            "due_at": self.due_at.isoformat(timespec="seconds"),
            "clause": self.clause,
            "public": self.public,
            "binding": self.binding,
        }
        return {**answer, "provisional": True} if self.provisional else answer


def clocks_of(
    *,
    edition: Edition,
    subject: Subject,
    as_of: date,
    happened: Mapping[str, datetime] | None = None,
) -> tuple[Clock, ...]:
    """Return every clock of a case, sorted by due time and clause.

    `subject` holds `case` and `opened_at`. `happened` tells when stages were really reached: the next stage of a chain
    then starts there, and otherwise when the stage before is due. Raises `OutsideDates` where no standard is in force
    or the calendar does not reach back, OverflowError for instants at the end of time.
    """
    edition.require_day(as_of)
    subject = with_derived(subject)
    found: list[Clock] = []
    for table in edition.tables("deadlines", "clock"):
        rows = table.matching(subject, as_of)
        if rows:
            found += _running(edition, table, rows, subject, as_of, happened or {})
    found.sort(key=lambda clock: (clock.due_at, clock.clause, clock.stops_at))
    # One clock binds for each event: of several that are due at once, the first by clause.
    first: dict[str, Clock] = {}
    for clock in found:
        first.setdefault(clock.stops_at, clock)
    return tuple(clock._replace(binding=True) if first[clock.stops_at] is clock else clock for clock in found)


def _running(
    edition: Edition,
    table: Table,
    rows: Sequence[Row],
    subject: Subject,
    as_of: date,
    happened: Mapping[str, datetime],
) -> list[Clock]:
    """Start the clocks of one table, stage by stage; a stage whose start no row gives does not run."""
    starts: dict[str, tuple[datetime, bool]] = {OPENED: (subject["opened_at"], False)}
    starts |= {stop: (instant, False) for stop, instant in happened.items()}
    clocks: list[Clock] = []
    waiting = list(rows)
    while waiting:
        ready = [row for row in waiting if row.answer.get("starts_at", OPENED) in starts]
        if not ready:
            break
        for row in ready:
            started_at, unsure = starts[row.answer.get("starts_at", OPENED)]
            clock = _clock(edition, table, row, subject, as_of, started_at, unsure)
            clocks.append(clock)
            if clock.stops_at not in happened:
                due = (clock.due_at, clock.provisional)
                starts[clock.stops_at] = min(starts.get(clock.stops_at, due), due)
        waiting = [row for row in waiting if row not in ready]
    return clocks


def _clock(
    edition: Edition,
    table: Table,
    row: Row,
    subject: Subject,
    as_of: date,
    started_at: datetime,
    unsure: bool,
) -> Clock:
    limit: Limit = row.answer["limit"]
    length, measure = limit.continuous, CONTINUOUS
    if length is not None:
        due_at, provisional = started_at.astimezone(BEIJING) + length, False
    else:
        measure = _measure(edition, table, row, subject, as_of)
        time = working_time(edition.calendars[measure.calendar], measure.hours)
        count = time.after_days if limit.unit == "working_days" else time.after_hours
        due_at, provisional = count(started_at, limit.amount)
    return Clock(
        stops_at=row.answer["stops_at"],
        due_at=due_at,
        clause=row.clause,
        public=row.answer.get("public", edition.clause(row.clause).public)
        and row.confidence != "unconfirmed",
        binding=False,
        provisional=provisional or unsure,
        started_at=started_at.astimezone(BEIJING),
        limit=limit,
        confidence=row.confidence,
        pauses=row.answer.get("pauses", ()),
        measure=measure,
        starts_at=row.answer.get("starts_at", OPENED),
    )


def _measure(edition: Edition, table: Table, row: Row, subject: Subject, as_of: date) -> Measure:
    """Return what a clock of working time counts by: business hours of its own standard, else of any, else default."""
    name = row.answer.get("calendar", DEFAULT_CALENDAR)
    hours: dict[str, str] = {}
    for kept in edition.tables("deadlines", "business_hours"):
        for found in kept.matching(subject, as_of):
            if found.answer.get("calendar", DEFAULT_CALENDAR) == name:
                hours.setdefault(kept.standard, found.answer["hours"])
                hours.setdefault("", found.answer["hours"])
                break
    written = hours.get(table.standard) or hours.get("", BUSINESS_HOURS)
    return Measure(row.answer["limit"].unit, name, written)


def answer_beside(edition: Edition, subject: Subject, as_of: date) -> dict[str, Any]:
    """Return what only cases ask for: what is owed for a limit that was missed, where it is known when it was done."""
    done_at = subject.get("done_at")
    if done_at is None:
        return {}
    missed = [
        Missed(clock.clause, clock.stops_at, clock.public, clock.started_at, clock.due_at, done_at)
        for clock in clocks_of(edition=edition, subject=subject, as_of=as_of)
    ]
    if "promised_at" in subject:  # the published time is stated, whatever clocks a company runs
        missed = [Missed("", "settled", True, subject["opened_at"], subject["promised_at"], done_at)]
    owed = compensations_of(edition=edition, subject=subject, as_of=as_of, missed=missed)
    return {"compensation": [one.as_json() for one in owed]}


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask deadlines`; `case` and `opened_at` must be there."""
    messages = []
    if raw.get("case") is None:
        messages.append(f"case: is missing; write one of {', '.join(FACTS['case'].values)}")
    if raw.get("opened_at") is None:
        messages.append("opened_at: is missing; write an instant such as 2026-03-02T09:30:00+08:00")
    subject = read_subject(raw, besides=messages)
    try:
        clocks = clocks_of(edition=edition, subject=subject, as_of=as_of)
    except OverflowError:
        raise OutsideDates(f"opened_at: no calendar reaches {raw['opened_at']}") from None
    return {"clocks": [clock.as_json() for clock in clocks]}
