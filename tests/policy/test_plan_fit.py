"""A recommendation never costs more than the present plan by the same bills, however the plan was used (JOIN-21)."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.facts import read_amount
from upheld.policy.plan_fit import CHEAPER, DEARER, FITS, Plan, plan_fit, plans_of
from upheld.policy.problems import StandardRefused
from upheld.policy.standards import read_sources, shipped_folder

CASES = yaml.safe_load((Path(__file__).parent / "plan_fit.yaml").read_text("utf-8"))
USUAL = {"small": (20, 25), "middle": (50, 80), "large": (100, 200)}


def plan(name: str, rent_fen: int, worth_fen: int) -> Plan:
    return Plan(name, "JOIN-21", {}, {}, rent_fen, worth_fen)


@pytest.mark.parametrize("case", CASES, ids=[one["case"] for one in CASES])
def test_the_examples(case: dict[str, Any]) -> None:
    plans = [
        plan(name, *(read_amount(amount) for amount in amounts))
        for name, amounts in case.get("plans", USUAL).items()
    ]
    found = plan_fit(
        plans=plans,
        rent_fen=read_amount(case["rent_yuan"]) if "rent_yuan" in case else None,
        bills={
            date.fromisoformat(f"{month}-01"): read_amount(amount) for month, amount in case["bills"].items()
        },
        joined_date=case["joined"],
        as_of=case["as_of"],
    )
    assert found.verdict == case["verdict"]
    assert (found.recommended.name if found.recommended else None) == case.get("recommended")
    assert found.saved_fen == read_amount(case.get("saved_yuan", 0))
    if found.recommended:
        assert sum(one.billed_fen - one.other_fen for one in found.months) == found.saved_fen


amounts = st.integers(0, 12)
plans_on_sale = st.lists(st.tuples(amounts, amounts), min_size=1, max_size=5)


def uses_that_explain(billed: int, rent: int, worth: int) -> list[int]:
    """List every use, by trying all, that makes the present plan cost what was billed."""
    return [use for use in range(60) if rent + max(0, use - worth) == billed]


@settings(max_examples=400, deadline=None)
@given(plans_on_sale, st.data())
def test_a_recommendation_never_costs_more_whatever_was_used(
    on_sale: list[tuple[int, int]], data: st.DataObject
) -> None:
    plans = [plan(str(place), rent, worth) for place, (rent, worth) in enumerate(on_sale)]
    present = data.draw(st.sampled_from(plans))
    billed = data.draw(st.lists(st.integers(present.rent_fen, 20), min_size=1, max_size=3))
    months = [date(2026, month, 1) for month in range(2, 2 + len(billed))]
    found = plan_fit(
        plans=plans, rent_fen=present.rent_fen, bills=dict(zip(months, billed, strict=True)),
        joined_date=date(2026, 1, 15), as_of=date(2026, 6, 1),
    )  # fmt: skip
    if sum(one.rent_fen == present.rent_fen for one in plans) > 1:
        assert found.verdict == "no_plan"
        return
    possible = list(
        product(*(uses_that_explain(amount, present.rent_fen, present.worth_fen) for amount in billed))
    )

    def costs(one: Plan, uses: tuple[int, ...]) -> int:
        return sum(one.rent_fen + max(0, use - one.worth_fen) for use in uses)

    surely_better = [
        one
        for one in plans
        if one is not present and all(costs(one, uses) < sum(billed) for uses in possible)
    ]
    if found.recommended is None:
        assert found.verdict == FITS
        assert not surely_better
    else:
        assert found.recommended in surely_better
        worst = max(costs(found.recommended, uses) for uses in possible)
        assert worst == sum(billed) - found.saved_fen
        assert worst == min(max(costs(one, uses) for uses in possible) for one in surely_better)
        cheaper = found.recommended.rent_fen < present.rent_fen
        assert found.verdict == (CHEAPER if cheaper else DEARER)


def test_the_shipped_plans_are_whole_and_faults_are_told_with_their_line() -> None:
    plans = plans_of(shipped_edition())
    assert len({one.rent_fen for one in plans}) == len(plans)
    assert all(one.worth_fen >= one.rent_fen for one in plans)
    sources = dict(read_sources(shipped_folder()))
    sources["onboarding/plans.yaml"] = "- {plan: x, clause: JOIN-99, rent_yuan: -1, worth_yuan: 1.234}\n"
    with pytest.raises(StandardRefused) as refused:
        load_edition(sources=sources)
    told = " ".join(str(one) for one in refused.value.problems)
    for fault in ("JOIN-99", "rent_yuan", "worth_yuan", "'title' is missing", "'contents' is missing"):
        assert fault in told
