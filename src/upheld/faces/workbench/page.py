"""Compose the workbench: whose promises, which lane, which kind of contact, and one page of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from upheld.faces.addresses import page_number
from upheld.faces.book import Book
from upheld.faces.promise_lines import Customer, customers_of
from upheld.faces.wording import employee_name
from upheld.policy.editions import Edition
from upheld.records.promises.queries import Lane, Responsible, Whose, lane_sizes, who_owes
from upheld.records.promises.worklists import action_sizes, number_begun, worklist_by_customer
from upheld.records.staff.queries import employees_serving, team_of

CUSTOMERS_A_PAGE = 20
NOBODY = "nobody"
LABELS = {
    Lane.TODAY: _("Today"),
    Lane.WEEK: _("This week"),
    Lane.OVERDUE: _("Overdue"),
    Lane.UNDER_WAY: _("Can be done now"),
    Lane.LATER: _("Later"),
}


@dataclass
class WorkbenchPage:
    """What the workbench shows."""

    tab: str
    action: str
    employee: str
    whose: str
    tabs: list[dict[str, Any]]
    actions: list[dict[str, Any]] = field(default_factory=list)
    all_actions_url: str = ""
    colleagues: list[dict[str, str]] = field(default_factory=list)
    callers: list[Customer] = field(default_factory=list)
    pages: Page | None = None
    begun: int = 0
    """How many promises of a list of one kind can be done already, on all its pages."""


@dataclass(frozen=True)
class Asked:
    """Whose promises a request asks for, within the reach of the user; `employee` is the code in the address."""

    responsible: Responsible
    employee: str
    whose: str
    colleagues: list[dict[str, str]]


def asked_of(asked: Mapping[str, str], *, book: Book) -> Asked:
    """Read the filter by employee; a code outside the user's reach is as good as none."""
    if book.user.job in ("account_manager", "phone_manager", "chief_representative"):
        return Asked(book.user.pk, "", gettext("My own customers"), [])
    team = list(employees_serving() if book.whole else team_of(book.user))
    owing = who_owes([one.pk for one in team if not one.is_active])
    team = [one for one in team if one.is_active or one.pk in owing]
    colleagues = [{"code": one.code, "name": employee_name(one)} for one in team]
    if book.whole:
        colleagues.insert(0, {"code": NOBODY, "name": gettext("Nobody yet")})
    chosen = next((one for one in team if one.code == asked.get("employee")), None)
    if chosen is not None:
        return Asked(chosen.pk, chosen.code, employee_name(chosen), colleagues)
    if book.whole and asked.get("employee") == NOBODY:
        return Asked(Whose.NOBODY, NOBODY, gettext("Unassigned promises"), colleagues)
    everybody = Whose.EVERYBODY if book.whole else [one.pk for one in team]
    return Asked(everybody, "", book.words, colleagues)


def workbench_page(
    asked: Mapping[str, str], *, book: Book, edition: Edition, today: date, customers: bool = True
) -> WorkbenchPage:
    """Compose the page; without `customers` only the counts, which a recorded contact brings up to date."""
    whose = asked_of(asked, book=book)
    sizes = lane_sizes(responsible=whose.responsible, today=today)
    lane = _lane(asked.get("tab"), sizes)
    base = {"tab": lane.value} | ({"employee": whose.employee} if whose.employee else {})
    page = WorkbenchPage(
        tab=lane.value,
        action="",
        employee=whose.employee,
        whose=whose.whose,
        tabs=[
            {"key": one.value, "label": label, "count": sizes[one], "url": _url({**base, "tab": one.value})}
            for one, label in LABELS.items()
        ],
        all_actions_url=_url(base),
        colleagues=whose.colleagues,
    )
    by_action = action_sizes(lane, responsible=whose.responsible, today=today)
    page.action = asked.get("action", "") if asked.get("action") in by_action else ""
    page.actions = [
        {"action": action, "count": count, "url": _url({**base, "action": action})}
        for action, count in by_action.items()
    ]
    if not customers:
        return page
    number = page_number(asked)
    found = worklist_by_customer(
        lane,
        responsible=whose.responsible,
        today=today,
        action=page.action or None,
        page=number,
        size=CUSTOMERS_A_PAGE,
    )
    page.callers = customers_of(found.promises, edition=edition, book=book)
    if page.action:
        page.begun = number_begun(lane, responsible=whose.responsible, today=today, action=page.action)
    page.pages = Paginator(range(found.customers), CUSTOMERS_A_PAGE).get_page(number)
    return page


def _lane(name: str | None, sizes: Mapping[Lane, int]) -> Lane:
    """Read the tab; nobody who opens the workbench is met by an empty list while there is something to do."""
    named = next((lane for lane in Lane if lane.value == name), None)
    if named is not None:
        return named
    first = (Lane.TODAY, Lane.WEEK, Lane.OVERDUE, Lane.UNDER_WAY)
    return next((lane for lane in first if sizes[lane]), Lane.TODAY)


def _url(words: Mapping[str, str]) -> str:
    return f"{reverse('workbench')}?{urlencode(words)}"
