"""The life of a case: answered, waiting, handed over, settled, closed and opened again, with its clocks."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from upheld.operations.cases.call_backs import keep_call_back, promise_call_back
from upheld.operations.cases.change_case import change_case, recount_case
from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.hand_over import hand_over, take_case
from upheld.operations.cases.notes import add_note, attach_file
from upheld.operations.cases.reach_event import reach_event
from upheld.operations.cases.reopen_case import reopen_case
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import resume_case, wait_for
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.reverse_contact import reverse_contact
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.operations.waive_promise import waive_promise
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Attachment, Case, CaseClock, CaseStep
from upheld.records.cases.queries import clocks_of_case, states_at
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.staff.models import Employee
from upheld.records.surveys.models import Survey
from upheld.records.tiers.models import Membership

from ..conftest import at

pytestmark = pytest.mark.django_db


def test_an_answer_in_time_keeps_its_clock_and_a_late_outcome_is_broken_and_late(opened, owed, manager):
    case = opened("P2", "complaint", at=at("2026-03-02", 9)).case_id
    reach_event(case=case, by=manager, event="first_answer", at=at("2026-03-02", 10))
    settle_case(case=case, by=manager, outcome="已调整基站参数并回复", at=at("2026-03-03", 9))
    assert owed(case) == [
        ("KEY-23", "first_answer", "kept", False),
        ("KEY-23", "outcome_reply", "broken", True),
        ("CT-16", "settled", "kept", False),
        ("LAW-6", "legal_answer", "kept", False),
    ]
    late = Promise.objects.get(case_id=case, action="outcome_reply")
    assert late.ended_at == late.due_at == at("2026-03-02", 21)
    close_case(case=case, by=manager)
    closed = Case.objects.get(pk=case)
    assert (closed.state, closed.first_asked, closed.outcome) == ("closed", manager, "已调整基站参数并回复")


def test_a_case_is_not_closed_while_something_is_owed(opened, manager, owed):
    case = opened("P2", "complaint").case_id
    with pytest.raises(ActRefused, match="KEY-23 first_answer"):
        close_case(case=case, by=manager)
    with pytest.raises(ActRefused, match="what the customer said"):
        close_case(case=case, by=manager, withdrawn=True)
    close_case(case=case, by=manager, withdrawn=True, note="客户说已恢复，不再追究")
    assert owed(case) == []
    assert {one.end_reason for one in Promise.objects.filter(case_id=case)} == {"withdrawn by the customer"}


def test_waiting_pauses_only_the_clocks_whose_clause_allows_it(opened, manager):
    case = opened("P5", "fault", area="urban", at=at("2026-03-02", 9)).case_id
    due = dict(Promise.objects.filter(case_id=case).values_list("clause", "due_at"))
    assert due == {"CT-15": at("2026-03-03", 1), "LAW-1": at("2026-03-04", 9)}
    step = wait_for(case=case, by=manager, waiting_for="customer", note="客户不在家", at=at("2026-03-02", 12))
    paused = Promise.objects.get(case_id=case, clause="CT-15")
    assert (paused.paused_at, paused.warn_at) == (at("2026-03-02", 12), None)
    assert step.detail["standing"] == [paused.pk]
    law = Promise.objects.get(case_id=case, clause="LAW-1")
    assert law.paused_at is None
    resume_case(case=case, by=manager, at=at("2026-03-02", 17))
    paused.refresh_from_db()
    assert (paused.due_at, paused.paused_at) == (at("2026-03-03", 6), None)
    assert paused.warn_at == at("2026-03-03", 2)  # three quarters of sixteen hours, five of them waited
    law.refresh_from_db()
    assert law.due_at == at("2026-03-04", 9)
    assert Case.objects.get(pk=case).state == "assigned"


def test_any_past_moment_can_be_told_again(opened, manager):
    case = opened("P5", "fault", area="urban", at=at("2026-03-02", 9)).case_id
    wait_for(case=case, by=manager, waiting_for="customer", note="客户不在家", at=at("2026-03-02", 12))
    resume_case(case=case, by=manager, at=at("2026-03-02", 17))
    settle_case(case=case, by=manager, outcome="已修复", at=at("2026-03-02", 20))

    def told(instant):
        return {
            one.promise.clause: (state.running, state.ended, state.left, state.waiting_for)
            for one, state in states_at(case, instant)
        }

    hours = [timedelta(hours=number) for number in range(60)]
    assert told(at("2026-03-02", 8)) == {}
    assert told(at("2026-03-02", 11)) == {
        "CT-15": (True, False, hours[14], ""),
        "LAW-1": (True, False, hours[46], ""),
    }
    assert told(at("2026-03-02", 15)) == {
        "CT-15": (False, False, hours[13], "customer"),
        "LAW-1": (True, False, hours[42], ""),
    }
    assert told(at("2026-03-09", 9)) == {
        "CT-15": (False, True, hours[10], ""),
        "LAW-1": (False, True, hours[37], ""),
    }


def test_the_stages_of_an_installation_follow_one_another(opened, manager):
    case = opened("P2", "mas_adc_installation", at=at("2026-03-02", 9)).case_id
    assert [one.action for one in Promise.objects.filter(case_id=case)] == ["pre_accepted"]
    reach_event(case=case, by=manager, event="pre_accepted", at=at("2026-03-03", 15))
    second = Promise.objects.get(case_id=case, action="user_opened")
    assert second.due_at == at("2026-03-10", 18)
    reach_event(case=case, by=manager, event="user_opened", at=at("2026-03-05", 11))
    third = Promise.objects.get(case_id=case, action="server_configured")
    assert third.due_at == at("2026-03-12", 18)
    assert CaseClock.objects.get(promise=third).starts_at == "user_opened"
    with pytest.raises(ActRefused, match="reached before"):
        reach_event(case=case, by=manager, event="user_opened")


def test_an_enquiry_that_turns_out_a_complaint_keeps_the_time_it_has_used(opened, manager, owed, moment):
    moment(at("2026-03-02", 10))
    case = opened("P2", "enquiry", at=at("2026-03-02", 9)).case_id
    change_case(case=case, by=manager, kind="complaint", note="实为投诉")
    assert sorted(owed(case)) == [
        ("CT-16", "settled", "open", False),
        ("KEY-23", "first_answer", "open", False),
        ("KEY-23", "outcome_reply", "open", False),
        ("LAW-6", "legal_answer", "open", False),
    ]
    first = Promise.objects.get(case_id=case, clause="KEY-23", action="first_answer")
    assert first.due_at == at("2026-03-02", 11)  # two hours, one of them used
    old = Promise.objects.get(case_id=case, clause="KEY-22")
    assert (old.state, old.end_reason) == ("cancelled", "counted anew")
    assert first.clock.carries.promise == old
    assert CaseStep.objects.get(case_id=case, what="changed").detail["was"] == {"kind": "enquiry"}


def test_a_card_that_ends_gives_another_limit_and_keeps_the_used_hours(opened, manager, moment):
    from upheld.operations.rate_base import rate_base

    moment(at("2026-03-02", 9))
    rate_base(as_of=at("2026-03-01").date(), by=None)
    person = Person.objects.get(code="P3")
    case = opened("P3", "fault", area="urban").case_id
    before = Promise.objects.get(case_id=case, clause="CT-15")
    assert (before.action, before.due_at) == ("repaired", at("2026-03-03", 1))
    moment(at("2026-03-02", 14))
    assert recount_case(case=case, by=None, why="nothing changed") is None
    Membership.objects.filter(person=person).update(state="frozen")
    step = recount_case(case=case, by=None, why="card")
    assert step is not None
    before.refresh_from_db()
    assert (before.state, before.end_reason) == ("cancelled", "no longer given")
    now = Promise.objects.get(case_id=case, clause="CT-15", state="open")
    assert (now.action, now.due_at) == ("onsite_arrival", at("2026-03-03", 9))  # 24 hours from the report
    law = Promise.objects.filter(case_id=case, standard="LAW")
    assert {one.state for one in law} == {"open"}  # untouched


def test_a_settlement_that_did_not_hold_is_owed_again_with_the_time_that_was_left(opened, manager, owed):
    case = opened("P2", "complaint", at=at("2026-03-02", 9)).case_id
    reach_event(case=case, by=manager, event="first_answer", at=at("2026-03-02", 10))
    settle_case(case=case, by=manager, outcome="已回复", at=at("2026-03-02", 15))
    close_case(case=case, by=manager, at=at("2026-03-02", 16))
    reopen_case(case=case, by=manager, note="客户反映仍无信号", at=at("2026-03-04", 9))
    again = Promise.objects.get(case_id=case, clause="KEY-23", action="outcome_reply", turn=2)
    assert again.due_at == at("2026-03-04", 15)  # six of twelve hours were used
    assert ("KEY-23", "first_answer", "kept", False) in owed(case)
    assert not Promise.objects.filter(case_id=case, action="first_answer", turn=2).exists()
    clock = next(one for one in clocks_of_case(case) if one.promise == again)
    assert [event.what for event in clock.events] == ["restarted"]
    settle_case(case=case, by=manager, outcome="已更换设备", at=at("2026-03-04", 12))
    again.refresh_from_db()
    assert again.state == "kept"


def test_who_was_asked_first_stays_named_while_the_case_goes_round(opened, manager, colleague, lead):
    case = opened("P2", "complaint").case_id
    hand_over(case=case, by=manager, to_employee=colleague, note="请跟进")
    assert {one.responsible for one in Promise.objects.filter(case_id=case)} == {colleague}
    with pytest.raises(ActRefused, match="somebody else works on the case"):
        take_case(case=case, by=manager)
    take_case(case=case, by=lead, note="客户情绪激动")
    hand_over(case=case, by=lead, to_unit=lead.unit)
    now = Case.objects.get(pk=case)
    assert (now.state, now.handler, now.first_asked) == ("open", None, manager)
    take_case(case=case, by=manager)
    assert [step.what for step in CaseStep.objects.filter(case_id=case).order_by("pk")] == [
        "opened",
        "handed_over",
        "taken_over",
        "handed_over",
        "assigned",
    ]


def test_the_same_form_sent_again_changes_nothing(opened, manager, owed):
    case = opened("P2", "complaint").case_id
    first = reach_event(case=case, by=manager, event="first_answer", key="form-7")
    again = reach_event(case=case, by=manager, event="first_answer", key="form-7")
    assert first == again
    assert CaseStep.objects.filter(case_id=case, what="reached").count() == 1


def test_a_machine_whose_clock_was_set_back_dates_nothing_before_the_last_step(opened, manager, moment):
    moment(at("2026-03-02", 12))
    case = opened("P2", "complaint").case_id
    moment(at("2026-03-02", 9))
    step = add_note(case=case, by=manager, note="时钟被调回")
    assert step.at == at("2026-03-02", 12)


def test_a_promised_call_back_is_kept_by_the_call_that_reached_the_customer(opened, manager, moment):
    moment(at("2026-03-02", 9))
    case = opened("P2", "enquiry").case_id
    promise = promise_call_back(
        case=case, by=manager, due_at=at("2026-03-02", 11), note="查询套餐余量", key="cb"
    )
    assert promise_call_back(case=case, by=manager, due_at=at("2026-03-02", 11), key="cb").pk == promise.pk
    assert (promise.clause, promise.source, promise.warn_at) == (
        "CT-10",
        "call_back",
        at("2026-03-02", 10) + timedelta(minutes=30),
    )
    moment(at("2026-03-02", 10))
    keep_call_back(promise=promise, by=manager, key="call-1", outcome="not_reached")
    promise.refresh_from_db()
    assert promise.state == "open"
    keep_call_back(promise=promise, by=manager, key="call-2", note="已告知")
    promise.refresh_from_db()
    assert (promise.state, promise.late, promise.warn_at) == ("kept", False, None)
    assert PromiseEvidence.objects.filter(promise=promise).count() == 2
    with pytest.raises(NotAllowed):
        keep_call_back(promise=promise, by=Employee.objects.get(code="E5"), key="call-3")


def test_a_file_is_kept_once_and_within_bounds(opened, manager):
    case = opened("P2", "complaint").case_id
    send = {"case": case, "by": manager, "name": "截图.png", "content_type": "image/png"}
    attach_file(**send, content=b"\x89PNG")
    attach_file(**send, content=b"\x89PNG")
    assert Attachment.objects.filter(case_id=case).count() == 1
    with pytest.raises(ActRefused, match="5,242,881 bytes"):
        attach_file(**send, content=b"x" * (5 * 1024 * 1024 + 1))


def test_a_waived_clock_stops_and_the_others_run_on(opened, manager, lead, owed):
    case = opened("P2", "complaint").case_id
    wanted = Promise.objects.get(case_id=case, action="outcome_reply")
    waive_promise(promise=wanted, reason="客户同意明日答复", approver=lead)
    assert owed(case) == [
        ("KEY-23", "first_answer", "open", False),
        ("KEY-23", "outcome_reply", "waived", False),
        ("CT-16", "settled", "open", False),
        ("LAW-6", "legal_answer", "open", False),
    ]
    ended = [one.promise.action for one in clocks_of_case(case) if one.ended]
    assert ended == ["outcome_reply"]
    settle_case(case=case, by=manager, outcome="已答复")
    wanted.refresh_from_db()
    assert (wanted.state, wanted.approved_by) == ("waived", lead)


def test_who_was_served_is_asked_how_it_went_and_who_took_it_back_is_not(opened, manager):
    served, withdrawn = opened("P2", "enquiry").case_id, opened("P3", "enquiry").case_id
    settle_case(case=served, by=manager, outcome="已答复")
    close_case(case=served, by=manager)
    close_case(case=withdrawn, by=manager, withdrawn=True, note="不用了")
    assert list(Survey.objects.values_list("case_id", flat=True)) == [served]


def test_waiting_for_the_customer_mends_no_clock_that_had_run_out(opened, manager, owed):
    case = opened("P5", "fault", area="urban", at=at("2026-03-02", 9)).case_id
    wait_for(case=case, by=manager, waiting_for="customer", note="客户不在家", at=at("2026-03-03", 9))
    resume_case(case=case, by=manager, at=at("2026-03-03", 10))
    late = Promise.objects.get(case_id=case, clause="CT-15")
    assert (late.state, late.ended_at, late.due_at) == ("broken", at("2026-03-03", 1), at("2026-03-03", 1))
    settle_case(case=case, by=manager, outcome="已修复", at=at("2026-03-03", 12))
    assert owed(case) == [("CT-15", "repaired", "broken", True), ("LAW-1", "repaired", "kept", False)]


def test_an_answer_in_time_that_is_written_down_late_keeps_its_promise_after_all(
    opened, manager, moment, owed
):
    case = opened("P2", "complaint", at=at("2026-03-02", 9)).case_id
    moment(at("2026-03-02", 12))
    sweep_warnings(now=at("2026-03-02", 12))
    assert ("KEY-23", "first_answer", "broken", False) in owed(case)
    reach_event(case=case, by=manager, event="first_answer", at=at("2026-03-02", 10))
    first = Promise.objects.get(case_id=case, action="first_answer")
    assert (first.state, first.late, first.ended_at) == ("kept", False, at("2026-03-02", 10))


def test_nobody_takes_a_colleagues_case_by_handing_it_to_oneself(opened, manager, colleague, lead):
    case = opened("P2", "complaint").case_id
    with pytest.raises(ActRefused, match="somebody else works on the case"):
        hand_over(case=case, by=colleague, to_employee=colleague)
    hand_over(case=case, by=lead, to_employee=colleague, note="请跟进")
    assert Case.objects.get(pk=case).handler == colleague


def test_a_lead_of_another_team_is_refused_a_case_and_it_is_on_record(opened, manager):
    case = opened("P2", "complaint").case_id
    stranger = Employee.objects.create(code="L9", username="l9", name="L9", job="team_lead")
    for act in (take_case, partial(hand_over, to_employee=stranger)):
        with pytest.raises(NotAllowed):
            act(case=case, by=stranger)
    refused = Entry.objects.filter(actor=stranger, allowed=False).order_by("pk")
    acts = [(one.act, one.subject_kind, one.subject_id) for one in refused]
    assert acts == [("take_case", "case", str(case)), ("hand_over_case", "case", str(case))]
    assert Case.objects.get(pk=case).handler == manager


def test_a_late_call_back_goes_with_the_case_and_what_ran_out_stays_with_whoever_had_it(
    opened, manager, colleague, moment
):
    moment(at("2026-03-02", 9))
    case = opened("P2", "complaint").case_id
    call = promise_call_back(case=case, by=manager, due_at=at("2026-03-02", 10))
    moment(at("2026-03-02", 12))
    sweep_warnings(now=at("2026-03-02", 12))
    hand_over(case=case, by=manager, to_employee=colleague)
    who = {one.action: one.responsible for one in Promise.objects.filter(case_id=case)}
    assert (who["call_back"], who["first_answer"], who["settled"]) == (colleague, manager, colleague)
    assert Promise.objects.get(pk=call.pk).state == "broken"


def test_a_call_back_is_owed_again_once_its_only_real_call_is_reversed(opened, manager, moment):
    moment(at("2026-03-02", 9))
    case = opened("P2", "enquiry").case_id
    promise = promise_call_back(case=case, by=manager, due_at=at("2026-03-02", 15))
    keep_call_back(promise=promise, by=manager, key="nobody", outcome="not_reached")
    keep_call_back(promise=promise, by=manager, key="reached")
    reverse_contact(interaction=Interaction.objects.get(key="reached"), by=manager, reason="记错客户")
    promise.refresh_from_db()
    assert (promise.state, promise.warn_at) == ("open", at("2026-03-02", 13) + timedelta(minutes=30))


def test_a_contacts_complaint_comes_before_a_contacts_enquiry(opened):
    complaint, enquiry = opened("P2", "complaint").case_id, opened("P2", "enquiry").case_id
    assert [Case.objects.get(pk=one).priority for one in (complaint, enquiry)] == [2, 1]
