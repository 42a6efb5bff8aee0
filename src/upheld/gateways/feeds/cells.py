"""Turn one cell into one typed value, or say what is wrong with it and what to write instead.

Every format first becomes text (`cell_text`) and is then read by the same parser, so that a CSV, a
Parquet and an Excel file of the same rows give the same values and the same complaints.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from upheld.policy.feed_columns import ColumnSource, FeedColumn, nearest

LARGEST_FEN = 10**15
LARGEST_RATIO = 10**9
TRUE_WORDS = frozenset(("true", "yes", "1", "y", "是"))
FALSE_WORDS = frozenset(("false", "no", "0", "n", "否"))
_AMOUNT = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_BIRTHDAY = re.compile(r"(\d{4}|-)-(\d{2})-(\d{2})", re.ASCII)


class BadCell(ValueError):
    """Refuse a cell; `reason` says what is wrong, `remedy` what to write instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class Birthday(NamedTuple):
    """Hold a birthday; `year` is None where it is unknown. Which calendar it is in, another column says."""

    year: int | None
    month: int
    day: int


def cell_text(cell: object) -> str | None:
    """Return a cell of any format as stripped text; None where it is empty.

    A whole float loses its '.0' (spreadsheets keep every number as a float), other floats are rounded to
    six decimals to shed binary noise, a date-time at midnight becomes its date.
    """
    if cell is None:
        return None
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell != cell:  # a missing number in Parquet written by pandas
            return None
        return str(int(cell)) if cell.is_integer() else format(Decimal(repr(round(cell, 6))), "f")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if not (cell.hour or cell.minute or cell.second) else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return str(cell).strip() or None


def mapped_text(text: str | None, source: ColumnSource) -> str | None:
    """Apply a mapping's constant, values, otherwise and times to a cell's text. Raise BadCell for a
    non-number times.
    """
    if source.value is not None:
        return source.value or None
    if text is None:
        return None
    if source.values or source.otherwise is not None:
        text = source.values.get(text, text if source.otherwise is None else source.otherwise)
    if source.times is not None and text:
        try:
            product = (Decimal(text) * source.times).normalize()
        except InvalidOperation:
            raise BadCell(
                f"{text!r} is no number to multiply by {source.times}", "write digits only"
            ) from None
        text = format(product, "f")
    return text or None


def parser_of(column: FeedColumn) -> Callable[[str], Any]:
    """Return the function that turns the text of one cell of `column` into its value, raising BadCell.

    Values: text str, integer int, amounts int (fen), date date, month date (its first day), birthday
    Birthday, boolean bool, ratio and rate Decimal, choice str.
    """
    if column.type == "choice":
        return _choice_parser(column.values)
    return {
        "text": _text_parser(column.longest, is_code=column.name.endswith("_id")),
        "integer": _integer,
        "amount": _amount,
        "date": _date,
        "month": _month,
        "birthday": _birthday,
        "boolean": _boolean,
        "ratio": _ratio,
        "rate": _rate,
    }[column.type]


def _choice_parser(values: tuple[str, ...]) -> Callable[[str], str]:
    known = {value: value for value in values}

    def choice(text: str) -> str:
        found = known.get(text)
        if found is not None:
            return found
        near = nearest(text, values)
        listed = ", ".join(values)
        raise BadCell(
            f"{text!r} is not one of {listed}", f"did you mean {near}?" if near else f"write one of {listed}"
        )

    return choice


_NOT_IN_A_CODE = re.compile(r"[/\x00-\x1f\x7f]")


def _text_parser(longest: int, *, is_code: bool) -> Callable[[str], str]:
    """Make the parser of a short text; a code must be able to stand in the address of a page."""

    def short_text(text: str) -> str:
        if "\x00" in text:
            raise BadCell("it holds a NUL character", "remove the character; the database cannot hold it")
        if is_code and _NOT_IN_A_CODE.search(text):
            raise BadCell(f"{text!r} holds a slash or a control character", "write the code without it")
        if len(text) > longest:
            raise BadCell(f"it is {len(text)} characters long", f"write at most {longest} characters")
        return text

    return short_text


def _integer(text: str) -> int:
    if not _WHOLE.fullmatch(text) or len(text) > 4:
        raise BadCell(f"{text!r} is not a whole number from 0 to 9999", "write digits only, such as 3")
    return int(text)


def _amount(text: str) -> int:
    if not _AMOUNT.fullmatch(text):
        raise BadCell(f"{text!r} is not an amount in yuan", "write digits and a point, such as 1280.50")
    fen = Decimal(text) * 100
    if fen != fen.to_integral_value():
        raise BadCell(f"{text!r} has more than two decimals", "round it to fen, such as 1280.50")
    if fen < 0:
        raise BadCell(f"{text!r} is below 0", "write an amount of 0 or more")
    if fen >= LARGEST_FEN:
        raise BadCell(f"{text!r} is too large for an amount in yuan", "check the unit of the column")
    return int(fen)


def _ratio(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise BadCell(f"{text!r} is not a number", "write digits and a point, such as 0.4")
    ratio = Decimal(text)
    if ratio < 0 or ratio >= LARGEST_RATIO:
        raise BadCell(
            f"{text!r} is not a number from 0 below {LARGEST_RATIO}", "check the unit of the column"
        )
    if ratio != round(ratio, 6):
        raise BadCell(f"{text!r} has more than six decimals", "round it, such as 0.333333")
    return ratio


def _rate(text: str) -> Decimal:
    rate = _ratio(text)
    if rate > 1:
        raise BadCell(f"{text!r} is more than 1", "write a share from 0 to 1: 0.25 for 25 percent")
    return rate


def _date(text: str) -> date:
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise BadCell(f"{text!r} is no day of the calendar", "correct the day or the month") from None
    raise BadCell(f"{text!r} is not a date", "write year-month-day, such as 2026-03-01")


def _month(text: str) -> date:
    found = _MONTH.fullmatch(text)
    if found and 1 <= int(found[2]) <= 12 and int(found[1]) >= 1:
        return date(int(found[1]), int(found[2]), 1)
    if _DATE.fullmatch(text) and text.endswith("-01"):
        return _date(text)
    raise BadCell(f"{text!r} is not a month", "write year-month, such as 2026-03")


def _birthday(text: str) -> Birthday:
    found = _BIRTHDAY.fullmatch(text)
    if not found:
        raise BadCell(f"{text!r} is not a birthday", "write 1980-05-04, or --05-04 where the year is unknown")
    year = None if found[1] in ("-", "0000") else int(found[1])
    month, day = int(found[2]), int(found[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise BadCell(f"{text!r} is no day of the calendar", "correct the day or the month")
    return Birthday(year, month, day)


def check_birthday(birthday: Birthday, calendar: str | None) -> None:
    """Raise BadCell where the day does not exist in its calendar: a lunar month has at most 30 days."""
    year, month, day = birthday
    if calendar == "lunar":
        if day > 30:
            raise BadCell(
                "no lunar month has 31 days", "correct the day, or write solar in birthday_calendar"
            )
        return
    try:
        date(year or 2000, month, day)
    except ValueError:
        written = f"{'-' if year is None else year}-{month:02}-{day:02}"
        raise BadCell(
            f"{written!r} is no day of the calendar", "correct it, or write lunar in birthday_calendar"
        ) from None


def _boolean(text: str) -> bool:
    word = text.lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise BadCell(f"{text!r} is not true or false", "write true or false")
