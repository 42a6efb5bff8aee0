"""Whatever is done in whatever order, as many promises are owed as the standard says, and each has one owner.

The oracle reads the tables by its own few lines and asks `policy.contacts` for one subject after another; it knows
nothing of how planning compares, of books that are handed over, or of how deputies are found.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.models import F, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upheld.operations.absences import carry_absences, end_absence, note_absence
from upheld.operations.assign_manager import assign_manager
from upheld.operations.assign_the_unserved import assign_the_unserved
from upheld.operations.book_plan import loads_of
from upheld.operations.close_account import close_account
from upheld.operations.hand_over_book import hand_over_book, look_at_book
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.record_contact import record_contact
from upheld.operations.waive_promise import waive_promise
from upheld.policy.contacts import plan_of
from upheld.policy.facts import MonthDay
from upheld.records.people.models import Group, GroupRole, Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Absence, Assignment, Employee
from upheld.records.standards.queries import edition_in_force, loaded_edition
from upheld.records.tiers.models import Membership

from .conftest import named
from .lives import DayAfterDay

pytestmark = pytest.mark.django_db

BEGIN, AHEAD = date(2026, 1, 3), 45
PEOPLE, GROUPS, MANAGERS = ("P1", "P2", "P3", "P4"), ("G1", "G2"), ("E1", "E2")
STAFF = ("E1", "E2", "E6")

person, group, manager, staff = map(st.sampled_from, (PEOPLE, GROUPS, MANAGERS, STAFF))
place = st.integers(0, 60)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("days pass"), st.integers(1, 15)),
        st.tuples(st.just("spend"), person, st.sampled_from([0, 110_000, 250_000, 400_000])),
        st.tuples(st.just("role"), person, st.sampled_from([None, "contact", "top_decision_maker"])),
        st.tuples(st.just("group class"), group, st.sampled_from(["A", "B1", "C", "D"])),
        st.tuples(st.just("rate")),
        st.tuples(st.just("plan"), st.booleans()),
        st.tuples(st.just("contact"), person, st.sampled_from(["visit", "call", "sms"])),
        st.tuples(st.just("waive"), place),
        st.tuples(st.just("extra"), person, staff, st.integers(0, 30)),
        st.tuples(st.just("assign"), group, manager),
        st.tuples(st.just("assign all")),
        st.tuples(st.just("hand over"), staff, st.sampled_from([*STAFF, None])),
        st.tuples(st.just("leave"), manager, st.sampled_from([*MANAGERS, None])),
        st.tuples(st.just("away"), staff, staff, st.integers(0, 10), st.integers(1, 20)),
        st.tuples(st.just("back"), st.integers(0, 3), st.integers(0, 10)),
        st.tuples(st.just("night")),
        st.tuples(st.just("close")),
    ),
    min_size=4,
    max_size=14,
)


class Life(DayAfterDay):
    """Know the acts on plans, on what is owed, and on who serves whom."""

    def __init__(self) -> None:
        super().__init__(BEGIN)
        self.extras = 0

    def role(self, code, role):
        GroupRole.objects.filter(person__code=code).update(role=role)

    def group_class(self, code, name):
        Group.objects.filter(code=code).update(group_class=name)

    def plan(self, changed_only=False):
        until = self.today + timedelta(days=AHEAD)
        return plan_contacts(from_date=self.today, until_date=until, by=None, changed_only=changed_only)

    def contact(self, code, channel):
        record_contact(by=named("E1"), person=Person.objects.get(code=code), channel=channel,
                       happened_at=self.now(), key=f"k{next(self.keys)}", now=self.now())  # fmt: skip

    def waive(self, place):
        owed = list(Promise.objects.filter(state="open").order_by("pk"))
        if owed:
            waive_promise(promise=owed[place % len(owed)], reason="agreed", approver=named("E5"))

    def extra(self, code, employee, days):
        """Something owed beside the plan, such as a call after a visit."""
        due, edition = self.today + timedelta(days=days), edition_in_force(self.today)
        Promise.objects.create(person=Person.objects.get(code=code), action="call", clause=f"MGR-{next(self.keys)}",
                               standard="MGR", from_date=self.today, due_date=due, edition=edition,
                               source="follow_up", responsible=there(employee))  # fmt: skip
        self.extras += 1

    def assign(self, code, employee):
        assign_manager(group=Group.objects.get(code=code), kind="account_manager", by=None, day=self.today,
                       employee=named(employee))  # fmt: skip

    def assign_all(self):
        assign_the_unserved(by=None, day=self.today)

    def hand_over(self, employee, to):
        book = {"employee": named(employee), "to": named(to) if to else None, "by": None, "day": self.today}
        seen = look_at_book(**book)
        done = hand_over_book(**book, reason="load")
        # What was looked at is what was done, and as the tables tell.
        assert (done.counts, done.after) == (seen.counts, seen.after)
        assert done.after == loads_of(done.after, day=self.today)
        left = Promise.objects.filter(responsible__code=employee, state="open", case=None)
        assert not left.exists()

    def leave(self, employee, to):
        self.hand_over(employee, to)
        close_account(username=named(employee).username, by=None)

    def away(self, employee, deputy, after, days):
        begin = self.today + timedelta(days=after)
        note_absence(employee=named(employee), deputy=named(deputy), from_date=begin,
                     until_date=begin + timedelta(days=days), reason="leave", by=None, day=self.today)  # fmt: skip

    def back(self, place, after):
        absences = list(Absence.objects.exclude(until_date=F("from_date")).order_by("pk"))
        if absences:
            one = absences[place % len(absences)]
            end_absence(absence=one, back_on=self.today + timedelta(days=after), by=None, day=self.today)

    def night(self):
        self.rate()
        self.plan()
        carry_absences(day=self.today)


def there(code):
    """Whoever makes a promise is there to keep it."""
    found = named(code)
    return found if found.is_active else named("E3")


# --- The oracle ---


def facts(subject, day):
    if isinstance(subject, Group):
        return {"group_class": subject.group_class, "group_kind": subject.group_kind}
    found = {}
    places = GroupRole.objects.filter(person=subject).select_related("group")
    for one in places:  # nobody here has two
        found |= {"group_class": one.group.group_class, "group_kind": one.group.group_kind}
        found |= {"role": one.role} if one.role else {}
    for held in Membership.objects.filter(person=subject, state="active", from_date__lte=day):
        if held.until_date is None or held.until_date > day:
            found["card"] = held.card
    if subject.birthday_month:
        found["birthday"] = MonthDay(subject.birthday_month, subject.birthday_day, subject.birthday_year)
        found["birthday_calendar"] = subject.birthday_calendar
    return {name: value for name, value in found.items() if value is not None}


def who_serves(subject, day):
    """The own account manager, else the own phone manager, else the group's account manager; of those still here."""

    def of(column, pk, kind):
        for one in Assignment.objects.filter(**{column: pk, "kind": kind, "employee__is_active": True}):
            if one.from_date <= day and (one.until_date is None or one.until_date > day):
                return one.employee_id
        return None

    if isinstance(subject, Group):
        return of("group", subject.pk, "account_manager") or of("group", subject.pk, "phone_manager")
    own = of("person", subject.pk, "account_manager") or of("person", subject.pk, "phone_manager")
    if own:
        return own
    through = [
        of("group", one.group_id, "account_manager") for one in GroupRole.objects.filter(person=subject)
    ]
    return next((one for one in through if one), None)


def stands_in(employee, due, seen=()):
    """Who does what is due on a day; the employee where nobody who is there can be found."""
    away = [one for one in Absence.objects.filter(employee=employee) if one.from_date <= due < one.until_date]
    if not away:
        return employee
    deputy = away[0].deputy_id
    if deputy is None or deputy in (*seen, employee) or not Employee.objects.get(pk=deputy).is_active:
        return None
    return stands_in(deputy, due, (*seen, employee))


def check(life):
    edition, until = loaded_edition(edition_in_force(life.today)), life.today + timedelta(days=AHEAD)
    for subject in (*Person.objects.all(), *Group.objects.all()):
        kind = "group" if isinstance(subject, Group) else "person"
        planned = plan_of(edition=edition, subject=facts(subject, life.today), from_date=life.today, until_date=until,
                          owed_to=kind)  # fmt: skip
        wanted = sorted((one.clause, one.action, one.from_date, one.due_date, one.turn) for one in planned)
        rows = Promise.objects.filter(**{kind: subject}, source="contact_plan").exclude(state="cancelled")
        identity = ("clause", "action", "from_date", "due_date", "turn")
        begun = rows.filter(from_date__gte=life.today, from_date__lt=until)
        # What ended stays in the story though it be owed no more; all else is what the standard says, once.
        found = sorted(one for one in begun.values_list(*identity) if one in wanted)
        assert found == wanted, subject
        assert not [one for one in begun.filter(state="open").values_list(*identity) if one not in wanted]
        serves = who_serves(subject, life.today)
        # A window under way is kept by whoever it is with, where nobody plans it any more; all others have their owner.
        for one in rows.filter(state="open", due_date__gte=life.today):
            expected = serves and (stands_in(serves, one.due_date) or serves)
            assert one.responsible_id == expected, (subject, one, one.responsible_id, expected)
    extras = Promise.objects.filter(source="follow_up")
    assert extras.count() == life.extras
    assert not extras.filter(responsible=None).exists()
    gone = Q(responsible__is_active=False)
    assert not extras.filter(gone, state="open").exists()
    assert not Promise.objects.filter(gone, state="open", due_date__gte=life.today).exists()


@settings(
    max_examples=14,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(story=acts)
def test_as_much_is_owed_as_the_standard_says_and_each_promise_has_one_owner(operator, story):
    with transaction.atomic():
        life = Life()
        life.do("night")
        for act in story:
            life.do(*act)
        life.do("rate")
        life.plan()
        carry_absences(day=life.today)
        check(life)
        again = life.plan()
        assert (again.added, again.moved, again.cancelled) == (0, 0, 0)
        check(life)
        transaction.set_rollback(True)
