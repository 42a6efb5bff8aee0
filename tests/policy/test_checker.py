"""A standard with faults is refused whole: every fault with file, line, clause and remedy; no edition comes of it."""

import textwrap
from datetime import date

import pytest

from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.problems import OutsideDates, StandardRefused
from upheld.policy.tiers import tier_of

HEAD = """\
id: T
title: {zh: 试, en: Trial}
issuer: {zh: 试, en: Trial}
in_force: {from: 2020-01-01}
"""


def clause(number, status="executable"):
    return f"- {{id: T-{number}, kind: rating, title: {{zh: 甲, en: a}}, text: {{zh: 甲, en: a}}, status: {status}}}\n"


def sources(rules, *, clauses=None, **files):
    found = {
        "trial/standard.yaml": HEAD,
        "trial/clauses.yaml": clauses or clause(1),
        "trial/rules/tiers.yaml": textwrap.dedent(rules),
    }
    found.update(
        {f"trial/{name.replace('__', '/')}.yaml": textwrap.dedent(text) for name, text in files.items()}
    )
    return found


def refused(*args, **kwargs):
    with pytest.raises(StandardRefused) as error:
        load_edition(sources=sources(*args, **kwargs))
    return error.value.problems


def test_a_sound_standard_answers():
    edition = load_edition(
        sources=sources("""\
        - table: cards
          kind: card
          rows:
          - {clause: T-1, when: {annual_spend_yuan: {min: 100, below: 200}}, card: silver}
          - {clause: T-1, when: {annual_spend_yuan: {min: 200}}, card: gold}
        """)
    )
    answer = tier_of(edition=edition, subject={"annual_spend_yuan": 20_000}, as_of=date(2026, 1, 1))
    assert (answer.card, answer.state) == ("gold", "active")
    with pytest.raises(OutsideDates):
        tier_of(edition=edition, subject={}, as_of=date(2019, 12, 31))


def test_an_overlap_names_both_lines():
    (problem,) = refused("""\
        - table: cards
          kind: card
          rows:
          - {clause: T-1, when: {annual_spend_yuan: {min: 100, below: 201}}, card: silver}
          - {clause: T-1, when: {annual_spend_yuan: {min: 200}}, card: gold}
        """)
    assert (problem.file, problem.line, problem.clause) == ("trial/rules/tiers.yaml", 5, "T-1")
    assert "line 4" in problem.message
    assert problem.remedy


def test_the_same_rows_on_different_days_do_not_overlap():
    load_edition(
        sources=sources("""\
        - table: cards
          kind: card
          rows:
          - {clause: T-1, until: 2026-01-01, when: {rank: section}, card: silver}
          - {clause: T-1, from: 2026-01-01, when: {rank: section}, card: gold}
        """)
    )


def test_a_gap_between_bounds_names_the_amounts():
    (problem,) = refused("""\
        - table: cards
          kind: card
          rows:
          - {clause: T-1, when: {annual_spend_yuan: {min: 100, below: 199.50}}, card: silver}
          - {clause: T-1, when: {annual_spend_yuan: {min: 200}}, card: gold}
        """)
    assert "from 199.50 to below 200.00" in problem.message


def test_a_combination_that_a_table_promises_to_cover_and_does_not():
    (problem,) = refused("""\
        - table: cards
          kind: card
          covers: {group_class: [A, B1], role: [contact]}
          rows:
          - {clause: T-1, when: {group_class: A, role: contact}, card: gold}
        """)
    assert "B1 contact" in problem.message


def test_every_fault_is_named_at_once():
    problems = refused(
        """\
        - table: cards
          kind: card
          rows:
          - {when: {rank: section}, card: silver}
          - {clause: T-9, when: {rank: section}, card: silver}
          - {clause: T-1, when: {rnak: section}, card: silver}
          - {clause: T-1, when: {rank: captain}, card: silver}
          - {clause: T-1, when: {rank: section}, card: platinum}
          - {clause: T-1, from: 2026-02-01, until: 2026-01-01, when: {rank: bureau}, card: gold}
          - {clause: T-1, when: {brand: {min: 3}}, card: gold}
          - {clause: T-1, when: {rank: division}, card: gold, crad: gold}
          - {clause: T-2, when: {rank: division}, card: gold}
          - {clause: T-1, if_reading: {none: such}, when: {rank: bureau}, card: gold}
          - {clause: T-1, when: {annual_spend_yuan: {min: {parameter: none}}}, card: gold}
        """,
        clauses=clause(1) + clause(2, "guidance"),
    )
    assert {p.line for p in problems if p.file.endswith("tiers.yaml")} == set(range(4, 15))
    assert all(p.remedy and p.message for p in problems)
    said = "\n".join(str(p) for p in problems)
    for word in ("cites no clause", "T-9", "did you mean rank?", "captain", "platinum", "not before", "no order",
                 "did you mean card?", "guidance", "reading 'none'", "parameter 'none'"):  # fmt: skip
        assert word in said


def test_a_bad_date_is_named():
    problems = refused("""\
        - table: cards
          kind: card
          rows:
          - {clause: T-1, from: 2026-02-30, when: {rank: section}, card: silver}
        """)
    assert "2026-02-30" in problems[0].message


def test_an_executable_clause_without_a_row_is_refused():
    problems = refused("[]", clauses=clause(1))
    assert "no row carries it out" in problems[0].message


def test_a_reading_turns_a_row_without_code():
    readings = """\
        - id: officials
          clause: T-1
          question: {zh: 问, en: q}
          options: {gold: {zh: 金, en: gold}, silver: {zh: 银, en: silver}}
          choice: gold
          because: {zh: 因, en: because}
          by: us
          on: 2026-01-01
        """
    rules = """\
        - table: cards
          kind: card
          rows:
          - {clause: T-1, if_reading: {officials: gold}, when: {rank: section}, card: gold}
          - {clause: T-1, if_reading: {officials: silver}, when: {rank: section}, card: silver}
        """
    given = sources(rules, readings=readings)
    subject = {"rank": "section"}
    default, turned = (
        load_edition(sources=given),
        load_edition(sources=given, readings={"officials": "silver"}),
    )
    assert tier_of(edition=default, subject=subject, as_of=date(2026, 1, 1)).card == "gold"
    assert tier_of(edition=turned, subject=subject, as_of=date(2026, 1, 1)).card == "silver"
    assert default.content_hash != turned.content_hash
    with pytest.raises(StandardRefused) as error:
        load_edition(sources=given, readings={"officials": "lead", "nobody": "x"})
    assert len(error.value.problems) == 2


def test_a_changed_case_does_not_change_the_edition_but_a_changed_rule_does():
    edition = shipped_edition()
    case = next(path for path in edition.sources if "/cases/" in path)
    rule = next(path for path in edition.sources if "/rules/tiers" in path)
    with_case = load_edition(sources={**edition.sources, case: edition.sources[case] + "\n# more\n"})
    with_rule = load_edition(sources={**edition.sources, rule: edition.sources[rule] + "\n# more\n"})
    assert with_case.content_hash == edition.content_hash
    assert with_rule.content_hash != edition.content_hash
