"""Events on pages: planned, invited to from the own book, ticked at the door with one tap, printed with masks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def tonight(company: SimpleNamespace) -> Any:
    """An event that began an hour ago, planned by Li this morning, with two seats."""
    from upheld.operations.events.plan_event import plan_event

    begins = timezone.now() - timedelta(hours=1)
    return plan_event(
        by=company.li,
        key="tonight",
        kind="gathering",
        title="秋季联谊",
        place="海景厅",
        starts_at=begins,
        ends_at=begins + timedelta(hours=3),
        capacity=2,
        clauses=["KEY-8"],
        at=begins - timedelta(hours=6),
    )


@pytest.fixture
def guests(company: SimpleNamespace, tonight: Any, owe: Callable[..., Any]) -> SimpleNamespace:
    """Wang, whom Li serves and owes an event, and Chen, whom Zhou serves."""
    from upheld.operations.events.invite import invite
    from upheld.records.events.models import Invitation

    owed = owe(action="event", clause="KEY-8", due_date=company.today + timedelta(days=30))
    invite(event=tonight, by=company.li, promises=[owed.pk])
    invite(event=tonight, by=company.zhou, people=[company.chen.pk])
    found = {one.person_id: one for one in Invitation.objects.all()}
    return SimpleNamespace(owed=owed, wang=found[company.wang.pk], chen=found[company.chen.pk])


def form(**fields: Any) -> dict[str, Any]:
    begins = timezone.localtime() + timedelta(days=3)
    return {
        "key": "k1",
        "kind": "gathering",
        "title": "新春联谊",
        "place": "海景厅",
        "starts_at": begins.strftime("%Y-%m-%dT18:00"),
        "ends_at": begins.strftime("%Y-%m-%dT20:00"),
        "capacity": "40",
        "clauses": ["KEY-8"],
        **fields,
    }


def test_a_manager_plans_an_event_and_sees_who_is_owed_one(
    signed_in: SignIn, company: SimpleNamespace, owe: Callable[..., Any]
) -> None:
    owe(action="event", clause="KEY-8", due_date=company.today + timedelta(days=30))
    owe(person=company.chen, action="event", clause="KEY-8", due_date=company.today + timedelta(days=30))
    browser = signed_in("li")
    answer = browser.post(reverse("event-new"), form(), follow=True)
    page = answer.content.decode()
    assert "新春联谊" in page
    assert "王小明" in page
    assert "陈" not in page  # another manager's customer
    month = timezone.localtime() + timedelta(days=3)
    listed = browser.get(reverse("events"), {"month": month.strftime("%Y-%m")}).content.decode()
    assert "新春联谊" in listed
    assert "0/40" in listed


def test_all_that_is_wrong_with_a_plan_is_said_at_once(signed_in: SignIn) -> None:
    answer = signed_in("li").post(
        reverse("event-new"), form(title="", capacity="0", ends_at="2020-01-01T10:00", clauses=[])
    )
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"title", "capacity", "ends_at", "clauses"}


def test_each_kind_offers_the_clauses_that_owe_it(signed_in: SignIn) -> None:
    page = signed_in("li").get(reverse("event-new"), {"kind": "care_day"}).content.decode()
    assert "KEY-45" in page
    assert "KEY-8 " not in page


def test_ticked_customers_are_invited_and_those_of_others_are_refused(
    signed_in: SignIn, company: SimpleNamespace, tonight: Any, owe: Callable[..., Any]
) -> None:
    mine = owe(action="event", clause="KEY-8", due_date=company.today + timedelta(days=30))
    theirs = owe(
        person=company.chen, action="event", clause="KEY-8", due_date=company.today + timedelta(days=30)
    )
    browser, address = signed_in("li"), reverse("event-invite", args=[tonight.pk])
    assert browser.post(address, {"guest": [f"promise-{theirs.pk}"]}).status_code == 403
    assert browser.post(address, {"guest": ["promise-x", "nobody-1"]}).status_code == 422
    answer = browser.post(address, {"guest": [f"promise-{mine.pk}", "junk"]})
    assert "已邀请 1 位" in answer.content.decode()
    assert list(tonight.invitations.values_list("person_id", flat=True)) == [company.wang.pk]


def test_one_tap_at_the_door_keeps_the_promise_and_another_takes_it_back(
    signed_in: SignIn, tonight: Any, guests: SimpleNamespace
) -> None:
    browser, address = signed_in("li"), reverse("event-tick", args=[tonight.pk])
    door = browser.get(reverse("event-door", args=[tonight.pk])).content.decode()
    assert "王小明" in door
    assert "陈**" in door
    assert "138****1234" in door
    for _ in range(2):
        browser.post(address, {"invitation": guests.wang.pk}, headers={"HX-Request": "true"})
        guests.owed.refresh_from_db()
        assert guests.owed.state == "kept"
    browser.post(address, {"invitation": guests.wang.pk, "there": "no"})
    guests.owed.refresh_from_db()
    assert guests.owed.state == "open"


def test_a_scanned_number_ticks_its_guest(signed_in: SignIn, tonight: Any, guests: SimpleNamespace) -> None:
    browser, address = signed_in("li"), reverse("event-tick", args=[tonight.pk])
    assert "这个号码" in browser.post(address, {"scanned": "999"}).content.decode()
    browser.post(address, {"scanned": "P1"})
    guests.wang.refresh_from_db()
    assert guests.wang.attended is True
    browser.post(address, {"scanned": "13987655678"})
    guests.chen.refresh_from_db()
    assert guests.chen.attended is True


def test_who_neither_gives_the_event_nor_serves_the_guest_ticks_nobody(
    signed_in: SignIn, tonight: Any, guests: SimpleNamespace
) -> None:
    zhou, address = signed_in("zhou"), reverse("event-tick", args=[tonight.pk])
    assert zhou.post(address, {"invitation": guests.wang.pk}).status_code == 403
    assert zhou.post(address, {"invitation": guests.chen.pk}).status_code == 200
    assert zhou.post(reverse("event-end", args=[tonight.pk])).status_code == 403


def test_the_list_is_closed_once_and_says_who_came(
    signed_in: SignIn, tonight: Any, guests: SimpleNamespace
) -> None:
    browser = signed_in("li")
    browser.post(reverse("event-tick", args=[tonight.pk]), {"invitation": guests.wang.pk})
    for _ in range(2):
        page = browser.post(reverse("event-end", args=[tonight.pk]), follow=True).content.decode()
        assert "1 位到场" in page
    tonight.refresh_from_db()
    assert tonight.state == "held"


def test_answers_move_the_list_and_a_cancelled_event_tells_why(
    signed_in: SignIn, company: SimpleNamespace, tonight: Any, guests: SimpleNamespace
) -> None:
    browser = signed_in("lead")
    answer = reverse("event-answer", args=[tonight.pk])
    browser.post(answer, {"invitation": guests.wang.pk, "answer": "accepted"})
    guests.wang.refresh_from_db()
    assert guests.wang.state == "accepted"
    cancel = reverse("event-cancel", args=[tonight.pk])
    assert browser.post(cancel, {"reason": ""}).status_code == 422
    page = browser.post(cancel, {"reason": "台风"}, follow=True).content.decode()
    assert "台风" in page
    assert page.index("移出名单") < page.index("受邀")  # the story, the latest first
    guests.owed.refresh_from_db()
    assert guests.owed.state == "open"


def test_another_teams_lead_neither_changes_nor_cancels_an_event(
    signed_in: SignIn, company: SimpleNamespace, tonight: Any, guests: SimpleNamespace
) -> None:
    company.lead.unit = company.zhou.unit
    company.lead.save()
    browser = signed_in("lead")
    assert browser.get(reverse("event-change", args=[tonight.pk])).status_code == 403
    assert browser.post(reverse("event-cancel", args=[tonight.pk]), {"reason": "台风"}).status_code == 403
    ticked = browser.post(reverse("event-tick", args=[tonight.pk]), {"invitation": guests.wang.pk})
    assert ticked.status_code == 403
    tonight.refresh_from_db()
    assert tonight.state == "planned"


def test_seats_and_times_change_on_a_page(signed_in: SignIn, tonight: Any) -> None:
    browser, address = signed_in("li"), reverse("event-change", args=[tonight.pk])
    local = timezone.localtime(tonight.starts_at)
    fields = {
        "title": tonight.title,
        "place": "江景厅",
        "starts_at": local.strftime("%Y-%m-%dT%H:%M:%S"),
        "ends_at": (local + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M"),
        "capacity": "60",
    }
    assert browser.get(address).status_code == 200
    later = local + timedelta(days=2)
    fields |= {
        "starts_at": later.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (later + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
    }
    assert browser.post(address, fields).status_code == 302
    tonight.refresh_from_db()
    assert (tonight.place, tonight.capacity) == ("江景厅", 60)
    assert signed_in("zhou").post(address, fields).status_code == 403


def test_the_printed_list_masks_whom_the_reader_does_not_serve(
    signed_in: SignIn, tonight: Any, guests: SimpleNamespace
) -> None:
    page = signed_in("li").get(reverse("event-list", args=[tonight.pk])).content.decode()
    assert "王小明" in page
    assert "陈慧" not in page
    assert "13812341234" not in page


def test_the_shares_of_lectures_stand_beside_the_calendar(signed_in: SignIn) -> None:
    page = signed_in("service").get(reverse("event-shares")).content.decode()
    assert "KEY-43" in page
    assert "KEY-40" not in page


@pytest.mark.parametrize("month", ["", "2026-13", "x", "99999-01", "2026-1-1", "２０２６-01", "\0"])
def test_a_month_that_cannot_be_meant_is_this_one(signed_in: SignIn, month: str) -> None:
    answer = signed_in("li").get(reverse("events"), {"month": month})
    assert answer.status_code == 200
    assert answer.context["month"].first.day == 1


def test_hostile_posts_are_answered_with_a_no(signed_in: SignIn, tonight: Any) -> None:
    browser = signed_in("li")
    for word in ("9" * 30, "-1", "x\0", ""):
        assert browser.post(reverse("event-tick", args=[tonight.pk]), {"invitation": word}).status_code == 404
        assert (
            browser.post(reverse("event-answer", args=[tonight.pk]), {"invitation": word}).status_code == 404
        )
    assert browser.get(f"/events/{10**30}/").status_code == 404
    answer = browser.post(reverse("event-new"), form(title="a\0b", key="k\0"))
    assert answer.status_code == 422
