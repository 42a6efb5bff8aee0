"""Many contacts at once come to what the same contacts come to one by one."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from upheld.operations.close_overdue import close_overdue
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.record_contact import record_contact
from upheld.operations.record_contacts import Contact, record_contacts
from upheld.operations.refusals import ActRefused
from upheld.records.audit.models import Entry
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Group, Person
from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.staff.models import Employee

from .conftest import at, at_once

pytestmark = pytest.mark.django_db

NOW = at("2026-04-07")
"""When the contacts of these stories are written down."""


@pytest.fixture(autouse=True)
def within_half_a_year(settings):
    settings.CONTACTS_RECORDED_WITHIN_DAYS = 183


@pytest.fixture
def planned(operator):
    """The first half of 2026 is planned, and what was due in January and not kept is broken."""
    rate_base(as_of=date(2026, 1, 1), by=None)
    plan_contacts(from_date=date(2026, 1, 1), until_date=date(2026, 7, 1), by=None)
    close_overdue(as_of=date(2026, 2, 1), by=None)
    return operator


def person(code: str) -> int:
    return Person.objects.get(code=code).pk


def a_month_of_contacts() -> list[Contact]:
    """Every turn that the rules know: in the window, late, broken, for a group, two for one, nothing to keep."""
    me = Employee.objects.get(code="E1").pk
    group = Group.objects.get(code="G1").pk
    broken = Promise.objects.filter(person=person("P2"), action="visit", state="broken").earliest("from_date")
    march = Promise.objects.get(person=person("P2"), clause="KEY-5", action="visit", from_date="2026-03-01")
    return [
        Contact("call", at("2026-01-30"), "k0", me, person("P2"), report="in time, written down late"),
        Contact("visit", at("2026-02-03"), "k1", me, person("P2"), report="one"),
        Contact("visit", at("2026-02-04"), "k2", me, person("P2"), promise_id=broken.pk),
        Contact("call", at("2026-02-05"), "k3", me, person("P2"), outcome="not_reached"),
        Contact("call", at("2026-02-06"), "k4", me, person("P2")),
        Contact("call", at("2026-02-06", 11), "k5", me, person("P2")),
        Contact("sms", at("2026-02-07"), "k6", None, person("P1")),
        Contact("visit", at("2026-02-09"), "k7", me, group_id=group),
        Contact("training", at("2026-02-10"), "k8", me, group_id=group),
        Contact("call", at("2026-02-17"), "k9", me, person("P1")),
        Contact("sms", at("2026-02-17"), "k10", me, person("P3")),
        Contact("visit", at("2026-04-05"), "k11", me, person("P2"), promise_id=march.pk),
        Contact("lecture", at("2026-04-06"), "k12", me, person("P2")),
    ]


def outcome() -> tuple[object, object]:
    promises = Promise.objects.exclude(state="cancelled").order_by("pk")
    evidence = PromiseEvidence.objects.order_by("interaction__key", "promise_id")
    return (
        list(promises.values_list("pk", "state", "late", "ended_at")),
        list(evidence.values_list("interaction__key", "promise_id", "interaction__employee_id")),
    )


def test_many_at_once_come_to_the_same_as_one_by_one(planned):
    contacts = a_month_of_contacts()
    with transaction.atomic():
        for contact in contacts:
            record_contact(
                by=Employee.objects.filter(pk=contact.employee_id).first(),
                channel=contact.channel,
                happened_at=contact.happened_at,
                key=contact.key,
                person=contact.person_id,
                group=contact.group_id,
                promise=contact.promise_id,
                report=contact.report,
                outcome=contact.outcome,
                now=NOW,
            )
        one_by_one = outcome()
        transaction.set_rollback(True)
    done = record_contacts(contacts=contacts, by=None, now=NOW)
    assert outcome() == one_by_one
    assert done.new == len(contacts)
    assert len(done.kept) >= 5
    after_all = Entry.objects.get(act="keep_broken_promise")
    assert int(after_all.subject_id) in done.kept
    assert Entry.objects.get(act="record_contacts").detail["days_after"] == 67
    assert Promise.objects.filter(late=True).count() == 2


def test_twice_is_stored_once_and_audited_once(planned):
    contacts = a_month_of_contacts()
    record_contacts(contacts=contacts[:5], by=None, now=NOW)
    before = outcome()
    assert record_contacts(contacts=[*contacts[:5], *contacts[:5]], by=None, now=NOW).new == 0
    assert outcome() == before
    assert Entry.objects.filter(act="record_contacts").count() == 1


def test_one_refusal_refuses_all(planned):
    good = a_month_of_contacts()
    visit = Promise.objects.get(person=person("P2"), clause="KEY-5", action="visit", from_date="2026-03-01")
    wrong = Contact("sms", at("2026-03-05"), "bad", None, person("P2"), promise_id=visit.pk)
    with pytest.raises(ActRefused) as refused:
        record_contacts(contacts=[*good, wrong], by=None, now=NOW)
    assert refused.value.code == "other_channel"
    assert not Interaction.objects.exists()


@pytest.mark.parametrize("stored", [True, False])
def test_a_key_for_two_contacts_is_refused(planned, stored):
    one = Contact("sms", at("2026-02-07"), "same", None, person("P1"))
    other = Contact("sms", at("2026-02-07"), "same", None, person("P2"))
    if stored:
        record_contacts(contacts=[one], by=None, now=NOW)
    with pytest.raises(ActRefused, match="another contact"):
        record_contacts(contacts=[other] if stored else [one, other], by=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_one_key_alone_and_among_many_at_the_same_moment_is_one_contact(planned):
    visitor, visits = person("P2"), []
    for month in range(2, 7):
        day = at(f"2026-{month:02}-10")
        visits += [Contact("visit", day, f"visit {month}", None, visitor)]

    def alone(visit):
        return record_contact(
            by=None,
            channel="visit",
            happened_at=visit.happened_at,
            key=visit.key,
            person=visitor,
            now=at("2026-06-11"),
        ).is_new

    def among_many():
        return record_contacts(contacts=visits, by=None, now=at("2026-06-11")).new

    results = at_once(among_many, *[lambda visit=visit: alone(visit) for visit in visits], among_many)
    assert not any(isinstance(result, Exception) for result in results), results
    assert sum(results) == len(visits)
    assert Interaction.objects.count() == len(visits)
    assert PromiseEvidence.objects.count() == len(visits) == Promise.objects.filter(state="kept").count()


@pytest.mark.django_db(transaction=True)
def test_one_key_for_different_contacts_at_the_same_moment_stores_one_and_refuses_the_other(planned):
    sms = Contact("sms", at("2026-02-07"), "same", None, person("P1"))
    results = at_once(
        lambda: record_contacts(contacts=[sms], by=None, now=NOW),
        lambda: record_contact(
            by=None, channel="sms", happened_at=sms.happened_at, key="same", person=person("P2"), now=NOW
        ),
    )
    [refused] = [result for result in results if isinstance(result, Exception)]
    assert isinstance(refused, ActRefused), refused
    assert refused.code == "key_used"
    assert Interaction.objects.count() == 1


def test_a_thousand_messages_take_a_dozen_statements(planned, django_assert_max_num_queries):
    contacts = [Contact("sms", at("2026-02-07"), f"m{number}", None, person("P1")) for number in range(1_000)]
    with django_assert_max_num_queries(14):
        assert record_contacts(contacts=contacts, by=None, now=NOW).new == 1_000
