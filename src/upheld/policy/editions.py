"""An edition: standards, readings and parameters as a company puts them in force from a day, named by content.

`load_edition` is the only way to get one. It reads everything, finds every fault, and gives a whole edition or none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from upheld.policy import checker, floors
from upheld.policy.agent_lines import Moment, read_lines
from upheld.policy.calendars import OfficialCalendar, read_calendars
from upheld.policy.checklists import CheckList, read_checklists
from upheld.policy.kinds import NOUNS
from upheld.policy.lunar import LunarCalendar, read_lunar
from upheld.policy.message_templates import Template, read_templates
from upheld.policy.problems import OutsideDates, Problem, StandardRefused, nearest
from upheld.policy.rows import Choices, read_tables
from upheld.policy.self_help import Guide, read_self_help
from upheld.policy.speech_wording import Wording, missing_lists, read_wording
from upheld.policy.standards import (
    Clause,
    Sources,
    Standard,
    read_sources,
    read_standard,
    shipped_folder,
    standard_folders,
)
from upheld.policy.tables import Table

DEFAULT_ACTIVE_FROM = date(2005, 1, 1)
SHIPPED_LAW = "LAW"
"""The id of the shipped standard that is a floor of every other one."""


@dataclass(frozen=True)
class Edition:
    """Standards in force from a day: what every answer and every stored promise names."""

    name: str
    content_hash: str
    active_from: date
    standards: tuple[Standard, ...]
    sources: Sources
    readings: Mapping[str, str]
    parameters: Mapping[str, Any]
    lunar: LunarCalendar
    calendars: Mapping[str, OfficialCalendar]
    wording: Wording
    checklists: tuple[CheckList, ...]
    self_help: tuple[Guide, ...]
    moments: tuple[Moment, ...]
    """What agents say at each moment of a call (`agent_lines.lines_for`)."""
    templates: Mapping[str, Template]
    """The wordings of messages by name (`message_templates.filled_in`)."""
    used: frozenset[str]
    """The readings and parameters that rows name, whether or not those rows are switched on."""
    _tables: Mapping[str, tuple[Table, ...]] = field(repr=False)
    _by_kind: Mapping[tuple[str, str], tuple[Table, ...]] = field(repr=False)
    _clauses: Mapping[str, Clause] = field(repr=False)

    def tables(self, noun: str, kind: str | None = None) -> tuple[Table, ...]:
        """Return the tables of a noun (and kind), in the order of the standards and files."""
        return self._tables.get(noun, ()) if kind is None else self._by_kind.get((noun, kind), ())

    def clauses(self) -> Iterator[Clause]:
        """Go through every clause of every standard, in the order of the files."""
        return iter(self._clauses.values())

    def clause(self, clause_id: str) -> Clause:
        """Return a clause by its id; raises KeyError naming the nearest id."""
        try:
            return self._clauses[clause_id]
        except KeyError:
            raise KeyError(f"no clause {clause_id}{nearest(clause_id, self._clauses)}") from None

    def standard(self, standard_id: str) -> Standard:
        """Return a standard by its id; raises KeyError."""
        return next(s for s in self.standards if s.id == standard_id)

    def require_day(self, day: date) -> None:
        """Refuse a day on which no standard of the edition is in force; raises `OutsideDates`."""
        if day >= self.active_from and any(
            s.in_force_from <= day and (s.in_force_until is None or day < s.in_force_until)
            for s in self.standards
        ):
            return
        raise OutsideDates(f"no standard of edition {self.name} is in force on {day}")


def load_edition(
    folder: Path | str | None = None,
    *,
    sources: Sources | None = None,
    readings: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    active_from: date = DEFAULT_ACTIVE_FROM,
) -> Edition:
    """Load every standard of a folder (the shipped ones by default), or of a snapshot's `sources`, as one edition.

    `readings` turns recorded readings to another option, `parameters` changes named values. Raises `StandardRefused`
    with every error found, FileNotFoundError for a missing folder.
    """
    problems: list[Problem] = []
    if sources is None:
        sources = read_sources(Path(folder) if folder is not None else shipped_folder(), problems)
    standards = [read_standard(sources, name, problems) for name in standard_folders(sources, problems)]
    choices = Choices(readings or {}, parameters or {})
    _check_choices(standards, choices, problems)
    tables: list[Table] = []
    order = 0
    for standard in standards:
        read = read_tables(sources, standard, choices, order, problems)
        order = max([order, *(row.order for table in read for row in table.rows)])
        tables += read
    lunar = read_lunar(_calendar_text(sources), problems)
    calendars = read_calendars(sources, problems)
    wording = read_wording(sources, standards, problems)
    problems += missing_lists(tables, wording)
    checklists = read_checklists(sources, standards, problems)
    moments = read_lines(sources, standards, problems)
    self_help = read_self_help(sources, standards, problems)
    for read_beside in (_read_plans, _read_guide):
        read_beside(sources, standards, problems)
    templates = read_templates(sources, standards, problems)
    problems += _shared_ids(standards)
    problems += checker.check_tables(standards, tables, choices)
    problems += checker.check_parameters(standards, choices)
    problems += floors.check_clocks(tables, calendars, _legal_floor(standards, tables))
    if problems:
        raise StandardRefused(problems)
    return _edition(
        sources,
        standards,
        tables,
        choices,
        lunar,
        calendars,
        wording,
        checklists,
        moments,
        self_help,
        templates,
        active_from,
    )


def _read_plans(sources: Sources, standards: list[Standard], problems: list[Problem]) -> None:
    from upheld.policy.plan_fit import read_plans  # which gives the plans of an edition

    read_plans(sources, standards, problems)


def _read_guide(sources: Sources, standards: list[Standard], problems: list[Problem]) -> None:
    from upheld.policy.guide_pages import read_guide  # which gives the guide of an edition

    read_guide(sources, standards, problems)


@lru_cache(maxsize=1)
def shipped_edition() -> Edition:
    """Return the default edition: every shipped standard with its default readings and parameters."""
    return load_edition()


def _edition(
    sources: Sources,
    standards: list[Standard],
    tables: list[Table],
    choices: Choices,
    lunar: LunarCalendar,
    calendars: Mapping[str, OfficialCalendar],
    wording: Wording,
    checklists: tuple[CheckList, ...],
    moments: tuple[Moment, ...],
    self_help: tuple[Guide, ...],
    templates: Mapping[str, Template],
    active_from: date,
) -> Edition:
    content = hashlib.sha256()
    for path in sorted(sources):
        if "/cases/" not in path:  # cases test the content, they are not part of it
            content.update(f"{path}\0{sources[path]}\0".encode())
    overrides = {"readings": dict(choices.readings), "parameters": dict(choices.parameters)}
    content.update(json.dumps(overrides, sort_keys=True, default=str).encode())
    digest = content.hexdigest()
    by_kind: dict[tuple[str, str], list[Table]] = {}
    for table in tables:
        by_kind.setdefault((table.noun, table.kind), []).append(table)
    readings = {r.id: r.choice for s in standards for r in s.readings.values()} | dict(choices.readings)
    parameters = {p.name: p.value for s in standards for p in s.parameters.values()} | dict(
        choices.parameters
    )
    return Edition(
        name=f"{active_from.isoformat()}-{digest[:10]}",
        content_hash=digest,
        active_from=active_from,
        standards=tuple(standards),
        sources=sources,
        readings=readings,
        parameters=parameters,
        lunar=lunar,
        calendars=calendars,
        wording=wording,
        checklists=checklists,
        self_help=self_help,
        moments=moments,
        templates=templates,
        used=frozenset(choices.used),
        _tables={noun: tuple(t for t in tables if t.noun == noun) for noun in NOUNS},
        _by_kind={key: tuple(found) for key, found in by_kind.items()},
        _clauses={clause.id: clause for s in standards for clause in s.clauses.values()},
    )


def _legal_floor(standards: list[Standard], tables: list[Table]) -> list[Table]:
    """Return the tables of the law: the edition's own, and the shipped law where the edition does not bring it."""
    own = {standard.id for standard in standards if standard.floor}
    law = [table for table in tables if table.standard in own]
    return law if SHIPPED_LAW in own else law + _shipped_floor()


@lru_cache(maxsize=1)
def _shipped_floor() -> list[Table]:
    sources = read_sources(shipped_folder())
    choices, faults = Choices({}, {}), list[Problem]()
    found = [
        read_standard(sources, path.split("/")[0], faults)
        for path, text in sources.items()
        if path.endswith("/standard.yaml") and "\nfloor: true" in text
    ]
    return [table for standard in found for table in read_tables(sources, standard, choices, 0, faults)]


def _check_choices(standards: list[Standard], choices: Choices, problems: list[Problem]) -> None:
    """Refuse choices of readings and parameters that no standard knows."""
    known_readings = {r.id: r for s in standards for r in s.readings.values()}
    known_parameters = {p.name for s in standards for p in s.parameters.values()}
    for reading, option in choices.readings.items():
        if reading not in known_readings:
            message = f"reading '{reading}' does not exist{nearest(reading, known_readings)}"
            problems.append(Problem("edition", 0, message, "name a recorded reading."))
        elif option not in known_readings[reading].options:
            known = ", ".join(known_readings[reading].options)
            message = f"reading '{reading}' has no option '{option}'."
            problems.append(
                Problem("edition", 0, message, f"use one of {known}.", known_readings[reading].clause)
            )
    for parameter in choices.parameters:
        if parameter not in known_parameters:
            message = f"parameter '{parameter}' does not exist{nearest(parameter, known_parameters)}"
            problems.append(Problem("edition", 0, message, "name a parameter of a standard."))


def _shared_ids(standards: list[Standard]) -> list[Problem]:
    """Find ids that two standards both use: readings and parameters are chosen by id over the whole edition."""
    problems = []
    seen: dict[str, str] = {}
    for standard in standards:
        entries = [("standard", standard.id, f"{standard.folder}/standard.yaml", 1)]
        entries += [("reading", r.id, r.file, r.line) for r in standard.readings.values()]
        entries += [("parameter", p.name, p.file, p.line) for p in standard.parameters.values()]
        for what, name, file, line in entries:
            key = f"{what} {name}"
            if key in seen:
                problems.append(
                    Problem(file, line, f"{what} '{name}' is also in {seen[key]}.", "rename one of them.")
                )
            seen.setdefault(key, file)
    return problems


def _calendar_text(sources: Sources) -> tuple[str, str]:
    """Return path and text of the lunar calendar: the folder's own, else the shipped one."""
    path = "_calendars/lunar.yaml"
    if path in sources:
        return path, sources[path]
    return path, (shipped_folder() / path).read_text(encoding="utf-8")
