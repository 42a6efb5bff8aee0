"""Who serves whom on the pages: load, the unserved, absences and a leaver's book; and whether the staff is enough."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from upheld.records.audit.models import Entry
from upheld.records.people.models import Group, Region
from upheld.records.promises.models import PlannedDay, Promise
from upheld.records.staff.models import Absence, Assignment, Handover, Unit

pytestmark = pytest.mark.django_db

PAGES = ("/staff/load/", "/staff/unserved/", "/staff/absences/", "/staff/LI/hand-over/", "/feasibility/")


def text_of(response):
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


@pytest.fixture
def mate(company):
    """A colleague of Li's, in the same team, with nobody yet."""
    return company.join("mei", "梅芳", "account_manager")


def test_leads_and_the_department_see_them_and_managers_do_not(company, signed_in):
    for page in PAGES:
        assert signed_in("lead", "en").get(page).status_code == 200, page
        assert signed_in("service").get(page).status_code == 200, page
        assert signed_in("li").get(page).status_code == 403, page
    assert signed_in("lead").get("/staff/ZHOU/hand-over/").status_code == 403  # another team's book
    assert signed_in("lead").get("/staff/NOBODY/hand-over/").status_code == 404


def test_the_load_counts_by_class_against_the_number_of_the_standard(company, mate, signed_in):
    since = date(2020, 1, 1)
    for n in range(41):
        group = Group.objects.create(code=f"N{n}", name=f"N{n}", group_class="D")
        Assignment.objects.create(employee=mate, group=group, kind="account_manager", from_date=since)
    page = text_of(signed_in("lead", "en").get("/staff/load/"))
    assert "梅芳" in page
    assert "41 40 KEY-25" in page
    assert "Over the number 1" in page
    assert "周强" not in page  # of another team


def test_whom_nobody_serves_is_proposed_and_accepted(company, mate, signed_in):
    region = Region.objects.create(code="R", name="江州")
    Unit.objects.filter(code__in=["U3", "U2"]).update(region=region)
    group = Group.objects.create(code="NEW", name="新来集团", group_class="B1", region=region)
    browser = signed_in("lead", "en")
    page = browser.get("/staff/unserved/")
    assert "新来集团" in text_of(page)
    assert "has the fewest, 0" in text_of(page)
    done = browser.post("/staff/unserved/", {"one": [f"group-{group.pk}-account_manager"]})
    assert "1 assigned." in text_of(done)
    assert Assignment.objects.get(group=group).employee == mate
    nothing = browser.post("/staff/unserved/", {})
    assert nothing.status_code == 422
    for hostile in (
        "group--account_manager",
        "group-1-boss",
        "x",
        "person-99999999999999999999-phone_manager",
        "\0",
    ):
        assert browser.post("/staff/unserved/", {"one": [hostile]}).status_code == 422


def test_an_absence_is_noted_with_its_deputy_and_called_off(company, mate, owe, signed_in, today):
    due = owe(from_date=today, due_date=today + timedelta(days=3), source="follow_up")
    browser = signed_in("lead", "en")
    form = {"key": "a1", "employee": company.li.pk, "deputy": mate.pk, "reason": "leave",
            "from_date": str(today + timedelta(days=1)), "until_date": str(today + timedelta(days=8))}  # fmt: skip
    assert browser.post("/staff/absences/", form).status_code == 302
    assert browser.post("/staff/absences/", form).status_code == 302  # sent twice, noted once
    absence = Absence.objects.get()
    due.refresh_from_db()
    assert due.responsible == mate
    page = text_of(browser.get("/staff/absences/"))
    assert "1 thing lent" in page
    # The deputy serves nobody of the book, and does what is lent all the same.
    deputy = signed_in("mei", "en")
    assert deputy.get(f"/promises/{due.pk}/record/").status_code == 200
    assert deputy.post(f"/promises/{due.pk}/plan/", {"day": str(today), "seen": ""}).status_code == 302
    assert signed_in("zhou", "en").get(f"/promises/{due.pk}/record/").status_code == 403
    wrong = browser.post(
        "/staff/absences/", form | {"key": "a2", "until_date": str(today), "deputy": company.li.pk}
    )
    assert wrong.status_code == 422
    assert "lies after the first day away" in text_of(wrong)
    assert browser.post(f"/staff/absences/{absence.pk}/end/").status_code == 302
    due.refresh_from_db()
    assert due.responsible == company.li
    assert browser.post(f"/staff/absences/{absence.pk}/end/").status_code == 422
    assert browser.post("/staff/absences/999999/end/").status_code == 404


def test_a_leavers_book_is_looked_at_and_handed_over_once(company, mate, owe, signed_in):
    promise = owe()
    browser = signed_in("lead", "en")
    assert "Nothing is moved yet" in text_of(browser.get("/staff/LI/hand-over/"))
    seen = browser.get("/staff/LI/hand-over/", {"key": "h1", "reason": "left", "to": mate.pk})
    assert "Who would have how much" in text_of(seen)
    assert "open promises 1" in text_of(seen)
    promise.refresh_from_db()
    assert promise.responsible == company.li
    assert not Entry.objects.filter(act="hand_over_book").exists()
    done = browser.post("/staff/LI/hand-over/", {"key": "h1", "reason": "left", "to": mate.pk})
    assert "nothing is left behind" in text_of(done)
    promise.refresh_from_db()
    assert promise.responsible == mate
    assert Assignment.objects.get(group=company.power, until_date=None).employee == mate
    again = browser.post("/staff/LI/hand-over/", {"key": "h1", "reason": "left", "to": mate.pk})
    assert "nothing was done twice" in text_of(again)
    assert Handover.objects.count() == 1
    empty = browser.get("/staff/LI/hand-over/", {"key": "h2", "reason": "left", "to": mate.pk})
    assert empty.status_code == 422
    assert "There is nothing to hand over." in text_of(empty)
    other = browser.get("/staff/LI/hand-over/", {"key": "h3", "reason": "left", "to": company.zhou.pk})
    assert other.status_code == 422  # another team's colleague is not offered
    assert browser.get("/staff/LI/hand-over/", {"reason": "left"}).status_code == 422


def agreed(owe, who, begins_at, **subject):
    day = timezone.localdate(begins_at)
    promise = owe(source="appointment", clause="MGR-5", standard="MGR", from_date=day, due_date=day, planned_on=day,
                  due_at=begins_at + timedelta(hours=1), responsible=who, **subject)  # fmt: skip
    PlannedDay.objects.create(promise=promise, day=day, at_time=timezone.localtime(begins_at).time(), by=who)
    return promise


def test_appointments_that_clash_are_shown_before_and_after_and_on_the_load_until_settled(
    company, mate, owe, signed_in, today
):
    ten = timezone.make_aware(datetime.combine(today + timedelta(days=3), time(10)))
    mine = agreed(owe, company.li, ten)
    there = agreed(owe, mate, ten + timedelta(minutes=30), person=None, group=company.water)
    browser, asked = signed_in("lead", "en"), {"key": "h1", "reason": "left", "to": mate.pk}
    seen = text_of(browser.get("/staff/LI/hand-over/", asked))
    assert "Appointments in the same time" in seen
    assert "10:00–11:00 Visit · 王小明" in seen
    assert f"10:30–11:30 Visit · {company.water.name}" in seen
    assert "Appointments in the same time" not in text_of(browser.get("/staff/load/"))
    for _ in range(2):  # pressed twice, it is listed again
        done = browser.post("/staff/LI/hand-over/", asked)
        assert "10:00–11:00 Visit · 王小明" in text_of(done)
        assert f"/appointments/{mine.pk}/" in done.content.decode()
    assert "Both stand." in text_of(browser.get("/staff/load/"))
    there.state, there.ended_at, there.end_reason = "cancelled", timezone.now(), "another time"
    there.save()
    assert "Appointments in the same time" not in text_of(browser.get("/staff/load/"))


def test_who_would_have_too_many_is_told_before(company, mate, owe, signed_in):
    for n in range(40):
        group = Group.objects.create(code=f"N{n}", name=f"N{n}", group_class="D")
        Assignment.objects.create(
            employee=mate, group=group, kind="account_manager", from_date=date(2020, 1, 1)
        )
    browser = signed_in("lead", "en")
    seen = text_of(browser.get("/staff/LI/hand-over/", {"key": "h1", "reason": "left", "to": mate.pk}))
    assert "more than 40 KEY-25" in seen


def test_feasibility_tells_what_is_short_and_what_would_help(company, owe, signed_in, today):
    month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for turn in range(1, 121):
        owe(from_date=month, due_date=last, turn=turn)
    for turn in range(1, 4):
        owe(from_date=month, due_date=last, turn=turn, action="call", clause="KEY-6", standard="KEY")
    browser = signed_in("lead", "en")
    page = browser.get("/feasibility/")
    told = text_of(page)
    assert "KEY-5" in told
    assert "short by" in told
    assert "KEY-6 3 0.8 can be kept" not in told  # nothing is left for what comes later in the order
    first = text_of(browser.get("/feasibility/", {"first-KEY-6": "1"}))
    assert "KEY-6 3 0.8" in first
    pool = f"staff-{company.li.unit_id}-account_manager"
    more = text_of(browser.get("/feasibility/", {pool: "5"}))
    assert "→ 0" in more
    assert "can be kept" in more
    less = text_of(browser.get("/feasibility/", {"cadence-KEY-5": "0.5"}))
    assert "120 → 60" in less
    quick = text_of(browser.get("/feasibility/", {"m-visit": "0", "m-travel": "0"}))
    assert "300 → 0" in quick
    assert Promise.objects.filter(state="open").count() == 123


@pytest.mark.parametrize(
    "hostile",
    [
        {"month": "2026-13"}, {"month": "\0"}, {"m-visit": "-1"}, {"m-visit": "1e9"}, {"m-percent": "9999999"},
        {"cadence-KEY-5": "17"}, {"cadence-": "2"}, {"first-" + "x" * 300: "1"}, {"staff-0-": "٣"}, {"unit": "nowhere"},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_or_left_alone(company, signed_in, hostile):
    assert signed_in("service", "en").get("/feasibility/", hostile).status_code == 200
