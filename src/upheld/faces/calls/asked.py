"""Read what a page about calls is asked for: a day, a queue, the numbers of the staffing form, each within bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


def day_asked(asked: Mapping[str, str], *, otherwise: date) -> tuple[date, str]:
    """Read `day`; returns it with what was wrong with it, and the other day where it cannot be meant."""
    written = asked.get("day", "")
    if not written:
        return otherwise, ""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return otherwise, gettext("That is no day; another one is shown.")
    if not FIRST_DAY <= found <= LAST_DAY:
        return otherwise, gettext("Days are counted from 2000 to 2099; another one is shown.")
    return found, ""


def queue_asked(asked: Mapping[str, str], *, queues: Sequence[str]) -> str | None:
    """Read `queue`; a name that no queue bears means all of them."""
    written = asked.get("queue", "")
    return written if written in queues else None


@dataclass(frozen=True)
class Number:
    """A number of the form: its name, words, bounds; `step` 1 takes whole numbers alone."""

    name: str
    label: Lazy | str
    least: int
    most: int
    unit: Lazy | str
    is_optional: bool = False


NUMBERS = (
    Number("target_percent", _("Answered in time, at least"), 1, 99, "%"),
    Number("target_seconds", _("Within"), 0, 600, _("s")),
    Number("patience", _("Patience of callers"), 1, 7_200, _("s"), is_optional=True),
    Number("wrap_up", _("Work after a call"), 0, 3_600, _("s")),
    Number("shrinkage", _("Away from the phones"), 0, 90, "%"),
    Number("weeks", _("Weeks of history"), 1, 26, _("weeks")),
)


@dataclass(frozen=True)
class StaffingAsked:
    """The numbers of the staffing form; `patience` None: callers wait for ever. `problems` say what was put right."""

    target_percent: int = 80
    target_seconds: int = 20
    patience: int | None = None
    wrap_up: int = 0
    shrinkage: int = 0
    weeks: int = 8
    problems: tuple[str, ...] = field(default=())


def staffing_asked(asked: Mapping[str, str], *, otherwise: StaffingAsked) -> StaffingAsked:
    """Read the form; each number that cannot be meant is told, and what stood there before is taken."""
    found: dict[str, int | None] = {}
    problems = []
    for number in NUMBERS:
        written = asked.get(number.name, "").strip()
        if not written:
            if number.name in asked and number.is_optional:
                found[number.name] = None
            continue
        if written.isascii() and written.isdigit() and len(written) <= 6:
            value = int(written)
            if number.least <= value <= number.most:
                found[number.name] = value
                continue
        words = gettext("%(name)s: write a whole number from %(least)s to %(most)s.")
        problems.append(words % {"name": number.label, "least": number.least, "most": number.most})
    return replace(otherwise, **found, problems=tuple(problems))  # type: ignore[arg-type]


def neighbours(day: date) -> tuple[date | None, date | None]:
    """Return the days before and after, None beyond the days that are counted."""
    before = day - timedelta(days=1) if day > FIRST_DAY else None
    after = day + timedelta(days=1) if day < LAST_DAY else None
    return before, after
