"""The cases of a standard: examples in YAML that a service manager reads, run on policy and on every engine.

A case names its clauses, a day, facts and what is expected. Answers of contacts, plan and entitlements are compared
exactly, after keeping only the items of the case's clauses, so a case says everything its clauses give and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from upheld.policy import contacts, tiers
from upheld.policy.editions import Edition, load_edition
from upheld.policy.facts import Subject, fen_as_yuan, read_amount, read_subject
from upheld.policy.kinds import NOUNS
from upheld.policy.problems import BadFacts, Problem
from upheld.policy.questions import answerer, answerer_beside
from upheld.policy.standards import Sources, Words, entries

_COMPARED_IN_PART = ("coverage", "findings")
"""Lists of which a case gives only the keys that it is about."""


@dataclass(frozen=True)
class Case:
    """One example. `plan` is the range of a plan case; `readings` and `parameters` turn the edition for this case."""

    title: str
    noun: str
    clauses: tuple[str, ...]
    as_of: date
    facts: Mapping[str, Any]
    expect: Mapping[str, Any]
    plan: tuple[date, date] | None
    readings: Mapping[str, str]
    parameters: Mapping[str, Any]
    file: str
    line: int
    zh: str = ""
    """The title in Chinese, for pages; empty where the standard gives none."""

    @property
    def subject(self) -> Subject:
        """Return the normalised facts; raises `BadFacts`."""
        return read_subject(self.facts)


def read_cases(edition: Edition, problems: list[Problem]) -> list[Case]:
    """Read every case of an edition's standards; faults go to `problems`."""
    return cases_in(edition.sources, {clause.id for clause in edition.clauses()}, problems)


def cases_in(sources: Sources, known: Collection[str], problems: list[Problem]) -> list[Case]:
    """Read every case of some sources, whose clauses are `known`; faults go to `problems`."""
    found: list[Case] = []
    titles: dict[str, str] = {}
    for file in sorted(path for path in sources if path.split("/")[1:-1] == ["cases"]):
        noun = file.rsplit("/", 1)[1].removesuffix(".yaml")
        if noun not in NOUNS:
            problems.append(
                Problem(file, 1, f"'{noun}' is not a noun.", f"name the file one of {', '.join(NOUNS)}.")
            )
            continue
        for raw in entries(sources, file, problems):
            case = _read_case(known, raw, noun, file, problems)
            if case is None:
                continue
            if case.title in titles:
                message = f"the case '{case.title}' stands twice (also at {titles[case.title]})."
                problems.append(Problem(file, case.line, message, "give each case its own sentence."))
            titles[case.title] = f"{file}:{case.line}"
            found.append(case)
    return found


def _read_case(
    known: Collection[str], raw: Any, noun: str, file: str, problems: list[Problem]
) -> Case | None:
    before = len(problems)
    words = Words(raw, problems, file, 1)
    title = words.take("case", str, word="a sentence")
    clauses = words.take("clauses", list, [], "a list of clause ids")
    for clause in clauses:
        if clause not in known:
            words.fault(f"clause '{clause}' does not exist.", "name a clause of clauses.yaml.", "clauses")
    if not clauses:
        words.fault("the case names no clause.", "add `clauses: [ID]`.", "clauses")
    in_chinese = words.take("zh", str, "")
    plan = words.take("plan", dict, None, "{from: day, until: day}")
    as_of = words.take("as_of", date, (plan or {}).get("from"), "a day")
    facts = words.take("facts", dict, {}, "{fact: value}")
    expect = words.take("expect", dict, word="the answer")
    readings = words.take("readings", dict, {}, "{reading: option}")
    parameters = words.take("parameters", dict, {}, "{parameter: value}")
    words.close()
    try:
        read_subject(facts)
    except BadFacts as error:
        for message in error.messages:
            words.fault(f"{message}.", "mend the fact.", "facts")
    if as_of is None and expect is not None:
        words.fault("the case has no day.", "add `as_of: YYYY-MM-DD`.")
    if len(problems) > before:
        return None
    window = (plan["from"], plan["until"]) if plan else None
    return Case(
        title,
        noun,
        tuple(clauses),
        as_of,
        facts,
        expect,
        window,
        readings,
        parameters,
        file,
        words.line,
        in_chinese,
    )


def edition_for(edition: Edition, case: Case) -> Edition:
    """Return the edition that a case runs on: the given one, or one turned to the case's readings and parameters."""
    if not case.readings and not case.parameters:
        return edition
    readings = {**edition.readings, **case.readings}
    changed = {key: value for key, value in readings.items() if _has_options(edition, key)}
    return load_edition(
        sources=edition.sources,
        readings=changed,
        parameters={**edition.parameters, **case.parameters},
        active_from=edition.active_from,
    )


def _has_options(edition: Edition, reading: str) -> bool:
    return any(s.readings[reading].options for s in edition.standards if reading in s.readings)


def answer_by_policy(edition: Edition, case: Case) -> dict[str, Any]:
    """Answer a case by policy, in the shape of the ask contract; raises `OutsideDates`.

    Beside the contract's answer stand the few answers that only cases ask for: customer class, coverage targets.
    """
    edition, as_of = edition_for(edition, case), case.as_of
    if case.plan is not None:
        start, end = case.plan
        return answerer("plan")(edition, {**case.facts, "from": start, "until": end}, as_of)
    answer = answerer(case.noun)(edition, case.facts, as_of)
    if case.noun == "tiers":
        found = tiers.customer_class_of(edition=edition, subject=case.subject, as_of=as_of)
        answer["customer_class"] = found[0] if found else None
    elif case.noun == "contacts":
        targets = contacts.coverage_targets(edition=edition, as_of=as_of)
        answer["coverage"] = [t.as_json() for t in targets if t.row.matches(case.subject, as_of)]
    beside = answerer_beside(case.noun)
    return answer if beside is None else {**answer, **beside(edition, case.subject, as_of)}


def differences(case: Case, answer: Mapping[str, Any]) -> list[str]:
    """Compare an answer with what a case expects; returns one sentence for each difference, none when it passes."""
    found = []
    for key, expected in case.expect.items():
        if key not in answer:
            found.append(f"'{key}' is not part of the answer, which has {', '.join(answer)}")
        elif (
            isinstance(answer[key], list) and key != "because"
        ):  # reasons are an answer's own order: compared whole
            found += _compare_items(case, key, expected, answer[key])
        elif _plain(answer[key]) != _plain(expected):
            found.append(f"{key} is {answer[key]!r}, expected {expected!r}")
    return found


def _compare_items(case: Case, key: str, expected: Any, items: list[Mapping[str, Any]]) -> list[str]:
    """Compare a list of items as sets with counts; `clause` may be left out where the case names one clause only.

    Items that cite no clause, such as lots of points, are compared whole.
    """
    cited = all("clause" in item for item in items)
    given = [_item(item) for item in items if not cited or item["clause"] in case.clauses]
    wanted = []
    for item in expected or []:
        if cited and "clause" not in item and len(case.clauses) == 1:
            item = {**item, "clause": case.clauses[0]}
        wanted.append(_item(item))
    keys = {name for item in wanted for name in item}
    if key in _COMPARED_IN_PART and keys:
        given = [{name: value for name, value in item.items() if name in keys} for item in given]
    missing = [item for item in wanted if wanted.count(item) > given.count(item)]
    extra = [item for item in given if given.count(item) > wanted.count(item)]
    lines = [f"{key}: missing {_shown(item)}" for item in _once(missing)]
    return lines + [f"{key}: not expected {_shown(item)}" for item in _once(extra)]


def _once(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for place, item in enumerate(items) if item not in items[:place]]


def _shown(item: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in item.items())


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: _plain(value) for name, value in item.items() if value is not None}
    if "amount_yuan" in shown:
        shown["amount_yuan"] = fen_as_yuan(read_amount(item["amount_yuan"]))
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, float)):  # a number with decimals is what is written, however it is typed
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
