"""The journey agrees with the printed programme written down a second time, for thousands of random new customers."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.editions import shipped_edition
from upheld.policy.journeys import journey_of, ways_of
from upheld.policy.problems import BadFacts
from upheld.policy.questions import answerer

EVERYONE = {
    "plan_price_told": (0, 3), "agreement_points_told": (0, 3), "channels_told": (0, 3), "paying_told": (0, 3),
    "data_use_told": (0, 3), "club_recommended": (0, 3), "internet_coached": (0, 3), "first_bill_explained": (11, 30),
    "plan_fit_coached": (31, 60), "value_added_recommended": (61, 90), "closing_visit": (61, 90),
}  # fmt: skip
JOINED = st.dates(date(2005, 1, 1), date(2040, 12, 31))


def by_hand(joined, vip, changed, rated, assigned):
    """Walk the programme day by day as a clerk would, with days counted from joining."""
    owed = dict(EVERYONE)
    rated = (
        None if rated is None else max(rated, 0)
    )  # rated or assigned before joining: from the day of joining
    assigned = None if assigned is None else max(assigned, 0)
    if changed:
        owed["number_change_coached"] = (0, 3)
    if not vip:
        owed["first_return_visit"] = (4, 10)
        return owed
    if rated is None:
        owed["rights_told"] = (0, 3)
    elif rated <= 3:
        owed["rights_told"] = (rated, 3)
    else:
        owed["rights_told"] = (rated, rated + 3)
    if rated is not None:
        owed["manager_assigned"] = (rated, rated + 3)
    counted_from = assigned if assigned is not None else rated + 3 if rated is not None else None
    if counted_from is not None:
        owed["vip_first_return_visit"] = (counted_from, counted_from + 7)
    if counted_from is None or (rated is not None and rated > 10):
        owed["first_return_visit"] = (4, 10)
    return owed


@given(
    joined=JOINED,
    vip=st.sampled_from([True, False, None]),
    changed=st.sampled_from([True, False, None]),
    rated=st.none() | st.integers(-5, 40),
    assigned=st.none() | st.integers(-5, 60),
)
@settings(max_examples=1500, deadline=None)
def test_the_journey_agrees_with_the_programme_read_by_hand(joined, vip, changed, rated, assigned):
    facts = {"joined_date": joined, "vip": vip, "number_changed": changed}
    facts |= {
        name: None if days is None else joined + timedelta(days=days)
        for name, days in (("rated_date", rated), ("assigned_date", assigned))
    }
    found = answerer("journeys")(shipped_edition(), facts, joined)["steps"]
    expected = {
        step: tuple((joined + timedelta(days=day)).isoformat() for day in window)
        for step, window in by_hand(joined, vip, changed, rated, assigned).items()
    }
    assert {step["step"]: (step["from"], step["due"]) for step in found} == expected
    assert len(found) == len(expected)
    assert [step["from"] for step in found] == sorted(step["from"] for step in found)
    assert all(shipped_edition().clause(step["clause"]).status == "executable" for step in found)


def test_a_step_done_elsewhere_is_not_owed_again():
    joined = date(2026, 3, 1)
    asked = {"edition": shipped_edition(), "subject": {"joined_date": joined}, "as_of": joined}
    whole = [step.step for step in journey_of(**asked)]
    left = [step.step for step in journey_of(**asked, done=["channels_told", "first_return_visit"])]
    assert left == [step for step in whole if step not in ("channels_told", "first_return_visit")]


def test_every_step_says_how_it_may_be_delivered():
    joined = date(2026, 3, 1)
    subject = {"joined_date": joined, "vip": True, "rated_date": date(2026, 3, 20), "number_changed": True}
    for step in journey_of(edition=shipped_edition(), subject=subject, as_of=joined):
        assert bool(step.ways) == (step.step != "manager_assigned")  # assigning reaches nobody outside
        assert step.ways == ways_of(edition=shipped_edition(), step=step.step, as_of=joined)


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"vip": True}, "joined_date: is missing"),
        ({"joined_date": None}, "joined_date: is missing"),
        ({"joined_date": "2026-02-30"}, "joined_date: '2026-02-30' is not a day"),
        ({"joined_date": "9999-12-31"}, "joined_date: the journey would end after"),
        ({"joined_date": "2026-03-01", "vip": "yes"}, "vip: 'yes' is not true or false"),
        ({"joined_date": "2026-03-01", "numbr_changed": True}, "did you mean number_changed?"),
    ],
)
def test_bad_facts_are_named(facts, named):
    with pytest.raises(BadFacts) as refused:
        answerer("journeys")(shipped_edition(), facts, date(2026, 3, 1))
    assert any(named in message for message in refused.value.messages)
