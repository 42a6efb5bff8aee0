"""`upheld clause KEY-5`: the whole trail of one clause, from its words to the pages that count it."""

from __future__ import annotations

import argparse
import sys

from upheld.faces.cli.editions import add_choice, chosen_edition
from upheld.policy.cases import read_cases
from upheld.policy.coverage import ClauseCoverage, coverage_of, run_cases
from upheld.policy.editions import Edition
from upheld.policy.guidance import responsible_for
from upheld.policy.reviewer import review
from upheld.policy.standards import Clause
from upheld.policy.tables import Row, Table


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `upheld clause`."""
    parser = subparsers.add_parser(
        "clause", help="print the trail of one clause: words, readings, rows, cases, pages"
    )
    parser.add_argument("clause", help="a clause id, such as KEY-5")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    """Print the trail; exit code 2 for an unknown clause."""
    edition = chosen_edition(words)
    if edition is None:
        return 2
    try:
        clause = edition.clause(words.clause)
    except KeyError as unknown:
        print(unknown.args[0], file=sys.stderr)
        return 2
    cases = [case for case in read_cases(edition, []) if clause.id in case.clauses]
    entry = next(e for e in coverage_of(edition, run_cases(edition, cases)) if e.clause == clause.id)
    _print_words(edition, clause)
    _print_readings(edition, clause)
    _print_checklists(edition, clause)
    _print_self_help(edition, clause)
    _print_warnings(edition, clause)
    _print_rows(entry)
    _print_cases(entry)
    _print_places(clause, entry)
    return 0


def _print_words(edition: Edition, clause: Clause) -> None:
    standard = edition.standard(clause.standard)
    print(f"{clause.id}  {clause.title['zh']}  {clause.title['en']}")
    print(f"  {standard.title['zh']} / {standard.title['en']} ({standard.issuer['en']})")
    print(f"  {clause.text['zh']}\n  {clause.text['en']}")
    shown = "public" if clause.public else "internal"
    print(
        f"  status {clause.status}, confidence {clause.confidence}, {shown}; in the source: {clause.locator or '-'}"
    )
    responsible = responsible_for(edition=edition, clause=clause)
    if responsible is not None or clause.shown_on:
        print(f"  falls to {responsible or '-'}; people are reminded at: {', '.join(clause.shown_on) or '-'}")
    if clause.why_not:
        print(f"  no rule: {clause.why_not['zh']} / {clause.why_not['en']}")
    print(f"  {clause.file}:{clause.line}")


def _print_readings(edition: Edition, clause: Clause) -> None:
    for reading in edition.standard(clause.standard).readings.values():
        if reading.clause != clause.id:
            continue
        print(f"\nreading {reading.id}  {reading.file}:{reading.line}")
        print(f"  {reading.question['zh']} / {reading.question['en']}")
        choice = edition.readings[reading.id]
        for option, meaning in reading.options.items():
            print(f"  {'->' if str(option) == choice else '  '} {option}: {meaning['zh']} / {meaning['en']}")
        if not reading.options:
            print(f"  -> {choice}")
        print(f"  because {reading.because['zh']} / {reading.because['en']} ({reading.by}, {reading.on})")


def _print_checklists(edition: Edition, clause: Clause) -> None:
    for found in edition.checklists:
        items = [item for item in found.items if item.clause == clause.id]
        if items:
            print(f"\ncheck list {found.name}  {found.file}:{found.line}")
        for item in items:
            print(f"  [ ] {item.text['zh']} / {item.text['en']}")


def _print_self_help(edition: Edition, clause: Clause) -> None:
    for guide in edition.self_help:
        if guide.clause == clause.id:
            print(f"\nself-help {guide.name}  {guide.file}:{guide.line}")
            for step in guide.steps:
                print(f"  {step.name}: {step.do['zh']} / {step.do['en']}")


def _print_warnings(edition: Edition, clause: Clause) -> None:
    for warning in review(edition):
        if warning.clause == clause.id:
            print(f"\n{warning}")


def _print_rows(entry: ClauseCoverage) -> None:
    tables = list(
        dict.fromkeys([*(table.name for table in entry.tables), *(table.name for table, _ in entry.rows)])
    )
    for name in tables:
        table = next(t for t in [*entry.tables, *(t for t, _ in entry.rows)] if t.name == name)
        print(
            f"\n{table.noun} table {table.name} ({table.kind}, take {table.take})  {table.file}:{table.line}"
        )
        for owner, row in entry.rows:
            if owner.name == name:
                print(f"  {_row_text(owner, row)}  {row.file}:{row.line}")


def _row_text(table: Table, row: Row) -> str:
    when = " and ".join(_condition_text(str(c), c.fact) for c in row.conditions) or "everyone"
    answers = []
    for key, value in row.answer.items():
        if key == "owed":
            answers += [" ".join(_owed_words(item)) for item in value]
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            answers.append(f"{key} {shown}")
    until = f" until {row.until_date}" if row.until_date else ""
    return f"{when} -> {'; '.join(answers) or table.kind} (from {row.from_date}{until}, {row.confidence})"


def _condition_text(text: str, fact: str) -> str:
    """Show amounts in yuan, as the standard writes them."""
    if not fact.endswith("_yuan"):
        return text
    return " ".join(f"{int(word) / 100:g}" if word.isdigit() else word for word in text.split())


def _owed_words(item: dict[str, object]) -> list[str]:
    times = [] if item["times"] is None else [f"{item['times']}x"]
    occasion = [] if item["on"] is None else [f"on {item['on']}"]
    return [
        str(item["channel"]),
        *times,
        f"per {item['per']}".replace("per on_demand", "on demand"),
        *occasion,
    ]


def _print_cases(entry: ClauseCoverage) -> None:
    if entry.cases:
        print("\ncases")
    for case, differing in entry.cases:
        print(f"  {'pass' if not differing else 'FAIL'}  {case.title}  {case.file}:{case.line}")
        for difference in differing:
            print(f"        {difference}")


def _print_places(clause: Clause, entry: ClauseCoverage) -> None:
    print("\nfrom here")
    for noun in entry.nouns:
        print(
            f"  answer     upheld ask {noun}   (src/upheld/policy/{noun}.py, in batch src/upheld/batch/{noun}.py)"
        )
    if "contacts" in entry.nouns:
        print(
            "  promises   upheld run           (src/upheld/operations/plan_contacts.py -> records/promises)"
        )
    print(f"  page       /clauses/{clause.id}/")
    print(f"  dashboard  /dashboard/{clause.id}/")
