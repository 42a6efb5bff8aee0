"""The made-up operator is the same on every machine, and shows everything that the standards tell apart."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from upheld.config.demo import demo_package
from upheld.policy.feed_columns import FEEDS

demo = demo_package()
FIRST_DAY = date(2026, 9, 1)


@pytest.fixture(scope="module")
def operator():
    return demo.make_operator(first_day=FIRST_DAY)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for run in ("one", "two"):
        made = demo.make_operator(first_day=FIRST_DAY, people=300)
        demo.write_feeds(made, tmp_path / run)
        demo.write_changes(made, tmp_path / run / "changes")
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert len(files) == 11
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_another_seed_writes_other_people() -> None:
    one = demo.make_operator(first_day=FIRST_DAY, people=300)
    two = demo.make_operator(first_day=FIRST_DAY, people=300, seed=7)
    assert [row["name"] for row in one.customers] != [row["name"] for row in two.customers]


def test_too_small_a_demo_is_refused_with_the_size_to_ask_for() -> None:
    with pytest.raises(ValueError, match="200 or more"):
        demo.make_operator(first_day=FIRST_DAY, people=50)


def test_the_full_size_is_what_the_guides_say(operator) -> None:
    assert len(operator.customers) == 6_000
    assert len(operator.groups) == 300
    assert len(operator.staff) == 48
    assert len(operator.bills) == 12 * 6_000


def test_every_column_is_declared_and_every_required_one_is_there(operator) -> None:
    for kind, feed in FEEDS.items():
        columns = set(getattr(operator, kind)[0])
        assert columns <= set(feed.names), kind
        assert columns >= set(feed.required_names), kind


@pytest.mark.parametrize("people", [200, 300, 6_000])
def test_every_class_kind_and_role_occurs_at_every_size(people: int) -> None:
    made = demo.make_operator(first_day=FIRST_DAY, people=people)
    classes = Counter(group["group_class"] for group in made.groups)
    assert set(classes) == {"A", "B1", "B2", "C", "D"}
    assert classes["A"] < classes["D"]
    assert {group["group_kind"] for group in made.groups} == {
        "government",
        "key_department",
        "key_enterprise",
        "other",
    }
    class_of = {group["group_id"]: group["group_class"] for group in made.groups}
    roles_of_a = {row["role"] for row in made.members if class_of[row["group_id"]] == "A"}
    assert roles_of_a >= {"top_decision_maker", "contact", "telecom_manager", "influencer"}


def test_names_and_numbers_are_once_each_and_made_up(operator) -> None:
    assert len({row["customer_id"] for row in operator.customers}) == 6_000
    assert len({row["phone"] for row in operator.customers}) == 6_000
    assert all(str(row["phone"]).startswith("19900") for row in operator.customers)
    assert len({row["name"] for row in operator.groups}) == 300
    assert len({row["service_id"] for row in operator.services}) == len(operator.services)


def test_somebody_was_born_on_a_thirtieth_of_a_lunar_month(operator) -> None:
    born = {row["birthday"] for row in operator.customers if row["birthday_calendar"] == "lunar"}
    assert {"--12-30", "--02-30"} <= born


def test_arrears_suspended_and_closed_lines_occur(operator) -> None:
    assert {row["status"] for row in operator.services} == {"active", "suspended", "closed"}
    assert {0, 1, 4} <= {row["arrears_months"] for row in operator.services}
    for flag in ("dunning_failed", "cancel_requested", "serious_harm", "strategic"):
        assert any(row[flag] for row in operator.customers), flag


def test_a_years_bills_add_up_to_the_spend_that_is_rated(operator) -> None:
    fen: Counter[object] = Counter()
    for bill in operator.bills:
        fen[bill["customer_id"]] += round(float(bill["amount_yuan"]) * 100)
        assert "2025-09" <= str(bill["month"]) <= "2026-08"
    for person in operator.customers:
        assert fen[person["customer_id"]] == round(float(person["annual_spend_yuan"]) * 100)


def test_everybody_outside_a_group_with_a_manager_is_served_by_phone(operator) -> None:
    kinds = Counter(row["kind"] for row in operator.assignments)
    assert kinds["phone_manager"] > 1_900
    assert 290 < kinds["account_manager"] < 300
    assert kinds["chief_representative"] > 10
