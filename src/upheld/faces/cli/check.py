"""`upheld check`: every fault of a standards folder at once, every case run on policy, and a reviewer's warnings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from upheld.policy.cases import read_cases
from upheld.policy.coverage import coverage_of, run_cases
from upheld.policy.editions import load_edition
from upheld.policy.kinds import NOUNS
from upheld.policy.problems import Problem, StandardRefused
from upheld.policy.reviewer import review
from upheld.policy.speech_labelled import quality_of, read_labelled


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld check`."""
    parser = subparsers.add_parser(
        "check", help="find every fault of a folder of standards and run its cases"
    )
    parser.add_argument("folder", nargs="?", type=Path, help="left out: the shipped standards")
    parser.add_argument("--strict", action="store_true", help="fail on warnings that no reading records, too")
    parser.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    """Print every fault with file, line, clause and remedy; exit code 1 when there is any.

    Warnings come apart, after the errors. They fail the check only under `--strict`, and only where no reading of the
    standard records them.
    """
    try:
        edition = load_edition(words.folder)
    except StandardRefused as refused:
        _print(list(refused.problems))
        print(f"refused: {len(refused.problems)} error(s); no edition was made", file=sys.stderr)
        return 1
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    problems: list[Problem] = []
    cases = read_cases(edition, problems)
    outcomes = run_cases(edition, cases)
    for case, differing in outcomes:
        for difference in differing:
            remedy = "mend the case or the rule: one of them is wrong."
            message = f"case '{case.title}': {difference}."
            problems.append(Problem(case.file, case.line, message, remedy, ", ".join(case.clauses)))
    for entry in coverage_of(edition, outcomes):
        if entry.status == "executable" and not entry.cases:
            clause = edition.clause(entry.clause)
            message = "the clause is executable but has no case."
            problems.append(Problem(clause.file, clause.line, message, "add a case for it.", clause.id))
    labelled = read_labelled(edition, problems)
    _print(problems)
    for quality in quality_of(edition, labelled):
        print(f"labelled lines: {quality}")
    warnings = review(edition)
    for warning in warnings:
        print(warning, file=sys.stderr)
    open_warnings = sum(1 for warning in warnings if not warning.reading)
    rows = sum(len(table.rows) for noun in NOUNS for table in edition.tables(noun))
    failed = sum(1 for _, differing in outcomes if differing)
    print(
        f"edition {edition.name}: {len(edition.standards)} standard(s), {len(list(edition.clauses()))} clauses, "
        f"{rows} rows, {len(outcomes)} cases, {failed} failing, {len(problems)} error(s), "
        f"{len(warnings)} warning(s), of which {len(warnings) - open_warnings} recorded in readings"
    )
    return 1 if problems or (words.strict and open_warnings) else 0


def _print(problems: list[Problem]) -> None:
    for problem in sorted(problems):
        print(problem, file=sys.stderr)
