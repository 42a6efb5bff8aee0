"""What is no longer owed stays to be seen, with the reason in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from upheld.faces.end_reasons import reason_in_words

SignIn = Callable[..., Client]


def cancelled_part(page: str) -> str:
    """Cut out the collapsed list of a customer's cancelled promises."""
    found = re.search(r'<details class="cancelled-list">.*?</details>', page, re.DOTALL)
    assert found is not None
    return found.group()


def test_planning_again_tells_on_the_pages_why_promises_are_gone(
    company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.plan_contacts import plan_contacts
    from upheld.records.promises.models import Promise
    from upheld.records.tiers.models import Membership, Rating

    day = company.today
    rating = {"person": company.chen, "edition": company.edition, "state": "active"}
    gold = Rating.objects.create(**rating, as_of=date(2020, 1, 1), card="gold")
    silver = Rating.objects.create(**rating, as_of=day, card="silver")
    member = {"person": company.chen, "state": "active"}
    held = Membership.objects.create(**member, card="gold", from_date=date(2020, 1, 1), rating=gold)
    plan = {"from_date": day, "until_date": day + timedelta(days=400), "by": None}
    plan_contacts(**plan)
    company.power.group_class = "D"
    company.power.save()
    held.until_date = day
    held.save()
    Membership.objects.create(**member, card="silver", from_date=day, rating=silver)
    plan_contacts(**plan)
    for who, path, subject in (
        ("li", "/people/P1/", {"person": company.wang}),
        ("li", "/groups/G1/", {"group": company.power}),
        ("zhou", "/people/P2/", {"person": company.chen}),
    ):
        number = Promise.objects.filter(state="cancelled", **subject).count()
        assert number, path
        chinese = cancelled_part(signed_in(who).get(path).content.decode())
        assert f"已取消的承诺{number}项" in chinese
        assert "不再需要兑现：" in chinese
        assert "no longer" not in chinese
        english = cancelled_part(signed_in(who, "en").get(path).content.decode())
        assert "no longer owed: " in english
        assert " open>" not in chinese, "collapsed"
    assert "卡级由金卡变为银卡" in signed_in("zhou").get("/people/P2/").content.decode()


def test_nothing_cancelled_needs_no_list(owe: Any, signed_in: SignIn) -> None:
    owe()
    assert "cancelled-list" not in signed_in("li").get("/people/P1/").content.decode()


@pytest.mark.parametrize(
    ("stored", "chinese"),
    [
        ("no longer owed: card changed from gold to silver", "不再需要兑现：卡级由金卡变为银卡"),
        ("no longer owed: card changed from none to gold", "不再需要兑现：卡级由无卡变为金卡"),
        ("no longer owed: membership ended (card was diamond)", "不再需要兑现：会员资格已终止（原为钻石卡）"),
        ("no longer owed: membership frozen (gold card)", "不再需要兑现：会员资格已冻结（金卡）"),
        (
            "no longer owed: the class of the group or the standard changed",
            "不再需要兑现：集团类别或服务标准有变化",
        ),
        ("a sentence nobody has met", "a sentence nobody has met"),
        ("not kept by the due day", ""),
    ],
)
def test_a_stored_reason_is_said_in_the_readers_language(stored: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert reason_in_words(SimpleNamespace(state="cancelled", end_reason=stored)) == chinese


def test_every_reason_that_operations_write_has_words() -> None:
    """Read the operations' own sentences, so that a new one cannot be forgotten."""
    from pathlib import Path

    import upheld.operations

    folder = Path(upheld.operations.__file__).parent
    text = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    written = set(re.findall(r'end_reason = "([^"]+ [^"]+)"', text)) | set(
        re.findall(r'"(no longer owed: [^"{]+)"', text)
    )
    assert len(written) >= 2
    with translation.override("zh-hans"):
        for sentence in written:
            said = reason_in_words(SimpleNamespace(state="broken", end_reason=sentence))
            assert re.search("[\u4e00-\u9fff]", said), sentence


def test_a_waivers_reason_stays_as_it_was_written() -> None:
    waived = SimpleNamespace(
        state="waived", end_reason="the contact that kept it was reversed after it was due"
    )
    with translation.override("zh-hans"):
        assert reason_in_words(waived) == waived.end_reason


def test_the_dashboard_lists_cancelled_promises_apart(owe: Any, signed_in: SignIn) -> None:
    day = date(2026, 3, 5)
    owe(due_date=day, from_date=day, state="kept")
    owe(
        due_date=day,
        from_date=day,
        turn=2,
        state="cancelled",
        end_reason="no longer owed: membership frozen (gold card)",
    )
    asked = {"period": "custom", "from": "2026-03-01", "to": "2026-03-31"}
    browser = signed_in("service")
    page = browser.get("/dashboard/KEY-5/", asked).content.decode()
    assert page.count('<span class="tag cancelled">') == 0
    link = re.search(r'href="([^"]+state=cancelled[^"]*)"[^>]*>已取消 <span class="count number">1<', page)
    assert link is not None
    page = browser.get(link.group(1).replace("&amp;", "&")).content.decode()
    assert page.count('<span class="tag cancelled">') == 1
    assert "会员资格已冻结（金卡）" in page
