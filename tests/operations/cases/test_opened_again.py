"""What a case owes when it is opened again, and small things at its ends."""

from __future__ import annotations

import pytest

from upheld.operations.cases.call_backs import promise_call_back
from upheld.operations.cases.change_case import change_case
from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.reach_event import reach_event
from upheld.operations.cases.reopen_case import reopen_case
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import resume_case, wait_for
from upheld.records.cases.models import Case
from upheld.records.promises.models import Promise

from ..conftest import at

pytestmark = pytest.mark.django_db


def test_a_complaint_that_turned_out_an_enquiry_owes_its_answer_again(opened, manager, moment):
    moment(at("2026-03-02", 9))
    case = opened("P2", "complaint").case_id
    moment(at("2026-03-02", 10))
    reach_event(case=case, by=manager, event="first_answer")
    change_case(case=case, by=manager, kind="enquiry", note="只是咨询")
    settle_case(case=case, by=manager, outcome="已答复")
    reopen_case(case=case, by=manager, note="没听明白")
    again = Promise.objects.get(case_id=case, state="open")
    assert (again.clause, again.action, again.turn, again.due_at) == (
        "KEY-23",
        "first_answer",
        2,
        at("2026-03-02", 11),
    )


def test_an_installation_that_was_settled_halfway_goes_on_with_the_stage_it_was_in(opened, manager, moment):
    moment(at("2026-03-02", 9))
    case = opened("P2", "mas_adc_installation").case_id
    moment(at("2026-03-03", 15))
    reach_event(case=case, by=manager, event="pre_accepted")
    moment(at("2026-03-04", 15))
    settle_case(case=case, by=manager, outcome="客户暂缓")
    reopen_case(case=case, by=manager, note="客户要继续")
    owes = Promise.objects.filter(case_id=case, state="open")
    assert [(one.action, one.turn) for one in owes] == [("user_opened", 2)]
    reach_event(case=case, by=manager, event="user_opened")
    assert Promise.objects.get(case_id=case, state="open").action == "server_configured"


def test_what_a_customer_took_back_and_wants_after_all_is_owed_with_the_time_that_was_left(
    opened, manager, owed, moment
):
    moment(at("2026-03-02", 9))
    case = opened("P2", "complaint").case_id
    moment(at("2026-03-02", 10))
    reach_event(case=case, by=manager, event="first_answer")
    close_case(case=case, by=manager, withdrawn=True, note="算了")
    moment(at("2026-03-05", 10))
    reopen_case(case=case, by=manager, note="还是要个说法")
    assert [one[:3] for one in owed(case)] == [
        ("KEY-23", "first_answer", "kept"),
        ("KEY-23", "outcome_reply", "open"),
        ("CT-16", "settled", "open"),
        ("LAW-6", "legal_answer", "open"),
    ]
    assert Promise.objects.get(case_id=case, action="outcome_reply", turn=2).due_at == at("2026-03-05", 21)


def test_a_stage_that_was_reached_before_the_one_ahead_of_it_is_not_owed_afterwards(opened, manager):
    case = opened("P2", "mas_adc_installation").case_id
    reach_event(case=case, by=manager, event="user_opened")
    reach_event(case=case, by=manager, event="pre_accepted")
    owes = Promise.objects.filter(case_id=case, state="open")
    assert [one.action for one in owes] == ["server_configured"]


def test_a_call_back_that_was_missed_stays_missed_though_the_customer_takes_the_case_back(
    opened, manager, moment
):
    moment(at("2026-03-02", 9))
    case = opened("P2", "enquiry").case_id
    missed = promise_call_back(case=case, by=manager, due_at=at("2026-03-02", 10), key="a")
    coming = promise_call_back(case=case, by=manager, due_at=at("2026-03-02", 15), key="b")
    moment(at("2026-03-02", 12))
    close_case(case=case, by=manager, withdrawn=True, note="不用回电了")
    missed.refresh_from_db()
    coming.refresh_from_db()
    assert (missed.state, missed.ended_at) == ("broken", at("2026-03-02", 10))
    assert coming.state == "cancelled"


def test_who_was_answered_while_the_case_waited_counts_as_answered_when_it_goes_on(opened, manager):
    case = opened("P2", "complaint").case_id
    wait_for(case=case, by=manager, waiting_for="third_party", note="等设备商")
    reach_event(case=case, by=manager, event="first_answer")
    resume_case(case=case, by=manager)
    assert Case.objects.get(pk=case).state == "answered"
