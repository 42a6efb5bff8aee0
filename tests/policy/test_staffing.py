"""Counting answers in time, and the days that a day to come is expected to be like."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.call_forecast import SLOTS, DayOfCalls, days_that_may_count, forecast_of
from upheld.policy.editions import shipped_edition
from upheld.policy.problems import BadFacts, OutsideDates
from upheld.policy.questions import answerer
from upheld.policy.queued_calls import QueuedCall, read_calls
from upheld.policy.staffing import AnswerRate, AnswerRule, answer_rules, merge_stays, rate_by, tally_of

DAY = date(2026, 3, 2)
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
CHINA = shipped_edition().calendars["china"]


def ask(*calls: dict, as_of: date = DAY) -> dict[str, dict]:
    found = answerer("staffing")(shipped_edition(), {"calls": list(calls)}, as_of)
    return {rate["clause"]: rate for rate in found["rates"]}


def call(waited: float, end: str = "answered", **more: object) -> dict:
    return {"entered_at": "2026-03-02T09:00:00+08:00", "waited_seconds": waited, "end": end, **more}


def test_both_clauses_are_counted_of_the_same_calls() -> None:
    found = ask(call(10), call(18), call(25), call(3, "abandoned"))
    keys = ("within_seconds", "answered_within", "asked")
    counted = {clause: tuple(rate[key] for key in keys) for clause, rate in found.items()}
    assert counted == {"CT-21": (20, 2, 4), "LAW-5": (15, 1, 4)}
    assert found["CT-21"]["rate"] == "0.500000"


def test_a_share_is_held_against_its_target_by_whole_numbers() -> None:
    """One call short of 78 % in ten million is shown as 78 %, and missed all the same."""
    rule = AnswerRule("X-1", 20, 78, leaves_out_early=False, counts_once=True)
    short = AnswerRate(rule, 10_000_000, 7_799_999)
    assert (str(short.rate), short.met) == ("0.780000", False)
    assert AnswerRate(rule, 50, 39).met is True
    assert AnswerRate(rule, 0, 0).met is None


def test_every_bad_fact_is_named_at_once() -> None:
    with pytest.raises(BadFacts) as wrong:
        ask(
            {"entered_at": "yesterday", "waited_seconds": -1, "end": "lost", "queue": "x"},
            call(3, call=""),
            {},
            "a call",  # type: ignore[arg-type]
        )
    said = "\n".join(wrong.value.messages)
    for part in (
        "[0].entered_at",
        "[0].waited_seconds",
        "[0].end",
        "[0].queue",
        "[1].call",
        "[2].entered_at",
        "[3]",
    ):
        assert f"calls{part}" in said
    with pytest.raises(BadFacts, match="calls: is missing"):
        answerer("staffing")(shipped_edition(), {}, DAY)


def test_outside_its_dates_a_standard_refuses() -> None:
    with pytest.raises(OutsideDates):
        ask(call(1), as_of=date(1999, 1, 1))


STAYS = st.lists(
    st.tuples(
        st.sampled_from([None, "a", "b", "c"]),
        st.integers(0, 100),
        st.integers(0, 40_000),
        st.sampled_from(["answered", "abandoned", "left_queue"]),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(STAYS, st.integers(1, 40), st.booleans(), st.booleans())
def test_counting_agrees_with_a_walk_over_each_call(stays, limit: int, leaves_out: bool, once: bool) -> None:
    """The oracle goes through each caller's time millisecond by moment: when first asked, whether answered by then."""
    calls = [QueuedCall(name, NINE + timedelta(seconds=at), ms, end) for name, at, ms, end in stays]
    groups: dict[object, list] = {}
    for number, (name, at, ms, end) in enumerate(stays):
        groups.setdefault(name if once and name else number, []).append((at * 1000, at * 1000 + ms, end))
    asked = answered = 0
    for of_call in groups.values():
        first = min(begin for begin, _, _ in of_call)
        answers = [over for _, over, end in of_call if end == "answered"]
        if answers:
            asked += 1
            answered += min(answers) - first <= limit * 1000
            continue
        over = max(over for _, over, _ in of_call)
        ends = {end for _, until, end in of_call if until == over}
        if len(ends) > 1:
            return  # two ends at one instant: which one was last is not told
        asked += not (leaves_out and ends == {"abandoned"} and over - first <= limit * 1000)
    rule = AnswerRule("X-1", limit, None, leaves_out_early=leaves_out, counts_once=once)
    found = rate_by(rule, tally_of(merge_stays(calls) if once else calls, limit))
    assert (found.asked, found.answered_within) == (asked, answered)
    if asked:
        assert abs(Fraction(str(found.rate)) - Fraction(answered, asked)) <= Fraction(1, 2_000_000)
    else:
        assert found.rate is None


def test_calls_that_are_read_already_are_taken_as_they_are() -> None:
    stays = (QueuedCall("a", NINE, 5_000, "answered"),)
    assert read_calls(stays) == stays
    assert [rule.clause for rule in answer_rules(edition=shipped_edition(), as_of=DAY)] == ["CT-21", "LAW-5"]


# --- the days to come ---------------------------------------------------------------------------------------


def day_of(asked: int, *, slot: int = 18, talks: int = 0, seconds: float = 0.0) -> DayOfCalls:
    def only(value: float) -> list:
        return [value if place == slot else 0 for place in range(SLOTS)]

    return DayOfCalls(only(asked), only(talks), only(seconds))


def history_of(first: date, last: date) -> dict[date, DayOfCalls]:
    """Every day has as many calls at nine as its day of the year."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day: day_of(day.timetuple().tm_yday) for day in days}


def expected(*days: date) -> float:
    return sum(day.timetuple().tm_yday for day in days) / len(days)


def test_a_working_day_is_expected_to_be_like_the_same_weekdays_before_it_without_holidays() -> None:
    thursday = date(2026, 6, 25)
    found = forecast_of(
        day=thursday, history=history_of(date(2026, 3, 1), date(2026, 6, 24)), calendar=CHINA, weeks=8
    )
    assert found.basis == "weekday"
    assert not found.is_provisional
    like = [thursday - timedelta(weeks=n) for n in range(1, 9)]
    assert found.days == tuple(sorted(like))
    friday = forecast_of(
        day=date(2026, 6, 26),
        history=history_of(date(2026, 3, 1), date(2026, 6, 25)),
        calendar=CHINA,
        weeks=8,
    )
    assert date(2026, 6, 19) not in friday.days  # Dragon Boat
    assert date(2026, 5, 1) not in friday.days  # Labour Day
    assert len(friday.days) == 6
    assert friday.calls[18] == pytest.approx(expected(*friday.days))
    assert friday.total == friday.calls[18]


def test_a_festival_is_expected_to_be_like_the_holidays_before_it() -> None:
    found = forecast_of(
        day=date(2026, 9, 25),
        history=history_of(date(2026, 4, 1), date(2026, 9, 24)),
        calendar=CHINA,
        weeks=4,
    )
    assert found.basis == "holiday"
    assert found.days == (date(2026, 5, 5), date(2026, 6, 19), date(2026, 6, 20), date(2026, 6, 21))


def test_a_festival_without_any_before_it_is_expected_to_be_like_sundays() -> None:
    found = forecast_of(
        day=date(2026, 9, 25),
        history=history_of(date(2026, 8, 20), date(2026, 9, 24)),
        calendar=CHINA,
        weeks=4,
    )
    assert found.basis == "sunday"
    # The Sunday of 20 September is worked to make up.
    assert found.days == (date(2026, 8, 30), date(2026, 9, 6), date(2026, 9, 13))


def test_a_weekend_that_is_worked_is_expected_to_be_like_working_days() -> None:
    found = forecast_of(
        day=date(2026, 9, 20),
        history=history_of(date(2026, 9, 1), date(2026, 9, 19)),
        calendar=CHINA,
        weeks=1,
    )
    assert found.basis == "working_day"
    assert found.days == tuple(date(2026, 9, n) for n in (14, 15, 16, 17, 18))


def test_beyond_the_announced_years_a_forecast_says_that_it_is_provisional() -> None:
    found = forecast_of(
        day=date(2027, 1, 1),
        history=history_of(date(2026, 11, 1), date(2026, 12, 31)),
        calendar=CHINA,
        weeks=2,
    )
    assert found.is_provisional
    assert (found.basis, found.days) == ("weekday", (date(2026, 12, 18), date(2026, 12, 25)))


def test_days_without_a_call_count_for_nothing_and_without_any_history_there_is_nothing() -> None:
    day = date(2026, 6, 25)
    history = {date(2026, 6, 11): day_of(10), date(2026, 6, 18): day_of(0), day: day_of(99)}
    found = forecast_of(day=day, history=history, calendar=CHINA)
    assert (found.days, found.calls[18]) == ((date(2026, 6, 11),), 10)
    nothing = forecast_of(day=day, history={}, calendar=CHINA)
    assert (nothing.basis, nothing.total, set(nothing.talk_seconds)) == ("nothing", 0, {None})


def test_the_talk_of_a_half_hour_is_its_own_where_there_are_enough_and_the_days_where_not() -> None:
    day = date(2026, 6, 25)
    talks, seconds = [0] * SLOTS, [0.0] * SLOTS
    talks[18], seconds[18] = 30, 30 * 100.0
    talks[19], seconds[19] = 10, 10 * 500.0
    history = {date(2026, 6, 18): DayOfCalls(talks, talks, seconds)}
    found = forecast_of(day=day, history=history, calendar=CHINA)
    assert found.talk_seconds[18] == 100
    assert found.talk_seconds[19] == found.talk_seconds[0] == (3_000 + 5_000) / 40


@pytest.mark.parametrize("day", [date(2026, 6, 25), date(2026, 9, 25), date(2026, 9, 20), date(2026, 10, 1)])
def test_only_days_that_may_count_need_to_be_known(day: date) -> None:
    whole = history_of(day - timedelta(days=500), day - timedelta(days=1))
    few = {past: whole[past] for past in days_that_may_count(day=day, calendar=CHINA)}
    assert forecast_of(day=day, history=few, calendar=CHINA) == forecast_of(
        day=day, history=whole, calendar=CHINA
    )
    assert len(few) < 60
