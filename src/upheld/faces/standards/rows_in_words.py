"""Write the rows of a rule table in words, so that a clause's page shows what the machine carries out.

Columns are the facts that any row of the table tests; a cell without a condition holds for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from upheld.faces import rule_words, wording
from upheld.faces.signin import in_english
from upheld.faces.standards.answers_in_words import ListTitle, plain_number, sentence_of
from upheld.faces.templatetags.shown import in_language
from upheld.policy.editions import Edition
from upheld.policy.facts import FACTS, fen_as_yuan
from upheld.policy.tables import AS_OF, Condition, Row, Table


@dataclass(frozen=True)
class RowWords:
    """One row: a text for each column (empty: any), the answers, the dates in force and the confidence."""

    conditions: list[str]
    answers: list[str]
    dates: str
    confidence: str


@dataclass(frozen=True)
class TableWords:
    """One table's rows of a clause, with the names of the facts as its columns."""

    title: str
    name: str
    facts: list[str]
    rows: list[RowWords]


def table_in_words(table: Table, rows: Iterable[Row], edition: Edition) -> TableWords:
    """Write the given rows of a table in the reader's language; word lists have their titles from the edition."""

    def list_title(name: str) -> str:
        found = edition.wording.get((table.standard, name))
        return in_language(found.title) if found else name.replace("_", " ")

    chosen = list(rows)
    names = list(dict.fromkeys(condition.fact for row in chosen for condition in row.conditions))
    return TableWords(
        title=_kind_in_words(table),
        name=table.name,
        facts=[fact_name(name) for name in names],
        rows=[_row_in_words(table, row, names, list_title) for row in chosen],
    )


def _kind_in_words(table: Table) -> str:
    own = rule_words.NOUN_KINDS.get((table.noun, table.kind)) or rule_words.KINDS.get(table.kind)
    return str(own) if own else wording.word(wording.KINDS, table.kind)


def _row_in_words(table: Table, row: Row, names: list[str], list_title: ListTitle) -> RowWords:
    tests = {condition.fact: condition for condition in row.conditions}
    dates = gettext("from %(day)s") % {"day": date_format(row.from_date, "SHORT_DATE_FORMAT")}
    if row.until_date is not None:
        dates += " " + gettext("until %(day)s") % {"day": date_format(row.until_date, "SHORT_DATE_FORMAT")}
    sentence = sentence_of(table, row.answer, list_title)
    answers = [sentence] if sentence else list(_answers(row.answer)) or list(_plain_answers(row.answer))
    return RowWords(
        conditions=[condition_in_words(tests[name]) if name in tests else "" for name in names],
        answers=answers,
        dates=dates,
        confidence=row.confidence,
    )


def fact_name(name: str) -> str:
    """Name a fact in the reader's language, an amount with its unit."""
    fact = FACTS.get(name)
    if fact is None:
        return name
    words = fact.en if in_english() else fact.zh
    return f"{words} ({gettext('yuan')})" if fact.kind == "amount" else words


def condition_in_words(condition: Condition) -> str:
    """Write one condition: the values it allows, or its bounds (from included, below excluded)."""
    if condition.one_of is not None:
        return gettext(", ").join(value_in_words(condition.fact, value) for value in condition.one_of)
    bounds = []
    if condition.minimum is not None:
        bounds.append("≥ " + value_in_words(condition.fact, condition.minimum))
    if condition.below is not None:
        bounds.append("< " + value_in_words(condition.fact, condition.below))
    return gettext(", ").join(bounds)


def value_in_words(fact_name: str, value: Any) -> str:
    """Write one value of a fact: yuan for amounts, words for codes, days as days."""
    if value is AS_OF:
        return gettext("the day asked about")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    fact = FACTS.get(fact_name)
    if fact is not None and fact.kind == "amount" and isinstance(value, int):
        return fen_as_yuan(value).removesuffix(".00")
    if fact is not None and fact.kind == "date":
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Decimal):
        return plain_number(value)
    words = wording.VALUES.get(fact_name) or rule_words.VALUES.get(fact_name, {})
    return wording.word(words, str(value))


def _answers(answer: dict[str, Any]) -> Iterable[str]:
    for item in answer.get("owed", ()):
        yield owed_in_words(item)
    if "card" in answer:
        yield wording.word(wording.CARDS, answer["card"])
    if "customer_class" in answer:
        yield wording.word(wording.CUSTOMER_CLASSES, answer["customer_class"])
    if "entitlement" in answer:
        terms = terms_in_words(answer)
        name = wording.word(wording.ENTITLEMENTS, answer["entitlement"])
        yield f"{name} · {terms}" if terms else name
    if "channels" in answer:
        kept_by = gettext(", ").join(wording.word(wording.ACTIONS, one) for one in answer["channels"])
        action = wording.word(wording.ACTIONS, answer["action"])
        yield gettext("%(action)s: kept by %(channels)s") % {"action": action, "channels": kept_by}
    if "clauses" in answer:
        yield f"{wording.word(wording.ACTIONS, answer['action'])}: {' + '.join(answer['clauses'])}"
    if "at_least_percent" in answer:
        yield gettext("at least %(percent)d %% of %(whom)s") % {
            "percent": answer["at_least_percent"],
            "whom": wording.word(wording.POPULATIONS, answer["of"]),
        }


def _plain_answers(answer: dict[str, Any]) -> Iterable[str]:
    """Write an answer of a kind that has no sentence of its own: each key with its value."""
    for key, value in answer.items():
        if value is not None:
            many = isinstance(value, (list, tuple))
            yield f"{key.replace('_', ' ')}: {gettext(', ').join(map(str, value)) if many else value}"


def owed_in_words(item: dict[str, Any]) -> str:
    """Write one contact owed, such as `Visit: every month` or `Call: 2 times every month`."""
    action = wording.word(wording.ACTIONS, item["channel"])
    if item.get("on"):
        return f"{action}: {wording.word(wording.OCCASIONS, item['on'])}"
    period = wording.word(wording.PERIODS, item["per"])
    times = item.get("times")
    if times is not None and times > 1:
        period = ngettext("%(n)d time %(period)s", "%(n)d times %(period)s", times) % {
            "n": times,
            "period": period,
        }
    return f"{action}: {period}"


def terms_in_words(details: dict[str, Any]) -> str:
    """Write an entitlement's terms: times, longest stay, amount, months, hours and how; empty where none is given."""
    parts = []
    if details.get("times"):
        per = wording.word(wording.PERIODS, details.get("per"))
        times = ngettext("%(n)d time", "%(n)d times", details["times"]) % {"n": details["times"]}
        parts.append(f"{times} {per}".strip())
    if details.get("each_max_days"):
        parts.append(
            ngettext("at most %(n)d day each", "at most %(n)d days each", details["each_max_days"])
            % {"n": details["each_max_days"]}
        )
    if details.get("amount_yuan"):
        parts.append(gettext("%(amount)s yuan") % {"amount": str(details["amount_yuan"]).removesuffix(".00")})
    if details.get("months"):
        parts.append(ngettext("%(n)d month", "%(n)d months", details["months"]) % {"n": details["months"]})
    if details.get("hours"):
        hours = details["hours"]
        parts.append(
            ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
            if isinstance(hours, int)
            else str(hours)
        )
    if details.get("how"):
        parts.append(wording.word(wording.WAYS, str(details["how"])))
    return " · ".join(parts)
