"""Stories of events that are put off, moved, and over: guests are told once, and the night closes forgotten lists."""

from __future__ import annotations

import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from upheld.config import nightly
from upheld.operations.events import tell_guests
from upheld.operations.events.answer import answer_invitation
from upheld.operations.events.attend import end_event, end_past_events, record_attendance
from upheld.operations.events.invite import invite
from upheld.operations.events.plan_event import cancel_event, change_event
from upheld.records.audit.models import Entry
from upheld.records.events.models import Event, Invitation, InvitationStep
from upheld.records.messages.models import Message

from ..conftest import wait_until_somebody_waits_for_a_lock
from .conftest import EVENING, HOUR, NOW, build_company, give_event, owe_event

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def invited(company: SimpleNamespace) -> Any:
    """An event with two seats: the first guest said yes, the second has not answered, the third waits."""
    event = give_event(company, capacity=2)
    invite(event=event, by=company.manager, people=[one.pk for one in company.people[:3]], at=NOW)
    first = Invitation.objects.get(person=company.people[0])
    answer_invitation(invitation=first, by=company.manager, answer="accepted", at=NOW)
    return event


def leave() -> None:
    """Let every message that waits go out."""
    Message.objects.filter(state="waiting").update(state="accepted", sent_at=NOW + HOUR)


def put_off(event: Event, company: SimpleNamespace, **change: Any) -> Event:
    asked = change or {"starts_at": EVENING + 24 * HOUR, "ends_at": EVENING + 27 * HOUR}
    return change_event(event=event, by=company.manager, at=LATER, **asked)


def told() -> list[tuple[str, str, str]]:
    rows = Message.objects.order_by("pk")
    return [(one.person.code, one.template, one.state) for one in rows if one.person]


def test_who_has_a_seat_is_told_once_that_the_event_is_put_off(
    invited: Any, company: SimpleNamespace
) -> None:
    leave()
    put_off(invited, company)
    put_off(invited, company)  # pressed twice
    new = told()[2:]
    assert new == [("P1", "event_changed", "waiting"), ("P2", "event_changed", "waiting")]
    message = Message.objects.filter(template="event_changed").first()
    assert message is not None
    assert "3月21日 18:00" in message.content
    assert message.expires_at == EVENING + 24 * HOUR


def test_another_place_is_told_and_more_seats_or_another_title_are_not(
    invited: Any, company: SimpleNamespace
) -> None:
    leave()
    put_off(invited, company, title="联谊晚会", ends_at=EVENING + 4 * HOUR)
    assert len(told()) == 2
    put_off(invited, company, place="山景厅", capacity=3)
    # The third moves up and is invited, to the new place; the others hear of the change.
    assert told()[2:] == [
        ("P1", "event_changed", "waiting"),
        ("P2", "event_changed", "waiting"),
        ("P3", "event_invitation", "waiting"),
    ]
    assert all("山景厅" in one.content for one in Message.objects.filter(state="waiting"))


def test_an_invitation_that_has_not_left_names_the_new_time(invited: Any, company: SimpleNamespace) -> None:
    put_off(invited, company)
    assert told() == [
        ("P1", "event_invitation", "stopped"),
        ("P2", "event_invitation", "stopped"),
        ("P1", "event_invitation", "waiting"),
        ("P2", "event_invitation", "waiting"),
    ]
    # Put off once more before anything left: one message waits for each, the newest.
    put_off(invited, company, starts_at=EVENING + 48 * HOUR, ends_at=EVENING + 50 * HOUR)
    waiting = Message.objects.filter(state="waiting")
    assert waiting.count() == 2
    assert all("3月22日" in one.content for one in waiting)


def test_an_edition_without_the_words_of_a_change_invites_anew_all_the_same(
    invited: Any, company: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    Message.objects.filter(person=company.people[0]).update(state="accepted", sent_at=NOW + HOUR)
    monkeypatch.setattr(tell_guests, "CHANGED", "of_a_later_edition")
    put_off(invited, company)
    assert told() == [
        ("P1", "event_invitation", "accepted"),
        ("P2", "event_invitation", "stopped"),
        ("P2", "event_invitation", "waiting"),
    ]


def test_who_declined_hears_of_no_change_and_nobody_once_it_began(
    invited: Any, company: SimpleNamespace
) -> None:
    leave()
    guest = Invitation.objects.get(person=company.people[1])
    answer_invitation(invitation=guest, by=company.manager, answer="declined", at=NOW + HOUR)
    leave()
    put_off(invited, company)
    assert [one[0] for one in told() if one[1] == "event_changed"] == ["P1", "P3"]
    change_event(event=invited, by=company.manager, place="山景厅", at=EVENING + 25 * HOUR)
    assert Message.objects.filter(template="event_changed", state="waiting").count() == 0
    assert Message.objects.filter(template="event_changed").count() == 2


def test_a_change_that_has_not_left_is_stopped_as_the_event_is_called_off(
    invited: Any, company: SimpleNamespace
) -> None:
    leave()
    put_off(invited, company)
    cancel_event(event=invited, by=company.manager, reason="台风", at=LATER + HOUR)
    assert told()[2:] == [
        ("P1", "event_changed", "stopped"),
        ("P2", "event_changed", "stopped"),
        ("P1", "event_cancelled", "waiting"),
        ("P2", "event_cancelled", "waiting"),
    ]


def test_whose_doubtful_invitation_was_to_be_sent_again_may_have_it_and_hears_that_it_is_off(
    invited: Any, company: SimpleNamespace
) -> None:
    doubted = Message.objects.filter(person=company.people[0], state="waiting")
    doubted.update(sent_at=NOW + HOUR)  # as `decide_doubt` leaves what is to be sent again
    cancel_event(event=invited, by=company.manager, reason="台风", at=LATER)
    assert told() == [
        ("P1", "event_invitation", "stopped"),
        ("P2", "event_invitation", "stopped"),
        ("P1", "event_cancelled", "waiting"),
    ]


# --- the night after ---


def test_the_night_closes_a_list_that_nobody_closed(invited: Any, company: SimpleNamespace) -> None:
    owed = owe_event(company, person=company.people[1])
    guest = Invitation.objects.get(person=company.people[0])
    record_attendance(invitation=guest, by=company.manager, attended=True, at=EVENING + HOUR)
    assert end_past_events(as_of=EVENING.date()) == {"events": 0, "absent": 0}  # still today
    morrow = EVENING.date() + timedelta(days=1)
    assert end_past_events(as_of=morrow) == {"events": 1, "absent": 1}
    assert end_past_events(as_of=morrow) == {"events": 0, "absent": 0}
    invited.refresh_from_db()
    assert invited.state == "held"
    rows = Invitation.objects.filter(event=invited).order_by("pk").values_list("state", "attended")
    assert list(rows) == [("accepted", True), ("invited", False), ("cancelled", None)]
    owed.refresh_from_db()
    assert owed.state == "open"  # not coming keeps nothing, and breaks nothing before its last day
    assert InvitationStep.objects.filter(step="absent", by=None).count() == 1
    assert Entry.objects.get(act="end_event").actor is None
    # Another event may count on the one who did not come, and whoever was overlooked is ticked all the same.
    again = give_event(company, key="again", starts_at=EVENING + 72 * HOUR, ends_at=EVENING + 73 * HOUR)
    assert invite(event=again, by=company.manager, promises=[owed.pk], at=EVENING + 48 * HOUR).number == 1
    overlooked = Invitation.objects.get(event=invited, person=company.people[1])
    record_attendance(invitation=overlooked, by=company.manager, attended=True, at=EVENING + 48 * HOUR)
    overlooked.refresh_from_db()
    assert overlooked.attended


def test_an_event_beyond_midnight_is_over_the_day_after(company: SimpleNamespace) -> None:
    give_event(company, ends_at=EVENING + 8 * HOUR)
    assert end_past_events(as_of=EVENING.date() + timedelta(days=1))["events"] == 0
    assert end_past_events(as_of=EVENING.date() + timedelta(days=2))["events"] == 1


def test_the_work_of_the_night_closes_lists(invited: Any) -> None:
    morrow = EVENING.date() + timedelta(days=1)
    report, refusals = nightly.work_of_a_night(as_of=morrow, progress_of=lambda _: lambda done, total: None)
    assert not refusals
    assert report["Lists of past events closed, and who was not there"] == {"events": 1, "absent": 2}


@pytest.mark.django_db(transaction=True)
def test_the_night_and_a_lead_who_close_at_once_write_it_once() -> None:
    company = build_company()
    event = give_event(company)
    invite(event=event, by=company.manager, people=[company.people[0].pk], at=NOW)
    came: list[Any] = []

    def night() -> None:
        came.append(end_past_events(as_of=EVENING.date() + timedelta(days=1)))
        connections.close_all()

    other = threading.Thread(target=night)
    with transaction.atomic():
        end_event(event=event, by=company.lead, at=EVENING + 4 * HOUR)
        other.start()
        wait_until_somebody_waits_for_a_lock()
    other.join()
    assert came == [{"events": 0, "absent": 0}]
    assert InvitationStep.objects.filter(step="absent").count() == 1
    assert Entry.objects.filter(act="end_event").count() == 1
    assert timezone.localdate(event.ends_at) == EVENING.date()
