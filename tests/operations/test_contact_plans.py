"""The planner remembers what it answered; each answer is what policy says of that subject alone."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.operations.contact_plans import Planner, identity_of
from upheld.policy.contacts import contacts_owed, plan_of
from upheld.policy.editions import shipped_edition
from upheld.policy.facts import FACTS, MonthDay

EDITION = shipped_edition()


@st.composite
def subjects(draw: st.DrawFn) -> dict[str, Any]:
    """A subject of few facts, so that several drawn together are alike but for the birthday."""
    asked = Planner(EDITION, date(2026, 1, 1), date(2026, 2, 1)).facts
    subject: dict[str, Any] = {}
    for fact in sorted(asked & {"card", "group_class", "group_kind", "role"}):
        value = draw(st.none() | st.sampled_from(FACTS[fact].values[:2]))
        if value is not None:
            subject[fact] = value
    kind = draw(st.sampled_from([None, "solar", "lunar"]))
    if kind is not None:
        subject["birthday_calendar"] = kind
    month = draw(st.none() | st.integers(1, 12))
    if month is not None:
        days = 30 if kind == "lunar" else calendar.monthrange(2024, month)[1]
        subject["birthday"] = MonthDay(month, draw(st.integers(1, days)), draw(st.sampled_from([None, 1960])))
    return subject


@settings(max_examples=40, deadline=None)
@given(
    base=st.lists(st.tuples(subjects(), st.sampled_from(["person", "group"])), min_size=1, max_size=12),
    begins=st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    days=st.integers(1, 400),
)
def test_a_planner_that_remembers_answers_as_policy_does_for_each_subject_alone(base, begins, days):
    ends = begins + timedelta(days=days)
    planner = Planner(EDITION, begins, ends)
    for subject, owed_to in [*base, *base]:
        owed = planner.owed(subject, owed_to)
        alone = plan_of(edition=EDITION, subject=subject, from_date=begins, until_date=ends, owed_to=owed_to)
        contacts = contacts_owed(edition=EDITION, subject=subject, as_of=begins, owed_to=owed_to)
        assert list(owed.planned.items()) == list({identity_of(one): one for one in alone}.items())
        assert owed.contacts == {(contact.clause, contact.channel) for contact in contacts}
