"""Stories of whole books: a leaver's goes over with nothing dropped, an absent one's for some days and back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Q
from django.utils import timezone

from upheld.operations.absences import carry_absences, end_absence, note_absence
from upheld.operations.cases.open_case import open_case
from upheld.operations.close_account import close_account
from upheld.operations.hand_over_book import hand_over_book, look_at_book
from upheld.operations.plan_contacts import plan_contacts
from upheld.operations.rate_base import rate_base
from upheld.operations.record_contact import record_contact
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.reverse_contact import reverse_contact
from upheld.records.audit.models import Entry
from upheld.records.cases.models import Case, CaseStep
from upheld.records.people.models import Group, Person
from upheld.records.promises.models import Promise
from upheld.records.staff.models import Absence, Assignment, Employee, Handover, Lent, Unit
from upheld.records.standards.models import EditionRecord

from .conftest import at_once, named

pytestmark = pytest.mark.django_db

DAY, UNTIL = date(2026, 1, 5), date(2026, 7, 1)


def plan(day=DAY):
    return plan_contacts(from_date=day, until_date=UNTIL, by=None)


def extra(code, *, due, source="follow_up", **more):
    """Something owed beside the plan, such as a step, an appointment, a call after a visit."""
    told = {"action": "call", "clause": "MGR-9", "standard": "MGR", "from_date": DAY, "due_date": due,
            "edition": EditionRecord.objects.first(), "source": source, "responsible": named("E1")}  # fmt: skip
    return Promise.objects.create(person=Person.objects.get(code=code), **told | more)


def has(code):
    return set(Promise.objects.filter(responsible__code=code, state="open").values_list("pk", flat=True))


@pytest.fixture
def planned(operator):
    rate_base(as_of=date(2026, 1, 1), by=None)
    plan()
    return operator


@pytest.fixture
def full_book(planned):
    """E1 serves a group, has a step, an appointment with its day, a case, and stands in for E2 in February."""
    extra("P1", due=date(2026, 2, 20), source="journey")
    extra("P3", due=date(2026, 2, 10), source="appointment", planned_on=date(2026, 2, 10),
          due_at=datetime(2026, 2, 10, 10, tzinfo=ZoneInfo("Asia/Shanghai")))  # fmt: skip
    open_case(by=named("E1"), person=Person.objects.get(code="P1"), kind="complaint", channel="manager",
                     summary="no signal in the hall", key="c1")  # fmt: skip
    note_absence(employee=named("E2"), deputy=named("E1"), from_date=date(2026, 2, 1), until_date=date(2026, 3, 1),
                 reason="leave", by=None, day=DAY)  # fmt: skip
    return planned


def test_a_leavers_book_goes_to_one_colleague_with_nothing_dropped(full_book):
    mine, cases = has("E1"), set(Case.objects.filter(handler__code="E1").values_list("pk", flat=True))
    assert mine
    assert cases
    told = hand_over_book(employee=named("E1"), to=named("E2"), by=named("E3"), day=DAY, key="k1")
    assert has("E1") == set()
    assert mine <= has("E2")
    assert set(Case.objects.filter(handler__code="E2").values_list("pk", flat=True)) == cases
    assert set(
        Promise.objects.filter(case__in=cases, state="open").values_list("responsible__code", flat=True)
    ) == {"E2"}
    assert not Assignment.objects.filter(employee__code="E1", until_date=None).exists()
    assert Absence.objects.get().deputy_id is None  # who takes the book cannot stand in for oneself
    assert told.counts["groups"] == 1
    assert told.counts["cases"] == len(cases)
    assert told.counts["appointments"] == 1
    assert told.after[named("E1").pk].promises == told.after[named("E1").pk].cases == 0
    again = plan()
    assert (again.added, again.moved, again.cancelled) == (0, 0, 0)
    entry = Entry.objects.get(act="hand_over_book", allowed=True)
    assert entry.detail["things"]["groups"] == 1


def test_what_a_leaver_kept_is_owed_by_the_successor_once_the_contact_is_taken_back(planned):
    kept = Promise.objects.filter(responsible__code="E1").exclude(channels=[]).order_by("from_date", "pk")[0]
    now = datetime.combine(kept.from_date, time(12), ZoneInfo("Asia/Shanghai"))
    done = record_contact(
        by=named("E1"), person=kept.person, group=kept.group, promise=kept, channel=kept.channels[0],
        happened_at=now - timedelta(hours=1), key="visit", now=now,
    )  # fmt: skip
    assert kept in done.kept
    hand_over_book(employee=named("E1"), to=named("E2"), by=None, day=kept.from_date)
    Employee.objects.filter(code="E1").update(is_active=False)
    kept.refresh_from_db()
    assert kept.responsible.code == "E1"  # it was kept by who left
    reverse_contact(interaction=done.interaction, by=named("E3"), reason="another customer", now=now)
    kept.refresh_from_db()
    assert (kept.state, kept.responsible.code) == ("open", "E2")


def test_the_same_key_hands_over_once_and_an_empty_book_is_refused(full_book):
    first = hand_over_book(employee=named("E1"), to=named("E2"), by=None, day=DAY, key="k1")
    second = hand_over_book(employee=named("E1"), to=named("E2"), by=None, day=DAY, key="k1")
    assert (second.is_new, second.handover_id, second.counts) == (False, first.handover_id, first.counts)
    with pytest.raises(ActRefused) as refused:
        hand_over_book(employee=named("E1"), to=named("E2"), by=None, day=DAY, key="k2")
    assert refused.value.code == "empty_book"
    assert Handover.objects.count() == 1


def test_a_preview_tells_what_will_be_done_and_changes_nothing(full_book):
    def state():
        return (
            sorted(Promise.objects.values_list("pk", "responsible_id", "state")),
            sorted(Assignment.objects.values_list("pk", "employee_id", "until_date")),
            sorted(Case.objects.values_list("pk", "handler_id", "last_step_at")),
            CaseStep.objects.count(),
            Entry.objects.count(),
            Handover.objects.count(),
        )

    before = state()
    seen = look_at_book(employee=named("E1"), by=None, day=DAY)
    assert state() == before
    done = hand_over_book(employee=named("E1"), by=None, day=DAY)
    assert (seen.counts, seen.before, seen.after) == (done.counts, done.before, done.after)
    assert state() != before


def test_a_leaver_whose_account_is_closed_already_hands_over_as_well(full_book):
    mine = has("E1")
    close_account(username="zhang", by=None)
    assert not plan().moved  # what a leaver owes stays seen as the leaver's until somebody takes it
    told = hand_over_book(employee=named("E1"), by=None, day=DAY)
    assert told.after[named("E2").pk].customers == 1
    assert has("E1") == set()
    # The appointment goes to who serves that customer; the lead stands in for the colleague in February.
    assert mine <= has("E2") | has("E3") | has("E6")
    assert plan().moved == 0


def test_a_book_is_spread_over_colleagues_by_load(planned):
    Employee.objects.create(code="E7", username="e7", name="E7", job="account_manager", unit=named("E1").unit)
    region = Group.objects.get(code="G1").region
    for n in range(5):
        group = Group.objects.create(code=f"N{n}", name=f"N{n}", group_class="D", region=region)
        Assignment.objects.create(employee=named("E1"), group=group, kind="account_manager", from_date=DAY)
    told = hand_over_book(employee=named("E1"), by=named("E5"), day=DAY, reason="load")
    assert sorted(told.after[named(code).pk].customers for code in ("E2", "E7")) == [3, 3]
    assert told.after[named("E1").pk].customers == 0


def test_a_lead_hands_over_the_own_team_alone(full_book):
    elsewhere = Unit.objects.create(
        code="东海省/别处", name="别处", kind="city", parent=Unit.objects.get(code="东海省")
    )
    lead = Employee.objects.create(code="L2", username="l2", name="L2", job="team_lead", unit=elsewhere)
    with pytest.raises(NotAllowed):
        hand_over_book(employee=named("E1"), to=named("E2"), by=lead, day=DAY)
    with pytest.raises(NotAllowed):
        hand_over_book(employee=named("E1"), to=named("E2"), by=named("E2"), day=DAY)
    with pytest.raises(NotAllowed):
        hand_over_book(employee=named("E1"), to=lead, by=named("E3"), day=DAY)
    for wrong, code in ((named("E1"), "to_oneself"), (named("E5"), "gone")):
        with pytest.raises(ActRefused) as refused:
            hand_over_book(employee=named("E1"), to=wrong, by=None, day=DAY)
        assert refused.value.code == code
    assert has("E1")


def test_what_is_due_while_somebody_is_away_is_the_deputys_and_goes_back(planned):
    journey, call = extra("P1", due=date(2026, 1, 20), source="journey"), extra("P1", due=date(2026, 3, 3))
    mine = has("E1")
    away = note_absence(employee=named("E1"), deputy=named("E2"), from_date=date(2026, 1, 15),
                        until_date=date(2026, 2, 1), reason="sickness", by=named("E3"), day=DAY)  # fmt: skip
    due_then = set(
        Promise.objects.filter(pk__in=mine, due_date__gte=date(2026, 1, 15), due_date__lt=date(2026, 2, 1))
        .values_list("pk", flat=True)
    )  # fmt: skip
    assert journey.pk in due_then
    assert has("E2") == due_then
    assert has("E1") == mine - due_then
    assert call.pk in has("E1")
    assert away.promises == len(due_then)
    later = plan()
    assert (later.moved, later.added, later.cancelled) == (0, 0, 0)
    # Back a week early: what is due from then on goes back, what was due before stays with whoever had it.
    back = end_absence(
        absence=away.absence_id, back_on=date(2026, 1, 25), by=named("E3"), day=date(2026, 1, 25)
    )
    stays = set(
        Promise.objects.filter(pk__in=due_then, due_date__lt=date(2026, 1, 25)).values_list("pk", flat=True)
    )
    assert has("E2") == stays
    assert has("E1") == mine - stays
    assert back.promises == len(due_then - stays)
    assert plan(date(2026, 1, 25)).moved == 0
    with pytest.raises(ActRefused):
        end_absence(absence=away.absence_id, back_on=date(2026, 1, 25), by=None)


def test_cases_go_to_the_deputy_as_the_absence_begins_and_back_as_it_ends(full_book):
    case = Case.objects.get(handler__code="E1")
    today = timezone.localdate()
    note_absence(employee=named("E1"), deputy=named("E2"), from_date=today + timedelta(days=1),
                 until_date=today + timedelta(days=8), reason="leave", by=None)  # fmt: skip
    assert Case.objects.get(pk=case.pk).handler == named("E1")
    assert carry_absences(day=today + timedelta(days=1)).cases == 1
    assert carry_absences(day=today + timedelta(days=1)).cases == 0
    case.refresh_from_db()
    assert case.handler == named("E2")
    assert set(case.promises.filter(state="open").values_list("responsible__code", flat=True)) == {"E2"}
    assert carry_absences(day=today + timedelta(days=8)).cases == 1
    case.refresh_from_db()
    assert case.handler == named("E1")
    assert not Lent.objects.filter(back_at=None, case__isnull=False).exists()


def test_a_deputy_who_is_away_as_well_has_a_deputy(planned):
    mine = has("E1")
    note_absence(employee=named("E2"), deputy=named("E6"), from_date=date(2026, 1, 10), until_date=date(2026, 1, 20),
                 reason="leave", by=None, day=DAY)  # fmt: skip
    note_absence(employee=named("E1"), deputy=named("E2"), from_date=date(2026, 1, 10), until_date=date(2026, 2, 1),
                 reason="leave", by=None, day=DAY)  # fmt: skip
    then = Q(due_date__gte=date(2026, 1, 10), due_date__lt=date(2026, 2, 1), pk__in=mine)
    by_day = Promise.objects.filter(then).values_list("due_date", "responsible__code")
    assert by_day
    assert all(who == ("E6" if due < date(2026, 1, 20) else "E2") for due, who in by_day)
    # In a circle nobody is left without: each keeps the own.
    note_absence(employee=named("E6"), deputy=named("E1"), from_date=date(2026, 1, 10), until_date=date(2026, 1, 20),
                 reason="leave", by=None, day=DAY)  # fmt: skip
    plan()
    assert not Promise.objects.filter(pk__in=mine, responsible=None).exists()


def test_an_absence_is_noted_once_and_checked(planned):
    same = {
        "employee": named("E1"),
        "from_date": DAY,
        "until_date": date(2026, 1, 9),
        "reason": "leave",
        "by": None,
    }
    first = note_absence(**same, key="a1")
    assert note_absence(**same, key="a1").absence_id == first.absence_id
    for wrong, code in (
        ({}, "away_already"),
        ({"until_date": DAY}, "no_days"),
        ({"until_date": date(2028, 1, 1)}, "too_long"),
        ({"deputy": named("E1")}, "no_deputy"),
        ({"deputy": named("E5")}, "no_deputy"),
        ({"reason": "cold feet"}, "no_reason"),
    ):
        with pytest.raises(ActRefused) as refused:
            note_absence(**same | wrong)
        assert refused.value.code == code
    with pytest.raises(NotAllowed):
        note_absence(**same | {"by": named("E2")})
    assert Entry.objects.filter(act="note_absence", allowed=False).count() == 1
    with pytest.raises(NotAllowed):
        end_absence(absence=first.absence_id, back_on=DAY, by=named("E2"))
    told = Entry.objects.get(act="end_absence", allowed=False)
    assert (told.subject_kind, told.subject_id) == ("absence", str(first.absence_id))


@pytest.mark.django_db(transaction=True)
def test_two_who_hand_over_one_book_at_once_do_it_once(planned):
    mine = has("E1")
    done = at_once(
        *(
            lambda to=to: hand_over_book(employee=named("E1"), to=named(to), by=None, day=DAY)
            for to in ("E2", "E3")
        )
    )
    refused = [one for one in done if isinstance(one, Exception)]
    assert [one.code for one in refused] == ["empty_book"]
    assert has("E2") >= mine or has("E3") >= mine
    assert Handover.objects.count() == 1
