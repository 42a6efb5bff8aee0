"""Say from real bills whether a customer's plan fits, and which would have cost less, cheaper or dearer.

A bill tells what was paid, not what was used. Beyond the rent it is exact: whoever paid more used all that the plan
contains and so much on top. At the rent the use lies anywhere within the plan. So another plan is recommended only
where it would have cost less over these bills however the plan was used; where bills are missing nothing is said.
Amounts are whole fen. Clause: JOIN-21. The plans are data of a company (`plans.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from upheld.policy.editions import Edition
from upheld.policy.facts import read_amount
from upheld.policy.problems import Problem
from upheld.policy.standards import Sources, Standard, Words, entries

FILE = "plans.yaml"
MONTHS = 3
"""How many of the first full bills count at most."""

NO_PLAN, NO_BILLS, BELOW_RENT = "no_plan", "no_bills", "below_rent"
FITS, CHEAPER, DEARER = "fits", "cheaper", "dearer"


@dataclass(frozen=True)
class Plan:
    """A plan on sale: its rent of a month, what its contents are worth by single prices, and what they are."""

    name: str
    clause: str
    title: Mapping[str, str]
    contents: Mapping[str, str]
    rent_fen: int
    worth_fen: int


@dataclass(frozen=True)
class MonthCost:
    """One full month: what was billed, how much of it beyond the rent, and what the other plan costs at most."""

    month: date
    billed_fen: int
    beyond_fen: int
    other_fen: int


@dataclass(frozen=True)
class PlanFit:
    """What the bills say: `verdict` with the present plan, the one recommended (None: stay), and the figures.

    `saved_fen` is what the recommended plan would have saved at least over these months.
    """

    verdict: str
    present: Plan | None = None
    recommended: Plan | None = None
    months: tuple[MonthCost, ...] = ()
    saved_fen: int = 0


def plan_fit(
    *,
    plans: Sequence[Plan],
    rent_fen: int | None,
    bills: Mapping[date, int],
    joined_date: date,
    as_of: date,
) -> PlanFit:
    """Compare the first full bills, by first day of their month, with the present plan and all others (JOIN-21).

    The present plan is the one with the customer's rent; two with one rent, or none, is not known well enough. A bill
    below the rent has a reduction that no plan explains. In both cases, and where a full bill is missing, nothing is
    recommended and `verdict` says why.
    """
    present = _present(plans, rent_fen)
    if present is None:
        return PlanFit(NO_PLAN)
    billed = first_full_bills(bills, joined_date=joined_date, as_of=as_of)
    if not billed:
        return PlanFit(NO_BILLS, present)
    if any(amount < present.rent_fen for _, amount in billed):
        return PlanFit(BELOW_RENT, present)
    paid = sum(amount for _, amount in billed)
    costs = {plan.name: sum(_at_most(present, plan, amount) for _, amount in billed) for plan in plans}
    best = min(plans, key=lambda plan: (costs[plan.name], plan is not present, plan.rent_fen))
    better = best if best is not present and costs[best.name] < paid else None
    shown = better or present
    months = tuple(
        MonthCost(month, amount, amount - present.rent_fen, _at_most(present, shown, amount))
        for month, amount in billed
    )
    if better is None:
        return PlanFit(FITS, present, None, months)
    verdict = CHEAPER if better.rent_fen < present.rent_fen else DEARER
    return PlanFit(verdict, present, better, months, paid - costs[better.name])


def first_full_bills(
    bills: Mapping[date, int], *, joined_date: date, as_of: date
) -> tuple[tuple[date, int], ...]:
    """Return the first whole months after joining with their bills, at most MONTHS; none where one is missing between.

    The month of joining is whole only from its first day; a month that is not over by `as_of` is not whole yet.
    """
    month = joined_date if joined_date.day == 1 else _next(joined_date)
    found: list[tuple[date, int]] = []
    while len(found) < MONTHS and _next(month) <= as_of and month in bills:
        found.append((month, bills[month]))
        month = _next(month)
    if len(found) < MONTHS and any(month < later and _next(later) <= as_of for later in bills):
        return ()
    return tuple(found)


def _present(plans: Sequence[Plan], rent_fen: int | None) -> Plan | None:
    found = [plan for plan in plans if plan.rent_fen == rent_fen]
    return found[0] if len(found) == 1 else None


def _at_most(present: Plan, other: Plan, billed_fen: int) -> int:
    """Return what a month costs at most in another plan; in the present one that is what was billed."""
    if other is present:
        return billed_fen
    used_fen = present.worth_fen + billed_fen - present.rent_fen
    return other.rent_fen + max(0, used_fen - other.worth_fen)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def plans_of(edition: Edition) -> tuple[Plan, ...]:
    """Return the plans of an edition, in the order of the files."""
    if edition.content_hash not in _KNOWN:
        _KNOWN[edition.content_hash] = read_plans(edition.sources, edition.standards, [])
    return _KNOWN[edition.content_hash]


_KNOWN: dict[str, tuple[Plan, ...]] = {}
"""What was read already, by the hash of the edition's content, which never changes."""


def read_plans(sources: Sources, standards: Iterable[Standard], problems: list[Problem]) -> tuple[Plan, ...]:
    """Read `plans.yaml` of every standard, in their order; faults go to `problems` with file and line."""
    found: dict[str, Plan] = {}
    for standard in standards:
        file = f"{standard.folder}/{FILE}"
        for raw in entries(sources, file, problems):
            words = Words(raw, problems, file, 1)
            plan = _read(words, standard)
            words.close()
            if plan is None:
                continue
            if plan.name in found:
                words.fault(f"the plan '{plan.name}' stands twice.", "give each plan its own name.", "plan")
            found.setdefault(plan.name, plan)
    return tuple(found.values())


def _read(words: Words, standard: Standard) -> Plan | None:
    name = words.take("plan", str, word="the name of the plan")
    clause = words.cited(standard.clauses)
    title, contents = words.both("title"), words.both("contents")
    amounts = [_amount(words, key) for key in ("rent_yuan", "worth_yuan")]
    rent, worth = amounts
    if name is None or clause is None or rent is None or worth is None:
        return None
    return Plan(name, clause, title, contents, rent, worth)


def _amount(words: Words, key: str) -> int | None:
    value = words.take(key, (int, str), word="an amount in yuan")
    if value is None:
        return None
    try:
        return read_amount(value)
    except ValueError as error:
        words.fault(f"{key}: {error}.", "write an amount in yuan, with at most two decimals.", key)
        return None
