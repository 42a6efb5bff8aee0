"""The last emergency reopening of the month (CT-46): a silver member has one, and two agents reach for it at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright for Python: run 'make test' once")
from playwright.sync_api import expect

Open = Callable[..., Any]
AGENT, SECOND, LEAD = "agent1", "agent2", "hotlead"
MEMBER, OTHER = "P000008", "P000009"
CLAIM = f"/people/{MEMBER}/entitlements/emergency_reopen/"


def fits(page: Any) -> bool:
    """Tell whether the page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def first_of_next_month() -> datetime:
    """Say when the next quota begins, on the calendar of the standards."""
    today = datetime.now(ZoneInfo("Asia/Shanghai"))
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def reopening(page: Any) -> Any:
    """Find the line of the emergency reopening in the panel."""
    return page.locator("#entitlements .claims li", has_text=re.compile("紧急开机|[Ee]mergency reopening"))


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until what is meant has the focus."""
    for _ in range(150):
        if page.evaluate("(at) => Boolean(document.activeElement?.matches(at))", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def find_by_number(page: Any, number: str) -> None:
    """Type a number at the desk and open whose it is, without the mouse."""
    page.goto("/desk/")
    page.keyboard.type(number)
    page.locator("#found a").first.wait_for()
    page.keyboard.press("Enter")
    page.locator(".caller-page").wait_for()


def number_of(page: Any) -> str:
    """Reveal the number of the member, who calls with it."""
    page.goto(f"/desk/?q={MEMBER}")
    page.locator(".caller-page").wait_for()
    page.locator("#number button").click()
    expect(page.locator("#number")).to_contain_text(re.compile(r"1\d{10}"))
    found = re.search(r"1\d{10}", re.sub(r"\s", "", page.locator("#number").inner_text()))
    assert found
    return found.group()


def open_form(page: Any) -> None:
    """Open the form of the reopening with the keyboard, and fill it in."""
    tab_to(page, f"#entitlements a[href='{CLAIM}']")
    page.keyboard.press("Enter")
    page.locator("form.claim").wait_for()
    expect(page.locator("form.claim")).to_contain_text("还剩1次（共1次）")
    for name in ("purpose", "service"):
        field = page.locator(f"form.claim [name={name}]")
        if field.count() and field.first.evaluate("(one) => one.tagName === 'SELECT' && !one.value"):
            tab_to(page, f"form.claim [name={name}]")
            page.keyboard.press("ArrowDown")
    tab_to(page, "form.claim button[type=submit]")


def take_back(page: Any, picture: Path) -> None:
    """Take the claim back with a reason."""
    page.locator("#entitlements .uses a[href$='/take-back/']").first.click()
    page.locator("[name=reason]").fill("客户改了主意，未执行")
    page.screenshot(path=picture)
    page.locator("form.record button[type=submit]").click()
    expect(page.locator("#entitlements")).to_contain_text("已撤销")


def test_two_agents_reach_for_the_last_reopening_of_the_month(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    first, second = open_as(AGENT), open_as(SECOND)
    number = number_of(first)
    for page in (first, second):
        find_by_number(page, number)
        expect(page.locator(".who-calls")).to_contain_text("银卡")
        expect(reopening(page)).to_contain_text("还剩1次（共1次）")
        open_form(page)
    check_access(first)
    first.screenshot(path=pictures / "reopening-one-left.png")
    first.keyboard.press("Enter")
    expect(first.locator("#entitlements [role=status]")).to_contain_text("已申领")
    following = first_of_next_month()
    line = reopening(first)
    expect(line).to_contain_text("已用完")
    expect(line).to_contain_text(f"{following.month}月1日")
    expect(line.locator("a", has_text="申领")).to_have_count(0)
    check_access(first)
    first.screenshot(path=pictures / "reopening-used-up.png")

    second.keyboard.press("Enter")
    told = second.locator("form.claim [role=alert]")
    who = first.locator("#entitlements .uses li").first.inner_text()
    expect(told).to_be_in_viewport()  # not scrolled away within the panel
    expect(told).to_contain_text("1次已用完")
    expect(told).to_contain_text("CT-46")
    expect(told).to_contain_text(f"{following.month}月1日起有下一次")
    named = re.search(r"1次已用完：(.+?)于", told.inner_text())
    assert named
    assert named.group(1) in who, "who was first is named"
    check_access(second)
    second.screenshot(path=pictures / "reopening-too-late.png")

    # Whoever did not enter it cannot take it back; who entered it can, and its place is free again.
    second.goto(f"/people/{MEMBER}/entitlements/")
    expect(second.locator(".uses li").first).to_contain_text(named.group(1))
    expect(second.locator("a[href$='/take-back/']")).to_have_count(0)
    take_back(first, pictures / "reopening-take-back.png")
    find_by_number(second, number)
    expect(reopening(second)).to_contain_text("还剩1次（共1次）")
    second.screenshot(path=pictures / "reopening-free-again.png")


def test_the_reopening_in_english_and_on_a_phone(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    for language in ("zh-hans", "en"):
        phone = open_as(SECOND, language=language, width=390, height=844)
        phone.goto(f"/desk/?q={OTHER}")
        expect(reopening(phone)).to_contain_text("还剩1次" if language == "zh-hans" else "1 of 1 left")
        assert fits(phone)
        reopening(phone).locator(".does a.btn").click()
        phone.locator("form.claim").wait_for()
        assert fits(phone)
        check_access(phone)
        phone.screenshot(path=pictures / f"reopening-phone-{language}.png", full_page=True)
    wide = open_as(AGENT, language="en")
    wide.goto(f"/desk/?q={OTHER}")
    expect(reopening(wide)).to_contain_text("1 of 1 left")
    assert fits(wide)
    wide.screenshot(path=pictures / "reopening-english.png")
