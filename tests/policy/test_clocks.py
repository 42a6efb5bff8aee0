"""A clock that pauses, goes on and is counted anew: stories to the minute."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from upheld.policy import clocks
from upheld.policy.clocks import CONTINUOUS, ClockEvent, ClockState, Measure
from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.kinds.deadlines import Limit
from upheld.policy.problems import OutsideDates, StandardRefused
from upheld.policy.reviewer import review

BEIJING = timezone(timedelta(hours=8))
CALENDARS = shipped_edition().calendars
OFFICE = "08:30-12:00, 13:30-18:00"
DAYS, HOURS = Measure("working_days", "china", OFFICE), Measure("working_hours", "china", OFFICE)


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=BEIJING)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@dataclass
class Clock:
    """One clock told as a story: what happens to it, and until when it is due from then on."""

    whole: timedelta
    measure: Measure
    started_at: datetime

    def __post_init__(self) -> None:
        self.events: list[ClockEvent] = [clocks.start(whole=self.whole, **self.told())]

    def told(self) -> dict[str, Any]:
        return {"measure": self.measure, "calendars": CALENDARS, "started_at": self.started_at}

    @property
    def due_at(self) -> datetime | None:
        return self.events[-1].due_at

    def waits(self, when: str, reason: str = "customer") -> None:
        self.events.append(clocks.pause(self.events[-1], at=at(when), reason=reason, **self.told()))

    def goes_on(self, when: str) -> datetime | None:
        self.events.append(clocks.resume(self.events[-1], at=at(when), whole=self.whole, **self.told()))
        return self.due_at

    def ends(self, when: str, what: str = "stopped") -> None:
        self.events.append(clocks.stop(self.events[-1], at=at(when), what=what, **self.told()))

    def recounted(self, when: str, whole: timedelta, measure: Measure) -> ClockEvent:
        """Give the event of the clock that carries this one on; this one stays as it was."""
        return clocks.recount(
            self.events[-1],
            at=at(when),
            new_whole=whole,
            new_measure=measure,
            old_measure=self.measure,
            past=clocks.running_spans(self.events, until=at(when)),
            calendars=CALENDARS,
            started_at=self.started_at,
        )

    def state(self, when: str) -> ClockState | None:
        return clocks.replay(self.events, whole=self.whole, at=at(when), **self.told())


# --- stories -----------------------------------------------------------------------------------------


def test_a_complaint_that_waits_two_hours_for_the_customer_is_due_two_hours_later() -> None:
    clock = Clock(hours(12), CONTINUOUS, at("2026-03-02T09:00"))
    assert clock.due_at == at("2026-03-02T21:00")
    clock.waits("2026-03-02T10:15")
    assert clock.due_at is None
    assert clock.events[-1].used == hours(1.25)
    assert clock.goes_on("2026-03-02T12:15") == at("2026-03-02T23:00")


def test_a_working_day_that_waits_on_the_day_of_opening_loses_nothing_and_gains_nothing() -> None:
    clock = Clock(hours(8), DAYS, at("2026-02-13T10:00"))  # a Friday before a Saturday that is worked
    assert clock.due_at == at("2026-02-14T18:00")
    clock.waits("2026-02-13T11:00")
    assert clock.events[-1].used == timedelta()
    assert clock.goes_on("2026-02-13T17:00") == at("2026-02-14T18:00")


def test_a_working_day_that_waited_over_the_festival_ends_when_its_hours_are_used_up() -> None:
    clock = Clock(hours(16), DAYS, at("2026-02-12T10:00"))
    clock.waits("2026-02-13T10:00")  # an hour and a half of the first day is used
    assert clock.goes_on("2026-02-23T20:00") == at("2026-02-25T16:30")  # and not at the close of the 25th


def test_a_night_of_waiting_costs_working_time_nothing() -> None:
    clock = Clock(hours(4), HOURS, at("2026-03-06T17:00"))  # a Friday
    clock.waits("2026-03-06T18:00")
    assert clock.goes_on("2026-03-09T08:30") == at("2026-03-09T11:30")
    never_waited = Clock(hours(4), HOURS, at("2026-03-06T17:00"))
    assert never_waited.due_at == at("2026-03-09T11:30")


def test_time_used_up_at_the_close_of_business_ends_there_and_not_at_the_next_opening() -> None:
    clock = Clock(hours(4), HOURS, at("2026-03-02T08:30"))
    clock.waits("2026-03-02T10:00")
    assert clock.goes_on("2026-03-02T15:30") == at("2026-03-02T18:00")
    clock.waits("2026-03-02T17:00")
    assert clock.goes_on("2026-03-02T19:00") == at("2026-03-03T09:30")


def test_a_reopened_case_goes_on_with_what_its_clock_had_left() -> None:
    clock = Clock(hours(24), CONTINUOUS, at("2026-03-02T09:00"))
    clock.ends("2026-03-02T15:00")
    assert clock.state("2026-03-05T09:00") == (False, True, hours(6), hours(18), None, "", False, False)
    assert clock.goes_on("2026-03-06T09:00") == at("2026-03-07T03:00")
    assert clock.events[-1].what == "restarted"


def test_the_past_is_told_as_it_was() -> None:
    clock = Clock(hours(4), CONTINUOUS, at("2026-03-02T09:00"))
    clock.waits("2026-03-02T10:00")
    clock.goes_on("2026-03-02T11:00")
    clock.ends("2026-03-02T15:00")
    assert clock.state("2026-03-02T08:59") is None
    assert clock.state("2026-03-02T09:30") == (
        True,
        False,
        hours(0.5),
        hours(3.5),
        at("2026-03-02T13:00"),
        "",
        False,
        False,
    )
    waiting = clock.state("2026-03-02T10:30")
    assert waiting is not None
    assert (waiting.running, waiting.ended, waiting.waiting_for, waiting.left) == (
        False,
        False,
        "customer",
        hours(3),
    )
    for when, late in (("14:00", False), ("14:01", True), ("15:00", True), ("23:00", True)):
        state = clock.state(f"2026-03-02T{when}")
        assert state is not None
        assert state.late == late, when


def test_a_clock_that_is_late_stays_late_while_it_waits_and_is_due_at_once_when_it_goes_on() -> None:
    clock = Clock(hours(1), HOURS, at("2026-03-02T17:00"))
    clock.waits("2026-03-02T19:00")  # nothing has counted since it was due at 18:00
    state = clock.state("2026-03-03T10:00")
    assert state is not None
    assert (state.late, state.left) == (True, timedelta())
    assert clock.goes_on("2026-03-03T11:00") == at("2026-03-03T11:00")


def test_a_clock_that_waits_for_something_else_keeps_the_time_it_had() -> None:
    clock = Clock(hours(4), CONTINUOUS, at("2026-03-02T09:00"))
    clock.waits("2026-03-02T10:00")
    clock.waits("2026-03-02T12:00", "force_majeure")
    state = clock.state("2026-03-02T13:00")
    assert state is not None
    assert (state.used, state.waiting_for) == (hours(1), "force_majeure")


@pytest.mark.parametrize(
    ("whole", "measure", "due"),
    [
        (hours(16), DAYS, "2026-03-04T18:00"),  # a stricter card: three working days become two
        (hours(1), HOURS, "2026-03-03T10:00"),  # less than was used: due at once, never before
        (hours(32), DAYS._replace(hours="09:00-17:00"), "2026-03-06T16:30"),
        (hours(16), CONTINUOUS, "2026-03-03T10:00"),  # 25 hours have run
        (hours(48), CONTINUOUS, "2026-03-04T09:00"),
    ],
)
def test_a_recount_keeps_what_was_used_and_counts_anew_only_what_is_left(whole, measure, due) -> None:
    clock = Clock(hours(24), DAYS, at("2026-03-02T09:00"))
    assert clock.due_at == at("2026-03-05T18:00")
    event = clock.recounted("2026-03-03T10:00", whole, measure)
    assert event.used == (hours(25) if measure == CONTINUOUS else hours(1.5))
    assert event.due_at == at(due)
    assert clock.state("2026-03-03T10:00").due_at == at("2026-03-05T18:00")  # type: ignore[union-attr]


def test_hours_that_become_working_days_are_counted_again_without_the_waiting() -> None:
    clock = Clock(hours(48), CONTINUOUS, at("2026-03-02T09:00"))
    clock.waits("2026-03-03T09:30")
    clock.goes_on("2026-03-03T15:00")
    event = clock.recounted("2026-03-04T09:00", hours(16), DAYS)
    assert event.used == hours(1 + 3 + 0.5)  # nothing on the 2nd, the day of opening
    clock.waits("2026-03-04T09:00", "third_party")
    event = clock.recounted("2026-03-05T09:00", hours(16), DAYS)
    assert (event.used, event.due_at, event.reason) == (hours(4.5), None, "third_party")


def test_what_an_older_calendar_counted_stays_when_a_day_turns_out_to_be_free() -> None:
    clock = Clock(
        hours(16), DAYS, at("2027-02-03T10:00")
    )  # a year that is not out: weekdays are taken for worked
    out = replace(CALENDARS["china"], last_year=2027, days_off=frozenset({date(2027, 2, 5).toordinal()}))
    event = clocks.recount(
        clock.events[-1], at=at("2027-02-05T10:00"), new_whole=hours(16), new_measure=DAYS, old_measure=DAYS, past=(),
        calendars={"china": out}, old_calendars=CALENDARS, started_at=clock.started_at,
    )  # fmt: skip
    assert (event.used, event.due_at) == (hours(8 + 1.5), at("2027-02-08T16:30"))


def test_stretches_of_running_leave_out_the_waiting_and_what_came_later() -> None:
    clock = Clock(hours(48), CONTINUOUS, at("2026-03-02T09:00"))
    clock.waits("2026-03-02T10:00")
    clock.goes_on("2026-03-02T11:00")
    first, second = (at("2026-03-02T09:00"), at("2026-03-02T10:00")), at("2026-03-02T11:00")
    assert clocks.running_spans(clock.events, until=at("2026-03-02T12:00")) == (
        first,
        (second, at("2026-03-02T12:00")),
    )
    assert clocks.running_spans(clock.events, until=at("2026-03-02T10:30")) == (first,)
    assert clocks.running_spans(clock.events, until=at("2026-03-02T08:00")) == ()


def test_a_clock_stands_still_only_for_what_its_row_names() -> None:
    assert clocks.stands_still_for(("customer", "force_majeure"), "customer")
    assert not clocks.stands_still_for(("customer",), "third_party")
    assert not clocks.stands_still_for((), "customer")


def test_people_are_warned_before_at_and_after_the_due_time_in_the_clocks_own_time() -> None:
    shares = clocks.warning_shares(shipped_edition())
    assert shares == (Fraction(3, 4), Fraction(1), Fraction(3, 2))
    clock = Clock(hours(8), HOURS, at("2026-03-06T13:30"))  # Friday afternoon
    told = {
        **clock.told(),
        "at": clock.started_at,
        "used": timedelta(),
        "whole": clock.whole,
        "shares": shares,
    }
    assert clocks.warning_instants(**told) == (
        at("2026-03-09T10:00"),
        at("2026-03-09T12:00"),
        at("2026-03-09T17:30"),
    )
    late = {**told, "at": at("2026-03-09T15:30"), "used": hours(10)}
    assert clocks.warning_instants(**late) == (
        at("2026-03-09T15:30"),
        at("2026-03-09T15:30"),
        at("2026-03-09T17:30"),
    )


def test_a_share_that_ends_within_a_microsecond_warns_when_it_has_been_used_and_not_before() -> None:
    clock = Clock(timedelta(microseconds=100), CONTINUOUS, at("2026-03-02T09:00"))
    told = {**clock.told(), "at": clock.started_at, "used": timedelta(), "whole": clock.whole}
    found = clocks.warning_instants(**told, shares=[Fraction(1, 3), Fraction(2, 3)])
    assert found == tuple(at(f"2026-03-02T09:00:00.0000{tick}") for tick in (34, 67))


def test_what_goes_back_in_time_or_has_ended_is_refused() -> None:
    clock = Clock(hours(4), CONTINUOUS, at("2026-03-02T09:00"))
    with pytest.raises(ValueError, match="before the last event"):
        clock.waits("2026-03-02T08:59")
    with pytest.raises(ValueError, match="has not stood still"):
        clock.goes_on("2026-03-02T09:30")
    with pytest.raises(ValueError, match="not as 'kept'"):
        clock.ends("2026-03-02T09:30", "kept")
    clock.ends("2026-03-02T10:00", "cancelled")
    with pytest.raises(ValueError, match="before the last event"):
        clock.goes_on("2026-03-02T09:59")
    for act in (clock.waits, clock.ends, lambda when: clock.recounted(when, hours(9), CONTINUOUS)):
        with pytest.raises(ValueError, match="was cancelled"):
            act("2026-03-02T11:00")
    with pytest.raises(ValueError, match="has no offset"):
        clocks.start(
            whole=hours(1), measure=CONTINUOUS, calendars=CALENDARS, started_at=datetime(2026, 3, 2)  # noqa: DTZ001
        )  # fmt: skip


@pytest.mark.parametrize(
    "spans",
    [
        [("2026-03-02T09:00", "2026-03-02T10:00"), ("2026-03-02T09:30", "2026-03-02T11:00")],
        [("2026-03-02T09:00", "2026-03-02T13:00")],
        [("2026-03-02T11:00", "2026-03-02T10:00")],
    ],
)
def test_stretches_that_would_count_twice_are_refused(spans) -> None:
    last = Clock(hours(4), CONTINUOUS, at("2026-03-02T09:00")).events[-1]
    with pytest.raises(ValueError, match=r"not in order|backwards"):
        clocks.recount(
            last, at=at("2026-03-02T12:00"), new_whole=hours(8), new_measure=DAYS, old_measure=CONTINUOUS,
            past=[(at(start), at(end)) for start, end in spans], calendars=CALENDARS, started_at=last.at,
        )  # fmt: skip


def test_no_calendar_is_guessed_before_its_first_year_nor_past_the_end_of_time() -> None:
    for measure in (DAYS, HOURS):
        with pytest.raises(OutsideDates, match="begins with 2004"):
            Clock(hours(1), measure, at("2003-12-30T12:00"))
        with pytest.raises(OverflowError):
            Clock(hours(999), measure, at("9999-12-28T12:00"))


def test_the_summer_time_of_a_server_changes_nothing() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begun = datetime(2026, 3, 28, 23, tzinfo=berlin)  # the night in which Berlin loses an hour
    told = {"measure": CONTINUOUS, "calendars": CALENDARS, "started_at": begun}
    event = clocks.start(whole=hours(10), **told)
    assert event.due_at == begun.astimezone(BEIJING) + hours(10)
    paused = clocks.pause(event, at=datetime(2026, 3, 29, 8, tzinfo=berlin), reason="customer", **told)
    assert paused.used == hours(8)


def test_nothing_left_is_due_now_and_provisional_where_the_year_is_not_out() -> None:
    for measure in (CONTINUOUS, DAYS, HOURS):
        for when, year_is_out in (("2026-03-07T10:00", True), ("2027-03-06T10:00", False)):
            due = clocks.due_after(
                measure, calendars=CALENDARS, started_at=at(when), at=at(when), left=hours(-1)
            )
            assert due == (at(when), measure != CONTINUOUS and not year_is_out)


# --- parameters --------------------------------------------------------------------------------------


def test_a_company_chooses_when_to_warn() -> None:
    turned = load_edition(parameters={"warn_before_percent": 60, "warn_after_percent": 300})
    assert clocks.warning_shares(turned) == (Fraction(3, 5), 1, 3)
    silent = replace(turned, parameters={})  # as of a folder that does not say it
    assert clocks.warning_shares(silent) == (Fraction(3, 4), 1, Fraction(3, 2))
    assert not [warning for warning in review(turned) if warning.code == "unused"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("warn_before_percent", 0),
        ("warn_before_percent", 100),
        ("warn_before_percent", 62.5),
        ("warn_before_percent", True),
        ("warn_after_percent", 100),
        ("warn_after_percent", 1001),
        ("warn_after_percent", "150"),
    ],
)
def test_a_share_that_makes_no_warning_refuses_the_edition(name, value) -> None:
    with pytest.raises(StandardRefused) as error:
        load_edition(parameters={name: value})
    (problem,) = error.value.problems
    assert (problem.clause, problem.file) == ("MGR-10", "account-managers/parameters.yaml")
    assert name in problem.message
    assert problem.line
    assert "whole number from" in problem.message


def test_a_limit_of_working_days_is_that_many_days_of_business() -> None:
    short = DAYS._replace(hours="09:00-11:30")
    for limit, measure, whole in (
        (Limit("working_days", 3), DAYS, hours(24)),
        (Limit("working_days", 3), short, hours(7.5)),
        (Limit("working_hours", 3), short, hours(3)),
        (Limit("minutes", 30), CONTINUOUS, hours(0.5)),
        (Limit("days", 2), CONTINUOUS, hours(48)),
    ):
        assert clocks.whole_time(limit, measure, calendars=CALENDARS) == whole
