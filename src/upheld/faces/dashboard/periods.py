"""Read the period that a dashboard is asked for; a promise belongs to the period in which it is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

PERIODS = {
    "month": _("This month"),
    "last_month": _("Last month"),
    "quarter": _("This quarter"),
    "last_quarter": _("Last quarter"),
    "custom": _("Custom dates"),
}

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""Promises fall due in no other years, and beyond them there is no day after the last."""


@dataclass(frozen=True)
class Period:
    """A range of days, both included, and how it was asked for; `problem` says what was wrong with it."""

    key: str
    from_date: date
    to_date: date
    problem: str = ""

    @property
    def words(self) -> str:
        """Write the range: `1 Nov 2026 – 30 Nov 2026`."""
        first, last = (date_format(one, "SHORT_DATE_FORMAT") for one in (self.from_date, self.to_date))
        return f"{first} – {last}"

    @property
    def query(self) -> dict[str, str]:
        """Give the words that ask for the same period again."""
        if self.key != "custom":
            return {"period": self.key}
        return {"period": "custom", "from": self.from_date.isoformat(), "to": self.to_date.isoformat()}


def period_of(asked: Mapping[str, str], *, today: date) -> Period:
    """Read `period`, with `from` and `to` where it is `custom`; nonsense falls back to this month, with a word."""
    key = asked.get("period") or ("custom" if asked.get("from") or asked.get("to") else "month")
    if key not in PERIODS:
        return _named("month", today, problem=gettext("There is no such period; this month is shown."))
    if key != "custom":
        return _named(key, today)
    try:
        first, last = date.fromisoformat(asked.get("from", "")), date.fromisoformat(asked.get("to", ""))
    except ValueError:
        return _named("month", today, problem=gettext("Both days are needed; this month is shown."))
    if not (FIRST_DAY <= first <= LAST_DAY and FIRST_DAY <= last <= LAST_DAY):
        return _named(
            "month", today, problem=gettext("Days are counted from 2000 to 2099; this month is shown.")
        )
    if last < first:
        return _named(
            "month", today, problem=gettext("The last day lies before the first; this month is shown.")
        )
    return Period("custom", first, last)


def _named(key: str, today: date, problem: str = "") -> Period:
    months = 3 if "quarter" in key else 1
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    if key.startswith("last_"):
        first = _months_on(first, -months)
    return Period(key, first, _months_on(first, months) - timedelta(days=1), problem)


def _months_on(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
