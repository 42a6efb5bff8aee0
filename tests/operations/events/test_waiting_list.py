"""The list of an event against a brute-force list: no seat is given twice and nobody is passed over."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upheld.operations.events.answer import answer_invitation
from upheld.operations.events.invite import invite
from upheld.operations.events.plan_event import change_event
from upheld.operations.refusals import ActRefused
from upheld.records.events.models import Event, Invitation, InvitationStep

from ..conftest import at_once, wait_until_somebody_waits_for_a_lock
from .conftest import NOW, build_company, give_event, owe_event

PEOPLE = 6

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("invite"), st.lists(st.integers(0, PEOPLE - 1), min_size=1, max_size=4)),
        st.tuples(st.sampled_from(["accepted", "declined", "cancelled"]), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("capacity"), st.integers(1, 5)),
    ),
    max_size=25,
)


class PaperList:
    """What a clerk with a sheet of paper would do: a row of seats, and a queue beside it."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.seats: dict[int, str] = {}
        self.queue: list[int] = []
        self.gone: dict[int, str] = {}

    def act(self, verb, what) -> None:
        if verb == "invite":
            for guest in sorted(set(what)):
                if guest in self.seats or guest in self.queue or self.gone.get(guest) == "declined":
                    continue
                self.gone.pop(guest, None)
                self._sit_or_wait(guest, "invited")
        elif verb == "capacity":
            if what >= len(self.seats):
                self.capacity = what
        elif verb == "accepted":
            if what in self.seats:
                self.seats[what] = "accepted"
            elif self.gone.get(what) == "declined":
                del self.gone[what]
                self._sit_or_wait(what, "accepted")
        elif what in self.seats or what in self.queue or self.gone.get(what) == "declined":
            self.seats.pop(what, None)
            if what in self.queue:
                self.queue.remove(what)
            self.gone[what] = verb
        while self.queue and len(self.seats) < self.capacity:
            self.seats[self.queue.pop(0)] = "invited"

    def _sit_or_wait(self, guest: int, state: str) -> None:
        if len(self.seats) < self.capacity and not self.queue:
            self.seats[guest] = state
        else:
            self.queue.append(guest)

    def told(self) -> tuple[dict[int, str], list[int], dict[int, str]]:
        return self.seats, self.queue, self.gone


def as_stored(event: Event, number_of: dict[int, int]) -> tuple[dict[int, str], list[int], dict[int, str]]:
    """Read the stored list in the words of the paper one."""
    rows = list(Invitation.objects.filter(event=event))
    waiting = sorted((one for one in rows if one.state == "waiting"), key=lambda one: one.place)
    return (
        {number_of[one.person_id]: one.state for one in rows if one.state in ("invited", "accepted")},
        [number_of[one.person_id] for one in waiting],
        {number_of[one.person_id]: one.state for one in rows if one.state in ("declined", "cancelled")},
    )


class Undone(Exception):
    """Take an example back."""


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(capacity=st.integers(1, 4), acts=ACTS)
def test_whatever_happens_the_list_is_what_a_sheet_of_paper_would_say(company, capacity, acts):
    people = company.people
    number_of = {one.pk: place for place, one in enumerate(people)}
    refusals = set()
    try:
        with transaction.atomic():
            event, paper = give_event(company, capacity=capacity), PaperList(capacity)
            for verb, what in acts:
                try:
                    if verb == "invite":
                        invite(
                            event=event, by=company.manager, people=[people[one].pk for one in what], at=NOW
                        )
                    elif verb == "capacity":
                        change_event(event=event, by=company.manager, capacity=what, at=NOW)
                    else:
                        guest = Invitation.objects.filter(event=event, person=people[what]).first()
                        if guest is not None:
                            answer_invitation(invitation=guest, by=company.manager, answer=verb, at=NOW)
                except ActRefused as refused:
                    refusals.add(refused.code)
                paper.act(verb, what)
                assert as_stored(event, number_of) == paper.told()
                assert len(paper.seats) <= paper.capacity
                assert refusals <= {"seats_are_taken", "off_the_list"}
            # Every state that an invitation is in was written down as its last step.
            for one in Invitation.objects.filter(event=event):
                last = InvitationStep.objects.filter(invitation=one).order_by("-pk").first()
                assert {"moved_up": "invited"}.get(last.step, last.step) == one.state
            raise Undone
    except Undone:
        pass


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_invite_at_once_give_the_last_seat_once():
    company = build_company()
    owed = [owe_event(company, person=one) for one in company.people]
    event = give_event(company, capacity=4)
    halves = [[one.pk for one in owed[:4]], [one.pk for one in owed[2:]]]
    done = at_once(
        *(lambda half=half: invite(event=event, by=company.manager, promises=half, at=NOW) for half in halves)
    )
    assert sum(one.number for one in done) == 6
    assert sum(one.left_out for one in done) == 2
    rows = Invitation.objects.filter(event=event)
    assert rows.filter(state="invited").count() == 4
    assert sorted(rows.filter(state="waiting").values_list("place", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_whoever_invites_second_waits_for_the_first_and_sees_the_seat_gone():
    company = build_company()
    event = give_event(company, capacity=1)
    first, second = company.people[:2]
    with transaction.atomic():
        invite(event=event, by=company.manager, people=[first.pk], at=NOW)
        results = []

        def other_clerk() -> None:
            results.append(
                invite(event=event, by=company.lead, people=[second.pk], at=NOW + timedelta(seconds=1))
            )
            connections.close_all()

        clerk = threading.Thread(target=other_clerk)
        clerk.start()
        wait_until_somebody_waits_for_a_lock()
    clerk.join()
    assert (len(results[0].seated), len(results[0].waiting)) == (0, 1)
