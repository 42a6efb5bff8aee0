"""Stories of claims with a case: a payment at home opens an appointment, another case must be the customer's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from upheld.operations.cases.open_case import open_case
from upheld.operations.claim_entitlement import Claimed, claim_entitlement
from upheld.operations.rate_base import rate_base
from upheld.records.cases.models import Case
from upheld.records.entitlements.models import EntitlementUse
from upheld.records.people.models import Group
from upheld.records.people.names import search_columns
from upheld.records.promises.models import Promise

from .conftest import at_once
from .test_claims import NOON, agent, it_is, person, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(operator, monkeypatch):
    """The small operator, rated, on a day in March 2026; gold P4."""
    rate_base(as_of=date(2026, 1, 1), by=None)
    it_is(monkeypatch, NOON + timedelta(hours=6))
    return operator


@pytest.mark.parametrize(
    ("amount", "code"),
    [("199.99", "below_amount"), ("200", None), ("-1", "bad_amount"), ("many", "bad_amount")],
)
def test_a_payment_at_home_is_for_two_hundred_yuan_and_more(desk, amount, code):
    def pay():
        return claim_entitlement(
            by=agent(), person=person("P4"), entitlement="home_payment", key="k", at=NOON,
            detail={"amount_yuan": amount},
        )  # fmt: skip

    if code:
        assert refusal(pay).code == code
        assert not Case.objects.exists()
        return
    claimed, again = pay(), pay()
    case = Case.objects.get()
    assert (case.kind, case.person, case.opened_at) == ("home_appointment", person("P4"), NOON)
    assert claimed.case_id == again.case_id == case.pk
    assert not again.is_new
    (clock,) = Promise.objects.filter(case=case)
    assert (clock.clause, clock.due_at) == ("CT-49", NOON + timedelta(hours=3))


@pytest.mark.parametrize("summary", ["", " 上门收费：300元。请带发票 "])
def test_an_appointment_is_summed_up_in_the_words_of_who_claims(desk, summary):
    claim_entitlement(
        by=agent(), person=person("P4"), entitlement="home_payment", key="k", at=NOON, note="请带发票",
        detail={"amount_yuan": "300"}, summary=summary,
    )  # fmt: skip
    told = "home_payment (CT-42): 300.00. 请带发票" if not summary else "上门收费：300元。请带发票"
    assert Case.objects.get().summary == told


def test_a_claim_goes_with_a_case_of_the_same_customer_and_no_other(desk):
    group = Group.objects.get(code="G1")
    theirs, ours, members = (
        open_case(by=agent(), kind="enquiry", channel="hotline", key=f"case {n}", summary="查询", at=NOON, **whose)
        for n, whose in enumerate(
            ({"person": person("P4")}, {"group": group}, {"person": person("P2"), "group": group})
        )
    )  # fmt: skip

    def pay(code, case):
        return claim_entitlement(
            by=agent(), person=person(code), entitlement="home_payment", key=f"{code} {case}", case=case, at=NOON,
            detail={"amount_yuan": "300"},
        )  # fmt: skip

    def try_out(of, case):
        return claim_entitlement(
            by=agent(), group=of, entitlement="group_trial", key=f"{of} {case}", detail={"product": f"云 {case}"},
            case=case, at=NOON,
        )  # fmt: skip

    assert pay("P4", theirs.case_id).case_id == theirs.case_id
    assert try_out(group, ours.case_id).case_id == ours.case_id
    assert try_out(group, members.case_id).case_id == members.case_id
    assert refusal(lambda: pay("P3", theirs.case_id)).code == "other_case"
    assert refusal(lambda: pay("P4", 10**9)).code == "other_case"
    # Ids of people and groups are counted apart: the same number means somebody else.
    number = person("P4").pk
    same = {"code": "G7", "name": "同号", "group_class": "A", **search_columns("同号")}
    namesake, _ = Group.objects.get_or_create(pk=number, defaults=same)
    case = open_case(
        by=agent(), kind="enquiry", channel="hotline", key="same", summary="查询", at=NOON, group=namesake
    )
    assert refusal(lambda: pay("P4", case.case_id)).code == "other_case"


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_by_eight_browsers_at_once_is_one_use_and_one_appointment(desk):
    def pay():
        return claim_entitlement(
            by=None, person=person("P4"), entitlement="home_payment", key="once", at=NOON,
            detail={"amount_yuan": "300"},
        )  # fmt: skip

    results = at_once(*[pay] * 8)
    assert all(isinstance(one, Claimed) for one in results), results
    assert sum(one.is_new for one in results) == 1
    assert len({(one.use_id, one.case_id) for one in results}) == 1
    assert Case.objects.count() == EntitlementUse.objects.count() == 1
