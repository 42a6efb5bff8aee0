"""A standard with faults is refused whole: every fault with file, line, clause and remedy; no edition comes of it."""

import textwrap
from datetime import date

import pytest

from upheld.policy.acceptance import accepted_edition
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


def test_a_folder_without_its_head_is_refused_not_left_out():
    found = sources("[]", clauses=clause(1, "guidance"))
    found["other/clauses.yaml"] = clause(1)
    with pytest.raises(StandardRefused) as error:
        load_edition(sources=found)
    assert [p.file for p in error.value.problems] == ["other/standard.yaml"]


def test_a_fault_in_the_head_hides_no_fault_of_the_rules():
    found = sources("""\
        - table: cards
          kind: card
          rows:
          - {clause: T-1, when: {rnak: section}, card: silver}
        """)
    found["trial/standard.yaml"] = HEAD.replace("2020-01-01", "2020-01-41")
    with pytest.raises(StandardRefused) as error:
        load_edition(sources=found)
    said = [str(p) for p in error.value.problems]
    assert len(said) == 2  # and no 'from is missing' or 'no row carries it out' that only follows from them
    assert "2020-01-41" in said[1]
    assert "did you mean rank?" in said[0]


def test_a_faulty_row_is_not_also_told_as_a_gap():
    (problem,) = refused("""\
        - table: cards
          kind: card
          covers: {group_class: [A, B1], role: [contact]}
          rows:
          - {clause: T-1, when: {group_class: A, role: contact}, card: gold}
          - {clause: T-1, when: {group_class: B1, role: contact}, card: golden}
        """)
    assert "golden" in problem.message


def test_a_day_between_two_rows_is_a_gap():
    (problem,) = refused("""\
        - table: cards
          kind: card
          rows:
          - {clause: T-1, until: 2025-01-01, when: {rank: section}, card: silver}
          - {clause: T-1, from: 2025-01-02, when: {rank: section}, card: gold}
        """)
    assert "from 2025-01-01 to before 2025-01-02" in problem.message


def test_a_covered_combination_whose_row_ends_is_a_gap_from_that_day():
    (problem,) = refused("""\
        - table: cards
          kind: card
          covers: {rank: [section]}
          rows:
          - {clause: T-1, until: 2025-01-01, when: {rank: section}, card: silver}
        """)
    assert "section (from 2025-01-01)" in problem.message


def test_a_file_in_gbk_is_named_with_its_line_among_all_other_faults(tmp_path):
    folder = tmp_path / "trial"
    (folder / "rules").mkdir(parents=True)
    (folder / "standard.yaml").write_text(HEAD, encoding="utf-8")
    (folder / "clauses.yaml").write_bytes(clause(1).encode("gbk"))
    (folder / "rules" / "tiers.yaml").write_text("- {table: a, kind: crad, rows: []}\n", encoding="utf-8")
    with pytest.raises(StandardRefused) as error:
        load_edition(tmp_path)
    said = "\n".join(str(p) for p in error.value.problems)
    assert "trial/clauses.yaml:1: the file is not UTF-8 text" in said
    assert "crad" in said


def test_a_folder_whose_cases_fail_is_not_accepted_and_faults_of_rules_and_cases_come_together(tmp_path):
    folder = tmp_path / "trial"
    for name in ("rules", "cases"):
        (folder / name).mkdir(parents=True)
    (folder / "standard.yaml").write_text(HEAD, encoding="utf-8")
    (folder / "clauses.yaml").write_text(clause(1), encoding="utf-8")
    rule = "- {table: a, kind: card, rows: [{clause: T-1, when: {rank: section}, card: silver}]}\n"
    case = "- {case: x, clauses: [T-1], as_of: 2026-01-01, facts: {rank: section}, expect: {card: gold}}\n"
    (folder / "rules" / "tiers.yaml").write_text(rule, encoding="utf-8")
    (folder / "cases" / "tiers.yaml").write_text(case, encoding="utf-8")
    with pytest.raises(StandardRefused, match="expected 'gold'"):
        accepted_edition(tmp_path)
    (folder / "cases" / "tiers.yaml").write_text(case.replace("gold", "silver"), encoding="utf-8")
    assert accepted_edition(tmp_path).clause("T-1")
    (folder / "cases" / "tiers.yaml").write_text(case.replace("rank", "rnak"), encoding="utf-8")
    (folder / "rules" / "tiers.yaml").write_text(rule.replace("silver", "lead"), encoding="utf-8")
    with pytest.raises(StandardRefused) as error:
        accepted_edition(tmp_path)
    assert len(error.value.problems) == 2
