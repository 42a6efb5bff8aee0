"""Settle a points account: play its events in date order over lots of points, oldest lot first, in whole points.

Pure bookkeeping under the rules that `points.py` takes from the standards. What cannot be done whole is refused whole.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal

from upheld.policy.kinds.points import EARNINGS, SPENDINGS
from upheld.policy.point_events import PointEvent


@dataclass(frozen=True)
class Expiry:
    """When points cease: `expires` is a word of `kinds.points.EXPIRIES`; cycles begin on the 1st of a month."""

    expires: str
    months: int = 0
    years: int = 0
    earning_month_counts: bool = False
    cycle_begins_month: int = 1

    def last_day(self, earned: date) -> date | None:
        """Return the last day on which points earned on a day are valid; None where they never cease."""
        if self.expires == "end_of_nth_month":
            return _month_end(earned.year, earned.month + self.months - self.earning_month_counts)
        if self.expires == "end_of_nth_year":
            return _month_end(earned.year + self.years - 1, 12)
        if self.expires == "end_of_cycle":
            return cycle_of(earned, self.cycle_begins_month)[1]
        return None


def cycle_of(day: date, begins_month: int) -> tuple[date, date]:
    """Return the first and last day of the twelve-month cycle that holds a day."""
    year = day.year if day.month >= begins_month else day.year - 1
    return date(max(year, 1), begins_month, 1), _month_end(year, begins_month + 11)


def _month_end(year: int, month: int) -> date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if year > date.max.year:
        return date.max
    return date(year, month, calendar.monthrange(year, month)[1])


@dataclass(frozen=True)
class Spending:
    """A way of using points: the event, what it is used for (None: not said) and the clause."""

    event: str
    use: str | None
    clause: str


@dataclass(frozen=True)
class PointRules:
    """The rules of one account on a day, as the standards give them for its holder."""

    points_per_yuan: int
    qualifying: frozenset[str]
    earning_clauses: Mapping[str, str]
    value_yuan: Decimal
    expiry: Expiry
    above_points: int
    eligibility_clause: str | None
    frozen_by: str | None
    spendings: tuple[Spending, ...]
    correction_clause: str | None

    def points_of(self, event: PointEvent) -> int:
        """Return the whole points of an event: a bill's fractions are dropped, a price is met in full."""
        if event.points is not None:
            return event.points
        fen = event.amount_fen or 0
        if event.kind == "bill":
            return fen // 100 * self.points_per_yuan
        return int((Decimal(fen) / (self.value_yuan * 100)).to_integral_value(ROUND_CEILING))

    def spending_clause(self, event: PointEvent) -> str | None:
        """Return the clause by which points are used, None where the standards know no such use."""
        ways = [way for way in self.spendings if way.event == event.kind and way.use in (None, event.use)]
        exact = [way for way in ways if way.use == event.use]
        return (exact or ways)[0].clause if ways else None


@dataclass(slots=True)
class Lot:
    """Points earned at once: how many, how many are left, their last valid day, whether they qualify."""

    earned_date: date
    points: int
    left: int
    expires_date: date | None
    qualifies: bool

    def valid(self, day: date) -> bool:
        """Say whether the lot's points can still be used on a day."""
        return self.expires_date is None or day <= self.expires_date


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that was not carried out: frozen, not_eligible, over_balance, nothing_to_reverse, no_rule."""

    date: date
    kind: str
    points: int
    reason: str
    clause: str | None


@dataclass(slots=True)
class _Done:
    """An event that was carried out, with the lot it made or the points it took from lots."""

    event: PointEvent
    points: int
    clause: str | None
    lot: Lot | None = None
    taken: list[tuple[Lot, int]] = field(default_factory=list)
    reversed: bool = False


class Ledger:
    """The state of an account after its events; lots in the order in which they were earned."""

    def __init__(self, rules: PointRules) -> None:
        self.rules = rules
        self.lots: list[Lot] = []
        self.done: list[_Done] = []
        self.refused: list[Refused] = []

    def balance(self, day: date) -> int:
        """Count the points left that are valid on a day."""
        return sum(lot.left for lot in self.lots if lot.valid(day))

    def qualifying(self, day: date) -> int:
        """Count the points earned that are valid on a day, whether or not they were used (CARE-12)."""
        return sum(lot.points for lot in self.lots if lot.qualifies and lot.valid(day))

    def eligible(self, day: date) -> bool:
        """Say whether the account takes part in the plan on a day (CARE-12)."""
        return self.qualifying(day) > self.rules.above_points

    def play(self, event: PointEvent) -> None:
        """Carry out one event, or refuse it."""
        if event.kind in EARNINGS:
            self._earn(event)
        elif event.kind in SPENDINGS:
            self._spend(event)
        else:
            self._reverse(event)

    def _earn(self, event: PointEvent) -> None:
        points, clause = self.rules.points_of(event), self.rules.earning_clauses.get(event.kind)
        if clause is None:
            self._refuse(event, points, "no_rule", None)
            return
        expires = event.expires_date or self.rules.expiry.last_day(event.event_date)
        lot = Lot(event.event_date, points, points, expires, event.kind in self.rules.qualifying)
        self.lots.append(lot)
        self.done.append(_Done(event, points, clause, lot))

    def _spend(self, event: PointEvent) -> None:
        points, clause = self.rules.points_of(event), self.rules.spending_clause(event)
        if clause is None:
            self._refuse(event, points, "no_rule", None)
        elif self.rules.frozen_by is not None:
            self._refuse(event, points, "frozen", self.rules.frozen_by)
        elif not self.eligible(event.event_date):
            self._refuse(event, points, "not_eligible", self.rules.eligibility_clause)
        elif points > self.balance(event.event_date):
            self._refuse(event, points, "over_balance", clause)
        else:
            taken = self._take(points, self.lots, event.event_date)
            self.done.append(_Done(event, points, clause, taken=taken))

    def _reverse(self, event: PointEvent) -> None:
        """Undo the latest event of the same figure: points go back to their lots, or an earning is taken back."""
        target = next((done for done in reversed(self.done) if _undone_by(done, event)), None)
        clause = self.rules.correction_clause
        if target is None:
            self._refuse(event, event.points or 0, "nothing_to_reverse", clause)
            return
        lot = target.lot
        if lot is None:
            for taken_from, points in target.taken:
                taken_from.left += points
        else:
            # What has expired is gone already; what was used is made good from the other lots.
            wanted = lot.points if lot.valid(event.event_date) else lot.points - lot.left
            if wanted > self.balance(event.event_date):
                self._refuse(event, target.points, "over_balance", clause)
                return
            self._take(wanted, [lot, *(other for other in self.lots if other is not lot)], event.event_date)
            lot.points = 0
        target.reversed = True

    def _take(self, points: int, lots: Iterable[Lot], day: date) -> list[tuple[Lot, int]]:
        taken = []
        for lot in lots:
            if points and lot.left and lot.valid(day):
                some = min(points, lot.left)
                lot.left -= some
                points -= some
                taken.append((lot, some))
        return taken

    def _refuse(self, event: PointEvent, points: int, reason: str, clause: str | None) -> None:
        self.refused.append(Refused(event.event_date, event.kind, points, reason, clause))


def _undone_by(done: _Done, event: PointEvent) -> bool:
    if done.reversed:
        return False
    if event.amount_fen is not None:
        return done.event.amount_fen == event.amount_fen
    return done.points == event.points


def settle(events: Iterable[PointEvent], rules: PointRules, as_of: date) -> Ledger:
    """Play the events up to a day, in date order; events of one day keep the order in which they are given."""
    ledger = Ledger(rules)
    for event in sorted((e for e in events if e.event_date <= as_of), key=lambda e: e.event_date):
        ledger.play(event)
    return ledger
