"""A small company to look at: two account managers with a customer each, their team lead, and the province."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

PASSWORD = "a-long-password-for-tests"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hash passwords in no time: a company of five for every story would cost more than the stories."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def today() -> date:
    """The day on which the pages are looked at."""
    return timezone.localdate()


@pytest.fixture
def company(db: None, quick_passwords: None, today: date) -> SimpleNamespace:
    """Two teams' worth of people: `li` serves Wang Xiaoming of a class A group, `zhou` serves Chen Hui of another."""
    from upheld.operations.activate_edition import activate_edition
    from upheld.records.people.models import Group, GroupRole, Person
    from upheld.records.staff.models import Assignment, Employee, Unit

    province = Unit.objects.create(code="U1", name="青澜省公司", kind="province")
    city = Unit.objects.create(code="U2", name="澜州市公司", kind="city", parent=province)
    team = Unit.objects.create(code="U3", name="集团客户一班", kind="team", parent=city)
    other_team = Unit.objects.create(code="U4", name="集团客户二班", kind="team", parent=city)

    def employ(username: str, name: str, job: str, unit: Unit, language: str = "zh-hans") -> Employee:
        return Employee.objects.create_user(
            username, PASSWORD, name=name, job=job, unit=unit, language=language, code=username.upper()
        )

    staff = {
        "li": employ("li", "李娜", "account_manager", team),
        "zhou": employ("zhou", "周强", "account_manager", other_team),
        "lead": employ("lead", "何敏", "team_lead", team),
        "service": employ("service", "孙岚", "service_department", province),
        "admin": employ("admin", "吴刚", "administrator", province, language="en"),
    }
    power = Group.objects.create(
        code="G1", name="江州市电力公司", group_class="A", group_kind="key_enterprise"
    )
    water = Group.objects.create(code="G2", name="江州市水务公司", group_class="C")
    wang = Person.objects.create(code="P1", name="王小明", phone="13812341234", brand="global_pass")
    chen = Person.objects.create(code="P2", name="陈慧", phone="13987655678")
    since = date(2020, 1, 1)
    GroupRole.objects.create(person=wang, group=power, role="contact", from_date=since)
    GroupRole.objects.create(person=chen, group=water, role="contact", from_date=since)
    for employee, group in ((staff["li"], power), (staff["zhou"], water)):
        Assignment.objects.create(employee=employee, group=group, kind="account_manager", from_date=since)
    edition = activate_edition(active_from=date(2005, 1, 1), by=None)
    made = SimpleNamespace(
        **staff, power=power, water=water, wang=wang, chen=chen, edition=edition, today=today
    )

    def join(username: str, name: str, job: str, unit: Unit = team) -> Employee:
        """Let somebody join, Li's team where no other is named; `signed_in` knows them by the user name."""
        employee = employ(username, name, job, unit)
        setattr(made, username, employee)
        return employee

    made.join = join
    return made


@pytest.fixture
def owe(company: SimpleNamespace) -> Callable[..., Any]:
    """Make a promise: a visit to Wang by KEY-5, due today and served by Li, unless a story says more."""
    from upheld.records.promises.models import Promise

    def make(**fields: Any) -> Promise:
        if "person" not in fields and "group" not in fields:
            fields["person"] = company.wang
        ended = fields.get("state", "open") != "open"
        given = {
            "action": "visit",
            "clause": "KEY-5",
            "standard": "KEY",
            "from_date": company.today - timedelta(days=20),
            "due_date": company.today,
            "responsible": company.li,
            "edition": company.edition,
            "ended_at": timezone.now() if ended else None,
            **fields,
        }
        return Promise.objects.create(**given)

    return make


@pytest.fixture
def signed_in(company: SimpleNamespace) -> Callable[[str], Client]:
    """Sign somebody in and give the browser."""

    def sign_in(who: str, language: str = "zh-hans") -> Client:
        browser = Client()
        browser.force_login(getattr(company, who), backend="django.contrib.auth.backends.ModelBackend")
        browser.cookies["django_language"] = language
        return browser

    return sign_in


@pytest.fixture
def contact_form(today: date) -> Callable[..., dict[str, str]]:
    """Fill in the record form: a visit a minute ago."""

    def fill(**fields: str) -> dict[str, str]:
        happened_at = timezone.localtime() - timedelta(minutes=1)
        return {
            "key": "form-1",
            "channel": "visit",
            "happened_at": happened_at.strftime("%Y-%m-%dT%H:%M"),
            "outcome": "reached",
            "report": "谈了专线扩容",
            **fields,
        }

    return fill
