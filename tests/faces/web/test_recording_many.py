"""Hundreds of messages are recorded in one act: exactly those shown, once, within one's own book, and counted back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

SignIn = Callable[..., Client]
SWAP = {"HX-Request": "true"}
LIST = {"tab": "today", "action": "sms"}


@pytest.fixture
def many(company: SimpleNamespace, owe: Any) -> list[Any]:
    """Thirty weekend messages of Li, due today, to thirty people of the group; and one of Zhou's."""
    from upheld.records.people.models import GroupRole, Person

    made = []
    for number in range(30):
        one = Person.objects.create(code=f"M{number}", name=f"陈{number}号", phone=f"1390000{number:04}")
        GroupRole.objects.create(
            person=one, group=company.power, role="contact", from_date=company.today - timedelta(days=99)
        )
        made.append(owe(person=one, action="sms", on_occasion="weekend", from_date=company.today))
    owe(person=company.chen, responsible=company.zhou, action="sms", from_date=company.today)
    return made


@pytest.fixture
def sent(contact_form: Any) -> Callable[..., dict[str, str]]:
    """Fill in the form for some promises: an SMS a minute ago."""

    def fill(promises: Any, **fields: str) -> dict[str, str]:
        ids = ",".join(str(one.pk) for one in promises)
        return contact_form(
            channel="sms", report="周末问候", promises=ids, back="tab=today&action=sms", **fields
        )

    return fill


def states(promises: list[Any]) -> list[str]:
    """Read how promises stand now."""
    for one in promises:
        one.refresh_from_db()
    return [one.state for one in promises]


def test_a_list_of_one_kind_can_be_ticked(many: list[Any], owe: Any, signed_in: SignIn) -> None:
    owe()
    browser = signed_in("li")
    whole = browser.get("/work/", {"tab": "today"}).content.decode()
    assert "data-pick" not in whole, "without a choice of one kind there is nothing to tick"
    page = browser.get("/work/", LIST).content.decode()
    assert page.count('name="promise"') == 20, "a page of customers"
    assert "全部记录（30项）" in page
    assert "data-pick" not in signed_in("service").get("/work/", LIST).content.decode()


def test_what_has_not_begun_cannot_be_ticked(company: SimpleNamespace, owe: Any, signed_in: SignIn) -> None:
    later = company.today + timedelta(days=20)
    owe(action="sms", from_date=later, due_date=later)
    assert (
        "data-pick" not in signed_in("li").get("/work/", {"tab": "later", "action": "sms"}).content.decode()
    )


def test_all_of_a_list_are_recorded_in_one_act(
    many: list[Any], company: SimpleNamespace, signed_in: SignIn, contact_form: Any
) -> None:
    browser = signed_in("li")
    form = browser.get("/work/record/", {**LIST, "of": "all"}, headers=SWAP).content.decode()
    assert "<html" not in form
    assert "一次记录30项承诺：短信" in form
    assert "30位客户" in form
    assert "另有18位" in form
    assert re.findall(r'<option value="(\w+)"', form)[0] == "sms"
    ids, key = (re.search(f'name="{name}" value="([^"]+)"', form)[1] for name in ("promises", "key"))  # type: ignore[index]
    assert ids == ",".join(str(one.pk) for one in many)
    filled = contact_form(
        channel="sms", promises=ids, key=key, report="周末问候", back="tab=today&action=sms&page=2"
    )
    answer = browser.post("/work/record/", filled, follow=True)
    assert answer.redirect_chain == [(f"/work/?tab=today&action=sms&recorded_many={key}", 302)]
    assert "已记录30次接触。" in answer.content.decode()
    assert "兑现了30项承诺。" in answer.content.decode()
    assert set(states(many)) == {"kept"}
    again = browser.post("/work/record/", filled, follow=True).content.decode()
    assert "已记录30次接触。" in again, "sent twice, it is recorded once"
    from upheld.records.audit.models import Entry
    from upheld.records.evidence.models import Interaction

    assert Interaction.objects.count() == 30
    assert set(Interaction.objects.values_list("report", "employee")) == {("周末问候", company.li.pk)}
    entry = Entry.objects.get(act="record_contacts")
    assert (entry.actor, entry.detail) == (company.li, {"contacts": 30, "kept": 30})


def test_the_ticked_ones_alone_are_recorded(many: list[Any], signed_in: SignIn, sent: Any) -> None:
    browser = signed_in("li")
    chosen = many[3:6]
    form = browser.get("/work/record/", {**LIST, "of": "chosen", "promise": [one.pk for one in chosen]})
    assert "一次记录3项承诺" in form.content.decode()
    assert "<html" in form.content.decode(), "it works without JavaScript"
    browser.post("/work/record/", sent(chosen))
    assert states(many).count("kept") == 3
    assert set(states(chosen)) == {"kept"}
    nothing = browser.get("/work/record/", {**LIST, "of": "chosen"}, headers=SWAP).content.decode()
    assert "请至少勾选一项" in nothing


def test_a_promise_kept_meanwhile_is_passed_over(many: list[Any], signed_in: SignIn, sent: Any) -> None:
    browser = signed_in("li")
    browser.post("/work/record/", sent(many[:2], key="first"))
    answer = browser.post("/work/record/", sent(many[:5], key="second"), follow=True).content.decode()
    assert "已记录3次接触。 兑现了3项承诺。" in answer


def test_broken_ones_are_noted_as_done_late(
    company: SimpleNamespace, many: list[Any], signed_in: SignIn, sent: Any
) -> None:
    from upheld.operations.close_overdue import close_overdue
    from upheld.records.promises.models import Promise

    Promise.objects.filter(pk__in=[one.pk for one in many[:4]]).update(
        from_date=company.today - timedelta(days=3), due_date=company.today - timedelta(days=2)
    )
    close_overdue(as_of=company.today, by=None)
    browser = signed_in("li")
    form = browser.get("/work/record/", {"tab": "overdue", "action": "sms", "of": "all"}, headers=SWAP)
    assert "其中4项已经未兑现" in form.content.decode()
    answer = browser.post("/work/record/", sent(many[:6]), follow=True).content.decode()
    assert "已记录6次接触。 兑现了2项承诺。 4项已补做，仍计为未兑现。" in answer
    assert states(many[:6]) == ["broken"] * 4 + ["kept"] * 2


def test_two_promises_that_one_contact_keeps_get_one_contact(
    company: SimpleNamespace, owe: Any, signed_in: SignIn, sent: Any
) -> None:
    from upheld.records.evidence.models import Interaction

    greeting = {"action": "greeting", "on_occasion": "birthday", "from_date": company.today}
    both = [owe(clause="KEY-6", **greeting), owe(clause="KEY-7", **greeting)]
    signed_in("li").post("/work/record/", sent(both))
    assert states(both) == ["kept", "kept"]
    assert Interaction.objects.count() == 1


def test_nothing_is_recorded_outside_the_own_book(
    company: SimpleNamespace, many: list[Any], owe: Any, signed_in: SignIn, sent: Any
) -> None:
    from upheld.records.audit.models import Entry

    browser = signed_in("zhou")
    assert browser.post("/work/record/", sent(many[:2])).status_code == 403
    assert browser.post("/work/record/", sent([*many[:1], owe(person=company.chen)])).status_code == 403
    assert set(states(many)) == {"open"}
    assert Entry.objects.filter(act="record_many", actor=company.zhou, allowed=False).count() == 2
    form = browser.get("/work/record/", {**LIST, "promise": [many[0].pk]}).content.decode()
    assert "陈0号" not in form
    assert signed_in("service").get("/work/record/", LIST).status_code == 403
    assert Client().post("/work/record/", sent(many)).status_code == 302
    whole = signed_in("li").get("/work/record/", {**LIST, "of": "all"}).content.decode()
    assert "一次记录30项承诺" in whole, "Zhou's is not among them"


def test_a_wrong_form_comes_back_and_records_nothing(many: list[Any], signed_in: SignIn, sent: Any) -> None:
    browser = signed_in("li")
    wrong = [
        sent(many, happened_at="2199-01-01T10:00"),
        sent(many, happened_at=(timezone.localtime() - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")),
        {**sent(many), "channel": "visit"},
        {**sent(many), "promises": "x,;"},
        {**sent(many), "promises": ""},
        {**sent(many), "promises": "²"},
    ]
    for filled in wrong:
        answer = browser.post("/work/record/", filled)
        assert answer.status_code == 422
    first = browser.post("/work/record/", wrong[0]).content.decode()
    assert "此时间尚未到来。" in first
    assert "周末问候" in first, "what was typed stays"
    assert set(states(many)) == {"open"}


def test_nobody_reached_keeps_nothing_and_is_recorded_once(
    many: list[Any], signed_in: SignIn, sent: Any
) -> None:
    browser = signed_in("li")
    for _ in range(2):
        answer = browser.post("/work/record/", sent(many[:3], outcome="not_reached"), follow=True)
        assert "已记录3次接触。 兑现了0项承诺。" in answer.content.decode()
    assert set(states(many)) == {"open"}


def test_many_take_no_more_queries_than_few(many: list[Any], signed_in: SignIn, sent: Any) -> None:
    browser = signed_in("li")
    browser.get("/work/", LIST)
    counts = []
    for key, promises in (("few", many[:2]), ("rest", many[2:])):
        ids = [one.pk for one in promises]
        with CaptureQueriesContext(connection) as asked:
            browser.get("/work/record/", {**LIST, "promise": ids})
            browser.post("/work/record/", sent(promises, key=key))
        counts.append(len(asked))
    assert counts[1] <= counts[0]
