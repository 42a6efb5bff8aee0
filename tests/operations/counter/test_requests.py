"""One form for a whole request: whatever it is composed of, it is stored once, with a case for each kind of clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from upheld.operations.counter.items import ITEMS
from upheld.operations.counter.open_request import BadItems, Item, Taken, open_request
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case
from upheld.records.counter.models import Request
from upheld.records.counter.queries import cases_of_request, request_of_case
from upheld.records.people.models import Person, Service
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee, Unit

from ..conftest import at, at_once

pytestmark = pytest.mark.django_db

MOVE = Item(
    "relocation",
    {"service": "B5", "address": "临海市人民路8号", "area": "urban", "fee": "100.00"},
    papers=("identity_card",),
    words="移机：临海市人民路8号",
)
CARD = Item("replacement_card", {"service": "S5", "why": "lost"}, words="补换卡：丢失")
CHANGE = Item("service_change", {"service": "S5", "new_plan": "129元"}, words="业务变更：129元")
COMPLAINT = Item("complaint", {"text": "账单有误"}, words="投诉：账单有误")


@pytest.fixture
def clerk(operator: Any) -> Employee:
    unit = Unit.objects.get(name="一班")
    person = Person.objects.get(code="P5")
    Service.objects.create(code="B5", person=person, kind="broadband", number="0576000005", brand="e_home")
    return Employee.objects.create_user("hu", name="胡小店", job="store_clerk", unit=unit, code="E20")


def ask(clerk: Employee, *items: Item, key: str = "form-1", person: str = "P5", **given: Any) -> Taken:
    given = {"at": at("2026-03-02", 10), **given}
    return open_request(by=clerk, person=Person.objects.get(code=person), items=items, key=key, **given)


def test_four_items_are_three_cases_of_one_form(clerk: Employee) -> None:
    taken = ask(clerk, MOVE, CARD, COMPLAINT, CHANGE)
    cases = {one.kind: one for one in Case.objects.filter(pk__in=taken.case_ids)}
    assert {kind: (one.items, one.order_type) for kind, one in cases.items()} == {
        "installation": (["relocation"], "relocation"),
        "order": (["replacement_card", "service_change"], "replacement_card"),
        "complaint": (["complaint"], None),
    }
    assert {(one.channel, one.first_asked, one.handler, one.state) for one in cases.values()} == {
        ("store", clerk, clerk, "assigned")
    }
    assert (cases["installation"].address, cases["installation"].area) == ("临海市人民路8号", "urban")
    assert cases["order"].summary == "补换卡：丢失\n业务变更：129元"
    stored = Request.objects.get(pk=taken.request_id)
    assert [one["case"] for one in stored.items] == [
        cases["installation"].pk, cases["order"].pk, cases["complaint"].pk, cases["order"].pk,
    ]  # fmt: skip
    assert (stored.clerk, stored.unit, stored.items[0]["papers"]) == (clerk, clerk.unit, ["identity_card"])
    assert cases_of_request(stored.pk) == list(taken.case_ids)
    assert request_of_case(cases["order"].pk) == stored
    entry = Entry.objects.get(act="open_request")
    assert (entry.actor, entry.subject_id, entry.detail["items"]) == (
        clerk, str(stored.pk), ["relocation", "replacement_card", "complaint", "service_change"],
    )  # fmt: skip


def test_what_was_promised_is_kept_as_it_was_told_and_only_what_may_be_told(clerk: Employee) -> None:
    taken = ask(clerk, COMPLAINT)
    stored = Request.objects.get(pk=taken.request_id)
    public = Promise.objects.filter(case_id__in=taken.case_ids, clock__public=True).order_by("due_at")
    assert [(one["clause"], one["due_at"]) for one in stored.promised] == [
        (one.clause, one.due_at.isoformat()) for one in public
    ]
    assert [one["clause"] for one in stored.promised] == ["CT-16", "LAW-6"]


def test_what_a_vip_is_promised_inside_the_house_is_not_on_the_form(clerk: Employee) -> None:
    taken = ask(clerk, COMPLAINT, person="P2")
    told = [one["clause"] for one in Request.objects.get(pk=taken.request_id).promised]
    owed = set(Promise.objects.filter(case_id__in=taken.case_ids).values_list("clause", flat=True))
    assert "KEY-23" in owed
    assert "KEY-23" not in told


def test_a_form_sent_twice_is_one_request(clerk: Employee) -> None:
    first, again = ask(clerk, MOVE, COMPLAINT), ask(clerk, MOVE, COMPLAINT)
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.request_id, again.case_ids) == (first.request_id, first.case_ids)
    with pytest.raises(ActRefused, match="was used for another request"):
        ask(clerk, COMPLAINT, person="P3")
    assert Request.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_double_clicked_at_one_instant_is_one_request(clerk: Employee) -> None:
    results = at_once(*[lambda: ask(clerk, MOVE, CARD, COMPLAINT) for _ in range(4)])
    assert not [one for one in results if isinstance(one, Exception)], results
    assert len({one.request_id for one in results}) == 1
    assert sum(one.is_new for one in results) == 1
    assert (Request.objects.count(), Case.objects.count()) == (1, 3)


def test_identity_is_seen_first_at_joining_relocation_and_transfer(clerk: Employee) -> None:
    assert {code for code, one in ITEMS.items() if one.identity} == {
        "join", "relocation", "transfer_of_ownership",
    }  # fmt: skip
    for papers in ((), ("home_deed",), ("authorisation",)):
        with pytest.raises(BadItems) as refused:
            ask(clerk, Item("relocation", MOVE.values, papers=papers))
        assert refused.value.faults == (("relocation", "papers", "not_seen"),)
    assert Case.objects.count() == 0


def test_every_fault_of_every_item_is_named_at_once_and_nothing_is_stored(clerk: Employee) -> None:
    with pytest.raises(BadItems) as refused:
        ask(
            clerk,
            Item("relocation", {"service": "S1", "area": "moon", "fee": "1.234"}, papers=("identity_card",)),
            Item("top_up", {"service": "S5", "amount": "-3"}),
            Item("suspend_keeping_number", {"service": "S5", "until_date": "tomorrow", "colour": "red"}),
            Item("join", {"service_kind": "broadband", "plan": "99元"}, papers=("passport", "library_card")),
            Item("marry"),
            COMPLAINT,
        )
    assert set(refused.value.faults) == {
        ("relocation", "service", "no_service"),
        ("relocation", "address", "missing"),
        ("relocation", "area", "unknown"),
        ("relocation", "fee", "no_amount"),
        ("top_up", "amount", "no_amount"),
        ("suspend_keeping_number", "until_date", "no_date"),
        ("suspend_keeping_number", "colour", "unknown"),
        ("join", "papers", "unknown"),
        ("join", "address", "missing"),
        ("join", "area", "missing"),
        ("marry", "code", "unknown"),
    }
    assert (Request.objects.count(), Case.objects.count()) == (0, 0)
    with pytest.raises(ActRefused, match="at least one item"):
        ask(clerk)


def test_a_payment_of_all_arrears_starts_the_laws_clock_of_reopening(clerk: Employee) -> None:
    plain = ask(clerk, Item("payment", {"service": "S5", "amount": "50"}), key="a")
    cleared = ask(clerk, Item("payment", {"service": "S5", "amount": "50", "clears": "on"}), key="b")
    assert Case.objects.get(pk=plain.case_ids[0]).kind == "order"
    assert Case.objects.get(pk=cleared.case_ids[0]).kind == "reopening"
    (promised,) = Request.objects.get(pk=cleared.request_id).promised
    assert (promised["clause"], datetime.fromisoformat(promised["due_at"])) == ("LAW-4", at("2026-03-04", 10))


def test_nobody_without_a_counter_takes_requests_and_the_refusal_is_noted(clerk: Employee) -> None:
    with pytest.raises(NotAllowed):
        ask(Employee.objects.get(code="E1"), COMPLAINT)
    assert Entry.objects.get(act="open_request").allowed is False
    assert Case.objects.count() == 0


def test_a_signed_form_is_never_changed(clerk: Employee) -> None:
    taken = ask(clerk, COMPLAINT)
    for change in (
        lambda: Request.objects.filter(pk=taken.request_id).update(note="x"),
        lambda: Request.objects.get(pk=taken.request_id).cases.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
