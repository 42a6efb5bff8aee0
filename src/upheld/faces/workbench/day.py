"""Compose one day of the workbench: appointments, what is planned and done by activity, and the cards in their order.

The order by route is an honest one: by district, for no map and no address stands behind it. Who lives in one district
is seen in a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from upheld.faces.book import Book
from upheld.faces.months import month_after
from upheld.faces.promise_lines import Line, Surroundings, lines_of
from upheld.faces.workbench.page import Asked
from upheld.policy.editions import Edition
from upheld.records.promises.counts import Counts
from upheld.records.promises.planned import (
    appointments_between,
    first_planned,
    hours_agreed,
    numbers_by_action,
    numbers_by_day,
    slipped,
)
from upheld.records.promises.queries import Whose, counts_by_month

ORDERS: dict[str, LazyText | str] = {"time": _("Time left"), "card": _("Card"), "route": _("Route")}
_RANKS = {"diamond": 0, "gold": 1, "silver": 2}
_CARDS_SHOWN = 100
WEEKS_OF_THE_STRIP = 5


@dataclass(frozen=True)
class DayCard:
    """One promise of a day, with what its order asks for and where its pages are."""

    line: Line
    card: str | None
    group_class: str
    district: str
    begins_at: datetime | None
    until_at: datetime | None
    prepare_url: str
    planned_on: date | None

    @property
    def is_agreed(self) -> bool:
        """Tell whether its hour was agreed with the customer."""
        return self.begins_at is not None


@dataclass(frozen=True)
class StripDay:
    """One day of the strip over the page: its numbers, and how high its two bars stand (of 20)."""

    day: date
    url: str
    open: int
    done: int
    open_height: int
    done_height: int
    is_shown: bool
    is_off: bool

    @property
    def done_top(self) -> int:
        """Where the bar of what is done begins, from above."""
        return 20 - self.done_height

    @property
    def open_top(self) -> int:
        """Where the bar of what is open begins, on top of the other one."""
        return 20 - self.done_height - self.open_height


@dataclass
class Activity:
    """One row of the day's picture: a kind of activity with its numbers and the widths of its bars (of 100)."""

    action: str
    planned: int
    done: int
    open: int
    done_width: int
    open_width: int


@dataclass
class DayPage:
    """What the page of a day shows."""

    day: date
    today: date
    order: str
    orders: list[dict[str, Any]]
    kept: list[DayCard] = field(default_factory=list)
    due: list[DayCard] = field(default_factory=list)
    not_yet: list[DayCard] = field(default_factory=list)
    missed: list[DayCard] = field(default_factory=list)
    cards: list[DayCard] = field(default_factory=list)
    more: int = 0
    slipped: list[DayCard] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    weeks: list[list[StripDay]] = field(default_factory=list)
    before_url: str = ""
    after_url: str = ""
    today_url: str = ""

    @property
    def has_appointments(self) -> bool:
        """Tell whether a time was agreed for this day."""
        return bool(self.kept or self.due or self.not_yet or self.missed)


def day_page(
    asked: Mapping[str, str], *, whose: Asked, book: Book, edition: Edition, now: datetime
) -> DayPage:
    """Compose the page of the day that is asked for, today where none is (CARE-34)."""
    today = timezone.localdate(now)
    day = day_in(asked.get("day", ""), otherwise=today)
    order = asked["order"] if asked.get("order") in ORDERS else "time"
    base = {"employee": whose.employee} if whose.employee else {}
    page = DayPage(day, today, order, [])
    page.orders = [
        {"code": code, "label": label, "url": _url({**base, "day": day.isoformat(), "order": code})}
        for code, label in ORDERS.items()
    ]
    _add_cards(page, whose=whose, book=book, edition=edition, now=now)
    page.activities = _activities(numbers_by_action(responsible=whose.responsible, day=day))
    page.weeks = strip(whose=whose, day=day, today=today, edition=edition, address=_url, words=base)
    page.before_url = _url({**base, "day": (day - timedelta(days=1)).isoformat(), "order": order})
    page.after_url = _url({**base, "day": (day + timedelta(days=1)).isoformat(), "order": order})
    page.today_url = _url({**base, "order": order})
    return page


def day_in(written: str, *, otherwise: date) -> date:
    """Read a day of an address; what is none, or lies beyond the years of any plan, is as good as not there."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return otherwise
    return day if 2005 <= day.year <= otherwise.year + 3 else otherwise


def _add_cards(page: DayPage, *, whose: Asked, book: Book, edition: Edition, now: datetime) -> None:
    ahead = page.day + timedelta(days=1)
    agreed = appointments_between(responsible=whose.responsible, from_date=page.day, until_date=ahead)
    planned, in_all = first_planned(
        responsible=whose.responsible, day=page.day, limit=_CARDS_SHOWN, appointments=False
    )
    passed: list[Any] = []
    page.more = in_all - len(planned)
    if page.day == page.today:
        passed, late = slipped(responsible=whose.responsible, today=page.today, limit=_CARDS_SHOWN)
        page.more += late - len(passed)
    rows = [*agreed, *planned, *passed]
    cards = cards_of(rows, edition=edition, book=book)
    for one, card in zip(agreed, cards, strict=False):
        if one.state in ("kept", "waived"):
            page.kept.append(card)
        elif one.state == "broken":
            page.missed.append(card)
        elif card.begins_at is not None and card.begins_at <= now:
            page.due.append(card)
        else:
            page.not_yet.append(card)
    rest = cards[len(agreed) :]
    page.cards = in_order(rest[: len(planned)], page.order)
    page.slipped = in_order(rest[len(planned) :], page.order)


def cards_of(promises: Iterable[Any], *, edition: Edition, book: Book) -> list[DayCard]:
    """Write promises as cards, in the same order."""
    rows = list(promises)
    lines = lines_of(rows, edition=edition, book=book)
    around = Surroundings.of(rows, book=book)
    begins = hours_agreed(one.pk for one in rows if one.source == "appointment")
    return [_card(row, line, around, begins.get(row.pk)) for row, line in zip(rows, lines, strict=True)]


def _card(row: Any, line: Line, around: Surroundings, begins_at: datetime | None) -> DayCard:
    is_group = row.person_id is None
    subject = row.group if is_group else row.person
    held = around.memberships.get(row.person_id)
    place = around.places.get(row.person_id)
    return DayCard(
        line=line,
        card=held.card if held else None,
        group_class=row.group.group_class if is_group else (place.group_class if place else ""),
        district=district_of(subject),
        begins_at=begins_at,
        until_at=row.due_at if begins_at else None,
        prepare_url=reverse("prepare-group" if is_group else "prepare-person", args=[subject.code]),
        planned_on=row.planned_on,
    )


def district_of(subject: Any) -> str:
    """Name the district of a person or a group with what it lies in; empty where none is known."""
    region = subject.region
    if region is None:
        return ""
    return f"{region.parent.name} {region.name}" if region.parent is not None else str(region.name)


def in_order(cards: list[DayCard], order: str) -> list[DayCard]:
    """Put cards in an order: by time left, by the customer's standing, or by district."""
    if order == "card":
        return sorted(
            cards,
            key=lambda one: (
                _RANKS.get(one.card or "", 3),
                one.group_class or "Z",
                one.line.due_date,
                one.line.id,
            ),
        )
    if order == "route":
        return sorted(
            cards,
            key=lambda one: (
                not one.district,
                one.district,
                one.line.group_name,
                one.line.customer_name,
                one.line.id,
            ),
        )
    return sorted(cards, key=lambda one: (one.line.due_date, one.line.id))


def figures_of(whose: Asked, *, day: date) -> Counts | None:
    """Count the promises due in the month of a day, of whom the page is about (CARE-34); None where there is none."""
    first = day.replace(day=1)
    ahead = month_after(first)
    if whose.responsible is Whose.NOBODY:
        return None
    ids = [whose.responsible] if isinstance(whose.responsible, int) else whose.responsible
    employee_ids = None if isinstance(ids, Whose) else list(ids)
    months = counts_by_month(due_from=first, due_until=ahead, employee_ids=employee_ids)
    return months[0] if months else None


def _activities(numbers: Mapping[str, Mapping[str, int]]) -> list[Activity]:
    longest = max((max(one["planned"], one["done"] + one["open"]) for one in numbers.values()), default=1)
    found = [
        Activity(
            action,
            one["planned"],
            one["done"],
            one["open"],
            done_width=100 * one["done"] // longest,
            open_width=100 * one["open"] // longest,
        )
        for action, one in numbers.items()
    ]
    return sorted(found, key=lambda one: (-one.planned, one.action))


def strip(
    *, whose: Asked, day: date, today: date, edition: Edition, address: Any, words: Mapping[str, str]
) -> list[list[StripDay]]:
    """Compose the weeks over the page: last week, this one, and those to come, each day with its numbers."""
    first = day - timedelta(days=day.weekday() + 7)
    last = first + timedelta(weeks=WEEKS_OF_THE_STRIP)
    numbers = numbers_by_day(responsible=whose.responsible, from_date=first, until_date=last)
    highest = max((one["open"] + one["done"] for one in numbers.values()), default=1) or 1
    calendar = edition.calendars.get("china")
    weeks: list[list[StripDay]] = []
    for number in range((last - first).days):
        here = first + timedelta(days=number)
        if here.weekday() == 0:
            weeks.append([])
        one = numbers.get(here, {"open": 0, "done": 0})
        weeks[-1].append(
            StripDay(
                here,
                address({**words, "day": here.isoformat()}),
                one["open"],
                one["done"],
                open_height=-(-20 * one["open"] // highest),
                done_height=20 * one["done"] // highest,
                is_shown=here == day,
                is_off=calendar is not None and not calendar.is_working(here.toordinal()),
            )
        )
    return weeks


def _url(words: Mapping[str, str]) -> str:
    return f"{reverse('day')}?{urlencode(words)}" if words else reverse("day")
