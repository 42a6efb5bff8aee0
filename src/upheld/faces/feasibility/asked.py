"""Read what a feasibility view is asked: the month, the unit, and what would be otherwise. All of it in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.policy.feasibility import Effort, Pool
from upheld.policy.kinds.effort import ACTIONS

CADENCES: dict[str, tuple[Fraction, Lazy | str]] = {
    "1": (Fraction(1), _("as written")),
    "0.5": (Fraction(1, 2), _("half as often")),
    "1.5": (Fraction(3, 2), _("half as often again")),
    "2": (Fraction(2), _("twice as often")),
    "0": (Fraction(0), _("not at all")),
}
MONTHS_OFFERED = 4
MOST_STAFF = 9_999


@dataclass
class Asked:
    """What would be otherwise: staff by pool, cadence by clause, minutes, and which clauses are kept first."""

    month: date
    staff: dict[Pool, int] = field(default_factory=dict)
    cadence: dict[str, str] = field(default_factory=dict)
    effort: Effort | None = None
    first: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)

    def times(self) -> dict[str, Fraction]:
        """Return how many times as often the contacts of each changed clause are owed."""
        return {clause: CADENCES[word][0] for clause, word in self.cadence.items()}


def months_offered(today: date) -> list[date]:
    """Give the first days of the months that may be looked at: this one and those that follow."""
    found, month = [], today.replace(day=1)
    for _turn in range(MONTHS_OFFERED):
        found.append(month)
        month = next_month(month)
    return found


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def pool_word(pool: Pool) -> str:
    """Name a pool in a field."""
    return f"{pool.unit_id}-{pool.job}"


def read(words: Mapping[str, Any], *, today: date, effort: Effort, pools: Mapping[Pool, int]) -> Asked:
    """Read the address; what cannot be meant is told, and counts as not asked for. `pools` gives the staff as it is."""
    months = months_offered(today)
    asked = Asked(next((one for one in months if one.strftime("%Y-%m") == words.get("month")), months[1]))
    for pool, there in pools.items():
        number = _number(words.get(f"staff-{pool_word(pool)}"), MOST_STAFF, asked)
        if number is not None and number != there:
            asked.staff[pool] = number
    for name in words:
        if name.startswith("cadence-") and words[name] in CADENCES and words[name] != "1":
            asked.cadence[name.removeprefix("cadence-")[:32]] = words[name]
    asked.first = frozenset(name.removeprefix("first-")[:32] for name in words if name.startswith("first-"))
    asked.effort = _effort(words, effort, asked)
    return asked


def _effort(words: Mapping[str, Any], usual: Effort, asked: Asked) -> Effort | None:
    told = {
        name: _number(words.get(f"m-{name}"), 1_440, asked) for name in (*ACTIONS, "other", "travel", "day")
    }
    percent = _number(words.get("m-percent"), 100, asked)
    minutes = {name: _or(told[name], usual.minutes[name]) for name in usual.minutes}
    effort = Effort(
        minutes,
        _or(told["travel"], usual.travel),
        _or(told["day"], usual.day_minutes),
        _or(percent, usual.percent),
    )
    return effort if effort != usual else None


def _or(told: int | None, usual: int) -> int:
    return usual if told is None else told


def _number(text: Any, most: int, asked: Asked) -> int | None:
    if text is None or text == "":
        return None
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= most:
        return int(text)
    asked.problems.append(
        gettext("“%(text)s” is not a whole number from 0 to %(most)s.")
        % {"text": str(text)[:20], "most": most}
    )
    return None
