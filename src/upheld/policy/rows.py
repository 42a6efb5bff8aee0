"""Read the rule tables of a standard into `Table`s: readings chosen, parameters put in, every row with its place.

A row that a reading switches off is left out; a row that is wrong is a `Problem` and left out, and reading goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from upheld.policy import loader
from upheld.policy.facts import FACTS, LISTS, Fact, read_amount, read_day, read_ratio
from upheld.policy.kinds import CONFIDENCES, KINDS, NOUNS, ORDERED_FACTS, OWED_TO, TAKES, Kind
from upheld.policy.problems import Problem, nearest
from upheld.policy.standards import Sources, Standard, Words, entries
from upheld.policy.tables import AS_OF, Condition, Row, Table


@dataclass
class Choices:
    """What a company has chosen: reading id -> option and parameter name -> value, and which of both rows used."""

    readings: Mapping[str, str]
    parameters: Mapping[str, Any]
    used: set[str] = field(default_factory=set)
    cited: set[str] = field(default_factory=set)
    """Clauses that some row names, also one that a reading switches off or that has a fault."""
    unread: set[str] = field(default_factory=set)
    """Standards of which a whole rules file could not be read."""


def read_tables(
    sources: Sources, standard: Standard, choices: Choices, first_order: int, problems: list[Problem]
) -> list[Table]:
    """Read every `rules/<noun>.yaml` of one standard; `first_order` numbers the rows across standards."""
    tables: list[Table] = []
    reader = _TableReader(standard, choices, problems, first_order)
    prefix = f"{standard.folder}/rules/"
    for file in sorted(path for path in sources if path.startswith(prefix)):
        noun = file.removeprefix(prefix).removesuffix(".yaml")
        if noun not in NOUNS:
            message = f"'{noun}' is not a noun that rules are written for{nearest(noun, NOUNS)}"
            problems.append(Problem(file, 1, message, f"name the file after one of {', '.join(NOUNS)}."))
            continue
        faults = len(problems)
        found = entries(sources, file, problems)
        if len(problems) > faults and not found:
            choices.unread.add(standard.id)
        for raw in found:
            table = reader.table(raw, noun, file)
            if table is not None:
                if any(other.name == table.name for other in tables):
                    problems.append(
                        Problem(file, table.line, f"table '{table.name}' stands twice.", "rename one.")
                    )
                tables.append(table)
    return tables


class _TableReader:
    def __init__(self, standard: Standard, choices: Choices, problems: list[Problem], order: int) -> None:
        self.standard, self.choices, self.problems, self.order = standard, choices, problems, order

    def table(self, raw: Any, noun: str, file: str) -> Table | None:
        words = Words(raw, self.problems, file, 1)
        name = words.take("table", str)
        kind_name = words.choice("kind", tuple(KINDS[noun]))
        clause = words.take("clause", str, None, "a clause id")
        self.check_cited(words, clause)
        take = words.choice("take", TAKES, None)
        owed_to = words.choice("owed_to", OWED_TO, None)
        covers = words.take("covers", dict, {}, "{fact: [values]}")
        words.both("note", {})
        dates = self.dates(words, self.standard.in_force_from, self.standard.in_force_until)
        rows = words.take("rows", list, word="a list of rows")
        words.close()
        named = (row.get("clause") for row in rows or [] if isinstance(row, dict))
        self.choices.cited |= {clause for clause in named if isinstance(clause, str)}
        if name is None or kind_name is None or rows is None or dates is None:
            return None
        kind = KINDS[noun][kind_name]
        if take is not None and take not in kind.takes:
            words.fault(
                f"take '{take}' does not go with kind '{kind_name}'.", f"use {', '.join(kind.takes)}.", "take"
            )
        if kind.owed_to and owed_to is None:
            words.fault("'owed_to' is missing.", "say `owed_to: person` or `owed_to: group`.", "table")
        faults = len(self.problems)
        read = [row for item in rows if (row := self.row(item, kind, file, dates)) is not None]
        faulty = len(self.problems) > faults or any(getattr(item, "faulty", None) for item in rows)
        covered = {
            fact: tuple(values) for fact, values in covers.items() if self.known(words, fact, "covers")
        }
        return Table(name, noun, kind_name, take or kind.takes[0], self.standard.id, tuple(read), clause, owed_to,
                     covered, file, words.line, dates[0], dates[1], faulty)  # fmt: skip

    def dates(self, words: Words, start: date, end: date | None) -> tuple[date, date | None] | None:
        """Return the dates of a row or table, cut to those of what it stands in."""
        from_date = words.take("from", date, start, "a day") or start
        until_date = words.take("until", date, end, "a day")
        if until_date is not None and from_date >= until_date:
            words.fault(
                f"'from' {from_date} is not before 'until' {until_date}.",
                "mend one of the two dates.",
                "from",
            )
            return None
        return max(from_date, start), until_date if end is None else min(until_date or end, end)

    def check_cited(self, words: Words, clause: str | None) -> None:
        if clause is None:
            return
        words.clause = clause
        known = self.standard.clauses.get(clause)
        if known is None:
            message = f"clause '{clause}' does not exist in {self.standard.id}{nearest(clause, self.standard.clauses)}"
            words.fault(message, "cite a clause of clauses.yaml.", "clause")
        elif known.status != "executable":
            words.fault(
                f"clause {clause} has status '{known.status}' and cannot have a rule.",
                "make the clause executable in clauses.yaml, or take the rule out.",
                "clause",
            )

    def known(self, words: Words, fact: str, key: str) -> bool:
        if fact in FACTS:
            return True
        words.fault(
            f"unknown fact '{fact}'{nearest(fact, FACTS)}", "use a fact of docs/reference/facts.md.", key
        )
        return False

    def row(self, raw: Any, kind: Kind, file: str, dates: tuple[date, date | None]) -> Row | None:
        before = len(self.problems)
        words = Words(raw, self.problems, file, 1)
        clause = words.raw.get("clause")
        words.taken |= {"clause", "when", "if_reading"}
        if not isinstance(clause, str):
            words.fault("the row cites no clause.", "add `clause: ID`; no rule without a clause.")
        else:
            self.check_cited(words, clause)
        confidence = words.choice("confidence", CONFIDENCES, None)
        own = self.dates(words, *dates)
        active = self.reading_holds(words)
        conditions = self.conditions(words, kind)
        answer = self.answer(words, kind)
        words.close()
        unfit = len(self.problems) > before or words.raw.faulty
        if unfit or not active or own is None or not isinstance(clause, str):
            return None
        self.order += 1
        sure = confidence or self.standard.clauses[clause].confidence
        return Row(clause, conditions, answer, own[0], own[1], file, words.line, self.order, sure)

    def reading_holds(self, words: Words) -> bool:
        asked = words.raw.get("if_reading")
        if asked is None:
            return True
        if not isinstance(asked, dict):
            words.fault(
                "'if_reading' is not a mapping.", "write `if_reading: {reading: option}`.", "if_reading"
            )
            return False
        holds = True
        for reading_id, wanted in asked.items():
            options = [str(option) for option in (wanted if isinstance(wanted, list) else [wanted])]
            reading = self.standard.readings.get(reading_id)
            if reading is None:
                message = (
                    f"reading '{reading_id}' does not exist{nearest(reading_id, self.standard.readings)}"
                )
                words.fault(message, "record it in readings.yaml first.", "if_reading")
                continue
            for option in options:
                if option not in reading.options:
                    message = f"reading '{reading_id}' has no option '{option}'."
                    words.fault(message, f"use one of {', '.join(reading.options)}.", "if_reading")
            self.choices.used.add(reading_id)
            holds = holds and self.choices.readings.get(reading_id, reading.choice) in options
        return holds

    def resolve(self, words: Words, value: Any, key: str) -> Any:
        """Put parameters into a value, however deep they stand."""
        if isinstance(value, dict):
            if set(value) == {"parameter"}:
                name = value["parameter"]
                parameter = self.standard.parameters.get(name)
                if parameter is None:
                    message = f"parameter '{name}' does not exist{nearest(name, self.standard.parameters)}"
                    words.fault(message, "add it to parameters.yaml.", key)
                    return None
                self.choices.used.add(name)
                return self.choices.parameters.get(name, parameter.value)
            return {inner: self.resolve(words, item, key) for inner, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(words, item, key) for item in value]
        return value

    def conditions(self, words: Words, kind: Kind) -> tuple[Condition, ...]:
        when = words.raw.get("when")
        if when is None:
            return ()
        if not isinstance(when, loader.Mapping):
            words.fault("'when' is not a mapping.", "write `when: {fact: value}`.", "when")
            return ()
        found = []
        for name, raw in when.items():
            if not self.known(words, name, "when"):
                continue
            if kind.tests is not None and name not in kind.tests:
                only = f"test only {', '.join(kind.tests)}: like customers are served alike."
                allowed = only if kind.tests else "leave `when` out: such a row holds for everyone."
                words.fault(f"a row of this kind may not test '{name}'.", allowed, "when")
                continue
            try:
                found.append(_condition(FACTS[name], self.resolve(words, raw, "when")))
            except ValueError as error:
                words.fault(
                    f"{name}: {error}.", "mend the condition; see docs/standard/conditions.md.", "when"
                )
        return tuple(found)

    def answer(self, words: Words, kind: Kind) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, read in {**kind.required, **kind.optional}.items():
            words.taken.add(key)
            raw = self.resolve(words, words.raw.get(key), key)
            if raw is None:
                if key in kind.required:
                    words.fault(f"'{key}' is missing.", f"add `{key}:`.", key)
                continue
            try:
                found[key] = read(raw)
            except ValueError as error:
                words.fault(f"{key}: {error}.", "mend the value.", key)
        return found


def _condition(fact: Fact, raw: Any) -> Condition:
    if isinstance(raw, dict):
        unknown = [key for key in raw if key not in ("min", "below")]
        if unknown or not raw:
            raise ValueError("a range is written {min: , below: }")
        if fact.name not in ORDERED_FACTS:
            raise ValueError("has no order, so no range")
        bounds = {key: _bound(fact, value) for key, value in raw.items()}
        low, high = bounds.get("min"), bounds.get("below")
        if low is not None and high is not None and AS_OF not in (low, high) and low >= high:
            raise ValueError(f"min {raw['min']} is not below {raw['below']}")
        return Condition(fact.name, None, low, high)
    values = raw if isinstance(raw, list) else [raw]
    if not values:
        raise ValueError("an empty list matches nobody")
    return Condition(fact.name, tuple(_bound(fact, value) for value in values))


def _bound(fact: Fact, value: Any) -> Any:
    if fact.kind in LISTS:
        raise ValueError("is a list, which no row can test")
    if fact.kind == "amount":
        return read_amount(value)
    if fact.kind == "date":
        return AS_OF if value == "as_of" else read_day(value)
    if fact.kind == "choice":
        if value not in fact.values:
            raise ValueError(f"'{value}' is not one of {', '.join(fact.values)}")
    elif fact.kind == "flag":
        if not isinstance(value, bool):
            raise ValueError(f"'{value}' is not true or false")
    elif fact.kind in ("count", "whole"):
        if type(value) is not int:
            raise ValueError(f"'{value}' is not a whole number")
    elif fact.kind in ("rate", "ratio"):
        return read_ratio(value)
    elif fact.kind == "instant":
        raise ValueError("is an instant, which no row can test; rows have `from` and `until`")
    elif not isinstance(value, str):
        raise ValueError(f"'{value}' is not text")
    return value
