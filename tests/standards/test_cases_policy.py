"""Every case of every shipped standard, run on policy."""

import pytest

from upheld.policy.cases import answer_by_policy, differences, read_cases
from upheld.policy.coverage import coverage_of, run_cases
from upheld.policy.editions import load_edition, shipped_edition, shipped_folder

PROBLEMS: list = []
CASES = read_cases(shipped_edition(), PROBLEMS)


def test_the_case_files_have_no_faults():
    assert [str(problem) for problem in PROBLEMS] == []
    assert CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.noun}: {case.title}")
def test_case(case):
    assert differences(case, answer_by_policy(shipped_edition(), case)) == []


def test_every_executable_clause_has_a_passing_case():
    found = coverage_of(shipped_edition(), run_cases(shipped_edition(), CASES))
    assert [entry.clause for entry in found if not entry.carried_out] == []


def test_the_template_passes_by_itself():
    edition = load_edition(shipped_folder() / "_template")
    problems: list = []
    cases = read_cases(edition, problems)
    assert problems == []
    assert [differing for _, differing in run_cases(edition, cases) if differing] == []
    assert all(entry.carried_out for entry in coverage_of(edition, run_cases(edition, cases)))
