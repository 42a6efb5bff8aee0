"""A company that gives events: a class A and a class B group with key persons who are owed one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from upheld.operations.activate_edition import activate_edition
from upheld.operations.events.plan_event import plan_event
from upheld.records.people.models import Group, GroupRole, Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Assignment, Employee, Unit

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 10, tzinfo=ZONE)
EVENING = datetime(2026, 3, 20, 18, tzinfo=ZONE)
HOUR = timedelta(hours=1)


def build_company(people: int = 6) -> SimpleNamespace:
    """Make the company in the database; key persons 1, 2, 3 ... are of the class A group, 4 and on of the B1 one."""
    province = Unit.objects.create(code="U1", name="省公司", kind="province")

    def employ(username: str, job: str) -> Employee:
        return Employee.objects.create_user(
            username, name=username, job=job, unit=province, code=username.upper()
        )

    power = Group.objects.create(code="G1", name="电力公司", group_class="A", group_kind="key_enterprise")
    port = Group.objects.create(code="G2", name="港务局", group_class="B1", group_kind="government")
    persons = []
    for number in range(1, people + 1):
        person = Person.objects.create(code=f"P{number}", name=f"王{number}", phone=f"1380000000{number}")
        role = "contact" if number in (1, 4) else "influencer"
        group = power if number <= 3 else port
        GroupRole.objects.create(person=person, group=group, role=role, from_date=date(2020, 1, 1))
        persons.append(person)
    manager = employ("li", "account_manager")
    for group in (power, port):
        Assignment.objects.create(
            employee=manager, group=group, kind="account_manager", from_date=date(2020, 1, 1)
        )
    return SimpleNamespace(
        manager=manager,
        lead=employ("lead", "team_lead"),
        service=employ("service", "service_department"),
        agent=employ("agent", "hotline_agent"),
        power=power,
        port=port,
        people=persons,
        edition=activate_edition(active_from=date(2005, 1, 1), by=None),
    )


def owe_event(company: SimpleNamespace, **fields: object) -> Promise:
    """Owe an event to the first person within the half year, unless a story says more."""
    if "person" not in fields and "group" not in fields:
        fields["person"] = company.people[0]
    return Promise.objects.create(
        **{
            "action": "event",
            "clause": "KEY-8",
            "standard": "KEY",
            "from_date": date(2026, 1, 1),
            "due_date": date(2026, 6, 30),
            "responsible": company.manager,
            "edition": company.edition,
            **fields,
        }
    )


def give_event(company: SimpleNamespace, **fields: object):
    """Plan an evening with customers for KEY-8, unless a story says more."""
    asked = {
        "by": company.manager,
        "key": "evening",
        "kind": "gathering",
        "title": "春季联谊",
        "place": "海景厅",
        "starts_at": EVENING,
        "ends_at": EVENING + 3 * HOUR,
        "capacity": 3,
        "clauses": ["KEY-8"],
        "at": NOW,
        **fields,
    }
    return plan_event(**asked)


@pytest.fixture
def company() -> SimpleNamespace:
    return build_company()
