"""Stories of the day for a promise: its window is the standard's, the day in it is whose promise it is to choose."""

from __future__ import annotations

from datetime import date

import pytest

from upheld.operations.plan_day import OutsideWindow, ask_waiver, plan_day
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.waive_promise import waive_promise
from upheld.records.audit.models import Entry
from upheld.records.promises.models import PlannedDay, Promise
from upheld.records.promises.planned import settings_of, waivers_asked
from upheld.records.promises.queries import Whose

from .conftest import at, at_once, named

NOW = at("2026-03-02")
pytestmark = pytest.mark.django_db


def plan(visit, day, by="E1", **more):
    return plan_day(promise=visit, day=day and date.fromisoformat(day), by=named(by), now=NOW, **more)


def test_a_day_of_the_window_is_set_and_every_setting_is_told(visit):
    plan(visit, "2026-03-10")
    moved = plan(visit, "2026-03-12")
    assert (moved.was, moved.day, moved.is_new) == (date(2026, 3, 10), date(2026, 3, 12), True)
    visit.refresh_from_db()
    assert visit.planned_on == date(2026, 3, 12)
    assert [one.day.day for one in PlannedDay.objects.order_by("pk")] == [10, 12]
    assert settings_of([visit.pk])[visit.pk].times == 2
    assert Entry.objects.filter(act="plan_day").count() == 2


def test_the_same_day_once_more_is_no_new_setting(visit):
    plan(visit, "2026-03-10")
    assert not plan(visit, "2026-03-10").is_new
    assert PlannedDay.objects.count() == 1


def test_a_day_outside_the_window_is_refused_with_the_window(visit):
    with pytest.raises(OutsideWindow) as refused:
        plan(visit, "2026-04-01")
    assert (refused.value.from_date, refused.value.due_date) == (date(2026, 3, 1), date(2026, 3, 31))
    assert not PlannedDay.objects.exists()


@pytest.mark.parametrize(
    ("change", "day", "code"),
    [
        ({}, "2026-03-01", "day_has_passed"),
        ({"state": "kept", "ended_at": NOW}, "2026-03-10", "already_ended"),
        ({"source": "appointment", "due_at": NOW}, "2026-03-10", "has_an_hour"),
    ],
)
def test_what_cannot_be_planned_is_refused(visit, change, day, code):
    Promise.objects.filter(pk=visit.pk).update(**change)
    with pytest.raises(ActRefused) as refused:
        plan(visit, day)
    assert refused.value.code == code


def test_who_looked_at_an_old_page_moves_nothing(visit):
    plan(visit, "2026-03-10")
    with pytest.raises(ActRefused, match="meanwhile"):
        plan(visit, "2026-03-12", seen=None)
    plan(visit, "2026-03-12", seen=date(2026, 3, 10))
    visit.refresh_from_db()
    assert visit.planned_on == date(2026, 3, 12)


@pytest.mark.parametrize("by", ["E2", "E6", "E4"])
def test_another_managers_promise_is_not_moved_and_the_attempt_is_noted(visit, by):
    with pytest.raises(NotAllowed):
        plan(visit, "2026-03-10", by=by)
    entry = Entry.objects.get(act="plan_day")
    assert (entry.allowed, entry.actor.code) == (False, by)


@pytest.mark.parametrize("by", ["E3", "E5"])
def test_the_lead_and_the_department_may_move_it(visit, by):
    assert plan(visit, "2026-03-10", by=by).is_new


@pytest.mark.django_db(transaction=True)
def test_two_who_move_it_at_once_from_one_page_move_it_once(visit):
    results = at_once(
        lambda: plan(visit, "2026-03-10", seen=None), lambda: plan(visit, "2026-03-11", by="E3", seen=None)
    )
    assert sum(isinstance(one, ActRefused) for one in results) == 1
    assert PlannedDay.objects.count() == 1
    visit.refresh_from_db()
    assert PlannedDay.objects.get().day == visit.planned_on


def test_the_lead_is_asked_once_and_the_waiver_is_the_answer(visit):
    lead = named("E3")
    for _ in range(2):
        ask_waiver(promise=visit, by=named("E1"), reason="客户出国到四月", wished_day=date(2026, 4, 8))
    [asked] = waivers_asked(responsible=Whose.EVERYBODY)
    assert (asked.promise, asked.reason, asked.wished_day) == (visit, "客户出国到四月", date(2026, 4, 8))
    assert waivers_asked(responsible=[named("E1").pk]) == [asked]
    assert waivers_asked(responsible=[named("E2").pk]) == []
    waive_promise(promise=visit, reason="客户出国", approver=lead)
    assert waivers_asked(responsible=Whose.EVERYBODY) == []
    assert Entry.objects.filter(act="ask_waiver").count() == 1


def test_a_waiver_is_not_asked_for_without_a_reason_or_for_anothers_promise(visit):
    with pytest.raises(ActRefused):
        ask_waiver(promise=visit, by=named("E1"), reason="  ")
    with pytest.raises(NotAllowed):
        ask_waiver(promise=visit, by=named("E2"), reason="客户出国")
