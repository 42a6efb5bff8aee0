"""Stories of suggested days: the night spreads what is owed, and leaves alone what people chose."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.refusals import ActRefused
from upheld.operations.suggest_days import suggest_days
from upheld.policy.calendars import DEFAULT_CALENDAR
from upheld.records.audit.models import Entry
from upheld.records.people.models import Person
from upheld.records.promises.models import PlannedDay, Promise
from upheld.records.staff.models import Employee
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import loaded_edition

pytestmark = pytest.mark.django_db

MARCH = {"from_date": date(2026, 3, 1), "until_date": date(2026, 4, 1)}


@pytest.fixture
def owe(operator):
    def make(number=1, employee="E1", **fields):
        given = {
            "person": Person.objects.get(code="P2"),
            "action": "visit",
            "clause": "KEY-5",
            "standard": "KEY",
            "from_date": date(2026, 3, 1),
            "due_date": date(2026, 3, 31),
            "edition": EditionRecord.objects.get(),
            "responsible": Employee.objects.get(code=employee),
            **fields,
        }
        before = Promise.objects.count()
        return [Promise.objects.create(**given, turn=before + turn) for turn in range(1, number + 1)]

    return make


def planned(**which):
    return list(Promise.objects.filter(**which).order_by("planned_on").values_list("planned_on", flat=True))


def works(day):
    edition = loaded_edition(EditionRecord.objects.get())
    return edition.calendars[DEFAULT_CALENDAR].is_working(day.toordinal())


def test_a_months_visits_lie_on_its_working_days_one_on_each(owe):
    owe(22)
    done = suggest_days(**MARCH)
    assert (done.employees, done.suggested, done.again) == (1, 22, 0)
    days = planned()
    assert len(set(days)) == 22
    assert all(map(works, days))
    assert Entry.objects.get(act="suggest_days").detail["suggested"] == 22


def test_a_second_night_changes_nothing(owe):
    owe(9)
    suggest_days(**MARCH)
    before = list(Promise.objects.order_by("pk").values_list("pk", "planned_on"))
    assert suggest_days(**MARCH).numbers() == {}
    assert list(Promise.objects.order_by("pk").values_list("pk", "planned_on")) == before
    assert Entry.objects.filter(act="suggest_days").count() == 1
    assert not PlannedDay.objects.exists()


def test_what_people_chose_stays_and_the_rest_makes_room(owe):
    for promise in owe(3):
        Promise.objects.filter(pk=promise.pk).update(planned_on=date(2026, 3, 2))
    owe(21)
    suggest_days(**MARCH)
    assert Counter(planned())[date(2026, 3, 2)] == 3
    assert max(Counter(planned()).values()) == 3


def test_calls_do_not_push_visits_aside(owe):
    owe(22)
    owe(22, action="call")
    suggest_days(**MARCH)
    assert max(Counter(planned(action="visit")).values()) == 1
    assert max(Counter(planned(action="call")).values()) == 1


def test_a_greeting_on_a_day_off_stays_on_its_day(owe):
    owe(1, action="greeting", from_date=date(2026, 2, 17), due_date=date(2026, 2, 17))
    suggest_days(from_date=date(2026, 2, 1), until_date=date(2026, 3, 1))
    assert planned() == [date(2026, 2, 17)]
    assert not works(date(2026, 2, 17))


def test_a_day_that_passed_with_nothing_done_is_suggested_anew_and_that_is_a_new_setting(owe):
    (late,) = owe()
    Promise.objects.filter(pk=late.pk).update(planned_on=date(2026, 3, 3))
    done = suggest_days(from_date=date(2026, 3, 10), until_date=date(2026, 4, 1))
    assert (done.suggested, done.again) == (0, 1)
    late.refresh_from_db()
    assert late.planned_on >= date(2026, 3, 10)
    setting = PlannedDay.objects.get()
    assert (setting.promise_id, setting.day, setting.by) == (late.pk, late.planned_on, None)


def test_what_ended_is_over_has_an_hour_or_is_nobodys_gets_no_day(owe):
    owe(state="kept", ended_at="2026-03-01T00:00Z")
    owe(from_date=date(2026, 2, 1), due_date=date(2026, 2, 28))
    owe(from_date=date(2026, 4, 1), due_date=date(2026, 4, 30))
    owe(source="appointment", due_at="2026-03-20T02:00Z")
    owe(responsible=None)
    assert suggest_days(**MARCH).numbers() == {}
    assert planned() == [None] * 5


def test_neighbours_of_one_district_share_their_days(owe):
    near, far = Person.objects.get(code="P1"), Person.objects.get(code="P4")
    near.region.children.create(code="D9", name="远区")
    Person.objects.filter(pk=far.pk).update(region=near.region.children.get(code="D9"))
    for _ in range(11):
        owe(person=near)
        owe(person=far)
    suggest_days(from_date=date(2026, 3, 1), until_date=date(2026, 4, 1))
    assert max(planned(person=near)) < min(planned(person=far))


def test_the_queries_do_not_grow_with_the_promises(owe):
    owe(5)
    with CaptureQueriesContext(
        connection,
    ) as few:
        suggest_days(**MARCH)
    owe(60)
    with CaptureQueriesContext(connection) as many:
        suggest_days(**MARCH)
    assert len(many) == len(few)


def test_the_whole_plan_of_a_base_gets_its_days(operator):
    plan_contacts(from_date=date(2026, 1, 1), until_date=date(2026, 7, 1), by=None)
    suggest_days(from_date=date(2026, 1, 1), until_date=date(2026, 7, 1))
    served = Promise.objects.filter(responsible__isnull=False)
    assert served.count() > 20
    assert not served.filter(planned_on__isnull=True).exists()


def test_without_an_edition_nothing_is_suggested(feeds):
    with pytest.raises(ActRefused):
        suggest_days(**MARCH)
