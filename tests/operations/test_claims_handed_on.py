"""Stories of claims that somebody else carries out: the hotline reopens (CT-46), a manager brings the card (CT-44)."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from upheld.operations.cases.hand_over import take_case
from upheld.operations.claim_entitlement import claim_entitlement
from upheld.operations.rate_base import rate_base
from upheld.operations.take_back_claim import take_back_claim
from upheld.records.cases.models import Case, CaseStep
from upheld.records.entitlements.models import EntitlementUse
from upheld.records.people.models import Person, Service
from upheld.records.staff.models import Employee, Unit

from .conftest import at_once, named
from .test_claims import NOON, it_is, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotline(operator, monkeypatch) -> SimpleNamespace:
    """The small operator, rated, with two hotline teams: one of the managers' own city, one of another."""
    rate_base(as_of=date(2026, 1, 1), by=None)
    it_is(monkeypatch, NOON + timedelta(hours=6))
    province = Unit.objects.get(kind="province")
    away = Unit.objects.create(code="东海省/别处", name="别处", kind="city", parent=province)
    teams = {
        name: Unit.objects.create(code=f"{city.code}/{name}", name=name, kind="team", parent=city)
        for name, city in (("a_away", away), ("b_here", named("E6").unit.parent))
    }
    staff = {
        code: Employee.objects.create(code=code, username=code, name=code, job=job, unit=teams[unit])
        for code, job, unit in (
            ("A1", "hotline_agent", "a_away"), ("A2", "hotline_agent", "b_here"), ("A3", "team_lead", "b_here"),
        )
    }  # fmt: skip
    return SimpleNamespace(here=teams["b_here"], **staff)


def reopen(by, key="k", code="P3"):
    return claim_entitlement(
        by=by, person=Person.objects.get(code=code), service=Service.objects.get(person__code=code), key=key,
        entitlement="emergency_reopen", detail={"purpose": "reopen"}, at=NOON,
    )  # fmt: skip


def spare_card(by, key="k", **more):
    return claim_entitlement(
        by=by, person=Person.objects.get(code="P3"), service=Service.objects.get(person__code="P3"), key=key,
        entitlement="spare_card", detail={"item": "8986 0012"}, at=NOON, **more,
    )  # fmt: skip


def test_a_reopening_that_a_manager_takes_waits_in_the_queue_of_the_nearest_hotline(hotline):
    claimed, again = reopen(named("E6")), reopen(named("E6"))
    case = Case.objects.get()
    assert (case.kind, case.person.code, case.unit, case.handler) == ("order", "P3", hotline.here, None)
    assert case.first_asked == named("E6")
    assert case.service == Service.objects.get(person__code="P3")
    assert case.summary == "emergency_reopen (CT-46): reopen."
    assert (claimed.handed_on_as, again.handed_on_as, again.is_new) == (case.pk, case.pk, False)
    assert claimed.case_id is None
    take_case(case=case, by=hotline.A2)


def test_what_the_hotline_takes_it_carries_out_itself(hotline):
    assert [reopen(by, key=by.code).handed_on_as for by in (hotline.A2, hotline.A3)] == [None, None]
    assert not Case.objects.exists()


def test_a_spare_card_that_the_hotline_takes_goes_to_the_customers_manager(hotline):
    claimed = spare_card(hotline.A1, summary="备卡：8986 0012")
    case = Case.objects.get()
    assert (case.handler, case.unit) == (named("E6"), named("E6").unit)
    assert (case.first_asked, case.channel, case.summary) == (hotline.A1, "hotline", "备卡：8986 0012")
    assert claimed.handed_on_as == case.pk
    assert EntitlementUse.objects.get().detail["handed_on_as"] == case.pk


def test_a_manager_hands_no_card_on(hotline):
    assert spare_card(named("E6")).handed_on_as is None
    assert not Case.objects.exists()


def test_who_serves_nobody_and_a_company_without_a_hotline_hand_nothing_on(hotline):
    Employee.objects.filter(job="hotline_agent").update(is_active=False)
    assert reopen(named("E6")).handed_on_as is None
    Person.objects.get(code="P3").assignments.all().delete()
    assert spare_card(hotline.A3, key="k2").handed_on_as is None
    assert not Case.objects.exists()


def test_a_claim_that_is_refused_leaves_no_case_behind(hotline):
    for number in range(3):
        reopen(named("E6"), key=f"k{number}")
    assert refusal(lambda: reopen(named("E6"), key="k3")).code == "used_up"
    assert refusal(lambda: reopen(named("E6"), key="k0", code="P4")).code == "key_used"
    assert Case.objects.count() == EntitlementUse.objects.count() == 3


def test_who_carries_it_out_reads_on_the_case_that_the_claim_was_taken_back(hotline):
    first, second = reopen(named("E6")), reopen(named("E6"), key="k2")
    Case.objects.filter(pk=second.handed_on_as).update(state="closed", closed_at=NOON)
    for claimed in (first, second):
        for _ in range(2):
            take_back_claim(use=claimed.use_id, by=hotline.A3, note="客户付清了欠费")
    told = CaseStep.objects.filter(what="note")
    assert [(one.case_id, one.note, one.by) for one in told] == [
        (first.handed_on_as, "the claim was taken back: 客户付清了欠费", hotline.A3)
    ]


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one_use_and_one_case(hotline):
    done = at_once(*[lambda: reopen(named("E6"))] * 4)
    assert {one.handed_on_as for one in done} == {Case.objects.get().pk}
    assert [one.is_new for one in done].count(True) == EntitlementUse.objects.count() == 1
