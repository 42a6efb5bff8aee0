"""Draw a journey as a band of its five stages, with what was done above it and what is owed below it.

Each stage takes a fifth of the width, for the first days hold most of the steps. Everything across is a share in
percent, everything down a number of pixels, so that one drawing fits a phone and a wide screen. Plain SVG: no script,
no style.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces.journeys.words import step_name

NAMES: tuple[Lazy | str, ...] = (
    _("Guidance"), _("First visit"), _("First bill"), _("Plan fit"), _("Closing care"),
)  # fmt: skip
_ENDS = (3, 10, 30, 60, 90)
BAND_Y, BAND, DOT, MOST_HIGH = 46, 26, 7, 4
_LEFT, _RIGHT = 1.0, 99.0


@dataclass(frozen=True)
class Stage:
    """One stage as drawn: where it begins and how wide it is, its name, its last day, and whether it is now."""

    x: float
    width: float
    middle: float
    name: str
    last_day: int
    is_now: bool


@dataclass(frozen=True)
class Dot:
    """One step as drawn, done (above) or owed (below)."""

    x: float
    y: int
    tone: str
    says: str


@dataclass
class Drawing:
    """The whole picture."""

    height: int
    stages: list[Stage]
    today: float | None
    dots: list[Dot] = field(default_factory=list)

    @property
    def foot(self) -> int:
        """Give where the line of today ends."""
        return self.height - 4


def stage_ends(parameters: Mapping[str, Any]) -> tuple[int, ...]:
    """Give the last day of each stage; a company may change the first two."""
    first = int(parameters.get("guidance_due_day", _ENDS[0]))
    second = int(parameters.get("first_return_visit_due_day", _ENDS[1]))
    ends = (first, second, *_ENDS[2:])
    return ends if list(ends) == sorted(set(ends)) and ends[0] >= 0 else _ENDS


def x_of(day: int, ends: Sequence[int]) -> float:
    """Give where a day of the journey stands, in percent; what lies outside stands at the edge."""
    wide = (_RIGHT - _LEFT) / len(ends)
    begins = -1
    for place, end in enumerate(ends):
        if day <= end:
            share = (max(day, 0) - begins - 0.5) / (end - begins)
            return round(_LEFT + (place + share) * wide, 2)
        begins = end
    return _RIGHT


def drawing_of(
    lines: Sequence[Any], *, joined: date, today: date | None, parameters: Mapping[str, Any]
) -> Drawing:
    """Draw the lines of a journey (`page.py`); `today` None for one that is closed."""
    ends = stage_ends(parameters)
    now = None if today is None else (today - joined).days
    wide = (_RIGHT - _LEFT) / len(ends)
    begins = [-1, *ends[:-1]]
    stages = [
        Stage(
            x=round(_LEFT + place * wide, 2),
            width=round(wide - 0.4, 2),
            middle=round(_LEFT + (place + 0.5) * wide, 2),
            name=str(NAMES[place]),
            last_day=end,
            is_now=now is not None and begins[place] < now <= end,
        )
        for place, end in enumerate(ends)
    ]
    above: dict[int, int] = {}
    below: dict[int, int] = {}
    dots = []
    for line in lines:
        if line.state == "never":
            continue
        done = line.done_on is not None
        day = ((line.done_on if done else line.due_date) - joined).days
        x = x_of(day, ends)
        stacks = above if done else below
        # Dots that would lie on one another stand in a pile.
        place = round(x / 3)
        high = stacks[place] = stacks.get(place, -1) + 1
        high = min(high, MOST_HIGH)
        y = BAND_Y - 8 - high * DOT if done else BAND_Y + BAND + 30 + high * DOT
        says = gettext("%(step)s: %(state)s, day %(day)d") % {
            "step": step_name(line.step), "state": line.state_words, "day": day,
        }  # fmt: skip
        dots.append(Dot(x, y, line.state, says))
    deepest = max([BAND_Y + BAND + 24, *(dot.y + 8 for dot in dots)])
    return Drawing(deepest + 4, stages, None if now is None else x_of(now, ends), dots)
