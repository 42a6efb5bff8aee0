"""The wordings of messages: data of a standard (`wording/messages.yaml`), in both languages, their variables checked.

A commercial message carries the words by which it is refused (LAW-7), so a commercial wording without `{refuse}` is a
fault of the standard. What is filled in is declared with an example and its greatest length, so that the number of
parts of an SMS is known before anything is sent.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from upheld.policy.problems import Problem, nearest
from upheld.policy.sms_parts import most_parts
from upheld.policy.standards import Sources, Standard, Words, entries

FILE = "wording/messages.yaml"
LANGUAGES = ("zh", "en")
PURPOSES = ("service", "care", "commercial")
REFUSAL = "how_to_refuse"
"""The template whose text is filled in for `{refuse}`; the law's own folder has it."""
MOST_PARTS = 8
"""No message may take more parts of an SMS than this, with every variable at its longest."""


@dataclass(frozen=True)
class Variable:
    """What is filled in for a name in braces: an example in both languages, and how many characters at most."""

    name: str
    example: Mapping[str, str]
    most: int


@dataclass(frozen=True)
class Template:
    """A wording with its purpose (LAW-8), clause and variables; `{name}` and `{refuse}` need no declaration."""

    name: str
    standard: str
    clause: str
    purpose: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    variables: Mapping[str, Variable]
    file: str
    line: int

    def asks_for(self, variable: str) -> bool:
        """Say whether a name stands in braces in the text."""
        return variable in _names(self.text["zh"])


BUILT_IN = {
    "name": Variable("name", {"zh": "欧阳远山", "en": "Grace Hopper"}, 40),
    "refuse": Variable("refuse", {"zh": "拒收请回复R", "en": "Reply R to refuse"}, 40),
}
"""Filled in by the sender itself: the name of who receives it, and how a commercial message is refused."""


def filled_in(template: Template, *, language: str, variables: Mapping[str, str]) -> str:
    """Return the text with its variables; raises ValueError naming every one that is missing, unknown or too long.

    `variables` holds the built-in ones too, where the text asks for them.
    """
    text = template.text[language]
    known = {**template.variables, **{name: BUILT_IN[name] for name in _names(text) if name in BUILT_IN}}
    faults = [f"{name} is missing" for name in known if name not in variables]
    for name, value in variables.items():
        if name not in known:
            faults.append(f"{name} is unknown{nearest(name, known)}")
        elif not value.strip() or any(ord(letter) < 32 or letter == "\x7f" for letter in value):
            faults.append(f"{name} is empty or has control characters")
        elif len(value) > known[name].most:
            faults.append(f"{name} has more than {known[name].most} characters")
    if faults:
        raise ValueError(f"{template.name}: {'; '.join(faults)}")
    return text.format_map(dict(variables))


def example_of(template: Template, *, language: str) -> str:
    """Return the text filled with the examples of its variables."""
    examples = {**BUILT_IN, **template.variables}
    return template.text[language].format_map(
        {name: variable.example[language] for name, variable in examples.items()}
    )


def longest_parts(template: Template, *, language: str) -> int:
    """Return how many parts of an SMS the text takes at the most, with every variable at its longest."""
    lengths = {name: variable.most for name, variable in {**BUILT_IN, **template.variables}.items()}
    return most_parts(template.text[language], lengths)


def read_templates(
    sources: Sources, standards: Sequence[Standard], problems: list[Problem]
) -> Mapping[str, Template]:
    """Read `wording/messages.yaml` of every standard; faults go to `problems` with file and line."""
    found: dict[str, Template] = {}
    for standard in standards:
        file = f"{standard.folder}/{FILE}"
        for raw in entries(sources, file, problems):
            template = _read(raw, standard, file, problems)
            if template is None:
                continue
            if template.name in found:
                message = (
                    f"the template '{template.name}' stands twice (also in {found[template.name].file})."
                )
                problems.append(Problem(file, template.line, message, "give each template its own name."))
            found[template.name] = template
    commercial = [one for one in found.values() if one.purpose == "commercial"]
    if commercial and REFUSAL not in found:
        first = commercial[0]
        message = f"nothing says what stands for {{refuse}}: there is no template '{REFUSAL}'."
        remedy = f"add a template '{REFUSAL}' with the variable word."
        problems.append(Problem(first.file, first.line, message, remedy, first.clause))
    return found


def _read(raw: Any, standard: Standard, file: str, problems: list[Problem]) -> Template | None:
    words = Words(raw, problems, file, 1)
    name = words.take("template", str, word="the name of the template")
    clause = words.cited(standard.clauses)
    purpose = words.choice("purpose", PURPOSES)
    title = words.both("title")
    text = {language: words.take(language, str) or "" for language in LANGUAGES}
    variables = _read_variables(words)
    words.close()
    if name is None or clause is None or purpose is None:
        return None
    template = Template(name, standard.id, clause, purpose, title, text, variables, file, words.line)
    if all(text.values()):
        _check(template, words)
    return template


def _read_variables(words: Words) -> dict[str, Variable]:
    """Read `variables: {day: {most: 20, zh: 8月3日, en: 3 August}}`."""
    declared = words.take("variables", dict, None, "{name: {most: , zh: , en: }}")
    found: dict[str, Variable] = {}
    for name, raw in (declared or {}).items():
        own = Words(raw, words.problems, words.file, words.line, words.clause)
        most = own.take("most", int, word="a whole number of characters") or 0
        example = {language: own.take(language, str) or "" for language in LANGUAGES}
        own.close()
        if name in BUILT_IN:
            own.fault(f"'{name}' is filled in by itself.", "do not declare it.")
        if not 0 < most <= 200:
            own.fault(
                f"{name}: a length of {most} is not from 1 to 200.", "write how long it may be.", "most"
            )
        if any(len(text) > most for text in example.values()):
            own.fault(f"{name}: the example is longer than {most}.", "let the example fit.", "most")
        found[name] = Variable(name, example, most)
    return found


def _check(template: Template, words: Words) -> None:
    """Fault what cannot be filled in, what nobody fills in, a refusal missing or out of place, and too long a text."""
    used: dict[str, set[str]] = {}
    for language, text in template.text.items():
        try:
            used[language] = set(_names(text))
        except ValueError:
            words.fault(
                f"{language}: a brace is not closed, or more than a name in it.", "write {name}.", language
            )
            return
    for language, names in used.items():
        for name in sorted(names - set(template.variables) - set(BUILT_IN)):
            words.fault(
                f"{language}: nobody fills in '{{{name}}}'{nearest(name, template.variables)}",
                "declare it under `variables`.", language,
            )  # fmt: skip
        for name in sorted(set(template.variables) - names):
            words.fault(
                f"{language}: '{{{name}}}' is declared and not used.", "use it in both languages.", language
            )
    if used["zh"] != used["en"]:
        words.fault("the two languages fill in different words.", "use the same variables in both.")
    commercial = template.purpose == "commercial"
    for language, names in used.items():
        if commercial and "refuse" not in names:
            words.fault(f"{language}: a commercial message says how to refuse.", "add {refuse}.", language)
        if not commercial and "refuse" in names:
            words.fault(f"{language}: only commercial messages are refused.", "take {refuse} out.", language)
        if not names - set(template.variables) - set(BUILT_IN):
            parts = longest_parts(template, language=language)
            if parts > MOST_PARTS:
                words.fault(
                    f"{language}: it may take {parts} parts of an SMS.", f"{MOST_PARTS} at most.", language
                )


def _names(text: str) -> list[str]:
    """Return the names in braces; raises ValueError for a brace left open, a format or an attribute."""
    names = []
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(name)
        names.append(name)
    return names
