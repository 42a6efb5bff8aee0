"""Explain one customer by policy in process, against a plain Python function of the very same rules.

    python bench/policy.py [--subjects 2000] [--repeats 5] [--small]

The plain function knows the shipped rules by heart: ifs over a dictionary, answering card, state and first clause and
no more. Policy looks every rule up in the tables, collects every reason, and answers for whatever edition it is given.
Both answer the same subjects, are compared on all of them, and take turns; medians.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from measure import Mark, verdict

from upheld.policy.editions import load_edition
from upheld.policy.facts import FACTS
from upheld.policy.tiers import tier_of

AS_OF = date(2026, 3, 1)
Plain = tuple[str | None, str, str | None]
CARDS = (None, "silver", "gold", "diamond")


def main() -> int:
    """Compare, measure and print; return 1 where the mark is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--subjects", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="200 subjects, once: does it run at all")
    told = parser.parse_args()
    many, repeats = (200, 1) if told.small else (told.subjects, told.repeats)
    subjects = make_subjects(many)
    edition = load_edition()
    for subject in subjects:
        answer = tier_of(edition=edition, subject=subject, as_of=AS_OF)
        clause = answer.because[0].clause if answer.because else None
        if (answer.card, answer.state, clause) != by_heart(subject, AS_OF):
            raise SystemExit(f"the answers differ for {subject}: {answer} and {by_heart(subject, AS_OF)}")
    timed: dict[str, list[float]] = {"policy": [], "plain": []}
    for _ in range(repeats):
        timed["policy"].append(
            microseconds(lambda one: tier_of(edition=edition, subject=one, as_of=AS_OF), subjects)
        )
        timed["plain"].append(microseconds(lambda one: by_heart(one, AS_OF), subjects))
    ours, plain = (statistics.median(timed[name]) for name in ("policy", "plain"))
    print(f"  {many:,} subjects: {ours:.2f} microseconds each by policy, {plain:.2f} by a plain function")
    missed = verdict([Mark("one customer by policy, of the plain function", ours / plain, 20)])
    return 1 if missed and not told.small else 0


def microseconds(answer: Callable[[dict[str, Any]], object], subjects: list[dict[str, Any]]) -> float:
    """Return the microseconds of CPU of one answer, over all subjects; others on the machine do not count."""
    began = time.process_time()
    for subject in subjects:
        answer(subject)
    return (time.process_time() - began) / len(subjects) * 1e6


def by_heart(subject: dict[str, Any], as_of: date) -> Plain:
    """Rate one subject as somebody would write it down once and for all: clauses KEY-3, CT-31 to CT-38, CT-41."""
    get = subject.get
    if ended(subject, as_of):
        return None, "cancelled", "CT-38"
    found = [
        rate for rate in (key_person(subject), official(subject), by_amount(subject)) if rate is not None
    ]
    rank, clause = max(found, key=lambda rate: rate[0], default=(0, None))
    override = get("override_card")
    if override and get("override_approved_by") and override == get("previous_card"):
        kept = CARDS.index(override)
        if kept > rank:
            rank, clause = kept, "CT-36"
    if get("arrears_months") is not None and subject["arrears_months"] >= 1:
        return CARDS[rank], "frozen", "CT-37"
    if rank:
        return CARDS[rank], "active", clause
    plan = get("plan_monthly_yuan")
    if plan is not None and plan >= 8_000:
        return None, "provisional", "CT-41"
    return None, "none", None


def ended(subject: dict[str, Any], as_of: date) -> bool:
    """CT-38: the membership is cancelled."""
    get = subject.get
    if get("status") == "closed" or get("cancel_requested") or get("serious_harm"):
        return True
    if get("arrears_months") is not None and subject["arrears_months"] > 3 and get("dunning_failed"):
        return True
    valid_until = get("card_valid_until")
    return valid_until is not None and valid_until < as_of


def key_person(subject: dict[str, Any]) -> tuple[int, str] | None:
    """KEY-3: by group class and role, and officials of division level."""
    group, role = subject.get("group_class"), subject.get("role")
    if group is None:
        return None
    rank = 2 if subject.get("rank") == "division" else 0
    if group == "A":
        rank = max(rank, 3 if role == "top_decision_maker" else 2 if role else 0)
    elif group in ("B1", "B2"):
        rank = max(rank, 2 if role == "top_decision_maker" else 1 if role else 0)
    elif group == "C":
        rank = max(rank, 1 if role and role != "influencer" else 0)
    else:
        rank = max(rank, 1 if role in ("top_decision_maker", "contact") else 0)
    return (rank, "KEY-3") if rank else None


def official(subject: dict[str, Any]) -> tuple[int, str] | None:
    """CT-31: by the rank of an official."""
    if subject.get("papers") != "organisation" or subject.get("organisation_kind") != "government":
        return None
    rank = subject.get("rank")
    return ({"bureau": 3, "division": 2, "section": 1}[rank], "CT-31") if rank else None


def by_amount(subject: dict[str, Any]) -> tuple[int, str] | None:
    """CT-32 to CT-35: by the group's revenue or last year's spend."""
    get = subject.get
    if get("papers") == "organisation":
        if get("organisation_kind") not in ("finance", "large_enterprise", "high_end_cluster"):
            return None
        amount, clause, steps = get("group_revenue_yuan"), "CT-32", (5_000_000, 10_000_000, 30_000_000)
        if get("strategic"):
            return 3, clause
    elif get("papers") == "personal" and get("brand"):
        amount = get("annual_spend_yuan")
        if subject["brand"] == "e_home":
            clause, steps = "CT-33", (108_000, 216_000, 336_000)
        elif subject["brand"] == "tianyi":
            clause, steps = "CT-34", (103_200, 216_000, 336_000)
        else:
            clause, steps = "CT-35", (120_000, 240_000, 360_000)
    else:
        return None
    if amount is None or amount < steps[0]:
        return None
    return (3 if amount >= steps[2] else 2 if amount >= steps[1] else 1), clause


def make_subjects(many: int) -> list[dict[str, Any]]:
    """Make subjects as a base has them: mostly private customers, some of organisations, some key persons."""
    draw = random.Random(2026)
    made = []
    for _ in range(many):
        subject: dict[str, Any] = {"papers": "personal" if draw.random() < 0.8 else "organisation"}
        subject["brand"] = draw.choice(FACTS["brand"].values)
        subject["annual_spend_yuan"] = int(draw.lognormvariate(11.5, 1))
        subject["plan_monthly_yuan"] = draw.randrange(2_900, 20_000)
        subject["arrears_months"] = 0 if draw.random() < 0.95 else draw.randrange(1, 6)
        if subject["papers"] == "organisation":
            subject["organisation_kind"] = draw.choice(FACTS["organisation_kind"].values)
            subject["rank"] = draw.choice(FACTS["rank"].values)
            subject["group_revenue_yuan"] = int(draw.lognormvariate(15.5, 1))
        if draw.random() < 0.2:
            subject["group_class"] = draw.choice(FACTS["group_class"].values)
            subject["role"] = draw.choice(FACTS["role"].values)
        if draw.random() < 0.3:
            subject["card_valid_until"] = AS_OF + timedelta(days=draw.randrange(-20, 700))
        made.append(subject)
    return made


if __name__ == "__main__":
    raise SystemExit(main())
