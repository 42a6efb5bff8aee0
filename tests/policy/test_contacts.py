"""What keeps a promise, what one contact may keep at once, and which shares of a population must be reached."""

from datetime import date

import pytest

from upheld.policy.contacts import (
    channels_keeping,
    contacts_owed,
    coverage_targets,
    may_close_together,
    plan_of,
)
from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.problems import OutsideDates

EDITION = shipped_edition()
DAY = date(2026, 3, 1)
TOGETHER = {"return-visit-and-visit": "together"}


def test_every_contact_owed_has_a_row_that_says_what_keeps_it():
    kept = {
        (row.clause, row.answer["action"]) for t in EDITION.tables("contacts", "kept_by") for row in t.rows
    }
    owed = {
        (row.clause, item["channel"])
        for table in EDITION.tables("contacts", "contact")
        for row in table.rows
        for item in row.answer["owed"]
    }
    assert owed <= kept


def test_a_return_visit_may_be_a_call_but_a_visit_may_not():
    assert channels_keeping(edition=EDITION, clause="KEY-33", action="return_visit") == ("call", "visit")
    assert channels_keeping(edition=EDITION, clause="KEY-5", action="visit") == ("visit",)


def test_one_greeting_keeps_the_greetings_of_several_clauses():
    assert may_close_together(edition=EDITION, first=("KEY-6", "greeting"), second=("CT-42", "greeting"))
    assert not may_close_together(edition=EDITION, first=("KEY-6", "greeting"), second=("KEY-5", "call"))


def test_two_promises_of_one_clause_need_two_contacts():
    assert not may_close_together(edition=EDITION, first=("KEY-6", "greeting"), second=("KEY-6", "greeting"))


def test_a_visit_counts_as_return_visit_only_where_the_company_turns_the_reading():
    pair = {"first": ("KEY-5", "visit"), "second": ("CT-42", "return_visit")}
    assert not may_close_together(edition=EDITION, **pair)
    assert may_close_together(edition=load_edition(readings=TOGETHER), **pair)


def test_coverage_targets_name_their_population_and_share():
    targets = {
        (t.clause, t.of, t.at_least_percent): [str(c) for c in t.conditions]
        for t in coverage_targets(edition=EDITION, as_of=DAY)
    }
    assert ("KEY-40", "groups", 100) in targets
    assert any("key_enterprise" in c for c in targets[("KEY-40", "groups", 50)])
    assert ("KEY-43", "people", 30) in targets


def test_what_is_owed_to_a_group_is_told_apart_from_what_is_owed_to_a_person():
    subject = {"group_class": "A", "role": "contact", "card": "gold"}
    asked = {"edition": EDITION, "subject": subject, "as_of": DAY}
    person, group = (contacts_owed(**asked, owed_to=whom) for whom in ("person", "group"))
    assert set(person) & set(group) == set()
    assert sorted(map(str, (*person, *group))) == sorted(map(str, contacts_owed(**asked)))


def test_a_plan_before_the_standards_is_refused():
    with pytest.raises(OutsideDates):
        plan_of(edition=EDITION, subject={}, from_date=date(2004, 1, 1), until_date=date(2005, 2, 1))
