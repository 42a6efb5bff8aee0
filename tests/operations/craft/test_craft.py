"""The managers' craft: targets against real evidence, prospects by four marks, chapters, use, and other departments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from upheld.operations.craft.coordinate import answer_department, ask_department
from upheld.operations.craft.prospects import add_document, add_prospect, judge_prospect, move_prospect
from upheld.operations.craft.targets import reached, review_target, set_targets
from upheld.operations.craft.usage import import_usage, usage_trends
from upheld.operations.refusals import ActRefused, NotAllowed
from upheld.operations.sweep_warnings import sweep_warnings
from upheld.policy.usage import is_falling
from upheld.records.audit.models import Entry
from upheld.records.craft.models import (
    ChapterStep,
    Coordination,
    Judgement,
    MonthlyTarget,
    Prospect,
    TargetReview,
    UsageFigure,
)
from upheld.records.craft.queries import last_reviews, marks_of, story_of
from upheld.records.evidence.models import Interaction
from upheld.records.people.models import Group
from upheld.records.promises.models import Promise, PromiseWarning
from upheld.records.promises.queries import Lane, Whose, worklist
from upheld.records.staff.models import Employee, Unit

from ..events.conftest import build_company

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
MARCH = date(2026, 3, 1)
NOW = datetime(2026, 3, 10, 10, tzinfo=ZONE)


@pytest.fixture
def company():
    return build_company()


def refusal(act, **fields) -> str:
    with pytest.raises(ActRefused) as refused:
        act(**fields)
    return refused.value.code


# --- targets and their review -----------------------------------------------------------------------------


def test_a_target_below_the_share_of_the_plan_is_warned_of(company):
    low = set_targets(
        by=company.manager,
        employee=company.manager,
        month=MARCH,
        values={"visits": (10, 11), "signings": (3, 3)},
        today=MARCH,
    )
    assert low == ["signings"]  # MGR-2: slightly above the share
    set_targets(
        by=company.lead, employee=company.manager, month=MARCH, values={"visits": (10, 12)}, today=MARCH
    )
    assert MonthlyTarget.objects.get(measure="visits").target == 12
    assert MonthlyTarget.objects.count() == 2


def test_targets_of_others_and_of_months_that_are_over_are_refused(company):
    values = {"visits": (1, 2)}
    with pytest.raises(NotAllowed):
        set_targets(by=company.manager, employee=company.lead, month=MARCH, values=values, today=MARCH)
    asked = {"by": company.manager, "employee": company.manager, "month": MARCH}
    assert refusal(set_targets, **asked, values=values, today=date(2026, 4, 1)) == "month_is_over"
    assert refusal(set_targets, **asked, values={"luck": (1, 2)}, today=MARCH) == "unknown_measure"
    assert refusal(set_targets, **asked, values={"visits": (-1, 2)}, today=MARCH) == "no_such_number"


def test_what_was_reached_is_counted_from_evidence(company):
    def visit(key: str, **fields):
        return Interaction.objects.create(
            **{"employee": company.manager, "channel": "visit", "happened_at": NOW, "key": key, **fields}
        )

    visit("a", person=company.people[0])
    visit("b", group=company.power)  # the same group
    visit("c", group=company.port, happened_at=datetime(2026, 2, 28, 23, tzinfo=ZONE))  # another month
    visit("d", group=company.port, channel="call")
    visit("e", group=company.port, employee=company.lead)
    wrong = visit("f", group=company.port)
    visit("g", group=company.port, reverses=wrong)
    sale = add_prospect(by=company.manager, key="p", name="新厂", at=NOW)
    move_prospect(by=company.manager, prospect=sale, chapter="implementation", key="m1", at=NOW)
    move_prospect(by=company.manager, prospect=sale, chapter="agreement", key="m2", at=NOW)
    move_prospect(by=company.manager, prospect=sale, chapter="implementation", key="m3", at=NOW)
    assert reached(employee=company.manager, month=MARCH) == {
        "visits": 1,
        "signings": 1,
        "first_contacts": 1,
    }
    assert reached(employee=company.manager, month=date(2026, 4, 1))["signings"] == 0


def test_a_missed_target_has_a_cause_and_a_correction(company):
    set_targets(
        by=company.manager,
        employee=company.manager,
        month=MARCH,
        values={"visits": (2, 3), "sales_volume": (100, 120)},
        today=MARCH,
    )
    visits = MonthlyTarget.objects.get(measure="visits")
    asked = {"by": company.manager, "target": visits, "today": date(2026, 3, 31)}
    assert refusal(review_target, **asked) == "needs_a_cause"
    assert refusal(review_target, **asked, subjective_cause="effort") == "needs_a_cause"
    assert refusal(review_target, **asked, subjective_cause="E", correction="x") == "unknown_cause"
    assert refusal(review_target, **{**asked, "today": date(2026, 3, 20)}) == "not_yet"
    first = review_target(**asked, subjective_cause="effort", correction="每周三家", reached_number=99)
    assert first.reached == 0  # what the system knows, nobody makes up
    again = review_target(**asked, objective_cause="封路", correction="改期")
    assert last_reviews([visits.pk])[visits.pk] == again
    volume = MonthlyTarget.objects.get(measure="sales_volume")
    assert refusal(review_target, **{**asked, "target": volume}) == "no_such_number"
    assert review_target(**{**asked, "target": volume}, reached_number=130).reached == 130
    with pytest.raises(IntegrityError), transaction.atomic():
        TargetReview.objects.update(reached=5)


# --- prospects and chapters -------------------------------------------------------------------------------


def test_a_prospect_is_found_once_judged_by_marks_and_every_judgement_stays(company):
    one = add_prospect(by=company.manager, key="p", name=" 新厂 ", subject="专线", at=NOW)
    assert add_prospect(by=company.manager, key="p", name="新厂") == one
    for holds in (False, False, True):
        judge_prospect(by=company.manager, prospect=one, mark="able_to_pay", holds=holds)
    marks = marks_of([one.pk])[one.pk]
    assert {mark: judged.holds for mark, judged in marks.items()} == {"able_to_pay": True}
    assert Judgement.objects.count() == 2
    assert (
        refusal(judge_prospect, by=company.manager, prospect=one, mark="rich", holds=True) == "unknown_mark"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Judgement.objects.update(holds=False)


def test_a_sale_moves_through_its_chapters_and_keeps_its_story(company):
    sale = add_prospect(by=company.manager, key="p", name="新厂", at=NOW)
    for number, chapter in enumerate(("analysis", "needs", "visit", "visit", "solution")):
        move_prospect(
            by=company.manager,
            prospect=sale,
            chapter=chapter,
            key=f"m{number}",
            at=NOW,
            note="" if number else "谈过",
        )
    move_prospect(by=company.manager, prospect=sale, chapter="follow_up", key="m4", at=NOW)  # sent twice
    assert [one.chapter for one in story_of(sale.pk)] == ["solution", "visit", "needs", "analysis", "visit"]
    assert Prospect.objects.get().chapter == "solution"
    asked = {"by": company.manager, "prospect": sale, "key": "m9"}
    assert refusal(move_prospect, **asked, chapter="lost") == "no_reason"
    assert refusal(move_prospect, **asked, chapter="heaven") == "unknown_chapter"
    with pytest.raises(IntegrityError), transaction.atomic():
        ChapterStep.objects.all().delete()


def test_documents_lie_in_their_chapter_and_are_bounded(company, monkeypatch):
    sale = add_prospect(by=company.manager, key="p", name="新厂", at=NOW)
    asked = {"by": company.manager, "prospect": sale, "content_type": "application/pdf"}
    kept = add_document(**asked, name="方案\n.pdf", content=b"%PDF-1")
    assert (kept.name, kept.chapter) == ("方案.pdf", "visit")
    assert refusal(add_document, **asked, name="x", content=b"") == "file_too_large"
    monkeypatch.setattr("upheld.operations.craft.prospects.LARGEST", 3)
    assert refusal(add_document, **asked, name="x", content=b"1234") == "file_too_large"
    monkeypatch.setattr("upheld.operations.craft.prospects.MOST_DOCUMENTS", 1)
    assert refusal(add_document, **asked, name="x", content=b"12") == "too_many_files"


def test_another_managers_sale_is_left_alone(company):
    sale = add_prospect(by=company.lead, key="p", name="新厂", at=NOW)
    with pytest.raises(NotAllowed):
        move_prospect(by=company.manager, prospect=sale, chapter="needs", key="m")
    with pytest.raises(NotAllowed):
        add_prospect(by=company.agent, key="q", name="别家")
    move_prospect(by=company.service, prospect=sale, chapter="needs", key="m")


def test_a_prospect_names_a_group_of_the_own_book_and_no_other(company):
    group = Group.objects.get(code="G1")
    assert add_prospect(by=company.manager, key="p", name="电力公司", group=group, at=NOW).group == group
    far = Unit.objects.create(code="U8", name="另一省", kind="province")
    stranger = Employee.objects.create_user("far", name="远", job="account_manager", unit=far, code="far")
    with pytest.raises(NotAllowed):
        add_prospect(by=stranger, key="q", name="电力公司", group=group, at=NOW)
    assert Entry.objects.filter(act="add_prospect", allowed=False, actor=stranger).count() == 1
    assert Prospect.objects.count() == 1


# --- use of what was sold ---------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 1_000), max_size=9))
def test_use_falls_when_it_is_a_fifth_below_the_three_months_before(quantities):
    expected = len(quantities) > 3 and 15 * quantities[-1] < 4 * sum(quantities[-4:-1])
    assert is_falling(quantities) == expected


def test_figures_come_from_a_file_and_faulty_rows_stay_apart(company):
    content = (
        "\ufeffgroup,product,month,quantity,unit\n"
        "G1,专线,2025-11,100,GB\nG1,专线,2025-12,100,GB\nG1,专线,2026-01,100,GB\nG1,专线,2026-02,79,GB\n"
        "G2,短信,2026-02,5,条\nG9,专线,2026-02,5,GB\nG1,,2026-02,5,\nG1,专线,2026-13,5,\n"
        "G1,专线,2026-02,-5,\nG1,专线,2027-02,5,\nG1,专线,2026-02,５,\n"
    ).encode()
    report = import_usage(by=company.manager, content=content, today=date(2026, 3, 10))
    assert (report.stored, report.same) == (5, 0)
    assert [(line, why) for line, why, _ in report.rejects] == [
        (7, "unknown_group"),
        (8, "bad_product"),
        (9, "bad_month"),
        (10, "bad_quantity"),
        (11, "bad_month"),
        (12, "bad_quantity"),
    ]
    again = import_usage(by=company.manager, content=content, today=date(2026, 3, 10))
    assert (again.stored, again.same) == (0, 5)
    first, second = usage_trends(by=company.manager, today=date(2026, 3, 10))
    assert (first.product, first.quantities, first.falling) == ("专线", (100, 100, 100, 79), True)
    assert (second.product, second.falling) == ("短信", False)
    # A better figure is a new row, and holds.
    corrected = "group,product,month,quantity,unit\nG1,专线,2026-02,90,GB\n".encode()
    import_usage(by=company.manager, content=corrected, today=date(2026, 3, 10))
    assert UsageFigure.objects.filter(month=date(2026, 2, 1), product="专线").count() == 2
    assert not usage_trends(by=company.manager, today=date(2026, 3, 10))[0].falling
    assert usage_trends(by=company.agent, today=date(2026, 3, 10)) == []


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"a,b\n1,2\n", b"group,product,month,quantity\n" + b"x\n" * 6000]
)
def test_a_file_that_is_no_table_is_refused(company, content):
    with pytest.raises(ActRefused):
        import_usage(by=company.manager, content=content)
    assert not UsageFigure.objects.exists()


# --- other departments ------------------------------------------------------------------------------------


def ask(company, **fields) -> Coordination:
    return ask_department(
        **{
            "by": company.manager,
            "to": company.service,
            "group": company.power,
            "what": "查光缆路由",
            "due_at": NOW + timedelta(days=2),
            "key": "c1",
            "at": NOW,
            **fields,
        }
    )


def test_what_a_department_is_asked_for_is_a_promise_of_its_own(company):
    asked = ask(company)
    assert ask(company) == asked
    promise = Promise.objects.get()
    assert (promise.source, promise.clause, promise.group) == ("coordination", "KEY-28", company.power)
    assert (promise.responsible, promise.due_at) == (company.service, NOW + timedelta(days=2))
    # It is kept by an answer, not by a contact: the workbench leaves it to its own page.
    for lane in Lane:
        assert not worklist(lane, responsible=Whose.EVERYBODY, today=NOW.date()).promises
    kept = answer_department(by=company.service, coordination=asked, words="路由已查", at=NOW)
    assert (kept.state, kept.late) == ("kept", False)
    again = ask(company, key="c2")
    assert again.promise_id != asked.promise_id


def test_a_time_is_agreed_up_to_half_a_year_ahead_and_for_groups_of_the_own_book(company):
    assert ask(company, due_at=NOW + timedelta(days=183)).promise.due_date == date(2026, 9, 9)
    far = Unit.objects.create(code="U8", name="另一省", kind="province")
    for job in ("account_manager", "team_lead"):
        stranger = Employee.objects.create_user(job, name=job, job=job, unit=far, code=job)
        with pytest.raises(NotAllowed):
            ask(company, by=stranger, key=job)
    assert Coordination.objects.count() == 1
    assert Entry.objects.filter(act="ask_department", allowed=False).count() == 2


def test_it_warns_breaks_at_its_instant_and_may_be_answered_late(company):
    asked = ask(company, due_at=NOW + timedelta(hours=4))
    sweep_warnings(now=NOW + timedelta(hours=3, minutes=50))
    assert PromiseWarning.objects.filter(promise=asked.promise_id, to="handler").exists()
    sweep_warnings(now=NOW + timedelta(hours=4, minutes=1))
    assert Promise.objects.get().state == "broken"
    late = answer_department(
        by=company.service, coordination=asked, words="路由已查", at=NOW + timedelta(hours=5)
    )
    assert (late.state, late.late) == ("broken", True)


def test_an_answer_after_the_time_breaks_what_no_sweep_has_seen(company):
    asked = ask(company)
    late = answer_department(by=company.service, coordination=asked, words="好了", at=NOW + timedelta(days=3))
    assert (late.state, late.late, late.ended_at) == ("broken", True, late.due_at)


def test_an_answer_pressed_twice_is_one_answer(company):
    asked = ask(company)
    for _ in range(2):
        answer_department(by=company.service, coordination=asked, words="路由已查", at=NOW)
    assert asked.answers.count() == 1
    answer_department(by=company.service, coordination=asked, words="另有备用路由", at=NOW)
    assert asked.answers.count() == 2


def test_requests_that_cannot_be_meant_and_answers_of_others_are_refused(company):
    assert refusal(ask, company=company, what=" ") == "no_words"
    assert refusal(ask, company=company, due_at=NOW) == "due_in_the_past"
    assert refusal(ask, company=company, due_at=NOW + timedelta(days=184)) == "too_far_ahead"
    assert refusal(ask, company=company, due_at=datetime.max.replace(tzinfo=ZONE)) == "too_far_ahead"
    assert refusal(ask, company=company, to=company.manager) == "nobody_to_ask"
    asked = ask(company)
    with pytest.raises(NotAllowed):
        answer_department(by=company.agent, coordination=asked, words="我来")
    company.lead.unit = Unit.objects.create(code="U9", name="另一省", kind="province")
    company.lead.save()
    with pytest.raises(NotAllowed):  # a lead, and not of whoever was asked
        answer_department(by=company.lead, coordination=asked, words="我来")
    assert refusal(answer_department, by=company.service, coordination=asked, words=" ") == "no_words"
