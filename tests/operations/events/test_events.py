"""Events: who is owed one is invited, a seat is given once, and only who came was given what is owed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from upheld.operations.events.answer import answer_invitation
from upheld.operations.events.attend import end_event, record_attendance
from upheld.operations.events.invite import invite
from upheld.operations.events.plan_event import cancel_event, change_event, clauses_for
from upheld.operations.events.propose import proposals
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.events.models import Event, Invitation, InvitationStep
from upheld.records.events.queries import guests_of, seats_of, steps_of
from upheld.records.evidence.models import Interaction
from upheld.records.messages.models import Message
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise
from upheld.records.standards.queries import loaded_edition

from .conftest import EVENING, HOUR, NOW, give_event, owe_event

pytestmark = pytest.mark.django_db


def invitation_of(event, person) -> Invitation:
    return Invitation.objects.get(event=event, person=person)


# --- planning -------------------------------------------------------------------------------------------


def test_an_event_is_planned_once_however_often_the_button_is_pressed(company):
    first, second = give_event(company), give_event(company)
    assert first == second
    assert Event.objects.count() == 1
    assert Entry.objects.filter(act="plan_event").count() == 1


def test_an_event_serves_the_clauses_that_owe_its_kind(company):
    edition = loaded_edition(company.edition)
    assert clauses_for("gathering", edition=edition) == ["KEY-8", "KEY-12", "KEY-44", "KEY-42"]
    assert clauses_for("lecture", edition=edition) == ["KEY-43"]
    assert clauses_for("care_day", edition=edition) == ["KEY-45"]
    assert clauses_for("training", edition=edition) == ["KEY-34"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "party"}, "unknown_kind"),
        ({"title": "  "}, "no_title"),
        ({"ends_at": EVENING}, "ends_before_start"),
        ({"capacity": 0}, "no_such_capacity"),
        ({"clauses": []}, "no_such_clause"),
        ({"clauses": ["KEY-43"]}, "no_such_clause"),
        ({"starts_at": NOW - HOUR}, "begins_in_the_past"),
    ],
)
def test_an_event_that_cannot_be_meant_is_refused(company, fields, code):
    with pytest.raises(ActRefused) as refused:
        give_event(company, **fields)
    assert refused.value.code == code
    assert not Event.objects.exists()


def test_a_hotline_agent_plans_no_event(company):
    with pytest.raises(NotAllowed):
        give_event(company, by=company.agent)
    assert Entry.objects.filter(act="plan_event", allowed=False).count() == 1


# --- inviting -------------------------------------------------------------------------------------------


def test_those_owed_an_event_are_proposed_the_earliest_due_first_then_the_higher_class(company):
    p1, p2, p4, p5 = (company.people[place] for place in (0, 1, 3, 4))
    late = owe_event(company, person=p1, due_date=date(2026, 12, 31))
    of_b = owe_event(company, person=p4)
    of_a = owe_event(company, person=p2)
    owe_event(company, person=p5, due_date=date(2026, 3, 19))  # over before the event
    owe_event(company, person=p5, clause="KEY-42", from_date=date(2026, 1, 2))  # not what it serves
    event = give_event(company)
    assert [one.promise_id for one in proposals(event=event)] == [of_a.pk, of_b.pk, late.pk]
    nobody_else = proposals(event=event, people=Person.objects.filter(pk=p4.pk))
    assert [one.promise_id for one in nobody_else] == [of_b.pk]


def test_seats_go_out_in_order_and_the_rest_wait(company):
    owed = [owe_event(company, person=one) for one in company.people[:5]]
    event = give_event(company)
    done = invite(event=event, by=company.manager, promises=[one.pk for one in owed], at=NOW)
    assert (len(done.seated), len(done.waiting), done.left_out) == (3, 2, 0)
    seats = seats_of([event.pk])[event.pk]
    assert (seats.taken, seats.waiting) == (3, 2)
    assert [one.person for one in guests_of(event.pk)] == company.people[:5]
    again = invite(event=event, by=company.lead, promises=[one.pk for one in owed], at=NOW)
    assert (again.number, again.left_out) == (0, 5)
    assert not proposals(event=event)


def test_nobody_is_counted_on_for_one_promise_at_two_events(company):
    owed = owe_event(company)
    first = give_event(company)
    second = give_event(company, key="second", title="另一场")
    invite(event=first, by=company.manager, promises=[owed.pk], at=NOW)
    assert invite(event=second, by=company.manager, promises=[owed.pk], at=NOW).left_out == 1
    assert not proposals(event=second)
    answer_invitation(
        invitation=invitation_of(first, company.people[0]), by=company.manager, answer="declined"
    )
    assert [one.promise_id for one in proposals(event=second)] == [owed.pk]
    assert invite(event=second, by=company.manager, promises=[owed.pk], at=NOW).number == 1


def test_a_group_is_invited_by_its_contact(company):
    owed = owe_event(company, group=company.power, clause="KEY-42", due_date=date(2026, 12, 31))
    event = give_event(company, clauses=["KEY-42"])
    [proposed] = proposals(event=event)
    assert (proposed.group, proposed.through) == (company.power, company.people[0])
    invite(event=event, by=company.manager, promises=[owed.pk], at=NOW)
    stored = Invitation.objects.get(event=event)
    assert (stored.group, stored.through, stored.promise) == (company.power, company.people[0], owed)


def test_clauses_on_demand_propose_those_who_had_none_this_year_first(company):
    lecture = {"kind": "lecture", "clauses": ["KEY-43"], "key": "lecture"}
    Interaction.objects.create(
        person=company.people[0], channel="lecture", happened_at=NOW - timedelta(days=20), key="before"
    )
    event = give_event(company, **lecture)
    proposed = proposals(event=event)
    assert {one.clause for one in proposed} == {"KEY-43"}
    assert proposed[-1].person == company.people[0]
    assert {one.person for one in proposed} == set(company.people)
    invite(event=event, by=company.manager, people=[proposed[0].person.pk], at=NOW)
    assert Invitation.objects.get(event=event).promise is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"clause": "KEY-42"}, "other_duty"),
        ({"state": "waived", "ended_at": NOW, "end_reason": "x"}, "already_ended"),
        ({"due_date": date(2026, 3, 1)}, "outside_window"),
    ],
)
def test_a_promise_that_the_event_cannot_keep_is_refused(company, fields, code):
    if fields.get("state") == "waived":
        fields = {**fields, "approved_by": company.lead}
    owed = owe_event(company, **fields)
    event = give_event(company)
    with pytest.raises(ActRefused) as refused:
        invite(event=event, by=company.manager, promises=[owed.pk], at=NOW)
    assert refused.value.code == code


# --- answers, seats, the waiting list -------------------------------------------------------------------


def test_a_seat_given_back_goes_to_the_first_who_waits(company):
    event = give_event(company, capacity=1)
    invite(event=event, by=company.manager, people=[one.pk for one in company.people[:3]], at=NOW)
    first, second, third = (invitation_of(event, one) for one in company.people[:3])
    answer_invitation(invitation=second, by=company.manager, answer="accepted", at=NOW)
    second.refresh_from_db()
    assert second.state == "waiting"  # coming when a seat is free
    answer_invitation(invitation=first, by=company.manager, answer="declined", note="出差", at=NOW)
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.state, third.state) == ("invited", "waiting")
    assert [one.step for one in steps_of(second.pk)] == ["waiting", "moved_up"]
    answer_invitation(invitation=first, by=company.manager, answer="accepted", at=NOW)
    first.refresh_from_db()
    assert (first.state, first.place > third.place) == ("waiting", True)


def test_more_seats_go_to_the_waiting_and_fewer_than_are_taken_are_refused(company):
    event = give_event(company, capacity=1)
    invite(event=event, by=company.manager, people=[one.pk for one in company.people[:3]], at=NOW)
    change_event(event=event, by=company.manager, capacity=2, at=NOW)
    assert seats_of([event.pk])[event.pk].taken == 2
    with pytest.raises(ActRefused) as refused:
        change_event(event=event, by=company.manager, capacity=1, at=NOW)
    assert refused.value.code == "seats_are_taken"
    moved = change_event(event=event, by=company.manager, title="夏季联谊", at=NOW)
    assert moved.title == "夏季联谊"
    assert Entry.objects.filter(act="change_event").count() == 2


def test_who_was_taken_off_the_list_may_be_asked_again(company):
    event = give_event(company)
    owed = owe_event(company)
    invite(event=event, by=company.manager, promises=[owed.pk], at=NOW)
    guest = invitation_of(event, company.people[0])
    answer_invitation(invitation=guest, by=company.manager, answer="cancelled", at=NOW)
    with pytest.raises(ActRefused) as refused:
        answer_invitation(invitation=guest, by=company.manager, answer="accepted", at=NOW)
    assert refused.value.code == "off_the_list"
    assert invite(event=event, by=company.manager, promises=[owed.pk], at=NOW).number == 1
    assert Invitation.objects.count() == 1


def test_guests_with_a_seat_are_told_once_and_told_again_when_it_is_called_off(company):
    event = give_event(company, capacity=1)
    for _ in range(2):
        invite(event=event, by=company.manager, people=[one.pk for one in company.people[:2]], at=NOW)
    told = Message.objects.filter(source="event").order_by("pk")
    assert [(one.person, one.template) for one in told] == [(company.people[0], "event_invitation")]
    assert "春季联谊" in told[0].content
    assert "3月20日 18:00" in told[0].content
    assert (told[0].promise_id, told[0].expires_at) == (None, EVENING)
    answer_invitation(
        invitation=invitation_of(event, company.people[0]), by=company.manager, answer="declined", at=NOW
    )
    assert [one.person for one in told.all()] == company.people[:2]
    told.filter(person=company.people[1]).update(state="accepted", sent_at=NOW)  # it is with the centre
    cancel_event(event=event, by=company.manager, reason="台风", at=NOW)
    assert [(one.person, one.template) for one in told.all()[2:]] == [(company.people[1], "event_cancelled")]


def test_an_invitation_that_has_not_left_is_stopped_as_the_event_is_called_off(company):
    event = give_event(company)
    invite(event=event, by=company.manager, people=[one.pk for one in company.people[:2]], at=NOW)
    Message.objects.filter(person=company.people[0]).update(state="accepted", sent_at=NOW)
    cancel_event(event=event, by=company.manager, reason="台风", at=NOW)
    rows = Message.objects.order_by("pk").values_list("person", "template", "state")
    assert list(rows) == [
        (company.people[0].pk, "event_invitation", "accepted"),
        (company.people[1].pk, "event_invitation", "stopped"),
        (company.people[0].pk, "event_cancelled", "waiting"),
    ]


def test_a_group_is_told_by_its_contact_and_nobody_after_the_event_began(company):
    event = give_event(company, clauses=["KEY-42"])
    invite(event=event, by=company.manager, groups=[company.power.pk], at=NOW)
    invite(event=event, by=company.manager, groups=[company.port.pk], at=EVENING + HOUR)
    assert [one.person for one in Message.objects.all()] == [company.people[0]]


# --- who came -------------------------------------------------------------------------------------------


def test_who_came_was_given_what_is_owed_and_who_did_not_is_owed_it_still(company):
    came, stayed_away = owe_event(company), owe_event(company, person=company.people[1])
    event = give_event(company)
    invite(event=event, by=company.manager, promises=[came.pk, stayed_away.pk], at=NOW)
    there = invitation_of(event, company.people[0])
    for _ in range(2):  # a finger that taps twice
        record_attendance(invitation=there, by=company.lead, attended=True, at=EVENING + HOUR)
    end_event(event=event, by=company.lead, at=EVENING + 3 * HOUR)
    came.refresh_from_db()
    stayed_away.refresh_from_db()
    contact = Interaction.objects.get()
    assert (contact.channel, contact.happened_at, contact.person) == ("event", EVENING, company.people[0])
    assert (came.state, stayed_away.state) == ("kept", "open")
    seats = seats_of([event.pk])[event.pk]
    assert (seats.attended, seats.absent) == (1, 1)
    # The next event may count on who did not come.
    other = give_event(
        company, key="next", starts_at=EVENING + timedelta(days=30), ends_at=EVENING + timedelta(days=31)
    )
    assert [one.promise_id for one in proposals(event=other)] == [stayed_away.pk]
    assert invite(event=other, by=company.manager, promises=[stayed_away.pk], at=NOW).number == 1


def test_a_tick_by_mistake_is_taken_back_and_the_promise_is_open_again(company):
    owed = owe_event(company)
    event = give_event(company)
    invite(event=event, by=company.manager, promises=[owed.pk], at=NOW)
    guest = invitation_of(event, company.people[0])
    for attended, state in ((True, "kept"), (False, "open"), (True, "kept")):
        record_attendance(invitation=guest, by=company.manager, attended=attended, at=EVENING + HOUR)
        owed.refresh_from_db()
        assert owed.state == state
    assert [one.step for one in steps_of(guest.pk)] == ["invited", "attended", "absent", "attended"]


def test_an_event_keeps_the_clauses_it_was_planned_for_and_no_other(company):
    owed = owe_event(company)
    club = give_event(company, kind="club", clauses=["KEY-44"])
    invite(event=club, by=company.manager, people=[company.people[0].pk], at=NOW)
    record_attendance(
        invitation=invitation_of(club, company.people[0]),
        by=company.manager,
        attended=True,
        at=EVENING + HOUR,
    )
    owed.refresh_from_db()
    assert owed.state == "open"
    assert Interaction.objects.get().channel == "event"


def test_a_promise_kept_elsewhere_meanwhile_does_not_keep_a_guest_from_being_ticked(company):
    owed = owe_event(company)
    event = give_event(company)
    invite(event=event, by=company.manager, promises=[owed.pk], at=NOW)
    Promise.objects.filter(pk=owed.pk).update(state="kept", ended_at=NOW)
    guest = record_attendance(
        invitation=invitation_of(event, company.people[0]),
        by=company.manager,
        attended=True,
        at=EVENING + HOUR,
    )
    assert guest.interaction_id is not None


def test_an_event_put_off_beyond_the_window_still_counts_who_came(company):
    owed = owe_event(company)
    event = give_event(company)
    invite(event=event, by=company.manager, promises=[owed.pk], at=NOW)
    Promise.objects.filter(pk=owed.pk).update(from_date=date(2026, 4, 1))
    guest = record_attendance(
        invitation=invitation_of(event, company.people[0]),
        by=company.manager,
        attended=True,
        at=EVENING + HOUR,
    )
    owed.refresh_from_db()
    assert (guest.attended, owed.state) == (True, "open")


def test_nobody_is_ticked_before_the_day_of_the_event(company):
    event = give_event(company)
    invite(event=event, by=company.manager, people=[company.people[0].pk], at=NOW)
    with pytest.raises(ActRefused) as refused:
        record_attendance(
            invitation=invitation_of(event, company.people[0]), by=company.manager, attended=True, at=NOW
        )
    assert refused.value.code == "not_yet"


# --- calling it off -------------------------------------------------------------------------------------


def test_a_cancelled_event_lets_everybody_go_and_owes_what_it_owed(company):
    owed = owe_event(company)
    event = give_event(company)
    invite(event=event, by=company.manager, promises=[owed.pk], at=NOW)
    with pytest.raises(ActRefused):
        cancel_event(event=event, by=company.manager, reason=" ", at=NOW)
    for _ in range(2):
        cancel_event(event=event, by=company.manager, reason="台风", at=NOW)
    owed.refresh_from_db()
    event.refresh_from_db()
    assert (event.state, owed.state) == ("cancelled", "open")
    assert Invitation.objects.get().state == "cancelled"
    with pytest.raises(ActRefused) as refused:
        invite(event=event, by=company.manager, promises=[owed.pk], at=NOW)
    assert refused.value.code == "event_is_cancelled"


def test_an_event_where_somebody_was_is_not_cancelled(company):
    event = give_event(company)
    invite(event=event, by=company.manager, people=[company.people[0].pk], at=NOW)
    record_attendance(
        invitation=invitation_of(event, company.people[0]),
        by=company.manager,
        attended=True,
        at=EVENING + HOUR,
    )
    with pytest.raises(ActRefused) as refused:
        cancel_event(event=event, by=company.manager, reason="台风", at=EVENING + HOUR)
    assert refused.value.code == "somebody_came"


def test_the_story_of_an_invitation_is_only_added_to(company):
    event = give_event(company)
    invite(event=event, by=company.manager, people=[company.people[0].pk], at=NOW)
    for change in (
        lambda: InvitationStep.objects.update(note="x"),
        Invitation.objects.all().delete,
        Event.objects.all().delete,
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
