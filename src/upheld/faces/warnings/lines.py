"""Write warnings as lines for people: what runs out or has, for whom, who works on it, and where to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from upheld.faces import case_words, wording
from upheld.faces.book import Book
from upheld.faces.clock_lines import ClockLine, line_of
from upheld.faces.masking import masked_name

STAGES: dict[str, Lazy | str] = {
    "before": _("Soon due"),
    "due": _("Was due"),
    "after": _("Long overdue"),
}
_COLOURS = {"before": "open", "due": "broken", "after": "broken"}


@dataclass(frozen=True)
class WarningLine:
    """One warning as a line of the list."""

    id: int
    stage: str
    colour: str
    at_words: str
    seen: bool
    clock: ClockLine
    customer_name: str
    url: str
    case_id: int | None
    responsible: str


def lines_of(warnings: Sequence[Any], *, book: Book, now: datetime) -> list[WarningLine]:
    """Write the latest warning of each promise, in the order given, which is the latest first.

    They come with promise, subject and responsible; names are as the reader may read them.
    """
    latest: dict[int, Any] = {}
    for one in warnings:
        latest.setdefault(one.promise_id, one)
    warnings = list(latest.values())
    served = book.served([one.promise.person_id for one in warnings if one.promise.person_id is not None])
    return [_line(one, served=served, now=now) for one in warnings]


def _line(one: Any, *, served: frozenset[int], now: datetime) -> WarningLine:
    promise = one.promise
    if promise.person_id is None:
        name, customer_url = promise.group.name, reverse("group", args=[promise.group.code])
    else:
        whole = promise.person.name
        name = whole if promise.person_id in served else masked_name(whole)
        customer_url = reverse("person", args=[promise.person.code])
    if promise.action == "coordination":
        # What a colleague asked for is answered on a page of its own.
        customer_url = reverse("craft-asked")
    return WarningLine(
        id=one.pk,
        stage=wording.word(STAGES, one.stage),
        colour=_COLOURS[one.stage],
        at_words=case_words.moment(one.at),
        seen=one.is_seen,
        clock=line_of(promise, now=now),
        customer_name=name,
        url=_case_url(promise.case_id) or customer_url,
        case_id=promise.case_id,
        responsible=wording.employee_name(promise.responsible) if promise.responsible_id else "",
    )


def _case_url(case_id: int | None) -> str:
    if case_id is None:
        return ""
    try:
        return reverse("case", args=[case_id])
    except NoReverseMatch:
        return ""
