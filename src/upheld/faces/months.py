"""Read the month of an address, and name the months beside it, for the pages that show one month at a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

FIRST_YEAR, LAST_YEAR = 2000, 2099


def month_asked(written: str, *, today: date) -> date:
    """Read `2026-03`; what is no month means this one."""
    try:
        first = datetime.strptime(written[:7], "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return today.replace(day=1)
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else today.replace(day=1)


def month_before(day: date) -> date:
    """Give the first day of the month before the one of a day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_after(day: date) -> date:
    """Give the first day of the month after the one of a day."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def in_address(first: date) -> str:
    """Write a month as an address has it: 2026-03."""
    return first.strftime("%Y-%m")
