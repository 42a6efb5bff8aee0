"""Stories of the private calendar address: shown once, renewed, taken back, and not to be asked for without end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from upheld.operations.calendar_feed import (
    OPENINGS_AN_HOUR,
    RENEWALS_A_DAY,
    TooOften,
    end_calendar_feed,
    make_calendar_feed,
    open_calendar_feed,
)
from upheld.operations.close_account import close_account
from upheld.operations.refusals import ActRefused
from upheld.records.audit.models import Entry
from upheld.records.calendars.models import CalendarFeed
from upheld.records.calendars.queries import feed_of
from upheld.records.staff.models import Employee

from .conftest import at, at_once

NOW = at("2026-03-02")
pytestmark = pytest.mark.django_db


@pytest.fixture
def li(operator):
    return Employee.objects.get(code="E2")


def test_the_secret_opens_the_calendar_and_stands_nowhere_in_the_database(li):
    token = make_calendar_feed(by=li, now=NOW)
    assert len(token) >= 43
    feed = open_calendar_feed(token=token, now=NOW)
    assert feed.employee == li
    assert token not in str(CalendarFeed.objects.values().get())
    assert token not in str(list(Entry.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize("other", ["", "x", "0" * 64, "\0", "日历" * 50])
def test_another_word_opens_nothing(li, other):
    make_calendar_feed(by=li, now=NOW)
    assert open_calendar_feed(token=other, now=NOW) is None
    assert open_calendar_feed(token=CalendarFeed.objects.get().token_hash, now=NOW) is None


def test_a_renewed_address_closes_the_one_before(li):
    first = make_calendar_feed(by=li, now=NOW)
    second = make_calendar_feed(by=li, names="initials", now=NOW + timedelta(minutes=1))
    assert open_calendar_feed(token=first, now=NOW) is None
    assert open_calendar_feed(token=second, now=NOW).names == "initials"
    assert [
        one.detail["renewed"] for one in Entry.objects.filter(act="make_calendar_feed").order_by("pk")
    ] == [
        False,
        True,
    ]


def test_taken_back_it_opens_nothing_and_twice_is_once(li):
    token = make_calendar_feed(by=li, now=NOW)
    assert end_calendar_feed(by=li)
    assert not end_calendar_feed(by=li)
    assert open_calendar_feed(token=token, now=NOW) is None
    assert feed_of(li.pk) is None
    assert Entry.objects.filter(act="end_calendar_feed").count() == 1


def test_who_left_has_no_calendar(li):
    token = make_calendar_feed(by=li, now=NOW)
    close_account(username=li.username, by=None)
    assert open_calendar_feed(token=token, now=NOW) is None


def test_a_program_that_asks_without_end_waits_for_the_next_hour(li):
    token = make_calendar_feed(by=li, now=NOW)
    for _ in range(OPENINGS_AN_HOUR):
        open_calendar_feed(token=token, now=NOW)
    with pytest.raises(TooOften) as refused:
        open_calendar_feed(token=token, now=NOW + timedelta(minutes=59))
    assert refused.value.wait_seconds == 61
    assert open_calendar_feed(token=token, now=NOW + timedelta(hours=1)) is not None


def test_the_audit_trail_has_one_opening_a_day_with_the_programs_name(li):
    token = make_calendar_feed(by=li, now=NOW)
    for hours in (0, 1, 2, 24):
        open_calendar_feed(token=token, program="Thunderbird\0", now=NOW + timedelta(hours=hours))
    opened = Entry.objects.filter(act="open_calendar_feed")
    assert [one.detail["program"] for one in opened] == ["Thunderbird", "Thunderbird"]
    assert {one.actor for one in opened} == {li}


def test_it_is_not_renewed_without_end(li):
    for _ in range(RENEWALS_A_DAY):
        make_calendar_feed(by=li, now=NOW)
    with pytest.raises(ActRefused, match="too often"):
        make_calendar_feed(by=li, now=NOW)
    assert make_calendar_feed(by=li, now=NOW + timedelta(days=1, seconds=1))


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_leave_one_address(li):
    tokens = at_once(*[lambda: make_calendar_feed(by=li, now=NOW)] * 2)
    assert sum(open_calendar_feed(token=one, now=NOW) is not None for one in tokens) == 1


def test_names_are_shown_in_no_other_way(li):
    with pytest.raises(ActRefused):
        make_calendar_feed(by=li, names="whole", now=NOW)
