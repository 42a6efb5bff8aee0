"""Accept a folder of standards or refuse it: sound rules are not enough, its own cases must come out as they say.

`upheld check` shows what is found here; a company's activation goes through here. Cases prove a standard under its
own readings and parameters; a company that turns one has made a choice, not a mistake, so its turned edition is only
loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from upheld.policy.cases import Case, cases_in, read_cases
from upheld.policy.coverage import coverage_of, run_cases
from upheld.policy.editions import DEFAULT_ACTIVE_FROM, Edition, load_edition
from upheld.policy.problems import Problem, StandardRefused
from upheld.policy.speech_labelled import LabelledLine, read_labelled
from upheld.policy.standards import Sources, read_sources, read_standard, shipped_folder, standard_folders


@dataclass(frozen=True)
class Examination:
    """What an examination found: every error, and where the rules are sound the edition with its cases' outcomes.

    `unproven` names executable clauses without a case: `upheld check` fails on them, an activation does not.
    """

    problems: tuple[Problem, ...]
    unproven: tuple[Problem, ...] = ()
    edition: Edition | None = None
    outcomes: tuple[tuple[Case, list[str]], ...] = ()
    labelled: tuple[LabelledLine, ...] = ()


def accepted_edition(
    folder: Path | str | None = None,
    *,
    readings: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    active_from: date = DEFAULT_ACTIVE_FROM,
) -> Edition:
    """Load a folder's edition as a company turns it, having examined the folder by its own cases first.

    Raises `StandardRefused` with every error of rules and cases, FileNotFoundError for a missing folder.
    """
    faults: list[Problem] = []
    sources = read_sources(Path(folder) if folder is not None else shipped_folder(), faults)
    faults += examine(sources).problems
    if faults:
        raise StandardRefused(faults)
    return load_edition(sources=sources, readings=readings, parameters=parameters, active_from=active_from)


_LATEST: list[tuple[Sources, Examination]] = []
_REMEMBERED = 4


def examine(sources: Sources) -> Examination:
    """Find every error of some sources: of the rules, of the cases as written, and of what the cases come out as.

    The latest few examinations are remembered, since a folder is often activated as soon as it was checked.
    """
    for examined, found in _LATEST:
        if examined == sources:
            return found
    found = _examine(sources)
    _LATEST.insert(0, (sources, found))
    del _LATEST[_REMEMBERED:]
    return found


def _examine(sources: Sources) -> Examination:
    problems: list[Problem] = []
    try:
        edition = load_edition(sources=sources)
    except StandardRefused as refused:
        problems += refused.problems
        standards = [read_standard(sources, folder, []) for folder in standard_folders(sources, [])]
        cases_in(sources, {clause for standard in standards for clause in standard.clauses}, problems)
        return Examination(tuple(problems))
    outcomes = run_cases(edition, read_cases(edition, problems))
    for case, differing in outcomes:
        for difference in differing:
            remedy = "mend the case or the rule: one of them is wrong."
            message = f"case '{case.title}': {difference}."
            problems.append(Problem(case.file, case.line, message, remedy, ", ".join(case.clauses)))
    labelled = read_labelled(edition, problems)
    unproven = [
        Problem(clause.file, clause.line, "the clause is executable but has no case.", "add one.", clause.id)
        for entry in coverage_of(edition, outcomes)
        if entry.status == "executable" and not entry.cases
        for clause in [edition.clause(entry.clause)]
    ]
    return Examination(tuple(problems), tuple(unproven), edition, tuple(outcomes), tuple(labelled))
