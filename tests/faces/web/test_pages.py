"""Customer, group and clause pages say what they must, in both languages, with a fixed number of queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polib
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from upheld.faces import rule_words, wording

SignIn = Callable[..., Client]
PO_FILE = Path(wording.__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def test_a_customer_page_says_who_why_what_and_when(
    company: SimpleNamespace, owe: Any, signed_in: SignIn
) -> None:
    from upheld.operations.rate_base import rate_base

    rate_base(as_of=company.today, by=None)
    owe()
    owe(action="call", state="broken", due_date=company.today - timedelta(days=2))
    page = signed_in("li").get("/people/P1/").content.decode()
    for words in (
        "王小明",
        "金卡",
        "KEY-3",
        "关键人VIP卡",
        "江州市电力公司",
        "联系人",
        "李娜",
        "全球通",
        "未兑现",
        "今天到期",
    ):
        assert words in page, words
    for clause in ("KEY-11", "KEY-15", "KEY-13"):
        assert f'href="/clauses/{clause}/"' in page, clause
    assert "新业务免费试用" in page


def test_a_group_page_names_its_key_persons(company: SimpleNamespace, owe: Any, signed_in: SignIn) -> None:
    owe(person=None, group=company.power, clause="KEY-21", action="information")
    page = signed_in("li").get("/groups/G1/").content.decode()
    for words in ("江州市电力公司", "A类", "王小明", "联系人", "信息提供", "KEY-21", "李娜"):
        assert words in page, words


def test_a_contact_is_recorded_by_what_reaches_a_customer_and_by_nothing_else(
    company: SimpleNamespace, signed_in: SignIn
) -> None:
    from upheld.operations.record_contact import record_contact
    from upheld.records.evidence.models import Interaction

    page = signed_in("li").get("/people/P1/").content.decode()
    select = page.split('name="channel"')[1].split("</select>")[0]
    offered = re.findall(r'<option value="(\w+)"', select)
    assert "visit" in offered
    for channel in offered:  # none of them is refused
        record_contact(
            by=company.li, person=company.wang, channel=channel, happened_at=timezone.now(), key=channel
        )
    assert set(Interaction.objects.values_list("channel", flat=True)) == set(offered)


def test_a_contact_recorded_on_the_page_keeps_the_right_promise(
    owe: Any, signed_in: SignIn, contact_form: Any
) -> None:
    visit, call = owe(), owe(action="call")
    answer = signed_in("li").post("/people/P1/contacts/", contact_form(channel="call"), follow=True)
    assert "已兑现：KEY-5 电话拜访" in answer.content.decode()
    visit.refresh_from_db(), call.refresh_from_db()
    assert (visit.state, call.state) == ("open", "kept")


def test_a_contact_is_taken_back_with_a_reason(owe: Any, signed_in: SignIn, contact_form: Any) -> None:
    from upheld.records.evidence.queries import interactions_of_person

    promise = owe()
    browser = signed_in("li")
    browser.post("/people/P1/contacts/", contact_form())
    (contact,) = interactions_of_person(promise.person_id)
    assert browser.post(f"/contacts/{contact.pk}/reverse/", {"reason": ""}).status_code == 422
    answer = browser.post(f"/contacts/{contact.pk}/reverse/", {"reason": "记错了客户"}, follow=True)
    assert "已撤销" in answer.content.decode()
    promise.refresh_from_db()
    assert promise.state == "open"
    assert signed_in("zhou").post(f"/contacts/{contact.pk}/reverse/", {"reason": "x"}).status_code == 403


def test_a_clause_page_shows_text_reading_rows_cases_and_promises(
    company: SimpleNamespace, owe: Any, signed_in: SignIn
) -> None:
    owe(state="kept"), owe(action="call", state="broken")
    page = signed_in("li").get("/clauses/KEY-5/").content.decode()
    for words in (
        "日常关系维护",
        "Visits, calls and a weekend SMS",
        "集团类别",
        "走访",
        "每月",
        "释读",
        "与预期一致",
        "A类联系人每月走访并致电",
        "50.0 %",
    ):
        assert words in page, words
    assert signed_in("li").get("/clauses/KEY-999/").status_code == 404
    assert "不同" not in page


def test_every_clause_of_every_standard_has_a_page(company: SimpleNamespace, signed_in: SignIn) -> None:
    from upheld.policy.editions import shipped_edition

    browser = signed_in("service", "en")
    assert browser.get("/standards/").status_code == 200
    for standard in shipped_edition().standards:
        assert browser.get(f"/standards/{standard.id}/").status_code == 200
        for clause in standard.clauses:
            page = browser.get(f"/clauses/{clause}/")
            assert page.status_code == 200, clause
    assert browser.get("/standards/NONE/").status_code == 404


@pytest.mark.parametrize(
    ("path", "chinese", "english"),
    [
        ("/work/", "今天", "Today"),
        ("/people/", "您要找哪位客户", "Whom are you looking for"),
        ("/people/P1/", "权益", "Entitlements"),
        ("/dashboard/", "承诺兑现情况", "What was upheld"),
        ("/clauses/KEY-5/", "条款内容", "What it says"),
        ("/standards/", "服务标准", "Standards"),
    ],
)
def test_pages_speak_both_languages(
    path: str, chinese: str, english: str, owe: Any, signed_in: SignIn
) -> None:
    owe()
    in_chinese = signed_in("li").get(path).content.decode()
    in_english = signed_in("li", "en").get(path).content.decode()
    assert chinese in in_chinese
    assert english in in_english
    assert '<html lang="zh-hans">' in in_chinese
    assert '<html lang="en">' in in_english


def test_the_language_is_switched_and_kept(company: SimpleNamespace) -> None:
    browser = Client()
    assert "登录" in browser.get("/sign-in/").content.decode()
    browser.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert "Sign in" in browser.get("/sign-in/").content.decode()


def test_the_language_chosen_is_spoken_at_the_next_sign_in(company: SimpleNamespace) -> None:
    from upheld.records.audit.models import Entry

    def sign_in(browser: Client, who: str) -> str:
        words = {"username": who, "password": "a-long-password-for-tests"}
        return browser.post("/sign-in/", words, follow=True).content.decode()

    browser = Client()
    assert "工作台" in sign_in(browser, "li")
    for _ in range(2):
        browser.post("/language/", {"language": "en", "next": "/work/"})
    company.li.refresh_from_db()
    assert company.li.language == "en"
    assert Entry.objects.filter(act="choose_language", actor=company.li).count() == 1
    assert "Workbench" in sign_in(Client(), "li"), "on another machine too"
    browser.post("/sign-out/")
    assert "工作台" in sign_in(browser, "zhou"), "what the one before read in this browser does not matter"
    other = Client()
    other.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert "Workbench" in sign_in(other, "zhou"), "chosen on the page of signing in"
    company.zhou.refresh_from_db()
    assert company.zhou.language == "en"
    other.post("/language/", {"language": "xx", "next": "/work/"})
    company.zhou.refresh_from_db()
    assert company.zhou.language == "en"


def test_english_days_name_their_month_and_chinese_ones_stay(
    company: SimpleNamespace, owe: Any, signed_in: SignIn
) -> None:
    asked = {"period": "custom", "from": "2026-11-01", "to": "2026-11-30"}
    english = signed_in("service", "en").get("/dashboard/", asked).content.decode()
    assert "1 Nov 2026 – 30 Nov 2026" in english
    assert 'value="2026-11-01"' in english, "the fields of days stay ISO"
    assert "2026年11月1日 – 2026年11月30日" in signed_in("service").get("/dashboard/", asked).content.decode()
    assert "in force from 1 Jan 2005" in signed_in("service", "en").get("/standards/KEY/").content.decode()
    clause = signed_in("service", "en").get("/clauses/KEY-5/").content.decode()
    assert "from 1 Jan 2005" in clause
    assert not re.search(r"\d\d/\d\d/\d\d\d\d", clause)


def test_signing_in_speaks_the_employees_language_and_leads_home(company: SimpleNamespace) -> None:
    for who, home, words in (
        ("li", "/work/", "工作台"),
        ("service", "/dashboard/", "兑现看板"),
        ("admin", "/dashboard/", "Dashboard"),
    ):
        browser = Client()
        answer = browser.post(
            "/sign-in/", {"username": who, "password": "a-long-password-for-tests"}, follow=True
        )
        assert answer.redirect_chain[-1][0] == home
        assert words in answer.content.decode()
        assert browser.post("/sign-out/").status_code == 302
        assert browser.get(home).status_code == 302


def test_a_wrong_password_is_told_in_words_and_locks_after_five(company: SimpleNamespace) -> None:
    browser = Client()
    wrong = {"username": "li", "password": "wrong"}
    assert "用户名或密码不对" in browser.post("/sign-in/", wrong).content.decode()
    for _ in range(4):
        locked = browser.post("/sign-in/", wrong)
    assert locked.status_code == 429
    assert "暂时锁定" in locked.content.decode()
    right = browser.post("/sign-in/", {"username": "li", "password": "a-long-password-for-tests"})
    assert right.status_code == 429


def queries(browser: Client, path: str) -> int:
    """Count the queries of a page that was asked for once before."""
    browser.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(path).status_code == 200
    return len(asked)


def test_no_page_asks_the_database_row_by_row(company: SimpleNamespace, owe: Any, signed_in: SignIn) -> None:
    from upheld.records.people.models import GroupRole, Person

    def crowd(start: int) -> None:
        for number in range(start, start + 8):
            one = Person.objects.create(code=f"C{number}", name=f"王{number}", phone=f"1380000{number:04}")
            GroupRole.objects.create(
                person=one, group=company.power, role="contact", from_date=company.today - timedelta(days=99)
            )
            owe(person=one)
            owe(person=one, action="call", state="kept", due_date=company.today - timedelta(days=1))
            owe(turn=number + 5, action="sms")
            owe(turn=number + 5, action="call", state="broken")

    crowd(1)
    paths = {
        "li": [
            "/work/?tab=today",
            "/people/P1/",
            "/groups/G1/",
            "/people/?q=w",
            "/dashboard/",
            "/dashboard/KEY-5/",
        ],
        "lead": ["/work/?tab=today"],
        "service": ["/dashboard/", "/clauses/KEY-5/"],
    }
    few = {(who, path): queries(signed_in(who), path) for who in paths for path in paths[who]}
    crowd(20)
    many = {(who, path): queries(signed_in(who), path) for who in paths for path in paths[who]}
    assert many == few
    assert max(many.values()) <= 25, many


def test_every_word_is_translated() -> None:
    catalogue = polib.pofile(str(PO_FILE))
    assert not catalogue.untranslated_entries()
    assert not catalogue.fuzzy_entries()
    known = {entry.msgid for entry in catalogue}
    lists = [
        one
        for module in (wording, rule_words)
        for name, one in vars(module).items()
        if name.isupper() and name != "VALUES"
    ]
    for words in [*lists, *wording.VALUES.values(), *rule_words.VALUES.values()]:
        for code, word in words.items():
            with translation.override("en"):
                assert str(word) in known, code


def test_a_code_of_a_standard_has_a_word() -> None:
    from upheld.policy.editions import shipped_edition

    edition = shipped_edition()
    grants = {
        row.answer["entitlement"] for table in edition.tables("entitlements", "grant") for row in table.rows
    }
    assert grants <= set(wording.ENTITLEMENTS)
    ways = {row.answer.get("how") for table in edition.tables("entitlements", "grant") for row in table.rows}
    assert {way for way in ways if way and ":" not in way} <= set(wording.WAYS)
    channels = {
        item["channel"]
        for table in edition.tables("contacts", "contact")
        for row in table.rows
        for item in row.answer["owed"]
    }
    assert channels <= set(wording.ACTIONS)
    units = {one.unit for standard in edition.standards for one in standard.parameters.values()}
    assert {unit for unit in units if " or " not in unit} <= set(rule_words.UNITS)


def test_now_is_the_time_of_the_standards_zone() -> None:
    assert timezone.get_default_timezone_name() == "Asia/Shanghai"


def test_what_no_rule_checks_stands_where_people_need_it(
    company: SimpleNamespace, owe: Any, signed_in: SignIn
) -> None:
    from upheld.policy.editions import shipped_edition

    browser = signed_in("li")
    duties = shipped_edition().clause("KEY-9").text["zh"]
    page = browser.get("/people/P1/").content.decode()
    assert duties in page, "a contact's duties on the contact's page"
    for words in ("看过客户资料", "先报姓名和公司"):
        assert words in page, "visits and calls may both be recorded there"
    from upheld.records.people.models import GroupRole

    GroupRole.objects.filter(person=company.wang).update(role="influencer")
    assert duties not in browser.get("/people/P1/").content.decode()
    visit = browser.get(f"/promises/{owe().pk}/record/", headers={"HX-Request": "true"}).content.decode()
    assert "走访前" in visit
    assert "走访报告" in visit
    assert "先报姓名和公司" not in visit
    assert 'href="/clauses/MGR-9/"' in visit
    call = browser.get(f"/promises/{owe(action='call').pk}/record/").content.decode()
    assert "先报姓名和公司" in call
    assert "情绪控制" in call, "a clause for calls that no list itemises"
    sms = browser.get(f"/promises/{owe(action='sms').pk}/record/").content.decode()
    assert "reminders" not in sms


def test_public_promises_are_listed_as_such(company: SimpleNamespace, signed_in: SignIn) -> None:
    from upheld.policy.editions import shipped_edition

    page = signed_in("li").get("/standards/").content.decode()
    listed = page[page.index("public-head") : page.index("</section>", page.index("public-head"))]
    public = {clause.id for clause in shipped_edition().clauses() if clause.public}
    assert (
        set(re.findall(r'href="/clauses/([^/]+)/"', listed))
        == public
        >= {"CARE-4", "CT-15", "CT-16", "CT-24"}
    )
    assert "24小时咨询" in listed, "each of the ten"
    care = signed_in("li", "en").get("/standards/CARE/").content.decode()
    assert "Promised in public" in care
    assert "LAW-1" not in care
    assert "公示" in signed_in("li").get("/clauses/CT-15/").content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_row_of_every_noun_is_a_sentence(language: str) -> None:
    from upheld.faces.standards.rows_in_words import table_in_words
    from upheld.policy.editions import shipped_edition
    from upheld.policy.kinds import NOUNS

    edition = shipped_edition()
    raw = re.compile(r"[a-z]+_[a-z]|\b(True|False|None)\b|[{}%]\(|\(\(")
    with translation.override(language):
        for noun in NOUNS:
            for table in edition.tables(noun):
                written = table_in_words(table, table.rows, edition)
                for row, words in zip(table.rows, written.rows, strict=True):
                    for text in [written.title, *words.conditions, *words.answers]:
                        assert not raw.search(text), f"{row.clause} of {table.name}: {text}"
                    if row.answer:
                        assert words.answers, f"{row.clause} of {table.name}"
                    if language == "zh-hans" and noun not in ("tiers", "contacts", "entitlements"):
                        said = "".join(words.answers)
                        assert re.search(r"[\u4e00-\u9fff]", said), f"{row.clause} of {table.name}: {said}"


def test_clauses_of_newer_nouns_are_read_as_sentences(company: SimpleNamespace, signed_in: SignIn) -> None:
    chinese, english = signed_in("li"), signed_in("li", "en")
    for clause, zh, en in (
        ("CT-15", "24小时内到达现场", "arrival on site within 24 hours"),
        ("CT-22", "不得打扰", "nothing between 20:00-08:00"),
        ("JOIN-12", "首次回访：入网后第4至10天", "First return visit: day 4 to 10 after joining"),
        ("CARE-13", "第36个月月末到期", "points end with month 36"),
        ("CARE-35", "呼转对手：立即", "calls forwarded to a rival: at once"),
        ("CT-10", "等待前应征询客户", "the customer is asked before waiting"),
    ):
        assert zh in chinese.get(f"/clauses/{clause}/").content.decode(), clause
        assert en in english.get(f"/clauses/{clause}/").content.decode(), clause
    calls = chinese.get("/clauses/CT-10/").content.decode()
    assert "客户： “帮我查一下话费”" in calls or "客户：“帮我查一下话费”" in calls, (
        "the words of a call in a case"
    )
    assert "&#x27;who&#x27;" not in calls
    assert "15 秒" in calls
    assert "第10至20秒、未征询、已致谢" in calls
    points = english.get("/clauses/CARE-10/").content.decode()
    assert "15 Jan 2026 bill 5000.99 yuan" in points
