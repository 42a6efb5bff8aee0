"""`upheld check`: every fault of a standards folder at once, every case run on policy, and a reviewer's warnings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from upheld.policy.acceptance import examine
from upheld.policy.kinds import NOUNS
from upheld.policy.problems import Problem
from upheld.policy.reviewer import review
from upheld.policy.speech_labelled import quality_of
from upheld.policy.standards import read_sources, shipped_folder


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
    faults: list[Problem] = []
    try:
        sources = read_sources(words.folder or shipped_folder(), faults)
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 1
    found = examine(sources)
    problems = [*faults, *found.problems, *found.unproven]
    for problem in sorted(problems):
        print(problem, file=sys.stderr)
    edition = found.edition
    if edition is None or faults:
        print(f"refused: {len(problems)} error(s); no edition was made", file=sys.stderr)
        return 1
    for quality in quality_of(edition, found.labelled):
        print(f"labelled lines: {quality}")
    warnings = review(edition)
    for warning in warnings:
        print(warning, file=sys.stderr)
    open_warnings = sum(1 for warning in warnings if not warning.reading)
    rows = sum(len(table.rows) for noun in NOUNS for table in edition.tables(noun))
    failed = sum(1 for _, differing in found.outcomes if differing)
    print(
        f"edition {edition.name}: {len(edition.standards)} standard(s), {len(list(edition.clauses()))} clauses, "
        f"{rows} rows, {len(found.outcomes)} cases, {failed} failing, {len(problems)} error(s), "
        f"{len(warnings)} warning(s), of which {len(warnings) - open_warnings} recorded in readings"
    )
    return 1 if problems or (words.strict and open_warnings) else 0
