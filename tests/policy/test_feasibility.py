"""Feasibility: shares of windows, whole contacts, and a keeping that a slow oracle does one contact at a time."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upheld.policy.contacts import ContactOwed, promises_of
from upheld.policy.editions import shipped_edition
from upheld.policy.feasibility import (
    USUAL,
    Effort,
    Month,
    Need,
    Owed,
    Pool,
    effort_of,
    feasible,
    needs_of,
    people_missing,
    share_of_month,
)

DECEMBER = Month(date(2026, 12, 1), date(2027, 1, 1), date(2026, 11, 20))
TEAM, PHONES, NOBODY = Pool(1, "account_manager"), Pool(1, "phone_manager"), Pool(None, "account_manager")


def weekdays(ordinal):
    return (ordinal - 1) % 7 < 5


def every_day(ordinal):
    return True


def share(begins, due, month=DECEMBER, is_working=every_day):
    return share_of_month(begins, due, month=month, is_working=is_working)


def test_a_window_within_the_month_falls_on_it_whole_and_one_that_is_past_not_at_all():
    assert share(date(2026, 12, 1), date(2026, 12, 31)) == 1
    assert share(date(2026, 12, 24), date(2026, 12, 24)) == 1
    assert share(date(2026, 10, 1), date(2026, 11, 30)) == 0
    assert share(date(2027, 1, 1), date(2027, 1, 31)) == 0


def test_a_window_that_was_over_before_today_leaves_nothing_to_the_month_that_runs():
    november = Month(date(2026, 11, 1), date(2026, 12, 1), date(2026, 11, 20))
    assert share(date(2026, 11, 2), date(2026, 11, 4), november) == 0
    assert share(date(2026, 11, 2), date(2026, 11, 19), november) == 0
    assert share(date(2026, 11, 2), date(2026, 11, 20), november) == 1


def test_what_may_be_done_before_and_after_is_not_laid_on_the_month_alone():
    # From the 20th of November on, 11 days are left before December and 31 in it.
    assert share(date(2026, 10, 1), date(2026, 12, 31)) == Fraction(31, 42)
    assert share(date(2026, 12, 1), date(2027, 1, 31)) == Fraction(31, 62)
    # By working days: 7 in November, 23 in December.
    assert share(date(2026, 10, 1), date(2026, 12, 31), is_working=weekdays) == Fraction(23, 30)


def test_a_weekend_has_no_working_day_and_counts_by_its_days():
    assert share(date(2026, 12, 5), date(2026, 12, 6), is_working=weekdays) == 1
    assert share(date(2027, 1, 2), date(2027, 1, 3), is_working=weekdays) == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    begins=st.dates(date(2026, 6, 1), date(2027, 6, 1)),
    days=st.integers(1, 400),
    today=st.dates(date(2026, 6, 1), date(2026, 12, 1)),
)
def test_the_months_of_a_window_make_up_the_whole_of_what_is_left(begins, days, today):
    due = begins + timedelta(days=days - 1)
    firsts = [date(y, m, 1) for y in (2026, 2027, 2028) for m in range(1, 13)]
    shares = [share(begins, due, Month(one, nxt, today), weekdays) for one, nxt in pairwise(firsts)]
    assert sum(shares) == (1 if due >= today else 0)
    assert all(0 <= one <= 1 for one in shares)


def test_contacts_are_whole_and_minutes_are_the_companys_own_with_the_way():
    effort = Effort({"visit": 60, "call": 15, "other": 9}, travel=40, day_minutes=480, percent=70)
    owed = [
        Owed(TEAM, "KEY-5", "visit", date(2026, 12, 1), date(2027, 1, 31), 3),  # one and a half
        Owed(TEAM, "KEY-5", "call", date(2026, 12, 1), date(2026, 12, 31), 4),
        Owed(TEAM, "KEY-5", "unheard_of", date(2026, 12, 1), date(2026, 12, 31), 1),
        Owed(TEAM, "KEY-5", "call", date(2026, 10, 1), date(2026, 10, 31), 9),
    ]
    found = {one.action: one for one in needs_of(owed, month=DECEMBER, effort=effort, is_working=every_day)}
    assert {name: (one.contacts, one.each) for name, one in found.items()} == {
        "visit": (2, 100),
        "call": (4, 15),
        "unheard_of": (1, 9),
    }
    assert effort.of_days(21) == 21 * 480 * 70 // 100
    twice = needs_of(
        owed, month=DECEMBER, effort=effort, is_working=every_day, cadence={"KEY-5": Fraction(2)}
    )
    assert {one.action: one.contacts for one in twice} == {"visit": 3, "call": 8, "unheard_of": 2}


@pytest.mark.parametrize("per", ["month", "quarter", "half_year", "year"])
@pytest.mark.parametrize("times", [2, 3, 6])
def test_a_changed_cadence_comes_to_what_the_policy_would_plan_anew(per, times):
    """What the factor makes of the plan is held against the plan of a standard that says so, month by month."""
    edition, begin, end = shipped_edition(), date(2026, 1, 1), date(2027, 1, 1)
    effort = effort_of(edition)

    def year(number):
        owed = ContactOwed("visit", number, per, None, "KEY-5")
        planned = promises_of(edition, owed, {}, begin, end)
        return [Owed(TEAM, "KEY-5", "visit", one.from_date, one.due_date, 1_000) for one in planned]

    for first in range(1, 13):
        month = Month(date(2026, first, 1), date(2026 + first // 12, first % 12 + 1, 1), begin)
        by_factor = needs_of(year(1), month=month, effort=effort, is_working=every_day,
                             cadence={"KEY-5": Fraction(times)})  # fmt: skip
        anew = needs_of(year(times), month=month, effort=effort, is_working=every_day)
        factor, planned = sum(one.contacts for one in by_factor), sum(one.contacts for one in anew)
        # Windows begin and end on whole days, so that the parts of a period differ by a day at most.
        assert abs(factor - planned) <= 1_000 * times * Fraction(2, 28), (month, factor, planned)


# --- An oracle: one contact after another, none looked at twice ---


def one_by_one(needs, supply, order, first):
    left, kept = dict(supply), Counter()
    contacts = [
        ((one.clause not in first, order.index(one.clause)), one.each, one.action, one.pool, one.clause)
        for one in needs
        for _ in range(one.contacts)
    ]
    for _, each, action, pool, clause in sorted(contacts, key=lambda one: (one[0], one[1], one[2])):
        if left.get(pool, 0) >= each:
            left[pool] = left.get(pool, 0) - each
            kept[pool, clause, action] += 1
    return kept


CLAUSES = ["CARE-1", "CT-42", "KEY-5", "KEY-6"]
needs = st.lists(
    st.builds(
        Need,
        pool=st.sampled_from([TEAM, PHONES, NOBODY]),
        clause=st.sampled_from(CLAUSES),
        action=st.sampled_from(["visit", "call", "sms"]),
        contacts=st.integers(1, 30),
        each=st.integers(0, 90),
    ),
    max_size=12,
    unique_by=lambda one: (one.pool, one.clause, one.action),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(needs=needs, team=st.integers(0, 3_000), phones=st.integers(0, 900), order=st.permutations(CLAUSES),
       first=st.sets(st.sampled_from(CLAUSES), max_size=2))  # fmt: skip
def test_what_is_kept_is_what_one_contact_after_another_would_keep(needs, team, phones, order, first):
    supply = {TEAM: team, PHONES: phones}
    found, slow = (
        feasible(needs, supply=supply, order=order, first=first),
        one_by_one(needs, supply, order, first),
    )
    for clause in CLAUSES:
        there = found.clauses.get(clause)
        kept = sum(number for (_, one, _), number in slow.items() if one == clause)
        assert (there.kept_contacts if there else 0) == kept
    for pool in (TEAM, PHONES, NOBODY):
        used = sum(one.each * slow[one.pool, one.clause, one.action] for one in needs if one.pool == pool)
        assert used <= supply.get(pool, 0)
        assert (found.pools[pool].kept_minutes if pool in found.pools else 0) == used
    owed = sum(one.minutes for one in needs)
    assert found.short_minutes == owed - sum(one.kept_minutes for one in found.pools.values())
    assert all(part.can_be_kept == (part.short_contacts == 0) for part in found.clauses.values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(needs=needs, team=st.integers(0, 3_000), more=st.integers(0, 500))
def test_one_more_hour_never_keeps_less_of_the_first_clause_and_enough_keeps_all(needs, team, more):
    little = feasible(needs, supply={TEAM: team}, order=CLAUSES)
    much = feasible(needs, supply={TEAM: team + more}, order=CLAUSES)
    for clause in CLAUSES[:1]:
        if clause in little.clauses:
            assert much.clauses[clause].kept_contacts >= little.clauses[clause].kept_contacts
    plenty = {pool: sum(one.minutes for one in needs) for pool in (TEAM, PHONES, NOBODY)}
    assert feasible(needs, supply=plenty, order=CLAUSES).short_minutes == 0


def test_how_many_more_people_would_do():
    assert [people_missing(short, 6_000) for short in (0, 1, 6_000, 6_001)] == [0, 1, 1, 2]
    assert people_missing(5, 0) is None
    assert people_missing(0, 0) == 0


def test_the_shipped_standards_say_the_companys_numbers():
    effort = effort_of(shipped_edition())
    assert (effort.of("visit"), effort.of("call"), effort.of("sms")) == (150, 15, 1)
    assert set(effort.minutes) == set(USUAL)
