"""`upheld coverage`: clause by clause, how far the standards are carried out."""

from __future__ import annotations

import argparse
import json

from upheld.faces.cli.editions import add_choice, chosen_edition
from upheld.policy.cases import read_cases
from upheld.policy.coverage import ClauseCoverage, coverage_of, run_cases


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld coverage`."""
    parser = subparsers.add_parser("coverage", help="show status, rows and cases of every clause")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    """Print the coverage; exit code 1 when an executable clause has no passing case."""
    edition = chosen_edition(words)
    if edition is None:
        return 2
    found = coverage_of(edition, run_cases(edition, read_cases(edition, [])))
    if words.json:
        print(
            json.dumps(
                {"edition": edition.name, "clauses": [_as_json(e) for e in found]},
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        _print_table(found)
    return 0 if all(entry.carried_out for entry in found) else 1


def _as_json(entry: ClauseCoverage) -> dict[str, object]:
    return {
        "clause": entry.clause,
        "standard": entry.standard,
        "status": entry.status,
        "confidence": entry.confidence,
        "nouns": entry.nouns,
        "rows": len(entry.rows),
        "tables": [table.name for table in entry.tables],
        "cases": len(entry.cases),
        "passing": entry.passing,
    }


def _print_table(found: list[ClauseCoverage]) -> None:
    print(f"{'clause':<9} {'status':<11} {'confidence':<12} {'rows':>4} {'cases':>5} {'pass':>4}  nouns")
    for e in found:
        rows = len(e.rows) or ("*" if e.tables else 0)
        mark = "" if e.carried_out else "  <- not carried out"
        nouns = ", ".join(e.nouns)
        print(
            f"{e.clause:<9} {e.status:<11} {e.confidence:<12} {rows:>4} {len(e.cases):>5} {e.passing:>4}  {nouns}{mark}"
        )
    executable = [entry for entry in found if entry.status == "executable"]
    print(
        f"\n{len(found)} clauses: {len(executable)} executable, of which {sum(e.carried_out for e in executable)} with "
        f"all their cases passing; {sum(e.status == 'guidance' for e in found)} guidance, "
        f"{sum(e.status == 'pending' for e in found)} pending, "
        f"{sum(e.status == 'illegible' for e in found)} illegible. "
        "* = carried out by how a table combines its rows."
    )
