"""The made-up operator as a whole: one seed in, the same province out, on every machine and every day.

The first day of the history is an argument too, because spend, bills and memberships lie before it. Two runs
with the same seed, size and first day give the same rows in the same order.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from .addresses import addresses_of
from .base import people_of_groups, people_outside
from .bills import bills_before
from .groups import make_groups
from .signals import signals_about
from .staff import make_assignments, make_staff

Row = dict[str, object]
SEED = 20050101
FULL_SIZE = 6_000


@dataclass(frozen=True)
class Operator:
    """Hold the rows of one made-up operator by kind of feed, each a dict in the feed's own columns."""

    seed: int
    first_day: date
    staff: list[Row]
    groups: list[Row]
    customers: list[Row]
    members: list[Row]
    services: list[Row]
    bills: list[Row]
    assignments: list[Row]
    addresses: list[Row]
    signals: list[Row]


def make_operator(*, first_day: date, people: int = FULL_SIZE, seed: int = SEED) -> Operator:
    """Invent an operator of about `people` people whose history begins on `first_day`.

    One group stands for twenty people, so the full size has 300 groups. At least 200 people are needed for
    every class, role and card to occur; fewer raise ValueError.
    """
    if people < 200:
        raise ValueError(f"a demo of {people} people is too small to show every card; ask for 200 or more")
    chance = random.Random(seed)
    staff = make_staff(chance)
    groups = make_groups(chance, count=people // 20)
    inside = people_of_groups(chance, groups=groups, count=people * 65 // 100, first_day=first_day)
    outside = people_outside(chance, count=people - len(inside.customers), first_day=first_day)
    customers = inside.customers + outside.customers
    return Operator(
        seed=seed,
        first_day=first_day,
        staff=staff,
        groups=groups,
        customers=customers,
        members=inside.members,
        services=inside.services + outside.services,
        bills=bills_before(chance, customers=customers, first_day=first_day),
        assignments=make_assignments(
            chance, staff=staff, groups=groups, customers=outside.customers, first_day=first_day
        ),
        addresses=addresses_of(seed=seed, staff=staff, customers=customers),
        signals=signals_about(
            seed=seed,
            codes=[str(one["customer_id"]) for one in customers],
            day=first_day - timedelta(days=1),
        ),
    )
