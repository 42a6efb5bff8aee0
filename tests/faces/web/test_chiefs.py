"""Chief customer representatives: who is missing is seen and assigned, and an executive's month fits on a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def executive(company: SimpleNamespace) -> Any:
    """An executive of the province; Wang becomes the top decision maker of the power company."""
    from upheld.records.people.models import GroupRole

    GroupRole.objects.filter(person=company.wang).update(role="top_decision_maker")
    company.join("chief", "郑总", "chief_representative", company.service.unit)
    return company.chief


@pytest.fixture
def tied(company: SimpleNamespace, executive: Any) -> Any:
    """The executive keeps the tie with the power company."""
    from upheld.records.staff.models import Assignment

    return Assignment.objects.create(
        employee=executive, group=company.power, kind="chief_representative", from_date=date(2020, 1, 1)
    )


def targets(browser: Client) -> list[Any]:
    return browser.get(reverse("chiefs")).context["page"].targets


def test_the_coverage_names_the_groups_that_are_missing_and_assigns_from_there(
    signed_in: SignIn, company: SimpleNamespace, executive: Any
) -> None:
    browser = signed_in("service")
    page = browser.get(reverse("chiefs"))
    assert "江州市电力公司" in page.content.decode()
    assert "还差 1 个单位" in page.content.decode()
    _, important, _ = (one.measured for one in page.context["page"].targets)
    assert (important.population, important.covered, important.needed) == (1, 0, 1)
    assert [one.code for one in important.missing] == ["G1"]
    answer = browser.post(reverse("chief-assign"), {"group": "G1", "employee": "CHIEF"}, follow=True)
    assert "现由郑总联系" in answer.content.decode()
    assert [one.measured.is_met for one in targets(browser)] == [None, True, None]
    assert [(one.code, one.groups) for one in answer.context["page"].executives] == [("CHIEF", 1)]


def test_without_a_name_the_rules_choose_the_executive(
    signed_in: SignIn, company: SimpleNamespace, executive: Any
) -> None:
    browser = signed_in("service")
    browser.post(reverse("chief-assign"), {"group": "G1", "employee": ""})
    assert targets(browser)[1].measured.covered == 1


def test_the_base_is_counted_by_class_and_kind_and_not_group_by_group(
    signed_in: SignIn, company: SimpleNamespace, tied: Any
) -> None:
    from upheld.operations.chief_coverage import chief_targets
    from upheld.operations.measure_coverage import measure_coverage
    from upheld.records.people.choices import GroupClass, GroupKind
    from upheld.records.people.models import Group
    from upheld.records.staff.models import Assignment

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            chief_targets(as_of=company.today, most=2)
        return len(captured)

    chief_targets(as_of=company.today)  # the edition is read once
    few = queries()
    groups = [
        Group.objects.create(code=f"K{place}", name=f"单位{place}", group_class=of_class, group_kind=kind)
        for place, (of_class, kind) in enumerate(product(GroupClass.values, [*GroupKind.values, None]))
    ]
    for group in groups[::3]:
        Assignment.objects.create(
            employee=tied.employee, group=group, kind="chief_representative", from_date=date(2020, 1, 1)
        )
    # A target whose last group got an executive asks for no missing ones; it never asks more than before.
    assert queries() <= few + 3
    measured = chief_targets(as_of=company.today, most=2)
    # The figures alone are counted group by group elsewhere: an oracle of its own.
    expected = [one for one in measure_coverage(as_of=company.today) if one.clause == "KEY-40"]
    assert [(one.population, one.covered) for one in measured] == [
        (one.population, one.covered) for one in expected
    ]
    assert sum(one.covered for one in measured) > 1
    served = set(Assignment.objects.filter(kind="chief_representative").values_list("group__code", flat=True))
    for one in measured:
        assert len(one.missing) == min(2, one.population - one.covered)
        assert not served & {group.code for group in one.missing}


def test_how_many_groups_reach_a_target_is_rounded_up() -> None:
    from upheld.operations.chief_coverage import ChiefTarget

    asked = SimpleNamespace(at_least_percent=80)
    for population, covered, needed in ((10, 7, 1), (10, 8, 0), (11, 8, 1), (1, 0, 1), (0, 0, 0)):
        assert ChiefTarget(asked, population, covered).needed == needed  # type: ignore[arg-type]


def test_a_group_that_is_not_there_and_an_executive_who_is_none_are_answered(
    signed_in: SignIn, executive: Any
) -> None:
    browser = signed_in("service")
    assert browser.post(reverse("chief-assign"), {"group": "G99"}).status_code == 404
    assert browser.post(reverse("chief-assign"), {"group": "G1", "employee": "LI"}).status_code == 422
    assert browser.post(reverse("chief-assign"), {"group": "G1\0", "employee": "\0"}).status_code == 404


def test_an_executive_sees_the_few_and_what_to_know_before_a_call(
    signed_in: SignIn, company: SimpleNamespace, tied: Any, owe: Callable[..., Any]
) -> None:
    from upheld.records.evidence.models import Interaction

    today = company.today
    owe(due_date=today, from_date=today - timedelta(days=9))
    owe(action="sms", from_date=today, due_date=today)
    owe(group=company.power, action="return_visit", clause="KEY-33", from_date=today, due_date=today)
    owe(
        state="broken",
        action="call",
        from_date=today - timedelta(days=40),
        due_date=today - timedelta(days=20),
    )
    owe(person=company.chen)  # somebody else's customer
    Interaction.objects.create(
        person=company.wang,
        employee=company.li,
        channel="call",
        happened_at=timezone.now() - timedelta(days=5),
        report="谈了专线扩容",
        key="k",
    )
    answer = signed_in("chief").get(reverse("chief-month"))
    page, text = answer.context["page"], answer.content.decode()
    [group] = page.groups
    [wang] = group.people
    assert (wang.name, wang.days_since, wang.messages, len(wang.owed)) == ("王小明", 5, 1, 1)
    assert [one.action for one in group.owed] == ["return_visit"]
    assert [one.action for one in group.broken] == ["call"]
    assert page.owed == 2
    assert "谈了专线扩容" in text
    assert "致电前须知" in text
    assert "138****1234" in text
    assert "陈慧" not in text


def test_one_tap_records_the_talk_once_and_keeps_what_is_owed(
    signed_in: SignIn, company: SimpleNamespace, tied: Any, owe: Callable[..., Any]
) -> None:
    from upheld.records.evidence.models import Interaction

    owed, browser = owe(), signed_in("chief")
    for _ in range(2):
        answer = browser.post(
            reverse("chief-record", args=["P1"]),
            {"channel": "visit", "key": "tap", "report": "一切顺利"},
            follow=True,
        )
    owed.refresh_from_db()
    assert owed.state == "kept"
    assert "KEY-5" in answer.content.decode()
    contact = Interaction.objects.get()
    assert (contact.employee, contact.report) == (company.chief, "一切顺利")
    assert answer.context["page"].talked == 1


def test_whom_the_executive_does_not_serve_stays_out_of_reach(
    signed_in: SignIn, company: SimpleNamespace, tied: Any
) -> None:
    browser = signed_in("chief")
    assert browser.post(reverse("chief-record", args=["P2"]), {"channel": "call"}).status_code == 403
    assert browser.post(reverse("chief-record", args=["P1"]), {"channel": "gift"}).status_code == 422
    assert browser.get(reverse("chiefs")).status_code == 403


def test_the_department_reads_an_executives_month_with_masks_and_other_executives_do_not(
    signed_in: SignIn, company: SimpleNamespace, tied: Any
) -> None:
    company.join("other", "钱总", "chief_representative", company.service.unit)
    address = reverse("chief-month-of", args=["CHIEF"])
    page = signed_in("service").get(address).content.decode()
    assert "江州市电力公司" in page
    assert "王小明" not in page
    assert signed_in("other").get(address).status_code == 403
    assert signed_in("service").get(reverse("chief-month-of", args=["LI"])).status_code == 404
    assert signed_in("service").get(reverse("chief-month")).status_code == 403


def test_the_month_takes_as_many_questions_for_many_groups_as_for_one(
    signed_in: SignIn, company: SimpleNamespace, tied: Any, django_assert_max_num_queries: Any
) -> None:
    from upheld.records.people.models import Group, GroupRole, Person
    from upheld.records.staff.models import Assignment

    for number in range(3, 12):
        group = Group.objects.create(code=f"G{number}", name=f"单位{number}", group_class="B1")
        person = Person.objects.create(code=f"P{number}", name=f"高层{number}")
        GroupRole.objects.create(
            person=person, group=group, role="top_decision_maker", from_date=date(2020, 1, 1)
        )
        Assignment.objects.create(
            employee=company.chief, group=group, kind="chief_representative", from_date=date(2020, 1, 1)
        )
    browser = signed_in("chief")
    browser.get(reverse("chief-month"))
    with django_assert_max_num_queries(30):
        assert len(browser.get(reverse("chief-month")).context["page"].groups) == 10
