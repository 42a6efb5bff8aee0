"""Write key moments as lines of a list: who, why, what else, what may be offered, until when, and how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse

from upheld.faces import rule_words, wording
from upheld.faces.book import Book
from upheld.faces.masking import masked_name, masked_number
from upheld.faces.moments import words


@dataclass(frozen=True)
class MomentLine:
    """One moment as a line."""

    id: int
    name: str
    phone: str
    url: str
    moment: str
    clause: str
    urgency: str
    urgency_words: str
    reasons: list[str]
    also: list[str]
    offers: list[str]
    suppressed_by: str
    score: str
    band: str
    found_on: date
    due_date: date | None
    state: str
    employee: str
    result: str
    tries: int
    fate: str = ""
    talks: Sequence[Any] = field(default=())

    @property
    def is_done(self) -> bool:
        """Tell whether the talk took place, or is not owed any more."""
        return self.state in ("kept", "waived", "cancelled")


def lines_of(moments: Iterable[Any], *, book: Book) -> list[MomentLine]:
    """Write moments as lines, in the same order; whom the reader does not serve has a masked name."""
    rows = list(moments)
    served = book.served([one.person_id for one in rows])
    return [line_of(one, served=one.person_id in served) for one in rows]


def line_of(moment: Any, *, served: bool) -> MomentLine:
    """Write one moment."""
    fate = getattr(moment, "fate", None)
    promise = fate.promise if fate is not None else None
    talks = sorted(moment.results.all(), key=lambda one: (one.at, one.pk))
    person = moment.person
    return MomentLine(
        id=moment.pk,
        name=person.name if served else masked_name(person.name),
        phone=masked_number(person.phone),
        url=reverse("person", args=[person.code]),
        moment=words.name_of(moment.moment),
        clause=moment.clause,
        urgency=moment.urgency,
        urgency_words=wording.word(rule_words.URGENCIES, moment.urgency),
        reasons=words.reasons_in_words(moment.reasons),
        also=[words.name_of(one.moment) for one in moment.named.all()],
        offers=words.offers_in_words(moment.offers),
        suppressed_by=moment.suppressed_by,
        score="" if moment.score is None else str(moment.score),
        band=wording.word(rule_words.BANDS, moment.band) if moment.band else "",
        found_on=moment.found_on,
        due_date=promise.due_date if promise is not None else None,
        state=promise.state if promise is not None else "",
        # Who is responsible now: a book may have been handed over since.
        employee=wording.employee_name(promise.responsible) if promise and promise.responsible_id else "",
        result=_result(talks[-1]) if talks else "",
        tries=len(talks),
        fate=str(words.FATES.get(fate.kind, "")) if fate is not None else "",
        talks=[_talk(one) for one in reversed(talks)],
    )


def _result(talk: Any) -> str:
    if talk.decision:
        return str(words.DECISIONS[talk.decision])
    return str(words.OUTCOMES[talk.outcome])


def _talk(talk: Any) -> dict[str, Any]:
    return {
        "at": talk.at,
        "by": wording.employee_name(talk.employee),
        "words": _result(talk),
        "offer": wording.word(rule_words.OFFERS, talk.offer) if talk.offer else "",
        "accepted": talk.accepted,
        "note": talk.note,
    }
