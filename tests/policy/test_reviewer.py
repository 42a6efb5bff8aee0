"""What a colleague would ask about a standard that has no errors, and what the shipped standards have been asked."""

from __future__ import annotations

import textwrap

import pytest

from upheld.config.main import main
from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.guidance import guidance_on, public_promises, responsible_for
from upheld.policy.problems import WARNINGS, Problem, StandardRefused
from upheld.policy.reviewer import review

HEAD = """\
id: T
title: {zh: 试, en: Trial}
issuer: {zh: 试, en: Trial}
in_force: {from: 2020-01-01}
"""

SHIPPED = [
    ("against-class", "KEY-5", "everyday-contact-as-written"),
    ("against-class", "KEY-5", "everyday-contact-as-written"),
    ("two-answers", "KEY-25", "one-manager-for-contact-and-group"),
]
"""What the shipped standards are warned of, and the reading that records it: nothing may join unnoticed."""


def clauses(*ids: str, kind: str = "cadence", more: str = "") -> str:
    return "".join(
        f"- {{id: {name}, kind: {kind}, title: {{zh: 甲, en: a}}, text: {{zh: 甲, en: a}}, status: executable{more}}}\n"
        for name in ids
    )


def warned(**files: str) -> list[Problem]:
    """Review one made-up standard, its files given by path with `__` for `/`."""
    sources = {"trial/standard.yaml": HEAD, "trial/clauses.yaml": clauses("T-1", "T-2")}
    sources |= {
        f"trial/{name.replace('__', '/')}.yaml": textwrap.dedent(text) for name, text in files.items()
    }
    return review(load_edition(sources=sources))


def contact(clause: str, when: str, owed: str, table: str = "a") -> str:
    row = f"  - {{clause: {clause}, when: {{{when}}}, owed: [{{channel: visit, {owed}}}]}}\n"
    return f"- table: {table}\n  kind: contact\n  owed_to: person\n  rows:\n{row}"


READING = """\
- id: doubt
  clause: T-1
  question: {zh: 问, en: q}
  options: {one: {zh: 一, en: one}}
  choice: one
  because: {zh: 因, en: why}
  by: us
  on: 2026-01-01
"""
QUARTER, MONTH = "times: 1, per: quarter", "times: 1, per: month"


def test_the_shipped_standards_are_warned_of_what_is_recorded_and_of_nothing_else() -> None:
    found = review(shipped_edition())
    assert [(warning.code, warning.clause, warning.reading) for warning in found] == SHIPPED
    assert all(warning.severity == "warning" and warning.line and warning.remedy for warning in found)
    visit, call, _ = (warning.message for warning in found)
    assert "group_class A is owed 4 times a year, less than B1, B2 with 6" in visit
    assert "top_decision_maker" in visit
    assert "call" in call


def test_two_clauses_that_owe_one_subject_differently() -> None:
    rules = contact("T-1", "role: contact", QUARTER) + contact("T-2", "group_class: A", MONTH, "b")
    (warning,) = warned(rules__contacts=rules)
    assert (warning.code, warning.clause, warning.line, warning.reading) == ("two-answers", "T-2", 10, "")
    assert "T-1" in warning.message
    assert "per quarter" in warning.message


@pytest.mark.parametrize(
    ("first", "second", "owed"),
    [
        ("role: contact", "role: influencer", MONTH),  # nobody has both roles
        ("role: contact", "group_class: A", QUARTER),  # the same answer twice
        ("role: contact", "group_class: A", "per: on_demand"),  # no number, nothing to differ
    ],
)
def test_clauses_that_part_people_or_agree_are_not_warned_of(first: str, second: str, owed: str) -> None:
    assert warned(rules__contacts=contact("T-1", first, QUARTER) + contact("T-2", second, owed, "b")) == []


def test_a_reading_that_settles_a_warning_is_named_with_it() -> None:
    rules = contact("T-1", "role: contact", QUARTER) + contact("T-2", "group_class: A", MONTH, "b")
    (warning,) = warned(rules__contacts=rules, readings=READING + "  settles: [two-answers]\n")
    assert warning.reading == "doubt"
    assert "Recorded in reading doubt" in str(warning)
    (other,) = warned(rules__contacts=rules, readings=READING + "  settles: [unused]\n")
    assert other.reading == ""


def test_a_lower_card_visited_more_often_than_a_higher_one() -> None:
    rules = contact("T-1", "card: diamond", QUARTER) + contact(
        "T-1", "card: gold", "times: 5, per: year", "b"
    )
    (warning,) = warned(clauses=clauses("T-1"), rules__contacts=rules)
    assert warning.code == "against-class"
    assert "card diamond is owed 4 times a year, less than gold with 5 times a year" in warning.message
    turned = contact("T-1", "card: gold", QUARTER) + contact(
        "T-1", "card: diamond", "times: 5, per: year", "b"
    )
    assert warned(clauses=clauses("T-1"), rules__contacts=turned) == []


def test_what_a_lower_card_is_owed_and_a_higher_one_named_beside_it_is_not() -> None:
    gift = contact("T-1", "card: gold", "times: 1, per: year").replace("channel: visit", "channel: gift")
    rules = gift + contact("T-1", "card: diamond", QUARTER, "b") + contact("T-1", "card: gold", QUARTER, "c")
    (warning,) = warned(clauses=clauses("T-1"), rules__contacts=rules)
    assert (warning.code, warning.message) == ("against-class", "gift: card gold is owed it, diamond is not.")
    assert (
        warned(clauses=clauses("T-1"), rules__contacts=rules.replace("card: gold", "card: diamond", 1)) == []
    )
    assert warned(clauses=clauses("T-1"), rules__contacts=gift) == []  # a clause may speak of gold alone


def test_a_clock_that_is_longer_for_the_higher_class() -> None:
    rules = """\
        - table: clocks
          kind: clock
          rows:
          - {clause: T-1, when: {case: enquiry, group_class: A}, stops_at: first_answer, limit: {hours: 4}}
          - {clause: T-1, when: {case: enquiry, group_class: C}, stops_at: first_answer, limit: {hours: 2}}
        """
    (warning,) = warned(clauses=clauses("T-1"), rules__deadlines=rules)
    assert "group_class A is owed 4 hours, less than C with 2 hours" in warning.message


def test_a_hole_between_two_tables() -> None:
    rules = """\
        - {table: low, kind: card, rows: [{clause: T-1, when: {annual_spend_yuan: {below: 200}}, card: silver}]}
        - {table: high, kind: card, rows: [{clause: T-1, when: {annual_spend_yuan: {min: 250.50}}, card: gold}]}
        """
    (warning,) = warned(clauses=clauses("T-1", kind="rating"), rules__tiers=rules)
    assert warning.code == "gap-between-tables"
    assert "from 200.00 (table 'low') to below 250.50 (table 'high')" in warning.message
    assert warned(clauses=clauses("T-1", kind="rating"), rules__tiers=rules.replace("250.50", "200")) == []


def test_a_reading_without_a_reason_and_one_that_turns_nothing() -> None:
    rules = contact("T-1", "card: gold", QUARTER)
    empty = READING.replace("{zh: 因, en: why}", '{zh: 因, en: " "}')
    (warning,) = warned(clauses=clauses("T-1"), rules__contacts=rules, readings=empty)
    assert (warning.code, warning.message) == ("no-reason", "reading 'doubt' gives no reason in en.")
    two = READING.replace("{one: {zh: 一, en: one}}", "{one: {zh: 一, en: one}, two: {zh: 二, en: two}}")
    (warning,) = warned(clauses=clauses("T-1"), rules__contacts=rules, readings=two)
    assert (warning.code, warning.clause) == ("unused", "T-1")


def test_what_is_public_must_be_confirmed() -> None:
    rules = contact("T-1", "card: gold", QUARTER)
    public = clauses("T-1", more=", public: true")
    assert warned(clauses=public, rules__contacts=rules) == []
    found = warned(
        clauses=clauses("T-1", more=", public: true, confidence: unconfirmed"), rules__contacts=rules
    )
    assert {warning.code for warning in found} == {"public-unconfirmed"}
    (row,) = warned(clauses=public, rules__contacts=rules.replace("when:", "confidence: unconfirmed, when:"))
    assert (row.file, row.line) == ("trial/rules/contacts.yaml", 5)


def test_a_duty_that_falls_to_nobody() -> None:
    duty = clauses("T-1", kind="role").replace("executable", "guidance")
    (warning,) = warned(clauses=duty)
    assert (warning.code, warning.clause) == ("nobody-responsible", "T-1")
    assert warned(clauses=duty.replace("guidance", "guidance, responsible: team_lead")) == []


PARAMETERS = """\
- {name: year, value: 1200, clause: T-1, title: {zh: 年, en: a year}}
- {name: month, value: 100, clause: T-1, follows: [year], divided_by: 12, title: {zh: 月, en: a month}}
"""
BY_PARAMETER = """\
- table: cards
  kind: card
  rows:
  - {clause: T-1, when: {annual_spend_yuan: {min: {parameter: year}}}, card: gold}
- table: for-now
  kind: provisional
  rows:
  - {clause: T-1, when: {plan_monthly_yuan: {min: {parameter: month}}}, card: gold}
"""


def test_a_monthly_threshold_that_does_not_follow_a_changed_yearly_one() -> None:
    files = {"clauses": clauses("T-1", kind="rating"), "parameters": PARAMETERS, "rules__tiers": BY_PARAMETER}
    assert warned(**files) == []
    (warning,) = warned(**{**files, "parameters": PARAMETERS.replace("1200", "1500")})
    assert (warning.code, warning.line) == ("does-not-follow", 2)
    assert "12th of that is 125" in warning.message
    raised = load_edition(parameters={"e_home_gold_from_yuan": 2400})
    assert [w.message.split("'")[1] for w in review(raised) if w.code == "does-not-follow"] == [
        "provisional_home_gold_from_yuan"
    ]


def test_a_parameter_that_no_row_uses() -> None:
    more = PARAMETERS + "- {name: idle, value: 1, clause: T-1, title: {zh: 闲, en: idle}}\n"
    files = {"clauses": clauses("T-1", kind="rating"), "parameters": more, "rules__tiers": BY_PARAMETER}
    assert [(w.code, w.line) for w in warned(**files)] == [("unused", 3)]


def test_a_word_that_no_warning_has_is_an_error() -> None:
    with pytest.raises(StandardRefused) as refused:
        warned(
            clauses=clauses("T-1", more=", responsible: nobody, shown_on: [wall]"),
            rules__contacts=contact("T-1", "card: gold", QUARTER),
            readings=READING + "  settles: [oddity]\n",
        )
    said = str(refused.value)
    assert all(word in said for word in ("nobody", "wall", "oddity", WARNINGS[0]))


def test_check_prints_warnings_apart_and_fails_on_them_only_when_strict(
    tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "trial"
    folder.mkdir()
    (folder / "standard.yaml").write_text(HEAD, encoding="utf-8")
    duty = clauses("T-1", kind="role").replace("executable", "guidance")
    (folder / "clauses.yaml").write_text(duty, encoding="utf-8")
    assert main(["check", str(folder)]) == 0
    printed = capsys.readouterr()
    assert "warning: [T-1] the duty falls to nobody." in printed.err
    assert "0 error(s), 1 warning(s)" in printed.out
    assert main(["check", str(folder), "--strict"]) == 1
    capsys.readouterr()
    (folder / "readings.yaml").write_text(READING + "  settles: [nobody-responsible]\n", encoding="utf-8")
    assert main(["check", str(folder), "--strict"]) == 0


def test_guidance_stands_where_people_need_it() -> None:
    edition = shipped_edition()
    assert [clause.id for clause in guidance_on(edition=edition, place="contact_person")] == ["KEY-9"]
    assert "CT-25" in [clause.id for clause in guidance_on(edition=edition, place="store")]
    assert {clause.status for clause in guidance_on(edition=edition, place="call")} == {"guidance"}
    promised = {clause.id for clause in public_promises(edition=edition)}
    assert {"CARE-4", "CT-15"} <= promised
    assert responsible_for(edition=edition, clause=edition.clause("KEY-5")) == "account_manager"
    assert responsible_for(edition=edition, clause=edition.clause("CT-25")) == "store_clerk"
