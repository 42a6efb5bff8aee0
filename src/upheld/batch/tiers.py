"""Rate a whole base: card, state, clause and what changed since last year, as one query.

Every customer's answer is one small number: the rank of the card, and within it which clause gave it, with the
freezing clause added on top. Conditions are compiled into CASE expressions over such numbers (decision_tree.py); the
words come back at the very end by joining a table of a few hundred answers, made here from the same edition. Last
year's card joins as a rank of two bytes, after the rating, so that nothing wide goes through the join.

Semantics are those of policy/tiers.py; tests/batch and tests/standards hold both to the same answers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir

from upheld.batch.columns import SUBJECT_ID, Base, card_rank, small
from upheld.batch.decision_tree import first_match, highest_code
from upheld.batch.engine import DuckDB
from upheld.policy.editions import Edition
from upheld.policy.facts import CARD_RANK, CARDS
from upheld.policy.tables import Row
from upheld.policy.tiers import STATES

CHANGES = ("new", "up", "down", "kept", "ended", "none")
"""What became of last year's card: none then and one now (new), higher, lower, the same, gone, or none both times.

Freezing is not a change of card: a frozen member keeps it, and `state` says frozen. A cancelled member's card has
ended.
"""

ANSWERS = "rating_answers"
LAST_YEAR = "cards"
CUSTOMERS = "customers"


_ANSWER = {"key": "int32", "card": "string", "state": "string", "clause": "string", "previous_card": "string",
           "change": "string"}  # fmt: skip


class Answer(NamedTuple):
    """One line of the table that turns the small number back into words."""

    key: int
    card: str | None
    state: str
    clause: str | None
    previous_card: str | None
    change: str


@dataclass(frozen=True)
class Rating:
    """A rating as a query: `expression` reads the tables `customers`, perhaps `cards`, and `rating_answers`.

    `expression` has the columns customer_id, card, state, clause, previous_card, change; asked for more, also
    provisional_card and customer_class.
    """

    expression: ir.Table
    answers: tuple[Answer, ...]


def rating(
    *,
    edition: Edition,
    as_of: date,
    facts: Collection[str],
    last_year_file: bool = False,
    changes_only: bool = False,
    more: bool = False,
    id_type: str = "string",
) -> Rating:
    """Write the rating of a base on a day.

    `facts` are those that `customers` has columns for (see `columns.fact_columns`). Last year's card is the fact
    previous_card, or with `last_year_file` the table `cards` (customer_id, card). `changes_only` leaves out whoever
    keeps the same card or still has none. `more` adds provisional_card and customer_class. Raises `OutsideDates`.
    Clauses: KEY-3, KEY-4, CT-30 to CT-38, CT-41.
    """
    edition.require_day(as_of)
    base = Base(facts, name=CUSTOMERS, id_type=id_type)
    codes = _Codes(edition, as_of)
    columns: dict[str, ir.Value] = {"answer": codes.answer(base), "kept_rank": codes.kept_by_hand(base)}
    if not last_year_file:
        columns["previous"] = (
            card_rank(base.fact("previous_card")) if "previous_card" in base.facts else small(0)
        )
    if more:
        columns["provisional_rank"] = codes.provisional_rank(base)
        columns["customer_class"] = _customer_class(edition, as_of, base)
    columns = {name: column for name, column in columns.items() if column is not None}
    rated = base.table.select(base.subject_id, **columns)
    if last_year_file:
        rated = _with_last_year(rated, id_type)
    if "kept_rank" in columns:
        rated = rated.mutate(answer=codes.after_override(rated))
    if changes_only:
        rated = rated.filter(codes.rank_of(rated.answer) != rated.previous)
    answers = codes.answers()
    return Rating(_in_words(rated, more), answers)


def put_answers(engine: DuckDB, rating: Rating) -> None:
    """Give the engine the table of answers that a rating's expression joins."""
    texts = {
        "card": CARDS,
        "state": STATES,
        "clause": [answer.clause for answer in rating.answers],
        "previous_card": CARDS,
        "change": CHANGES,
    }
    engine.lookup(ANSWERS, _ANSWER, rating.answers, words=texts)


def _with_last_year(rated: ir.Table, id_type: str) -> ir.Table:
    cards = ibis.table({SUBJECT_ID: id_type, "card": "string"}, name=LAST_YEAR)
    ranks = cards.select(SUBJECT_ID, last_rank=card_rank(cards.card))
    joined = rated.left_join(ranks, SUBJECT_ID)
    kept = [joined[name] for name in rated.columns]
    return joined.select(*kept, previous=ibis.coalesce(joined.last_rank, small(0)))


def _in_words(rated: ir.Table, more: bool) -> ir.Table:
    words = ibis.table(_ANSWER, name=ANSWERS)
    keyed = rated.mutate(key=rated.answer.cast("int32") * 4 + rated.previous)
    joined = keyed.join(words, "key")
    out = joined.select(
        SUBJECT_ID, *Answer._fields[1:], *(["provisional_rank", "customer_class"] if more else [])
    )
    if not more:
        return out
    word = ibis.cases(
        *((out.provisional_rank == rank, card) for rank, card in enumerate(CARDS, 1)), else_=None
    )
    card = ibis.cases((out.state == "provisional", word), else_=ibis.null("string"))
    return out.mutate(provisional_card=card).drop("provisional_rank")


class _Codes:
    """Number every answer that the tables of an edition can give on a day.

    A code is `rank * width + place`: within a rank the clause of the earlier row has the higher place, so that the
    highest code is the highest card with its first clause. Rank 0 holds 'none' (0), the provisional clauses, and from
    the top the cancelling ones. Freezing by the n-th clause adds n times `4 * width`.
    """

    def __init__(self, edition: Edition, as_of: date) -> None:
        self.as_of = as_of
        rows = {
            kind: [
                row for table in edition.tables("tiers", kind) for row in table.rows if row.in_force(as_of)
            ]
            for kind in ("card", "provisional", "cancel", "freeze", "override")
        }
        self.cards, self.provisional, self.overriding = rows["card"], rows["provisional"], rows["override"]
        self.cancelling, self.freezing = rows["cancel"], rows["freeze"]
        self.clauses_by_rank = {
            rank: _clauses(row for row in self.cards if CARD_RANK[row.answer["card"]] == rank)
            for rank in (1, 2, 3)
        }
        self.clauses_by_rank[0] = _clauses(self.provisional)
        self.cancel_clauses, self.freeze_clauses = _clauses(self.cancelling), _clauses(self.freezing)
        most = max(len(clauses) for clauses in self.clauses_by_rank.values())
        self.bits = (most + len(self.cancel_clauses) + 2).bit_length()
        self.width = 1 << self.bits
        self.frozen = 4 * self.width
        if self.frozen * (len(self.freeze_clauses) + 1) >= 1 << 15:
            raise ValueError("the edition rates by more clauses than two bytes can number")

    def place(self, rank: int, clause: str) -> int:
        """Number a clause within a rank: the first has the highest place, the last place 1."""
        clauses = self.clauses_by_rank[rank]
        return len(clauses) - clauses.index(clause)

    def cancelled(self, clause: str) -> int:
        return self.width - 1 - self.cancel_clauses.index(clause)

    def answer(self, base: Base) -> ir.IntegerValue:
        """Write the code of each customer's answer, before any override."""
        ranked = [(row, CARD_RANK[row.answer["card"]]) for row in self.cards] + [
            (row, 0) for row in self.provisional
        ]
        coded = [(row.conditions, rank * self.width + self.place(rank, row.clause)) for row, rank in ranked]
        code = highest_code(base=base, rows=coded, as_of=self.as_of)
        code = small(0) if code is None else code
        frozen = [
            (row.conditions, small(self.frozen * (1 + self.freeze_clauses.index(row.clause))))
            for row in self.freezing
        ]
        if any(base.knows(row.conditions) for row in self.freezing):
            code = code + first_match(base=base, rows=frozen, as_of=self.as_of, otherwise=small(0))
        return self.unless_cancelled(base, code)

    def unless_cancelled(
        self, base: Base, code: ir.IntegerValue, instead: int | None = None
    ) -> ir.IntegerValue:
        ended = [
            (row.conditions, small(self.cancelled(row.clause) if instead is None else instead))
            for row in self.cancelling
        ]
        return first_match(base=base, rows=ended, as_of=self.as_of, otherwise=code)

    def kept_by_hand(self, base: Base) -> ir.IntegerValue | None:
        """Write the rank of the card that an approved override would keep, 0 without one (CT-36); None: never."""
        if not self.overriding or not {"override_card", "override_approved_by"} <= base.facts:
            return None
        rank = self.unless_cancelled(base, card_rank(base.fact("override_card")), instead=0)
        allowed = [(row.conditions, rank) for row in self.overriding]
        kept = first_match(base=base, rows=allowed, as_of=self.as_of, otherwise=small(0))
        return ibis.cases((base.fact("override_approved_by") != "", kept), else_=small(0))

    def after_override(self, rated: ir.Table) -> ir.IntegerValue:
        """Write the answer with the override put in: it only keeps last year's card against a fall."""
        kept, answer = rated.kept_rank, rated.answer
        without_card = answer - (answer & small(self.frozen - 1))
        by_hand = (without_card + kept * small(self.width) + small(self.width - 1)).cast("int16")
        applies = (kept > small(0)) & (kept == rated.previous) & (kept > self.rank_of(answer))
        return ibis.cases((applies, by_hand), else_=answer)

    def rank_of(self, answer: ir.IntegerValue) -> ir.IntegerValue:
        return (answer & small(self.frozen - 1)) >> small(self.bits)

    def provisional_rank(self, base: Base) -> ir.IntegerValue:
        """Write the highest provisional level of each customer as a rank, whether or not it comes to bear."""
        coded = [(row.conditions, CARD_RANK[row.answer["card"]]) for row in self.provisional]
        rank = highest_code(base=base, rows=coded, as_of=self.as_of)
        return small(0) if rank is None else rank

    def answers(self) -> tuple[Answer, ...]:
        """List every answer that can be given, for each of last year's cards."""
        plain: list[tuple[int, int, str, str | None]] = [(0, 0, "none", None)]
        plain += [(self.place(0, clause), 0, "provisional", clause) for clause in self.clauses_by_rank[0]]
        for rank in (1, 2, 3):
            base = rank * self.width
            plain += [(base + self.place(rank, c), rank, "active", c) for c in self.clauses_by_rank[rank]]
            if self.overriding:
                plain.append((base + self.width - 1, rank, "active", self.overriding[0].clause))
        frozen = [
            (code + self.frozen * place, rank, "frozen", clause)
            for place, clause in enumerate(self.freeze_clauses, 1)
            for code, rank, _, _ in plain
        ]
        ended = [(self.cancelled(clause), 0, "cancelled", clause) for clause in self.cancel_clauses]
        cards = (None, *CARDS)
        return tuple(
            Answer(code * 4 + before, cards[rank], state, clause, cards[before], change_of(before, rank))
            for code, rank, state, clause in plain + frozen + ended
            for before in range(4)
        )


def change_of(before: int, now: int) -> str:
    """Name what became of a card, from last year's rank and this year's (0: no card); a word of `CHANGES`."""
    if before == now:
        return "kept" if now else "none"
    if before == 0:
        return "new"
    if now == 0:
        return "ended"
    return "up" if now > before else "down"


def _clauses(rows: object) -> list[str]:
    """List the clauses of rows in the order in which they first stand."""
    ordered = sorted(rows, key=lambda row: row.order)  # type: ignore[call-overload]
    return list(dict.fromkeys(row.clause for row in ordered))


def _customer_class(edition: Edition, as_of: date, base: Base) -> ir.StringValue:
    """Write the kind of group customer, of the first row that matches (KEY-1)."""
    rows: list[Row] = [
        row
        for table in edition.tables("tiers", "customer_class")
        for row in table.rows
        if row.in_force(as_of)
    ]
    answers = [(row.conditions, ibis.literal(row.answer["customer_class"])) for row in rows]
    return first_match(base=base, rows=answers, as_of=as_of, otherwise=ibis.null("string"))
