"""Twelve months of bills for every made-up customer, adding up to the spend that the customer is rated on."""

from __future__ import annotations

import random
from datetime import date

Row = dict[str, object]


def bills_before(chance: random.Random, *, customers: list[Row], first_day: date) -> list[Row]:
    """Return twelve bills a customer for the months before `first_day`, in yuan to the fen."""
    months = [_month_before(first_day, back) for back in range(12, 0, -1)]
    rows: list[Row] = []
    for person in customers:
        spend_fen = round(float(str(person["annual_spend_yuan"])) * 100)
        even = spend_fen // 12
        swings = [round(even * chance.uniform(-0.15, 0.15)) for _ in range(6)]
        amounts = [even + swing for swing in swings] + [even - swing for swing in swings]
        amounts[-1] += spend_fen - sum(amounts)
        rows.extend(
            {"customer_id": person["customer_id"], "month": month, "amount_yuan": f"{amount / 100:.2f}"}
            for month, amount in zip(months, amounts, strict=True)
        )
    return rows


def _month_before(day: date, back: int) -> str:
    index = day.year * 12 + day.month - 1 - back
    return f"{index // 12:04}-{index % 12 + 1:02}"
