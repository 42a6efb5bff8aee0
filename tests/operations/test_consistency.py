"""Whatever is done in whatever order, no promise is doubled and every promise has one true state."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.models import Count, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.record_contact import day_of, record_contact
from upheld.operations.reverse_contact import reverse_contact
from upheld.operations.waive_promise import waive_promise
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Person, Service
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Employee
from upheld.records.tiers.models import Membership

from .lives import DayAfterDay

pytestmark = pytest.mark.django_db

BEGIN = date(2026, 1, 1)
CODES = ("P1", "P2", "P3", "P4")

channels = st.sampled_from(["visit", "call", "sms"])
days_ago = st.sampled_from([0, 0, 1, 20])
acts = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), st.sampled_from(CODES), st.sampled_from([0, 110_000, 250_000, 400_000])),
        st.tuples(st.just("arrears"), st.sampled_from(CODES), st.sampled_from([0, 1, 4])),
        st.tuples(st.just("leave"), st.sampled_from(CODES), st.booleans()),
        st.tuples(st.just("rate")),
        st.tuples(st.just("plan"), st.integers(1, 120)),
        st.tuples(st.just("contact"), st.sampled_from(CODES), channels, days_ago),
        st.tuples(st.just("contact for"), st.integers(0, 400), channels, days_ago),
        st.tuples(st.just("reverse"), st.integers(0, 20)),
        st.tuples(st.just("waive"), st.integers(0, 400), st.sampled_from(["E1", "E3", "E5"])),
        st.tuples(st.just("close")),
        st.tuples(st.just("days pass"), st.integers(1, 20)),
    ),
    max_size=25,
)


class Life(DayAfterDay):
    """Know the acts on ratings, contacts and what ends a promise."""

    def __init__(self) -> None:
        super().__init__(BEGIN)

    def arrears(self, code, months):
        Service.objects.filter(person__code=code).update(arrears_months=months)

    def leave(self, code, wish):
        Person.objects.filter(code=code).update(cancel_requested=wish)

    def plan(self, days):
        plan_contacts(from_date=self.today, until_date=self.today + timedelta(days=days), by=None)

    def contact(self, code, channel, days_ago, promise=None):
        person = Person.objects.get(code=code)
        key = f"k{next(self.keys)}"
        by = Employee.objects.get(code="E1")
        with transaction.atomic():
            happened_at = self.now() - timedelta(days=days_ago)
            record_contact(
                by=by,
                person=person,
                channel=channel,
                happened_at=happened_at,
                key=key,
                promise=promise,
                now=self.now(),
            )

    def contact_for(self, place, channel, days_ago):
        promise = self.nth(place, Q(person__isnull=False))
        if promise is not None:
            self.contact(promise.person.code, channel, days_ago, promise)

    def reverse(self, place):
        contacts = list(Interaction.objects.filter(reverses__isnull=True).order_by("pk"))
        if contacts:
            reverse_contact(
                interaction=contacts[place % len(contacts)], by=None, reason="mistake", now=self.now()
            )

    def waive(self, place, code):
        promise = self.nth(place, Q())
        if promise is not None:
            waive_promise(promise=promise, reason="why", approver=Employee.objects.get(code=code))

    @staticmethod
    def nth(place, condition):
        promises = list(Promise.objects.filter(condition).order_by("pk"))
        return promises[place % len(promises)] if promises else None


def check_everything(today):
    owed = Promise.objects.exclude(state="cancelled")
    identity = ("person_id", "group_id", "clause", "action", "from_date", "due_date", "turn")
    assert not owed.values(*identity).annotate(n=Count("pk")).filter(n__gt=1).exists()
    standing = Q(
        evidence__interaction__reversed_by__isnull=True, evidence__interaction__reverses__isnull=True
    )
    for promise in Promise.objects.filter(state="kept"):
        assert Promise.objects.filter(standing, pk=promise.pk, evidence__isnull=False).exists(), promise
    for promise in Promise.objects.filter(state="open"):
        assert not Promise.objects.filter(standing, pk=promise.pk, evidence__isnull=False).exists(), promise
    assert not Promise.objects.filter(state="waived").exclude(approved_by__code__in=["E3", "E5"]).exists()
    assert not Promise.objects.filter(state="broken", due_date__gte=today).exists()
    # What was met within its window is not broken, whenever that was written down.
    for promise in Promise.objects.filter(standing, state="broken", evidence__isnull=False):
        assert promise.late, promise
        for evidence in promise.evidence.filter(interaction__reversed_by__isnull=True):
            assert day_of(evidence.interaction.happened_at, promise) > promise.due_date, promise
    # One contact keeps at most one promise of one clause and action.
    doubled = Interaction.objects.values(
        "pk", "promise_links__promise__clause", "promise_links__promise__action"
    )
    assert not doubled.annotate(n=Count("promise_links")).filter(n__gt=1).exists()
    assert (
        not Membership.objects.filter(until_date__isnull=True)
        .values("person")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=acts)
def test_no_order_of_acts_doubles_a_promise_or_leaves_a_state_untrue(operator, story):
    with transaction.atomic():
        life = Life()
        life.do("rate")
        life.do("plan", 90)
        for act in story:
            life.do(*act)
        check_everything(life.today)
        # And planning what was just planned changes nothing.
        life.do("plan", 60)
        again = plan_contacts(from_date=life.today, until_date=life.today + timedelta(days=60), by=None)
        assert (again.added, again.cancelled, again.moved) == (0, 0, 0)
        check_everything(life.today)
        transaction.set_rollback(True)
