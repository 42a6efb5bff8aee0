"""Each night the clocks of open cases are counted anew where the standard in force or the customer's card changed."""

from __future__ import annotations

from datetime import date

import pytest

from upheld.config import nightly
from upheld.operations.activate_edition import activate_edition
from upheld.operations.cases import change_case
from upheld.operations.cases.close_case import close_case
from upheld.operations.cases.recount_cases import recount_cases
from upheld.operations.cases.settle_case import settle_case
from upheld.records.cases.models import CaseStep
from upheld.records.promises.models import Promise

from ..conftest import at
from .made_standards import HOURS, Made, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def half_a_year(tmp_path):
    """Put a standard in force that holds until the first of April, by which an order is due in ten hours."""
    row = {
        "clause": "RL-3",
        "when": {"case": "order"},
        "stops_at": "in_force",
        "limit": {"hours": 10},
        "confidence": "stated",
    }
    folder = write(Made(1, (row,), HOURS[0], frozenset(), frozenset()), tmp_path / "made")
    words = folder / "made" / "standard.yaml"
    until = words.read_text("utf-8").replace("from: 2005-01-01", "from: 2005-01-01\n  until: 2026-04-01")
    words.write_text(until, "utf-8")

    def put():
        activate_edition(active_from=date(2006, 1, 1), by=None, folder=folder)

    return put


def test_a_night_after_a_card_was_given_counts_only_the_cases_that_it_changes(opened, manager, moment):
    moment(at("2026-03-02", 9))
    fault = opened("P3", "fault", area="urban").case_id  # of 5,200 yuan a year, and not rated yet
    others = [opened("P5", "fault", area="urban").case_id, opened("P3", "enquiry").case_id]
    settled = opened("P3", "fault", area="urban").case_id
    settle_case(case=settled, by=manager, outcome="已修复")
    moment(at("2026-03-02", 23))
    told = []
    report, refusals = nightly.work_of_a_night(
        as_of=date(2026, 3, 2), progress_of=lambda work: lambda done, total: told.append((work, done, total))
    )
    assert not refusals
    assert report["Looked at the clocks of 3 open cases"] == {"counted anew": 1, "refused": 0}
    assert [one for one in told if "cases" in one[0]] == [("counting cases anew", n, 3) for n in (1, 2, 3)]
    owes = Promise.objects.filter(case_id=fault, clause="CT-15").order_by("pk")
    assert [(one.action, one.state, one.due_at) for one in owes] == [
        ("onsite_arrival", "cancelled", at("2026-03-03", 9)),
        ("repaired", "open", at("2026-03-03", 1)),
    ]
    assert not CaseStep.objects.filter(case_id__in=[*others, settled], what="recounted").exists()
    assert recount_cases(by=None).changed == 0, "the next night finds nothing to do"


def test_a_night_broken_off_keeps_what_was_counted_and_the_next_one_does_the_rest(
    opened, moment, half_a_year
):
    moment(at("2026-03-02", 9))
    cases = [opened("P2", "order").case_id for _ in range(3)]
    half_a_year()

    def stop_at_two(done, _):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recount_cases(by=None, progress=stop_at_two)
    assert Promise.objects.filter(case_id__in=cases).count() == 2
    done = recount_cases(by=None)
    assert (done.cases, done.changed, done.refused) == (3, 1, {})
    assert Promise.objects.filter(case_id__in=cases, state="open").count() == 3


def test_cases_that_no_standard_covers_any_more_are_named_and_stay_as_they_are(opened, moment, half_a_year):
    half_a_year()
    moment(at("2026-03-02", 9))
    cases = [opened("P2", "order").case_id, opened("P3", "order").case_id]
    moment(at("2026-04-02", 9))
    report = nightly._recount(date(2026, 4, 2), lambda *_: None)
    assert report.pop("Looked at the clocks of 2 open cases") == {"counted anew": 0, "refused": 2}
    assert [title.split(": ")[0] for title in report] == [f"Case {case} not counted anew" for case in cases]
    assert set(Promise.objects.values_list("state", flat=True)) == {"open"}


def test_a_case_that_fails_is_named_and_logged_and_the_night_goes_on(
    opened, moment, half_a_year, monkeypatch, caplog
):
    moment(at("2026-03-02", 9))
    cases = [opened(code, "order").case_id for code in ("P2", "P3", "P5")]
    half_a_year()

    def fails_after_counting(act, *given, **more):
        step = counted(act, *given, **more)
        if act.case.pk == cases[1]:
            raise ZeroDivisionError("nobody foresaw this")
        return step

    counted = change_case._recount
    monkeypatch.setattr(change_case, "_recount", fails_after_counting)
    done = recount_cases(by=None)
    assert (done.cases, done.changed, list(done.refused)) == (3, 2, [cases[1]])
    assert "nobody foresaw this" in done.refused[cases[1]]
    assert set(Promise.objects.values_list("case_id", flat=True)) == {cases[0], cases[2]}, (
        "all of it or nothing"
    )
    (logged,) = [one for one in caplog.records if one.name == "upheld.recount"]
    assert str(cases[1]) in logged.getMessage()
    assert logged.exc_info


def test_a_case_that_is_closed_while_others_are_counted_is_no_refusal(opened, manager, moment, half_a_year):
    moment(at("2026-03-02", 9))
    first, second = opened("P2", "order").case_id, opened("P3", "order").case_id
    half_a_year()

    def take_back(done, _):
        if done == 1:
            close_case(case=second, by=manager, withdrawn=True, note="不要了")

    done = recount_cases(by=None, progress=take_back)
    assert (done.cases, done.changed, done.refused) == (2, 1, {})
    assert Promise.objects.get(case_id=first).state == "open"
