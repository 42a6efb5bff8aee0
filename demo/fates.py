"""What becomes of each promise in the demo's history: kept in its window, late, waived, or missed.

A fate is drawn from the seed and the promise's own identity, so it does not depend on the order in which
promises are read and stays the same when a day is walked again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

# How much of what is owed somebody keeps; managers differ, and the dashboard should show that they do.
DILIGENCE = (0.96, 0.93, 0.90, 0.87, 0.83, 0.78, 0.68)
WAIVERS = (
    "客户出国,本期不便打扰",
    "客户要求本季度不再走访",
    "集团内部改组,联系人待定",
    "客户住院,改期另议",
)
MASS_ACTIONS = ("sms", "greeting", "information")
OUTDOOR_ACTIONS = ("visit", "care_day", "event", "training", "gift", "return_visit", "call")


@dataclass(frozen=True)
class Fate:
    """Say how a promise ends: `kind` is kept, late, waived or missed, `on` the day of acting (or None)."""

    kind: str
    on: date | None
    reason: str = ""


def fate_of(
    *, seed: int, identity: str, action: str, from_date: date, due_date: date, manager: str | None
) -> Fate:
    """Draw the fate of one promise; `manager` is who answers for it, None where nobody does."""
    chance = random.Random(f"{seed}:{identity}")
    if manager is None:
        return Fate("missed", None)
    keeps = DILIGENCE[random.Random(f"{seed}:{manager}").randrange(len(DILIGENCE))]
    if action in MASS_ACTIONS:  # sent in one go from a list: seldom forgotten
        keeps += (1 - keeps) * 0.6
    drawn = chance.random()
    if drawn < keeps:
        return Fate("kept", _day_within(chance, action, from_date, due_date))
    rest = (drawn - keeps) / (1 - keeps)
    if rest < 0.25:
        return Fate("late", _workday_after(due_date, chance.randrange(1, 6)))
    if rest < 0.4:
        return Fate("waived", _day_within(chance, action, from_date, due_date), chance.choice(WAIVERS))
    return Fate("missed", None)


def late_fate(due_date: date) -> Fate:
    """Return the fate of a promise that is kept on the second working day after its due day."""
    return Fate("late", _workday_after(due_date, 2))


def _day_within(chance: random.Random, action: str, from_date: date, due_date: date) -> date:
    """Choose a day of the window, a working day where the act needs one and the window has one."""
    days = [from_date + timedelta(days=n) for n in range((due_date - from_date).days + 1)]
    if action in OUTDOOR_ACTIONS:
        days = [day for day in days if day.weekday() < 5] or days
    # Some do it at once and some just before it is due.
    return days[min(len(days) - 1, int(chance.betavariate(1.4, 1.6) * len(days)))]


def _workday_after(day: date, workdays: int) -> date:
    while workdays:
        day += timedelta(days=1)
        workdays -= day.weekday() < 5
    return day
