"""What acts earn, and who stands where: fair to whoever has a small book, exact to the last fraction."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.editions import shipped_edition
from upheld.policy.kinds.staff_points import EVENTS, GROUPS
from upheld.policy.problems import BadFacts
from upheld.policy.questions import answerer
from upheld.policy.staff_acts import StaffAct
from upheld.policy.staff_points import Tally, awards_of, standings

DAY = date(2026, 3, 2)
ACTIONS = (None, "visit", "call", "sms", "greeting", "first_answer", "unheard_of")
WRITTEN = {  # the shipped table, written down a second time
    ("kept", "visit"): 10, ("kept_late", "visit"): 4, ("broken", "visit"): -4,
    ("kept", "sms"): 1, ("kept_late", "sms"): 0, ("broken", "sms"): -1,
    ("kept", "greeting"): 1, ("kept_late", "greeting"): 0, ("broken", "greeting"): -1,
}  # fmt: skip
PLAIN = {
    "kept": 4, "kept_late": 1, "broken": -2, "very_satisfied": 8, "satisfied": 5, "so_so": 0, "dissatisfied": -4,
    "stays": 6, "thinks": 3, "leaves": 1, "not_reached": 0, "accepted": 3, "declined": 1,
}  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from(ACTIONS)), max_size=30))
def test_every_act_earns_what_the_table_says_and_could_have_earned_the_best_of_its_group(acts) -> None:
    found = awards_of(edition=shipped_edition(), acts=[StaffAct(*act) for act in acts], as_of=DAY)
    assert [one.points for one in found] == [WRITTEN.get(act, PLAIN[act[0]]) for act in acts]
    for award, (event, action) in zip(found, acts, strict=True):
        group = next(events for events in GROUPS.values() if event in events)
        assert award.possible == max(WRITTEN.get((one, action), PLAIN[one]) for one in group)
        assert award.points <= award.possible


def test_faults_of_the_facts_are_named_all_at_once() -> None:
    with pytest.raises(BadFacts) as refused:
        answerer("staff_points")(
            shipped_edition(), {"acts": [{"event": "won"}, {"event": "kept", "action": 3, "how": 1}, 7]}, DAY
        )
    assert len(refused.value.messages) == 4
    with pytest.raises(BadFacts, match="is missing"):
        answerer("staff_points")(shipped_edition(), {}, DAY)


def test_a_small_book_well_kept_goes_before_a_large_one_half_kept() -> None:
    small, large = Tally(1, 90, 100, 25), Tally(2, 500, 1_000, 250)
    assert [(one.tally.employee, one.place) for one in standings([large, small], fewest=20)] == [
        (1, 1),
        (2, 2),
    ]


def test_equal_shares_share_a_place_and_too_few_acts_have_none() -> None:
    found = standings(
        [Tally(1, 1, 3, 20), Tally(2, 2, 6, 40), Tally(3, 1, 1, 19), Tally(4, -5, 6, 30), Tally(5, 0, 0, 50)],
        fewest=20,
    )
    assert [(one.tally.employee, one.place) for one in found] == [
        (1, 1),
        (2, 1),
        (4, 3),
        (3, None),
        (5, None),
    ]


@given(
    st.lists(
        st.builds(Tally, st.integers(1, 9_999), st.integers(-50, 50), st.integers(0, 60), st.integers(0, 40)),
        unique_by=lambda one: one.employee,
        max_size=12,
    )
)
def test_a_place_is_one_more_than_the_number_of_those_who_did_better(tallies) -> None:
    told = [one for one in tallies if one.acts >= 20 and one.possible]
    for one in standings(tallies, fewest=20):
        if one.tally not in told:
            assert one.place is None
            continue
        own = Fraction(one.tally.points, one.tally.possible)
        assert one.place == 1 + sum(Fraction(other.points, other.possible) > own for other in told)
