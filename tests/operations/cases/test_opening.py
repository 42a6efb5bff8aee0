"""A customer asks, complains or reports a fault: the case is stored once and its clocks begin by the standard."""

from __future__ import annotations

from datetime import datetime

import pytest

from upheld.operations.cases.open_case import open_case
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case, CaseClock, CaseStep, ClockEvent
from upheld.records.people.models import Group, Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee

from ..conftest import at, at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(operator) -> Employee:
    return Employee.objects.get(code="E1")


def open_for(code: str, kind: str, by: Employee | None, **given):
    given = {"channel": "hotline", "summary": "客户来电", "key": f"{code}-{kind}", **given}
    return open_case(by=by, kind=kind, person=Person.objects.get(code=code), **given)


def test_a_contact_of_a_class_a_group_complains_and_four_clocks_begin(manager):
    opened = open_for("P2", "complaint", manager, at=at("2026-03-02", 9))
    promises = Promise.objects.filter(pk__in=opened.promise_ids).order_by("due_at", "clause")
    assert [(one.clause, one.action, one.due_at) for one in promises] == [
        ("KEY-23", "first_answer", at("2026-03-02", 11)),
        ("KEY-23", "outcome_reply", at("2026-03-02", 21)),
        ("CT-16", "settled", at("2026-03-05", 18)),
        ("LAW-6", "legal_answer", at("2026-03-17", 9)),
    ]
    assert {(one.standard, one.source, one.responsible, one.case_id) for one in promises} == {
        ("KEY", "case_deadline", manager, opened.case_id),
        ("CT", "case_deadline", manager, opened.case_id),
        ("LAW", "case_deadline", manager, opened.case_id),
    }
    first = promises[0]
    assert first.warn_ats == [
        datetime.fromisoformat("2026-03-02T10:30+08:00"),
        at("2026-03-02", 11),
        at("2026-03-02", 12),
    ]
    assert first.warn_at == first.warn_ats[0]
    clock = CaseClock.objects.get(promise=first)
    assert (clock.limit_unit, clock.limit_amount, clock.measure_unit) == ("hours", 2, "continuous")
    event = ClockEvent.objects.get(clock=clock)
    assert (event.what, event.at, event.due_at) == ("started", at("2026-03-02", 9), first.due_at)
    case = Case.objects.get(pk=opened.case_id)
    assert (case.state, case.handler, case.first_asked, case.unit) == (
        "assigned",
        manager,
        manager,
        manager.unit,
    )
    assert (case.priority, case.region.code) == (2, "东海省/临海市")
    assert CaseStep.objects.get(case=case).what == "opened"
    assert Entry.objects.filter(act="open_case", subject_id=str(case.pk), actor=manager).count() == 1


def test_a_double_click_opens_one_case(manager):
    first = open_for("P3", "fault", manager, area="rural")
    again = open_for("P3", "fault", manager, area="rural")
    assert (again.case_id, again.promise_ids, again.is_new) == (first.case_id, first.promise_ids, False)
    assert Case.objects.count() == 1
    assert Promise.objects.filter(source="case_deadline").count() == len(first.promise_ids) == 3


def test_a_key_used_for_another_case_is_refused(manager):
    open_for("P3", "fault", manager, key="form-1")
    with pytest.raises(ActRefused) as refused:
        open_for("P4", "fault", manager, key="form-1")
    assert refused.value.code == "key_used"
    assert Case.objects.count() == 1


def test_a_group_itself_may_ask(manager):
    opened = open_case(
        by=manager, kind="coverage_request", group=Group.objects.get(code="G1"), channel="manager",
        summary="厂区信号弱", key="k", at=at("2026-03-02", 9),
    )  # fmt: skip
    promise = Promise.objects.get(pk__in=opened.promise_ids)
    assert (promise.clause, promise.group.code, promise.due_at) == ("KEY-20", "G1", at("2026-03-03", 18))


def test_every_fault_of_a_form_is_named_at_once_and_nothing_is_stored(manager):
    with pytest.raises(ActRefused) as refused:
        open_case(by=manager, kind="compliant", channel="fax", area="town", summary=" ", key="k")
    for part in ("'compliant'", "'fax'", "'town'", "the person or the group", "what the customer wants"):
        assert part in refused.value.message
    assert not Case.objects.exists()


def test_who_only_oversees_opens_no_case(manager):
    department = Employee.objects.get(code="E5")
    with pytest.raises(NotAllowed):
        open_for("P2", "complaint", department)
    assert Entry.objects.filter(act="open_case", allowed=False, actor=department).exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_one_instant_opens_one_case(manager):
    person = Person.objects.get(code="P2").pk

    def send():
        return open_case(
            by=manager, kind="complaint", channel="hotline", person=person, summary="网络差", key="once"
        )

    results = at_once(send, send, send, send)
    assert len({one.case_id for one in results}) == 1
    assert [one.is_new for one in results].count(True) == 1
    assert Promise.objects.filter(source="case_deadline").count() == 4
