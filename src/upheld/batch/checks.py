"""Write, for each fact, how its column is read into exact values and what is wrong with a cell, as SQL over sets.

The same judgements as `policy.facts.read_subject` and the importer of feeds, but over millions of rows at once. A
Parquet column that already has the right type is taken as it is; everything else goes by way of its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from upheld.batch.columns import fact_columns
from upheld.batch.engine import literal, quoted
from upheld.policy.facts import FACTS, Fact
from upheld.policy.feed_columns import ColumnSource

WHOLE_TYPES = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
FLOAT_TYPES = ("FLOAT", "DOUBLE")
_LARGEST_FEN = 10**15
_LONGEST_MONTHS = "[31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]"


@dataclass(frozen=True)
class Fault:
    """Something that can be wrong with a cell: `holds` is true for a bad one, `reason` follows the value."""

    holds: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Reading:
    """How one fact is read: SQL of each of its columns, the text that a complaint quotes, what can be wrong.

    `warning` counts cells that were rounded: binary fractions of a fen.
    """

    fact: str
    column: str
    values: dict[str, str]
    shown: str
    faults: tuple[Fault, ...] = ()
    warning: str | None = None


def reading_of(name: str, source: ColumnSource, kind: str | None, *, also_fen: bool = False) -> Reading:
    """Say how a fact is read from its source; `kind` is the DuckDB type of the foreign column (None: a constant).

    `also_fen`: the column holds whole fen, as `annual_spend_fen` does.
    """
    fact = FACTS[name]
    column = source.column or name
    cell = literal(source.value) if source.value is not None else quoted(column)
    plain = source.times is None and not source.values and source.otherwise is None and kind is not None
    kind = (kind or "VARCHAR").split("(")[0]
    if plain:
        typed = _typed(fact, column, cell, kind, also_fen)
        if typed is not None:
            return typed
    text = _text_of(cell, kind)
    if source.values or source.otherwise is not None:
        cases = " ".join(
            f"WHEN {literal(theirs)} THEN {literal(ours)}" for theirs, ours in source.values.items()
        )
        otherwise = "__text" if source.otherwise is None else literal(source.otherwise)
        branches = f"CASE __text {cases} ELSE {otherwise} END" if cases else otherwise
        text = f"(CASE WHEN {text} IS NULL THEN NULL ELSE {branches.replace('__text', text)} END)"
    return _READERS[fact.kind](fact, column, text, source.times or Decimal(1))


def _text_of(cell: str, kind: str) -> str:
    """Write a cell as trimmed text, null where it is empty; a float loses its binary noise after six decimals."""
    if kind in FLOAT_TYPES:
        # A missing number that pandas wrote is NaN, which no cast takes.
        return f"(CAST(CASE WHEN isfinite({cell}) THEN CAST({cell} AS DECIMAL(24, 6)) END AS VARCHAR))"
    if kind == "TIMESTAMP":
        whole = f"{cell} = date_trunc('day', {cell})"
        return f"(CASE WHEN {whole} THEN strftime({cell}, '%Y-%m-%d') ELSE CAST({cell} AS VARCHAR) END)"
    return f"(nullif(trim(CAST({cell} AS VARCHAR)), ''))"


def _typed(fact: Fact, column: str, cell: str, kind: str, also_fen: bool) -> Reading | None:
    """Read a column that already has the type of the fact; None where it has another."""
    target = next(iter(fact_columns(fact.name)))
    shown = f"CAST({cell} AS VARCHAR)"
    negative = Fault(f"{cell} < 0", "is below 0", "write 0 or more")
    if fact.kind == "choice" and kind in ("VARCHAR", "ENUM"):
        text = cell if kind == "VARCHAR" else f"CAST({cell} AS VARCHAR)"
        return Reading(fact.name, column, {target: text}, shown, (_not_listed(fact, text),))
    if fact.kind == "flag" and kind == "BOOLEAN":
        return Reading(fact.name, column, {target: cell}, shown)
    if fact.kind == "date" and kind == "DATE":
        return Reading(fact.name, column, {target: cell}, shown)
    if fact.kind == "month_day" and kind == "DATE":
        values = [f"CAST({part}({cell}) AS BIGINT)" for part in ("month", "day")]
        return Reading(fact.name, column, dict(zip(fact_columns(fact.name), values, strict=True)), shown)
    if fact.kind == "count" and kind in WHOLE_TYPES:
        return Reading(fact.name, column, {target: cell}, shown, (negative,))
    if fact.kind == "amount" and kind in WHOLE_TYPES:
        fen = cell if also_fen else f"CAST({cell} AS BIGINT) * 100"
        limit = _LARGEST_FEN if also_fen else _LARGEST_FEN // 100
        too_large = Fault(
            f"{cell} >= {limit}", "is too large for an amount in yuan", "check the unit of the column"
        )
        return Reading(fact.name, column, {target: fen}, shown, (negative, too_large))
    if fact.kind == "amount" and kind in FLOAT_TYPES and not also_fen:
        cents = f"CAST(round(CASE WHEN isfinite({cell}) THEN {cell} END * 100) AS BIGINT)"
        rounded = f"isfinite({cell}) AND abs({cell} * 100 - round({cell} * 100)) > 1e-4"
        return Reading(fact.name, column, {target: cents}, shown, (negative,), rounded)
    return None


def _not_listed(fact: Fact, text: str) -> Fault:
    # A function of one column runs once for each entry of a dictionary page; NOT IN would run for every row.
    listed = f"list_contains([{', '.join(map(literal, fact.values))}], {text})"
    return Fault(
        f"{text} IS NOT NULL AND NOT {listed}",
        f"is not one of {', '.join(fact.values)}",
        "write one of these",
    )


def _choice(fact: Fact, column: str, text: str, times: Decimal) -> Reading:
    return Reading(fact.name, column, {fact.name: text}, text, (_not_listed(fact, text),))


def _plain_text(fact: Fact, column: str, text: str, times: Decimal) -> Reading:
    return Reading(fact.name, column, {fact.name: text}, text)


def _flag(fact: Fact, column: str, text: str, times: Decimal) -> Reading:
    true, false = "('true', 'yes', '1', 'y', '是')", "('false', 'no', '0', 'n', '否')"
    low = f"lower({text})"
    value = f"CASE WHEN {low} IN {true} THEN TRUE WHEN {low} IN {false} THEN FALSE END"
    bad = Fault(f"{text} IS NOT NULL AND ({value}) IS NULL", "is not true or false", "write true or false")
    return Reading(fact.name, column, {fact.name: value}, text, (bad,))


def _amount(fact: Fact, column: str, text: str, times: Decimal) -> Reading:
    number = f"regexp_full_match({text}, '-?[0-9]{{1,14}}(\\.[0-9]{{1,6}}0*)?')"
    # Decimals throughout: 6 places of the cell and those of the factor never meet a binary fraction.
    product = f"(CASE WHEN {number} THEN CAST({text} AS DECIMAL(20, 6)) END * {_decimal(times * 100)})"
    fen = f"CAST({product} AS BIGINT)"
    target = next(iter(fact_columns(fact.name)))
    return Reading(
        fact.name,
        column,
        {target: fen},
        text,
        (
            Fault(f"{text} IS NOT NULL AND NOT {number}", "is not an amount in yuan",
                  "write digits and a point, such as 1280.50"),
            Fault(f"{product} <> trunc({product})", "has more than two decimals", "round it to fen, such as 1280.50"),
            Fault(f"{product} < 0", "is below 0", "write an amount of 0 or more"),
            Fault(f"{product} >= {_LARGEST_FEN}", "is too large for an amount in yuan", "check the unit of the column"),
        ),
    )  # fmt: skip


def _decimal(number: Decimal) -> str:
    places = max(0, -int(number.normalize().as_tuple().exponent))
    return f"CAST('{number:f}' AS DECIMAL(18, {min(places, 12)}))"


def _count(fact: Fact, column: str, text: str, times: Decimal) -> Reading:
    whole = f"regexp_full_match({text}, '[0-9]{{1,9}}(\\.0+)?')"
    value = f"CASE WHEN {whole} THEN CAST(CAST({text} AS DECIMAL(18, 6)) * {_decimal(times)} AS BIGINT) END"
    bad = Fault(
        f"{text} IS NOT NULL AND NOT {whole}", "is not a whole number", "write digits only, such as 3"
    )
    return Reading(fact.name, column, {fact.name: value}, text, (bad,))


def _date(fact: Fact, column: str, text: str, times: Decimal) -> Reading:
    written = f"regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')"
    value = f"CASE WHEN {written} THEN TRY_CAST({text} AS DATE) END"
    return Reading(
        fact.name,
        column,
        {fact.name: value},
        text,
        (
            Fault(
                f"{text} IS NOT NULL AND NOT {written}",
                "is not a date",
                "write year-month-day, such as 2026-03-01",
            ),
            Fault(
                f"{written} AND ({value}) IS NULL",
                "is no day of the calendar",
                "correct the day or the month",
            ),
        ),
    )


def _month_day(fact: Fact, column: str, text: str, times: Decimal) -> Reading:
    written = f"regexp_full_match({text}, '([0-9]{{4}}|-)-[0-9]{{2}}-[0-9]{{2}}')"
    month = f"CASE WHEN {written} THEN CAST(left(right({text}, 5), 2) AS BIGINT) END"
    day = f"CASE WHEN {written} THEN CAST(right({text}, 2) AS BIGINT) END"
    real = f"({month}) BETWEEN 1 AND 12 AND ({day}) BETWEEN 1 AND 31"
    return Reading(
        fact.name,
        column,
        dict(zip(fact_columns(fact.name), (month, day), strict=True)),
        text,
        (
            Fault(f"{text} IS NOT NULL AND NOT {written}", "is not a birthday",
                  "write 1980-05-04, or --05-04 where the year is unknown"),
            Fault(f"{written} AND NOT ({real})", "is no day of the calendar", "correct the day or the month"),
        ),
    )  # fmt: skip


def day_beyond_month(birthday: Reading, in_calendar: str) -> Fault:
    """Write the fault of a birthday on a day that its month never has; `in_calendar` is SQL of the calendar."""
    month, day = birthday.values.values()
    longest = (
        f"CASE WHEN {in_calendar} = 'lunar' THEN 30 ELSE {_LONGEST_MONTHS}[CAST(({month}) AS INTEGER)] END"
    )
    return Fault(
        f"({month}) BETWEEN 1 AND 12 AND ({day}) BETWEEN 1 AND 31 AND ({day}) > {longest}",
        "is a day that its month never has",
        "correct the day, or say in birthday_calendar whether it is solar or lunar",
    )


_READERS = {
    "choice": _choice, "text": _plain_text, "flag": _flag, "amount": _amount, "count": _count, "date": _date,
    "month_day": _month_day,
}  # fmt: skip
