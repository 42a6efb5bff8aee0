"""Calls at the hotline desk: an angry contact of a class A group, a silver member's fault in a village, a stranger."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright for Python: run 'make test' once")
from playwright.sync_api import expect

Open = Callable[..., Any]
AGENT, LEAD = "agent1", "hotlead"


def fits(page: Any) -> bool:
    """Tell whether the page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def open_case_by_keyboard(page: Any, letter: str, said: str) -> None:
    """Open a case without the mouse: n, the letter, Tab to the words, Ctrl+Enter."""
    page.keyboard.press("n")
    page.locator("[data-kinds] input:focus").wait_for(state="attached")
    page.keyboard.press(letter)
    for _ in range(8):
        if page.evaluate("document.activeElement.name") == "summary":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(said)
    page.keyboard.press("Control+Enter")
    page.locator(".opened").wait_for()


def hand_over_with_a_case_half_written(page: Any, pictures: Path) -> None:
    """Ask for the leader while another case is being written: nothing of it is lost."""
    page.keyboard.press("n")
    page.keyboard.press("e")
    page.locator("textarea[name=summary]").fill("顺便问积分怎么换")
    page.keyboard.press("Escape")
    row = page.locator("[data-desk-row]", has_text="机房三次断电")
    for _ in range(10):
        page.keyboard.press("j")
        if "at" in str(row.get_attribute("class")):
            break
    page.keyboard.press("h")
    page.locator("[data-sheet] select").wait_for()
    expect(page.locator("[data-sheet] select option").first).to_contain_text("班组长")
    page.screenshot(path=pictures / "desk-hand-over.png")
    page.locator("[data-sheet] textarea").fill("客户很生气，请班长马上联系")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#desk-sheet")).to_contain_text("已转派")
    expect(row).to_contain_text("处理人")
    expect(row).to_contain_text("首问")
    assert page.locator("textarea[name=summary]").input_value() == "顺便问积分怎么换"


def test_an_angry_contact_of_a_class_a_group_calls(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as(AGENT, height=800)
    page.wait_for_url("**/desk/")
    check_access(page)
    page.keyboard.type("林静怡")
    page.locator("#found a").first.wait_for()
    page.keyboard.press("Enter")
    page.locator(".caller-page").wait_for()
    head = page.locator(".who-calls")
    for said in ("A类", "联系人", "KEY-16", "KEY-26"):
        expect(head).to_contain_text(said)
    expect(page.locator("#number")).to_contain_text(re.compile(r"\d{3}\*{4}\d{4}"))
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight"), (
        "one screen, no scrolling"
    )
    check_access(page)
    page.screenshot(path=pictures / "desk-caller.png")

    spoken = page.locator("[data-line].now .spoken")
    expect(spoken).to_contain_text("好")
    page.keyboard.press("2")
    expect(spoken).to_contain_text("非常抱歉")

    page.keyboard.press("n")
    page.keyboard.press("c")
    preview = page.locator("#clocks-preview")
    expect(preview.get_by_text("KEY-23")).to_have_count(2)
    expect(preview.get_by_text("LAW-6")).to_have_count(1)
    page.screenshot(path=pictures / "desk-preview.png")
    check_access(page)
    page.keyboard.press("Escape")
    open_case_by_keyboard(page, "c", "机房三次断电，客户非常生气，要求负责人答复")
    opened = page.locator(".opened")
    expect(opened).to_contain_text("首问责任人")
    expect(opened.locator("li", has_text="LAW-6")).to_contain_text("可告知客户")
    expect(opened.locator("li", has_text="KEY-23").first).to_contain_text("首次答复")
    page.screenshot(path=pictures / "desk-opened.png")

    hand_over_with_a_case_half_written(page, pictures)
    lead = open_as(LEAD)
    lead.goto("/desk/")
    expect(lead.locator(".desk-lists")).to_contain_text("机房三次断电")


def test_a_silver_members_fault_in_a_village(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as(AGENT, height=800)
    page.goto("/desk/?q=P000007")
    page.wait_for_url("**/desk/callers/P000007/**")
    expect(page.locator(".who-calls")).to_contain_text("银卡")
    page.keyboard.press("n")
    page.keyboard.press("f")
    page.locator("select[name=area]").select_option("rural")
    preview = page.locator("#clocks-preview")
    expect(preview.locator("li", has_text="LAW-1")).to_contain_text("可告知客户")
    expect(preview.locator("li", has_text="CT-15")).to_contain_text("仅内部")
    page.locator("textarea[name=summary]").fill("村里宽带红灯，上不了网")
    page.keyboard.press("Control+Enter")
    opened = page.locator(".opened")
    expect(opened.locator("li", has_text="LAW-1")).to_contain_text("修复")
    expect(opened.locator("li", has_text="CT-15")).to_contain_text("推定")
    left = page.locator("[data-clock] [data-left]").first
    before = left.inner_text()
    assert before
    check_access(page)
    page.screenshot(path=pictures / "desk-silver-fault.png")

    for _ in range(10):
        page.keyboard.press("j")
        if page.locator(".desk-row.at", has_text="村里宽带红灯").count():
            break
    page.keyboard.press("b")
    page.locator("[data-sheet] input[type=datetime-local]").wait_for()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#desk-sheet")).to_contain_text("已承诺回呼")
    page.keyboard.press("d")
    page.wait_for_url("**/desk/")
    owed = page.locator("section", has=page.locator("#calls-title")).locator(
        "[data-desk-row]", has_text="村里宽带红灯"
    )
    expect(owed).to_have_count(1)
    owed.locator("[data-key=r]").click()
    page.locator("[data-sheet] select").wait_for()
    page.keyboard.press("Control+Enter")
    expect(owed).to_have_count(0)


def test_a_stranger_calls_and_everything_goes_by_keyboard(open_as: Open, pictures: Path) -> None:
    page = open_as(AGENT, height=800)
    page.goto("/desk/?number=13100001111")
    assert page.evaluate("document.activeElement.name") == "name"
    page.keyboard.type("陌女士")
    page.keyboard.press("Enter")
    page.locator(".caller-page").wait_for()
    expect(page.locator(".who-calls")).to_contain_text("陌女士")
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    page.screenshot(path=pictures / "desk-keys.png")
    page.keyboard.press("Escape")
    expect(page.locator("#keys-help")).to_be_hidden()
    open_case_by_keyboard(page, "c", "收到不明扣费短信")
    expect(page.locator(".opened")).to_contain_text("LAW-6")
    expect(page.locator(".opened")).to_contain_text("CT-16")
    page.goto("/desk/?number=13100001111")
    page.locator(".caller-page").wait_for()
    expect(page.locator("[data-desk-row]")).to_have_count(1)


def test_the_desk_in_english_and_on_a_phone(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as(AGENT, language="en", height=800)
    page.goto("/desk/?q=P000002")
    expect(page.locator(".who-calls")).to_contain_text("class A")
    check_access(page)
    page.screenshot(path=pictures / "desk-caller-english.png")
    for language in ("zh-hans", "en"):
        phone = open_as(AGENT, language=language, width=390, height=844)
        for address in ("/desk/", "/desk/?q=P000002", "/desk/?number=13100002222"):
            phone.goto(address)
            assert fits(phone), address
        phone.goto("/desk/?q=P000002")
        phone.locator("[data-new-case]").click()
        phone.locator("[data-kinds] label").first.click()
        expect(phone.locator("#clocks-preview")).to_contain_text("KEY-23")
        assert fits(phone)
        check_access(phone)
        phone.screenshot(path=pictures / f"desk-phone-{language}.png", full_page=True)
