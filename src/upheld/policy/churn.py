"""How likely a customer is to leave, which moments call for care and how soon, and whether offers may be made at all.

Rows of kind `term` weigh the known churn rates, `band` names ranges of the score, `moment` says which signals call for
care, `dispatch` how soon by urgency, `rank` which of several moments comes first, `suppress` when no retention offer
may be made, `health` the four indices, `offer` what may be offered to a segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from upheld.policy.editions import Edition
from upheld.policy.facts import Subject, read_subject
from upheld.policy.kinds.churn import HEALTH, INDICES
from upheld.policy.tables import Row

PARTS = 1_000_000
"""Rates and weights are counted in millionths, so that a score is found in whole numbers on every engine."""

CHURN_KINDS = ("term", "unknown", "moment", "rank", "suppress", "health", "offer")
"""The kinds of rows that a customer's facts may match."""

LAST_RANK = 1_000_000
"""The rank of a moment that no row ranks."""


class Moment(NamedTuple):
    """A key moment, within which time its warning is dispatched (day, week, month), and its clause."""

    moment: str
    dispatch: str
    clause: str

    def as_json(self) -> dict[str, Any]:
        """Return the moment in the shape of the ask contract."""
        return self._asdict()


class Offer(NamedTuple):
    """What may be offered: the offer, its family and its clause."""

    offer: str
    family: str
    clause: str


@dataclass(frozen=True)
class Health:
    """One health index: good, watch, poor, or unknown where no row could tell; the clause of the worst finding."""

    index: str
    health: str
    clause: str | None


@dataclass(frozen=True)
class ChurnAnswer:
    """The score (0 to 100, one decimal; None where no standard weighs any rate), its band, the moments in order.

    The first moment is the one to act on. `suppressed_by` is the clause that forbids offers; `offers` are then none.
    """

    score: Decimal | None
    band: str | None
    moments: tuple[Moment, ...]
    suppressed_by: str | None
    health: tuple[Health, ...] = ()
    offers: tuple[Offer, ...] = ()

    @property
    def offers_suppressed(self) -> bool:
        """Say whether retention offers may not be made to this person (LAW-10)."""
        return self.suppressed_by is not None

    def as_json(self) -> dict[str, Any]:
        """Return the answer in the shape of the ask contract."""
        return {
            "score": None if self.score is None else float(self.score),
            "band": self.band,
            "moments": [moment.as_json() for moment in self.moments],
            "offers_suppressed": self.offers_suppressed,
        }


def churn_of(*, edition: Edition, subject: Subject, as_of: date) -> ChurnAnswer:
    """Answer for one customer on a day.

    Raises `OutsideDates`. Clauses: CARE-30 to CARE-33, CARE-35, CARE-37, LAW-3, LAW-10.
    """
    edition.require_day(as_of)
    matching = {
        kind: [row for table in edition.tables("churn", kind) for row in table.matching(subject, as_of)]
        for kind in CHURN_KINDS
    }
    score = score_of(matching["term"], matching["unknown"], subject)
    return answer_from(edition, matching, score, as_of)


def score_of(terms: Sequence[Row], unknown: Sequence[Row], subject: Subject) -> Decimal | None:
    """Weigh the rates of a subject: 0 to 100, one decimal, half a tenth up (CARE-31); None without any term."""
    if not terms:
        return None
    known = [row for row in terms if row.answer["rate"] in subject]
    weighed = sum(parts(subject[row.answer["rate"]]) * parts(row.answer["weight"]) for row in known)
    return tenths(weighed, weight_of(known, unknown))


def weight_of(known: Iterable[Row], unknown: Sequence[Row]) -> int:
    """Return the weight, in millionths, that a score is taken of: all of it, or that of the known rates."""
    if unknown and unknown[0].answer["unknown_rates"] == "shared_among_known":
        return sum(parts(row.answer["weight"]) for row in known)
    return PARTS


def tenths(weighed: int, weight: int) -> Decimal:
    """Return a score from the weighed sum of rates, both in millionths of millionths; 0 where nothing is weighed."""
    whole = weight * PARTS
    return Decimal((2 * 1000 * weighed + whole) // (2 * whole) if whole else 0) / 10


def parts(number: Decimal) -> int:
    """Return a rate or weight in millionths."""
    return int(number * PARTS)


def answer_from(
    edition: Edition, matching: Mapping[str, Sequence[Row]], score: Decimal | None, as_of: date
) -> ChurnAnswer:
    """Put the answer together from the rows that match a customer, by kind, and the score."""
    moments = _moments(edition, matching, as_of)
    suppressing = matching.get("suppress", ())
    suppressed_by = suppressing[0].clause if suppressing else None
    found = {moment.moment for moment in moments}
    offers = [
        Offer(row.answer["offer"], row.answer["family"], row.clause)
        for row in matching.get("offer", ())
        if suppressed_by is None and found.intersection(row.answer.get("moments", found))
    ]
    return ChurnAnswer(
        score=score,
        band=_band(edition, score, as_of),
        moments=moments,
        suppressed_by=suppressed_by,
        health=_health(matching.get("health", ())),
        offers=tuple(offers),
    )


def _moments(edition: Edition, matching: Mapping[str, Sequence[Row]], as_of: date) -> tuple[Moment, ...]:
    """Sort the moments by rank, so that the first is the one to act on (CARE-30); one of a name is kept."""
    ranks = {row.answer["moment"]: row.answer["rank"] for row in matching.get("rank", ())}
    rows = sorted(matching.get("moment", ()), key=lambda row: ranks.get(row.answer["moment"], LAST_RANK))
    found: dict[str, Moment] = {}
    for row in rows:
        name = row.answer["moment"]
        found.setdefault(name, Moment(name, dispatch_of(edition, row.answer["urgency"], as_of), row.clause))
    return tuple(found.values())


def ranks_of(edition: Edition, subject: Subject, as_of: date) -> dict[str, int]:
    """Return the rank of each moment that a row ranks for a customer on a day (CARE-30)."""
    return {
        row.answer["moment"]: row.answer["rank"]
        for table in edition.tables("churn", "rank")
        for row in table.matching(subject, as_of)
    }


def dispatch_of(edition: Edition, urgency: str, as_of: date) -> str:
    """Return the time within which a warning is dispatched, by urgency (CARE-33); the shortest where no row says."""
    for table in edition.tables("churn", "dispatch"):
        for other in table.matching({}, as_of):
            if other.answer["urgency"] == urgency:
                return str(other.answer["dispatch"])
    return "day"


def _band(edition: Edition, score: Decimal | None, as_of: date) -> str | None:
    rows = [row for table in edition.tables("churn", "band") for row in table.matching({}, as_of)]
    reached = [row for row in rows if score is not None and row.answer["from_score"] <= score]
    return max(reached, key=lambda row: row.answer["from_score"]).answer["band"] if reached else None


def _health(rows: Sequence[Row]) -> tuple[Health, ...]:
    """Return the four indices, each at its worst finding (CARE-32)."""
    found = []
    for index in INDICES:
        of_index = [row for row in rows if row.answer["index"] == index]
        worst = max(of_index, key=lambda row: HEALTH.index(row.answer["health"]), default=None)
        found.append(
            Health(index, worst.answer["health"], worst.clause) if worst else Health(index, "unknown", None)
        )
    return tuple(found)


def answer(edition: Edition, raw: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Answer `upheld ask churn`."""
    return churn_of(edition=edition, subject=read_subject(raw), as_of=as_of).as_json()


def answer_beside(edition: Edition, subject: Subject, as_of: date) -> dict[str, Any]:
    """Return what only cases ask for: the health indices, the offers, the moment to act on, what forbids offers."""
    return beside_answer(churn_of(edition=edition, subject=subject, as_of=as_of))


def beside_answer(found: ChurnAnswer) -> dict[str, Any]:
    """Return what cases ask of an answer, by whichever engine it was found."""
    return {
        "health": [asdict(health) for health in found.health],
        "offers": [offer._asdict() for offer in found.offers],
        "act_on": found.moments[0].moment if found.moments else None,
        "suppressed_by": found.suppressed_by,
    }
