"""Whether a staff can do in a month what a standard owes in it: hours needed, hours there, and what falls short where.

What is owed is spread over its window: of a visit owed from October to December, and open still, a third falls on each
of three months that are left. So a month is never blamed for what may be done in another. Whole contacts are counted, a
started one as one; minutes are whole; nothing is rounded in anybody's favour.

Where the time is short, the clauses are kept in an order (that of the standards, unless said otherwise), within each
the shortest action first. What each action takes is the company's own number (`kinds/effort.py`), no clause's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.kinds.effort import ACTIONS, PREFIX

USUAL = {"visit": 90, "call": 15, "sms": 1, "return_visit": 20, "greeting": 5, "gift": 20, "event": 30, "training": 90,
         "information": 10, "care_day": 120, "lecture": 30, "other": 20}  # fmt: skip
"""Minutes of an action where an edition says nothing."""
USUAL_TRAVEL, USUAL_DAY, USUAL_PERCENT = 60, 480, 60
TRAVELS = frozenset({"visit", "training", "care_day", "gift"})
"""Actions for which somebody goes there and back."""

IsWorking = Callable[[int], bool]
"""Says of a day's ordinal whether it is worked."""


class Pool(NamedTuple):
    """Those who can stand in for each other: the employees of a job in a unit. `unit_id` None: nobody is assigned."""

    unit_id: int | None
    job: str


class Owed(NamedTuple):
    """How many promises of one clause and action, with one window, are with a pool."""

    pool: Pool
    clause: str
    action: str
    from_date: date
    due_date: date
    number: int


class Need(NamedTuple):
    """How many whole contacts of one clause and action fall on the month in a pool, and how long each takes."""

    pool: Pool
    clause: str
    action: str
    contacts: int
    each: int

    @property
    def minutes(self) -> int:
        """Return the minutes of all of them."""
        return self.contacts * self.each


@dataclass(frozen=True)
class Effort:
    """The company's own numbers: minutes by action, of a way there and back, of a day; the share for customers."""

    minutes: Mapping[str, int]
    travel: int
    day_minutes: int
    percent: int

    def of(self, action: str) -> int:
        """Return the minutes of one action, with the way where somebody goes."""
        work = self.minutes.get(action, self.minutes.get("other", USUAL["other"]))
        return work + (self.travel if action in TRAVELS else 0)

    def of_days(self, days: int) -> int:
        """Return the minutes for customers in some working days of one employee."""
        return days * self.day_minutes * self.percent // 100


@dataclass(frozen=True)
class Month:
    """The days [from_date, until_date) that are looked at, as of today: what is past is not there to be used."""

    from_date: date
    until_date: date
    today: date


@dataclass
class Kept:
    """What becomes of a clause, or of a pool: contacts and minutes owed, and how much of them can be done."""

    contacts: int = 0
    minutes: int = 0
    kept_contacts: int = 0
    kept_minutes: int = 0

    @property
    def short_contacts(self) -> int:
        """Return how many contacts cannot be made."""
        return self.contacts - self.kept_contacts

    @property
    def short_minutes(self) -> int:
        """Return the minutes that are missing."""
        return self.minutes - self.kept_minutes

    @property
    def can_be_kept(self) -> bool:
        """Tell whether all of it can be done."""
        return self.kept_contacts == self.contacts


@dataclass
class Feasibility:
    """What can be kept: by clause, by pool and by both; `supply` is the minutes there are in each pool."""

    clauses: dict[str, Kept] = field(default_factory=dict)
    pools: dict[Pool, Kept] = field(default_factory=dict)
    cells: dict[tuple[Pool, str], Kept] = field(default_factory=dict)
    supply: dict[Pool, int] = field(default_factory=dict)

    @property
    def short_minutes(self) -> int:
        """Return the minutes that are missing in all."""
        return sum(one.short_minutes for one in self.clauses.values())


def effort_of(edition: Edition) -> Effort:
    """Return the company's numbers of an edition, the usual ones where it says nothing."""
    told = edition.parameters
    return Effort(
        {name: told.get(f"{PREFIX}{name}_minutes", USUAL[name]) for name in (*ACTIONS, "other")},
        told.get(f"{PREFIX}travel_minutes", USUAL_TRAVEL),
        told.get(f"{PREFIX}day_minutes", USUAL_DAY),
        told.get(f"{PREFIX}customers_percent", USUAL_PERCENT),
    )


def share_of_month(from_date: date, due_date: date, *, month: Month, is_working: IsWorking) -> Fraction:
    """Return which part of a window, both days included, falls on the month, of what is left of it as of today.

    Working days count; in a window without any (a weekend) every day does.
    """
    begins, ends = max(from_date, month.today), due_date + timedelta(days=1)
    if begins >= ends or ends <= month.from_date or begins >= month.until_date:
        return Fraction(0)
    inside = (max(begins, month.from_date), min(ends, month.until_date))
    left, here = working_days(begins, ends, is_working), working_days(*inside, is_working)
    if not left:
        left, here = (ends - begins).days, (inside[1] - inside[0]).days
    return Fraction(here, left)


def working_days(from_date: date, until_date: date, is_working: IsWorking) -> int:
    """Count the days worked in [from_date, until_date)."""
    return sum(map(is_working, range(from_date.toordinal(), until_date.toordinal())))


def needs_of(
    owed: Iterable[Owed],
    *,
    month: Month,
    effort: Effort,
    is_working: IsWorking,
    cadence: Mapping[str, Fraction] | None = None,
) -> list[Need]:
    """Return what falls on the month in whole contacts, by pool, clause and action.

    `cadence` gives for a clause how many times as often its contacts are owed (1/2: half as often). Spread over its
    window, k times as many contacts of a period are k times as many in each part of it.
    """
    sums: dict[tuple[Pool, str, str], Fraction] = defaultdict(Fraction)
    shares: dict[tuple[date, date], Fraction] = {}
    for pool, clause, action, begins, due, number in owed:
        if (begins, due) not in shares:
            shares[begins, due] = share_of_month(begins, due, month=month, is_working=is_working)
        sums[pool, clause, action] += number * shares[begins, due]
    times = cadence or {}
    return [
        Need(pool, clause, action, _whole(total * times.get(clause, Fraction(1))), effort.of(action))
        for (pool, clause, action), total in sums.items()
        if total
    ]


def _whole(contacts: Fraction) -> int:
    return -(-contacts.numerator // contacts.denominator)


def feasible(
    needs: Iterable[Need], *, supply: Mapping[Pool, int], order: Sequence[str], first: Collection[str] = ()
) -> Feasibility:
    """Say what can be kept with the minutes there are: clause by clause in their order, those of `first` before.

    Within a clause the shortest action comes first; of each, as many whole contacts as there is time for.
    """
    place = {clause: (clause not in first, at) for at, clause in enumerate(order)}
    last = (True, len(order))
    found = Feasibility(supply=dict(supply))
    left = dict(supply)
    ranked = sorted(
        needs, key=lambda one: (place.get(one.clause, last), one.clause, one.each, one.action, str(one.pool))
    )
    for need in ranked:
        there = left.get(need.pool, 0)
        kept = need.contacts if need.each == 0 else min(need.contacts, there // need.each)
        left[need.pool] = there - kept * need.each
        found.supply.setdefault(need.pool, 0)
        for part in (
            found.clauses.setdefault(need.clause, Kept()),
            found.pools.setdefault(need.pool, Kept()),
            found.cells.setdefault((need.pool, need.clause), Kept()),
        ):
            part.contacts += need.contacts
            part.minutes += need.minutes
            part.kept_contacts += kept
            part.kept_minutes += kept * need.each
    return found


def people_missing(short_minutes: int, minutes_of_one: int) -> int | None:
    """Return how many more people would do what is short; None where one of them has no time at all."""
    if minutes_of_one <= 0:
        return None if short_minutes else 0
    return -(-short_minutes // minutes_of_one)
