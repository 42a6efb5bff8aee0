"""Stories of somebody who leaves: the account is closed at once, and what was owed stays to be seen."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from upheld.config import nightly
from upheld.config.main import main
from upheld.operations.close_account import close_account, open_account
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.refusals import ActRefused
from upheld.operations.set_password import set_password
from upheld.records.audit.models import Entry
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Assignment, Employee

pytestmark = pytest.mark.django_db

PASSWORD = "four plain words here"


def zhang():
    return Employee.objects.get(username="zhang")


@pytest.fixture
def at_work(operator):
    """Zhang of the small operator in front of a browser."""
    set_password(username="zhang", password=PASSWORD, by=None)
    browser = Client()
    browser.force_login(zhang(), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(reverse("workbench")).status_code == 200
    return browser


def is_out(browser):
    return browser.get(reverse("workbench")).status_code == 302


def test_a_closed_account_is_out_with_the_next_request_and_its_password_lets_nobody_in(at_work):
    close_account(username="zhang", by=None)
    assert is_out(at_work)
    assert not zhang().has_usable_password()
    assert Entry.objects.get(act="close_account").subject_id == str(zhang().pk)
    close_account(username="zhang", by=None)
    assert Entry.objects.filter(act="close_account").count() == 1


def test_an_account_opened_again_revives_no_session_and_needs_a_new_password(at_work):
    close_account(username="zhang", by=None)
    with pytest.raises(ActRefused) as refused:
        set_password(username="zhang", password=PASSWORD, by=None)
    assert refused.value.code == "account_closed"
    open_account(username="zhang", by=None)
    assert is_out(at_work)
    assert not zhang().has_usable_password()
    assert Entry.objects.filter(act="open_account").count() == 1


def test_the_staff_file_closes_and_opens_and_a_file_that_does_not_say_leaves_accounts_alone(
    at_work, operator
):
    header = "employee_id,username,name,job,province,active\n"
    row = "E1,zhang,张伟,account_manager,东海省,"
    operator.write("staff", header + row + "false\n")
    operator.bring("staff")
    assert not zhang().is_active
    assert is_out(at_work)
    assert Entry.objects.get(act="close_account").subject_id == str(zhang().pk)
    for silent in (header + row + "\n", "employee_id,username,name,job,province\n" + row[:-1] + "\n"):
        operator.write("staff", silent)
        operator.bring("staff")
        assert not zhang().is_active
    operator.write("staff", header + row + "true\n")
    operator.bring("staff")
    assert zhang().is_active
    assert is_out(at_work)
    assert Entry.objects.filter(act="open_account").count() == 1


def test_what_a_leaver_owes_stays_theirs_over_the_nights_until_somebody_else_answers_for_it(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    months = {"from_date": date(2026, 1, 1), "until_date": date(2026, 3, 1), "by": None}
    plan_contacts(**months)
    owed = Promise.objects.filter(responsible=zhang(), state="open").count()
    assert owed
    close_account(username="zhang", by=None)
    plan_contacts(**months)
    assert Promise.objects.filter(responsible=zhang(), state="open").count() == owed
    Assignment.objects.filter(employee=zhang()).update(employee=Employee.objects.get(username="li"))
    plan_contacts(**months)
    assert not Promise.objects.filter(responsible=zhang(), state="open").exists()


@pytest.mark.parametrize("lead", ["wang", "zhao"])
def test_the_lead_and_the_department_see_whose_it_was_and_that_they_left(operator, lead):
    rate_base(as_of=date(2026, 1, 1), by=None)
    plan_contacts(from_date=date(2026, 1, 1), until_date=date(2026, 3, 1), by=None)
    browser = Client()
    browser.force_login(
        Employee.objects.get(username=lead), backend="django.contrib.auth.backends.ModelBackend"
    )
    ask = {"tab": "overdue"}
    assert "张伟" in browser.get(reverse("workbench"), ask).content.decode()
    close_account(username="zhang", by=None)
    close_account(username="li", by=None)  # who owes nothing
    page = browser.get(reverse("workbench"), ask).content.decode()
    assert "张伟（已离职）" in page
    assert "李娜" not in page


def test_the_words_of_the_command(operator, monkeypatch, capsys):
    monkeypatch.setattr(nightly, "bring_up", lambda **_: True)
    assert main(["account", "close", "zhang"]) == 0
    assert not zhang().is_active
    assert main(["password", "zhang", "--generate"]) == 1
    assert main(["account", "open", "zhang"]) == 0
    assert zhang().is_active
    assert main(["account", "close", "nobody"]) == 1
    said = capsys.readouterr()
    assert "upheld password zhang" in said.out
    assert "nobody signs in as 'nobody'" in said.err
