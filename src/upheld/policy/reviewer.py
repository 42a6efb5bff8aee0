"""Look at a standard that has no errors as a colleague would, and point out what is odd in it.

A warning stops nothing: the source may mean what it says. Whoever has looked into one records a reading of its clause
with `settles: [code]`; the warning then names that reading, and `upheld check --strict` lets it pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any

from upheld.policy.checker import may_both_match
from upheld.policy.editions import Edition
from upheld.policy.facts import FACTS, fen_as_yuan
from upheld.policy.guidance import responsible_for
from upheld.policy.kinds import NOUNS
from upheld.policy.problems import Problem
from upheld.policy.tables import AS_OF, Row, Table

TIMES_A_YEAR = {
    "week": Fraction(52),
    "month": Fraction(12),
    "two_months": Fraction(6),
    "quarter": Fraction(4),
    "half_year": Fraction(2),
    "year": Fraction(1),
    "two_years": Fraction(1, 2),
}
RANKS: dict[str, tuple[tuple[str, ...], ...]] = {
    "group_class": (("A",), ("B1", "B2"), ("C",), ("D",)),
    "card": (("diamond",), ("gold",), ("silver",)),
    "segment": (("vip",), ("brand",), ("ordinary",)),
}
"""Facts whose values have a rank, from the highest down; values of equal rank together."""
SIGNALS = ("churn", "speech")
"""Nouns whose rows look for something out of the ordinary: between two of them nothing is missing."""
DUTIES = ("role", "cadence", "process")

Thing = tuple[Any, ...]


def review(edition: Edition) -> list[Problem]:
    """Return every warning about an edition, in the order of its files."""
    found = [
        *_two_answers(edition),
        *_against_class(edition),
        *_gaps_between_tables(edition),
        *_no_reason(edition),
        *_public_unconfirmed(edition),
        *_nobody_responsible(edition),
        *_does_not_follow(edition),
        *_unused(edition),
    ]
    return sorted(found, key=lambda problem: (problem.file, problem.line, problem.code, problem.message))


def _warn(
    edition: Edition, code: str, place: Any, clauses: Iterable[str], message: str, remedy: str
) -> Problem:
    """Make a warning at the place of a row, clause, reading or parameter; a reading of its clauses may settle it."""
    cited = list(clauses)
    settled = next(
        (
            reading.id
            for standard in edition.standards
            for reading in standard.readings.values()
            if reading.clause in cited and code in reading.settles
        ),
        "",
    )
    return Problem(
        place.file, place.line, message, remedy, cited[0] if cited else None, "warning", code, settled
    )


# --- Two clauses, one subject, two answers ---


def _two_answers(edition: Edition) -> Iterator[Problem]:
    floors = {standard.id for standard in edition.standards if standard.floor}
    for noun, kind in (
        ("contacts", "contact"),
        ("entitlements", "grant"),
        ("deadlines", "clock"),
        ("journeys", "step"),
    ):
        tables = [table for table in edition.tables(noun, kind) if table.standard not in floors]
        by_thing: dict[Thing, list[tuple[Table, Row, Any]]] = defaultdict(list)
        for table in tables:
            for row in table.rows:
                for thing, answer in _said(kind, row):
                    by_thing[table.owed_to, *thing].append((table, row, answer))
        for thing, said in by_thing.items():
            seen: set[tuple[str, str]] = set()
            for (table, row, answer), (other_table, other, other_answer) in combinations(said, 2):
                pair = (row.clause, other.clause)
                ordered = table is other_table and table.take == "first"
                if row.clause == other.clause or pair in seen or ordered or not _differ(answer, other_answer):
                    continue
                if may_both_match(row, other):
                    seen.add(pair)
                    what = " ".join(str(word) for word in thing if word is not None)
                    yield _warn(
                        edition, "two-answers", other, (other.clause, row.clause),
                        f"{what}: one subject is owed {_shown(other_answer)} here and {_shown(answer)} by {row.clause}"
                        f" ({row.file}:{row.line}).",
                        "say in a reading which holds or that both do, or part their conditions.",
                    )  # fmt: skip


def _said(kind: str, row: Row) -> Iterator[tuple[Thing, Any]]:
    """Give what a row speaks of, and what it says of it in numbers."""
    answer = row.answer
    if kind == "contact":
        for item in answer["owed"]:
            if item["times"] is not None:
                yield (item["channel"], item["on"]), {"times": item["times"], "per": item["per"]}
    elif kind == "grant":
        yield (answer["entitlement"],), {k: v for k, v in answer.items() if k != "entitlement"}
    elif kind == "clock":
        yield (answer["stops_at"], answer.get("starts_at")), {"limit": str(answer["limit"])}
    else:
        yield (answer["step"],), {k: v for k, v in answer.items() if k in ("after", "from_day", "due_day")}


def _differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return any(one[key] != other[key] for key in set(one) & set(other))


def _shown(answer: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in answer.items())


# --- More for less: what falls against the class ---


def _against_class(edition: Edition) -> Iterator[Problem]:
    """Find clauses that owe a lower class more often, or sooner, than a higher one, or leave only the higher out."""
    for fact, ranks in RANKS.items():
        for noun, kind in (("contacts", "contact"), ("deadlines", "clock")):
            found: dict[Thing, dict[int, tuple[Fraction, str, Row]]] = defaultdict(dict)
            for table in edition.tables(noun, kind):
                for row in table.rows:
                    for place, thing, much, words in _ranked(kind, row, fact, ranks):
                        known = found[row.clause, table.owed_to, *thing].get(place)
                        if known is None or much > known[0]:
                            found[row.clause, table.owed_to, *thing][place] = (much, words, row)
            yield from _falls(edition, fact, ranks, found)
        for noun, kind in (("contacts", "contact"), ("entitlements", "grant")):
            yield from _left_out(edition, edition.tables(noun, kind), fact, ranks)


def _ranked(
    kind: str, row: Row, fact: str, ranks: tuple[tuple[str, ...], ...]
) -> Iterator[tuple[int, Thing, Fraction, str]]:
    """Give for each rank that a row names: the rank, what is compared with what, how much it is, and that in words."""
    spots = list(_spots(row, fact, ranks))
    for thing, answer in _said(kind, row) if spots else ():
        if kind == "contact":
            much = answer["times"] * TIMES_A_YEAR[answer["per"]]
            words, unit = f"{float(much):g} times a year", None
        else:
            limit = row.answer["limit"]
            much, words, unit = Fraction(-limit.amount), answer["limit"], limit.unit
        for place, others in spots:
            yield place, (*thing, unit, others), much, words


def _spots(row: Row, fact: str, ranks: tuple[tuple[str, ...], ...]) -> Iterator[tuple[int, Thing]]:
    """Give each rank that a row names, with each combination of its other conditions."""
    tested = next((c for c in row.conditions if c.fact == fact and c.one_of is not None), None)
    if tested is None or tested.one_of is None:
        return
    places = [place for place, values in enumerate(ranks) if set(values) & set(tested.one_of)]
    rest = [
        [(c.fact, value) for value in c.one_of] if c.one_of is not None else [(c.fact, str(c))]
        for c in row.conditions
        if c.fact != fact
    ]
    for place, others in product(places, product(*rest)):
        yield place, tuple(sorted(others, key=str))


def _left_out(
    edition: Edition, tables: Iterable[Table], fact: str, ranks: tuple[tuple[str, ...], ...]
) -> Iterator[Problem]:
    """Find what a clause gives a lower rank and not a higher one that it names for the same people."""
    given: dict[Thing, dict[int, Row]] = defaultdict(dict)
    named: dict[Thing, set[int]] = defaultdict(set)
    for table in tables:
        for row in table.rows:
            answer = row.answer
            things = (
                [item["channel"] for item in answer["owed"]] if "owed" in answer else [answer["entitlement"]]
            )
            for place, others in _spots(row, fact, ranks):
                named[row.clause, table.owed_to, others].add(place)
                for thing in things:
                    given[row.clause, table.owed_to, others, thing].setdefault(place, row)
    told: set[tuple[str, str]] = set()
    for (clause, owed_to, others, thing), by_rank in given.items():
        low = max(by_rank)
        for high in sorted(
            place for place in named[clause, owed_to, others] if place < low and place not in by_rank
        ):
            sentence = f"{thing}: {fact} {', '.join(ranks[low])} is owed it, {', '.join(ranks[high])} is not."
            if (clause, sentence) not in told:
                told.add((clause, sentence))
                yield _warn(
                    edition, "against-class", by_rank[low], (clause,), sentence,
                    "give it to the higher rank too, or record in a reading why not.",
                )  # fmt: skip


def _falls(
    edition: Edition,
    fact: str,
    ranks: tuple[tuple[str, ...], ...],
    found: dict[Thing, dict[int, tuple[Fraction, str, Row]]],
) -> Iterator[Problem]:
    told: dict[tuple[str, str], tuple[Row, list[str]]] = {}
    for (clause, _, *thing), by_rank in found.items():
        standing = sorted(by_rank.items())
        for (high, (much, words, row)), (low, (more, other_words, other)) in pairwise(standing):
            if much < more:
                sentence = (
                    f"{thing[0]}: {fact} {', '.join(ranks[high])} is owed {words}, less than {', '.join(ranks[low])}"
                    f" with {other_words} (line {other.line})"
                )
                _, whom = told.setdefault((clause, sentence), (row, []))
                whom.append(" ".join(str(value) for _, value in thing[-1]))
    for (clause, sentence), (row, whom) in told.items():
        who = f", for {'; '.join(dict.fromkeys(whom))}" if any(whom) else ""
        yield _warn(
            edition, "against-class", row, (clause,), f"{sentence}{who}.",
            "look into the source; where it means it, record a reading of the clause.",
        )  # fmt: skip


# --- Holes between tables ---


def _gaps_between_tables(edition: Edition) -> Iterator[Problem]:
    """Find holes between the ranges of rows that stand in different tables; within one table they are errors."""
    groups: dict[Thing, list[tuple[Any, Any, Row, Table]]] = defaultdict(list)
    for table in _all_tables(edition):
        if table.noun in SIGNALS:
            continue
        for row in table.rows:
            ranges = [c for c in row.conditions if c.one_of is None]
            if len(ranges) != 1 or AS_OF in (ranges[0].minimum, ranges[0].below):
                continue
            rest = frozenset((c.fact, c.one_of) for c in row.conditions if c.one_of is not None)
            key = (table.standard, table.noun, table.kind, table.owed_to, ranges[0].fact, rest)
            groups[key].append((ranges[0].minimum, ranges[0].below, row, table))
    for key, found in groups.items():
        found.sort(key=lambda item: (item[0] is not None, item[0] if item[0] is not None else 0))
        reached, last = found[0][1], found[0][3]
        for minimum, below, row, table in found[1:]:
            if reached is not None and minimum is not None and minimum > reached and table is not last:
                fact = key[4]
                yield _warn(
                    edition, "gap-between-tables", row, (row.clause,),
                    f"{fact} from {_bound(fact, reached)} (table '{last.name}') to below {_bound(fact, minimum)} "
                    f"(table '{table.name}') has no row.",
                    "let one table begin where the other ends, or record in a reading that nothing is meant there.",
                )  # fmt: skip
            if reached is None or below is None:
                break
            if below > reached:
                reached, last = below, table


def _all_tables(edition: Edition) -> Iterator[Table]:
    return (table for noun in NOUNS for table in edition.tables(noun))


def _bound(fact: str, value: Any) -> str:
    return fen_as_yuan(value) if FACTS[fact].kind == "amount" else str(value)


# --- Words and numbers ---


def _no_reason(edition: Edition) -> Iterator[Problem]:
    for standard in edition.standards:
        for reading in standard.readings.values():
            lacking = [language for language in ("zh", "en") if not reading.because.get(language, "").strip()]
            if lacking or not reading.by.strip():
                what = f"gives no reason in {' and '.join(lacking)}" if lacking else "does not say by whom"
                yield _warn(
                    edition, "no-reason", reading, (reading.clause,), f"reading '{reading.id}' {what}.",
                    "write why it is read so (`because`) and who decided (`by`).",
                )  # fmt: skip


def _public_unconfirmed(edition: Edition) -> Iterator[Problem]:
    """Find what customers are promised and nobody has confirmed: clauses, rows and parameters."""
    remedy = "confirm it with the source and say so in `confidence`, or take `public` away."
    public = {clause.id for clause in edition.clauses() if clause.public}
    for clause in edition.clauses():
        if clause.public and clause.confidence == "unconfirmed":
            message = "the clause is public, but its numbers are unconfirmed."
            yield _warn(edition, "public-unconfirmed", clause, (clause.id,), message, remedy)
    for table in _all_tables(edition):
        for row in table.rows:
            shown = row.answer.get("public", row.clause in public)
            if shown and row.confidence == "unconfirmed":
                message = f"table '{table.name}': the row is public, but unconfirmed."
                yield _warn(edition, "public-unconfirmed", row, (row.clause,), message, remedy)
    for standard in edition.standards:
        for parameter in standard.parameters.values():
            if parameter.clause in public and parameter.confidence == "unconfirmed":
                message = f"parameter '{parameter.name}' of a public clause is unconfirmed."
                yield _warn(edition, "public-unconfirmed", parameter, (parameter.clause,), message, remedy)


def _nobody_responsible(edition: Edition) -> Iterator[Problem]:
    for clause in edition.clauses():
        if clause.kind in DUTIES and responsible_for(edition=edition, clause=clause) is None:
            yield _warn(
                edition, "nobody-responsible", clause, (clause.id,), "the duty falls to nobody.",
                "add `responsible:` to the clause, such as `responsible: account_manager`.",
            )  # fmt: skip


def _does_not_follow(edition: Edition) -> Iterator[Problem]:
    """Find parameters that are a part of others by their own word, and are not, as the edition sets them."""
    values = edition.parameters
    for standard in edition.standards:
        for parameter in standard.parameters.values():
            for name in parameter.follows:
                whole, part = Decimal(str(values[name])), Decimal(str(values[parameter.name]))
                if part * parameter.divided_by != whole:
                    wanted = Fraction(whole) / parameter.divided_by
                    yield _warn(
                        edition, "does-not-follow", parameter, (parameter.clause,),
                        f"parameter '{parameter.name}' is {part}, but '{name}' is {whole}, and a "
                        f"{parameter.divided_by}th of that is {float(wanted):g}.",
                        f"change it along with '{name}', or take the name out of `follows`.",
                    )  # fmt: skip


def _unused(edition: Edition) -> Iterator[Problem]:
    for standard in edition.standards:
        for parameter in standard.parameters.values():
            if parameter.name not in edition.used:
                yield _warn(
                    edition, "unused", parameter, (parameter.clause,), f"no row uses parameter '{parameter.name}'.",
                    "use it in a row, or take it out.",
                )  # fmt: skip
        for reading in standard.readings.values():
            if len(reading.options) > 1 and reading.id not in edition.used:
                yield _warn(
                    edition, "unused", reading, (reading.clause,),
                    f"reading '{reading.id}' has {len(reading.options)} options, but no row turns with it.",
                    "give the options rows with `if_reading`, or leave one option.",
                )  # fmt: skip
