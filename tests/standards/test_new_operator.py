"""A new operator without a line of code: a standard in a folder of one's own, put in force, asked about every noun."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from upheld.config.main import main
from upheld.operations.activate_edition import activate_edition
from upheld.policy.kinds import KINDS
from upheld.policy.problems import StandardRefused
from upheld.policy.questions import QUESTIONS, answerer
from upheld.policy.standards import shipped_folder
from upheld.records.standards.models import EditionRecord
from upheld.records.standards.queries import edition_in_force, loaded_edition

DAY = date(2026, 6, 1)
BEFORE = date(2026, 5, 31)
EARLIER = date(2026, 1, 1)

CHANGES = {
    "standard.yaml": [
        ("id: TPL ", "id: SEA "),
        ("示例服务标准", "东海服务标准"),
        ("Example service", "East Sea service"),
    ],
    "parameters.yaml": [("value: 3000,", "value: 6000,"), ("value: 250,", "value: 500,")],
    "readings.yaml": [("choice: every_member", "choice: gold_only")],
    "rules/contacts.yaml": [("times: 1, per: quarter", "times: 1, per: month")],
    "rules/entitlements.yaml": [("times: 2, per: calendar_month", "times: 4, per: calendar_month")],
    "rules/deadlines.yaml": [("{working_days: 2}", "{hours: 12}")],
    "rules/windows.yaml": [("21:00-08:00", "19:30-09:00")],
    "rules/journeys.yaml": [("from_day: 4, due_day: 10", "from_day: 2, due_day: 5")],
    "rules/points.yaml": [
        ("points_per_yuan: 1", "points_per_yuan: 3"),
        ("value_yuan: 0.01", "value_yuan: 0.005"),
    ],
    "rules/churn.yaml": [("weight: 0.6", "weight: 0.9"), ("weight: 0.4", "weight: 0.1")],
    "rules/staffing.yaml": [("within_seconds: 30", "within_seconds: 12")],
    "rules/staff_points.yaml": [("actions: [visit], points: 5", "actions: [visit], points: 9")],
    "wording/phrases.yaml": [("不归我管", "明天再来")],
}
"""What the made-up operator changes in the template, file by file."""

CASE = """\
- case: A customer who spent 6,000 yuan last year holds gold
  clauses: [SEA-1]
  as_of: 2026-06-01
  facts: {annual_spend_yuan: 6000}
  expect: {card: gold, state: active}
"""

FACTS: dict[str, dict[str, Any]] = {
    "tiers": {"annual_spend_yuan": 6000},
    "contacts": {"card": "gold"},
    "plan": {"card": "gold", "from": "2026-06-01", "until": "2026-08-01"},
    "entitlements": {"card": "gold"},
    "deadlines": {"case": "complaint", "opened_at": "2026-06-05T16:00:00+08:00"},
    "windows": {"channel": "sms", "at": "2026-06-05T19:45:00+08:00"},
    "journeys": {"joined_date": "2026-06-01"},
    "points": {"events": [{"date": "2026-06-01", "kind": "bill", "amount_yuan": "100"}]},
    "churn": {"plan_churn_rate": 0.5, "brand_churn_rate": 0},
    "speech": {"turns": [{"who": "agent", "start": 0, "end": 2, "text": "您好，明天再来。"}]},
    "staffing": {
        "calls": [
            {"entered_at": "2026-06-01T09:00:00+08:00", "waited_seconds": wait, "end": "answered"}
            for wait in (12, 13)
        ]
    },
    "staff_points": {"acts": [{"event": "kept", "action": "visit"}, {"event": "broken", "action": "call"}]},
}


def operator(folder: Path) -> Path:
    """Write the made-up operator's standard: the template, with its own id, numbers and words."""
    own = folder / "standards" / "east-sea"
    shutil.copytree(shipped_folder() / "_template", own)
    for path in sorted(own.rglob("*.yaml")):
        name = path.relative_to(own).as_posix()
        text = path.read_text(encoding="utf-8").replace("TPL-", "SEA-").replace("template_", "sea_")
        for old, new in CHANGES.get(name, []):
            assert old in text, (name, old)
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    # The template's cases prove the template's numbers; the operator proves its own.
    shutil.rmtree(own / "cases")
    (own / "cases").mkdir()
    (own / "cases" / "tiers.yaml").write_text(CASE, encoding="utf-8")
    return own.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return operator(tmp_path)


def answers(record: EditionRecord, day: date) -> dict[str, Any]:
    """Ask an edition as it was kept, not as it lies on disk, about every noun."""
    edition = loaded_edition(record)
    return {noun: answerer(noun)(edition, FACTS[noun], day) for noun in QUESTIONS}


def check_operator(found: dict[str, Any]) -> None:
    """Compare every answer with what the made-up operator wrote."""
    assert (found["tiers"]["card"], found["tiers"]["because"]) == (
        "gold",
        [{"clause": "SEA-1", "card": "gold"}],
    )
    assert {"channel": "visit", "times": 1, "per": "month", "clause": "SEA-2"} in found["contacts"]["owed"]
    visits = [p for p in found["plan"]["promises"] if p["action"] == "visit"]
    assert [(p["from"], p["due"]) for p in visits] == [
        ("2026-06-01", "2026-06-30"),
        ("2026-07-01", "2026-07-31"),
    ]
    assert found["entitlements"]["grants"][0]["times"] == 4
    assert [clock["due_at"] for clock in found["deadlines"]["clocks"] if clock["clause"] == "SEA-6"] == [
        "2026-06-06T04:00:00+08:00"
    ]
    assert (found["windows"]["allowed"], found["windows"]["next_at"]) == (False, "2026-06-06T09:00:00+08:00")
    assert [
        (s["from"], s["due"]) for s in found["journeys"]["steps"] if s["step"] == "first_return_visit"
    ] == [("2026-06-03", "2026-06-06")]
    assert (found["points"]["balance"], str(found["points"]["value_yuan"])) == (300, "1.50")
    assert float(found["churn"]["score"]) == 45
    assert [finding["rule"] for finding in found["speech"]["findings"]] == ["sea_forbidden-1"]
    assert (found["staff_points"]["points"], found["staff_points"]["possible"]) == (8, 11)
    (answers_in_time,) = [rate for rate in found["staffing"]["rates"] if rate["clause"] == "SEA-12"]
    assert (answers_in_time["rate"], answers_in_time["met"]) == ("0.500000", False)


@pytest.mark.django_db
def test_a_new_operators_standard_answers_for_every_noun_from_its_day(folder: Path) -> None:
    shipped = activate_edition(active_from=EARLIER, by=None)
    own = activate_edition(folder=folder, active_from=DAY, by=None)
    shutil.rmtree(folder)  # what is in force lives in the database
    assert set(FACTS) == set(QUESTIONS)
    assert edition_in_force(DAY) == own
    assert edition_in_force(BEFORE) == shipped
    check_operator(answers(own, DAY))


@pytest.mark.django_db
def test_an_old_edition_still_answers_for_earlier_days(folder: Path) -> None:
    old = activate_edition(folder=folder, active_from=EARLIER, by=None)
    rules = folder / "east-sea" / "rules" / "contacts.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("times: 1, per: month", "times: 2, per: month"),
        encoding="utf-8",
    )
    new = activate_edition(folder=folder, active_from=DAY, by=None)
    assert old.name != new.name

    def visits(day: date) -> int:
        owed = answerer("contacts")(loaded_edition(edition_in_force(day)), {"card": "gold"}, day)["owed"]
        return next(item["times"] for item in owed if item["channel"] == "visit")

    assert (visits(BEFORE), visits(DAY)) == (1, 2)


@pytest.mark.django_db
def test_a_faulty_change_is_refused_with_every_fault_and_the_old_edition_stays(folder: Path) -> None:
    old = activate_edition(folder=folder, active_from=EARLIER, by=None)
    before = answers(old, DAY)
    own = folder / "east-sea"
    for name, right, wrong in (
        ("rules/tiers.yaml", "card: gold}", "card: platinum}"),
        ("rules/contacts.yaml", "card: silver}, owed", "crad: silver}, owed"),
        ("rules/deadlines.yaml", "{hours: 12}", "{days: 16}"),  # looser than the law
        ("rules/windows.yaml", "19:30-09:00", "19:30"),
        ("rules/journeys.yaml", "SEA-8, step: first", "SEA-88, step: first"),
        ("rules/churn.yaml", "weight: 0.9", "weight: 0.8"),
        ("rules/speech.yaml", "[sea_greeting]", "[sea_greetings]"),
        ("rules/points.yaml", "points_per_yuan: 3", "points_per_yuan: few"),
        ("rules/entitlements.yaml", "times: 4", "times: 0"),
        ("rules/staffing.yaml", "several_queues: once", "several_queues: twice"),
        ("rules/staff_points.yaml", "event: broken", "event: forgotten"),
    ):
        text = (own / name).read_text(encoding="utf-8")
        assert right in text, name
        (own / name).write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(StandardRefused) as refused:
        activate_edition(folder=folder, active_from=DAY, by=None)
    wrong_files = {Path(problem.file).name for problem in refused.value.problems}
    assert {f"{noun}.yaml" for noun in KINDS} <= wrong_files
    assert all(problem.line and problem.remedy for problem in refused.value.problems)
    assert edition_in_force(DAY) == old
    assert answers(old, DAY) == before


@pytest.mark.django_db
def test_a_standard_looser_than_the_law_is_refused_with_both_clauses(folder: Path) -> None:
    rules = folder / "east-sea" / "rules" / "deadlines.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("{hours: 12}", "{days: 16}"), encoding="utf-8")
    with pytest.raises(StandardRefused) as refused:
        activate_edition(folder=folder, active_from=DAY, by=None)
    (problem,) = refused.value.problems
    assert problem.clause == "SEA-6"
    assert "LAW-6" in str(problem)


@pytest.mark.django_db
def test_putting_it_in_force_tells_what_a_reviewer_would_ask(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from upheld.config import nightly

    monkeypatch.setattr(nightly, "bring_up", lambda quiet: True)
    words = ["activate", "--from", "2026-06-01", "--standards", str(folder)]
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    assert main([*words, "--parameter", "sea_gold_from_yuan=9000"]) == 0
    printed = capsys.readouterr()
    assert (
        "warning: [SEA-1] parameter 'sea_plan_gold_from_yuan' is 500, but 'sea_gold_from_yuan' is 9000"
        in printed.err
    )
    assert "is in force from 2026-06-01" in printed.out


def test_the_command_line_asks_a_folder_of_ones_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import io
    import sys

    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"id": 7, "annual_spend_yuan": "5999.99"}\n'))
    )
    assert main(["ask", "tiers", "--as-of", "2026-06-01", "--standards", str(folder)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["id"], answer["card"]) == (7, "silver")
