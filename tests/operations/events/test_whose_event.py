"""Stories of who may act: whoever gives the event, and on a guest whoever serves that one; nobody else."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from upheld.operations.events.answer import answer_invitation
from upheld.operations.events.attend import end_event, record_attendance
from upheld.operations.events.invite import invite
from upheld.operations.events.plan_event import cancel_event, change_event
from upheld.operations.refusals import NotAllowed
from upheld.records.audit.models import Entry
from upheld.records.events.models import Invitation
from upheld.records.staff.models import Assignment, Employee, Unit

from .conftest import EVENING, HOUR, NOW, give_event, owe_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger(company):
    """A manager of another city, who serves nobody here; and the lead there."""
    province = Unit.objects.get(code="U1")
    city = Unit.objects.create(code="U2", name="别处", kind="city", parent=province)
    made = [
        Employee.objects.create_user(name, name=name, job=job, unit=city, code=name.upper())
        for name, job in (("far", "account_manager"), ("farlead", "team_lead"))
    ]
    return SimpleNamespace(manager=made[0], lead=made[1])


def test_managers_invite_their_own_customers_alone(company, stranger):
    event, owed = give_event(company), owe_event(company)
    for asked in (
        {"promises": [owed.pk]},
        {"people": [company.people[0].pk]},
        {"groups": [company.power.pk]},
    ):
        for who in (stranger.manager, stranger.lead):
            with pytest.raises(NotAllowed):
                invite(event=event, by=who, at=NOW, **asked)
    assert not Invitation.objects.exists()
    assert Entry.objects.filter(act="invite", allowed=False).count() == 6
    assert invite(event=event, by=company.lead, promises=[owed.pk], at=NOW).number == 1
    assert invite(event=event, by=company.service, people=[company.people[1].pk], at=NOW).number == 1


def test_who_neither_gives_the_event_nor_serves_the_guest_changes_nothing(company, stranger):
    event, guest = give_event(company), company.people[0]
    invite(event=event, by=company.manager, people=[guest.pk], at=NOW)
    invitation, night = Invitation.objects.get(), EVENING + 3 * HOUR
    acts = (
        ("answer_invitation", lambda by: answer_invitation(invitation=invitation, by=by, answer="accepted", at=NOW)),
        ("record_attendance", lambda by: record_attendance(invitation=invitation, by=by, attended=True, at=EVENING)),
        ("change_event", lambda by: change_event(event=event, by=by, capacity=9, at=NOW)),
        ("cancel_event", lambda by: cancel_event(event=event, by=by, reason="rain", at=NOW)),
        ("end_event", lambda by: end_event(event=event, by=by, at=night)),
    )  # fmt: skip
    for name, act in acts:
        for who in (stranger.manager, stranger.lead):
            with pytest.raises(NotAllowed):
                act(who)
        assert Entry.objects.filter(act=name, allowed=False).count() == 2
    event.refresh_from_db()
    assert (event.state, event.capacity) == ("planned", 3)
    # Whoever serves the guest acts on the guest, whoever gives it; the event itself stays its giver's.
    Assignment.objects.create(
        employee=stranger.manager, person=guest, kind="account_manager", from_date=date(2020, 1, 1)
    )
    assert acts[0][1](stranger.manager).state == "accepted"
    with pytest.raises(NotAllowed):
        acts[2][1](stranger.manager)
    assert acts[2][1](company.service).capacity == 9
