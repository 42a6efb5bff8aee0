"""Write what the answers come to: shares of the satisfied with how sure they are, and the reasons in customers' words.

A share of three answers says nothing, so below FEWEST only the numbers are shown; above, the range within which the
share of all customers lies in nineteen cases of twenty stands beside it (Wilson's interval).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import sqrt
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext

from upheld.faces import case_words
from upheld.faces.dashboard.periods import Period
from upheld.records.staff.queries import unit_tree, units_below
from upheld.records.surveys.queries import Tally, reasons, tallies

FEWEST = 10
_Z = 1.96


@dataclass(frozen=True)
class Scope:
    """Whose cases a reader's results are about; both None is everybody's."""

    unit_ids: tuple[int, ...] | None
    handler_ids: tuple[int, ...] | None
    words: str


def scope_for(user: Any) -> Scope:
    """Give the reach of a reader: who oversees or inspects sees all, a lead the own units, everybody else own cases."""
    if user.job in ("service_department", "administrator", "quality_inspector"):
        return Scope(None, None, gettext("All cases"))
    if user.job == "team_lead" and user.unit_id is not None:
        return Scope(tuple(units_below(user.unit_id)), None, gettext("Cases of my team"))
    return Scope(None, (user.pk,), gettext("My own cases"))


@dataclass(frozen=True)
class ResultRow:
    """One row of figures; `share` is None where the answers are too few for one."""

    name: str
    asked: int
    answered: int
    satisfied: int
    by_staff: int

    @property
    def share(self) -> float | None:
        """Give the share of the satisfied among the answers, 0 to 1."""
        return self.satisfied / self.answered if self.answered >= FEWEST else None

    @property
    def range_words(self) -> str:
        """Write the range of the share: `62–88 %`."""
        if self.share is None:
            return ""
        low, high = wilson(self.satisfied, self.answered)
        return f"{low * 100:.0f}–{high * 100:.0f} %"


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Return Wilson's interval of a share, at 95 %."""
    share = part / whole
    middle = share + _Z**2 / (2 * whole)
    spread = _Z * sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    below = 1 + _Z**2 / whole
    return max((middle - spread) / below, 0.0), min((middle + spread) / below, 1.0)


def results_of(period: Period, scope: Scope) -> dict[str, Any]:
    """Give the whole page: the sum, the three tables, and the reasons."""
    asked: dict[str, Any] = {
        "asked_from": _midnight(period.from_date),
        "asked_until": _midnight(period.to_date + timedelta(days=1)),
        "unit_ids": scope.unit_ids,
        "handler_ids": scope.handler_ids,
    }
    units = {unit.pk: unit.name for unit, _depth in unit_tree()}
    by_month = [_row(one, date_format(one.of, gettext("F Y"))) for one in tallies("month", **asked)]
    by_unit = [_row(one, units.get(one.of, gettext("no unit"))) for one in tallies("unit", **asked)]
    by_kind = [
        _row(one, str(capfirst(case_words.kind_name(str(one.of))))) for one in tallies("kind", **asked)
    ]
    return {
        "total": _sum(by_month),
        "tables": [
            {"title": gettext("By month"), "head": gettext("Month"), "rows": by_month},
            {"title": gettext("By unit"), "head": gettext("Unit"), "rows": by_unit},
            {"title": gettext("By kind of case"), "head": gettext("Kind"), "rows": by_kind},
        ],
        "reasons": reasons(**asked),
        "fewest": FEWEST,
    }


def _row(tally: Tally, name: str) -> ResultRow:
    return ResultRow(name, tally.asked, tally.answered, tally.satisfied, tally.by_staff)


def _sum(rows: Iterable[ResultRow]) -> ResultRow:
    found = list(rows)
    counts = [
        sum(getattr(row, name) for row in found) for name in ("asked", "answered", "satisfied", "by_staff")
    ]
    return ResultRow(gettext("All"), *counts)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
