"""The figures of coverage against the trial: the own book, the team's, everybody's, and the same as a file."""

from __future__ import annotations

import csv
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Person
from upheld.records.staff.models import Assignment

pytestmark = pytest.mark.django_db


@pytest.fixture
def contacted(company: SimpleNamespace) -> None:
    """Li serves twelve, eight of them reached twice and one tried twice; Zhou serves one, reached once."""
    people = [company.wang] + [Person.objects.create(code=f"X{n}", name=f"客户{n}") for n in range(11)]
    for person in people[1:]:
        Assignment.objects.create(
            employee=company.li, person=person, kind="account_manager", from_date=company.today
        )
    at = timezone.now() - timedelta(hours=1)
    for n, person in enumerate([*people[:9], people[0], company.chen]):
        for turn in (1, 2) if person != company.chen else (1,):
            Interaction.objects.create(
                person=person, channel="call", happened_at=at, key=f"c{n}-{turn}",
                outcome="not_reached" if n == 8 else "reached",
            )  # fmt: skip


def test_a_manager_sees_the_own_share_and_the_trials(company, contacted, signed_in) -> None:
    page = signed_in("li", "en").get(reverse("coverage")).content.decode()
    assert "66.7 %" in page  # 8 of 12
    assert "9 tried at least 2 times" in page
    assert "trial: 65 %" in page
    assert "周强" not in page


def test_the_service_department_goes_down_to_a_manager_and_a_class(company, contacted, signed_in) -> None:
    browser = signed_in("service", "en")
    page = browser.get(reverse("coverage")).content.decode()
    assert "李娜" in page
    assert "周强" in page
    one = browser.get(reverse("coverage"), {"manager": "ZHOU"}).content.decode()
    assert '<span class="big">1</span>' in one
    of_a = browser.get(reverse("coverage"), {"class": "A"}).content.decode()
    assert "Class A" in of_a
    assert (
        browser.get(reverse("coverage"), {"manager": "\x00", "class": "Z", "day": "1-1-1"}).status_code == 200
    )


def test_a_managers_reach_is_not_widened_by_the_address(company, contacted, signed_in) -> None:
    page = signed_in("zhou", "en").get(reverse("coverage"), {"manager": "LI"}).content.decode()
    assert "李娜" not in page
    assert '<span class="big">1</span>' in page


def test_the_file_says_what_the_page_says(company, contacted, signed_in) -> None:
    company.li.name = "=1+1"
    company.li.save()
    answer = signed_in("service", "en").get(reverse("coverage-csv"))
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert [row[3:6] for row in rows[1:]] == [["12", "9", "8"], ["1", "0", "0"]]
    assert rows[1][1] == "'=1+1"


def test_who_serves_nobody_is_told_so(company, signed_in) -> None:
    Assignment.objects.update(until_date=company.today)
    assert "没有人服务客户" in signed_in("li").get(reverse("coverage")).content.decode()
