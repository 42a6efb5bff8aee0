"""A joiner led through ninety days: told at the counter, by SMS and on the hotline, rated late, visited.

The story needs ninety days, so it brings its own small company and its own clock; the browser and the pages are real.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright for Python: run 'make test' once")
from playwright.sync_api import expect

Open = Callable[..., Any]
Result = TypeVar("Result")
JOINED = date(2026, 3, 2)
ZONE = ZoneInfo("Asia/Shanghai")
PASSWORD = "upheld-demo"


@pytest.fixture(scope="module", autouse=True)
def beside_the_browser() -> Iterator[None]:
    """Let the database be emptied after the story: the browser's loop runs in the same thread then."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Days:
    """The story's clock: `to(5)` is ten o'clock on the fifth day after joining."""

    def __init__(self) -> None:
        self.now = datetime.combine(JOINED, time(10), ZONE)

    def to(self, day: int, hour: int = 10) -> datetime:
        self.now = datetime.combine(JOINED + timedelta(days=day), time(hour), ZONE)
        return self.now


def aside(act: Callable[[], Result]) -> Result:
    """Do something with the database in a thread of its own, as a worker would."""
    from django.db import connections

    def run() -> Result:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as worker:
        return worker.submit(run).result()


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Days:
    """Move the clock of pages and operations."""
    clock = Days()
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock.now)
    return clock


@pytest.fixture
def address(transactional_db: None, live_server: Any, settings: Any, days: Days) -> str:
    """Serve a company of one customer, a clerk, an agent and a manager, instead of the demo operator."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE_SSL_REDIRECT = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    aside(_make_company)
    return str(live_server.url)


def _make_company() -> None:
    from upheld.operations.activate_edition import activate_edition
    from upheld.records.people.models import Person, Region, Service
    from upheld.records.staff.models import Employee, Unit

    region = Region.objects.create(code="东海省/临海市", name="临海市")
    province = Unit.objects.create(code="U1", name="东海省公司", kind="province")
    city = Unit.objects.create(code="U2", name="临海市公司", kind="city", parent=province, region=region)
    unit = Unit.objects.create(code="U3", name="人民路营业厅", kind="team", parent=city, region=region)
    for username, name, job in (
        ("clerk", "胡小店", "store_clerk"),
        ("agent", "郑小话", "hotline_agent"),
        ("manager", "李娜", "account_manager"),
    ):
        Employee.objects.create_user(username, PASSWORD, name=name, job=job, unit=unit, code=username.upper())
    person = Person.objects.create(
        code="P1",
        name="周明德",
        phone="13812341234",
        joined_date=JOINED,
        plan_monthly_fen=39_00,
        region=region,
    )
    Service.objects.create(code="S1", person=person, kind="mobile", number="13812341234")
    activate_edition(active_from=date(2005, 1, 1), by=None)


def night(days: Days, day: int) -> None:
    """Let the night before a day's work pass, and wake up at ten."""
    from upheld.operations.close_overdue import close_overdue
    from upheld.operations.journeys.start_journeys import start_journeys

    days.to(day, 3)
    aside(lambda: (start_journeys(), close_overdue(as_of=days.now.date(), by=None)))
    days.to(day)


def deliver_messages(days: Days) -> None:
    """Let the SMS centre deliver what the nights queued: each becomes a contact that keeps its promise."""
    from upheld.operations.record_contact import record_contact
    from upheld.records.messages.models import Message

    def deliver() -> None:
        for one in Message.objects.exclude(promise=None).order_by("pk"):
            record_contact(
                by=None, channel="sms", happened_at=days.now, key=f"message:{one.pk}", person=one.person_id,
                promise=one.promise_id, report=one.subject,
            )  # fmt: skip

    aside(deliver)


def rate_vip_and_bill(days: Days) -> None:
    """Say that the customer is rated a VIP on the twelfth day, and what the first full months cost."""
    from upheld.records.people.models import Bill, Person
    from upheld.records.standards.models import EditionRecord
    from upheld.records.tiers.models import Membership, Rating

    def write() -> None:
        person, edition = Person.objects.get(), EditionRecord.objects.get()
        since = JOINED + timedelta(days=12)
        rating = Rating.objects.create(
            person=person, edition=edition, as_of=since, card="gold", state="active", because=[]
        )
        Membership.objects.create(person=person, card="gold", state="active", from_date=since, rating=rating)
        Bill.objects.create(person=person, month=date(2026, 4, 1), amount_fen=120_00)

    aside(write)


def line(page: Any, title: str) -> Any:
    """Find the line of a step."""
    return page.locator(".journey-steps > li", has=page.get_by_text(title, exact=True))


def fits(page: Any) -> bool:
    """Tell whether the page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def at_the_counter(page: Any, pictures: Path) -> None:
    """Hand out the guide on the customer's form, then tell the rest with one key each on the journey's page."""
    page.goto("/counter/customers/P1/")
    section = page.locator("#journey[data-refresh]")
    expect(section).to_contain_text("第0天")
    with page.context.expect_event("response", lambda answer: "guide.pdf" in answer.url):
        section.get_by_role("button", name="打印服务指南").click()
    page.goto("/journeys/of/P1/")
    for title in ("告知服务渠道", "告知缴费方式", "告知流量使用"):
        expect(line(page, title)).to_have_class("kept")
    for title in ("告知套餐资费", "告知协议要点"):
        key = line(page, title).locator("[data-journey-key]").get_attribute("data-journey-key")
        page.keyboard.press(str(key))
        expect(page.locator("#journey [role=status]")).to_contain_text(title)
    line(page, "上网辅导").get_by_role("checkbox").check()
    page.get_by_label("备注").fill("四会都会了，装了微信")
    page.get_by_role("button", name="完成已勾选的").click()
    expect(line(page, "上网辅导")).to_contain_text("四会都会了，装了微信")
    page.screenshot(path=pictures / "journey-counter.png", full_page=True)


def on_the_hotline(page: Any, title: str) -> None:
    """See on the caller's page what others did, and tick the own step there."""
    page.goto("/desk/callers/P1/")
    expect(page.locator("#journey")).to_contain_text("胡小店")
    line(page, title).get_by_role("button").click()
    expect(line(page, title)).to_have_class("kept")


def on_the_road(page: Any, titles: tuple[str, ...], picture: Path | None = None) -> None:
    """Find the customer among the journeys with something due, and say on a phone that the visit was made."""
    page.goto("/journeys/")
    page.get_by_role("link", name="周明德").click()
    assert fits(page)
    for title in titles:
        page.locator("select[name=contact]").select_option("visit")
        line(page, title).get_by_role("button").tap()
        expect(page.locator("#journey [role=status]")).to_contain_text(title)
    if picture is not None:
        page.screenshot(path=picture, full_page=True)


def test_a_joiner_is_led_through_ninety_days(
    open_as: Open, days: Days, check_access: Callable[[Any], None], pictures: Path
) -> None:
    night(days, 0)
    clerk = open_as("clerk")
    at_the_counter(clerk, pictures)
    check_access(clerk)

    # What nobody told, a message tells: the club, on the day after.
    night(days, 1)
    deliver_messages(days)
    clerk = open_as("clerk")  # nobody stays signed in over night
    clerk.goto("/journeys/of/P1/")
    expect(line(clerk, "推荐俱乐部")).to_contain_text("短信")
    expect(line(clerk, "推荐俱乐部")).to_have_class("kept")

    night(days, 5)
    on_the_hotline(open_as("agent"), "首次回访")

    # Rated a VIP late: a manager is found at once, and visits.
    rate_vip_and_bill(days)
    night(days, 12)
    night(days, 15)
    phone = open_as("manager", width=390, height=844)
    on_the_road(phone, ("告知级别与权益", "贵宾首次回访"), pictures / "journey-phone.png")
    check_access(phone)
    expect(line(phone, "分配客户经理")).to_have_class("kept")

    night(days, 25)
    on_the_hotline(open_as("agent"), "讲解首张账单")

    night(days, 62)
    phone = open_as("manager", width=390, height=844)
    phone.goto("/journeys/of/P1/")
    # The bill of April says that a larger plan would have cost less.
    expect(line(phone, "套餐适配辅导")).to_contain_text("畅享80")
    on_the_road(phone, ("套餐适配辅导", "推荐增值业务", "巩固关怀"))
    expect(phone.locator("#journey")).to_contain_text("导入期全部完成")
    # Done on day 62, two days late: the record says so.
    expect(line(phone, "套餐适配辅导")).to_have_class("late")
    assert (
        phone.request.get(phone.url.split("?")[0] + "record.pdf").headers["content-type"] == "application/pdf"
    )
    phone.goto("/journeys/?show=all")
    expect(phone.locator("main")).to_contain_text("没有进行中的导入期")
