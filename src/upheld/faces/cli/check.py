"""`upheld check`: every fault of a standards folder at once, then every case run on policy."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from upheld.policy.cases import read_cases
from upheld.policy.coverage import coverage_of, run_cases
from upheld.policy.editions import load_edition
from upheld.policy.kinds import NOUNS
from upheld.policy.problems import Problem, StandardRefused


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld check`."""
    parser = subparsers.add_parser(
        "check", help="find every fault of a folder of standards and run its cases"
    )
    parser.add_argument("folder", nargs="?", type=Path, help="left out: the shipped standards")
    parser.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    """Print every fault with file, line, clause and remedy; exit code 1 when there is any."""
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
    _print(problems)
    rows = sum(len(table.rows) for noun in NOUNS for table in edition.tables(noun))
    failed = sum(1 for _, differing in outcomes if differing)
    print(
        f"edition {edition.name}: {len(edition.standards)} standard(s), {len(list(edition.clauses()))} clauses, "
        f"{rows} rows, {len(outcomes)} cases, {failed} failing, {len(problems)} error(s)"
    )
    return 1 if problems else 0


def _print(problems: list[Problem]) -> None:
    for problem in sorted(problems):
        print(problem, file=sys.stderr)
