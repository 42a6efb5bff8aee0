"""Whom a warning reaches: who works on it, the leads above, the department; and the bell is quiet once it was seen."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from upheld.operations.activate_edition import activate_edition
from upheld.operations.see_warning import reader_of, see_warnings
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case
from upheld.records.people.models import Person
from upheld.records.promises.models import Promise, PromiseWarning, WarningSeen
from upheld.records.promises.warnings import MOST_COUNTED, unseen_count, warnings_for
from upheld.records.staff.models import Employee, Unit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def desk():
    """Two teams of a city, an agent and a lead in each, a lead of the city, and the department."""
    province = Unit.objects.create(code="U1", name="省公司", kind="province")
    city = Unit.objects.create(code="U2", name="市公司", kind="city", parent=province)
    one, two = (Unit.objects.create(code=code, name=code, kind="team", parent=city) for code in ("U3", "U4"))

    def employ(username, job, unit):
        return Employee.objects.create_user(
            username, name=username, job=job, unit=unit, code=username.upper()
        )

    return SimpleNamespace(
        one=one,
        agent=employ("agent", "hotline_agent", one),
        colleague=employ("colleague", "hotline_agent", one),
        lead=employ("lead", "team_lead", one),
        other_lead=employ("other", "team_lead", two),
        city_lead=employ("citylead", "team_lead", city),
        department=employ("department", "service_department", province),
        edition=activate_edition(active_from=date(2005, 1, 1), by=None),
        person=Person.objects.create(code="P1", name="王小明", phone="13800000001"),
    )


@pytest.fixture
def owe(desk):
    """Start a clock that was due some hours ago."""

    def make(hours_ago=0.0, responsible=None, **fields):
        due_at = timezone.now() - hours_ago * HOUR
        ats = [due_at - HOUR, due_at, due_at + 2 * HOUR]
        return Promise.objects.create(
            person=desk.person, edition=desk.edition, action="first_answer", clause="CT-16", standard="CT",
            from_date=due_at.date(), due_date=due_at.date(), source="case_deadline", due_at=due_at, warn_ats=ats,
            warn_at=ats[0], responsible=responsible, turn=Promise.objects.count() + 1, **fields,
        )  # fmt: skip

    return make


def counts(desk):
    """Give what everybody's bell shows."""
    now = timezone.now()
    everybody = ("agent", "colleague", "lead", "other_lead", "city_lead", "department")
    return {who: unseen_count(reader_of(getattr(desk, who)), now=now) for who in everybody}


def test_the_agent_hears_first_the_leads_above_at_due_and_the_department_long_after(desk, owe):
    owe(-0.5, responsible=desk.agent)
    sweep_warnings()
    assert counts(desk) == dict.fromkeys(counts(desk), 0) | {"agent": 1}
    owe(1, responsible=desk.agent)
    sweep_warnings()
    assert counts(desk) == dict.fromkeys(counts(desk), 0) | {"agent": 2, "lead": 1, "city_lead": 1}  # fmt: skip
    owe(3, responsible=desk.agent)
    sweep_warnings()
    assert counts(desk) == {
        "agent": 3, "colleague": 0, "lead": 2, "other_lead": 0, "city_lead": 2, "department": 1,
    }  # fmt: skip


def test_a_case_that_nobody_has_taken_is_its_leads_from_the_first_warning_on(desk, owe):
    case = Case.objects.create(
        person=desk.person, kind="complaint", channel="hotline", summary="乱扣费", opened_at=timezone.now(),
        unit=desk.one, last_step_at=timezone.now(), key="case-1",
    )  # fmt: skip
    owe(-0.5, case=case)
    sweep_warnings()
    assert counts(desk) == dict.fromkeys(counts(desk), 0) | {"lead": 1, "city_lead": 1}
    Promise.objects.update(responsible=desk.agent)
    assert counts(desk) == dict.fromkeys(counts(desk), 0) | {"agent": 1}, "handed over with the case"


def test_what_was_seen_is_not_counted_again_and_a_double_click_stores_it_once(desk, owe):
    owed = owe(1, responsible=desk.agent)
    sweep_warnings()
    (due, before) = warnings_for(reader_of(desk.agent), now=timezone.now())
    assert (due.stage, before.stage, due.promise.person) == ("due", "before", desk.person)
    assert see_warnings(by=desk.agent, warnings=[before.pk]) == 1
    assert see_warnings(by=desk.agent, warnings=[before.pk]) == 0
    assert counts(desk)["agent"] == 1, "that it was due is news still"
    assert [one.is_seen for one in warnings_for(reader_of(desk.agent), now=timezone.now())] == [False, True]
    assert see_warnings(by=desk.agent) == 1
    assert counts(desk) == dict.fromkeys(counts(desk), 0) | {"lead": 1, "city_lead": 1}, "each sees alone"
    assert WarningSeen.objects.filter(warning__promise=owed).count() == 2
    assert Entry.objects.filter(act="see_warnings", actor=desk.agent).count() == 2


def test_who_sees_the_later_warning_needs_the_earlier_one_no_more(desk, owe):
    owe(1, responsible=desk.agent)
    other = owe(1, responsible=desk.agent)
    sweep_warnings()
    due = PromiseWarning.objects.get(promise=other, stage="due", to="handler")
    assert see_warnings(by=desk.agent, warnings=[due.pk]) == 2
    assert counts(desk)["agent"] == 1


def test_nobody_sees_away_what_is_anothers(desk, owe):
    owe(1, responsible=desk.agent)
    sweep_warnings()
    of_agent = list(PromiseWarning.objects.filter(to="handler").values_list("pk", flat=True))
    assert see_warnings(by=desk.colleague, warnings=of_agent) == 0
    assert see_warnings(by=desk.agent, warnings=[*of_agent, 999_999]) == 2


@pytest.mark.parametrize(
    ("state", "late"), [("kept", False), ("waived", False), ("cancelled", False), ("broken", True)]
)
def test_the_bell_is_quiet_once_it_is_done(desk, owe, state, late):
    owe(1, responsible=desk.agent)
    sweep_warnings()
    assert counts(desk)["lead"] == 1
    Promise.objects.update(
        state=state, late=late, ended_at=timezone.now(), end_reason="x", approved_by=desk.lead
    )
    assert not any(counts(desk).values())
    assert warnings_for(reader_of(desk.agent), now=timezone.now()) == []


def test_the_bell_counts_no_further_than_a_hundred_and_asks_once(desk, owe):
    for _ in range(MOST_COUNTED + 5):
        owe(1, responsible=desk.agent)
    sweep_warnings()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert unseen_count(reader_of(desk.agent), now=timezone.now()) == MOST_COUNTED
    assert len(asked) == 1
    assert len(warnings_for(reader_of(desk.agent), now=timezone.now(), limit=20)) == 20
