"""Suggested days: inside the window, on a working day, and no day fuller than it has to be."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from upheld.policy.day_spread import least_level, level_out, spread_days

MONDAY = date(2026, 3, 2)


def on_weekdays(day: date) -> bool:
    return day.weekday() < 5


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def test_twenty_visits_of_a_month_are_one_for_each_working_day() -> None:
    windows = [(date(2026, 3, 1), date(2026, 3, 31))] * 22
    chosen = spread_days(windows=windows, load={}, is_working=on_weekdays, first_day=date(2026, 3, 1))
    assert chosen == sorted(one for one in map(day, range(30)) if one.weekday() < 5 and one.month == 3)


def test_what_is_fixed_stays_and_the_rest_keeps_out_of_its_way() -> None:
    chosen = spread_days(
        windows=[(day(0), day(4))] * 4, load={day(1): 5}, is_working=on_weekdays, first_day=day(0)
    )
    assert chosen == [day(0), day(2), day(3), day(4)]


def test_a_short_window_moves_the_long_ones_aside() -> None:
    windows = [(day(0), day(4))] * 4 + [(day(2), day(2))]
    chosen = spread_days(windows=windows, load={}, is_working=on_weekdays, first_day=day(0))
    assert chosen[4] == day(2)
    assert sorted(chosen) == [day(number) for number in range(5)]


def test_a_window_without_a_working_day_is_met_on_its_days_off() -> None:
    chosen = spread_days(
        windows=[(day(5), day(6))] * 2 + [(day(4), day(6))],
        load={},
        is_working=on_weekdays,
        first_day=day(0),
    )
    assert chosen == [day(5), day(6), day(4)]


def test_nothing_is_put_on_a_day_that_has_passed() -> None:
    assert spread_days(windows=[(day(0), day(2))] * 2, load={}, is_working=on_weekdays, first_day=day(2)) == [
        day(2),
        day(2),
    ]


SPANS = st.integers(0, 4).flatmap(lambda first: st.tuples(st.just(first), st.integers(first, 4)))


@given(st.lists(SPANS, min_size=1, max_size=5), st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_no_day_is_fuller_than_the_best_of_all_choices(spans: list[tuple[int, int]], base: list[int]) -> None:
    best = None
    for choice in product(*(range(first, last + 1) for first, last in spans)):
        highest = max(base[place] + choice.count(place) for place in set(choice))
        best = highest if best is None else min(best, highest)
    asked = {span: spans.count(span) for span in spans}
    assert least_level(asked, base) == best
    added = [0] * 5
    for (first, last), share in level_out(asked, base).items():
        assert len(share) == last - first + 1
        assert sum(share) == asked[first, last]
        for place, number in enumerate(share):
            assert number >= 0
            added[first + place] += number
    assert max(base[place] + added[place] for place in range(5) if added[place]) == best


WINDOWS = st.integers(0, 60).flatmap(
    lambda first: st.tuples(st.just(day(first)), st.integers(first, first + 40).map(day))
)


@given(
    st.lists(WINDOWS, max_size=60),
    st.dictionaries(st.integers(0, 100).map(day), st.integers(1, 9), max_size=10),
    st.integers(0, 30).map(day),
    st.randoms(use_true_random=False),
)
def test_every_day_lies_in_its_window_and_is_worked_where_one_is(windows, load, first_day, chance) -> None:
    windows = [window for window in windows if window[1] >= first_day]
    chosen = spread_days(windows=windows, load=load, is_working=on_weekdays, first_day=first_day)
    assert len(chosen) == len(windows)
    for (begins, due), one in zip(windows, chosen, strict=True):
        open_days = [
            day for n in range((due - begins).days + 1) if (day := begins + timedelta(n)) >= first_day
        ]
        assert one in open_days
        assert on_weekdays(one) or not any(map(on_weekdays, open_days))
    # The order in which they are asked for changes nothing about how full the days are.
    shuffled = chance.sample(windows, len(windows))
    again = spread_days(windows=shuffled, load=load, is_working=on_weekdays, first_day=first_day)
    assert sorted(again) == sorted(chosen)
