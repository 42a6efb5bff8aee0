"""A missed limit of the law is made good: reckoned from the clocks, approved by the team's lead, given once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from upheld.operations.cases.reopen_case import reopen_case
from upheld.operations.compensate import compensate, compensation_due
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.visit_on_site import repair_done
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case, CaseStep
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

from ..conftest import at, at_once

pytestmark = pytest.mark.django_db
Report = Callable[..., Case]
TEN = at("2026-03-02", 10)
HOUR = timedelta(hours=1)


@pytest.fixture
def outage(fault: Report, crew: SimpleNamespace) -> Callable[..., Case]:
    """A fault of P5, whose plan costs 89 yuan a month, repaired after so many hours."""

    def of(hours: float, cause: str = "line", monthly: int | None = 8_900, **given: Any) -> Case:
        Person.objects.filter(code="P5").update(plan_monthly_fen=monthly)
        case = fault(TEN, **given)
        repair_done(
            case=case, by=crew.ding, key=f"r{case.pk}", cause=cause, note="修好", at=TEN + hours * HOUR
        )
        case.refresh_from_db()
        return case

    return of


def test_an_outage_of_fifty_hours_gives_three_days_of_rent_back(outage: Any, crew: SimpleNamespace) -> None:
    case = outage(50)
    (due,) = compensation_due(case)
    assert (due.clause, due.days, due.left_fen, due.base_fen, due.running) == ("LAW-1", 3, 890, 8_900, False)
    step = compensate(case=case, by=crew.lead, clause="LAW-1", key="c", at=TEN + 51 * HOUR)
    assert (step.what, step.detail["amount_fen"], step.detail["days"]) == ("compensated", 890, 3)
    (call,) = Promise.objects.filter(case=case, action="call_back")
    assert (call.clause, call.due_at, call.state) == ("LAW-1", at("2026-03-05", 14), "open"), "not at midday"
    (due,) = compensation_due(case)
    assert (due.left_days, due.left_fen) == (0, 0)
    entry = Entry.objects.get(act="case_compensated")
    assert (entry.actor, entry.detail["amount_fen"]) == (crew.lead, 890)


@pytest.mark.parametrize(("hours", "cause"), [(47, "line"), (48, "line"), (500, "terminal")])
def test_in_time_or_by_the_customers_own_terminal_nothing_is_owed(
    outage: Any, crew: SimpleNamespace, hours: float, cause: str
) -> None:
    case = outage(hours, cause)
    assert compensation_due(case) == ()
    with pytest.raises(ActRefused, match="nothing is owed"):
        compensate(case=case, by=crew.lead, clause="LAW-1", key="c")


def test_who_was_told_already_is_not_called_again(outage: Any, crew: SimpleNamespace) -> None:
    case = outage(50)
    compensate(case=case, by=crew.lead, clause="LAW-1", key="c", told=True)
    assert not Promise.objects.filter(case=case, action="call_back").exists()


@pytest.mark.parametrize("handled", [True, False])
def test_the_service_department_gives_it_and_who_served_the_customer_tells(
    outage: Any, crew: SimpleNamespace, handled: bool
) -> None:
    """The department leads cases and works on none: the call is for the engineer, or for who was asked first."""
    department = Employee.objects.create_user("dept", name="服务部", job="service_department", code="F09")
    case = outage(50)
    Case.objects.filter(pk=case.pk).update(handler=crew.ding if handled else None)
    for _ in range(2):
        step = compensate(case=case, by=department, clause="LAW-1", key="c")
    assert (step.by, step.detail["told"]) == (department, False)
    owed = Promise.objects.get(case=case, action="call_back")
    assert owed.responsible == (crew.ding if handled else crew.agent)


def test_it_is_given_once_for_a_key_and_never_twice_for_an_outage(outage: Any, crew: SimpleNamespace) -> None:
    case = outage(50)
    first = compensate(case=case, by=crew.lead, clause="LAW-1", key="c")
    assert compensate(case=case, by=crew.lead, clause="LAW-1", key="c") == first
    with pytest.raises(ActRefused, match="given already"):
        compensate(case=case, by=crew.lead, clause="LAW-1", key="d")
    assert CaseStep.objects.filter(case=case, what="compensated").count() == 1
    assert Promise.objects.filter(case=case, action="call_back").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_one_instant_give_it_once(outage: Any, crew: SimpleNamespace) -> None:
    case = outage(50)
    results = at_once(
        *[lambda n=n: compensate(case=case, by=crew.lead, clause="LAW-1", key=f"c{n}") for n in range(4)]
    )
    refused = [one for one in results if isinstance(one, ActRefused)]
    assert [one.code for one in refused] == ["already_given"] * 3, results
    assert CaseStep.objects.filter(case=case, what="compensated").count() == 1


def test_while_it_is_not_repaired_the_days_grow_and_nothing_is_given(
    fault: Report, crew: SimpleNamespace
) -> None:
    Person.objects.filter(code="P5").update(plan_monthly_fen=3_000)
    case = fault(TEN)
    assert compensation_due(case, at=TEN + 48 * HOUR) == ()
    days = [compensation_due(case, at=TEN + hours * HOUR)[0].days for hours in (49, 72, 73)]
    assert days == [3, 3, 4]
    with pytest.raises(ActRefused, match="still grow"):
        compensate(case=case, by=crew.lead, clause="LAW-1", key="c", at=TEN + 73 * HOUR)


def test_a_fault_that_comes_back_gives_the_days_beyond_those_given(
    outage: Any, crew: SimpleNamespace
) -> None:
    case = outage(50)
    compensate(case=case, by=crew.lead, clause="LAW-1", key="c", told=True, at=TEN + 51 * HOUR)
    from upheld.operations.cases.settle_case import settle_case

    settle_case(case=case, by=crew.ding, outcome="修好", at=TEN + 52 * HOUR)
    reopen_case(case=case, by=crew.agent, note="又断了", key="again", at=TEN + 60 * HOUR)
    repair_done(case=case, by=crew.ding, key="r2", cause="line", note="再修", at=TEN + 100 * HOUR)
    case.refresh_from_db()
    (due,) = compensation_due(case)
    assert (due.given_days, due.given_fen) == (3, 890)
    assert (due.days, due.left_days, due.left_fen) == (4, 1, 1_187 - 890), (
        "50 hours and 40, not the 8 it held"
    )
    compensate(case=case, by=crew.lead, clause="LAW-1", key="d", told=True)
    given = CaseStep.objects.filter(case=case, what="compensated").order_by("pk")
    assert [one.detail["days"] for one in given] == [3, 1]


def test_a_repair_that_held_for_days_is_no_outage(outage: Any, crew: SimpleNamespace) -> None:
    """Ten hours, a week of service, and forty hours more: the law's clock goes on and breaks, two days and a bit."""
    from upheld.operations.cases.settle_case import settle_case

    case = outage(10)
    settle_case(case=case, by=crew.ding, outcome="修好", at=TEN + 11 * HOUR)
    reopen_case(case=case, by=crew.agent, note="又断了", key="again", at=TEN + 200 * HOUR)
    case.refresh_from_db()
    assert compensation_due(case, at=TEN + 230 * HOUR) == ()
    (due,) = compensation_due(case, at=TEN + 239 * HOUR)
    assert (due.days, due.running) == (3, True)
    repair_done(case=case, by=crew.ding, key="r2", cause="line", note="再修", at=TEN + 240 * HOUR)
    (due,) = compensation_due(case)
    assert (due.days, due.left_fen, due.running) == (3, 890, False)


def test_where_the_rent_is_not_known_the_lead_writes_it_down(outage: Any, crew: SimpleNamespace) -> None:
    case = outage(50, monthly=None)
    with pytest.raises(ActRefused, match="not known"):
        compensate(case=case, by=crew.lead, clause="LAW-1", key="c")
    step = compensate(case=case, by=crew.lead, clause="LAW-1", key="c", base_fen=6_000)
    assert (step.detail["amount_fen"], step.detail["base_by_hand"]) == (600, True)


def test_only_the_lead_of_the_team_approves_and_a_refusal_is_noted(
    outage: Any, crew: SimpleNamespace
) -> None:
    case = outage(50)
    for somebody in (crew.agent, crew.ding, crew.other_lead):
        with pytest.raises(NotAllowed):
            compensate(case=case, by=somebody, clause="LAW-1", key="c")
        noted = Entry.objects.latest("pk")
        assert (noted.actor, noted.allowed, noted.subject_id) == (somebody, False, str(case.pk))
    assert not CaseStep.objects.filter(case=case, what="compensated").exists()


def test_time_that_waited_for_the_customer_is_part_of_an_outage_that_was_late(
    fault: Report, crew: SimpleNamespace
) -> None:
    """The legal clock does not stand still for the customer: its rows name no pause."""
    from upheld.operations.visit_on_site import nobody_there

    Person.objects.filter(code="P5").update(plan_monthly_fen=3_000)
    case = fault(TEN)
    nobody_there(case=case, by=crew.agent, key="n", note="无人", at=TEN + HOUR)
    repair_done(case=case, by=crew.agent, key="r", cause="network", note="好了", at=TEN + 60 * HOUR)
    case.refresh_from_db()
    (due,) = compensation_due(case)
    assert (due.days, due.left_fen) == (3, 300)


def test_a_late_installation_pays_of_the_fee_on_the_signed_form(
    crew: SimpleNamespace, tmp_path: Path
) -> None:
    """LAW-2 has no number: a company that publishes three days for installations owes 1 % of the fee for each day."""
    from upheld.operations.activate_edition import activate_edition
    from upheld.operations.cases.settle_case import settle_case
    from upheld.operations.counter.open_request import Item, open_request
    from upheld.policy.standards import shipped_folder
    from upheld.records.people.models import Service
    from upheld.records.staff.models import Employee

    shutil.copytree(shipped_folder(), tmp_path / "own")
    with (tmp_path / "own" / "hotline-and-club" / "rules" / "deadlines.yaml").open(
        "a", encoding="utf-8"
    ) as rules:
        rules.write(
            "\n- table: installations\n  kind: clock\n  take: all\n  rows:\n"
            "  - {clause: CT-15, when: {case: installation}, stops_at: settled, limit: {days: 3}, public: true}\n"
        )
    activate_edition(folder=tmp_path / "own", active_from=TEN.date(), by=None)
    person = Person.objects.get(code="P5")
    Service.objects.create(code="B5", person=person, kind="broadband")
    clerk = Employee.objects.create_user("hu", name="胡", job="store_clerk", unit=crew.ding.unit, code="E20")
    values = {"service": "B5", "address": "人民路8号", "area": "urban", "fee": "100.10"}
    item = Item("relocation", values, papers=("identity_card",), words="移机")
    taken = open_request(by=clerk, person=person, items=[item], key="f", at=TEN)
    case = Case.objects.get(pk=taken.case_ids[0])
    settle_case(case=case, by=clerk, outcome="装好", at=TEN + timedelta(days=5, hours=1))
    (due,) = compensation_due(case)
    assert (due.clause, due.pays, due.days, due.left_fen) == ("LAW-2", "fee", 3, 301)


def test_the_days_are_counted_to_the_instant_of_the_repair_not_of_the_approval(
    outage: Any, crew: SimpleNamespace
) -> None:
    case = outage(50)
    due = [compensation_due(case, at=when) for when in (TEN + 51 * HOUR, datetime.now(tz=TEN.tzinfo))]
    assert due[0] == due[1]
