"""An executive's month: given a group, read on a phone before the call, recorded with one tap, printed at the desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright for Python: run 'make test' once")
from playwright.sync_api import expect

Open = Callable[..., Any]
DEPARTMENT, EXECUTIVE, CODE = "service1", "chief1", "CHIEF1"


def fits(page: Any) -> bool:
    """Tell whether the page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_an_executives_month(open_as: Open, pictures: Path, check_access: Callable[[Any], None]) -> None:
    # The department sees which important groups nobody of the management keeps the tie with, and gives one away.
    department = open_as(DEPARTMENT)
    department.goto("/chiefs/")
    expect(department.locator("h1")).to_have_text("首席客户代表")
    missing = department.locator(".missing li")
    before = missing.count()
    assert before, "the demo's operator is a little behind with KEY-40"
    name = str(missing.first.locator(".who strong").inner_text())
    check_access(department)
    department.screenshot(path=pictures / "chiefs.png", full_page=True)
    missing.first.locator("select").select_option(CODE)
    missing.first.get_by_role("button").click()
    expect(department.locator("[role=status]")).to_contain_text("联系")
    expect(department.locator(".missing li")).to_have_count(before - 1)

    # On the phone, between two meetings: who it is, what was said, what is owed, what to know; then one tap.
    phone = open_as(EXECUTIVE, width=390, height=844)
    phone.goto("/chiefs/month/")
    group = phone.locator(".chief-group", has_text=name)
    expect(group).to_be_visible()
    person = phone.locator(".top-person").first
    expect(person.locator(".who .number")).to_have_text(re.compile(r"\d{3}\*{4}\d{4}"))
    expect(person.get_by_role("heading", name="本月应做")).to_be_visible()
    assert fits(phone)
    check_access(phone)
    phone.screenshot(path=pictures / "executive-phone.png", full_page=True)
    person.locator("input[name=report]").fill("问候近况，约定下月面谈")
    person.get_by_role("button", name="刚通过电话").click()
    expect(phone.locator("[role=status]")).to_contain_text("已记录")
    again = phone.locator(".top-person").first
    expect(again.locator(".story")).to_contain_text("约定下月面谈")
    expect(again.locator(".story")).to_contain_text("0 天前")

    # At the desk the same month is printed; buttons stay on the screen.
    desk = open_as(EXECUTIVE, language="en")
    desk.goto("/chiefs/month/")
    expect(desk.locator("h1")).to_contain_text(re.compile(r"[A-Z][a-z]+ \d{4}"))
    expect(desk.locator(".top-person").first).to_contain_text("约定下月面谈")
    check_access(desk)
    desk.screenshot(path=pictures / "executive-desk.png", full_page=True)
    desk.emulate_media(media="print")
    expect(desk.locator(".tap").first).to_be_hidden()
    expect(desk.locator(".top-person").first).to_be_visible()
    desk.screenshot(path=pictures / "executive-print.png", full_page=True)
    desk.emulate_media(media="screen")
    desk.get_by_role("link", name="Month after").click()
    expect(desk.locator(".chief-group").first).to_be_visible()
