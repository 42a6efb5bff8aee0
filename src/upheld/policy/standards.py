"""Read a standard's own words: who issued it, its clauses, readings and parameters.

The rule tables of the same folder are read in `rows.py`. Everything arrives as text by path, so that a standard on
disk and one kept in the database are read by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from upheld.policy import loader
from upheld.policy.kinds import CLAUSE_KINDS, CONFIDENCES, RESPONSIBLE, SHOWN_ON, STATUSES
from upheld.policy.problems import WARNINGS, Problem, StandardRefused, nearest

Sources = dict[str, str]
"""The text of every YAML file of a standards folder, by its path below the folder."""


@dataclass(frozen=True)
class Clause:
    """One clause of a standard: our paraphrase, where it stands in the source, and whether a rule carries it out.

    `responsible` is who the duty falls to where rules do not say it, `shown_on` where people are reminded of it.
    """

    id: str
    kind: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    locator: str
    status: str
    confidence: str
    standard: str
    file: str
    line: int
    public: bool = False
    why_not: Mapping[str, str] = field(default_factory=dict)
    responsible: str | None = None
    shown_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How a doubt in the source is read: the question, the options a company may turn to, the choice and why.

    `settles` names the reviewer's warnings about the clause that this reading has dealt with.
    """

    id: str
    clause: str
    question: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    choice: str
    because: Mapping[str, str]
    by: str
    on: date | None
    file: str
    line: int
    settles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """A named value that a company may change, with its unit and the clause it comes from.

    `follows` names the parameters that it is a part of, and `divided_by` which part (12: a month's of a year's).
    """

    name: str
    value: Any
    unit: str
    clause: str
    confidence: str
    title: Mapping[str, str]
    file: str
    line: int
    follows: tuple[str, ...] = ()
    divided_by: int = 1


@dataclass(frozen=True)
class Standard:
    """A standard's head and words; `folder` is its place below the standards folder."""

    id: str
    folder: str
    title: Mapping[str, str]
    issuer: Mapping[str, str]
    time_zone: str
    in_force_from: date
    in_force_until: date | None
    clauses: Mapping[str, Clause]
    readings: Mapping[str, Reading]
    parameters: Mapping[str, Parameter]
    floor: bool = False
    """The standard is the law: no other standard may be looser than it."""


def shipped_folder() -> Path:
    """Name the folder of the standards that come with Upheld: in a wheel beside the code, else in the source tree."""
    packed = Path(__file__).resolve().parents[1] / "shipped_standards"
    return packed if packed.is_dir() else Path(__file__).resolve().parents[3] / "standards"


def read_sources(folder: Path, problems: list[Problem] | None = None) -> Sources:
    """Read every YAML file of a standards folder; folders named with a leading `_` are calendars or templates.

    A folder `drafts` within a standard is for people alone and is not read. A folder that itself holds
    `standard.yaml` counts as one standard. A file that is not UTF-8 goes to `problems` and is read as far as it can be;
    without `problems` it raises `StandardRefused`. Raises FileNotFoundError where there is no folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no standards folder at {folder}")
    faults: list[Problem] = []
    found: Sources = {}
    if (folder / "standard.yaml").is_file():
        found = {
            f"{folder.name}/{path}": text for path, text in _texts(folder, folder, f"{folder.name}/", faults)
        }
    else:
        for child in sorted(folder.iterdir()):
            if child.is_dir() and (not child.name.startswith("_") or child.name == "_calendars"):
                found.update(_texts(folder, child, "", faults))
    if problems is None and faults:
        raise StandardRefused(faults)
    if problems is not None:
        problems += faults
    return found


def standard_folders(sources: Sources, problems: list[Problem]) -> list[str]:
    """Name the folders that hold a standard; a folder with clauses or rules and no `standard.yaml` is a fault."""
    holding = dict.fromkeys(path.split("/")[0] for path in sources if not path.startswith("_calendars/"))
    headless = [folder for folder in holding if f"{folder}/standard.yaml" not in sources]
    for folder in headless:
        message = "the folder has no standard.yaml."
        problems.append(
            Problem(f"{folder}/standard.yaml", 0, message, "add it, or move the folder elsewhere.")
        )
    if not holding:
        message = "no standard was found."
        problems.append(Problem("standard.yaml", 0, message, "add a folder with a standard.yaml."))
    return [folder for folder in holding if folder not in headless]


def _texts(folder: Path, below: Path, prefix: str, faults: list[Problem]) -> Iterable[tuple[str, str]]:
    for path in sorted(below.rglob("*.yaml")):
        if "drafts" in path.relative_to(below).parts:
            continue
        name, raw = path.relative_to(folder).as_posix(), path.read_bytes()
        try:
            yield name, raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            faults.append(
                Problem(prefix + name, line, "the file is not UTF-8 text.", "save it as UTF-8, not as GBK.")
            )
            yield name, raw.decode("utf-8", "replace")


class Words:
    """Take keys out of one YAML mapping, noting every fault: missing, of the wrong type, unknown."""

    def __init__(
        self, raw: Any, problems: list[Problem], file: str, line: int, clause: str | None = None
    ) -> None:
        self.raw = raw if isinstance(raw, loader.Mapping) else loader.Mapping()
        self.raw.lines = getattr(self.raw, "lines", {})
        self.problems, self.file, self.line, self.clause = problems, file, self.raw.line or line, clause
        self.taken: set[str] = set()
        if not isinstance(raw, loader.Mapping):
            self.fault("a mapping of keys is needed here.", "write `key: value` lines.")

    def fault(self, message: str, remedy: str, key: str | None = None) -> None:
        """Note one fault at the line of a key, or of the mapping."""
        line = self.raw.lines.get(key, self.line) if key else self.line
        self.problems.append(Problem(self.file, line, message, remedy, self.clause))

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ..., word: str = "text") -> Any:
        """Return a key's value when it has the type; note a fault and return None when it has not."""
        self.taken.add(key)
        value = self.raw.get(key)
        if key in self.raw.faulty:
            return None if default is ... else default
        if value is None:
            if default is ...:
                self.fault(f"'{key}' is missing.", f"add `{key}:` ({word}).", key)
                return None
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(f"'{key}' is not {word}.", f"write {word} here.", key)
            return None if default is ... else default
        return value

    def choice(self, key: str, values: tuple[str, ...], default: Any = ...) -> Any:
        """Return a key's value when it is one of the words; note a fault when it is not."""
        value = self.take(key, str, default)
        if value is None or value == default or value in values:
            return value
        self.fault(f"{key}: '{value}' is not one of {', '.join(values)}.", "use one of these words.", key)
        return None

    def some(self, key: str, values: Iterable[str]) -> tuple[str, ...]:
        """Return a key's list of words, each one of `values`; an absent key is an empty list."""
        known = tuple(values)
        found = self.take(key, list, [], "a list of words") or []
        for word in found:
            if word not in known:
                self.fault(f"{key}: '{word}' is not one of {', '.join(known)}.", "use these words.", key)
        return tuple(str(word) for word in found)

    def both(self, key: str, default: Any = ...) -> Mapping[str, str]:
        """Return a text in Chinese and English, `{zh: , en: }`."""
        value = self.take(key, dict, default, "{zh: text, en: text}")
        if value is None or value is default:
            return {} if value is None else value
        missing = [language for language in ("zh", "en") if not isinstance(value.get(language), str)]
        if missing:
            self.fault(f"'{key}' has no text in {' and '.join(missing)}.", "write both zh and en.", key)
        return dict(value)

    def cited(self, clauses: Iterable[str], default: Any = ...) -> str | None:
        """Return the clause that the mapping cites, one of `clauses`; faults noted from here on name it."""
        clause: str | None = self.take("clause", str, default, "a clause id")
        known = tuple(clauses)
        if clause is not None and clause not in known:
            self.fault(
                f"clause '{clause}' does not exist{nearest(clause, known) or '.'}",
                "cite a clause of this standard.",
                "clause",
            )
        self.clause = clause or self.clause
        return clause

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for key in self.raw:
            if key not in self.taken:
                self.fault(
                    f"unknown key '{key}'{nearest(key, self.taken)}", "remove it or mend its name.", key
                )


def read_standard(sources: Sources, folder: str, problems: list[Problem]) -> Standard:
    """Read the words of one standard folder; faults go to `problems`.

    A head with faults is filled up with placeholders, so that the rest of the folder is read and all faults are told
    at once; the edition is refused all the same.
    """
    file = f"{folder}/standard.yaml"
    raw = loader.read_source(sources[file], file, problems)
    head = Words(raw, problems if raw is not None else [], file, 1)
    standard_id = head.take("id", str)
    title, issuer = head.both("title"), head.both("issuer")
    zone = head.take("time_zone", str, "Asia/Shanghai")
    head.take("source", str, None)
    floor = head.take("floor", bool, False, "true or false")
    in_force = head.take("in_force", dict, word="{from: day}")
    force = Words(in_force, problems if in_force is not None else [], file, head.raw.lines.get("in_force", 1))
    from_date = force.take("from", date, word="a day")
    until_date = force.take("until", date, None, "a day")
    force.close()
    head.close()
    standard_id, from_date = standard_id or "", from_date or date.min
    clauses = {c.id: c for c in _clauses(sources, folder, standard_id, problems)}
    readings = {r.id: r for r in _readings(sources, folder, clauses, problems)}
    parameters = {p.name: p for p in _parameters(sources, folder, clauses, problems)}
    return Standard(
        standard_id, folder, title, issuer, zone, from_date, until_date, clauses, readings, parameters, floor
    )


def entries(sources: Sources, file: str, problems: list[Problem]) -> list[Any]:
    """Return the list that a file holds; an absent file is an empty list, anything else is a fault."""
    if file not in sources:
        return []
    raw = loader.read_source(sources[file], file, problems)
    if raw is None:
        return []
    if not isinstance(raw, loader.Sequence):
        problems.append(Problem(file, 1, "a list is needed here.", "begin every entry with `- `."))
        return []
    return raw


def _clauses(sources: Sources, folder: str, standard: str, problems: list[Problem]) -> Iterable[Clause]:
    file = f"{folder}/clauses.yaml"
    seen: dict[str, int] = {}
    for raw in entries(sources, file, problems):
        words = Words(raw, problems, file, 1)
        clause_id = words.take("id", str)
        words.clause = clause_id
        clause = Clause(
            id=clause_id or "",
            kind=words.choice("kind", CLAUSE_KINDS),
            title=words.both("title"),
            text=words.both("text"),
            locator=words.take("locator", str, ""),
            status=words.choice("status", STATUSES),
            confidence=words.choice("confidence", CONFIDENCES, "stated"),
            standard=standard,
            file=file,
            line=words.line,
            public=words.take("public", bool, False, "true or false"),
            why_not=words.both("why_not", {}),
            responsible=words.choice("responsible", RESPONSIBLE, None),
            shown_on=words.some("shown_on", SHOWN_ON),
        )
        words.close()
        if clause_id is None:
            continue
        if clause_id in seen:
            words.fault(
                f"clause {clause_id} stands twice (first in line {seen[clause_id]}).", "keep one.", "id"
            )
            continue
        if standard and not clause_id.startswith(f"{standard}-"):
            words.fault(
                f"clause '{clause_id}' is not of this standard.", f"begin its id with {standard}-.", "id"
            )
        seen[clause_id] = words.line
        yield clause


def _readings(
    sources: Sources, folder: str, clauses: Mapping[str, Clause], problems: list[Problem]
) -> Iterable[Reading]:
    file = f"{folder}/readings.yaml"
    for raw in entries(sources, file, problems):
        words = Words(raw, problems, file, 1)
        clause = words.cited(clauses) or ""
        reading = Reading(
            id=words.take("id", str) or "",
            clause=clause,
            question=words.both("question"),
            options=words.take("options", dict, {}, "a mapping of options"),
            choice=str(words.take("choice", (str, int), "", "an option")),
            because=words.both("because"),
            by=words.take("by", str) or "",
            on=words.take("on", date, word="a day"),
            file=file,
            line=words.line,
            settles=words.some("settles", WARNINGS),
        )
        words.close()
        if reading.options and reading.choice not in reading.options:
            known = ", ".join(reading.options)
            words.fault(
                f"choice '{reading.choice}' is not one of the options {known}.", "choose one.", "choice"
            )
        yield reading


def _parameters(
    sources: Sources, folder: str, clauses: Mapping[str, Clause], problems: list[Problem]
) -> Iterable[Parameter]:
    file = f"{folder}/parameters.yaml"
    found = entries(sources, file, problems)
    names = [str(raw.get("name")) for raw in found if isinstance(raw, dict)]
    for raw in found:
        words = Words(raw, problems, file, 1)
        clause = words.cited(clauses) or ""
        value = words.raw.get("value")
        words.taken.add("value")
        if value is None or isinstance(value, (list, dict)):
            words.fault("'value' is missing.", "add `value:`.", "value")
        parameter = Parameter(
            name=words.take("name", str) or "",
            value=value,
            unit=words.take("unit", str, "") or "",
            clause=clause,
            confidence=words.choice("confidence", CONFIDENCES, "stated"),
            title=words.both("title"),
            file=file,
            line=words.line,
            follows=words.some("follows", names),
            divided_by=words.take("divided_by", int, 1, "a whole number from 1") or 1,
        )
        words.close()
        yield parameter
