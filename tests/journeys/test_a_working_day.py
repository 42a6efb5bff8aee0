"""A manager's morning, the service department's look at the whole, and the same on a phone and in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright for Python: run 'make test' once")
from playwright.sync_api import expect

Open = Callable[..., Any]
PHONE = {"width": 390, "height": 844}


def fits(page: Any) -> bool:
    """Tell whether the page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def picture(page: Any, folder: Path, name: str, *, whole: bool = False) -> None:
    """Take a picture of what is seen, or of the whole page."""
    page.screenshot(path=folder / f"{name}.png", full_page=whole)


def assert_recorded(page: Any, number: int) -> None:
    """Look for a contact for each row chosen; on some days one keeps another promise of its customer, too."""
    said = page.locator("p.good").inner_text()
    told = re.search(r"已记录(\d+)次接触。 兑现了(\d+)项承诺。", said)
    assert told, said
    assert int(told[1]) == number <= int(told[2]), said


def test_a_managers_morning(open_as: Open, pictures: Path, check_access: Callable[[Any], None]) -> None:
    page = open_as("am101")
    page.wait_for_url("**/work/")
    assert page.locator("h1").inner_text()
    page.goto("/work/?tab=under_way&action=visit")
    check_access(page)
    picture(page, pictures, "workbench")
    rows = page.locator(".owed[data-row]")
    before = rows.count()
    tab = page.locator(".tabs a[aria-current] .count")
    owed_before = int(tab.inner_text())
    first = rows.first
    row_id = first.get_attribute("id")
    customer = page.locator(".caller", has=first).first.locator(".name")
    name, address = customer.inner_text(), customer.get_attribute("href")

    page.keyboard.press("j")
    page.keyboard.press("r")
    report = page.locator(f"#{row_id} textarea")
    report.wait_for()
    picture(page, pictures, "workbench-record")
    check_access(page)
    assert page.locator(f"#{row_id} select[name=channel]").input_value() == "visit"
    report.fill("上门走访，谈了专线扩容，客户满意。")
    page.keyboard.press("Control+Enter")
    done = page.locator(f"#{row_id}.done")
    done.wait_for()
    assert "已兑现" in done.inner_text()
    assert page.locator(".owed[data-row]").count() == before - 1
    assert int(tab.inner_text()) == owed_before - 1
    picture(page, pictures, "workbench-recorded")

    page.goto(address)
    assert name in page.locator("h1").inner_text()
    assert "上门走访，谈了专线扩容，客户满意。" in page.locator(".timeline.contacts").inner_text()
    assert page.locator(".tag.kept").count() > 0
    check_access(page)
    picture(page, pictures, "customer", whole=True)


def test_a_manager_finds_a_customer_by_initials_and_asks_for_the_number(
    open_as: Open, pictures: Path
) -> None:
    page = open_as("am101")
    page.goto("/work/")
    page.keyboard.press("/")
    page.keyboard.type("ljy")
    page.locator("#found a", has_text="林静怡").wait_for()
    picture(page, pictures, "search")
    page.locator("[data-search]").fill("linjingyi")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/**")
    assert page.locator("h1").inner_text() == "林静怡"
    number = page.locator("#number")
    assert re.search(r"\d{3}\*{4}\d{4}", number.inner_text())
    number.get_by_role("button").click()
    expect(number).not_to_contain_text("*")
    assert re.search(r"\d{11}", number.inner_text())


def test_a_press_twice_records_once(open_as: Open) -> None:
    page = open_as("am101")
    page.goto("/work/?tab=under_way&action=call")
    row = page.locator(".owed[data-row]").first
    row_id = row.get_attribute("id")
    row.locator("[data-record]").click()
    page.locator(f"#{row_id} textarea").fill("一次电话")
    page.locator(f"#{row_id} button[type=submit]").dblclick()
    page.locator(f"#{row_id}.done").wait_for()
    page.locator(".caller", has=page.locator(f"#{row_id}")).locator(".name").click()
    page.wait_for_url("**/people/**")
    assert page.locator(".timeline.contacts").inner_text().count("一次电话") == 1


def test_many_are_recorded_in_one_act_by_keyboard(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as("lead1")
    page.goto("/work/?tab=under_way&action=visit")
    rows = page.locator(".owed[data-row]")
    before = rows.count()
    chosen = [rows.nth(index).get_attribute("id") for index in (0, 1)]
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_have_text("2")
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_have_text("1")
    page.keyboard.press("x")
    page.keyboard.press("Shift+R")
    report = page.locator("#many-form textarea")
    expect(report).to_be_focused()
    picture(page, pictures, "workbench-many")
    check_access(page)
    page.keyboard.press("Escape")
    expect(report).to_have_count(0)
    page.keyboard.press("Shift+R")
    report.fill("同一天走访")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**recorded_many=**")
    assert_recorded(page, 2)
    for row_id in chosen:
        expect(page.locator(f"#{row_id}")).to_have_count(0)
    assert rows.count() == before - 2 or before >= 20
    picture(page, pictures, "workbench-many-recorded")


def test_the_whole_list_is_recorded_on_a_phone_once(open_as: Open, pictures: Path) -> None:
    page = open_as("phone1", **PHONE)
    page.goto("/work/?tab=under_way")
    page.locator("#chips .chip").nth(1).tap()
    page.wait_for_url("**action=**")
    everything = page.get_by_role("button", name=re.compile("^全部记录"))
    number = int(re.search(r"\d+", everything.inner_text()).group())  # type: ignore[union-attr]
    page.locator("[data-pick]").first.tap()
    expect(page.locator("[data-picked]")).to_have_text("1")
    picture(page, pictures, "phone-pick")
    everything.tap()
    page.locator("#many-form textarea").fill("逐一致电")
    assert fits(page)
    picture(page, pictures, "phone-many")
    page.locator("#many-form button[type=submit]").dblclick()
    page.wait_for_url("**recorded_many=**")
    assert_recorded(page, number)


def test_a_check_list_lies_beside_the_record(open_as: Open, pictures: Path) -> None:
    page = open_as("am101")
    page.goto("/people/P000002/")
    lists = page.locator(".reminders")
    assert lists.locator("[data-place=visit]").get_attribute("open") is not None
    page.select_option("form.record select[name=channel]", "call")
    expect(lists.locator("[data-place=call] ul").first).to_be_visible()
    expect(lists.locator("[data-place=visit] ul").first).not_to_be_visible()
    assert "联系人的义务" in page.locator("body").inner_text()


def test_the_service_department_looks_at_the_whole(
    open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as("service1")
    page.wait_for_url("**/dashboard/")
    page.select_option("#period", "last_month")
    page.wait_for_url("**period=last_month**")
    page.locator("#rate-chart svg").wait_for()
    assert re.search(r"\d+\.\d %", page.locator(".tile").first.inner_text())
    check_access(page)
    picture(page, pictures, "dashboard", whole=True)
    row = page.locator("tr", has=page.locator("th .clause", has_text=re.compile(r"^KEY-5$"))).first
    broken = row.locator("a.cell-broken")
    number = int(re.match(r"\d+", broken.inner_text()).group())  # type: ignore[union-attr]
    broken.click()
    page.wait_for_url("**/dashboard/KEY-5/**")
    assert page.locator("tbody .tag.broken").count() == min(number, 50)
    assert int(page.locator(".tabs a[aria-current] .count").inner_text()) == number
    check_access(page)
    picture(page, pictures, "promises")
    page.get_by_role("link", name="查看条款").click()
    page.wait_for_url("**/clauses/KEY-5/")
    check_access(page)
    picture(page, pictures, "clause", whole=True)


def test_a_team_lead_waives_with_a_reason(open_as: Open, pictures: Path) -> None:
    page = open_as("lead1")
    page.goto("/work/?tab=under_way")
    page.locator("#employee").wait_for()
    row = page.locator(".owed[data-row]").last
    row_id = row.get_attribute("id")
    row.get_by_role("button", name=re.compile("^豁免")).click()
    page.locator(f"#{row_id} textarea").fill("客户出国半年，书面说明")
    picture(page, pictures, "waive")
    page.locator(f"#{row_id} button[type=submit]").click()
    page.locator(f"#{row_id}.done").wait_for()
    assert "客户出国半年" in page.locator(f"#{row_id}").inner_text()


@pytest.mark.parametrize(
    ("who", "path", "name"),
    [
        ("am101", "/work/?tab=under_way", "phone-workbench"),
        ("am101", "/people/P000002/", "phone-customer"),
        ("service1", "/dashboard/?period=last_month", "phone-dashboard"),
        ("service1", "/clauses/KEY-5/", "phone-clause"),
        ("service1", "/dashboard/KEY-5/?period=last_month", "phone-promises"),
        ("am101", "/standards/KEY/", "phone-standard"),
        ("am101", "/people/?q=l", "phone-search"),
        ("am101", "/work/?tab=under_way&action=visit", "phone-pick-bar"),
        ("am101", "/work/?tab=overdue", "phone-overdue"),
        ("am101", "/standards/", "phone-standards"),
        ("am101", "/clauses/CT-10/", "phone-clause-speech"),
        ("am101", "/clauses/CARE-35/", "phone-clause-churn"),
    ],
)
def test_a_phone_shows_it_without_sideways_scrolling(
    who: str, path: str, name: str, open_as: Open, pictures: Path, check_access: Callable[[Any], None]
) -> None:
    page = open_as(who, **PHONE)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    picture(page, pictures, name)
    assert fits(page)
    small = page.evaluate(
        "[...document.querySelectorAll('.btn, .footnav a, .tabs a, .chip')].filter(e => e.offsetParent)"
        ".filter(e => e.getBoundingClientRect().height < 36).map(e => e.outerHTML.slice(0, 80))"
    )
    assert not small
    check_access(page)


def test_a_visit_is_recorded_on_a_phone(open_as: Open, pictures: Path) -> None:
    page = open_as("am101", **PHONE)
    page.goto("/work/?tab=under_way")
    row = page.locator(".owed[data-row]").first
    row_id = row.get_attribute("id")
    row.locator("[data-record]").tap()
    page.locator(f"#{row_id} textarea").fill("手机记录")
    picture(page, pictures, "phone-record")
    assert fits(page)
    page.locator(f"#{row_id} button[type=submit]").tap()
    page.locator(f"#{row_id}.done").wait_for()


def test_english_for_those_who_read_it(open_as: Open, pictures: Path) -> None:
    page = open_as("am101", language="en")
    page.goto("/work/?tab=under_way")
    picture(page, pictures, "english-workbench")
    for words in ("Workbench", "This week", "Record"):
        assert words in page.locator("body").inner_text()
    assert re.search(r"class [ABCD]", page.locator("body").inner_text())
    page.goto("/people/P000002/")
    assert "Entitlements" in page.locator("body").inner_text()
    picture(page, pictures, "english-customer", whole=True)
    for path, name in (("/clauses/JOIN-12/", "english-clause"), ("/standards/", "english-standards")):
        page.goto(path)
        assert not re.search(r"\d\d/\d\d/\d{4}", page.locator("body").inner_text())
        picture(page, pictures, name, whole=True)
    page.goto("/people/P000002/")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    assert "权益" in page.locator("body").inner_text()


def test_another_managers_customer_stays_closed(open_as: Open, pictures: Path) -> None:
    page = open_as("phone1")
    answer = page.goto("/people/P000002/")
    assert answer.status == 403
    assert "林静怡" not in page.content()
    picture(page, pictures, "refused")
