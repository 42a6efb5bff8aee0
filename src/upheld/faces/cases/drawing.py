"""Draw the clocks of a case: a band for each, with what ran, what stood still and why, when it was due, and the steps.

Everything across is a share of the width in percent, everything down a number of pixels, so one drawing fits a phone
and a wide screen with words of the same size. The drawing is made here and is plain SVG: no script, no style.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from upheld.faces import case_words, wording
from upheld.faces.cases.bands import Band

AXIS, STEPS, ROW, LABEL, BAR = 22, 30, 46, 17, 14
"""Heights in pixels: the axis with its words, the row of steps, a band with its label above its bar."""
_LEFT, _RIGHT = 1.5, 98.5
_TICKS = (
    timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4),
    timedelta(hours=8), timedelta(days=1), timedelta(days=2), timedelta(days=7), timedelta(days=14),
    timedelta(days=30), timedelta(days=90), timedelta(days=365),
)  # fmt: skip
_MOST_TICKS = 6


@dataclass(frozen=True)
class Bar:
    """A stretch as drawn: from `x`, `width` wide (percent), with what it says."""

    kind: str
    x: float
    width: float
    says: str


@dataclass(frozen=True)
class Mark:
    """A point in time as drawn, with what it says; `faint` ones have no words on a phone."""

    x: float
    says: str
    label: str = ""
    faint: bool = False


@dataclass
class Row:
    """One band as drawn; `y` of its label, of its bar, and how it ended."""

    y: int
    bar_y: int
    label: str
    tone: str
    bars: list[Bar] = field(default_factory=list)
    due: Mark | None = None
    beyond: str = ""
    warnings: list[Mark] = field(default_factory=list)
    end: Mark | None = None


@dataclass
class Drawing:
    """The whole picture."""

    height: int
    ticks: list[Mark]
    steps: list[Mark]
    rows: list[Row]
    now: Mark | None

    @property
    def foot(self) -> int:
        """Give where the bands end."""
        return self.height - 4


class _Scale:
    """Put instants on the width."""

    def __init__(self, from_at: datetime, until_at: datetime) -> None:
        self.from_at, self.until_at = from_at, max(until_at, from_at + timedelta(minutes=1))
        self.length = (self.until_at - self.from_at).total_seconds()

    def x(self, at: datetime) -> float:
        share = (at - self.from_at).total_seconds() / self.length
        return round(_LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0), 3)

    def holds(self, at: datetime) -> bool:
        return self.from_at <= at <= self.until_at


def drawing_of(
    bands: Sequence[Band],
    steps: Sequence[Any],
    *,
    opened_at: datetime,
    at: datetime,
    closed: bool,
    whole: bool,
) -> Drawing | None:
    """Draw the bands and steps of a case as known at `at`; None where no clock ever ran.

    Near, the drawing ends with the next due time; `whole`, with the last one.
    """
    if not bands:
        return None
    scale = _Scale(opened_at, _until(bands, steps, at=at, closed=closed, whole=whole))
    rows = []
    for number, band in enumerate(bands):
        rows.append(_row(band, scale, AXIS + STEPS + number * ROW))
    known = [step for step in steps if step.at <= at]
    now = None if closed else Mark(scale.x(at), gettext("now, %(when)s") % {"when": case_words.moment(at)})
    return Drawing(
        height=AXIS + STEPS + len(bands) * ROW + 8,
        ticks=_ticks(scale),
        steps=[Mark(scale.x(step.at), step_says(step)) for step in known],
        rows=rows,
        now=now,
    )


def step_says(step: Any) -> str:
    """Say a step in one line: when, what, by whom."""
    what = wording.word(case_words.STEPS, step.what)
    if step.event and step.what == "reached":
        what = gettext("%(step)s: %(event)s") % {
            "step": what,
            "event": wording.word(wording.ACTIONS, step.event),
        }
    if step.waiting_for:
        what = gettext("%(step)s: %(event)s") % {
            "step": what, "event": wording.word(case_words.WAITING_FOR, step.waiting_for),
        }  # fmt: skip
    return f"{case_words.moment(step.at)} · {what}"


def _until(
    bands: Sequence[Band], steps: Sequence[Any], *, at: datetime, closed: bool, whole: bool
) -> datetime:
    """Find where the drawing ends: past what happened, and past the next due time, or the last."""
    happened = [step.at for step in steps if step.at <= at]
    end = max(happened) if closed and happened else at
    dues = [band.line.due_at for band in bands if band.line.standing in ("on_time", "soon", "still")]
    if whole:
        dues = [band.line.due_at for band in bands]
    if dues:
        end = max(end, max(dues) if whole else min(dues))
    first = min(band.started_at for band in bands)
    return end + max((end - first) * 0.04, timedelta(minutes=2))


def _row(band: Band, scale: _Scale, y: int) -> Row:
    line = band.line
    row = Row(
        y=y + 12,
        bar_y=y + LABEL,
        label=f"{band.title} · {line.clause} · {_standing(band)}",
        tone=line.standing if line.standing in ("kept", "cancelled", "waived") else "",
    )
    for stretch in band.stretches:
        if stretch.from_at > scale.until_at:
            continue
        x = scale.x(stretch.from_at)
        width = max(scale.x(min(stretch.until_at, scale.until_at)) - x, 0.15)
        row.bars.append(Bar(stretch.kind, x, round(width, 3), stretch.says))
    due = gettext("due %(when)s") % {"when": case_words.moment(line.due_at)}
    if band.line.standing not in ("cancelled", "waived"):
        says = f"{band.title} {line.clause} {due}"
        if scale.holds(line.due_at):
            row.due = Mark(scale.x(line.due_at), says)
        else:
            row.beyond = f"{due} →"
    row.warnings = [Mark(scale.x(instant), says) for instant, says in band.warnings if scale.holds(instant)]
    if line.standing in ("kept", "broken", "cancelled", "waived"):
        row.end = Mark(scale.x(band.until_at), f"{band.title} {line.clause} {_standing(band)}")
    return row


def _standing(band: Band) -> str:
    standing = band.line.standing
    if standing in case_words.STANDINGS:
        return str(case_words.STANDINGS[standing])
    return wording.word(wording.STATES, standing)


def _ticks(scale: _Scale) -> list[Mark]:
    """Choose round moments for the axis, at most some; every other one keeps its words to wide screens."""
    length = scale.until_at - scale.from_at
    step = next((one for one in _TICKS if length / one <= _MOST_TICKS), _TICKS[-1])
    local = timezone.localtime(scale.from_at)
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    marks: list[Mark] = []
    while at <= scale.until_at:
        if at >= scale.from_at:
            label = (
                date_format(at, pgettext("date without year", "j M"))
                if step >= timedelta(days=1) or (at.hour, at.minute) == (0, 0)
                else date_format(at, "H:i")
            )
            x = scale.x(at)
            marks.append(Mark(x, label, label=label, faint=len(marks) % 2 == 1 or x > 90))
        at += step
    return marks
