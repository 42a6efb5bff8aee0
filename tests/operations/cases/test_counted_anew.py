"""Clocks counted anew, night after night: what was waived or has run out is not owed twice, and no time is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from upheld.operations.activate_edition import activate_edition
from upheld.operations.cases.change_case import change_case, recount_case
from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.reopen_case import reopen_case
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import resume_case, wait_for
from upheld.operations.waive_promise import waive_promise
from upheld.records.cases.models import CaseClock
from upheld.records.promises.models import Promise

from ..conftest import at
from .made_standards import HOURS, Made, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_force(tmp_path: Path) -> Callable[..., Any]:
    """Put one row in force, with office hours and no days off of its own."""

    def put(number: int, **row: Any) -> Any:
        row = {
            "clause": "RL-3",
            "when": {"case": "order"},
            "stops_at": "in_force",
            "confidence": "stated",
            **row,
        }
        made = Made(number, (row,), HOURS[0], frozenset(), frozenset())
        folder = write(made, tmp_path / f"edition-{number}")
        return activate_edition(active_from=date(2006, 1, 1), by=None, folder=folder)

    return put


def test_what_was_waived_is_not_owed_again_the_next_night(opened, lead, owed):
    case = opened("P2", "complaint").case_id
    wanted = Promise.objects.get(case_id=case, action="outcome_reply")
    waive_promise(promise=wanted, reason="客户同意明日答复", approver=lead)
    before = owed(case)
    assert recount_case(case=case, by=None, why="夜间") is None
    assert owed(case) == before


def test_what_ran_out_is_broken_once_though_another_clock_of_the_same_event_runs(opened, owed, moment):
    moment(at("2026-03-02", 9))
    case = opened("P5", "fault", area="urban").case_id
    moment(at("2026-03-03", 9))  # the 16 hours of the hotline are over, the 48 of the law are not
    assert recount_case(case=case, by=None, why="夜间") is None
    assert [one[:2] for one in owed(case)] == [("CT-15", "repaired"), ("LAW-1", "repaired")]


def test_what_ran_out_before_the_customer_took_it_back_is_not_owed_again(opened, manager, owed, moment):
    moment(at("2026-03-02", 9))
    case = opened("P5", "fault", area="urban").case_id
    moment(at("2026-03-03", 9))
    close_case(case=case, by=manager, withdrawn=True, note="客户说好了")
    moment(at("2026-03-03", 10))
    reopen_case(case=case, by=manager, note="又断了")
    law = Promise.objects.get(case_id=case, clause="LAW-1", turn=2)
    assert (law.state, law.due_at) == ("open", at("2026-03-04", 10))  # 24 of 48 hours were left
    assert recount_case(case=case, by=None, why="夜间") is None
    assert owed(case) == [("CT-15", "repaired", "broken", False), ("LAW-1", "repaired", "open", False)]


@pytest.mark.parametrize(
    ("before", "after", "stands"),
    [(["customer"], [], False), ([], ["customer"], True), (["customer"], ["third_party"], False)],
)
def test_a_waiting_case_stands_still_for_what_the_new_row_names(
    in_force, opened, manager, moment, before, after, stands
):
    in_force(1, limit={"hours": 12}, **({"pauses": before} if before else {}))
    moment(at("2026-03-02", 9))
    case = opened("P2", "order").case_id
    moment(at("2026-03-02", 10))
    wait_for(case=case, by=manager, waiting_for="customer", note="等证件")
    in_force(2, limit={"hours": 12}, **({"pauses": after} if after else {}))
    moment(at("2026-03-02", 12))
    recount_case(case=case, by=None, why="夜间")
    now = Promise.objects.get(case_id=case, state="open")
    used = 1 if before else 3
    assert now.paused_at == (at("2026-03-02", 12) if stands else None)
    assert now.due_at == at("2026-03-02", 24 - used)
    moment(at("2026-03-02", 14))
    resume_case(case=case, by=manager)
    now.refresh_from_db()
    assert now.due_at == at("2026-03-02", 24 - used + (2 if stands else 0))


def test_hours_that_passed_before_a_clock_was_given_count_as_working_time_too(
    in_force, opened, manager, moment
):
    in_force(1, limit={"hours": 48}, pauses=["customer"])
    moment(at("2026-03-02", 9))
    case = opened("P2", "enquiry").case_id
    moment(at("2026-03-02", 15))
    wait_for(case=case, by=manager, waiting_for="customer", note="等证件")
    moment(at("2026-03-03", 15))
    resume_case(case=case, by=manager)
    moment(at("2026-03-03", 16))
    change_case(case=case, by=manager, kind="order", note="要办理")
    assert Promise.objects.get(case_id=case).due_at == at(
        "2026-03-05", 9
    )  # 7 of 48 hours, the waiting left out
    in_force(2, limit={"working_hours": 8}, pauses=["customer"])
    moment(at("2026-03-03", 17))
    recount_case(case=case, by=None, why="夜间")
    now = Promise.objects.get(case_id=case, state="open")
    # From 9 to 15 with the break at noon, then from 15 to 17: six and a half hours of business.
    assert now.due_at.isoformat() == "2026-03-04T01:00:00+00:00"
    assert CaseClock.objects.filter(case_id=case).count() == 2


def test_a_case_opened_again_that_turns_out_another_kind_and_back_still_owes_its_repair(
    opened, manager, moment
):
    moment(at("2026-03-02", 9))
    case = opened("P5", "fault", area="urban").case_id
    moment(at("2026-03-02", 12))
    settle_case(case=case, by=manager, outcome="已修复")
    reopen_case(case=case, by=manager, note="又断了")
    change_case(case=case, by=manager, kind="complaint", note="像是投诉")
    change_case(case=case, by=manager, kind="fault", note="还是故障")
    owes = Promise.objects.filter(case_id=case, state="open").order_by("clause")
    assert [(one.clause, one.action, one.due_at) for one in owes] == [
        ("CT-15", "repaired", at("2026-03-03", 1)),
        ("LAW-1", "repaired", at("2026-03-04", 9)),
    ]
