"""The questions that an edition answers, by noun: raw facts in, an answer in the shape of the ask contract out.

The command line, the cases and the API all ask through here, so that one question has one answer everywhere. A
noun's module offers `answer(edition, raw, as_of)`; it is imported when its noun is first asked, so that a single
question stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from importlib import import_module
from typing import Any

from upheld.policy.editions import Edition

Answer = dict[str, Any]
Answerer = Callable[[Edition, Mapping[str, Any], date], Answer]

_ANSWERERS = {
    "tiers": ("tiers", "answer"),
    "contacts": ("contacts", "answer"),
    "plan": ("contacts", "answer_plan"),
    "entitlements": ("entitlements", "answer"),
    "deadlines": ("deadlines", "answer"),
    "windows": ("windows", "answer"),
    "journeys": ("journeys", "answer"),
    "points": ("points", "answer"),
    "churn": ("churn", "answer"),
    "speech": ("speech", "answer"),
    "staffing": ("staffing", "answer"),
    "staff_points": ("staff_points", "answer"),
}
QUESTIONS = tuple(_ANSWERERS)


@cache
def answerer(question: str) -> Answerer:
    """Return the function that answers a question; raises KeyError for a question that nobody answers.

    It raises `BadFacts` naming every bad fact, and `OutsideDates` where no standard is in force.
    """
    module, name = _ANSWERERS[question]
    found: Answerer = getattr(import_module(f"upheld.policy.{module}"), name)
    return found


@cache
def answerer_beside(question: str) -> Answerer | None:
    """Return the function that answers what only the cases of a noun ask for, beside the contract; None without one."""
    found: Answerer | None = getattr(
        import_module(f"upheld.policy.{_ANSWERERS[question][0]}"), "answer_beside", None
    )
    return found
