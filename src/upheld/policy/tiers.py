"""Which card a person holds, in what state, and by which clauses.

`card` is the highest of all matching rows; a cancelled membership beats a frozen one, which beats an active one. A
provisional level counts only where no card does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.facts import CARD_RANK, Subject, read_subject
from upheld.policy.tables import Row

STATES = ("active", "frozen", "cancelled", "provisional", "none")


class Reason(NamedTuple):
    """One clause of an answer and the card it gives (None: it freezes, cancels, or is provisional)."""

    clause: str
    card: str | None


@dataclass(frozen=True, slots=True)
class TierAnswer:
    """A person's card (None: no card), the state of the membership, and every clause that led there."""

    card: str | None
    state: str
    because: tuple[Reason, ...]
    provisional_card: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the answer in the shape of the ask contract."""
        return {
            "card": self.card,
            "state": self.state,
            "because": [{"clause": reason.clause, "card": reason.card} for reason in self.because],
            "provisional_card": self.provisional_card,
        }


def tier_of(*, edition: Edition, subject: Subject, as_of: date) -> TierAnswer:
    """Rate one subject on a day.

    Raises `OutsideDates` where no standard is in force. Clauses: KEY-3, KEY-4, CT-30 to CT-38, CT-41.
    """
    edition.require_day(as_of)
    cancelling = _matching(edition, "cancel", subject, as_of)
    if cancelling:
        return TierAnswer(None, "cancelled", _reasons(cancelling, None))
    rated = _matching(edition, "card", subject, as_of)
    card = _highest(rated)
    because = _rating_reasons(rated)
    kept = _kept_by_hand(edition, subject, as_of, card)
    if kept is not None:
        card, because = kept.card, (kept, *because)
    freezing = _matching(edition, "freeze", subject, as_of)
    if freezing:
        return TierAnswer(card, "frozen", _reasons(freezing, None) + because)
    if card is not None:
        return TierAnswer(card, "active", because)
    provisional = _matching(edition, "provisional", subject, as_of)
    if provisional:
        return TierAnswer(None, "provisional", _reasons(provisional, None), _highest(provisional))
    return TierAnswer(None, "none", ())


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask tiers`."""
    return tier_of(edition=edition, subject=read_subject(raw), as_of=as_of).as_json()


def customer_class_of(*, edition: Edition, subject: Subject, as_of: date) -> tuple[str, str] | None:
    """Say which of the three kinds of group customer a subject is, with the clause (KEY-1); None where none fits."""
    edition.require_day(as_of)
    for table in edition.tables("tiers", "customer_class"):
        for row in table.matching(subject, as_of):
            return row.answer["customer_class"], row.clause
    return None


def _matching(edition: Edition, kind: str, subject: Subject, as_of: date) -> list[Row]:
    return [row for table in edition.tables("tiers", kind) for row in table.matching(subject, as_of)]


def _highest(rows: list[Row]) -> str | None:
    return max((row.answer["card"] for row in rows), key=CARD_RANK.__getitem__, default=None)


def _reasons(rows: list[Row], card: str | None) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(Reason(row.clause, card) for row in rows))


def _rating_reasons(rows: list[Row]) -> tuple[Reason, ...]:
    if len(rows) == 1:
        return (Reason(rows[0].clause, rows[0].answer["card"]),)
    ranked = sorted(rows, key=lambda row: (-CARD_RANK[row.answer["card"]], row.order))
    return tuple(dict.fromkeys(Reason(row.clause, row.answer["card"]) for row in ranked))


def _kept_by_hand(edition: Edition, subject: Subject, as_of: date, rated: str | None) -> Reason | None:
    """Return the override that keeps last year's card: approved, that very card, only against a fall (CT-36)."""
    override = subject.get("override_card")
    if override is None or not subject.get("override_approved_by"):
        return None
    if override != subject.get("previous_card") or CARD_RANK[override] <= CARD_RANK[rated]:
        return None
    rows = _matching(edition, "override", subject, as_of)
    return Reason(rows[0].clause, override) if rows else None
