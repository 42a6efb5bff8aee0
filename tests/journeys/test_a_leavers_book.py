"""A manager leaves: the lead looks at the load, sees what would go where, hands the book over, and nothing is left."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright for Python: run 'make test' once")
from playwright.sync_api import expect

Open = Callable[..., Any]
LEAD, LEAVES, TAKES = "lead1", "AM105", "AM104"


def fits(page: Any) -> bool:
    """Tell whether the page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def row_of(page: Any, name: str) -> Any:
    """Find the row of an employee in the load."""
    return page.locator("table.figures tbody tr", has_text=name).first


def test_a_leavers_book_is_handed_over_with_nothing_left(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as(LEAD, language="en")
    page.goto("/staff/load/")
    expect(page.locator("h1")).to_have_text("Who serves whom")
    expect(page.locator("[data-bars] svg").first).to_be_visible()
    check_access(page)
    page.screenshot(path=pictures / "load.png")

    page.goto(f"/staff/{LEAVES}/hand-over/")
    taker = (
        page.locator("select[name=to] option")
        .filter(has_text=re.compile("."))
        .evaluate_all("options => options.map(one => [one.value, one.textContent])")
    )
    name = page.locator(".page-head strong").inner_text()
    page.goto(f"/staff/{TAKES}/hand-over/")
    colleague = page.locator(".page-head strong").inner_text()
    value = next(value for value, text in taker if text.startswith(colleague))

    page.goto(f"/staff/{LEAVES}/hand-over/")
    page.select_option("select[name=to]", value)
    page.get_by_role("button", name="See what goes where").click()
    gives = row_of(page, name)
    expect(gives).to_contain_text("→ 0")
    promised = int(
        re.search(r"(\d+) → 0", gives.locator("td").nth(1).inner_text().replace("\n", " ")).group(1)
    )
    assert promised > 0
    check_access(page)
    page.screenshot(path=pictures / "book-preview.png")

    page.get_by_role("button", name="Hand it over").click()
    expect(page.locator("[role=status]")).to_contain_text("nothing is left behind")
    page.screenshot(path=pictures / "book-handed-over.png")
    page.goto("/staff/load/")
    expect(row_of(page, name).locator("td").nth(-3)).to_contain_text("0")
    page.goto(f"/staff/{LEAVES}/hand-over/")
    page.get_by_role("button", name="See what goes where").click()
    expect(page.locator(".errors")).to_contain_text("There is nothing to hand over.")


def test_the_lead_looks_at_a_phone_whether_next_month_can_be_kept(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as(LEAD, width=390, height=844)
    for address in (
        "/feasibility/",
        "/staff/load/",
        "/staff/unserved/",
        "/staff/absences/",
        "/staff/AM101/hand-over/",
    ):
        page.goto(address)
        assert fits(page), address
        check_access(page)
    page = open_as("service1", width=390, height=844)
    page.goto("/feasibility/")
    assert fits(page)
    expect(page.locator("h1")).to_have_text("做得到吗？")
    expect(page.locator("[data-bars] svg").first).to_be_visible()
    short = page.locator(".verdict.short").first
    expect(short).to_be_visible()  # the one phone manager of the third city is away, and nobody stands in
    page.screenshot(path=pictures / "feasibility-phone.png", full_page=True)
    wide = open_as("service1", language="en")
    wide.goto("/feasibility/?cadence-KEY-5=0.5")
    expect(wide.locator("[data-bars] svg").first).to_be_visible()
    expect(wide.locator(".tile .big").first).to_contain_text("→")
    wide.screenshot(path=pictures / "feasibility.png", full_page=True)
