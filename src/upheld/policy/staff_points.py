"""How many points an employee's acts earn, how many they could have earned, and who stands where (CARE-42).

Everything is whole numbers, and shares are compared as fractions, so that nobody's place hangs on a rounding. What was
possible counts as much as what was earned: who has a large book can earn more, and miss more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.facts import read_subject
from upheld.policy.kinds.staff_points import GROUPS
from upheld.policy.staff_acts import StaffAct
from upheld.policy.tables import Row

USUAL_FEWEST = 20
GROUP_OF = {event: group for group, events in GROUPS.items() for event in events}


class Award(NamedTuple):
    """What an act earns, what the same act could have earned at best, and by which clause."""

    event: str
    action: str | None
    points: int
    possible: int
    clause: str

    def as_json(self) -> dict[str, Any]:
        """Return the award in the shape of the answer."""
        return self._asdict()


def fewest_acts(edition: Edition) -> int:
    """Return how many acts somebody needs to have a place."""
    fewest: int = edition.parameters.get("staff_points_fewest_acts", USUAL_FEWEST)
    return fewest


def awards_of(*, edition: Edition, acts: Iterable[StaffAct], as_of: date) -> tuple[Award, ...]:
    """Return what each act earns, in order; an act that no row speaks of earns nothing. Raises `OutsideDates`."""
    edition.require_day(as_of)
    rows = [row for table in edition.tables("staff_points", "award") for row in table.matching({}, as_of)]
    return tuple(award for act in acts if (award := _award(rows, act)) is not None)


def _award(rows: Sequence[Row], act: StaffAct) -> Award | None:
    own = _row(rows, act.event, act.action)
    if own is None:
        return None
    others = (_row(rows, event, act.action) for event in GROUPS[GROUP_OF[act.event]])
    best = max(row.answer["points"] for row in others if row is not None)
    return Award(act.event, act.action, own.answer["points"], max(best, 0), own.clause)


def _row(rows: Sequence[Row], event: str, action: str | None) -> Row | None:
    """Find the row of an event: one that names the action goes before one that names none."""
    of_event = [row for row in rows if row.answer["event"] == event]
    named = (row for row in of_event if action is not None and action in row.answer.get("actions", ()))
    return next(named, next((row for row in of_event if "actions" not in row.answer), None))


class Tally(NamedTuple):
    """What somebody's acts of a period earned and could have earned, and how many they were."""

    employee: int
    points: int
    possible: int
    acts: int

    @property
    def share(self) -> Fraction | None:
        """Return the share of what was possible; None where nothing was. It may be below nought."""
        return Fraction(self.points, self.possible) if self.possible > 0 else None


@dataclass(frozen=True)
class Place:
    """Where somebody stands; `place` is None where the acts are too few to tell."""

    tally: Tally
    place: int | None


def standings(tallies: Iterable[Tally], *, fewest: int) -> list[Place]:
    """Put people of one job in order by the share of what was possible; equal shares have the same place (1, 1, 3).

    Who has fewer than `fewest` acts, or nothing to earn, comes last and has no place.
    """
    found = list(tallies)
    told = [one for one in found if one.acts >= fewest and one.share is not None]
    told.sort(key=lambda one: (-(one.share or 0), one.employee))
    places: list[Place] = []
    for number, one in enumerate(told, start=1):
        same = bool(places) and places[-1].tally.share == one.share
        places.append(Place(one, places[-1].place if same else number))
    ranked = {one.employee for one in told}
    rest = sorted((one for one in found if one.employee not in ranked), key=lambda one: one.employee)
    return places + [Place(one, None) for one in rest]


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask staff_points`; `acts` must be there, be it an empty list."""
    messages = [] if raw.get("acts") is not None else ["acts: is missing; write the list of acts, or []"]
    subject = read_subject(raw, besides=messages)
    awards = awards_of(edition=edition, acts=subject["acts"], as_of=as_of)
    return {
        "points": sum(award.points for award in awards),
        "possible": sum(award.possible for award in awards),
        "awards": [award.as_json() for award in awards],
    }
