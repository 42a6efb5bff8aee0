"""Compose the page of points: the own rows and place, the others as bars without names, the team by name for a lead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.translation import gettext

from upheld.faces import rule_words, wording
from upheld.faces.addresses import page_number
from upheld.faces.book import Book
from upheld.faces.dashboard.periods import Period
from upheld.faces.masking import masked_name
from upheld.policy.editions import Edition
from upheld.policy.staff_points import Place, Tally, fewest_acts, standings
from upheld.records.staff.points import employees_of_job, employees_with_ids
from upheld.records.staff_points.queries import (
    objections_of,
    open_objections,
    rows_of,
    sums_by_event,
    tallies,
)

ROWS_A_PAGE = 25
BARS = 30


@dataclass(frozen=True)
class Standing:
    """Where somebody stands, as a line; the name is empty for who reads about others."""

    name: str
    unit: str
    place: int | None
    tally: Tally
    is_own: bool
    code: str = ""

    @property
    def percent(self) -> str:
        """Write the share of what was possible; empty where nothing was."""
        return "" if self.tally.share is None else f"{float(self.tally.share) * 100:.1f} %"


@dataclass(frozen=True)
class RowLine:
    """One act as a line."""

    id: int
    day: Any
    words: str
    customer: str
    url: str
    points: int
    possible: int
    clause: str
    objection: str
    may_object: bool


def points_page(asked: Mapping[str, str], *, book: Book, period: Period, edition: Edition) -> dict[str, Any]:
    """Give everything the page shows for a period."""
    user, fewest = book.user, fewest_acts(edition)
    days = {"from_date": period.from_date, "until_date": period.to_date}
    shown = _shown(asked, book=book)
    colleagues = list(employees_of_job(shown.job))
    places = standings(tallies(employee_ids=[one.pk for one in colleagues], **days), fewest=fewest)
    own = next((one for one in places if one.tally.employee == shown.pk), None)
    rows = rows_of(employee_id=shown.pk, **days)
    pages = Paginator(rows, ROWS_A_PAGE).get_page(page_number(asked))
    return {
        "shown": shown,
        "is_own": shown.pk == user.pk,
        "fewest": fewest,
        "own": None if own is None else _standing(own, {}, user.pk),
        "of": sum(one.place is not None for one in places),
        "chart": _chart(places, shown.pk),
        "events": _events(sums_by_event(employee_id=shown.pk, **days)),
        "rows": _lines(list(pages), is_own=shown.pk == user.pk, book=book),
        "pages": pages if pages.paginator.num_pages > 1 else None,
        "team": _team(book, days, fewest),
        "to_answer": _to_answer(book),
        "objections": objections_of(shown.pk) if shown.pk == user.pk else [],
    }


def _shown(asked: Mapping[str, str], *, book: Book) -> Any:
    """Give whose points are shown: one's own, or, to a lead, those of somebody within reach."""
    code = asked.get("employee", "")
    if code and (book.whole or book.user.job == "team_lead") and _reads_others(book):
        found = next((one for one in _reach(book) if one.code == code), None)
        if found is not None:
            return found
    return book.user


def _reads_others(book: Book) -> bool:
    return book.user.job in ("team_lead", "service_department", "administrator")


def _reach(book: Book) -> list[Any]:
    """Give the employees whose points a lead reads by name."""
    if not _reads_others(book):
        return []
    return list(employees_with_ids(book.employee_ids))


def _team(book: Book, days: dict[str, Any], fewest: int) -> list[dict[str, Any]]:
    """Give the people within a lead's reach by job, each with the place among all of that job."""
    people = {one.pk: one for one in _reach(book)}
    if not people:
        return []
    told: list[dict[str, Any]] = []
    for job in sorted({one.job for one in people.values()}):
        of_job = [one.pk for one in employees_of_job(job)]
        places = standings(tallies(employee_ids=of_job, **days), fewest=fewest)
        lines = [_standing(one, people, book.user.pk) for one in places if one.tally.employee in people]
        if lines:
            told.append({"job": job, "lines": lines})
    return told


def _standing(place: Place, people: Mapping[int, Any], own_id: int) -> Standing:
    person = people.get(place.tally.employee)
    return Standing(
        name=wording.employee_name(person) if person is not None else "",
        unit=person.unit.name if person is not None and person.unit_id else "",
        place=place.place,
        tally=place.tally,
        is_own=place.tally.employee == own_id,
        code=person.code if person is not None else "",
    )


def _chart(places: Iterable[Place], shown_id: int) -> dict[str, Any]:
    """Lay out the bars of one job without names: the shown one has another colour; of many, those around it."""
    ranked = [one for one in places if one.place is not None]
    at = next((n for n, one in enumerate(ranked) if one.tally.employee == shown_id), 0)
    first = max(0, min(at - BARS // 2, len(ranked) - BARS))
    bars = ranked[first : first + BARS]
    return {
        "labels": [gettext("place %(n)d") % {"n": one.place} for one in bars],
        "series": [
            {
                "name": gettext("share of what was possible"),
                "tone": "pale",
                "tones": ["own" if one.tally.employee == shown_id else "pale" for one in bars],
                "data": [max(round(float(one.tally.share or 0) * 100, 1), 0) for one in bars],
            }
        ],
        "unit": " %",
        "max": 100,
    }


def _events(sums: Iterable[tuple[str, int, int, int]]) -> list[dict[str, Any]]:
    order = list(rule_words.STAFF_EVENTS)
    return [
        {
            "name": wording.word(rule_words.STAFF_EVENTS, event),
            "acts": acts,
            "points": points,
            "possible": most,
        }
        for event, acts, points, most in sorted(sums, key=lambda one: order.index(one[0]))
    ]


def _person_of(row: Any) -> Any:
    return row.promise.person if row.promise_id else (row.moment.person if row.moment_id else None)


def _lines(rows: Sequence[Any], *, is_own: bool, book: Book) -> list[RowLine]:
    """Write rows as lines; whom the reader serves now has a whole name, everybody else a masked one."""
    people = [person.pk for person in map(_person_of, rows) if person is not None]
    served = book.served(people)
    return [_line(row, is_own=is_own, served=served) for row in rows]


def _line(row: Any, *, is_own: bool, served: Collection[int]) -> RowLine:
    objection = getattr(row, "objected", None)
    person = _person_of(row)
    group = row.promise.group if row.promise_id else None
    customer, url = "", ""
    if person is not None:
        customer = person.name if person.pk in served else masked_name(person.name)
        url = reverse("person", args=[person.code])
    elif group is not None:
        customer, url = group.name, reverse("group", args=[group.code])
    words = wording.word(rule_words.STAFF_EVENTS, row.event)
    if row.action:
        words = f"{wording.word(wording.ACTIONS, row.action)} · {words}"
    return RowLine(
        row.pk,
        row.day,
        words,
        customer,
        url,
        row.points,
        row.possible,
        row.clause,
        objection_state(objection) if objection is not None else "",
        is_own and objection is None,
    )


def objection_state(objection: Any) -> str:
    """Say how an objection stands."""
    answer = getattr(objection, "answer", None)
    if answer is None:
        return gettext("objection waits for an answer")
    if not answer.accepted:
        return gettext("objection refused: the row stands")
    if answer.counts_in_full:
        return gettext("objection accepted: counted as done")
    return gettext("objection accepted: not counted")


def _to_answer(book: Book) -> list[dict[str, Any]]:
    """Give the objections that the reader may answer; never the own ones."""
    if not _reads_others(book):
        return []
    waiting = open_objections(book.employee_ids)
    return [
        {
            "objection": one,
            "who": wording.employee_name(one.employee),
            "line": _line(one.row, is_own=False, served=()),
        }
        for one in waiting
        if one.employee_id != book.user.pk
    ]
