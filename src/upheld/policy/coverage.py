"""How far a standard is carried out: for each clause its status, its rows and its cases, and whether they pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from upheld.policy.cases import Case, answer_by_policy, differences
from upheld.policy.editions import Edition
from upheld.policy.kinds import NOUNS
from upheld.policy.tables import Row, Table


@dataclass
class ClauseCoverage:
    """One clause with its rows (by table), the tables that carry it out as a whole, and its cases with differences."""

    clause: str
    standard: str
    status: str
    confidence: str
    nouns: list[str] = field(default_factory=list)
    rows: list[tuple[Table, Row]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    cases: list[tuple[Case, list[str]]] = field(default_factory=list)

    @property
    def passing(self) -> int:
        """Count the cases that pass on policy."""
        return sum(1 for _, found in self.cases if not found)

    @property
    def carried_out(self) -> bool:
        """Say whether an executable clause has a passing case and no failing one; other clauses need none."""
        return self.status != "executable" or (0 < self.passing == len(self.cases))


def run_cases(edition: Edition, cases: Iterable[Case]) -> list[tuple[Case, list[str]]]:
    """Run cases on policy; each with its differences, none when it passes."""
    return [(case, differences(case, answer_by_policy(edition, case))) for case in cases]


def coverage_of(edition: Edition, outcomes: Iterable[tuple[Case, list[str]]]) -> list[ClauseCoverage]:
    """Return the coverage of every clause, in the order of the standards."""
    found = {
        clause.id: ClauseCoverage(clause.id, clause.standard, clause.status, clause.confidence)
        for clause in edition.clauses()
    }
    for noun in NOUNS:
        for table in edition.tables(noun):
            if table.clause is not None:
                found[table.clause].tables.append(table)
                found[table.clause].nouns.append(noun)
            for row in table.rows:
                found[row.clause].rows.append((table, row))
                found[row.clause].nouns.append(noun)
    for case, differing in outcomes:
        for clause in case.clauses:
            found[clause].cases.append((case, differing))
    for entry in found.values():
        entry.nouns = list(dict.fromkeys(entry.nouns))
    return list(found.values())
