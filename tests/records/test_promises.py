"""The database keeps promises honest: one for one identity, ended properly, waived with approval, never deleted."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.promises.queries import evidence_of, promises_kept_by

pytestmark = pytest.mark.django_db


def test_a_promise_is_owed_to_a_person_or_a_group(make_promise, make_person, make_group, refused):
    make_promise(person=make_person())
    make_promise(group=make_group())
    with refused("promise_owed_to_one_subject"):
        make_promise()
    with refused("promise_owed_to_one_subject"):
        make_promise(person=make_person(), group=make_group())


@pytest.mark.parametrize("subject", ["person", "group"])
def test_the_same_thing_is_promised_once(make_promise, make_person, make_group, refused, subject):
    to = {subject: make_person() if subject == "person" else make_group()}
    first = make_promise(**to)
    make_promise(**to, turn=2)
    make_promise(**to, clause="KEY-33")
    make_promise(**to, action="call")
    make_promise(**to, due_date=date(2026, 3, 15))
    for state in ("open", "kept", "broken"):
        with refused(f"promise_once_for_{subject}"):
            make_promise(**to, state=state)
    make_promise(**to, state="cancelled", end_reason="卡级变更")
    make_promise(**to, state="cancelled", end_reason="卡级又变更")
    Promise.objects.filter(pk=first.pk).update(
        state="cancelled", end_reason="卡级变更", ended_at="2026-03-10T00:00Z"
    )
    make_promise(**to)


def test_a_window_ends_no_earlier_than_it_begins(make_promise, make_person, refused):
    make_promise(person=make_person(), from_date=date(2026, 3, 1), due_date=date(2026, 3, 1))
    with refused("promise_due_not_before_from"):
        make_promise(person=make_person(), from_date=date(2026, 3, 2), due_date=date(2026, 3, 1))
    with refused("promise_turn_counts_from_one"):
        make_promise(person=make_person(), turn=0)


def test_only_an_ended_promise_has_an_end(make_promise, make_person, refused):
    person = make_person()
    with refused("promise_ends_when_not_open"):
        make_promise(person=person, state="kept", ended_at=None)
    with refused("promise_ends_when_not_open"):
        make_promise(person=person, ended_at="2026-03-10T00:00Z")
    with refused("promise_late_only_when_done"):
        make_promise(person=person, late=True)


def test_a_waiver_names_its_approver_and_its_reason(make_promise, make_person, make_employee, refused):
    person, lead = make_person(), make_employee("lead", job="team_lead")
    with refused("promise_waived_with_approval"):
        make_promise(person=person, state="waived", end_reason="客户出国")
    with refused("promise_waived_with_approval"):
        make_promise(person=person, state="waived", approved_by=lead)
    make_promise(person=person, state="waived", end_reason="客户出国", approved_by=lead)


def test_a_cancelled_promise_says_why(make_promise, make_person, refused):
    with refused("promise_cancelled_with_reason"):
        make_promise(person=make_person(), state="cancelled")


def test_a_broken_promise_cannot_be_made_to_vanish(make_promise, make_person):
    promise = make_promise(person=make_person(), state="broken")
    with (
        pytest.raises(IntegrityError, match="DELETE is not allowed on promises_promise"),
        transaction.atomic(),
    ):
        promise.delete()
    with (
        pytest.raises(IntegrityError, match="not allowed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM promises_promise")
    assert Promise.objects.count() == 1


def test_evidence_links_once_and_stays(make_promise, make_person, make_interaction, make_employee, refused):
    person = make_person()
    visit, greeting = (
        make_promise(person=person),
        make_promise(person=person, action="greeting", clause="KEY-6"),
    )
    done = make_interaction(person=person, employee=make_employee())
    for promise in (visit, greeting):
        PromiseEvidence.objects.create(promise=promise, interaction=done)
    with refused("promise_evidence_once"):
        PromiseEvidence.objects.create(promise=visit, interaction=done)
    for change in (
        PromiseEvidence.objects.all().delete,
        lambda: PromiseEvidence.objects.update(promise=visit),
    ):
        with (
            pytest.raises(IntegrityError, match="not allowed on promises_promiseevidence"),
            transaction.atomic(),
        ):
            change()
    assert promises_kept_by([done.pk]) == {done.pk: [visit, greeting]}
    links = evidence_of([visit.pk, greeting.pk])
    assert links[visit.pk][0].interaction.employee.username == "li.na"
