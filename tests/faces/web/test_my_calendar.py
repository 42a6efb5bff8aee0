"""The private calendar: made on a page, read by a program without a session, true to every change."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import icalendar
import pytest
import vobject
from django.test import Client
from django.utils import timezone

from upheld.operations.appointments import agree_appointment, cancel_appointment, move_appointment
from upheld.operations.calendar_feed import OPENINGS_AN_HOUR, make_calendar_feed
from upheld.operations.plan_day import plan_day
from upheld.operations.waive_promise import waive_promise
from upheld.records.audit.models import Entry
from upheld.records.promises.models import Promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(company):
    """Subscribe as Li, and read the feed back by two parsers: events by the promise's id."""
    token = make_calendar_feed(by=company.li, language="en")

    def fetch():
        answer = Client().get(f"/calendar/{token}.ics")
        assert answer.status_code == 200
        events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
        others = {
            one.uid.value: one
            for one in vobject.readOne(answer.content.decode()).components()
            if one.name == "VEVENT"
        }
        assert len(others) == len(events)
        for one in events:
            assert others[str(one["UID"])].dtstart.value == one.decoded("DTSTART")
            assert others[str(one["UID"])].status.value == str(one["STATUS"])
        return {
            int(key.split("-")[1].split("@")[0]) if key.startswith("promise") else key: one
            for one in events
            for key in [str(one["UID"])]
        }

    fetch.token = token
    return fetch


@pytest.fixture
def visit(owe, today):
    return owe(due_date=today + timedelta(days=20), planned_on=today + timedelta(days=1))


def agree(company, days=2, hour=10, **more):
    begins_at = timezone.make_aware(datetime.combine(company.today + timedelta(days=days), time(hour)))
    until_at = begins_at + timedelta(hours=1)
    return {"by": company.li, "begins_at": begins_at, "until_at": until_at, **more}


def test_a_planned_day_is_a_whole_day_with_a_masked_name_and_a_way_to_its_page(read, visit, today):
    event = read()[visit.pk]
    assert event.decoded("DTSTART") == today + timedelta(days=1)
    assert event.decoded("DTEND") == today + timedelta(days=2)
    assert str(event["SUMMARY"]) == "Visit · 王**"
    assert "王小明" not in str(event.to_ical().decode())
    assert str(event["URL"]).endswith("/people/P1/prepare/")
    assert str(event["STATUS"]) == "TENTATIVE"
    assert event["SEQUENCE"] == 0


def test_what_somebody_chose_is_confirmed_under_the_same_uid_with_a_higher_number(
    read, company, visit, today
):
    before = read()[visit.pk]
    plan_day(promise=visit, day=today + timedelta(days=5), by=company.li)
    event = read()[visit.pk]
    assert str(event["UID"]) == str(before["UID"])
    assert event.decoded("DTSTART") == today + timedelta(days=5)
    assert (event["SEQUENCE"], str(event["STATUS"])) == (1, "CONFIRMED")
    assert event.decoded("LAST-MODIFIED") >= before.decoded("LAST-MODIFIED")


def test_taken_off_the_plan_and_waived_it_is_cancelled_for_a_while(read, company, owe, visit, today):
    plan_day(promise=visit, day=None, by=company.li)
    event = read()[visit.pk]
    assert str(event["STATUS"]) == "CANCELLED"
    assert event.decoded("DTSTART") == today + timedelta(days=1)
    plan_day(promise=visit, day=today + timedelta(days=3), by=company.li)
    plan_day(promise=visit, day=None, by=company.li)
    event = read()[visit.pk]
    assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CANCELLED", 4)
    assert event.decoded("DTSTART") == today + timedelta(days=3)
    other = owe(due_date=today + timedelta(days=20), planned_on=today + timedelta(days=1), turn=2)
    waive_promise(promise=other, reason="客户出国", approver=company.lead)
    event = read()[other.pk]
    assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CANCELLED", 1)
    Promise.objects.filter(pk=other.pk).update(
        ended_at=timezone.now() - timedelta(days=40), created_at=timezone.now() - timedelta(days=50)
    )
    assert other.pk not in read()


def test_an_appointment_has_its_hours_and_follows_them(read, company):
    given = agree(company)
    pk = agree_appointment(person=company.wang, **given).promise_id
    first = read()[pk]
    assert first.decoded("DTSTART") == given["begins_at"]
    assert first.decoded("DTEND") == given["until_at"]
    assert (first["SEQUENCE"], str(first["STATUS"])) == (0, "CONFIRMED")
    moved = agree(company, days=3, hour=15)
    move_appointment(promise=pk, **moved)
    second = read()[pk]
    assert (second.decoded("DTSTART"), second["SEQUENCE"]) == (moved["begins_at"], 1)
    assert str(second["UID"]) == str(first["UID"])
    cancel_appointment(promise=pk, by=company.li, reason="客户取消")
    third = read()[pk]
    assert (str(third["STATUS"]), third["SEQUENCE"]) == ("CANCELLED", 2)
    assert third.decoded("DTSTART") == moved["begins_at"]


@pytest.mark.parametrize(("names", "shown"), [("masked", " · 王**"), ("initials", " · WXM"), ("none", "")])
def test_the_name_is_shown_as_it_was_chosen(company, visit, names, shown):
    token = make_calendar_feed(by=company.li, names=names, language="en")
    body = Client().get(f"/calendar/{token}.ics").content
    [event] = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert str(event["SUMMARY"]) == f"Visit{shown}"


@pytest.mark.parametrize(
    ("name", "shown"), [("A B", "A"), ("123", "1"), ("·", "·"), ("Chen", "C"), ("王", "W")]
)
def test_a_name_without_pinyin_keeps_no_calendar_from_being_read(company, visit, name, shown):
    company.wang.name = name
    company.wang.save()
    token = make_calendar_feed(by=company.li, names="initials", language="en")
    [event] = icalendar.Calendar.from_ical(Client().get(f"/calendar/{token}.ics").content).walk("VEVENT")
    assert str(event["SUMMARY"]) == f"Visit · {shown}"


def test_a_colleagues_promises_are_not_in_it(read, company, owe, today):
    owe(person=company.chen, responsible=company.zhou, planned_on=today)
    assert read() == {}


def test_what_was_not_changed_is_not_sent_again(read, company, visit, today):
    address = f"/calendar/{read.token}.ics"
    first = Client().get(address)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in first["Cache-Control"]
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    plan_day(promise=visit, day=today + timedelta(days=6), by=company.li)
    assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert Client().head(address).status_code == 200


@pytest.mark.parametrize("token", ["x", "0" * 64, "日历", "%00"])
def test_another_address_opens_nothing(read, token):
    assert Client().get(f"/calendar/{token}.ics").status_code == 404
    assert Client().post(f"/calendar/{read.token}.ics").status_code == 405


def test_a_program_that_asks_without_end_is_told_when_to_come_again(read):
    for _ in range(OPENINGS_AN_HOUR):
        Client().get(f"/calendar/{read.token}.ics")
    answer = Client().get(f"/calendar/{read.token}.ics")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3601


def test_the_address_is_shown_once_renewed_and_taken_back(signed_in, company):
    client = signed_in("li", "en")
    assert "There is no address yet" in client.get("/calendar/").content.decode()
    page = client.post("/calendar/", {"names": "initials"}).content.decode()
    address = page.split('value="http://testserver')[1].split('"')[0]
    assert address.endswith(".ics")
    assert f"webcal://testserver{address}" in page
    assert Client().get(address).status_code == 200
    page = client.get("/calendar/").content.decode()
    assert address not in page
    assert "Last read" in page
    renewed = client.post("/calendar/", {"names": "none"}).content.decode()
    assert Client().get(address).status_code == 404
    address = renewed.split('value="http://testserver')[1].split('"')[0]
    assert client.post("/calendar/end/").status_code == 302
    assert Client().get(address).status_code == 404
    assert Entry.objects.filter(act="make_calendar_feed").count() == 2


def test_an_unknown_way_of_showing_names_is_refused(signed_in):
    assert signed_in("li").post("/calendar/", {"names": "whole"}).status_code == 422


def test_the_times_are_utc_where_the_standard_asks_for_it(read, visit):
    event = read()[visit.pk]
    for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
        assert event.decoded(name).utcoffset() == timedelta(0)
        assert event[name].to_ical().endswith(b"Z")


def test_an_event_that_one_planned_is_in_it_and_follows_its_changes(read, company):
    from upheld.operations.events.plan_event import cancel_event, plan_event

    starts = timezone.make_aware(datetime.combine(company.today + timedelta(days=9), time(14)))
    event = plan_event(
        by=company.li, kind="gathering", title="联系人之夜", place="海景厅", starts_at=starts,
        ends_at=starts + timedelta(hours=2), capacity=10, clauses=["KEY-8"], key="e1",
    )  # fmt: skip
    key = f"event-{event.pk}@upheld"
    shown = read()[key]
    assert (str(shown["SUMMARY"]), shown.decoded("DTSTART")) == ("联系人之夜", starts)
    assert (str(shown["LOCATION"]), shown["SEQUENCE"]) == ("海景厅", 0)
    cancel_event(event=event, by=company.li, reason="场馆检修")
    shown = read()[key]
    assert (str(shown["STATUS"]), shown["SEQUENCE"]) == ("CANCELLED", 1)
