"""Compose the board: a week with what is planned on each of its days, or a month of numbers.

A card is moved by the mouse, by a finger or by the keys; the window of its promise says to which days it may go, and is
written on the card, so that the page can show it before anybody tries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from upheld.faces.book import Book
from upheld.faces.workbench.day import DayCard, StripDay, cards_of, day_in, strip
from upheld.faces.workbench.page import Asked
from upheld.policy.editions import Edition
from upheld.records.promises.planned import first_planned, waiting_for_a_day

CARDS_A_DAY = 25
WAITING_SHOWN = 30


@dataclass
class BoardDay:
    """One column: a day, its cards, how many more there are, and whether work is done on it."""

    day: date
    cards: list[DayCard] = field(default_factory=list)
    more: int = 0
    is_off: bool = False
    is_past: bool = False
    day_url: str = ""


@dataclass
class BoardPage:
    """What the board shows."""

    week: date
    today: date
    days: list[BoardDay]
    waiting: list[DayCard]
    more_waiting: int
    month: list[list[StripDay]]
    before_url: str
    after_url: str
    today_url: str
    here_url: str


def board_page(
    asked: Mapping[str, str], *, whose: Asked, book: Book, edition: Edition, now: datetime
) -> BoardPage:
    """Compose the week that holds the day asked for, this one where none is."""
    today = timezone.localdate(now)
    day = day_in(asked.get("day", ""), otherwise=today)
    monday = day - timedelta(days=day.weekday())
    ahead = monday + timedelta(days=7)
    base = {"employee": whose.employee} if whose.employee else {}
    waiting, all_waiting = waiting_for_a_day(
        responsible=whose.responsible, from_date=max(monday, today), until_date=ahead, limit=WAITING_SHOWN
    )
    week = [monday + timedelta(days=number) for number in range(7)]
    by_day = {
        here: first_planned(responsible=whose.responsible, day=here, limit=CARDS_A_DAY) for here in week
    }
    shown = [one for rows, _ in by_day.values() for one in rows]
    cards = {one.line.id: one for one in cards_of([*shown, *waiting], edition=edition, book=book)}
    calendar = edition.calendars.get("china")
    days = [
        BoardDay(
            here,
            [cards[one.pk] for one in rows],
            more=in_all - len(rows),
            is_off=calendar is not None and not calendar.is_working(here.toordinal()),
            is_past=here < today,
            day_url=f"{reverse('day')}?{urlencode({**base, 'day': here.isoformat()})}",
        )
        for here, (rows, in_all) in by_day.items()
    ]
    return BoardPage(
        week=monday,
        today=today,
        days=days,
        waiting=[cards[one.pk] for one in waiting],
        more_waiting=max(all_waiting - len(waiting), 0),
        month=strip(whose=whose, day=day, today=today, edition=edition, address=_url, words=base),
        before_url=_url({**base, "day": (monday - timedelta(days=7)).isoformat()}),
        after_url=_url({**base, "day": ahead.isoformat()}),
        today_url=_url(base),
        here_url=_url({**base, "day": day.isoformat()}),
    )


def _url(words: Mapping[str, str]) -> str:
    return f"{reverse('board')}?{urlencode(words)}" if words else reverse("board")
