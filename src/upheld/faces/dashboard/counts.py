"""Count promises for the dashboard within a reader's reach, and put them into rows of figures that link onwards.

A promise counts in the period in which it is due. The rate is kept / (kept + broken) and always comes with that
denominator; where nothing is decided there is no rate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces.book import Book
from upheld.faces.dashboard.periods import Period
from upheld.faces.editions import clause_title
from upheld.faces.templatetags.shown import in_language, percent
from upheld.policy.editions import Edition
from upheld.records.promises.counts import Counts
from upheld.records.promises.queries import ClauseCount, counts_by_clause
from upheld.records.staff.queries import unit_tree, units_below

COLUMNS = {
    "owed": _("Owed"),
    "kept": _("Kept"),
    "late": _("Kept late"),
    "broken": _("Broken"),
    "waived": _("Waived"),
    "open": _("Open"),
}
_ADDED = (*COLUMNS, "cancelled")


@dataclass(frozen=True)
class Scope:
    """Whose promises are counted: of some employees, of a unit, or (both None) of everybody."""

    employee_ids: tuple[int, ...] | None
    unit_ids: tuple[int, ...] | None
    unit_code: str
    words: str
    units: list[dict[str, str]]

    @property
    def query(self) -> dict[str, str]:
        """Give the words that ask for the same scope again."""
        return {"unit": self.unit_code} if self.unit_code else {}


def scope_of(unit_code: str | None, *, book: Book) -> Scope:
    """Find whose promises a reader may count; only those who reach every customer choose among units."""
    lead_of = book.user.unit_id if book.user.job == "team_lead" else None
    if lead_of is not None:
        # By unit and not by who works there today: what somebody broke who left since was broken by the team.
        return Scope(None, tuple(units_below(lead_of)), "", book.words, [])
    if not book.whole:
        return Scope(book.employee_ids, None, "", book.words, [])
    tree = unit_tree()
    units = [{"code": unit.code, "name": "\u3000" * depth + unit.name} for unit, depth in tree]
    chosen = next((unit for unit, _depth in tree if unit.code == unit_code), None)
    if chosen is None:
        return Scope(None, None, "", book.words, units)
    return Scope(None, tuple(units_below(chosen)), chosen.code, chosen.name, units)


def counts_of(period: Period, scope: Scope, *, clause: str | None = None) -> list[ClauseCount]:
    """Count by standard and clause what is due in a period. One query."""
    return counts_by_clause(
        due_from=period.from_date,
        due_until=period.to_date + timedelta(days=1),
        unit_ids=scope.unit_ids,
        employee_ids=scope.employee_ids,
        clause=clause,
    )


def counts_of_clause(clause: str, *, book: Book, today: date) -> Counts:
    """Count all promises of one clause within reach that are due until the end of this year."""
    period = Period("custom", date(2000, 1, 1), date(today.year, 12, 31))
    return total_of(counts_of(period, scope_of(None, book=book), clause=clause))


def total_of(counts: Iterable[Counts]) -> Counts:
    """Add counts up."""
    rows = list(counts)
    return Counts(**{name: sum(getattr(row, name) for row in rows) for name in _ADDED})


def standards_of(
    counts: Collection[ClauseCount], *, edition: Edition, period: Period, scope: Scope
) -> list[dict[str, Any]]:
    """Write the counts as one table for each standard, its clauses in the order of the standard."""
    places = {clause.id: place for place, clause in enumerate(edition.clauses())}
    tables = []
    for standard in dict.fromkeys(row.standard for row in counts):
        rows = [row for row in counts if row.standard == standard]
        rows.sort(key=lambda row: (places.get(row.clause, len(places)), row.clause))
        tables.append(
            {
                "id": standard,
                "title": _standard_title(edition, standard),
                "rows": [_row(row, edition, period, scope) for row in rows],
                "sum": _sum(rows),
            }
        )
    return tables


def _row(row: ClauseCount, edition: Edition, period: Period, scope: Scope) -> dict[str, Any]:
    return {
        "clause": row.clause,
        "title": in_language(clause_title(edition, row.clause)),
        "cells": _cells(row, lambda key: promises_url(row.clause, key, period, scope)),
        "rate": row.rate,
        "rate_value": f"{row.rate or 0:.4f}",
        "decided": row.decided,
    }


def _sum(rows: list[ClauseCount]) -> dict[str, Any]:
    total = total_of(rows)
    return {"cells": _cells(total, lambda key: ""), "rate": total.rate, "decided": total.decided}


def _cells(counts: Counts, url: Any) -> list[dict[str, Any]]:
    return [
        {"key": key, "label": label, "count": getattr(counts, key), "url": url(key)}
        for key, label in COLUMNS.items()
    ]


def promises_url(clause: str, key: str, period: Period, scope: Scope) -> str:
    """Give the address of the promises behind a cell."""
    words = {**period.query, **scope.query} | ({"state": key} if key != "owed" else {})
    return f"{reverse('dashboard-promises', args=[clause])}?{urlencode(words)}"


def chart_of(tables: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the bars of the chart: the rate of every clause where something is decided, in the order of the tables."""
    bars = []
    for row in (row for table in tables for row in table["rows"] if row["decided"]):
        of_decided = gettext("of %(n)d") % {"n": row["decided"]}
        label = f"{percent(row['rate'])} {of_decided}"
        bars.append(
            {
                "clause": row["clause"],
                "title": row["title"],
                "percent": round(row["rate"] * 100, 1),
                "label": label,
                "words": f"{row['clause']} {row['title']}: {label}",
                "url": row["cells"][0]["url"],
            }
        )
    return {"bars": bars}


def _standard_title(edition: Edition, standard: str) -> str:
    try:
        return in_language(edition.standard(standard).title)
    except StopIteration:
        return standard
