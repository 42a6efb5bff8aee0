"""How many points an account holds, what they are worth, until when, and what was refused; and what a plan costs.

The rules come from rows: what earns, what a point is worth, when points cease, who takes part, what freezes, what
points may be used for. The bookkeeping is in `point_ledger.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, fen_as_yuan, read_subject
from upheld.policy.point_ledger import Expiry, Ledger, Lot, PointRules, Refused, Spending, cycle_of, settle
from upheld.policy.tables import Row

ACCOUNT_KINDS = ("earning", "exchange", "cycle", "expiry", "eligibility", "freeze", "spending")
"""The kinds of rows that rule an account."""


class Spent(NamedTuple):
    """Points that were used and not given back: when, how, how many, worth how much (fen), by which clause."""

    date: date
    kind: str
    points: int
    value_fen: int
    clause: str | None


@dataclass(frozen=True)
class PointsAnswer:
    """An account on a day. `value_fen` drops fractions of a fen; lots are those with points left, oldest first."""

    balance: int
    value_fen: int
    eligible: bool
    lots: tuple[Lot, ...]
    refused: tuple[Refused, ...]
    spent: tuple[Spent, ...]
    earned: int
    billed_fen: int

    def as_json(self) -> dict[str, Any]:
        """Return the account in the shape of the ask contract."""
        return {
            "balance": self.balance,
            "value_yuan": fen_as_yuan(self.value_fen),
            "eligible": self.eligible,
            "lots": [
                {
                    "earned_date": _day(lot.earned_date),
                    "points": lot.left,
                    "expires_date": _day(lot.expires_date),
                }
                for lot in self.lots
            ],
            "refused": [
                {
                    "date": _day(r.date),
                    "kind": r.kind,
                    "points": r.points,
                    "reason": r.reason,
                    "clause": r.clause,
                }
                for r in self.refused
            ],
        }


class Notice(NamedTuple):
    """Points about to cease: told from `from_date` on, gone after `expires_date` (CARE-13)."""

    from_date: date
    expires_date: date
    points: int
    clause: str


@dataclass(frozen=True)
class Budget:
    """What a points plan costs over a time, against what the brand's revenue allows (CARE-14); all in whole fen.

    `issued_fen` is the worth of the points earned, `cost_fen` of those used, `liability_fen` of those left.
    """

    revenue_fen: int
    issued_fen: int
    cost_fen: int
    liability_fen: int
    expected_fen: int
    budget_fen: int
    clause: str

    @property
    def within(self) -> bool:
        """Say whether what was used and what is still owed stay within the budget together."""
        return self.cost_fen + self.liability_fen <= self.budget_fen

    def as_json(self) -> dict[str, Any]:
        """Return the budget with amounts in yuan."""
        amounts = ("revenue_fen", "issued_fen", "cost_fen", "liability_fen", "expected_fen", "budget_fen")
        shown = {name.replace("_fen", "_yuan"): fen_as_yuan(getattr(self, name)) for name in amounts}
        return {**shown, "within": self.within, "clause": self.clause}


def rules_of(*, edition: Edition, subject: Subject, as_of: date) -> PointRules:
    """Return the rules of a subject's account on a day, from the rows that match the subject."""
    return rules_from({kind: _matching(edition, kind, subject, as_of) for kind in ACCOUNT_KINDS})


def rules_from(matching: Mapping[str, Sequence[Row]]) -> PointRules:
    """Put the rules of an account together from the rows that match its holder, by kind, in the standards' order."""
    earning: dict[str, Row] = {}
    for row in matching.get("earning", ()):
        earning.setdefault(row.answer["event"], row)
    first = {kind: rows[0] for kind, rows in matching.items() if rows}
    bill, exchange, eligibility = earning.get("bill"), first.get("exchange"), first.get("eligibility")
    return PointRules(
        points_per_yuan=bill.answer.get("points_per_yuan", 1) if bill else 0,
        qualifying=frozenset(event for event, row in earning.items() if row.answer["qualifies"]),
        earning_clauses={event: row.clause for event, row in earning.items()},
        value_yuan=exchange.answer["value_yuan"] if exchange else Decimal("0.01"),
        expiry=_expiry(first.get("expiry"), first.get("cycle")),
        above_points=eligibility.answer["above_points"] if eligibility else -1,
        eligibility_clause=eligibility.clause if eligibility else None,
        frozen_by=first["freeze"].clause if "freeze" in first else None,
        spendings=tuple(
            Spending(row.answer["event"], row.answer.get("use"), row.clause)
            for row in matching.get("spending", ())
        ),
        correction_clause=bill.clause if bill else None,
    )


def points_of(*, edition: Edition, subject: Subject, as_of: date) -> PointsAnswer:
    """Settle a subject's account on a day; events after it do not count yet.

    Raises `OutsideDates`. Clauses: CARE-10 to CARE-13, CARE-15 to CARE-19.
    """
    edition.require_day(as_of)
    rules = rules_of(edition=edition, subject=subject, as_of=as_of)
    ledger = settle(subject.get("events", ()), rules, as_of)
    return account_of(ledger, as_of)


def account_of(ledger: Ledger, as_of: date) -> PointsAnswer:
    """Draw up the answer of a settled ledger."""
    rules = ledger.rules
    kept = [done for done in ledger.done if not done.reversed]
    balance = ledger.balance(as_of)
    return PointsAnswer(
        balance=balance,
        value_fen=value_fen(balance, rules.value_yuan),
        eligible=ledger.eligible(as_of),
        lots=tuple(lot for lot in ledger.lots if lot.left and lot.valid(as_of)),
        refused=tuple(ledger.refused),
        spent=tuple(
            Spent(
                done.event.event_date,
                done.event.kind,
                done.points,
                value_fen(done.points, rules.value_yuan),
                done.clause,
            )
            for done in kept
            if done.lot is None
        ),
        earned=sum(done.points for done in kept if done.lot is not None),
        billed_fen=sum(done.event.amount_fen or 0 for done in kept if done.event.kind == "bill"),
    )


def value_fen(points: int, value_yuan: Decimal) -> int:
    """Return what points are worth in whole fen, fractions dropped (CARE-10)."""
    return int((points * value_yuan * 100).to_integral_value(ROUND_DOWN))


def notices_of(
    *, edition: Edition, subject: Subject, account: PointsAnswer, as_of: date
) -> tuple[Notice, ...]:
    """Return the notices that are due before points cease, one for each last day, soonest first (CARE-13)."""
    row = _first(edition, "expiry", subject, as_of)
    days = row.answer.get("notice_days") if row else None
    if row is None or days is None:
        return ()
    ceasing: dict[date, int] = {}
    for lot in account.lots:
        if lot.expires_date is not None:
            ceasing[lot.expires_date] = ceasing.get(lot.expires_date, 0) + lot.left
    notices = (
        Notice(last - timedelta(days=days), last, n, row.clause) for last, n in sorted(ceasing.items())
    )
    return tuple(notice for notice in notices if notice.from_date <= as_of)


def campaign_points(
    *, edition: Edition, subject: Subject, as_of: date, points: int
) -> tuple[tuple[str, int, date | None, str], ...]:
    """Return the bonus of each campaign for points earned on a day: its name, whole points, last valid day, clause.

    Campaigns are rows with dates and, where they differ by card level, `when: {card: ...}` (CARE-19).
    """
    edition.require_day(as_of)
    found = []
    for table in edition.tables("points", "campaign"):
        for row in table.matching(subject, as_of):
            months = row.answer.get("months")
            last = Expiry("end_of_nth_month", months).last_day(as_of) if months else None
            bonus = _percent(points, row.answer["percent"])
            found.append((row.answer["campaign"], bonus, last, row.clause))
    return tuple(found)


def budget_of(*, edition: Edition, accounts: Iterable[PointsAnswer], as_of: date) -> Budget | None:
    """Sum accounts and hold them against the plan's budget (CARE-14); None where no row sets one."""
    billed = earned = used = left = 0
    for account in accounts:
        billed, earned = billed + account.billed_fen, earned + account.earned
        used, left = used + sum(s.points for s in account.spent), left + account.balance
    return budget_from_totals(
        edition=edition, as_of=as_of, billed_fen=billed, earned=earned, used=used, left=left
    )


def budget_from_totals(
    *, edition: Edition, as_of: date, billed_fen: int, earned: int, used: int, left: int
) -> Budget | None:
    """Hold the totals of a base, however they were summed, against the plan's budget (CARE-14)."""
    row = _first(edition, "budget", {}, as_of)
    exchange = _first(edition, "exchange", {}, as_of)
    if row is None or exchange is None:
        return None
    worth = exchange.answer["value_yuan"]
    return Budget(
        revenue_fen=billed_fen,
        issued_fen=value_fen(earned, worth),
        cost_fen=value_fen(used, worth),
        liability_fen=value_fen(left, worth),
        expected_fen=_percent(billed_fen, row.answer["return_percent"]),
        budget_fen=_percent(billed_fen, row.answer["cost_percent"]),
        clause=row.clause,
    )


def _percent(number: int, percent: Decimal) -> int:
    return int((number * percent / 100).to_integral_value(ROUND_DOWN))


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask points`."""
    return points_of(edition=edition, subject=read_subject(raw), as_of=as_of).as_json()


def answer_beside(edition: Edition, subject: Subject, as_of: date) -> dict[str, Any]:
    """Return what only cases ask for: what points were used for, the cycle, notices, and cost against budget."""
    account = points_of(edition=edition, subject=subject, as_of=as_of)
    return beside_account(edition, subject, account, as_of)


def beside_account(edition: Edition, subject: Subject, account: PointsAnswer, as_of: date) -> dict[str, Any]:
    """Return what cases ask of an account that has been settled, by whichever engine."""
    budget = budget_of(edition=edition, accounts=[account], as_of=as_of)
    cycle = _first(edition, "cycle", subject, as_of)
    first, last = cycle_of(as_of, cycle.answer["begins_month"]) if cycle else (None, None)
    notices = notices_of(edition=edition, subject=subject, account=account, as_of=as_of)
    return {
        "spent": [
            {"date": s.date, "kind": s.kind, "points": s.points, "value_yuan": fen_as_yuan(s.value_fen),
             "clause": s.clause}
            for s in account.spent
        ],
        "cycle": {"from": first, "until": last},
        "notices": [
            {"from": n.from_date, "expires_date": n.expires_date, "points": n.points, "clause": n.clause}
            for n in notices
        ],
        "budget": budget.as_json() if budget else None,
    }  # fmt: skip


def _matching(edition: Edition, kind: str, subject: Subject, as_of: date) -> list[Row]:
    return [row for table in edition.tables("points", kind) for row in table.matching(subject, as_of)]


def _first(edition: Edition, kind: str, subject: Subject, as_of: date) -> Row | None:
    return next(iter(_matching(edition, kind, subject, as_of)), None)


def _expiry(row: Row | None, cycle: Row | None) -> Expiry:
    if row is None:
        return Expiry("never")
    return Expiry(
        row.answer["expires"],
        row.answer.get("months", 0),
        row.answer.get("years", 0),
        row.answer.get("earning_month_counts", False),
        cycle.answer["begins_month"] if cycle else 1,
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
