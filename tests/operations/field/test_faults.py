"""A fault from the first advice to the repair: tried at home, sent to the least loaded engineer, arrived, repaired."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction

from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.settle_case import settle_case
from upheld.operations.cases.wait_for import wait_for
from upheld.operations.dispatch_fault import OutsideHours, appoint, dispatch_fault, engineers_for
from upheld.operations.notify_delay import notify_delay
from upheld.operations.refusals import ActRefused
from upheld.operations.self_help import answer_help_step, guide_of_case
from upheld.operations.visit_on_site import arrive_on_site, cause_of, nobody_there, repair_done
from upheld.policy.editions import shipped_edition
from upheld.records.cases.models import Case, CaseStep
from upheld.records.people.models import Person, Service
from upheld.records.promises.models import Promise

from ..conftest import at, at_once, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db
Report = Callable[..., Case]
TEN = at("2026-03-02", 10)
HOUR = timedelta(hours=1)


def standing(case: Case) -> dict[tuple[str, str], tuple[str, bool]]:
    rows = Promise.objects.filter(case=case).exclude(state="cancelled")
    return {(one.clause, one.action): (one.state, one.late) for one in rows}


# --- What the customer tries first ---


def test_a_customer_who_mends_it_with_our_help_is_settled_at_once(
    fault: Report, crew: SimpleNamespace
) -> None:
    case = fault(TEN)
    answer_help_step(case=case, by=crew.agent, guide="broadband", step="lights", answer="not_solved", key="1",
                     note="灯正常", at=TEN + HOUR / 60)  # fmt: skip
    answer_help_step(case=case, by=crew.agent, guide="broadband", step="restart", answer="solved", key="2",
                     outcome="重启后恢复", at=TEN + HOUR / 12)  # fmt: skip
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("settled", "重启后恢复")
    answers = CaseStep.objects.filter(case=case, detail__guide="broadband").order_by("pk")
    assert [
        (one.what, one.detail["step"], one.detail["answer"], one.detail["clause"]) for one in answers
    ] == [
        ("note", "lights", "not_solved", "CT-15"),
        ("note", "restart", "solved", "CT-15"),
    ]
    assert {state for state, _ in standing(case).values()} == {"kept"}


def test_an_answer_sent_twice_is_one_step(fault: Report, crew: SimpleNamespace) -> None:
    case = fault(TEN)
    for _ in range(2):
        answer_help_step(
            case=case, by=crew.agent, guide="broadband", step="restart", answer="solved", key="1"
        )
    assert CaseStep.objects.filter(case=case, detail__has_key="guide").count() == 1
    assert CaseStep.objects.filter(case=case, what="settled").count() == 1


def test_the_guide_follows_the_service(fault: Report) -> None:
    person = Person.objects.get(code="P5")
    line = Service.objects.create(code="B5", person=person, kind="broadband")
    guides = [guide_of_case(fault(TEN, service=one), edition=shipped_edition()) for one in (line, None)]
    assert [one.name for one in guides if one] == ["broadband", "any_service"]


@pytest.mark.parametrize(
    ("guide", "step", "answer"),
    [("x", "restart", "solved"), ("mobile", "x", "solved"), ("mobile", "restart", "x")],
)
def test_what_no_guide_has_is_refused(
    fault: Report, crew: SimpleNamespace, guide: str, step: str, answer: str
) -> None:
    case = fault(TEN)
    with pytest.raises(ActRefused):
        answer_help_step(case=case, by=crew.agent, guide=guide, step=step, answer=answer, key="1")
    assert CaseStep.objects.filter(case=case).count() == 1


# --- Sending somebody ---


def test_the_least_loaded_engineer_of_the_area_is_sent(fault: Report, crew: SimpleNamespace) -> None:
    sent = [
        dispatch_fault(case=fault(TEN), by=crew.agent, key=f"d{n}", at=TEN + HOUR).engineer_id
        for n in range(4)
    ]
    assert sent == [crew.ding.pk, crew.lu.pk, crew.ding.pk, crew.lu.pk]
    done = Case.objects.filter(handler=crew.lu).first()
    assert done is not None
    settle_case(case=done, by=crew.lu, outcome="好了")
    assert engineers_for(crew.linhai.pk)[0].id == crew.lu.pk, "a settled case is no load"
    assert [one.load for one in engineers_for(crew.linhai.pk)] == [1, 2]


def test_an_area_without_engineers_is_served_from_above(crew: SimpleNamespace) -> None:
    assert [one.id for one in engineers_for(crew.town.pk)] == [crew.ding.pk, crew.lu.pk]
    assert [one.id for one in engineers_for(crew.haibei.pk)] == [crew.ge.pk]
    assert len(engineers_for(crew.linhai.parent_id)) == 3
    assert len(engineers_for(None)) == 3


def test_who_has_left_is_not_sent(fault: Report, crew: SimpleNamespace) -> None:
    crew.ding.is_active = False
    crew.ding.save()
    assert dispatch_fault(case=fault(TEN), by=crew.agent, key="d").engineer_id == crew.lu.pk
    with pytest.raises(ActRefused, match="no such engineer"):
        dispatch_fault(case=fault(TEN), by=crew.agent, key="e", engineer=crew.ding)


def test_an_agreed_time_is_a_promise_of_the_engineer(fault: Report, crew: SimpleNamespace) -> None:
    case = fault(TEN)
    sent = dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    again = dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    assert again == sent
    agreed = Promise.objects.get(pk=sent.promise_id)
    assert (agreed.clause, agreed.action, agreed.source, agreed.responsible) == (
        "CT-23", "onsite_arrival", "appointment", crew.ding,
    )  # fmt: skip
    assert (agreed.due_at, len(agreed.warn_ats)) == (TEN + 4 * HOUR, 3)
    case.refresh_from_db()
    assert (case.handler, case.state, case.first_asked) == (crew.ding, "assigned", crew.agent)


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_one_instant_one_engineer_goes(fault: Report, crew: SimpleNamespace) -> None:
    case = fault(TEN)
    results = at_once(
        *[lambda: dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=at("2090-03-02", 14))] * 4
    )
    assert len(set(results)) == 1, results
    assert Promise.objects.filter(case=case, source="appointment").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_cases_sent_out_at_one_instant_go_to_two_engineers(fault: Report, crew: SimpleNamespace) -> None:
    first, second = fault(TEN), fault(TEN)
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        sent = dispatch_fault(case=first, by=crew.agent, key="d")
        also = other.submit(_on_a_connection_of_its_own, dispatch_fault, case=second, by=crew.agent, key="e")
        wait_until_somebody_waits_for_a_lock()
    assert {sent.engineer_id, also.result().engineer_id} == {crew.ding.pk, crew.lu.pk}


def _on_a_connection_of_its_own(act: Callable[..., Any], **given: Any) -> Any:
    try:
        return act(**given)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("hour", "allowed"), [(7, False), (8, True), (12, True), (19, True), (20, False), (23, False)]
)
def test_visits_are_made_between_eight_and_twenty_unless_wished_otherwise(
    fault: Report, crew: SimpleNamespace, hour: int, allowed: bool
) -> None:
    case, then = fault(TEN), at("2026-03-03", hour)
    if not allowed:
        with pytest.raises(OutsideHours) as refused:
            dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=then, at=TEN)
        assert refused.value.clauses == ("CT-23",)
        assert refused.value.next_at == at("2026-03-03" if hour < 8 else "2026-03-04", 8)
        assert Case.objects.get(pk=case.pk).handler == crew.agent
    wished = dispatch_fault(
        case=case, by=crew.agent, key="e", appointment_at=then, customer_wish=not allowed, at=TEN
    )
    assert wished.promise_id is not None


def test_nobody_is_sent_for_a_bill_nor_to_a_time_that_is_over(fault: Report, crew: SimpleNamespace) -> None:
    with pytest.raises(ActRefused, match="on site"):
        dispatch_fault(case=fault(TEN, kind="complaint"), by=crew.agent, key="d")
    with pytest.raises(ActRefused, match="over already"):
        dispatch_fault(case=fault(TEN), by=crew.agent, key="e", appointment_at=TEN, at=TEN + HOUR)


# --- On site ---


def test_arriving_in_time_keeps_the_agreed_time_and_repairing_keeps_the_limits(
    fault: Report, crew: SimpleNamespace
) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    arrive_on_site(case=case, by=crew.ding, key="a", at=TEN + 3 * HOUR)
    repair_done(
        case=case, by=crew.ding, key="r", cause="line", note="更换入户线", settled=True, at=TEN + 5 * HOUR
    )
    assert standing(case) == {
        ("CT-15", "repaired"): ("kept", False),
        ("LAW-1", "repaired"): ("kept", False),
        ("CT-23", "onsite_arrival"): ("kept", False),
    }
    case.refresh_from_db()
    assert (case.state, case.outcome, cause_of(case.pk)) == ("settled", "更换入户线", "line")


def test_each_tap_counts_once_however_often_it_is_sent(fault: Report, crew: SimpleNamespace) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", at=TEN + HOUR)
    for _ in range(3):
        arrive_on_site(case=case, by=crew.ding, key="a", at=TEN + 3 * HOUR)
    for _ in range(3):
        repair_done(
            case=case, by=crew.ding, key="r", cause="line", note="好了", settled=True, at=TEN + 5 * HOUR
        )
    steps = list(CaseStep.objects.filter(case=case).order_by("pk").values_list("what", "event"))
    assert steps == [
        ("opened", None), ("handed_over", None), ("reached", "onsite_arrival"), ("note", None),
        ("reached", "repaired"), ("settled", "settled"),
    ]  # fmt: skip


def test_arriving_late_breaks_the_agreed_time_at_the_instant_it_was_due(
    fault: Report, crew: SimpleNamespace
) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 2 * HOUR, at=TEN + HOUR)
    arrive_on_site(case=case, by=crew.ding, key="a", at=TEN + 3 * HOUR)
    agreed = Promise.objects.get(case=case, source="appointment")
    assert (agreed.state, agreed.late, agreed.ended_at) == ("broken", True, TEN + 2 * HOUR)


def test_a_customer_who_is_not_there_is_waited_for_and_the_second_visit_is_a_new_one(
    fault: Report, crew: SimpleNamespace
) -> None:
    case = fault(TEN, person=Person.objects.get(code="P4"))  # ordinary: somebody comes within 24 hours
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    nobody_there(case=case, by=crew.ding, key="n", note="敲门无人应", at=TEN + 4 * HOUR)
    case.refresh_from_db()
    assert (case.state, case.waiting_for) == ("waiting", "customer")
    assert standing(case)["CT-23", "onsite_arrival"] == ("kept", False), "the engineer was there in time"
    arrive_on_site(case=case, by=crew.ding, key="a", at=TEN + 8 * HOUR)
    assert standing(case)["CT-15", "onsite_arrival"] == ("kept", False)
    nobody_there(case=case, by=crew.ding, key="n2", note="又出门了", at=TEN + 9 * HOUR)
    arrive_on_site(case=case, by=crew.ding, key="a2", note="再次到达", at=TEN + 10 * HOUR)
    case.refresh_from_db()
    assert case.state == "assigned"
    assert CaseStep.objects.filter(case=case, detail__arrived_again=True).count() == 1


@pytest.mark.parametrize("given", [{"cause": "aliens", "note": "好了"}, {"cause": "line", "note": "  "}])
def test_a_repair_says_what_it_was(fault: Report, crew: SimpleNamespace, given: dict[str, Any]) -> None:
    case = fault(TEN)
    with pytest.raises(ActRefused):
        repair_done(case=case, by=crew.ding, key="r", **given)
    assert cause_of(case.pk) is None


# --- Late, and told in advance ---


@pytest.mark.parametrize(
    ("told_after", "in_advance"), [(2 * HOUR, True), (4 * HOUR, True), (5 * HOUR, False)]
)
def test_a_delay_is_told_with_its_reason_and_whether_in_advance(
    fault: Report, crew: SimpleNamespace, told_after: timedelta, in_advance: bool
) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    step = notify_delay(
        case=case, by=crew.ding, reason="traffic", key="l", new_at=TEN + 6 * HOUR, at=TEN + told_after
    )
    assert (step.what, step.detail["clause"], step.detail["in_advance"]) == (
        "delay_notice",
        "CT-49",
        in_advance,
    )
    assert step.detail["due_at"] is not None
    arrive_on_site(case=case, by=crew.ding, key="a", at=TEN + 6 * HOUR)
    agreed = Promise.objects.filter(case=case, source="appointment").order_by("pk")
    assert [(one.turn, one.state, one.late) for one in agreed] == [(1, "broken", True), (2, "kept", False)]


def test_a_delay_needs_a_reason(fault: Report, crew: SimpleNamespace) -> None:
    case = fault(TEN)
    for reason, note in (("lazy", "x"), ("other", " ")):
        with pytest.raises(ActRefused):
            notify_delay(case=case, by=crew.ding, reason=reason, key="l", note=note)
    assert notify_delay(case=case, by=crew.ding, reason="other", key="l", note="电梯停了").note == "电梯停了"
    assert notify_delay(case=case, by=crew.ding, reason="weather", key="l").note == "电梯停了", "sent twice"


# --- What becomes of a time agreed that nobody comes at ---


def agreed_with(case: Case) -> list[tuple[str, str]]:
    rows = Promise.objects.filter(case=case, source="appointment").order_by("pk")
    assert not any(one.warn_at for one in rows if one.state != "open"), "what has ended warns of nothing"
    return [(one.state, one.end_reason) for one in rows]


@pytest.mark.parametrize(
    ("hours", "left"),
    [(2, ("cancelled", "settled without the visit")), (5, ("broken", "not kept by the due time"))],
)
def test_what_is_settled_without_the_visit_owes_none(
    fault: Report, crew: SimpleNamespace, hours: int, left: tuple[str, str]
) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    settle_case(case=case, by=crew.ding, outcome="电话里修好", key="s", at=TEN + hours * HOUR)
    assert agreed_with(case) == [left]
    ended = Promise.objects.get(case=case, source="appointment").ended_at
    assert ended == min(TEN + hours * HOUR, TEN + 4 * HOUR)


def test_a_fault_solved_with_our_help_needs_no_visit(fault: Report, crew: SimpleNamespace) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    guide = guide_of_case(case, edition=shipped_edition())
    assert guide is not None
    answer_help_step(
        case=case, by=crew.agent, guide=guide.name, step=guide.steps[0].name, answer="solved", key="h",
        outcome="好了", at=TEN + 2 * HOUR,
    )  # fmt: skip
    assert agreed_with(case) == [("cancelled", "settled without the visit")]


def test_a_closed_case_owes_no_visit(fault: Report, crew: SimpleNamespace) -> None:
    case = fault(TEN)
    settle_case(case=case, by=crew.agent, outcome="好了", key="s", at=TEN + HOUR)
    appoint(case=case.pk, by=crew.agent, due_at=TEN + 4 * HOUR, key="look", at=TEN + HOUR)
    close_case(case=case, by=crew.agent, key="c", at=TEN + 2 * HOUR)
    assert agreed_with(case) == [("cancelled", "settled without the visit")]


@pytest.mark.parametrize("settled", [True, False])
def test_who_repairs_has_arrived(fault: Report, crew: SimpleNamespace, settled: bool) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    repair_done(
        case=case, by=crew.ding, key="r", cause="line", note="好了", settled=settled, at=TEN + 3 * HOUR
    )
    assert agreed_with(case) == [("kept", "")]


def test_a_second_empty_visit_counts_while_the_case_waits_already(
    fault: Report, crew: SimpleNamespace
) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 2 * HOUR, at=TEN + HOUR)
    nobody_there(case=case, by=crew.ding, key="n", note="无人应", at=TEN + 2 * HOUR)
    appoint(case=case.pk, by=crew.agent, due_at=TEN + 6 * HOUR, key="second", at=TEN + 3 * HOUR)
    with pytest.raises(ActRefused):
        nobody_there(case=case, by=crew.ding, key="n2", note=" ", at=TEN + 5 * HOUR)
    for _ in range(2):
        nobody_there(case=case, by=crew.ding, key="n2", note="又没人", at=TEN + 5 * HOUR)
    assert agreed_with(case) == [("kept", ""), ("kept", "")]
    case.refresh_from_db()
    assert (case.state, case.waiting_for) == ("waiting", "customer")
    assert CaseStep.objects.filter(case=case, note="又没人", detail__nobody_there_again=True).count() == 1


def test_a_tap_sent_again_leaves_a_case_waiting_that_waits_meanwhile(
    fault: Report, crew: SimpleNamespace
) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", at=TEN + HOUR)
    arrived = arrive_on_site(case=case, by=crew.ding, key="a", at=TEN + 2 * HOUR)
    wait_for(case=case, by=crew.ding, waiting_for="third_party", note="等物业", key="w", at=TEN + 3 * HOUR)
    appoint(case=case.pk, by=crew.agent, due_at=TEN + 6 * HOUR, key="second", at=TEN + 3 * HOUR)
    assert arrive_on_site(case=case, by=crew.ding, key="a", at=TEN + 2 * HOUR) == arrived
    case.refresh_from_db()
    assert (case.state, case.waiting_for) == ("waiting", "third_party")
    assert agreed_with(case) == [("open", "")]


@pytest.mark.parametrize(
    ("hours", "first"),
    [(2, ("cancelled", "another time was agreed")), (5, ("broken", "not kept by the due time"))],
)
def test_another_time_agreed_takes_the_place_of_the_first(
    fault: Report, crew: SimpleNamespace, hours: int, first: tuple[str, str]
) -> None:
    case = fault(TEN)
    dispatch_fault(case=case, by=crew.agent, key="d", appointment_at=TEN + 4 * HOUR, at=TEN + HOUR)
    for _ in range(2):
        dispatch_fault(
            case=case, by=crew.lead, key="d2", appointment_at=TEN + 8 * HOUR, at=TEN + hours * HOUR
        )
    assert agreed_with(case) == [first, ("open", "")]
