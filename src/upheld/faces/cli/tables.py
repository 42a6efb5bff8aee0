"""`upheld table`: a rule table out to an Excel sheet and back, for people who live in Excel.

An import changes the file only when nothing is wrong: not with a cell, and not with the standard as it would be then.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from upheld.policy.problems import Problem

if TYPE_CHECKING:
    from upheld.gateways.rule_text import RuleText
    from upheld.gateways.sheet_reading import CellProblem, SheetTable

Faults = list[Problem]


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld table export` and `upheld table import`."""
    parser = subparsers.add_parser("table", help="take a rule table out to Excel, or bring it back")
    acts = parser.add_subparsers(metavar="ACT", required=True)
    out = acts.add_parser("export", help="write a table of a rule file as an Excel workbook")
    out.add_argument("file", type=Path, metavar="RULES.yaml", help="such as standards/law/rules/windows.yaml")
    out.add_argument("--table", metavar="NAME", help="its name; may be left out where the file has one table")
    out.add_argument("--into", type=Path, required=True, metavar="FILE.xlsx")
    out.set_defaults(run=export_table)
    back = acts.add_parser("import", help="put an exported and changed workbook back into its rule file")
    back.add_argument("file", type=Path, metavar="FILE.xlsx")
    back.add_argument("--into", type=Path, required=True, metavar="RULES.yaml")
    back.set_defaults(run=import_table)


def export_table(words: argparse.Namespace) -> int:
    """Write the workbook; exit code 1, with the names of the tables, where none or several fit."""
    from upheld.gateways.rule_text import TextRefused, tables_of
    from upheld.gateways.sheets import write_table
    from upheld.policy.kinds import KINDS

    path: Path = words.file
    noun = path.stem
    if noun not in KINDS:
        return _refuse(f"{path.name} is not named after a noun: {', '.join(KINDS)}")
    try:
        tables = {str(table.get("table")): table for table in tables_of(_text(path), path.name)}
    except (TextRefused, OSError, UnicodeDecodeError) as error:
        return _refuse(f"{error}")
    names = [words.table] if words.table else list(tables)
    if len(names) != 1 or names[0] not in tables:
        wanted = f"there is no table '{words.table}'; " if words.table else "choose one by --table; "
        return _refuse(f"{wanted}{path} has {', '.join(tables) or 'no tables'}")
    table = tables[names[0]]
    if table.get("kind") not in KINDS[noun] or not all(
        isinstance(row, dict) for row in table.get("rows") or []
    ):
        return _refuse(f"table '{names[0]}' has faults; run `upheld check` on its folder first")
    count = write_table(table, noun=noun, clauses=_clauses(path), into=words.into)
    print(f"{words.into}: table {names[0]}, {count} row(s)")
    return 0


def import_table(words: argparse.Namespace) -> int:
    """Put the workbook's rows into the rule file; exit code 1 with every fault, and nothing written, otherwise."""
    from upheld.gateways.rule_text import TextRefused, put_table
    from upheld.gateways.sheet_reading import SheetRefused, read_table

    path: Path = words.into
    try:
        sheet = read_table(words.file)
        if sheet.noun != path.stem:
            return _refuse(f"the workbook holds {sheet.noun}, but {path.name} holds {path.stem}")
        before = _text(path) if path.is_file() else ""
        found = put_table(before, path.name, head=sheet.head, rows=sheet.rows)
    except SheetRefused as refused:
        return _refuse(*refused.problems)
    except (TextRefused, OSError, UnicodeDecodeError) as error:
        return _refuse(f"{error}")
    faults, standing = _judge(path, sheet, found)
    if faults:
        return _refuse(*faults)
    for problem in standing:
        print(f"was there before: {problem}", file=sys.stderr)
    if found.text == before:
        print(f"{path}: nothing changed")
        return 0
    path.write_bytes(found.text.encode("utf-8"))
    counts = f"{len(sheet.rows)} row(s), {found.changed} new or changed, {found.removed} taken out"
    print(f"{path}: table {sheet.head['table']}, {counts}")
    print(f"now run `upheld check {path.parent.parent}`: the cases say what the change means")
    if found.lost_comments:
        print(f"{found.lost_comments} comment line(s) inside changed rows were not kept", file=sys.stderr)
    return 0


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _clauses(path: Path) -> list[str]:
    """List the executable clauses of the standard that a rule file belongs to, for the drop-down list."""
    from upheld.policy.standards import entries

    clauses = path.resolve().parent.parent / "clauses.yaml"
    if not clauses.is_file():
        return []
    found = entries({"clauses.yaml": clauses.read_text(encoding="utf-8")}, "clauses.yaml", [])
    return [
        str(clause["id"])
        for clause in found
        if isinstance(clause, dict) and clause.get("status") == "executable"
    ]


def _judge(path: Path, sheet: SheetTable, found: RuleText) -> tuple[list[CellProblem], Faults]:
    """Check the standard as it would be: return the faults that the workbook brings, and those that were there."""
    from upheld.gateways.sheet_reading import CellProblem

    folder = path.resolve().parent.parent
    name = f"{folder.name}/rules/{path.name}"
    old = {_key(problem) for problem in _problems(folder, {})}
    now = _problems(folder, {name: found.text})
    faults, standing = list(sheet.problems), []
    for problem in now:
        row = _row_at(problem, name, found)
        if row is None:
            if _key(problem) in old:
                standing.append(problem)
            elif not sheet.problems:  # a row that could not be read leaves a gap that is none
                faults.append(
                    CellProblem("", "", str(problem).partition(" Remedy: ")[0], problem.remedy.rstrip("."))
                )
            continue
        message = re.sub(r"line (\d+)", lambda m: _sheet_line(int(m[1]), sheet, found), problem.message)
        cell = sheet.cell_about(row, problem.message)
        if cell is not None:
            faults.append(CellProblem("rows", cell, message.rstrip("."), problem.remedy.rstrip(".")))
    return faults, standing


def _key(problem: Problem) -> tuple[str, str, str | None]:
    return problem.file, problem.message, problem.clause


def _problems(folder: Path, changed: dict[str, str]) -> Faults:
    from upheld.policy.editions import load_edition
    from upheld.policy.problems import StandardRefused
    from upheld.policy.standards import read_sources

    try:
        sources = read_sources(folder) if (folder / "standard.yaml").is_file() else {}
        load_edition(sources={**sources, **changed})
    except StandardRefused as refused:
        return list(refused.problems)
    return []


def _row_at(problem: Problem, name: str, found: RuleText) -> int | None:
    """Return the row (from 0) of the changed table that a fault's line lies in."""
    if problem.file != name:
        return None
    starts = [line for line in found.row_lines if line <= problem.line]
    if not starts or problem.line >= found.rows_end:
        return None
    return len(starts) - 1


def _sheet_line(line: int, sheet: SheetTable, found: RuleText) -> str:
    return (
        f"line {sheet.lines[found.row_lines.index(line)][0]}"
        if line in found.row_lines
        else f"line {line} of the file"
    )


def _refuse(*reasons: object) -> int:
    for reason in reasons:
        print(reason, file=sys.stderr)
    print(f"nothing was written: {len(reasons)} reason(s)", file=sys.stderr)
    return 1
