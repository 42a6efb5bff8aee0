"""The dashboard's figures are those of the promises, counted again here in plain Python, and lead back to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

SignIn = Callable[..., Client]
STATES = ("kept", "broken", "waived", "open", "cancelled")


@pytest.fixture
def history(company: SimpleNamespace, owe: Any) -> list[Any]:
    """Make promises of three clauses and all states, in and around March 2026; every fifth is Zhou's."""
    made = []
    for number in range(60):
        due = date(2026, 2, 20) + timedelta(days=number)
        state = STATES[number % 7 % 5]
        zhou = number % 5 == 0
        made.append(
            owe(
                clause=("KEY-5", "KEY-6", "KEY-33")[number % 3],
                person=company.chen if zhou else company.wang,
                responsible=company.zhou if zhou else company.li,
                from_date=due,
                due_date=due,
                turn=number + 1,
                state=state,
                late=state == "kept" and number % 4 == 0,
                end_reason="told by the customer" if state in ("waived", "cancelled") else "",
                approved_by=company.lead if state == "waived" else None,
            )
        )
    return made


def figures(page: str) -> dict[str, list[int]]:
    """Read the table of the page: by clause the figures owed, kept, late, broken, waived, open."""
    rows = re.findall(
        r'<tr>\s*<th scope="row"><a class="clause" href="/clauses/([^/]+)/(.*?)</tr>', page, re.DOTALL
    )
    found = {}
    for clause, row in rows:
        cells = re.findall(r'<td class="n"[^>]*>(.*?)</td>', row, re.DOTALL)
        found[clause] = [int(re.search(r">(\d+)", cell).group(1)) for cell in cells[:6]]  # type: ignore[union-attr]
    return found


def counted(promises: list[Any]) -> dict[str, list[int]]:
    """Count again, in March 2026, without the database."""
    march = [one for one in promises if one.due_date.month == 3 and one.state != "cancelled"]
    found = {}
    for clause in {one.clause for one in march}:
        states = Counter(one.state for one in march if one.clause == clause)
        late = sum(one.late for one in march if one.clause == clause)
        found[clause] = [
            states.total(), states["kept"], late, states["broken"], states["waived"], states["open"],
        ]  # fmt: skip
    return found


MARCH = {"period": "custom", "from": "2026-03-01", "to": "2026-03-31"}


def test_the_figures_are_those_of_the_promises(history: list[Any], signed_in: SignIn) -> None:
    page = signed_in("service").get("/dashboard/", MARCH).content.decode()
    assert figures(page) == counted(history)
    everything = list(counted(history).values())
    kept, broken = sum(row[1] for row in everything), sum(row[3] for row in everything)
    assert f"{100 * kept / (kept + broken):.1f} %" in page
    assert f"共{kept + broken}项已有结果" in page


def test_a_manager_counts_the_own_book(
    history: list[Any], signed_in: SignIn, company: SimpleNamespace
) -> None:
    for who in ("li", "zhou"):
        own = [one for one in history if one.responsible == getattr(company, who)]
        assert figures(signed_in(who).get("/dashboard/", MARCH).content.decode()) == counted(own)
    # A unit in the address opens nothing that the reach does not hold.
    page = signed_in("li").get("/dashboard/", {**MARCH, "unit": "U1"}).content.decode()
    assert figures(page) == counted([one for one in history if one.responsible == company.li])


def test_a_unit_counts_what_is_below_it(
    history: list[Any], signed_in: SignIn, company: SimpleNamespace
) -> None:
    browser = signed_in("service")
    for unit, of_whom in (("U4", [company.zhou]), ("U2", [company.li, company.zhou])):
        page = browser.get("/dashboard/", {**MARCH, "unit": unit}).content.decode()
        assert figures(page) == counted([one for one in history if one.responsible in of_whom])


def test_a_team_lead_counts_the_promises_of_who_left(
    history: list[Any], signed_in: SignIn, company: SimpleNamespace
) -> None:
    own = counted([one for one in history if one.responsible == company.li])
    page = signed_in("lead").get("/dashboard/", MARCH).content.decode()
    assert figures(page) == own
    company.li.is_active = False
    company.li.save()
    page = signed_in("lead").get("/dashboard/", MARCH).content.decode()
    assert figures(page) == own, "what was broken stays broken when the one who broke it leaves"
    broken = signed_in("lead").get("/dashboard/KEY-5/", {**MARCH, "state": "broken"}).content.decode()
    assert broken.count('<span class="tag broken">') == own["KEY-5"][3] > 0
    company.lead.unit = None
    company.lead.save()
    assert figures(signed_in("lead").get("/dashboard/", MARCH).content.decode()) == {}


def test_a_cell_leads_to_its_promises(history: list[Any], signed_in: SignIn) -> None:
    browser = signed_in("service")
    page = browser.get("/dashboard/", MARCH).content.decode()
    link = re.search(r'class="cell-broken" href="(/dashboard/KEY-5/[^"]+)"', page)
    assert link is not None
    listed = browser.get(link.group(1).replace("&amp;", "&")).content.decode()
    broken = [
        one for one in history if one.clause == "KEY-5" and one.state == "broken" and one.due_date.month == 3
    ]
    assert broken
    assert listed.count('<span class="tag broken">') == len(broken)
    assert 'href="/clauses/KEY-5/"' in listed


def test_where_nothing_is_decided_there_is_no_rate(owe: Any, signed_in: SignIn) -> None:
    owe(due_date=date(2026, 3, 5), from_date=date(2026, 3, 1))
    page = signed_in("service").get("/dashboard/", MARCH).content.decode()
    assert "尚无结果" in page
    assert "0.0 %" not in page


def test_a_page_of_promises_goes_on(owe: Any, signed_in: SignIn) -> None:
    for turn in range(1, 61):
        owe(due_date=date(2026, 3, 5), from_date=date(2026, 3, 1), turn=turn)
    browser = signed_in("service")
    first = browser.get("/dashboard/KEY-5/", MARCH).content.decode()
    assert first.count('<span class="tag open">') == 50
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = browser.get("/dashboard/KEY-5/" + following.group(1).replace("&amp;", "&")).content.decode()
    assert second.count('<span class="tag open">') == 10


@pytest.mark.parametrize(
    "asked",
    [
        {"period": "yesterday"},
        {"period": "custom", "from": "2026-02-30", "to": "x"},
        {"period": "custom", "from": "2026-03-31", "to": "2026-03-01"},
        {"unit": "nowhere"},
    ],
)
def test_nonsense_in_the_address_is_answered_with_a_word(
    asked: dict[str, str], company: SimpleNamespace, signed_in: SignIn
) -> None:
    answer = signed_in("service").get("/dashboard/", asked)
    assert answer.status_code == 200
    assert ("alert" in answer.content.decode()) == ("unit" not in asked)
    assert signed_in("service").get("/dashboard/KEY-5/", {"after": "x_y", "state": "z"}).status_code == 200
    assert signed_in("service").get("/dashboard/KEY-999/").status_code == 404


def test_coverage_targets_stand_beside_what_is_reached(company: SimpleNamespace, signed_in: SignIn) -> None:
    from upheld.records.staff.models import Assignment

    browser = signed_in("service")
    assert 'hx-get="/dashboard/targets/"' in browser.get("/dashboard/").content.decode()
    page = browser.get("/dashboard/targets/").content.decode()
    assert "1中的0" in page, "one important class A enterprise, and nobody of the management keeps the tie"
    Assignment.objects.create(
        employee=company.admin, group=company.power, kind="chief_representative", from_date=date(2020, 1, 1)
    )
    swap = browser.get("/dashboard/targets/", headers={"HX-Request": "true"}).content.decode()
    assert "1中的1" in swap
    assert "<html" not in swap
    assert signed_in("li").get("/dashboard/targets/").status_code == 403
    assert "/dashboard/targets/" not in signed_in("li").get("/dashboard/").content.decode()
