"""What the made-up operator's systems notice about its customers: the facts that key moments are found from."""

from __future__ import annotations

import random
from datetime import date, timedelta

Row = dict[str, object]

NOTICED_IN = 40
"""One customer in so many is noticed at a time."""

KINDS = ("forwarded", "dropping", "shock", "ending", "overused", "underused", "asked")
WEIGHTS = (12, 24, 10, 16, 16, 14, 8)


def signals_about(*, seed: int, codes: list[str], day: date, noticed_in: int = NOTICED_IN) -> list[Row]:
    """Return what was noticed on a day about one customer in so many, the same for the same seed and day."""
    chance = random.Random(f"{seed}:signals:{day}")
    noticed = sorted(chance.sample(codes, max(len(codes) // noticed_in, min(len(codes), len(KINDS)))))
    chance.shuffle(noticed)
    rows = []
    for place, code in enumerate(noticed):
        # Each kind occurs at every size; the rest is drawn.
        kind = KINDS[place] if place < len(KINDS) else chance.choices(KINDS, weights=WEIGHTS)[0]
        rows.append({"customer_id": code, "day": day.isoformat(), **EMPTY, **_of_kind(kind, chance, day)})
    return rows


EMPTY: Row = {
    "calls_forwarded_to_rival": False, "spend_drop_ratio": "0", "bill_over_mean_ratio": "1", "plan_use_ratio": None,
    "contract_ends": None, "porting_query": False, "plan_churn_rate": None, "brand_churn_rate": None,
}  # fmt: skip


def _of_kind(kind: str, chance: random.Random, day: date) -> Row:
    rates: Row = {
        "plan_churn_rate": _number(chance, 0.05, 0.7),
        "brand_churn_rate": _number(chance, 0.02, 0.4),
    }
    dropping: Row = {"spend_drop_ratio": _number(chance, 0.3, 0.75), "bill_over_mean_ratio": None}
    told: dict[str, Row] = {
        "forwarded": {"calls_forwarded_to_rival": True, **(dropping if chance.random() < 0.5 else {})},
        "dropping": dropping,
        "shock": {"bill_over_mean_ratio": _number(chance, 5.2, 9)},
        "ending": {"contract_ends": (day + timedelta(days=chance.randrange(5, 29))).isoformat()},
        "overused": {"plan_use_ratio": _number(chance, 1.25, 2.2)},
        "underused": {"plan_use_ratio": _number(chance, 0.08, 0.45)},
        "asked": {"porting_query": True, **dropping},
    }
    return {**rates, **told[kind]}


def _number(chance: random.Random, least: float, most: float) -> str:
    return f"{chance.uniform(least, most):.2f}"
