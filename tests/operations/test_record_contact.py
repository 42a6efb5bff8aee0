"""Stories of contacts: each is stored once and keeps the promise it was made for, no other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from upheld.operations.close_overdue import close_overdue
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.reverse_contact import reverse_contact
from upheld.records.audit.models import Entry
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Group, Person
from upheld.records.promises.models import Promise, PromiseEvidence
from upheld.records.staff.models import Employee

from .conftest import at, at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(operator):
    """The first half of 2026 is planned, and each contact is written down an hour later."""
    rate_base(as_of=date(2026, 1, 1), by=None)
    plan_contacts(from_date=date(2026, 1, 1), until_date=date(2026, 7, 1), by=None)
    return operator


def employee(code="E1"):
    return Employee.objects.get(code=code)


def record(code="P2", channel="visit", day="2026-01-20", key="k1", **more):
    person = Person.objects.get(code=code)
    more = {"by": employee(), "happened_at": at(day)} | more
    more.setdefault("now", more["happened_at"] + timedelta(hours=1))
    return record_contact(person=person, channel=channel, key=key, **more)


def promise(code="P2", action="visit", clause="KEY-5", month=1, **more):
    return Promise.objects.filter(
        person__code=code, action=action, clause=clause, from_date__month=month, **more
    ).earliest("from_date")


def test_a_visit_keeps_the_visit_of_its_month(planned):
    result = record(report="Talked about the new plan.")
    [kept] = result.kept
    assert kept == promise()
    assert (kept.state, kept.late, kept.ended_at) == ("kept", False, at("2026-01-20"))
    assert PromiseEvidence.objects.get(promise=kept).interaction.report == "Talked about the new plan."
    assert promise(month=2).state == "open"
    assert Entry.objects.get(act="record_contact").detail["kept"] == [kept.pk]


def test_the_same_key_stores_the_contact_once_and_answers_the_same(planned):
    first, again = record(), record()
    assert again.interaction == first.interaction
    assert again.kept == first.kept
    assert (first.is_new, again.is_new) == (True, False)
    assert Interaction.objects.count() == 1
    assert Promise.objects.filter(state="kept").count() == 1


def test_a_key_of_another_contact_is_refused(planned):
    record()
    with pytest.raises(ActRefused, match="used for another contact"):
        record(channel="call")


def test_a_second_call_in_the_window_is_stored_and_keeps_nothing_more(planned):
    [kept] = record(code="P3", channel="call").kept
    assert (kept.clause, kept.due_date) == ("CT-42", date(2026, 2, 28))
    assert record(code="P3", channel="call", day="2026-01-25", key="k2").kept == ()
    assert Interaction.objects.count() == 2
    assert Promise.objects.filter(person__code="P3", state="kept").count() == 1


def test_a_second_visit_keeps_the_next_promise_that_a_visit_may_keep(planned):
    record()
    [kept] = record(day="2026-01-25", key="k2").kept
    assert (kept.clause, kept.action) == ("CT-42", "return_visit")


def test_a_channel_keeps_only_what_it_may(planned):
    [kept] = record(channel="call").kept
    assert kept.action == "call"
    assert promise(action="visit").state == "open"


def test_a_greeting_on_a_festival_keeps_the_greetings_of_all_clauses_that_allow_it_and_no_call_besides(
    planned,
):
    # Spring Festival 2026 is on 17 February. The gold contact of a class A group is owed a greeting three times over,
    # and the group a fourth.
    kept = record(channel="call", day="2026-02-17").kept
    assert {(one.clause, one.action, one.on_occasion) for one in kept} == {
        ("KEY-6", "greeting", "spring_festival"),
        ("KEY-7", "greeting", "spring_festival"),
        ("CT-42", "greeting", "spring_festival"),
        ("KEY-41", "greeting", "spring_festival"),
    }
    assert promise(action="call", month=2).state == "open"


def test_a_visit_does_not_keep_a_return_visit_besides_unless_the_standard_says_so(planned):
    [kept] = record().kept
    assert kept.clause == "KEY-5"
    assert promise(clause="CT-42", action="return_visit").state == "open"


def test_a_named_promise_is_kept_even_when_another_is_due_earlier(planned):
    named = promise(clause="CT-42", action="return_visit")
    assert record(promise=named).kept == (named,)
    assert promise().state == "open"


def test_a_contact_after_the_due_day_keeps_an_open_promise_late(planned):
    record(day="2026-01-30", key="k0")
    named = promise(month=2)
    [kept] = record(day="2026-03-03", promise=named).kept
    assert (kept.state, kept.late) == ("kept", True)


def test_a_broken_promise_stays_broken_and_gets_the_late_evidence(planned):
    close_overdue(as_of=date(2026, 3, 1), by=None)
    named = promise(month=2)
    assert record(day="2026-03-03", promise=named).kept == ()
    named.refresh_from_db()
    assert (named.state, named.late) == ("broken", True)
    assert named.evidence.count() == 1


def closed(as_of="2026-02-01"):
    close_overdue(as_of=date.fromisoformat(as_of), by=None)
    assert promise().state == "broken"


@pytest.mark.parametrize("is_named", [True, False])
def test_a_contact_in_time_keeps_its_promise_though_it_is_written_down_after_the_closing(planned, is_named):
    closed()
    more = {"promise": promise()} if is_named else {}
    contact = record(day="2026-01-30", now=at("2026-02-02"), **more)
    assert contact.kept == (promise(),)
    kept = promise()
    assert (kept.state, kept.late, kept.ended_at) == ("kept", False, at("2026-01-30"))
    entry = Entry.objects.get(act="keep_broken_promise")
    assert (entry.subject_id, entry.actor) == (str(kept.pk), employee())
    assert entry.detail == {"was": "broken", "interaction": contact.interaction.pk}
    assert Entry.objects.get(act="record_contact").detail["days_after"] == 3


def test_a_contact_in_time_outweighs_one_that_came_late_and_its_reversal_leaves_that(planned):
    closed()
    record(day="2026-02-03", promise=promise())
    assert (promise().state, promise().late) == ("broken", True)
    in_time = record(day="2026-01-30", now=at("2026-02-04"), key="k2").interaction
    assert (promise().state, promise().late) == ("kept", False)
    reverse_contact(interaction=in_time, by=employee(), reason="another customer", now=at("2026-02-05"))
    assert (promise().state, promise().late) == ("broken", True)


def test_a_broken_promise_is_not_kept_by_a_contact_outside_its_window(planned):
    closed()
    assert promise() not in record(day="2026-02-03").kept
    assert promise().state == "broken"


def test_a_contact_is_written_down_soon_or_not_at_all(planned, settings):
    with pytest.raises(ActRefused) as refused:
        record(day="2026-01-20", now=at("2026-03-22"))
    assert refused.value.code == "too_long_ago"
    assert not Interaction.objects.exists()
    settings.CONTACTS_RECORDED_WITHIN_DAYS = 90
    assert record(day="2026-01-20", now=at("2026-03-22")).is_new
    assert Entry.objects.get(act="record_contact").detail["days_after"] == 61


def test_a_contact_written_down_the_same_day_is_not_noted_as_delayed(planned):
    record()
    assert "days_after" not in Entry.objects.get(act="record_contact").detail


def test_a_greeting_for_a_day_that_has_passed_is_kept_only_by_a_contact_that_names_it(planned):
    new_year = Promise.objects.get(person__code="P3", on_occasion="new_year")
    [kept] = record(code="P3", channel="call", day="2026-01-05").kept
    assert kept.action == "return_visit"
    assert record(code="P3", channel="call", day="2026-01-06", key="k2").kept == ()
    [kept] = record(code="P3", channel="call", day="2026-01-07", key="k3", promise=new_year).kept
    assert (kept, kept.late) == (new_year, True)


def test_the_day_of_a_contact_is_that_of_the_standards_time_zone(planned):
    # 31 January 23:30 in Shanghai is still in January, 1 February 00:30 is not, though both are January in Greenwich.
    late_evening = at("2026-01-31", 23) + timedelta(minutes=30)
    [january] = record(happened_at=late_evening).kept
    [february] = record(happened_at=late_evening + timedelta(hours=1), key="k2").kept
    assert (january.from_date.month, february.from_date.month) == (1, 2)
    assert not january.late


@pytest.mark.parametrize("outcome", ["not_reached", "refused"])
def test_only_who_was_reached_counts(planned, outcome):
    assert record(outcome=outcome).kept == ()
    assert promise().state == "open"
    assert Interaction.objects.count() == 1


def test_a_contact_with_a_key_person_keeps_what_is_promised_to_the_group(planned):
    information = Promise.objects.filter(group__code="G1", clause="KEY-21").earliest("from_date")
    [kept] = record(channel="information").kept
    assert kept == information


def test_what_is_promised_to_the_person_goes_before_what_is_promised_to_the_group(planned):
    [kept] = record(channel="visit", day="2026-01-31").kept
    assert kept.person_id is not None


def test_a_contact_with_the_group_itself_keeps_the_groups_promise(planned):
    group = Group.objects.get(code="G1")
    [kept] = record_contact(
        by=employee(),
        group=group,
        channel="information",
        happened_at=at("2026-01-20"),
        key="k",
        now=at("2026-01-21"),
    ).kept
    assert (kept.group, kept.clause) == (group, "KEY-21")


def test_an_ordinary_member_keeps_nothing_of_the_groups(planned):
    assert record(code="P5", channel="information").kept == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"happened_at": timezone.now() + timedelta(days=365), "now": None}, "in_the_future"),
        ({"channel": "pigeon"}, "unknown_channel"),
        ({"outcome": "shrug"}, "unknown_outcome"),
        ({"channel": "sms", "promise": "visit"}, "other_channel"),
        ({"code": "P3", "promise": "visit"}, "other_subject"),
        ({"day": "2025-12-31", "promise": "visit"}, "before_window"),
        ({"promise": "nothing"}, "no_such_promise"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(planned, changes, code):
    if "promise" in changes:
        changes = changes | {"promise": promise().pk if changes["promise"] == "visit" else 10**9}
    with pytest.raises(ActRefused) as refused:
        record(**changes)
    assert refused.value.code == code
    assert Interaction.objects.count() == 0


def test_a_mistake_is_reversed_by_a_new_row_and_the_promise_is_open_again(planned):
    contact = record().interaction
    reversal = reverse_contact(
        interaction=contact, by=employee(), reason="wrong customer", now=at("2026-01-21")
    )
    assert reversal.reverses == contact
    assert (promise().state, promise().ended_at) == ("open", None)
    assert Interaction.objects.count() == 2
    assert reverse_contact(interaction=contact, by=employee(), reason="again") == reversal
    assert record(key="k2", day="2026-01-22").kept == (promise(),)


def test_a_mistake_found_after_the_due_day_leaves_the_promise_broken(planned):
    contact = record().interaction
    reverse_contact(interaction=contact, by=employee(), reason="wrong customer", now=at("2026-02-01", 0))
    assert promise().state == "broken"


def test_a_promise_that_two_contacts_met_outlives_the_reversal_of_one(planned):
    first = record().interaction
    record(key="k2", day="2026-01-22", promise=promise())
    reverse_contact(interaction=first, by=employee(), reason="wrong day", now=at("2026-03-01"))
    assert (promise().state, promise().ended_at) == ("kept", at("2026-01-22"))


def test_another_employees_contact_is_reversed_only_by_a_lead(planned):
    contact = record().interaction
    with pytest.raises(NotAllowed):
        reverse_contact(interaction=contact, by=employee("E2"), reason="x")
    assert Entry.objects.get(act="reverse_contact").allowed is False
    assert promise().state == "kept"
    reverse_contact(interaction=contact, by=employee("E3"), reason="wrong customer", now=at("2026-01-21"))
    assert promise().state == "open"


def test_who_left_reverses_nothing_and_the_service_department_may_reverse_anything(planned):
    contact = record().interaction
    Employee.objects.filter(code="E1").update(is_active=False)
    with pytest.raises(NotAllowed):
        reverse_contact(interaction=contact, by=employee(), reason="wrong customer", now=at("2026-01-21"))
    reverse_contact(interaction=contact, by=employee("E5"), reason="wrong customer", now=at("2026-01-21"))
    assert promise().state == "open"


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_keep_one_promise_once(planned):
    named = promise()
    results = at_once(
        lambda: record(key="a", promise=named.pk),
        lambda: record(key="b", promise=named.pk, by=employee("E2")),
    )
    assert sorted(len(result.kept) for result in results) == [0, 1]
    named.refresh_from_db()
    assert named.state == "kept"
    assert named.evidence.count() == 2
    assert Promise.objects.filter(state="kept").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_without_naming_a_promise_keep_one_between_them(planned):
    results = at_once(*[lambda key=key: record(code="P3", channel="call", key=key) for key in "abc"])
    assert sum(len(result.kept) for result in results) == 1
    assert Interaction.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_key_sent_three_times_at_once_is_one_contact(planned):
    results = at_once(*[lambda: record(key="same")] * 3)
    assert [result.is_new for result in results].count(True) == 1
    assert Interaction.objects.count() == 1
    assert Promise.objects.filter(state="kept").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_contact_and_the_closing_of_the_day_at_once_leave_one_end(planned):
    results = at_once(
        lambda: record(day="2026-01-31", promise=promise().pk),
        lambda: close_overdue(as_of=date(2026, 2, 1), by=None),
    )
    assert not any(isinstance(result, Exception) for result in results), results
    # Whoever came first, the contact was in time.
    assert (promise().state, promise().ended_at) == ("kept", at("2026-01-31"))
    assert promise().evidence.count() == 1
