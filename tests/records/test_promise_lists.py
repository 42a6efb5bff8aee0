"""What an account manager sees in the morning, what a clause's page shows, and what the dashboard counts."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from upheld.records.evidence.models import Interaction
from upheld.records.promises.models import PromiseEvidence
from upheld.records.promises.queries import (
    Lane,
    Whose,
    counts_by_clause,
    counts_by_employee,
    counts_by_month,
    lane_sizes,
    open_promises_of_group,
    open_promises_of_person,
    promise_with_id,
    promises_of_clause,
    promises_of_group,
    promises_of_person,
    still_owed_with_ids,
    worklist,
)
from upheld.records.promises.worklists import action_sizes, worklist_by_customer
from upheld.records.staff.models import Unit

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)  # a Tuesday
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def me(make_employee):
    return make_employee("me")


@pytest.fixture
def owed(make_promise, make_person, me):
    """Promise something due on a day, to a person of its own."""

    def make(due, **fields):
        return make_promise(**{"person": make_person(), "responsible": me, "due_date": due, **fields})

    return make


@pytest.fixture
def evidence_of_a_visit():
    """Link a visit to a promise, as evidence that changed nothing else."""

    def link(promise):
        visit = Interaction.objects.create(
            person=promise.person, channel="visit", happened_at=timezone.now(), key=f"visit {promise.pk}"
        )
        PromiseEvidence.objects.create(promise=promise, interaction=visit)
        return visit

    return link


def in_lane(lane, responsible):
    return [promise.due_date.day for promise in worklist(lane, responsible=responsible, today=TODAY).promises]


def test_every_open_promise_has_its_lane(owed, me):
    for day in (9, 10, 11, 15, 16, 31):
        owed(date(2026, 3, day))
    owed(date(2026, 4, 30), from_date=APRIL)
    owed(TODAY, state="kept")
    assert in_lane(Lane.OVERDUE, me.pk) == [9]
    assert in_lane(Lane.TODAY, me.pk) == [10]
    assert in_lane(Lane.WEEK, me.pk) == [10, 11, 15]
    assert in_lane(Lane.UNDER_WAY, me.pk) == [16, 31]
    assert in_lane(Lane.LATER, me.pk) == [30]
    with CaptureQueriesContext(connection) as queries:
        sizes = lane_sizes(responsible=me.pk, today=TODAY)
    assert sizes == {Lane.OVERDUE: 1, Lane.TODAY: 1, Lane.WEEK: 3, Lane.UNDER_WAY: 2, Lane.LATER: 1}
    assert len(queries) == 1


def test_what_broke_within_a_month_is_overdue_until_it_is_done_late(owed, me, evidence_of_a_visit):
    lately = owed(date(2026, 3, 9), state="broken")
    owed(date(2026, 2, 8), state="broken", from_date=date(2026, 2, 1))
    owed(date(2026, 2, 7), state="broken", from_date=date(2026, 2, 1))
    owed(date(2026, 3, 8), state="broken", late=True)
    in_time = owed(date(2026, 3, 7), state="broken")
    still_open = owed(date(2026, 3, 6))
    assert in_lane(Lane.OVERDUE, me.pk) == [8, 6, 7, 9], "the eighth of February is thirty days ago"
    visit = evidence_of_a_visit(in_time)
    assert in_lane(Lane.OVERDUE, me.pk) == [8, 6, 9], (
        "what has evidence is done, however late it was written down"
    )
    assert in_lane(Lane.TODAY, me.pk) == in_lane(Lane.WEEK, me.pk) == []
    sizes = lane_sizes(responsible=me.pk, today=TODAY)
    assert sizes[Lane.OVERDUE] == 3
    assert sum(sizes.values()) == 3
    found = worklist_by_customer(Lane.OVERDUE, responsible=me.pk, today=TODAY)
    assert [one.due_date.day for one in found.promises] == [8, 6, 9]
    assert action_sizes(Lane.OVERDUE, responsible=me.pk, today=TODAY) == {"visit": 3}
    begun = still_owed_with_ids([lately.pk, in_time.pk, still_open.pk], today=TODAY)
    assert begun == [still_open, lately]
    visit.reversed_by.create(person=visit.person, channel="visit", happened_at=visit.happened_at, key="back")
    assert in_lane(Lane.OVERDUE, me.pk) == [8, 6, 7, 9], "evidence that was taken back keeps nothing"


def test_on_a_sunday_the_week_ends_today(owed, me):
    owed(date(2026, 3, 15))
    owed(date(2026, 3, 16))
    week = worklist(Lane.WEEK, responsible=me.pk, today=date(2026, 3, 15)).promises
    assert [promise.due_date.day for promise in week] == [15]


def test_a_lane_is_one_s_own_a_team_s_or_nobody_s(owed, me, make_employee):
    other = make_employee("other")
    owed(TODAY)
    owed(TODAY, responsible=other)
    owed(TODAY, responsible=None)
    assert len(in_lane(Lane.TODAY, me.pk)) == 1
    assert len(in_lane(Lane.TODAY, [me.pk, other.pk])) == 2
    assert len(in_lane(Lane.TODAY, Whose.NOBODY)) == 1
    assert len(in_lane(Lane.TODAY, Whose.EVERYBODY)) == 3
    assert in_lane(Lane.TODAY, []) == []


def test_pages_follow_each_other_and_miss_nothing(owed, me):
    made = [owed(date(2026, 3, day)).pk for day in (11, 11, 11, 12, 13)]
    seen, after, pages = [], None, 0
    while True:
        page = worklist(Lane.WEEK, responsible=me.pk, today=TODAY, after=after, size=2)
        seen += [promise.pk for promise in page.promises]
        pages += 1
        after = page.after
        if after is None:
            break
    assert (seen, pages) == (made, 3)


def test_a_lane_is_read_in_one_query_with_its_customers(owed, me, make_group, make_promise):
    owed(TODAY)
    make_promise(group=make_group(), responsible=me, due_date=TODAY)
    with CaptureQueriesContext(connection) as queries:
        page = worklist(Lane.TODAY, responsible=me.pk, today=TODAY)
        names = {(one.person or one.group).name for one in page.promises} | {
            one.responsible.name for one in page.promises
        }
    assert names == {"王小明", "江州市电力公司", "me"}
    assert len(queries) == 1


def test_a_customer_s_promises_past_and_coming(make_promise, make_person, make_group):
    person, group = make_person(), make_group()
    march = make_promise(person=person)
    may = make_promise(person=person, from_date=date(2026, 5, 1), due_date=date(2026, 5, 31))
    kept = make_promise(person=person, from_date=date(2026, 2, 1), due_date=date(2026, 2, 28), state="kept")
    of_group = make_promise(group=group)
    assert promises_of_person(person.pk) == [may, march, kept]
    assert promises_of_person(person.pk, due_from=MARCH, due_until=date(2026, 5, 31)) == [march]
    assert open_promises_of_person(person.pk, day=TODAY) == [march]
    assert promises_of_group(group.pk) == [of_group] == open_promises_of_group(group.pk, day=TODAY)
    assert promise_with_id(march.pk).edition.name.startswith("2005")
    assert promise_with_id(0) is None


@pytest.fixture
def month(owed, make_employee, me):
    """A month of KEY-5 and one promise of CT-42, and an employee of a city team."""
    city = Unit.objects.create(code="U", name="江州", kind="province")
    me.unit = city
    me.save()
    lead = make_employee("lead", job="team_lead")
    for state in ("kept", "kept", "broken", "open"):
        owed(date(2026, 3, 20), state=state)
    owed(date(2026, 3, 20), state="kept", late=True)
    owed(date(2026, 3, 20), state="waived", end_reason="出国", approved_by=lead)
    owed(date(2026, 3, 20), state="cancelled", end_reason="降级")
    owed(date(2026, 3, 31), standard="CT", clause="CT-42", action="return_visit", responsible=None)
    owed(APRIL, state="broken")
    return city


def test_the_dashboard_counts_by_clause_in_one_query(month):
    with CaptureQueriesContext(connection) as queries:
        club, key = counts_by_clause(due_from=MARCH, due_until=APRIL)
    assert len(queries) == 1
    assert (club.standard, club.clause, club.owed, club.open, club.rate) == ("CT", "CT-42", 1, 1, None)
    assert (key.owed, key.kept, key.late, key.broken, key.waived, key.open, key.cancelled) == (
        6,
        3,
        1,
        1,
        1,
        1,
        1,
    )
    assert (key.decided, key.rate) == (4, 0.75)
    assert key.owed == key.kept + key.broken + key.waived + key.open


def test_the_dashboard_narrows_to_a_unit_an_employee_or_a_clause(month, me):
    bounds = {"due_from": MARCH, "due_until": APRIL}
    assert [row.clause for row in counts_by_clause(**bounds, unit_ids=[month.pk])] == ["KEY-5"]
    assert [row.clause for row in counts_by_clause(**bounds, employee_ids=[me.pk])] == ["KEY-5"]
    assert [row.clause for row in counts_by_clause(**bounds, clause="CT-42")] == ["CT-42"]
    assert counts_by_clause(**bounds, unit_ids=[]) == []


def test_the_dashboard_counts_by_employee_and_by_month(month, me):
    mine, nobody = counts_by_employee(due_from=MARCH, due_until=APRIL)
    assert (mine.employee_id, mine.employee_name, mine.owed) == (me.pk, "me", 6)
    assert (nobody.employee_id, nobody.employee_name, nobody.owed) == (None, None, 1)
    months = counts_by_month(due_from=MARCH, due_until=date(2026, 5, 1), clause="KEY-5")
    assert [(row.month, row.owed, row.broken) for row in months] == [(MARCH, 6, 1), (APRIL, 1, 1)]


def test_a_clause_s_page_shows_the_promises_behind_its_counts(month, me):
    def shown(**asked):
        page = promises_of_clause("KEY-5", due_from=MARCH, due_until=APRIL, **asked)
        return sorted(promise.state for promise in page.promises)

    assert shown() == ["broken", "kept", "kept", "kept", "open", "waived"]
    assert shown(states=["cancelled"]) == ["cancelled"]
    assert shown(states=["kept"], late=True) == ["kept"]
    assert shown(responsible=me.pk, unit_ids=[month.pk], states=["broken"]) == ["broken"]
    assert shown(responsible=Whose.NOBODY) == []
    first = promises_of_clause("KEY-5", size=4)
    rest = promises_of_clause("KEY-5", size=4, after=first.after)
    assert (len(first.promises), len(rest.promises), rest.after) == (4, 3, None)


@pytest.fixture
def among_many(month):
    """Put the story among some thousand promises that ended long ago, and let the planner count them.

    What an earlier story left in its statistics is no guide, and of a handful of rows any index is as good.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO promises_promise (person_id, group_id, edition_id, action, clause, standard, from_date,"
            " due_date, source, responsible_id, turn, state, ended_at)"
            " SELECT person_id, group_id, edition_id, action, clause, standard, from_date - day, due_date - day,"
            " source, responsible_id, turn, 'kept', from_date - day"
            " FROM promises_promise, generate_series(100, 700) day WHERE state = 'open'"
        )
        cursor.execute("ANALYZE promises_promise")
    return month


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda me: worklist(Lane.TODAY, responsible=me, today=TODAY), "promise_(open_|count)"),
        (lambda me: worklist(Lane.WEEK, responsible=Whose.EVERYBODY, today=TODAY), "promise_(open_|count)"),
        (lambda me: promises_of_person(me), "promise_of_person"),
        (
            lambda me: promises_of_clause("KEY-5", due_from=MARCH, due_until=APRIL),
            "promise_(of_clause|count)",
        ),
        (lambda me: counts_by_clause(due_from=MARCH, due_until=APRIL), "promise_count"),
    ],
)
def test_every_list_has_its_index(among_many, me, ask, index):
    plans: list[str] = []

    def explained(execute, sql, params, many, context):
        with connection.cursor() as cursor:
            cursor.cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.cursor.execute("EXPLAIN " + sql, params)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        ask(me.pk)
    assert re.search(f"using {index}", plans[0]), plans[0]


@pytest.mark.parametrize(
    "ask",
    [
        lambda me: worklist(Lane.OVERDUE, responsible=me, today=TODAY),
        lambda me: worklist_by_customer(Lane.OVERDUE, responsible=me, today=TODAY, action="visit"),
        lambda me: lane_sizes(responsible=me, today=TODAY),
    ],
)
def test_open_and_broken_are_found_by_an_index_each(among_many, me, ask):
    plans: list[str] = []

    def explained(execute, sql, params, many, context):
        with connection.cursor() as cursor:
            cursor.cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.cursor.execute("SET LOCAL enable_indexscan = off")
            cursor.cursor.execute("EXPLAIN " + sql, params)
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        ask(me.pk)
    # Of so few rows the index that counts by day and state may be as cheap as the one made for it.
    assert "BitmapOr" in plans[0]
    assert re.search(r"on promise_(open_\w+|count)", plans[0]), plans[0]
    assert re.search(r"on promise_(broken_book|count)", plans[0]), plans[0]
