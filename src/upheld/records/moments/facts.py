"""The facts that key moments are found from: what the systems signalled, and what the bills tell by themselves.

A fact that is not known is left out, as everywhere. Ratios are taken to six decimals, half a unit up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from upheld.policy.facts import Subject
from upheld.records.among import among
from upheld.records.moments.models import Signal
from upheld.records.people.models import Bill

STATED = (
    "calls_forwarded_to_rival",
    "spend_drop_ratio",
    "bill_over_mean_ratio",
    "plan_use_ratio",
    "porting_query",
    "plan_churn_rate",
    "brand_churn_rate",
    "rival_link_churn_rate",
    "number_range_churn_rate",
)
"""Columns of a signal that are facts as they stand."""

KNOWN = frozenset({*STATED, "contract_days_left"})
"""Every fact that `signals_of` may give."""

MONTHS_BEFORE = 3
"""A bill is held against the mean of so many months before it."""

_MILLIONTH = Decimal("0.000001")


def signals_of(person_ids: Sequence[int], *, as_of: date, hold_days: int) -> dict[int, Subject]:
    """Give the facts signalled about persons, by person id; who has none is left out. Two queries.

    Of several days the latest up to `as_of` counts, unless it is older than `hold_days`. Where no signal says how a
    bill compares with those before it, the bills themselves do.
    """
    found: dict[int, Subject] = {}
    latest = Signal.objects.filter(
        among("person_id", person_ids), day__lte=as_of, day__gt=as_of - timedelta(days=hold_days)
    )
    for signal in latest.order_by("person_id", "-day").distinct("person_id"):
        facts: dict[str, Any] = {name: getattr(signal, name) for name in STATED}
        if signal.contract_ends is not None:
            facts["contract_days_left"] = (signal.contract_ends - as_of).days
        known = {name: value for name, value in facts.items() if value is not None}
        if known:
            found[signal.person_id] = known
    for person, ratios in _bill_ratios(person_ids, as_of).items():
        found[person] = {**ratios, **found.get(person, {})}
    return found


def monthly_bills(person_ids: Sequence[int], *, as_of: date) -> dict[int, int]:
    """Give what persons were billed a month lately, in fen: the mean of the last three bills before `as_of`."""
    bills: dict[int, list[int]] = defaultdict(list)
    rows = Bill.objects.filter(among("person_id", person_ids), month__lt=as_of.replace(day=1))
    rows = rows.filter(month__gte=_months_before(as_of, 12))
    for person, amount in rows.order_by("person_id", "-month").values_list("person_id", "amount_fen"):
        if len(bills[person]) < MONTHS_BEFORE:
            bills[person].append(amount)
    return {person: round(sum(amounts) / len(amounts)) for person, amounts in bills.items()}


def _bill_ratios(person_ids: Sequence[int], as_of: date) -> dict[int, Subject]:
    """Compare each person's bill of the last month, or of the one before it, with the mean of three months before."""
    bills: dict[int, dict[date, int]] = defaultdict(dict)
    first = _months_before(as_of, MONTHS_BEFORE + 2)
    rows = Bill.objects.filter(
        among("person_id", person_ids), month__gte=first, month__lt=as_of.replace(day=1)
    )
    for person, month, amount in rows.values_list("person_id", "month", "amount_fen"):
        bills[person][month] = amount
    found: dict[int, Subject] = {}
    for person, by_month in bills.items():
        for back in (1, 2):
            latest = by_month.get(_months_before(as_of, back))
            if latest is None:
                continue
            before = [by_month.get(_months_before(as_of, back + n)) for n in range(1, MONTHS_BEFORE + 1)]
            known = [amount for amount in before if amount is not None]
            if len(known) == MONTHS_BEFORE and any(known):
                found[person] = _compared(latest, sum(known))
            break
    return found


def _compared(latest: int, before: int) -> Subject:
    ratio = Decimal(latest * MONTHS_BEFORE) / before
    over = ratio.quantize(_MILLIONTH, ROUND_HALF_UP)
    return {"bill_over_mean_ratio": over, "spend_drop_ratio": max(Decimal(0), 1 - over)}


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
