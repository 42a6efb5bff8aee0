"""Moments agree with what `upheld ask churn` answers; a day's actions are shared out fairly, and none is lost."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.churn import churn_of
from upheld.policy.editions import shipped_edition
from upheld.policy.kinds.churn import URGENCIES
from upheld.policy.moments import (
    USUAL,
    Waiting,
    moment_terms,
    moments_found,
    period_of,
    screen_of,
    shared_out,
)

DAY = date(2026, 3, 4)
RATIO = st.decimals(0, 9, places=2)
SUBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "calls_forwarded_to_rival": st.booleans(),
        "spend_drop_ratio": RATIO,
        "plan_use_ratio": RATIO,
        "bill_over_mean_ratio": RATIO,
        "contract_days_left": st.integers(-40, 90),
        "porting_query": st.booleans(),
    },
)
KNOWN = (
    "calls_forwarded_to_rival",
    "spend_drop_ratio",
    "plan_use_ratio",
    "bill_over_mean_ratio",
    "contract_days_left",
)
WAITING = st.builds(
    Waiting,
    id=st.integers(1, 10**6),
    employee=st.none() | st.integers(1, 4),
    urgency=st.sampled_from(URGENCIES),
    rank=st.integers(1, 6),
    found_on=st.dates(DAY - timedelta(days=9), DAY),
    score=st.integers(0, 1000),
)


@settings(deadline=None)
@given(SUBJECTS)
def test_what_is_sent_is_what_the_contract_answers_with_reasons_beside(subject) -> None:
    edition = shipped_edition()
    found = moments_found(edition=edition, subject=subject, as_of=DAY)
    answered = churn_of(edition=edition, subject=subject, as_of=DAY).moments
    assert [(one.moment, one.dispatch, one.clause) for one in found] == [tuple(one) for one in answered]
    for one in found:
        assert one.reasons
        assert all(subject[fact] == value for fact, value in one.reasons)
        assert one.standard == one.clause.partition("-")[0]


@settings(deadline=None)
@given(SUBJECTS, st.sampled_from(("A", "D")))
def test_the_quick_test_lets_everybody_through_who_is_in_a_moment(subject, group_class) -> None:
    edition = shipped_edition()
    passes = screen_of(edition=edition, as_of=DAY, known=frozenset(KNOWN))
    whole = {**subject, "group_class": group_class}
    found = moments_found(edition=edition, subject=whole, as_of=DAY)
    # The shipped rows look at these facts alone, so that the quick test is the very answer.
    assert passes(subject) == bool(found)


@settings(deadline=None)
@given(st.lists(WAITING, unique_by=lambda one: one.id, max_size=40), st.integers(0, 5), st.integers(0, 9))
def test_nobody_gets_more_than_there_is_room_for_and_nothing_less_urgent_goes_before(
    waiting, a_day, a_week
) -> None:
    terms = USUAL._replace(a_day=a_day, a_week=a_week)
    today = {1: 1, 2: 0}
    week = {1: 2, 2: 3}
    sent = shared_out(waiting, terms=terms, sent_today=today, sent_this_week=week)
    assert len({one.id for one in sent}) == len(sent)
    assert set(sent) <= set(waiting)
    counts = Counter(one.employee for one in sent)
    for employee in range(1, 5):
        room = max(min(a_day - today.get(employee, 0), a_week - week.get(employee, 0)), 0)
        theirs = sorted((one for one in waiting if one.employee == employee), key=lambda one: one.place)
        # Just the most urgent ones of theirs, and as many as there is room for.
        assert [one for one in sent if one.employee == employee] == theirs[:room]
        assert counts[employee] == min(room, len(theirs))
    assert counts[None] == 0


@given(st.sampled_from(("day", "week", "month")), st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_periods_hold_their_day_and_follow_each_other_without_a_gap(dispatch, day) -> None:
    first, last = period_of(dispatch, day)
    assert first <= day <= last
    assert period_of(dispatch, first) == period_of(dispatch, last) == (first, last)
    following, _ = period_of(dispatch, last + timedelta(days=1))
    assert following == last + timedelta(days=1)
    if dispatch == "week":
        assert (first.weekday(), last.weekday()) == (0, 6)
    with pytest.raises(ValueError, match="is not one of"):
        period_of("year", day)


def test_the_shipped_terms_are_those_of_the_parameters() -> None:
    terms = moment_terms(shipped_edition())
    assert (terms.a_day, terms.a_week, terms.again_after_days) == (12, 40, 30)
    assert (terms.signals_hold_days, terms.contact_cost_fen, terms.offer_cost_fen) == (31, 600, 5000)


def test_who_asked_about_porting_is_still_in_a_moment() -> None:
    subject = {"porting_query": True, "spend_drop_ratio": Decimal("0.5")}
    assert [one.moment for one in moments_found(edition=shipped_edition(), subject=subject, as_of=DAY)] == [
        "spend_dropping"
    ]
