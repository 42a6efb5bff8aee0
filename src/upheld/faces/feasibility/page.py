"""Compose the feasibility view: what is owed against the hours there are, as it is and as it might be, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext

from upheld.faces.feasibility.asked import CADENCES, Asked, next_month, pool_word
from upheld.policy.calendars import DEFAULT_CALENDAR
from upheld.policy.editions import Edition
from upheld.policy.feasibility import (
    Effort,
    Feasibility,
    Kept,
    Month,
    Owed,
    Pool,
    feasible,
    needs_of,
    people_missing,
    working_days,
)
from upheld.records.promises.demand import owed_by_window
from upheld.records.staff.supply import Days, days_of_staff

JOBS = (
    "account_manager",
    "phone_manager",
    "chief_representative",
    "team_lead",
    "hotline_agent",
    "store_clerk",
)


@dataclass(frozen=True)
class Facts:
    """What is read once: staff with their days, what is owed by window, the working days of the month."""

    month: Month
    staff: list[Days]
    owed: list[Owed]
    working_days: int
    is_provisional: bool
    is_working: Any

    @property
    def pools(self) -> dict[Pool, int]:
        """Give how many employees each pool has."""
        return {Pool(one.unit_id, one.job): one.employees for one in self.staff}


@dataclass
class Page:
    """What the view shows."""

    clauses: list[dict[str, Any]] = field(default_factory=list)
    pools: list[dict[str, Any]] = field(default_factory=list)
    tiles: dict[str, Any] = field(default_factory=dict)
    chart: dict[str, Any] = field(default_factory=dict)
    changed: bool = False


def facts_of(month: date, *, today: date, unit_ids: Sequence[int] | None, edition: Edition) -> Facts:
    """Read what is owed and who is there in a month; three queries."""
    calendar = edition.calendars[DEFAULT_CALENDAR]
    span = Month(month, next_month(month), today)
    begins = max(month, today)
    owed = [
        Owed(
            Pool(one.unit_id, one.job or ""), one.clause, one.action, one.from_date, one.due_date, one.number
        )
        for one in owed_by_window(from_date=begins, until_date=span.until_date, unit_ids=unit_ids)
    ]
    staff = days_of_staff(
        from_date=begins,
        until_date=span.until_date,
        jobs=JOBS,
        is_working=calendar.is_working,
        unit_ids=unit_ids,
    )
    has_a_book = {one.pool for one in owed}
    return Facts(
        span,
        [one for one in staff if Pool(one.unit_id, one.job) in has_a_book],
        owed,
        working_days(begins, span.until_date, calendar.is_working),
        month.year > calendar.last_year,
        calendar.is_working,
    )


def page_of(facts: Facts, asked: Asked, *, edition: Edition, effort: Effort) -> Page:
    """Compose the view from the facts and what is asked."""
    order = [clause.id for clause in edition.clauses()]
    as_is = _reckon(facts, Asked(asked.month), effort, order)
    changed = bool(asked.staff or asked.cadence or asked.effort or asked.first)
    what_if = _reckon(facts, asked, asked.effort or effort, order) if changed else as_is
    page = Page(changed=changed)
    page.clauses = [_clause(one, as_is, what_if, asked) for one in order if one in as_is.clauses]
    page.pools = _pools(facts, as_is, what_if, asked, effort)
    page.tiles = _tiles(page, as_is, what_if)
    page.chart = _chart(page)
    return page


def _reckon(facts: Facts, asked: Asked, effort: Effort, order: list[str]) -> Feasibility:
    needs = needs_of(
        facts.owed, month=facts.month, effort=effort, is_working=facts.is_working, cadence=asked.times()
    )
    supply = {}
    for one in facts.staff:
        pool = Pool(one.unit_id, one.job)
        more = asked.staff.get(pool, one.employees) - one.employees
        # Somebody more is there every working day; somebody less was there as the others are.
        days = one.days + (
            more * facts.working_days if more > 0 else more * one.days // max(one.employees, 1)
        )
        supply[pool] = effort.of_days(max(days, 0))
    return feasible(needs, supply=supply, order=order, first=asked.first)


def _clause(clause: str, as_is: Feasibility, what_if: Feasibility, asked: Asked) -> dict[str, Any]:
    now, then = as_is.clauses[clause], what_if.clauses.get(clause, Kept())
    return {
        "clause": clause,
        "now": _figures(now),
        "then": _figures(then),
        "cadence": asked.cadence.get(clause, "1"),
        "cadences": [(word, words) for word, (_, words) in CADENCES.items()],
        "first": clause in asked.first,
    }


def _figures(kept: Kept) -> dict[str, Any]:
    return {
        "contacts": kept.contacts,
        "hours": hours(kept.minutes),
        "short": hours(kept.short_minutes),
        "short_contacts": kept.short_contacts,
        "kept": kept.can_be_kept,
        "minutes": kept.minutes,
        "kept_minutes": kept.kept_minutes,
    }


def _pools(
    facts: Facts, as_is: Feasibility, what_if: Feasibility, asked: Asked, effort: Effort
) -> list[dict[str, Any]]:
    one_person = (asked.effort or effort).of_days(facts.working_days)
    rows = []
    for one in sorted(facts.staff, key=lambda days: (days.unit, days.job)):
        pool = Pool(one.unit_id, one.job)
        rows.append(_pool(pool, one.unit, as_is, what_if, one_person))
        rows[-1] |= {"staff": one.employees, "field": f"staff-{pool_word(pool)}",
                     "value": asked.staff.get(pool, one.employees)}  # fmt: skip
    known = facts.pools
    for pool in sorted(set(as_is.pools) - set(known), key=str):
        unit = gettext("nobody is assigned") if pool.unit_id is None else gettext("another job")
        rows.append(_pool(pool, unit, as_is, what_if, one_person))
    return rows


def _pool(pool: Pool, unit: str, as_is: Feasibility, what_if: Feasibility, one_person: int) -> dict[str, Any]:
    now, then = as_is.pools.get(pool, Kept()), what_if.pools.get(pool, Kept())
    return {
        "unit": unit,
        "job": pool.job,
        "now": _figures(now) | {"there": hours(as_is.supply.get(pool, 0))},
        "then": _figures(then) | {"there": hours(what_if.supply.get(pool, 0))},
        "missing": people_missing(then.short_minutes, one_person),
        "share": f"{min(now.minutes / as_is.supply[pool], 1):.3f}" if as_is.supply.get(pool) else "1",
    }


def _tiles(page: Page, as_is: Feasibility, what_if: Feasibility) -> dict[str, Any]:
    then = [one["then"] for one in page.clauses]
    return {
        "broken_now": sum(not one["now"]["kept"] for one in page.clauses),
        "broken": sum(not one["kept"] for one in then),
        "clauses": len(page.clauses),
        "short_now": hours(as_is.short_minutes),
        "short": hours(what_if.short_minutes),
        "owed": hours(sum(one.minutes for one in what_if.clauses.values())),
        "there": hours(sum(what_if.supply.values())),
    }


def _chart(page: Page) -> dict[str, Any]:
    """Give the bars: for each clause the hours that are there and that are missing, once more where it would change."""
    bars: list[tuple[str, dict[str, Any], bool]] = []
    for one in page.clauses:
        bars.append((one["clause"], one["now"], False))
        if page.changed and one["then"] != one["now"]:
            bars.append((gettext("%(clause)s, what if") % one, one["then"], True))
    kept = [round(one["kept_minutes"] / 60, 1) for _, one, _ in bars]
    short = [round((one["minutes"] - one["kept_minutes"]) / 60, 1) for _, one, _ in bars]
    return {
        "labels": [label for label, _, _ in bars],
        "unit": " h",
        "series": [
            {"name": gettext("hours that are there"), "tone": "kept", "data": kept,
             "tones": ["accent" if is_what_if else "kept" for *_, is_what_if in bars]},
            {"name": gettext("hours missing"), "tone": "broken", "data": short,
             "tones": ["late" if is_what_if else "broken" for *_, is_what_if in bars]},
        ],
    }  # fmt: skip


def hours(minutes: int) -> str:
    """Write minutes as hours: whole ones from ten on, else with a half; never less than there is to do."""
    if minutes % 60 == 0 or minutes >= 600:
        return number_format(-(-minutes // 60), 0, use_l10n=True, force_grouping=True)
    tenths = -(-minutes // 6)
    return number_format(f"{tenths // 10}.{tenths % 10}", 1)


def month_words(month: date) -> str:
    """Name a month."""
    return date_format(month, "YEAR_MONTH_FORMAT")
