"""A manager's Monday on a phone: the day, a card moved, a time agreed, a report without a connection, the calendar."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright for Python: run 'make test' once")
from playwright.sync_api import expect

Open = Callable[..., Any]
PHONE = {"width": 390, "height": 844}
SHANGHAI = ZoneInfo("Asia/Shanghai")


def fits(page: Any) -> bool:
    """Tell whether the page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def a_customer(page: Any) -> str:
    """Give the address of a person whom the manager serves."""
    page.goto("/work/?tab=under_way")
    address = page.locator(".caller .name[href^='/people/']").first.get_attribute("href")
    assert address
    return str(address)


def agree_today(page: Any, customer: str) -> str:
    """Agree on a visit to a customer at a time that is still to come today, and is free; give the promise's number."""
    now = datetime.now(SHANGHAI)
    for minutes in range(2, 24 * 60, 25):
        begins = now + timedelta(minutes=minutes)
        until = begins + timedelta(minutes=15)
        if until.date() != now.date():
            pytest.skip("the day is over in a few minutes")
        page.goto(f"{customer}appointment/")
        page.select_option("[name=channel]", "visit")
        page.fill("[name=day]", f"{now:%Y-%m-%d}")
        page.fill("[name=begins]", f"{begins:%H:%M}")
        page.fill("[name=until]", f"{until:%H:%M}")
        page.check("[name=customer_wish]")
        page.get_by_role("button", name="约定", exact=True).click()
        page.wait_for_load_state()
        if "/work/day/" in page.url:
            return str(page.url.rpartition("#promise-")[2])
    raise AssertionError("no time of the day is free")


def movable(page: Any) -> Any:
    """Open the first week whose board has a card with a day behind its own to go to, and give that card."""
    today = datetime.now(SHANGHAI).date()
    for week in range(1, 5):
        page.goto(f"/work/board/?day={today + timedelta(weeks=week)}")
        for card in page.locator(".board [data-board-card]").all():
            if card.get_attribute("data-day") < card.get_attribute("data-due"):
                return card
    raise AssertionError("nothing can be moved in the coming weeks")


def test_the_day_and_a_card_moved_by_tap_and_by_keys(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as("am101", **PHONE)
    page.goto("/work/day/")
    assert fits(page)
    check_access(page)
    page.screenshot(path=pictures / "phone-day.png")

    card = movable(page)
    assert fits(page)
    check_access(page)
    one, was = card.get_attribute("id"), card.get_attribute("data-day")
    card.focus()
    page.keyboard.press("ArrowRight")
    expect(card.locator(".to")).to_contain_text("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#board [role=status]")).to_be_visible()
    moved = datetime.fromisoformat(was) + timedelta(days=1)
    page.goto(f"/work/board/?day={moved:%Y-%m-%d}")
    assert page.locator(f"#{one}").get_attribute("data-day") == f"{moved:%Y-%m-%d}"
    page.screenshot(path=pictures / "phone-board.png")

    # Back again, with a finger: the card, then the day.
    page.goto(f"/work/board/?day={was}")
    if not page.locator(f"#{one}").count():
        return
    page.wait_for_load_state("networkidle")
    page.locator(f"#{one} .soft").tap()
    expect(page.locator(f"#{one}")).to_have_class(re.compile("chosen"))
    column = page.locator(f"[data-drop-day='{was}']")
    column.locator("[data-drop]").tap()
    expect(page.locator("#board [role=status]")).to_be_visible()
    assert page.locator(f"#{one}").get_attribute("data-day") == was


def test_outside_of_its_time_a_card_leads_to_the_lead(open_as: Open) -> None:
    page = open_as("am101")
    card = movable(page)
    due = datetime.fromisoformat(card.get_attribute("data-due"))
    card.locator("summary").click()
    card.locator("input[type=date]").fill(f"{due + timedelta(days=3):%Y-%m-%d}")
    card.get_by_role("button", name="移动").click()
    page.locator("#board [role=alert] a").click()
    page.wait_for_url("**/ask-waiver/**")
    page.fill("[name=reason]", "客户出国，下月初才回来")
    page.get_by_role("button", name="提出申请").click()
    page.wait_for_url("**/work/board/?asked=1")
    expect(page.locator("#board [role=status]")).to_be_visible()


def test_a_report_without_a_connection_waits_and_is_stored_once(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as("am101", **PHONE)
    customer = a_customer(page)
    agreed = agree_today(page, customer)
    context = page.context
    page.goto("/work/reports/")
    page.locator("html[data-kept=yes]").wait_for(state="attached")
    check_access(page)
    assert fits(page)
    context.set_offline(True)
    page.reload()
    assert page.evaluate("performance.getEntriesByType('navigation')[0].workerStart") > 0
    expect(page.locator("[data-offline]")).to_be_visible()

    chosen = page.locator(f"[data-promise='{agreed}']")
    title = chosen.get_attribute("data-title")
    assert "**" in title
    chosen.tap()
    page.locator("#report").fill("途中填写：客户想了解云专线，下周送方案。")
    page.screenshot(path=pictures / "phone-report.png")
    check_access(page)
    page.get_by_role("button", name="保存报告").tap()
    expect(page.locator("[data-waiting-count]")).to_have_text("1")

    # A closed page loses nothing, and neither does a telephone that was off.
    page.goto("about:blank")
    page = context.new_page()
    page.goto("/work/reports/")
    expect(page.locator("[data-waiting]")).to_contain_text("云专线")
    kept = page.evaluate(
        "new Promise(found => { const o = indexedDB.open('upheld-reports'); o.onsuccess = () => {"
        " o.result.transaction('reports').objectStore('reports').getAll().onsuccess ="
        " e => found(e.target.result) } })"
    )
    assert len(kept) == 1

    context.set_offline(False)
    expect(page.locator("[data-waiting-paper]")).to_be_hidden()
    expect(page.locator("[data-sent]")).to_contain_text("MGR-5")
    # Whatever is sent once more, by a device that never heard the answer, is stored already.
    again = page.evaluate(
        "report => fetch('/work/reports/send/', {method: 'POST', headers: {'X-CSRFToken':"
        " document.cookie.match(/csrftoken=([^;]+)/)[1]}, body: new URLSearchParams({key: report.key,"
        " promise: report.promise, channel: report.channel, outcome: report.outcome,"
        " report: report.report, seconds_ago: '5'})}).then(answer => answer.json())",
        kept[0],
    )
    assert again["done"]
    page.goto(customer)
    expect(page.locator(".timeline.contacts", has_text="途中填写")).to_have_count(1)
    assert page.locator(".timeline.contacts li", has_text="途中填写").count() == 1

    page.locator("details.menu summary").last.click()
    page.locator("form[action='/sign-out/'] button").click()
    page.wait_for_url("**/sign-in/")
    assert page.evaluate("caches.keys()") == []


def test_what_the_server_refuses_stays_with_the_reason(open_as: Open) -> None:
    page = open_as("am101", **PHONE)
    agreed = agree_today(page, a_customer(page))
    page.goto("/work/reports/")
    page.locator(f"[data-promise='{agreed}']").tap()
    # Ninety days ago lies before the promise, and further back than anything may be written down.
    long_ago = datetime.now(SHANGHAI) - timedelta(days=90)
    page.fill("#when", f"{long_ago:%Y-%m-%dT%H:%M}")
    page.fill("#report", "日期写错了")
    page.get_by_role("button", name="保存报告").tap()
    expect(page.locator("[data-waiting] .errors")).to_be_visible()
    page.get_by_role("button", name="修改").tap()
    now = datetime.now(SHANGHAI)
    page.fill("#when", f"{now:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="保存报告").tap()
    expect(page.locator("[data-waiting-paper]")).to_be_hidden()


def test_the_calendar_is_read_back_by_a_program(
    open_as: Open, address: str, check_access: Callable[[Any], None]
) -> None:
    page = open_as("am101", **PHONE)
    agree_today(page, a_customer(page))
    page.goto("/calendar/")
    check_access(page)
    page.locator("form[method=post] .btn-primary").click()
    secret = page.locator(".secret input").input_value()
    assert secret.startswith(f"{address}/calendar/")
    assert fits(page)
    with urllib.request.urlopen(secret, timeout=20) as answer:
        calendar = icalendar.Calendar.from_ical(answer.read())
    events = calendar.walk("VEVENT")
    timed = [one for one in events if isinstance(one.decoded("DTSTART"), datetime)]
    assert any(one.decoded("DTSTART").date() == datetime.now(SHANGHAI).date() for one in timed)
    assert len(events) > len(timed)
    assert all("**" in str(one["SUMMARY"]) or "·" in str(one["SUMMARY"]) for one in events)
